"""What models are asked in research: for a plan, for a draft over passages, for a judgement of claims."""

from collections.abc import Mapping, Sequence

from futurone_server.pipelines.inquiry.draft import Claim, Draft
from futurone_server.pipelines.prompting import outside, paragraphs
from futurone_server.pipelines.research.answers import Quote
from futurone_server.pipelines.research.escaping import without_unseen


def plan_prompt(task: str, sources: str, tools: Sequence[tuple[str, str]]) -> str:
    """What is asked for a plan. ``tools`` are names with what they do."""
    listed = "\n".join(f"{name}: {does}" for name, does in tools)
    return paragraphs((outside("task", task), outside("sources", sources), outside("tools", listed)))


def replan_prompt(task: str, done: Sequence[str], left: Sequence[str], tools: Mapping[str, str]) -> str:
    """What is asked for other questions in place of those that could not be looked into."""
    listed = "\n".join(f"{name}: {does}" for name, does in tools.items())
    return paragraphs(
        (
            outside("task", task),
            outside("done", "\n".join(f"- {one}" for one in done)) if done else "",
            outside("failed", "\n".join(f"- {one}" for one in left)),
            outside("tools", listed),
            "The questions between <done> marks are answered; do not ask them again. Those between <failed> marks could"
            " not be looked into the way they were planned: plan other steps in their place, with the tools there are.",
        )
    )


def draft_prompt(
    question: str, passages: Sequence[Quote], *, earlier: Sequence[str] = (), draft: str = "", wrong: Sequence[str] = ()
) -> str:
    """What is asked for one answer; ``draft`` and ``wrong`` where a first version did not hold."""
    return paragraphs(
        (
            outside("question", question),
            *(outside("earlier", text) for text in earlier),
            *(passage_mark(number, passage) for number, passage in enumerate(passages, 1)),
            outside("draft", draft) if draft else "",
            outside("wrong", "\n".join(f"- {one}" for one in wrong)) if wrong else "",
        )
    )


def judge_prompt(question: str, claims: Sequence[Claim], draft: Draft) -> str:
    """What is asked of a judge: claims as somebody else's statements, with the passages they cite and no others."""
    used = sorted({number for claim in claims for number in claim.cited})
    return paragraphs(
        (
            outside("question", question),
            *(
                outside("claim", claim.text, number=at, cites=" ".join(map(str, claim.cited)))
                for at, claim in enumerate(claims, 1)
            ),
            *(passage_mark(number, draft.passages[number - 1]) for number in used if number <= len(draft.passages)),
        )
    )


def passage_mark(number: int, passage: Quote) -> str:
    """A passage as a model sees it."""
    return outside("passage", without_unseen(passage.text), number=number, document=passage.document)


def as_text(draft: Draft) -> str:
    """A draft as its writer wrote it."""
    return "\n\n".join(
        " ".join(f"{claim.text} {''.join(f'[{number}]' for number in claim.cited)}".strip() for claim in paragraph)
        for paragraph in draft.paragraphs
    )
