"""The quality bench measures what it says: on a small folder of text, with floors that can be missed."""

from pathlib import Path

import pytest
from benches.quality import words_and_numbers
from benches.quality.__main__ import main
from benches.quality.figure import Figure, Place, Verdict, exit_code, table
from benches.quality.generated import folder_part
from benches.quality.house import House
from benches.quality.research import figures, trials
from benches.quality.writers import SLIPS, Ledger, Sentence, Writer, sentences
from benches.quality.written import Played, Setting, play_all

from futurone_server.main import Server
from futurone_server.models.port import Ask, Routing
from house import Tenant, principal

HARBOUR = """# The harbour of Port Harrow

## Depth

The harbour is a natural basin with a depth of 11 metres. Ships of up to 160 metres can turn in it.

## The lighthouse

The lighthouse is a tower of 42 metres on the north mole of Port Harrow. It was built by Ada Wells in 1874. It is not
open in winter.

## Ferries

Ferries leave for the islands twice a day. A ticket costs 14 crowns, and children under 6 travel free.
"""
QUESTIONS = """
answerable = [
  ["harbour.md", "How high is the tower of the lighthouse?", '42 metres'],
  ["harbour.md", "What does a ticket for the ferries cost?", '14 crowns'],
  ["absent.md", "What is not here?", 'x'],
]
outside = ["Who painted the Mona Lisa?", "What is the boiling point of ethanol?"]
traps = ["Which captain founded the lighthouse museum in 1990?"]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "harbour.md").write_text(HARBOUR)
    return tmp_path / "texts"


def _named(found: list[Figure], name: str) -> Figure:
    return next(one for one in found if one.name == name)


def test_questions_beside_a_folder_are_asked_and_those_without_a_document_are_counted(folder: Path) -> None:
    folder.with_suffix(".toml").write_text(QUESTIONS)
    part = folder_part(folder)
    done = trials(part)
    found = list(figures(part, done))
    assert part.skipped == 1
    assert [one.is_right for one in done if one.asked.kind == "answerable"] == [True, True]
    assert [one.is_right for one in done if one.asked.kind == "outside"] == [True, True]
    assert _named(found, "first quote right").value == 1.0


def test_too_few_questions_are_no_measurement_and_no_success(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder.with_suffix(".toml").write_text(QUESTIONS)
    assert main(["--folder", str(folder), "--only", "research"]) == 2
    told = capsys.readouterr()
    assert "could not be measured: 2 here, at least 20 are needed" in told.out
    assert "NOT MEASURED: research, keyless" in told.err


def test_a_folder_without_questions_gets_some_whose_answers_have_a_known_place(folder: Path) -> None:
    part = folder_part(folder)
    asked = [one.text for one in part.of("answerable")]
    assert "What is said about Ferries?" in asked
    assert "What is lighthouse?" in asked
    assert len(part.of("outside")) >= 30
    assert all(one.is_right for one in trials(part) if one.asked.kind == "answerable")


def test_a_missed_floor_is_shown_and_fails_the_command() -> None:
    place = Place(area="area", part="held")
    held = place.share("kept", 9, 10, floor=0.75)
    missed = place.share("broken", 7, 10, floor=0.75)
    crowd = place.at_most("noise", 2.5, 2.0)
    unknown = place.share("unknown", 2, 2, floor=0.75, of_min=20)
    assert [one.verdict for one in (held, missed, crowd, unknown)] == [
        Verdict.MET,
        Verdict.MISSED,
        Verdict.MISSED,
        Verdict.UNMEASURED,
    ]
    assert (exit_code([held]), exit_code([held, missed, unknown]), exit_code([held, unknown])) == (0, 1, 2)
    assert "| area | held | broken | 7 of 10 (70 %) | ≥ 75 % | MISSED |" in table([held, missed])


PROMPT = f"""<question>
How high is the tower of the lighthouse on the north mole?
</question>

<passage number="1" document="harbour.md">
{HARBOUR}
</passage>"""


def _answers(writer: Writer, prompt: str = PROMPT) -> str:
    return str(writer(Ask(routing=Routing.WIDE, instructions="", prompt=prompt)))


def test_an_honest_writer_says_what_its_passages_say_and_nothing_where_they_say_nothing() -> None:
    writer = Writer("How high is the tower of the lighthouse on the north mole?")
    assert "42 metres" in _answers(writer)
    assert [one.slip for one in writer.ledger.written] == [""] * len(writer.ledger.written)
    assert _answers(Writer("Who painted the Mona Lisa?")).startswith("NOT IN THE SOURCES:")


def test_a_careless_writer_errs_in_known_ways_and_its_ledger_knows_each_sentence_again() -> None:
    kinds = set()
    for number in range(40):
        writer = Writer(f"How high is the tower of the lighthouse on the north mole? {number}", slips=1.0)
        _answers(writer)
        kinds |= {one.slip for one in writer.ledger.written}
        for one in writer.ledger.written:
            assert writer.ledger.slip_of(one.shown) == one.slip
            assert writer.ledger.slip_of(one.said) == ""
    assert kinds == set(SLIPS)


def test_a_sentence_that_was_joined_with_another_is_still_known_as_wrong() -> None:
    ledger = Ledger()
    ledger.add(
        Sentence(shown="The tower is 57 metres high.", passage=1, said="The tower is 42 metres high.", slip="number")
    )
    assert ledger.slip_of("It is white. The tower is *57 metres* high.") == "number"
    assert ledger.slip_of("The tower is 42 metres high.") == ""
    assert ledger.slip_of("Nobody wrote this.") is None


def test_an_objection_to_a_sentence_makes_the_writer_say_it_word_for_word() -> None:
    writer = Writer("How high is the tower of the lighthouse on the north mole?", slips=0.0)
    first = _answers(writer)
    again = _answers(writer, f"{PROMPT}\n\n<draft>\n{first}\n</draft>\n\n<wrong>\n- Sentence 1: no\n</wrong>")
    assert again.partition(" [1]")[0] + "." in set(sentences(HARBOUR))


async def _play(server: Server, tenant: Tenant, folder: Path, setting: Setting) -> list[Played]:
    folder.with_suffix(".toml").write_text(QUESTIONS)
    part = folder_part(folder)
    return await play_all(House(server, principal(tenant.workspace_id)), part, part.asked[:3], setting)


@pytest.mark.anyio
async def test_whole_runs_with_an_honest_writer_complete_where_the_sources_hold_the_answer(
    house: Server, tenant: Tenant, folder: Path
) -> None:
    height, ticket, outside = await _play(house, tenant, folder, Setting(name="honest", accuracy=1.0))
    assert (height.is_completed, height.is_answered, height.wrong) == (True, True, [])
    assert (ticket.is_completed, ticket.is_answered, ticket.wrong) == (True, True, [])
    assert not outside.is_completed


@pytest.mark.anyio
async def test_whole_runs_with_a_writer_that_is_always_wrong_do_not_complete(
    house: Server, tenant: Tenant, folder: Path
) -> None:
    sharp = await _play(house, tenant, folder, Setting(name="sharp", slips=1.0, accuracy=1.0))
    assert all(one.written and all(sentence.slip for sentence in one.written) for one in sharp[:2])
    assert not any(one.is_completed for one in sharp)


def test_a_lint_that_finds_no_planted_fault_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    share = _named(list(words_and_numbers.drafts()), "planted faults found, of the right kind")
    assert share.value is not None
    assert 0.5 < share.value < 1.0
    monkeypatch.setattr(words_and_numbers, "_told", lambda found: [])
    blind = _named(list(words_and_numbers.drafts()), "planted faults found, of the right kind")
    assert blind.value == 0.0


def test_wrong_numbers_in_computed_reports_are_refused() -> None:
    found = list(words_and_numbers.matrices(2))
    assert (_named(found, "wrong numbers refused by the verifier").value or 0) >= 0.5
    assert _named(found, "reports without a wrong number that no gate refuses").value == 1.0
