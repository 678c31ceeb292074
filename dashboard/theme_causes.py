"""Why a theme is told more often: the sources, the brands and the wordings that rose beyond noise."""

import html
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from dashboard import texts
from dashboard.filters import Choice, link
from dashboard.numerals import number, percent
from dashboard.reads import Reader
from dashboard.theme_numbers import Numbers, Standing
from dashboard.words import say
from domain import trend
from domain.excess import TYPICAL, Excess, excess_by
from domain.sources import title_of_source
from domain.vocabulary import ThemeState
from store import queries

_WORDS = 4


def rise(read: Reader, theme_id: int, fares: Standing | None, numbers: Numbers, choice: Choice) -> str:
    """Why a theme grows, in a sentence; empty for one that does not."""
    if fares is None or fares.state is not ThemeState.GROWING:
        return ""
    first = fares.as_of - timedelta(days=trend.RECENT - 1)
    told = where(read, theme_id, numbers, first, fares.as_of, trend.BEFORE // 7, choice)
    used = _words(read, theme_id, numbers, first, fares.as_of, choice)
    why = " · ".join(filter(None, (told or say(choice.language, "spike spread"), used)))
    return f'<p class="sh-small"><b>{say(choice.language, "rise why")}</b> {why}</p>'


def where(
    read: Reader, theme_id: int, numbers: Numbers, first: date, last: date, weeks: int, choice: Choice
) -> str:  # fmt: skip
    """The sources, then the brands, that add to a rise beyond what they told in the weeks before it; escaped."""
    language = choice.language
    names = {brand.key: brand.name for brand in read(queries.brands)}
    found = []
    for name in ("source", "brand"):
        for one in _excess(read, theme_id, numbers, (first, last), weeks, name):
            what = title_of_source(one.key, language) if name == "source" else names.get(one.key, one.key)
            chosen: dict[str, Any] = {f"{name}s": (one.key,), "since": first, "until": last}
            href = html.escape(link("explore", choice, theme=theme_id, usable=("experience",), **chosen))
            share, n = percent(100 * one.share, language), number(one.observed, language)
            named = f'<a href="{href}"><bdi>{texts.safe(what)}</bdi></a>'
            found.append(say(language, "spike part", what=named, share=share, n=n))
    return f"{say(language, 'spike from')} {say(language, 'joiner').join(found)}" if found else ""


def _excess(
    read: Reader, theme_id: int, numbers: Numbers, days: tuple[date, date], weeks: int, name: str
) -> list[Excess]:
    ratio = _ratio(numbers, days, weeks)
    spans = [replace(numbers.always, since=since, until=until) for since, until in (days, _before(days, weeks))]
    inside, outside = (read(queries.theme_labels, span, name).get(theme_id, {}) for span in spans)
    # What rises with all the rest explains nothing.
    return [row for row in excess_by(inside, outside, ratio) if row.score > TYPICAL]


def _words(read: Reader, theme_id: int, numbers: Numbers, first: date, last: date, choice: Choice) -> str:
    """Wordings that are told more than the theme itself rose, each with the way to its texts; escaped."""
    language, days, weeks = choice.language, (first, last), trend.BEFORE // 7
    spans = [replace(numbers.always, since=since, until=until) for since, until in (days, _before(days, weeks))]
    inside, outside = (read(queries.theme_words, span, theme_id) for span in spans)
    rows = [row for row in excess_by(inside, outside, _ratio(numbers, days, weeks)) if row.score > TYPICAL]
    chips = []
    for row in rows[:_WORDS]:
        href = link("explore", choice, theme=theme_id, usable=("experience",), since=first, until=last, search=row.key)
        chips.append(f'<a href="{html.escape(href)}"><bdi>«{texts.safe(row.key)}»</bdi></a>')
    return f"{say(language, 'rise words')} {say(language, 'joiner').join(chips)}" if chips else ""


def _before(days: tuple[date, date], weeks: int) -> tuple[date, date]:
    return days[0] - timedelta(weeks=weeks), days[0] - timedelta(days=1)


def _ratio(numbers: Numbers, days: tuple[date, date], weeks: int) -> float:
    """Traffic of some days over that of the weeks before them; 0 if either is silent."""
    (first, last), (start, end) = days, _before(days, weeks)
    now, before = (
        sum(n for when, n in numbers.traffic.items() if since <= when <= until)
        for since, until in ((first, last), (start, end))
    )
    return now / before if before else 0.0
