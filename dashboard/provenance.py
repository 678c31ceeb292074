"""Where a text and its reading come from: a small table behind a line of its card."""

import html
from collections.abc import Iterator
from datetime import datetime

from dashboard.correction import field_title, title
from dashboard.filters import Choice, link
from dashboard.numerals import day, number
from dashboard.texts import safe
from dashboard.words import say
from domain.access import LOCAL
from domain.dates import TEHRAN, utc
from domain.sources import title_of_source
from domain.text import persian_digits
from store.queries import Origin, Text
from store.tables import Correction
from store.writes import LABELS

#: So many characters of an id or a name are shown at most; the newest corrections of so many.
_LONGEST, _MOST = 200, 20


def panel(text: Text, origin: Origin, choice: Choice) -> str:
    """A closed panel: source, times, revisions, model, copies, and what people corrected."""
    language = choice.language
    rows = "".join(
        f"<dt>{html.escape(say(language, key))}</dt><dd>{value}</dd>" for key, value in _rows(text, origin, choice)
    )
    return (
        f'<details class="sh-origin"><summary>{html.escape(say(language, "origin"))}</summary><dl>{rows}</dl></details>'
    )


def similar_link(mention_id: int, choice: Choice) -> str:
    """The address of the texts that are like one."""
    address = link("explore", choice)
    return f"{address}{'&' if '?' in address else '?'}similar={mention_id}"


def moment(at: datetime, language: str) -> str:
    """A time as people in Tehran read it, to the minute."""
    local = utc(at).astimezone(TEHRAN)
    clock = f"{local:%H:%M}"
    return f"{day(local.date(), language)} {persian_digits(clock) if language == 'fa' else clock}"


def _rows(text: Text, origin: Origin, choice: Choice) -> Iterator[tuple[str, str]]:
    mention, language = text.mention, choice.language
    yield "source", f"{html.escape(title_of_source(mention.source, language))} {_code(mention.source)}"
    yield "native id", _code(mention.native_id)
    yield "collected at", html.escape(moment(mention.collected_at, language))
    revision = say(
        language, "revision now", n=number(mention.revision, language), earlier=number(origin.earlier, language)
    )
    yield "revision", html.escape(revision)
    if text.prediction:
        read_at = html.escape(moment(text.prediction.predicted_at, language))
        yield "read by", f"{_code(text.prediction.model)} {read_at}"
    yield "found by", _code(mention.found_by) if mention.found_by else html.escape(say(language, "not searched for"))
    yield "copy of", _first(origin, choice)
    yield "content hash", _code(mention.content_hash)
    for one in origin.corrections[:_MOST]:
        yield "correction", _correction(one, language)


def _first(origin: Origin, choice: Choice) -> str:
    if origin.copies is None:
        return html.escape(say(choice.language, "no copy"))
    first, source, native_id = origin.copies
    return f'<a href="{html.escape(similar_link(first, choice))}">{_code(f"{source} {native_id}")}</a>'


def _correction(one: Correction, language: str) -> str:
    who = say(language, "somebody") if one.made_by in ("", LOCAL) else one.made_by
    value = say(language, "taken back") if one.value is None else _value(one, language)
    said = f"{field_title(one.field, language)}: {value}"
    return f"{html.escape(said)} · <bdi>{safe(who[:_LONGEST])}</bdi> · {html.escape(moment(one.made_at, language))}"


def _value(one: Correction, language: str) -> str:
    known = isinstance(one.value, bool) or one.field in LABELS
    return title(one.field, one.value, language) if known else str(one.value)


def _code(value: str) -> str:
    return f'<bdi dir="ltr">{safe(value[:_LONGEST])}{"…" if len(value) > _LONGEST else ""}</bdi>'
