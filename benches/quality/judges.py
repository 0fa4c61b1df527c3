"""A simulated judge of stated accuracy, and the simulated models of one run: a writer and, if there is one, a judge."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from benches.quality.corpus import Asked
from benches.quality.writers import Ledger, Writer
from futurone_server.models.port import Answer, Ask, Listener, ModelError, Offered, Routing
from futurone_server.models.scripted import ScriptedModels

_CLAIM = re.compile(r'<claim number="(\d+)" cites="[^"]*">\n(.*?)\n</claim>', re.DOTALL)
_SURE = 0.9


class Judge:
    """Right with ``accuracy`` about each claim, and about whether the claims answer the question.

    It knows the truth from the writer's ledger, and says the same of the same claim each time: what it gets wrong, it
    gets wrong again.
    """

    def __init__(self, asked: Asked, ledger: Ledger, accuracy: float) -> None:
        self._asked = asked
        self._ledger = ledger
        self._accuracy = accuracy

    def __call__(self, ask: Ask) -> object:
        """The verdict on each claim of a prompt, and how well they answer."""
        claims = _CLAIM.findall(ask.prompt)
        texts = [told for _, text in claims for told in (text, self._ledger.meaning_of(text)) if told]
        does_answer = self._asked.kind == "answerable" and any(map(self._asked.is_answered_by, texts))
        grade = (4 if does_answer else 1) if self._is_right(f"answers/{claims}") else (1 if does_answer else 4)
        return {"claims": [self._verdict(int(number), text) for number, text in claims], "answers": grade}

    def _verdict(self, number: int, text: str) -> Mapping[str, Any]:
        slip = self._ledger.slip_of(text)
        is_held = (not slip) is self._is_right(text)
        wrong = "unsupported" if slip == "addition" else "contradicted"
        return {
            "number": number,
            "verdict": "supported" if is_held else wrong,
            "probability": _SURE if is_held else 1 - _SURE,
            "reason": "" if is_held else "The passage does not say it like this.",
        }

    def _is_right(self, what: str) -> bool:
        seed = f"{self._accuracy}/{self._asked.text}/{what}"
        return Random(hashlib.sha256(seed.encode()).digest()).random() < self._accuracy


class Cast:
    """The models of one run. Without a judge, whoever asks for one is told that none can be reached."""

    def __init__(self, writer: Writer, judge: Judge | None) -> None:
        self._writer = ScriptedModels(writer, name="simulated:writer", family="writer")
        self._judge = ScriptedModels(judge, name="simulated:judge", family="judge") if judge else None

    def has(self, routing: Routing) -> bool:
        """Whether there is a model for a class of work: always."""
        return self._writer.has(routing)

    def offered(self) -> Sequence[Offered]:
        """The writer, and the judge if there is one."""
        return [*self._writer.offered(), *(self._judge.offered() if self._judge else ())]

    async def ask(self, ask: Ask, listener: Listener) -> Answer:
        """Plans and drafts go to the writer, judgements to the judge."""
        if ask.schema is None or "claims" not in _properties(ask.schema):
            return await self._writer.ask(ask, listener)
        if self._judge is None:
            raise ModelError("MODELS_UNAVAILABLE", "No judge is simulated here.")
        return await self._judge.ask(ask, listener)

    async def close(self) -> None:
        """There is nothing to close."""


def _properties(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    found = schema["properties"]
    assert isinstance(found, Mapping)
    return found
