"""A brief: what a task asks, one question each, with what restrains the answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self


class Wanted(StrEnum):
    """What kind of thing would answer a question."""

    NUMBER = "number"
    MONEY = "money"
    DATE = "date"
    PERSON = "person"
    NAME = "name"
    DEFINITION = "definition"
    LIST = "list"
    PROCEDURE = "procedure"
    REASON = "reason"
    COMPARISON = "comparison"
    CHOICE = "choice"
    ANY = "any"


@dataclass(frozen=True, kw_only=True)
class Question:
    """One thing asked. ``subject`` is carried over from an earlier question, ``topic`` from what stands around."""

    id: str
    text: str
    wanted: Wanted
    subject: str = ""
    topic: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain values, as they are sealed between steps."""
        return {
            "id": self.id,
            "text": self.text,
            "wanted": self.wanted.value,
            "subject": self.subject,
            "topic": self.topic,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """The question that ``to_json`` wrote."""
        return cls(
            id=value["id"],
            text=value["text"],
            wanted=Wanted(value["wanted"]),
            subject=value["subject"],
            topic=value["topic"],
        )


@dataclass(frozen=True, kw_only=True)
class Brief:
    """What a research task comes to: the plan's goal, questions, constraints and success criteria.

    ``questions_left_out`` counts those beyond the bound; ``words_max`` is the length the task allows, if it says one.
    """

    goal: str
    questions: tuple[Question, ...]
    constraints: tuple[str, ...]
    success_criteria: tuple[str, ...]
    words_max: int | None = None
    questions_left_out: int = 0

    def to_json(self) -> dict[str, Any]:
        """Plain values, as they are sealed between steps."""
        return {
            "goal": self.goal,
            "questions": [question.to_json() for question in self.questions],
            "constraints": list(self.constraints),
            "success_criteria": list(self.success_criteria),
            "words_max": self.words_max,
            "questions_left_out": self.questions_left_out,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """The brief that ``to_json`` wrote."""
        return cls(
            goal=value["goal"],
            questions=tuple(Question.from_json(question) for question in value["questions"]),
            constraints=tuple(value["constraints"]),
            success_criteria=tuple(value["success_criteria"]),
            words_max=value["words_max"],
            questions_left_out=value["questions_left_out"],
        )
