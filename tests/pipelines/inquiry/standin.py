"""A model for research that does what the prompts ask for, word by word out of the passages; tests make it err."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from futurone_server.models.port import Ask

_PASSAGE = re.compile(r'<passage number="(\d+)" document="[^"]*">\n(.*?)\n</passage>', re.DOTALL)
_CLAIM = re.compile(r'<claim number="(\d+)" cites="([^"]*)">\n(.*?)\n</claim>', re.DOTALL)
_SENTENCE = re.compile(r"[^.!?\n]+[.!?]")


def passages(prompt: str) -> dict[int, str]:
    """The passages that a prompt shows, by their numbers."""
    return {int(number): text for number, text in _PASSAGE.findall(prompt)}


def marked(prompt: str, tag: str) -> str:
    """What stands between the marks of one kind."""
    found = re.search(rf"<{tag}[^>]*>\n(.*?)\n</{tag}>", prompt, re.DOTALL)
    return found[1] if found else ""


class Researcher:
    """Plans the questions it is given, quotes the best sentence of each passage, judges by looking claims up."""

    def __init__(self, *questions: str, tools: tuple[str, ...] = ("documents_search",)) -> None:
        self.questions = questions
        self.tools = tools
        self.write: Callable[[str], str] = self.quote
        self.judge: Callable[[str], Mapping[str, Any]] = self.look_up
        self.plan: Callable[[str], Mapping[str, Any]] = self.outline

    def __call__(self, ask: Ask) -> object:
        if ask.schema is None:
            return self.write(ask.prompt)
        return self.judge(ask.prompt) if "claims" in ask.schema["properties"] else self.plan(ask.prompt)  # type: ignore[operator]  # a schema of ours

    def outline(self, prompt: str) -> Mapping[str, Any]:
        """One step for each question, none waiting for another."""
        del prompt
        steps = [
            {
                "id": f"s{number}",
                "question": question,
                "queries": [question],
                "depends_on": [],
                "tools": list(self.tools),
                "success_criteria": [],
            }
            for number, question in enumerate(self.questions, 1)
        ]
        return {
            "goal": "Answer the questions.",
            "constraints": [],
            "quality_bar": "Each answer is quoted.",
            "success_criteria": ["Every question is answered."],
            "steps": steps,
        }

    @staticmethod
    def quote(prompt: str) -> str:
        """The sentences that share most words with the question, each with its citation."""
        asked = set(re.findall(r"\w{4,}", marked(prompt, "question").lower()))
        found = []
        for number, text in passages(prompt).items():
            for sentence in _SENTENCE.findall(" ".join(text.split())):
                shared = len(asked & set(re.findall(r"\w{4,}", sentence.lower())))
                found.append((shared, -number, " ".join(sentence.split())))
        best = [one for one in sorted(found, reverse=True)[:2] if one[0] >= 2]
        if not best:
            return "NOT IN THE SOURCES: nothing on it."
        return " ".join(f"{sentence[:-1]} [{-number}]." for _, number, sentence in best)

    @staticmethod
    def look_up(prompt: str) -> Mapping[str, Any]:
        """A claim is supported where its words stand in the passages it cites."""
        held = passages(prompt)
        claims = []
        for number, cites, text in _CLAIM.findall(prompt):
            known = " ".join(held.get(int(one), "") for one in cites.split()).lower()
            words = re.findall(r"\w+", text.lower())
            is_held = all(word in known for word in words) and ("not" in words or "does turn" not in text)
            verdict = "supported" if is_held else "unsupported"
            likely = 0.97 if is_held else 0.05
            claims.append(
                {
                    "number": int(number),
                    "verdict": verdict,
                    "probability": likely,
                    "reason": "" if is_held else "Not said.",
                }
            )
        return {"claims": claims, "answers": 4 if claims else 0}
