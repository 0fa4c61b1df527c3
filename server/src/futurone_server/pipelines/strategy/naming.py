"""What people call the lines of a decision table: weights, directions, options, criteria; in a few languages."""

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_WEIGHT = _words(
    """weight weights weighting weightings importance gewicht gewichte gewichtung gewichtungen poids pondération
    ponderation peso pesos pesi ponderación ponderacion ponderazione gewichten"""
)
_DIRECTION = frozenset(
    ["direction", "better", "better is", "goal", "optimum", "prefer", "type", "richtung", "besser", "direction de"]
)
_CRITERIA = _words(
    """criterion criteria factor factors aspect aspects feature features attribute attributes requirement requirements
    dimension dimensions kriterium kriterien merkmal merkmale aspekt aspekte critère critères critere criteres criterio
    criterios criteri"""
)
_OPTIONS = _words(
    """option options alternative alternatives choice choices candidate candidates vendor vendors supplier suppliers
    provider providers product products item items tool tools optionen alternativen anbieter produkt produkte
    fournisseur fournisseurs produit produits opción opciones proveedor producto opzione opzioni"""
)
_REMARKS = frozenset(
    ["note", "notes", "comment", "comments", "remark", "remarks", "description", "url", "link", "website", "contact"]
)
_AGGREGATE = re.compile(
    r"(?:grand |overall )?(?:(?:sub-?)?totals?|sums?|averages?|avg\.?|means?|medians?|gesamt|insgesamt|"
    r"(?:gesamt|zwischen)?summen?|durchschnitt|mittelwert|ø|totaux|somme|moyenne|médiane|sumas?|totales?|promedio|"
    r"mediana|somma)(?:\s+(?:of|over|all|overall|général|general|generale|aller|alle|über)\b.*|\s*\(.*\))?\s*:?",
    re.IGNORECASE,
)
_LOWER = re.compile(
    r"\b(?:price|rent|salary|salaries|tax|taxes|premium|cost|costs|fee|fees|expense|risk|risks|time|delivery|delay|"
    r"latency|duration|effort|distance|errors?|defects?|complaints?|churn|downtime|emissions?|co2|debt|"
    r"penalt(?:y|ies)|complexity|loss|losses|weight|mass|noise|consumption|interest|preis|kosten|prix|coûts?|precio|"
    r"costes?|prezzo)\b",
    re.IGNORECASE,
)
_HIGHER = re.compile(
    r"\b(?:quality|rating|score|stars|revenue|profit|margin|return|roi|savings|benefit|benefits|satisfaction|uptime|"
    r"availability|speed|throughput|performance|reliability|security|support|ease|usability|fit|value|growth|"
    r"features|coverage|capacity|experience|reach|scalability|flexibility|storage|"
    r"warranty|battery|range|memory|popularity|demand|sales|expertise|qualität|leistung|qualité|calidad|qualità)\b",
    re.IGNORECASE,
)
_UNIT = re.compile(r"\s*\(.*?\)")
_PERCENT = re.compile(r"\s*(?:\(\s*(?:in\s+)?%\s*\)|(?:in\s+)?%)\s*\Z")


def bare(name: str) -> str:
    """A name without what stands in brackets behind it."""
    return _UNIT.sub("", name).strip()


def is_weight(name: str) -> bool:
    """Whether a line of that name may hold weights; "Weight (kg)" does not."""
    return _PERCENT.sub("", name.strip().rstrip(":").lower()) in _WEIGHT


def is_direction(name: str) -> bool:
    """Whether a line of that name says which way each criterion is better."""
    return name.strip().rstrip(":").lower() in _DIRECTION


def is_remark(name: str) -> bool:
    """Whether a column of that name holds words about an option, and is no criterion."""
    return name.strip().lower() in _REMARKS


def is_aggregate(name: str) -> bool:
    """Whether a row of that name is likely to sum up the others: "Total", "Average", "Summe"."""
    return _AGGREGATE.fullmatch(name.strip(" *_")) is not None


def names_criteria(name: str) -> bool:
    """Whether a header says that criteria stand below it."""
    return name.strip().lower() in _CRITERIA


def names_options(name: str) -> bool:
    """Whether a header says that options stand below it."""
    return name.strip().lower() in _OPTIONS


def suggests_lower(name: str) -> bool:
    """Whether a criterion of that name is usually better when it is lower."""
    return bool(_LOWER.search(bare(name))) and not suggests_higher(name)


def suggests_higher(name: str) -> bool:
    """Whether a criterion of that name is usually better when it is higher."""
    return bool(_HIGHER.search(bare(name)))


def own_words(name: str, names: "list[str] | tuple[str, ...]") -> list[str]:
    """What a criterion may be called in a text: its name, then the words that no other criterion has."""
    others = {word for other in names if other != name for word in re.findall(r"\w+", other.lower())}
    short = bare(name)
    words = [word for word in re.findall(r"[^\W\d]{4,}", short) if word.lower() not in others]
    return [word for word in dict.fromkeys([short, *words]) if word]
