"""A task becomes one question for each thing asked, each with its subject, apart from the constraints."""

import json

import pytest

from futurone_server.pipelines.research.brief import Brief, Wanted
from futurone_server.pipelines.research.questions import QUESTIONS_MAX, brief, questions


def _texts(task: str) -> list[str]:
    return [question.text for question in questions(task)]


@pytest.mark.parametrize(
    ("task", "texts"),
    [
        ("What is a lease?", ["What is a lease?"]),
        ("What is a lease? How long does it last?", ["What is a lease?", "How long does it last?"]),
        (
            "What is a lease and how long does it last?",
            ["What is a lease?", "How long does it last?"],
        ),
        (
            "Please list the formats, explain how retention works, and compare zero with keep.",
            ["List the formats", "Explain how retention works", "Compare zero with keep."],
        ),
        ("1. What is X?\n2) What is Y?\n(3) What is Z?", ["What is X?", "What is Y?", "What is Z?"]),
        ("Find out: a) what is X b) why Z happens", ["What is X?", "Why Z happens?"]),
        ("- What is X,\n  and only X?\n- What is Y?", ["What is X, and only X?", "What is Y?"]),
        ("Can you explain what a lease is? Thanks.", ["Explain what a lease is?"]),
        ("I want to know how many days employees get.", ["How many days employees get."]),
        ("Research the lease model. Who holds a lease?", ["Who holds a lease?"]),
        ("Question: What is a lease?", ["What is a lease?"]),
        ("# Questions\n\nWhat is X?\n\n```\nWhat is not asked?\n```\n", ["What is X?"]),
        ("What is X? What is X?", ["What is X?"]),
        ("What is in the audit and report?", ["What is in the audit and report?"]),
        ("List the name and state of each step.", ["List the name and state of each step."]),
        ("Describe the file, which is large.", ["Describe the file, which is large."]),
    ],
)
def test_each_thing_asked_is_one_question(task: str, texts: list[str]) -> None:
    assert _texts(task) == texts


def test_the_items_of_a_request_are_questions_of_their_own() -> None:
    task = "Explain these settings of sshd:\n- MaxStartups\n- LoginGraceTime\n"
    assert _texts(task) == [
        "Explain these settings of sshd: MaxStartups",
        "Explain these settings of sshd: LoginGraceTime",
    ]


@pytest.mark.parametrize(
    ("task", "subject"),
    [
        ("What is MaxStartups? Which values does it accept?", "MaxStartups"),
        ("How many vacation days do employees get? Can they be carried over?", "vacation days employees"),
        ("What does the retention period mean? How is this changed?", "retention period"),
        ("What is the Team plan? What is the price of the plan?", "Team"),
        ("What is a lease, and why do workers need one?", "lease"),
    ],
)
def test_a_follow_up_carries_the_subject(task: str, subject: str) -> None:
    first, second = questions(task)
    assert first.subject == ""
    assert second.subject == subject


def test_a_question_that_names_its_own_subject_carries_none() -> None:
    assert [question.subject for question in questions("What is a lease? What is a worker?")] == ["", ""]


def test_what_stands_before_the_questions_is_their_topic() -> None:
    assert questions("We are looking at FuturOne. How long is content kept?")[0].topic == "looking FuturOne"


@pytest.mark.parametrize(
    "constraint",
    [
        "Cite every claim.",
        "Use only the attached documents.",
        "Answer in English, at most 500 words.",
        "Keep it short.",
        "Do not speculate.",
        "Write the answer as a table.",
        "Every claim must have a source.",
        "No more than 3 pages.",
        "Quote exactly.",
    ],
)
def test_a_constraint_is_no_question(constraint: str) -> None:
    found = brief(f"What is a lease? {constraint}")
    assert found.constraints == (constraint,)
    assert len(found.questions) == 1
    assert f"Kept: {constraint}" in found.success_criteria


def test_constraints_under_their_own_heading_and_at_the_end_of_a_question_are_found() -> None:
    found = brief("What is a lease, with citations?\n\nConstraints:\n- for bankers\n- under 200 words\n")
    assert found.constraints == ("with citations", "for bankers", "under 200 words")
    assert [question.text for question in found.questions] == ["What is a lease?"]
    assert found.words_max == 200


@pytest.mark.parametrize("question", ["Only what is a lease?", "Does it cite every source?", "Is it never erased?"])
def test_a_question_is_no_constraint(question: str) -> None:
    assert brief(question).constraints == ()
    assert len(brief(question).questions) == 1


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("How many files may a folder hold?", Wanted.NUMBER),
        ("What is the default port?", Wanted.NUMBER),
        ("How much does the plan cost?", Wanted.MONEY),
        ("When was it released?", Wanted.DATE),
        ("In which year did it begin?", Wanted.DATE),
        ("Who may restore a folder?", Wanted.PERSON),
        ("What is a lease?", Wanted.DEFINITION),
        ("Which option keeps the input?", Wanted.NAME),
        ("List the formats.", Wanted.LIST),
        ("How do I restore a folder?", Wanted.PROCEDURE),
        ("Why is it refused?", Wanted.REASON),
        ("Compare zero with keep.", Wanted.COMPARISON),
        ("Is it encrypted?", Wanted.CHOICE),
        ("Where are the files?", Wanted.ANY),
    ],
)
def test_the_kind_of_answer_is_told_from_the_words(question: str, wanted: Wanted) -> None:
    assert questions(question)[0].wanted is wanted


def test_a_task_without_any_question_is_looked_up_as_it_stands() -> None:
    assert _texts("retention policy") == ["Retention policy"]


@pytest.mark.parametrize(
    "task", ["", " \n\t", "?!?", "```\ncode\n```", "Cite every claim.", "the and of", "x" * 60_000]
)
def test_a_task_that_asks_nothing_has_no_questions(task: str) -> None:
    assert brief(task).questions == ()


def test_questions_beyond_the_bound_are_counted() -> None:
    found = brief(" ".join(f"What is part {number}?" for number in range(500)))
    assert len(found.questions) == QUESTIONS_MAX
    assert found.questions_left_out == 400 - QUESTIONS_MAX


@pytest.mark.parametrize(
    "part", ["list a, ", "x ", "(1) a ", "no more than ", " , and ", "What is a, ", "- use it\n", "a:\n"]
)
def test_a_task_of_60_000_characters_is_read(part: str) -> None:
    assert len(brief(part * (60_000 // len(part))).questions) <= QUESTIONS_MAX


def test_ids_goal_and_criteria_are_there_for_the_plan() -> None:
    found = brief("What is X? What is Y?")
    assert [question.id for question in found.questions] == ["q1", "q2"]
    assert found.goal == "What is X? What is Y?"
    assert found.success_criteria[0] == "Each of the 2 questions is answered or declared unanswered."
    assert len(brief("What is " + "very " * 500 + "long?").goal) <= 700


def test_a_brief_survives_being_sealed() -> None:
    found = brief("We use X. What is Y? Which values does it take? Cite all claims. At most 90 words.")
    assert Brief.from_json(json.loads(json.dumps(found.to_json()))) == found
