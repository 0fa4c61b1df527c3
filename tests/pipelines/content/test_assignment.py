"""What is read out of a content task: its aim, its points, its constraints."""

import pytest

from futurone_server.pipelines.content.assignment import Aim, read_assignment

_EMPTY = ("synergy", "leverage", "best-in-class")


@pytest.mark.parametrize(
    ("task", "has_files", "aim"),
    [
        ("Proofread the attached draft.", True, Aim.LINT),
        ("Please check this announcement for me", True, Aim.LINT),
        ("Review the draft and improve it.", True, Aim.LINT),
        ("What would you change in this text?", True, Aim.LINT),
        ("Look this draft through. At most 600 words.", True, Aim.LINT),
        ("Go over my text, please.", True, Aim.LINT),
        ("Check this draft and rewrite it.", True, Aim.WRITE),
        ("Rewrite the attached text.", True, Aim.WRITE),
        ("Write a blog post about kettles. Check your facts.", True, Aim.WRITE),
        ("Draft a press release.", True, Aim.WRITE),
        ("Proofread the attached draft.", False, Aim.WRITE),
        ("Prepare a source brief for an article.", True, Aim.BRIEF),
        ("Write an outline for a talk.", True, Aim.BRIEF),
        ("Write a post from the outline.", True, Aim.WRITE),
        ("A launch announcement", True, Aim.WRITE),
    ],
)
def test_the_aim_is_read_from_the_verbs(task: str, has_files: bool, aim: Aim) -> None:
    assert read_assignment(task, has_files=has_files).aim is aim


@pytest.mark.parametrize(
    ("task", "told"),
    [
        ("Write at most 300 words.", ["at most 300 words"]),
        ("Write 200-250 words.", ["at least 200 words", "at most 250 words"]),
        ("Write about 400 words.", ["at least 360 words", "at most 440 words"]),
        ("Write a 1,000-word essay.", ["at least 900 words", "at most 1100 words"]),
        ("No sentence longer than 20 words.", ["sentences of at most 20 words"]),
        ("Avoid the words “synergy” and “leverage”.", ["avoid “synergy”", "avoid “leverage”"]),
        ("Do not use 'cheap'.", ["avoid “cheap”"]),
        ('It must mention "Kettle Two".', ["mention “Kettle Two”"]),
        ("Write it in German.", ["in German"]),
        ("Use the active voice.", ["no passive"]),
        ("No more than 6 sentences.", ["at most 6 sentences"]),
        ("In at most six sentences, please.", ["at most 6 sentences"]),
        ("Write at least 3 sentences.", ["at least 3 sentences"]),
        ("Avoid the word synergies.", ["avoid “synergies”"]),
        ("Avoid the word synergies and keep it short.", ["avoid “synergies”"]),
        ("Avoid the words synergy, leverage and best-in-class.", [f"avoid “{word}”" for word in _EMPTY]),
        ("Do not use the term going forward.", ["avoid “going forward”"]),
        ("Mention the word recycling at least once.", ["mention “recycling”"]),
        ("Flesch reading ease above 60, please.", ["reading ease of at least 60"]),
    ],
)
def test_what_binds_the_text_is_read_out(task: str, told: list[str]) -> None:
    assert [one.told for one in read_assignment(task, has_files=True).constraints] == told


def test_points_audience_and_tone_are_read_out() -> None:
    task = "Write a post about kettles for beginners. Cover: boiling time, safety and price. Tone: friendly."
    read = read_assignment(task, has_files=False)
    assert (read.points, read.audience, read.tone) == (("boiling time", "safety", "price"), "beginners", "friendly")


@pytest.mark.parametrize(
    ("task", "audience", "points"),
    [
        ("Write a leaflet for families about recycling and composting.", "families", ("recycling", "composting")),
        ("Write a post about kettles, teapots and cups for tea lovers.", "tea lovers", ("kettles", "teapots", "cups")),
        ("Aimed at families with children. Write about tea.", "families with children", ()),
        ("Check this text for typos.", "", ()),
        ("Write about our new kettle for our website.", "", ()),
    ],
)
def test_whom_it_is_for_and_what_it_is_about_are_read_from_a_sentence(
    task: str, audience: str, points: tuple[str, ...]
) -> None:
    read = read_assignment(task, has_files=True)
    assert (read.audience, read.points) == (audience, points)


@pytest.mark.parametrize(
    ("task", "aim"),
    [
        ("Schau diesen Entwurf durch. Höchstens 40 Wörter.", Aim.LINT),
        ("Prüfe diesen Entwurf.", Aim.LINT),
        ("Bitte den Text durchsehen.", Aim.LINT),
        ("Bitte Korrektur lesen.", Aim.LINT),
        ("Relis ce brouillon, s'il te plaît.", Aim.LINT),
        ("Corrigez ce texte.", Aim.LINT),
        ("Revisa este borrador.", Aim.LINT),
        ("Schreibe einen Text über das Prüfen von Kesseln.", Aim.WRITE),
        ("Rédige un article. Vérifie les chiffres.", Aim.WRITE),
        ("Escribe una nota.", Aim.WRITE),
        ("Improve the wording in my resume.", Aim.LINT),
    ],
)
def test_requests_in_german_french_and_spanish_are_understood(task: str, aim: Aim) -> None:
    read = read_assignment(task, has_files=True)
    assert (read.aim, read.foreign) == (aim, "")


@pytest.mark.parametrize(
    ("task", "told"),
    [
        ("Prüfe das. Höchstens 40 Wörter.", ["at most 40 words"]),
        ("Prüfe das. Nicht mehr als 1.000 Wörter.", ["at most 1000 words"]),
        ("Prüfe das. Mindestens 3 Sätze.", ["at least 3 sentences"]),
        ("Prüfe das. 30 bis 40 Wörter.", ["at least 30 words", "at most 40 words"]),
        ("Prüfe das. Etwa 100 Wörter.", ["at least 90 words", "at most 110 words"]),
        ("Relis cela. Au plus 40 mots.", ["at most 40 words"]),
        ("Relis cela. 6 phrases au maximum.", ["at most 6 sentences"]),
        ("Relis cela. Pas plus de 40 mots.", ["at most 40 words"]),
        ("Revisa esto. No más de 40 palabras.", ["at most 40 words"]),
        ("Revisa esto. Máximo 5 frases.", ["at most 5 sentences"]),
        ("Proofread. At most 40 words.", ["at most 40 words"]),
        ("Proofread. At most 5 phrases of praise.", []),
    ],
)
def test_limits_of_length_are_read_in_german_french_and_spanish(task: str, told: list[str]) -> None:
    assert [one.told for one in read_assignment(task, has_files=True).constraints] == told


@pytest.mark.parametrize(
    ("task", "language"),
    [
        ("Ti prego di guardare questo testo e di dirmi che cosa non va.", "Italian"),
        ("Ich hätte gern von dir und deinen Leuten etwas zu diesem Text.", "German"),
        ("A launch announcement", ""),
        ("It is about the kettles that we have.", ""),
    ],
)
def test_a_task_that_was_not_understood_is_told_apart(task: str, language: str) -> None:
    read = read_assignment(task, has_files=True)
    assert read.foreign == language
    assert read_assignment(task, has_files=True) == type(read).from_json(read.to_json())


@pytest.mark.parametrize(
    ("task", "tone"),
    [
        ("Proofread. Friendly tone.", "Friendly"),
        ("Proofread. Formal tone. At most 50 words.", "Formal"),
        ("Proofread for a friendly tone", "friendly"),
        ("Proofread with a warm, friendly tone.", "warm, friendly"),
        ("Proofread. Keep the tone light and dry.", "light and dry"),
        ("Proofread in a calm style.", "calm"),
        ("Proofread. The tone should be plain.", "plain"),
        ("Prüfe das. Freundlicher Ton.", "Freundlicher"),
        ("Relis cela, sur un ton amical.", "amical"),
        ("Revisa esto. El tono formal.", "formal"),
        ("Proofread, and check the tone.", "Proofread, and check the tone"),
        ("Proofread. Use the active voice.", ""),
        ("Corrige ton texte.", ""),
        ("Proofread in a timely manner.", ""),
    ],
)
def test_a_tone_is_listed_however_it_is_put(task: str, tone: str) -> None:
    read = read_assignment(task, has_files=True)
    assert read.tone == tone
    assert (f"tone: {tone}" in [one.told for one in read.constraints]) is bool(tone)
