"""An index of a brand on the screen: its name, its base in words, and the address of just the texts behind it."""

from dashboard.compare_charts import SHARE, SIGNED, Cell
from dashboard.filters import Choice
from dashboard.numerals import interval, number, signed
from dashboard.overview import texts_of
from dashboard.words import say
from domain.formulas import FORMULAS
from domain.vocabulary import Dimension, Gap, Intent
from store import queries
from store.queries import BrandNumbers

#: Shares of a whole that the compared brands make up together.
SHARES = ("voice", "praise", "blame")
#: Index, or the kind of index of a dimension -> its key among the formulas.
FORMULA = {
    "voice": "share_of_voice", "praise": "share_of_experience", "blame": "share_of_experience", "net": "net_sentiment",
    "score": "dimension_score", "salience": "salience", "gap": "gap_index", "advocacy": "advocacy_index",
}  # fmt: skip
_GAPS = (Gap.EXCEEDS, Gap.MEETS, Gap.SHORT)
#: More of these is neither better nor worse.
_NEITHER = ("voice", "salience")


def cell(one: BrandNumbers, key: str, scope: Choice, ahead: queries.Difference | None = None) -> Cell:
    """An index of a brand, with what stands behind it and the address of just those texts."""
    language, index = scope.language, one.indices[key]
    name, _, dimension = key.partition(":")
    n, base = index.n, say(language, "of n", n=number(index.n, language))
    changes: dict[str, object] = {}
    if name in SHARES:
        part, n = one.parts[key], one.counted
        words = "k of n" if key == "voice" else "k of n told"
        base = say(language, words, k=number(part.part, language), n=number(part.n, language), m=number(n, language))
    elif dimension:
        n, changes = one.indices[f"score:{dimension}"].n, {"dimensions": (dimension,)}
        if name == "salience":
            base = say(language, "k of n", k=number(n, language), n=number(index.n, language))
    elif name == "gap":
        changes = {"gaps": tuple(str(gap) for gap in _GAPS if gap in (scope.filter.gaps or _GAPS))}
    elif name == "advocacy":
        changes = {"intents": scope.filter.intents or tuple(map(str, Intent))}
    href = texts_of(scope, copied=False, brands=(one.brand,), **changes) if n else ""
    kind = SHARE if name in (*SHARES, "salience") else SIGNED
    return Cell(index, kind, base, href, *_ahead(ahead, name, language))


def _ahead(one: queries.Difference | None, name: str, language: str) -> tuple[str, str]:
    if one is None:
        return "", "neutral"
    text = say(
        language,
        "ours by",
        by=signed(one.value.value, language),
        range=interval(one.value.low, one.value.high, language),
    )
    better = (one.value.value > 0) != (name == "blame")
    return text, "neutral" if name in _NEITHER else "positive" if better else "negative"


def title(key: str, language: str) -> str:
    """The name of an index."""
    name, _, dimension = key.partition(":")
    if dimension:
        return Dimension.of(dimension).title(language)
    if name in ("praise", "blame"):
        return say(language, f"share of {name}")
    return next(one.title(language) for one in FORMULAS if one.key == FORMULA[name])


def formula(key: str, language: str) -> str:
    """How it is reckoned, in words."""
    return next(one.formula(language) for one in FORMULAS if one.key == FORMULA[key.partition(":")[0]])
