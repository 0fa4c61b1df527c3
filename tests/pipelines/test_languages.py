"""Languages: a text in another language than English is recognised, and an English one is never taken for one."""

import pytest

from futurone_server.pipelines.languages import language_of

QUESTIONS = {
    "How long is the content of a finished run kept?": "en",
    "What does a support contract cost per year?": "en",
    "Wie lange wird der Inhalt eines Laufs aufbewahrt?": "de",
    "Wer verwaltet die Schlüssel?": "de",
    "Combien de temps le contenu est-il conservé ?": "fr",
    "¿Cuánto tiempo se conserva el contenido?": "es",
    "Per quanto tempo viene conservato il contenuto?": "it",
    "Hoe lang wordt de inhoud bewaard?": "nl",
    "Por quanto tempo o conteúdo é mantido?": "pt",
    "Как долго хранится содержимое?": "ru",
    "内容は何日間保存されますか": "ja",
    "内容保存多久": "zh",
}


@pytest.mark.parametrize(("text", "language"), QUESTIONS.items())
def test_the_language_of_a_single_question_is_told(text: str, language: str) -> None:
    assert language_of(text) == language


@pytest.mark.parametrize("text", ["", "```", "heartbeat_interval_s = 15", "TLS 1.3", "α = 0.05", "El Niño"])
def test_nothing_is_claimed_where_too_little_tells_the_language(text: str) -> None:
    assert language_of(text) == ""


def test_an_english_text_stays_english_with_foreign_names_in_it() -> None:
    text = (
        "The contract between Banco de la Nación and Deutsche Post was signed in Köln, and it is valid for two years."
    )
    assert language_of(text) == "en"


def test_a_german_text_stays_german_with_english_words_in_it() -> None:
    text = "Das Release bringt Support für Streaming; der Client wird mit dem Server über eine Queue verbunden."
    assert language_of(text) == "de"


def test_letters_that_are_written_in_two_parts_are_read_as_one() -> None:
    assert language_of("Fu\u0308r wen gilt das?") == "de"
