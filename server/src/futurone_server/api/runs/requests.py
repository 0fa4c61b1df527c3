"""What callers may send about runs, checked member by member."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictFloat, StrictInt, StrictStr

from futurone_server.api.labels import Label
from futurone_server.eventlog import Content
from futurone_server.features.connections.rules import DELIVER_TO_MAX
from futurone_server.features.runs import Action, Budget, Domain, Order, Retention
from futurone_server.features.workspaces import RetentionMode
from futurone_server.kit import ids, limits
from futurone_server.kit.errors import Invalid, NotFound, invalid_field, missing_field

_DAY_S = 24 * 60 * 60
MetadataValue = StrictBool | StrictInt | StrictFloat | Annotated[str, Field(strict=True)]


class Strict(BaseModel):
    """A body whose unknown members are refused by name."""

    model_config = ConfigDict(extra="forbid")


class BudgetBody(Strict):
    """A run's own limits; reaching one ends it as failed with LIMIT_EXCEEDED."""

    max_cost_usd: Annotated[float | None, Field(gt=0, le=1_000_000, strict=True, description="US dollars.")] = None
    max_tokens: Annotated[StrictInt | None, Field(gt=0, le=10**9)] = None
    max_tool_calls: Annotated[StrictInt | None, Field(gt=0, le=limits.TOOL_CALLS_PER_RUN_MAX)] = None
    max_wall_s: Annotated[
        StrictInt | None, Field(gt=0, le=limits.WALL_S_MAX, description="Seconds of work; waiting does not count.")
    ] = None


class RetentionBody(Strict):
    """What becomes of the content after the end."""

    mode: Literal["zero", "keep"]
    window_s: Annotated[StrictInt | None, Field(ge=0, le=30 * _DAY_S, description="Delivery window in seconds.")] = None


class DeliverTo(Strict):
    """Who is told how a run ends."""

    connection: Annotated[Label, Field(description="A connection of the workspace, `conn_…`.")]


class CreateRun(Strict):
    """A run's order: exactly one of `task` (form A) and `input` (form B)."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "agent": "research",
                    "task": "How long is a finished run's content kept, and how is it erased?",
                    "files": ["file_0000000000000000000000000"],
                    "metadata": {"ticket": "RES-1042"},
                },
                {"input": {"user_query": "Summarize the key findings"}, "metadata": {}},
            ]
        },
    )

    agent: Annotated[
        StrictStr | None,
        Field(description="A domain: coding, strategy, content, research. Default: the workspace's default agent."),
    ] = None
    task: Annotated[
        StrictStr | None,
        Field(max_length=limits.TASK_CHARS_MAX, description="The brief in natural language, with its constraints."),
    ] = None
    input: Annotated[
        dict[str, object] | None,
        Field(description="A free-form object; `user_query` is the task. Needs the Idempotency-Key header."),
    ] = None
    connections: Annotated[list[Label], Field(max_length=50, description="Connections the run may use.")] = []
    webhook_url: Annotated[
        StrictStr | None,
        Field(max_length=2_000, description="An https address told of the outcome, instead of the endpoints."),
    ] = None
    deliver_to: Annotated[
        DeliverTo | Annotated[list[DeliverTo], Field(max_length=DELIVER_TO_MAX)] | None,
        Field(
            description="People who are told the outcome, with a link and never content: one connection, or several."
        ),
    ] = None
    metadata: Annotated[
        dict[str, MetadataValue],
        Field(description="Up to 16 pairs, echoed on the run. Not content: kept for ever and searchable."),
    ] = {}
    files: Annotated[list[Label], Field(description="Vault files to work on.")] = []
    attachment_refs: Annotated[list[Label], Field(description="The same as `files`, in form B.")] = []
    sensitivity_tags: Annotated[list[Label], Field(max_length=50, description="The caller's tags; content.")] = []
    workspace_id: Annotated[Label | None, Field(description="An opaque label of the caller.")] = None
    subject_id: Annotated[Label | None, Field(description="An opaque label of the caller.")] = None
    streaming: Annotated[StrictBool | None, Field(description="Accepted; every run can be streamed.")] = None
    routing_hint: Annotated[StrictStr | None, Field(max_length=limits.LABEL_CHARS_MAX)] = None
    project_id: Annotated[Label | None, Field(description="Default: the key's or the workspace's project.")] = None
    threshold: Annotated[
        float | None, Field(ge=0, le=1, strict=True, description="Confidence needed to complete. Default 0.85.")
    ] = None
    budget: BudgetBody | None = None
    retention: Annotated[
        Literal["zero", "keep"] | RetentionBody | None, Field(description="Default: the workspace's.")
    ] = None
    rubric: Annotated[
        Label | None,
        Field(
            description="The rubric to verify with: one of the agent's. With `research` answers are exact quotes, with"
            " `inquiry` a model writes them; default: `inquiry` where a model is configured. Every other agent has"
            " one, which is called as it is."
        ),
    ] = None

    @property
    def is_form_b(self) -> bool:
        """Whether the order came as a free-form object."""
        return self.input is not None

    @contextmanager
    def own_words(self) -> Iterator[None]:
        """What is refused about the files of the order is told of the member that the caller named them in."""
        try:
            yield
        except Invalid as refusal:
            if not self.attachment_refs or refusal.details.get("field") != "files":
                raise
            told = refusal.message.removeprefix("files: ")
            raise Invalid(f"attachment_refs: {told}", refusal.reason, details={"field": "attachment_refs"}) from refusal

    def _told(self) -> tuple[str, ...]:
        named = [self.deliver_to] if isinstance(self.deliver_to, DeliverTo) else self.deliver_to or []
        return tuple(one.connection for one in named)

    def order(self) -> Order:
        """The order in the words of the house. Raises Invalid, NotFound."""
        _check_form(self)
        _check_metadata(self.metadata)
        files = _one_list(self.files, self.attachment_refs)
        brief: dict[str, object] = {"sensitivity_tags": self.sensitivity_tags, "routing_hint": self.routing_hint}
        brief |= {"task": self.task} if self.task is not None else {"input": self.input}
        return Order(
            agent=self.agent,
            brief=Content(brief),
            files=tuple(files),
            connections=tuple(self.connections),
            deliver_to=self._told(),
            webhook_url=self.webhook_url,
            metadata=self.metadata,
            project_id=self.project_id,
            threshold=self.threshold,
            budget=Budget(**self.budget.model_dump()) if self.budget else Budget(),
            retention=_retention(self.retention),
            rubric=self.rubric,
            caller_workspace_id=self.workspace_id,
            subject_id=self.subject_id,
        )


def _check_form(body: CreateRun) -> None:
    if (body.task is None) == (body.input is None):
        if body.task is None:
            raise missing_field("task", "send the task as `task`, or an object as `input`")
        raise invalid_field("input", "send either `task` or `input`, not both")
    if body.task is not None and body.agent is None:
        raise missing_field("agent", f"must be one of {', '.join(Domain)}, or an agent's id")
    _check_agent(body.agent)
    if body.task is not None:
        _check_task("task", body.task)
    else:
        query = (body.input or {}).get("user_query")
        if query is None:
            raise missing_field("input.user_query", "is required: it is the task")
        if not isinstance(query, str):
            raise invalid_field("input.user_query", "must be a text")
        _check_task("input.user_query", query)


def _check_metadata(pairs: Mapping[str, object]) -> None:
    if len(pairs) > limits.METADATA_PAIRS_MAX:
        raise invalid_field("metadata", f"must have at most {limits.METADATA_PAIRS_MAX} pairs")
    for name, value in pairs.items():
        where = f"metadata.{name}"
        if not 1 <= len(name) <= limits.METADATA_KEY_CHARS_MAX:
            raise invalid_field(where, f"names must have 1 to {limits.METADATA_KEY_CHARS_MAX} characters")
        if isinstance(value, str) and len(value) > limits.METADATA_VALUE_CHARS_MAX:
            raise invalid_field(where, f"must have at most {limits.METADATA_VALUE_CHARS_MAX} characters")


def _check_task(name: str, text: str) -> None:
    if not text.strip():
        raise invalid_field(name, "must not be empty")
    if len(text) > limits.TASK_CHARS_MAX:
        raise invalid_field(name, f"must have at most {limits.TASK_CHARS_MAX} characters")


def _check_agent(agent: str | None) -> None:
    if agent is None or agent in tuple(Domain):
        return
    if ids.is_id(agent, "agt_"):
        raise NotFound("agent: there is no such agent in this workspace.")
    raise invalid_field("agent", f"must be one of {', '.join(Domain)}, or an agent's id")


def _one_list(files: list[str], refs: list[str]) -> list[str]:
    if files and refs:
        raise invalid_field("attachment_refs", "means the same as `files`; send one of them")
    return files or refs


def _retention(value: str | RetentionBody | None) -> Retention | None:
    if value is None:
        return None
    if isinstance(value, str):
        return Retention(mode=RetentionMode(value), window_s=_DAY_S)
    return Retention(mode=RetentionMode(value.mode), window_s=_DAY_S if value.window_s is None else value.window_s)


class SignalBody(Strict):
    """An answer to what a run waits for."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"action": "approve"},
                {"action": "reject", "payload": {"reason": "Out of scope"}},
                {"action": "submit_input", "payload": {"city": "Lisbon"}},
            ]
        },
    )

    action: Action
    payload: Annotated[
        dict[str, object] | None, Field(description="The form's fields, or `{reason}` with a rejection.")
    ] = None
    input_id: Annotated[Label | None, Field(description="Which wait is meant. Default: the one that is open.")] = None

    def checked_payload(self) -> Mapping[str, object] | None:
        """The payload: an approval has none, a rejection its reason alone. Raises Invalid."""
        if self.action is not Action.SUBMIT_INPUT and self.payload is not None:
            for name, value in self.payload.items():
                if name != "reason" or self.action is Action.APPROVE:
                    where = f"payload.{name}"
                    raise Invalid(f"{where}: there is no such field here", "UNKNOWN_FIELD", details={"field": where})
                if value is not None and not isinstance(value, str):
                    raise invalid_field("payload.reason", "must be a text")
        return self.payload
