"""Numbers that a model found in running text: each quoted from a source or marked as an assumption, or not taken."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from futurone_server.pipelines.prompting import outside, paragraphs
from futurone_server.pipelines.strategy.amount import read_amount
from futurone_server.pipelines.strategy.formula import FormulaError, compile_formula, key_of, names_in, prepared
from futurone_server.pipelines.strategy.given import (
    TASK,
    Assumption,
    Better,
    Criterion,
    Decision,
    Formula,
    Given,
    Ground,
    Numbers,
)
from futurone_server.tools.documents import make_visible
from futurone_server.tools.retrieval import Index, search

ASSUMED = "assumption"
"""Where a number stands that a model assumed."""

MODEL_FORMULA = "set by the model"
_PASSAGES_MAX = 24
_WRONGS_MAX = 8


def frame_prompt(task: str, index: Index) -> str:
    """What a model is asked: the task, and the passages of the sources that are nearest to it, as data."""
    hits = search(index, task, _PASSAGES_MAX)
    passages = [
        outside("source", index.documents[hit.document].text[hit.start : hit.end], name=hit.name) for hit in hits
    ]
    return paragraphs((outside("task", task), *passages))


def frame_wrong(answer: object, sources: Mapping[str, str]) -> str | None:
    """What is wrong with a model's frame, in words for the model; None if it can be used."""
    assert isinstance(answer, dict)
    found = list(dict.fromkeys(_wrongs(answer, sources)))[:_WRONGS_MAX]
    return " ".join(found) or None


def framed(answer: Mapping[str, Any]) -> tuple[Numbers, tuple[tuple[str, str], ...]]:
    """The numbers of a frame that ``frame_wrong`` let pass, and the quotes they stand in: text and source."""
    quotes: dict[tuple[str, str], int] = {}

    def given(told: Mapping[str, Any] | None) -> Given | None:
        if told is None:
            return None
        amount = read_amount(str(told["value"]))
        assert amount is not None
        if told["source"] == ASSUMED:
            return Given(value=amount.value, shown=amount.shown, place=ASSUMED)
        number = quotes.setdefault((_flat(told["quote"]), str(told["source"])), len(quotes) + 1)
        return Given(value=amount.value, shown=amount.shown, place=f"quote {number}", quote=_flat(told["quote"]))

    decision = _decision(answer, given)
    assumptions = []
    for one in answer["assumptions"]:
        low, base, high = given(one["low"]), given(one["base"]), given(one["high"])
        assert low is not None
        assert high is not None
        assumptions.append(Assumption(name=_flat(one["name"]), low=low, base=base, high=high))
    formulas = tuple(
        Formula(name=_flat(one["name"]), expression=_flat(one["expression"]), place=MODEL_FORMULA)
        for one in answer["formulas"]
    )
    numbers = Numbers(decision=decision, assumptions=tuple(assumptions), formulas=formulas, missing=_missing(answer))
    return numbers, tuple(quotes)


def _decision(answer: Mapping[str, Any], given: Callable[[Mapping[str, Any] | None], Given | None]) -> Decision | None:
    options = tuple(_flat(one) for one in answer["options"])
    if len(options) < 2 or not answer["criteria"]:
        return None
    cells = {(_flat(one["option"]), _flat(one["criterion"])): one["number"] for one in answer["scores"]}
    criteria = []
    for one in answer["criteria"]:
        weight = given(one["weight"])
        criteria.append(
            Criterion(
                name=_flat(one["name"]),
                better=Better(one["better"]),
                better_ground=Ground.NAME,
                weight=weight,
                weight_ground=Ground.STATED if weight else Ground.EQUAL,
            )
        )
    return Decision(
        options=options,
        criteria=tuple(criteria),
        cells=tuple(tuple(given(cells.get((option, one.name))) for one in criteria) for option in options),
    )


def _missing(answer: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(_flat(one) for one in answer["missing"])


def _wrongs(answer: Mapping[str, Any], sources: Mapping[str, str]) -> Iterator[str]:
    for number in _numbers(answer):
        yield from _number_wrongs(number, sources)
    options = {_flat(one) for one in answer["options"]}
    criteria = {_flat(one["name"]) for one in answer["criteria"]}
    for one in answer["scores"]:
        if _flat(one["option"]) not in options or _flat(one["criterion"]) not in criteria:
            yield f"There is no option {one['option']} with a criterion {one['criterion']}."
    for one in answer["assumptions"]:
        low, high = read_amount(str(one["low"]["value"])), read_amount(str(one["high"]["value"]))
        if low and high and low.value > high.value:
            yield f"{one['name']}: low is more than high."
    yield from _formula_wrongs(answer)


def _numbers(answer: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from (one["number"] for one in answer["scores"])
    yield from (one["weight"] for one in answer["criteria"] if one["weight"])
    for one in answer["assumptions"]:
        yield from (one[name] for name in ("low", "base", "high") if one[name])


def _number_wrongs(number: Mapping[str, Any], sources: Mapping[str, str]) -> Iterator[str]:
    value, source, quote = str(number["value"]), str(number["source"]), _flat(number["quote"])
    if read_amount(value) is None:
        yield f"“{value}” is no number."
    elif source == ASSUMED:
        return
    elif source not in sources:
        yield f"There is no source {source}: name one as it is given, {TASK}, or {ASSUMED}."
    elif not quote or quote not in _flat(sources[source]):
        yield f"“{quote[:80]}” does not stand in {source} word for word."
    elif _flat(value) not in quote:
        yield f"“{value}” is not in its quote “{quote[:80]}”."


def _formula_wrongs(answer: Mapping[str, Any]) -> Iterator[str]:
    names = [_flat(one["name"]) for one in (*answer["assumptions"], *answer["formulas"])]
    known = {key_of(name) for name in names}
    for one in answer["formulas"]:
        try:
            text = prepared(_flat(one["expression"]), names)
            compile_formula(text)
            lacking = [name for name in names_in(text) if name not in known]
        except FormulaError as error:
            yield f"{one['name']}: {error}"
            continue
        if lacking:
            yield f"{one['name']} computes with {lacking[0]}, which is neither an assumption nor a formula."


def _flat(value: object) -> str:
    return " ".join(make_visible(str(value))[0].split())


def sources_of(task: str, index: Index) -> dict[str, str]:
    """The texts that a number can be quoted from, by the names a model knows them by."""
    return {TASK: make_visible(task)[0], **{document.name: document.text for document in index.documents}}
