"""The handbook is true in its numbers, and good enough to be answered from: it is what the first run reads."""

import re
from pathlib import Path

import pytest

import futurone_server
from docs.blocks import ROOT
from futurone_server.config import Config
from futurone_server.features.keys import Capability
from futurone_server.features.keys import rules as keys
from futurone_server.features.runs import Status
from futurone_server.features.runs import rules as runs
from futurone_server.kit import limits
from futurone_server.pipelines.research.answers import QUOTES_MAX, Answer, answer
from futurone_server.pipelines.research.questions import QUESTIONS_MAX, brief
from futurone_server.pipelines.verification.rubric import research_rubric
from futurone_server.tools.documents import parse
from futurone_server.tools.retrieval import Index

HANDBOOK = Path(futurone_server.__file__).parent / "handbook"
WORDS = range(800, 1_801)
LIMITS = {
    "JSON request body": f"1 MiB ({limits.BODY_BYTES_MAX:,} bytes)",
    "nesting of a JSON body": f"{limits.JSON_DEPTH_MAX} levels",
    "one uploaded file": f"{limits.UPLOAD_BYTES_MAX >> 20} MiB",
    "task": f"{limits.TASK_CHARS_MAX:,} characters",
    "names, labels, idempotency keys": f"{limits.LABEL_CHARS_MAX} characters",
    "metadata of a run": f"{limits.METADATA_PAIRS_MAX} pairs, names of {limits.METADATA_KEY_CHARS_MAX} and values of "
    f"{limits.METADATA_VALUE_CHARS_MAX} characters",
    "files of a run": str(limits.FILES_PER_RUN_MAX),
    "page of a list": f"{limits.PAGE_DEFAULT} by default, at most {limits.PAGE_MAX}",
    "page of events": f"100 by default, at most {limits.EVENTS_PAGE_MAX:,}",
    "steps of a run": str(limits.STEPS_PER_RUN_MAX),
    "attempts of a step": str(limits.STEP_ATTEMPTS_MAX),
    "tool calls of a run": str(limits.TOOL_CALLS_PER_RUN_MAX),
    "working time of a run": f"{limits.WALL_S_MAX:,} seconds",
    "runs in hand per worker": str(limits.RUNS_PER_WORKER_MAX),
    "runs in work per workspace": str(limits.RUNS_PER_WORKSPACE_MAX),
    "waiting runs per workspace": f"{limits.QUEUE_PER_WORKSPACE_MAX:,}",
    "open streams per key": f"{limits.STREAMS_PER_KEY_MAX:,}",
    "`?wait=`": f"{limits.WAIT_S_MAX} seconds",
    "waiting for a person": f"{limits.INPUT_WAIT_S // 3600} hours unless the step says otherwise",
}
SENTENCES = {
    "events-and-streams.md": (
        f"at the latest every {limits.HEARTBEAT_S} seconds",
        f"takes nothing for {limits.STREAM_STALL_S} seconds is cut",
        f"at most {limits.STREAMS_PER_KEY_MAX:,} streams open",
    ),
    "keys-and-permissions.md": (f"There are {len(Capability)} capabilities in all.",),
    "operating-a-server.md": (
        f"port {Config().port}, unless",
        f"counts as dead after {limits.SILENCE_S} seconds of silence",
        f"counts as dead after {limits.LEASE_S} seconds of silence",
    ),
    "runs-and-states.md": (
        f"A step has at most {limits.STEP_ATTEMPTS_MAX} attempts.",
        f"died more than {limits.RECOVERIES_MAX} times",
        f"at most {limits.RUNS_PER_WORKER_MAX} runs in hand",
    ),
    "verification-and-confidence.md": (
        f"at most {QUESTIONS_MAX} questions",
        f"up to {QUOTES_MAX} quotes",
        "The rubric for research has seven gates.",
    ),
}
FIRST = {
    "How long is the content of a finished run kept by default?": "24 hours",
    "What happens to the runs of a worker that is killed with kill -9?": "another worker",
    "Which header resumes an event stream?": "Last-Event-ID",
    "How often does the server send a heartbeat?": "15 seconds",
    "When does a run end as escalated instead of completed?": "below the threshold",
}
OTHERS = {
    "Which capability is needed to read the artifacts of an escalated run?": "reviews:decide",
    "How many files can a run have?": "50",
    "What does exit code 3 mean?": "escalated",
    "How long is the default overlap of a rotation?": "one day",
    "How many attempts does a step have?": "4",
    "What is group commit?": "one transaction",
    "Which version of PostgreSQL is embedded?": "18",
    "What does the reason NO_SOURCES mean?": "nothing to look into",
    "How can a server be backed up?": "data directory",
}
ABSENT = (
    "Which cloud providers host FuturOne?",
    "Who founded the company?",
    "What is the refund policy?",
    "How many stars does the project have?",
)


def page(name: str) -> str:
    return (HANDBOOK / name).read_text("utf-8")


@pytest.fixture(scope="module")
def index() -> Index:
    return Index([parse(path.name, "text/markdown", path.read_bytes()) for path in sorted(HANDBOOK.glob("*.md"))])


def ask(text: str, index: Index) -> Answer:
    (question,) = brief(text).questions
    return answer(question, index)


def test_pages_are_long_enough_to_teach_and_short_enough_to_read() -> None:
    sizes = {path.name: len(path.read_text("utf-8").split()) for path in HANDBOOK.glob("*.md")}
    assert 5 <= len(sizes) <= 7
    assert {name: size for name, size in sizes.items() if size not in WORDS} == {}


def test_the_examples_show_the_handbook_itself() -> None:
    assert (ROOT / "examples/handbook").resolve() == HANDBOOK.resolve()


def test_the_table_of_limits_is_that_of_the_code() -> None:
    rows = dict(
        re.findall(r"^\| ([^|]+?) \| ([^|]+?) \|$", page("errors-and-limits.md").partition("## Limits")[2], re.M)
    )
    assert {name: rows.get(name) for name in LIMITS} == LIMITS


@pytest.mark.parametrize(("name", "sentence"), [(name, one) for name, some in SENTENCES.items() for one in some])
def test_a_number_in_a_sentence_is_that_of_the_code(name: str, sentence: str) -> None:
    assert sentence in page(name)


def test_the_states_and_what_follows_them_are_those_of_the_code() -> None:
    text = page("runs-and-states.md")
    assert re.findall(r"^\| `([a-z_]+)` \| (?:yes|no) \|", text, re.M) == [status.value for status in Status]
    for status, following in runs.NEXT.items():
        said = re.search(rf"^- An? (?:`{status}` run|run in `{status}`) becomes (.*)\.$", text, re.M)
        named = set(re.findall(r"`([a-z_]+)`", said[1])) if said else set()
        ends = {one.value for one in Status if not runs.NEXT[one]}
        assert (named | ends if said and "terminal states" in said[1] else named) == {one.value for one in following}


def test_every_capability_is_named() -> None:
    assert {one.value for one in Capability} <= set(re.findall(r"`([a-z]+:[a-z]+)`", page("keys-and-permissions.md")))
    assert set(Capability) == keys.ALL


def test_every_gate_of_the_rubric_is_explained() -> None:
    named = re.findall(r"^\| `([a-z_]+)` \| The gate", page("verification-and-confidence.md"), re.M)
    assert named == [gate.name for gate in research_rubric().gates]


def test_the_first_task_asks_what_the_handbook_answers_and_one_thing_more(index: Index) -> None:
    questions = brief(page("first-task.txt")).questions
    found = [answer(question, index) for question in questions]
    assert page("first-task.txt").startswith("FuturOne in six questions.")
    assert len(questions) == 6
    assert [question.text for question in questions[:-1]] == list(FIRST)
    for wanted, given in zip(FIRST.values(), found, strict=False):
        assert any(wanted in quote.text for quote in given.quotes), wanted
    assert found[-1].abstained


@pytest.mark.parametrize("text", OTHERS)
def test_a_question_finds_its_sentence(text: str, index: Index) -> None:
    assert any(OTHERS[text] in quote.text for quote in ask(text, index).quotes)


@pytest.mark.parametrize("text", ABSENT)
def test_what_the_handbook_does_not_say_is_not_answered(text: str, index: Index) -> None:
    assert ask(text, index).abstained
