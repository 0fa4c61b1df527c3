"""Each feature of a claim speaks when it should and is silent when a paraphrase says the same."""

from dataclasses import asdict

import pytest

from futurone_server.pipelines.verification.claims import Evidence, Features, Reader, measure

FUND = (
    "The fund charges a fee of 0.75 percent a year. Units sold within 90 days cost a redemption fee of 1 percent. "
    "Distributions are paid in March and September."
)
SERVER = (
    "The server listens on port 8443 by default and accepts only connections with TLS 1.2 or newer. "
    "It may keep a log of 1,600 lines for two weeks. Changing the port requires a restart. "
    "The old format is no longer written. Kenya borders Uganda, and Norway borders Sweden."
)
READER = Reader()


def _evidence(claim: str, *passages: str) -> Evidence:
    return measure(claim, passages or (SERVER,), READER)


def _features(claim: str, *passages: str) -> Features:
    return _evidence(claim, *passages).features


@pytest.mark.parametrize(
    "claim",
    [
        "The log has 1600 lines.",
        "The log is kept for 14 days.",
        "The log is kept for a fortnight, that is 2 weeks.",
        "The server accepts TLS 1.2.",
        "The log may have 1.6 thousand lines.",
    ],
)
def test_a_number_may_be_spelt_in_another_way(claim: str) -> None:
    evidence = _evidence(claim)
    assert evidence.unknown_numbers == ()
    assert evidence.features.number_mismatch == 0


@pytest.mark.parametrize(
    ("claim", "passage"),
    [
        ("Half a percent is lost.", "It loses 0.5 % of its output."),
        ("A fifth of the water is there.", "It holds 20 percent of the water."),
        ("About 33 percent left.", "Accidents fell by a third."),
        ("It costs EUR 5bn.", "It costs 5 billion euros."),
        ("It costs 4,800,000 euros.", "It costs 4.8 million euros."),
        ("It takes 500 seconds.", "It takes eight minutes and twenty seconds."),
        ("It happened on 2021-03-14.", "It happened on 14 March 2021."),
        ("Fewer than 1 in 100 did.", "Less than one percent did."),
        ("Twenty-five were found.", "They found 25."),
        ("It lasts two years.", "It lasts 24 months."),
        ("Both sides agree on 2 points.", "The two sides agree on both points."),
        ("The gap is 3 km.", "The gap is 3,000 metres."),
        ("It opens at 9:00.", "The doors open at 9:00 each day."),
    ],
)
def test_quantities_are_compared_by_what_they_say(claim: str, passage: str) -> None:
    assert _evidence(claim, passage).unknown_numbers == ()


@pytest.mark.parametrize(
    ("claim", "passage", "unknown"),
    [
        ("It lasts 17 days.", "It lasts 17 months.", "17 days"),
        ("It costs 5 million euros.", "It costs 5 billion euros.", "5 million euros"),
        ("It costs 5 dollars.", "It costs 5 euros.", "5 dollars"),
        ("The port is 8080.", "The port is 8443.", "8080"),
        ("Version 1.3 is needed.", "Version 1.2 is needed.", "1.3"),
        ("The address is 10.0.0.2.", "The address is 10.0.0.1.", "10.0.0.2"),
        ("It opens at 9:30.", "It opens at 9:00.", "9:30"),
        ("It has four hearts.", "It has three hearts.", "four"),
    ],
)
def test_a_changed_number_or_unit_is_unknown(claim: str, passage: str, unknown: str) -> None:
    evidence = _evidence(claim, passage)
    assert evidence.unknown_numbers == (unknown,)
    assert evidence.features.number_mismatch == 1


def test_one_is_often_no_number() -> None:
    assert _evidence("One has to restart the server after changing the port.").unknown_numbers == ()


def test_verbatim_is_one_run_of_a_sentence() -> None:
    assert _features("Changing the port requires a restart.").verbatim == 1
    assert _features("It may keep a log of 1600 lines for 2 weeks.").verbatim == 1
    assert _features("The port requires changing a restart.").verbatim == 0
    assert _features("A restart is required when the port was changed.").verbatim == 0


def test_coverage_counts_words_and_less_for_their_kin() -> None:
    assert _features("Changing the port requires a restart.").coverage == 1
    kin = _features("Altering the port needs a restart.")
    assert 0.7 < kin.coverage < 1
    assert _features("Penguins love cold herring.").coverage == 0
    assert _features("Penguins love cold herring.").thinness == 1


def test_neighbouring_words_count_in_their_order() -> None:
    straight, turned = _features("Changing the port requires a restart."), _features("Restart requires port changing.")
    assert straight.bigrams == straight.trigrams == 1
    assert turned.bigrams == turned.trigrams == 0
    assert turned.shuffled == 1
    assert straight.shuffled == 0


def test_a_name_that_no_passage_has_is_told() -> None:
    evidence = _evidence("Since then Kenya borders Ethiopia.")
    assert evidence.unknown_names == ("Ethiopia",)
    assert evidence.features.name_mismatch == 1
    assert _features("Since then Kenya borders Uganda.").name_mismatch == 0


def test_identifiers_are_names_and_demonyms_are_the_same_name() -> None:
    assert _evidence("The server needs a file named ready.json.").unknown_names == ("ready.json",)
    assert _features("In the north the Swedish border meets Norway.").name_mismatch == 0


def test_a_month_is_not_the_verb_may() -> None:
    assert _evidence("Distributions are paid on a day in May.", FUND + " The fund may close.").unknown_names == ("May",)


def test_the_name_of_another_place_in_the_passage_is_an_exchange() -> None:
    assert _features("Kenya borders Sweden, and Norway borders Uganda.").exchanged > 0.8
    assert _features("Kenya borders Uganda, and Norway borders Sweden.").exchanged == 0


@pytest.mark.parametrize(
    ("claim", "passage"),
    [
        ("Sweden became independent from Norway.", "Norway became independent from Sweden."),
        ("Aluminium conducts better than copper.", "Copper conducts better than aluminium."),
        ("It prints 22 pages in black and 28 in colour.", "It prints 28 pages in black and 22 in colour."),
        ("The list info is the default; debug prints all.", "The list debug is the default; info prints all."),
    ],
)
def test_exchanged_sides_are_seen(claim: str, passage: str) -> None:
    assert _features(claim, passage).exchanged > 0.5


def test_a_clause_may_stand_first_or_last() -> None:
    passage = "Trading is halted when an index moves by more than 8 percent in a day."
    assert _features("When an index moves by more than 8 percent in a day, trading is halted.", passage).exchanged == 0


def test_an_unknown_word_in_the_place_of_another_is_a_substitution() -> None:
    features = _features("Changing the port requires a lawyer.")
    assert features.substituted > 0.8
    assert _features("Changing the port requires a reboot or restart.").substituted == 0


def test_words_added_to_a_repeated_sentence_are_counted() -> None:
    assert _features("Changing the port requires a restart and wins international prizes.").added == 1
    assert _features("Changing the port requires a restart.").added == 0
    assert _features("The document says that changing the port requires a restart.").added == 0


def test_a_run_of_unknown_words_is_novel() -> None:
    features = _features("The server is painted green every spring.")
    assert features.novelty >= 0.6
    assert features.excess == 0


@pytest.mark.parametrize(
    ("claim", "passage"),
    [
        ("Changing the port does not require a restart.", SERVER),
        ("The old format is written.", SERVER),
        ("Sessions are tied to a server.", "Sessions are not tied to a server."),
        ("Gloves replace washing.", "Gloves do not replace washing."),
        ("Nobody checks the key.", "The guard checks the key."),
        ("It works with flash.", "It works without flash."),
        ("Whatever the operators want, to one server every session is tied.", "Sessions are not tied to a server."),
    ],
)
def test_a_negation_on_one_side_is_seen(claim: str, passage: str) -> None:
    assert _features(claim, passage).negation >= 0.5


@pytest.mark.parametrize(
    ("claim", "passage"),
    [
        ("Sessions aren't tied to any server.", "Sessions are not tied to a server."),
        ("Parliament forbids quotas.", "Quotas are not allowed by parliament."),
        ("The claim fails to reach the limit.", "The claim does not reach the limit."),
        ("No more than five may enter.", "At most five may enter."),
    ],
)
def test_the_same_negation_in_other_words_is_hardly_held_against_a_claim(claim: str, passage: str) -> None:
    assert _features(claim, passage).negation < 0.5


@pytest.mark.parametrize(
    ("claim", "passage"),
    [
        ("Revenue fell by 12 percent.", "Revenue grew by 12 percent."),
        ("Steps have at least 4 attempts.", "Steps have at most 4 attempts."),
        ("The tablets come after meals.", "The tablets come before meals."),
        ("Less salt and more alcohol lower it.", "Less salt and less alcohol lower it."),
        ("Imports are forbidden here.", "Imports are permitted here."),
        ("The maximum dose is 5 mg.", "The minimum dose is 5 mg."),
        ("Expired keys are always accepted.", "Expired keys are never accepted."),
        ("The bill is unpaid.", "The bill is paid."),
        ("Trams enable the lock first.", "Trams disable the lock first."),
        ("White roofs reflect less light.", "White roofs reflect more light."),
    ],
)
def test_an_opposite_is_seen(claim: str, passage: str) -> None:
    assert _features(claim, passage).opposite >= 0.6


@pytest.mark.parametrize(
    ("claim", "passage"),
    [
        ("Aluminium is lighter than copper.", "Copper is heavier than aluminium."),
        ("In the table, silver is lighter than gold by far.", "In the table, gold is heavier than silver by far."),
        ("Reverse engineering is not allowed.", "Reverse engineering is forbidden."),
        ("Revenue rose by 12 percent.", "Revenue increased by 12 percent."),
        ("The office shuts at noon.", "The office closes at noon."),
        ("Please inform the form owner.", "The form owner is told."),
    ],
)
def test_opposites_that_say_the_same_are_none(claim: str, passage: str) -> None:
    assert _features(claim, passage).opposite == 0


@pytest.mark.parametrize(
    ("claim", "passage", "words"),
    [
        ("Storms must crack roads.", "Storms may crack roads.", ("must", "may")),
        ("The front always covers India.", "The front usually covers India.", ("always", "usually")),
        ("All moths hear calls.", "Many moths hear calls.", ("all", "many")),
        ("Firms may report a breach.", "Firms must report a breach.", ("may", "must")),
        ("It costs exactly 5 euros.", "It costs up to 5 euros.", ("exactly", "up-to")),
    ],
)
def test_another_strength_is_seen(claim: str, passage: str, words: tuple[str, str]) -> None:
    evidence = _evidence(claim, passage)
    assert evidence.features.overstated == 1
    assert evidence.strengths == words


@pytest.mark.parametrize(
    ("claim", "passage"),
    [
        ("Storms can crack roads.", "Storms may crack roads."),
        ("Nobody has to pay.", "There is no need for anybody to pay."),
        ("The rent must not be raised.", "The rent may not be raised."),
        ("The front generally covers India.", "The front usually covers India."),
        ("It covers some 40 percent.", "It covers about 40 percent."),
    ],
)
def test_the_same_strength_in_another_word_is_none(claim: str, passage: str) -> None:
    assert _features(claim, passage).overstated == 0


def test_a_hedge_that_is_left_out_is_told() -> None:
    evidence = _evidence("Storms crack the roads.", "Storms often crack the roads.")
    assert evidence.hedge == "often"
    assert evidence.features.hedge_left_out > 0.5
    assert _evidence("Storms frequently crack the roads.", "Storms often crack the roads.").hedge == ""


def test_every_feature_is_from_0_to_1_whatever_is_read() -> None:
    odd = ["", " ", "¿", "1 2 3", "the of and", "no", "(" * 40, "a" * 500, "9" * 400, "not not not", "İSTANBUL ẞ ﬁ"]
    for claim in odd:
        for passage in odd:
            assert all(0 <= value <= 1 for value in asdict(measure(claim, [passage], READER).features).values())
