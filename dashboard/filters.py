"""The filter of the screen lives in the address: whoever has the link sees the same numbers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from domain.text import storable
from domain.vocabulary import Contact, Dimension, Gap, Intent, Label, Sentiment, Severity, Stage, Touchpoint, Usable
from store.filter import Filter

#: Query parameters: name -> values. A parameter may stand several times.
Query = dict[str, list[str]]

#: Name in the address -> field of the Filter, and the labels that it may hold (None: any word).
CHOICES: dict[str, tuple[str, type[Label] | None]] = {
    "brand": ("brands", None),
    "source": ("sources", None),
    "usable": ("usable", Usable),
    "sentiment": ("sentiments", Sentiment),
    "dimension": ("dimensions", Dimension),
    "touchpoint": ("touchpoints", Touchpoint),
    "stage": ("stages", Stage),
    "contact": ("contacts", Contact),
    "gap": ("gaps", Gap),
    "intent": ("intents", Intent),
    "severe": ("severe", Severity),
}
#: What the address holds of a filter beside these; other parameters are a page's own.
OTHERS = frozenset({"days", "from", "to", "awaiting", "sure", "copies", "theme", "q", "lang"})
QUICK_DAYS = (30, 90)
_MOST_VALUES, _LONGEST = 50, 200
_YEARS = (1990, 2100)


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person chose: a filter, the quick range it came from (None: dates of their own), a language."""

    filter: Filter = field(default_factory=Filter)
    days: int | None = None
    language: str = "fa"


def from_query(query: Mapping[str, Iterable[str]], today: date) -> Choice:
    """Read an address. What cannot be read is left out: an old link still opens."""
    given = {name: [storable(value[:_LONGEST]) for value in values][:_MOST_VALUES] for name, values in query.items()}
    one = {name: values[-1] for name, values in given.items() if values}
    chosen: dict[str, Any] = {
        name: _known(name, given.get(param, []), labels) for param, (name, labels) in CHOICES.items()
    }
    days = _whole(one.get("days", ""))
    days = days if days in QUICK_DAYS else None
    since, until = _date(one.get("from", "")), _date(one.get("to", ""))
    return Choice(
        Filter(
            **chosen,
            since=today - timedelta(days=days - 1) if days else since,
            until=None if days else until,
            needs_response=True if one.get("awaiting") == "1" else None,
            confident={"1": True, "0": False}.get(one.get("sure", "")),
            copied={"1": True, "0": False}.get(one.get("copies", "")),
            theme=_whole(one.get("theme", "")),
            search=one.get("q", "").strip(),
        ),
        days,
        "en" if one.get("lang") == "en" else "fa",
    )


def to_query(choice: Choice) -> Query:
    """Write an address: only what was chosen, in a fixed order."""
    chosen = choice.filter
    query: Query = {param: list(getattr(chosen, name)) for param, (name, _) in CHOICES.items()}
    query["days"] = [str(choice.days)] if choice.days else []
    query["from"] = [chosen.since.isoformat()] if chosen.since and not choice.days else []
    query["to"] = [chosen.until.isoformat()] if chosen.until and not choice.days else []
    query["awaiting"] = ["1"] if chosen.needs_response else []
    query["sure"] = [] if chosen.confident is None else [str(int(chosen.confident))]
    query["copies"] = [] if chosen.copied is None else [str(int(chosen.copied))]
    query["theme"] = [] if chosen.theme is None else [str(chosen.theme)]
    query["q"] = [chosen.search] if chosen.search else []
    query["lang"] = ["en"] if choice.language == "en" else []
    return {name: values for name, values in query.items() if values}


def link(page: str, choice: Choice, **changes: object) -> str:
    """A relative address of a page with this choice; `changes` are fields of the Filter."""
    if "since" in changes or "until" in changes:
        choice = replace(choice, days=None)
    changed = replace(choice, filter=replace(choice.filter, **changes))  # type: ignore[arg-type]
    query = urlencode(to_query(changed), doseq=True)
    return f"{page or '.'}?{query}" if query else (page or ".")


def without(choice: Choice, name: str, value: str | None = None) -> Choice:
    """The same choice with one value of a field, or the whole field, taken back."""
    if name in ("since", "until"):
        return replace(choice, days=None, filter=replace(choice.filter, since=None, until=None))
    held = getattr(choice.filter, name)
    kept: Any = next(f.default for f in fields(Filter) if f.name == name)
    if value is not None and isinstance(held, tuple):
        kept = tuple(v for v in held if v != value)
    changed: dict[str, Any] = {name: kept}
    return replace(choice, filter=replace(choice.filter, **changed))


def _known(name: str, values: list[str], labels: type[Label] | None) -> tuple[str, ...]:
    if labels is not None:
        keys = set(map(str, labels))
        values = [value for value in values if _key(name, value) in keys]
    return tuple(dict.fromkeys(value for value in values if value))


def _key(name: str, value: str) -> str:
    # "rational:negative" is a dimension spoken of in one way.
    key, _, polarity = value.partition(":")
    return key if name == "dimensions" and polarity in ("", "positive", "negative") else value


def _date(value: str) -> date | None:
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return None
    return day if _YEARS[0] <= day.year <= _YEARS[1] else None


def _whole(value: str) -> int | None:
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else None
