"""Answers are exact quotes that hold the answer, or an abstention that says why."""

import json

import pytest

from futurone_server.pipelines.research.answers import QUOTES_MAX, Answer, answer
from futurone_server.pipelines.research.brief import Question, Wanted
from futurone_server.pipelines.research.questions import questions
from futurone_server.tools.documents import Document
from futurone_server.tools.retrieval import PIECE_CHARS_MAX, Index
from pipelines.research.library import documents, index, text_document

ANSWERABLE = [
    ("How long is a version kept by default?", "90 days"),
    ("Why does each folder have a key of its own?", "because a single leaked key"),
    ("How do I restore a folder?", "larkspur restore"),
    ("Which cipher encrypts the content at rest?", "AES-256-GCM"),
    ("What is the default port?", "8440"),
    ("Which values does copy.workers accept?", '1 to 64, or "auto"'),
    ("What does exit status 7 mean?", "locked by another process"),
    ("What is the largest single file that can be backed up?", "4 TiB"),
    ("How many files may a folder hold?", "10 million"),
    ("Which kernel does Linux need?", "5.10"),
    ("How are sparse files treated on NTFS?", "expanded"),
    ("How much does the Team plan cost?", "49 EUR"),
    ("How much storage has the Business plan?", "10 TB"),
    ("When does the nightly sweep start?", "02:30"),
    ("What may a viewer not do?", "restore anything"),
    ("Where are the restored files put?", "beside the old ones"),
    ("What happens when the master key is lost?", "cannot be recovered"),
    ("What does listen.address do?", "127.0.0.1"),
    ("How quickly does support answer?", "within 4 hours"),
    ("Is telephone support offered?", "no telephone support"),
]
OUTSIDE = [
    "What is the capital of Australia?",
    "How do I bake bread?",
    "Who won the world cup?",
    "Which vaccines does a newborn need?",
    "How far is the moon from the earth?",
    "Explain the plot of Hamlet.",
    "When was the Berlin Wall built?",
    "What is the boiling point of ethanol?",
    "Wie lange ist die Kündigungsfrist?",
]
TRAPS = [
    "What is the default port of MySQL?",
    "How much does the Enterprise plan cost?",
    "How do I back up a PostgreSQL database?",
    "Which kernel does OpenBSD need?",
    "What does log.rotate do?",
    "What does exit status 9 mean?",
    "How is two-factor authentication enabled?",
    "How many operators may a team have in 2031?",
]


def _answer(text: str, library: Index | None = None) -> Answer:
    return answer(questions(text)[0], library or index())


def _flat(found: Answer) -> str:
    return " ".join(" ".join(quote.text for quote in found.quotes).split())


@pytest.mark.parametrize(("text", "told"), ANSWERABLE)
def test_the_answer_is_among_the_quotes(text: str, told: str) -> None:
    assert told in _flat(_answer(text))


@pytest.mark.parametrize("text", OUTSIDE)
def test_what_is_outside_the_sources_is_not_answered(text: str) -> None:
    found = _answer(text)
    assert found.abstained
    assert found.quotes == ()
    assert found.reason


@pytest.mark.parametrize("text", TRAPS)
def test_what_only_sounds_like_the_sources_is_not_answered(text: str) -> None:
    assert _answer(text).abstained


@pytest.mark.parametrize("text", [text for text, _ in ANSWERABLE])
def test_every_quote_is_a_slice_of_its_document_with_its_place(text: str) -> None:
    by_digest: dict[str, Document] = {document.sha256: document for document in documents()}
    found = _answer(text)
    assert 1 <= len(found.quotes) <= QUOTES_MAX
    for quote in found.quotes:
        source = by_digest[quote.sha256]
        assert quote.text == source.text[quote.start : quote.end]
        assert quote.document == source.name
        assert quote.path
        assert len(quote.text) <= PIECE_CHARS_MAX + 200


def test_a_follow_up_is_answered_about_the_carried_subject() -> None:
    first, second = questions("What is listen.address? What is its default?")
    assert "127.0.0.1" in _flat(answer(second, index()))
    assert answer(first, index()).strength > 0.9


def test_the_carried_subject_decides_between_places_that_fit_alike() -> None:
    text = "# Trash\n\nThe trash period is 30 days.\n\n# Hold\n\nThe hold period is 7 days.\n"
    for subject, told in (("trash", "30 days"), ("hold", "7 days")):
        _, second = questions(f"What does {subject} mean? How many days is its period?")
        assert told in answer(second, Index([text_document(text)])).quotes[0].text


def test_what_is_hidden_in_a_page_is_never_quoted() -> None:
    told = _flat(_answer("What is the largest single file that can be backed up?"))
    assert "byte" not in told


def test_the_reason_names_what_the_sources_never_mention() -> None:
    found = _answer("What is the default port of MySQL?")
    assert found.reason_code == "NAME_UNKNOWN"
    assert found.reason == "The sources never mention “MySQL”."


def test_without_sources_or_without_words_there_is_a_reason_too() -> None:
    assert _answer("What is the port?", Index([])).reason_code == "NO_SOURCES"
    empty = Index([text_document("")])
    assert _answer("What is the port?", empty).reason_code == "NO_SOURCES"
    wordless = Question(id="q1", text="What would it be?", wanted=Wanted.ANY)
    assert answer(wordless, index()).reason_code == "NOTHING_ASKED"


def test_a_sentence_that_leans_on_the_one_before_brings_it_along() -> None:
    text = "# Quota\n\nThe quota is set by the owner. It is counted in gigabytes of storage.\n"
    found = _answer("In which gigabytes of storage is it counted?", Index([text_document(text)]))
    assert found.quotes[0].text.startswith("The quota is set")


def test_a_list_comes_with_the_words_that_introduce_it() -> None:
    text = "# Formats\n\nThe supported formats are:\n\n- plain text\n- Markdown\n- CSV tables\n\nThat is all.\n"
    quote = _answer("Which formats are supported?", Index([text_document(text)])).quotes[0]
    assert quote.text.startswith("The supported formats are:")
    assert quote.text.endswith("- CSV tables")


def test_what_two_documents_say_in_the_same_words_is_quoted_once() -> None:
    one = text_document("# A\n\nThe retention period of a version is 90 days.", "one.md")
    other = text_document("# B\n\nThe retention period of a version is 90 days.", "two.md")
    assert len(_answer("What is the retention period of a version?", Index([one, other])).quotes) == 1


def test_an_acronym_answers_for_its_words() -> None:
    table = text_document("release,eol\n9.1,2027-05-01\n", "table.csv")
    found = _answer("When is the end of life of release 9.1?", Index([table]))
    assert "2027-05-01" in _flat(found)


def test_a_compound_is_found_in_either_spelling() -> None:
    library = Index([text_document("# Names\n\nThe longest file name has 255 characters.")])
    assert "255" in _flat(_answer("How long is the longest filename?", library))


def test_another_language_is_answered_by_its_own_words_or_not_at_all() -> None:
    library = Index([text_document("# Port\n\nDer Standardport des Servers ist 4000.")])
    assert "4000" in _flat(_answer("Was ist der Standardport des Servers?", library))
    assert _answer("服务器的默认端口是什么？", library).abstained


def test_answers_are_the_same_every_time_and_survive_being_sealed() -> None:
    for text, _ in ANSWERABLE[:4]:
        found = _answer(text)
        assert found == _answer(text, Index(documents()))
        assert Answer.from_json(json.loads(json.dumps(found.to_json()))) == found


def test_what_only_stands_below_the_right_heading_is_no_second_answer() -> None:
    text = (
        "# Lease\n\n## Rent\n\nThe monthly rent is 1,450 euros and is due on the third working day.\n\n"
        "## Deposit\n\nThe deposit amounts to three monthly rents.\n\nParking; 60 euros\n"
    )
    lease = Index([text_document(text, "lease.md")])
    assert "three monthly rents" in _flat(_answer("How high is the deposit?", lease))
    assert "Parking" not in _flat(_answer("How high is the deposit?", lease))
