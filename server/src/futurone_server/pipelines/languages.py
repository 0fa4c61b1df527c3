"""Languages: which language a text is written in, told cheaply by its script and its commonest words."""

import re
import unicodedata
from collections import Counter

ENGLISH = "en"
NAMES = {
    "en": "English",
    "de": "German",
    "fr": "French",
    "es": "Spanish",
    "it": "Italian",
    "nl": "Dutch",
    "pt": "Portuguese",
    "ja": "Japanese",
    "zh": "Chinese",
    "ko": "Korean",
    "ru": "Russian",
    "el": "Greek",
    "ar": "Arabic",
    "he": "Hebrew",
    "th": "Thai",
    "hi": "Hindi",
}
"""What each language that is known is called in English."""

_SAMPLE_CHARS_MAX = 20_000
_SCORE_MIN = 2
_SCRIPT_SHARE_MIN = 0.3
_LETTERS_MIN = 3
_WORD = re.compile(r"[^\W\d_]+")

_ASKING = 2
"""What a word that asks counts for: a question may hold no other word that tells."""

_COMMON = {
    "en": """a about after all also an and any are as at be because been before between both but by can could did do
        does during each either every for from had has have he her his how if in into is it its may more must my no not
        of on only or other our over per shall she should so some such than that the their them then there these they
        this those through to under until up was we were when where which while will with without would you your""",
    "de": """aber alle als am an auch auf aus bei beim bis damit dann das dass dem den der des die diese diesem diesen
        dieser dieses doch durch ein eine einem einen einer eines er es für gegen hat haben hier ich ihr ihre im in ist
        jede jeder kann kein keine können man mehr mit muss müssen nach nicht noch nur oder ohne schon sein seine sich
        sie sind so soll sollen sowie über um und unter uns vom von vor war waren was weil wenn werden wird wir wurde
        zu zum zur zwischen""",
    "fr": """alors après au aucun aussi autre aux avant avec avoir ce ces cet cette chaque comme dans de depuis des
        doit doivent donc du elle elles en encore entre est et être eux fait faut il ils je la le les leur leurs lors
        lui mais même moins ne nos notre nous on ont ou où par pas peut peuvent plus pour puis qu que qui sa sans se
        selon ses si son sont sous sur ta tous tout toute toutes très un une vos votre vous y""",
    "es": """a al algo antes aunque cada como con contra de debe deben del desde después donde dos durante e el ella
        ellos en entre era es esta está están estas este esto estos fue ha hace han hasta hay la las le les lo los más
        me mi mientras muy nada ni no nos o otra otro para pero por porque puede pueden que se según ser si sí sin
        sobre son su sus también tanto tiene tienen todo todos un una uno unos y ya yo""",
    "it": """a ad ai al alla alle allo anche ancora che chi ci come con contro cui da dal dalla dalle degli dei del
        della delle dello deve devono di dopo dove e ed era essere fra gli ha hanno i il in io la le lo loro ma mentre
        mi molto nei nel nella nelle nello no noi non nostro o ogni oppure per perché però più può possono prima quando
        questa queste questi questo se sei senza si sia solo sono su sua sul sulla suo tra tutti tutto un una uno
        viene vengono""",
    "nl": """aan al alle als bij dan dat de deze die dit door dus een en er geen had hebben heeft het hier hij hoe ik in
        is je kan kunnen maar meer men met mijn moet moeten na naar niet nog nu of om onder ons ook op over per te tegen
        tot tussen uit van veel voor wanneer waren was wat we wel werd wie wij worden wordt zal ze zich zij zijn zo
        zonder zou zullen""",
    "pt": """a ao aos após as até cada com como contra da das de deve devem do dos e é ela ele eles em entre era essa
        esse esta está estão este eu foi há isso já lhe mais mas me mesmo meu muito na não nas nem no nos nós o onde os
        ou outro para pela pelas pelo pelos pode podem por porque qual quando que se sem ser seu seus sob sobre são só
        sua suas também tem têm todo todos um uma umas você""",
}

_QUESTIONS = {
    "en": "what who whom whose why",
    "de": "wann warum welche welchem welchen welcher welches wer wessen wie wieso wieviel wieviele wohin womit",
    "fr": "combien comment pourquoi quand quel quelle quelles quels quoi",
    "es": "cuál cuáles cuándo cuánta cuántas cuánto cuántos cómo dónde qué quién quiénes",
    "it": "cosa quale quali quanta quante quanti quanto",
    "nl": "hoeveel waar waarom welke wiens",
    "pt": "quais quanta quantas quanto quantos quem",
}

_SCRIPTS = {
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "CJK": "zh",
    "HANGUL": "ko",
    "CYRILLIC": "ru",
    "GREEK": "el",
    "ARABIC": "ar",
    "HEBREW": "he",
    "THAI": "th",
    "DEVANAGARI": "hi",
}

_SCORES = {
    language: dict.fromkeys(words.split(), 1) | dict.fromkeys(_QUESTIONS[language].split(), _ASKING)
    for language, words in _COMMON.items()
}


def language_of(text: str) -> str:
    """The language of a text as its code of two letters ("en", "de", "fr", …), or "" where too little tells it.

    It knows English, German, French, Spanish, Italian, Dutch and Portuguese by their words. Of other scripts it names
    the language with most readers: "ru" for any text in Cyrillic. Only the beginning of a long text is looked at.
    """
    sample = unicodedata.normalize("NFC", text[:_SAMPLE_CHARS_MAX]).lower()
    return _by_script(sample) or _by_words(sample)


def _by_script(sample: str) -> str:
    letters = [char for char in sample if char.isalpha()]
    others = Counter(_SCRIPTS.get(unicodedata.name(char, "").split()[0]) for char in letters if char > "\u024f")
    others.pop(None, None)
    if others.total() < max(_LETTERS_MIN, _SCRIPT_SHARE_MIN * len(letters)):
        return ""
    # Japanese mixes its own letters into signs that Chinese has as well.
    return "ja" if others["ja"] else str(others.most_common(1)[0][0])


def _by_words(sample: str) -> str:
    words = Counter(_WORD.findall(sample))
    scores = {
        language: sum(known.get(word, 0) * count for word, count in words.items())
        for language, known in _SCORES.items()
    }
    first, second = sorted(scores, key=lambda language: -scores[language])[:2]
    return first if scores[first] >= _SCORE_MIN and scores[first] > scores[second] else ""
