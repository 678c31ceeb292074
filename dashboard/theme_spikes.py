"""Spikes of a theme: days that stand out, each with its texts and what explains it."""

import html
from datetime import timedelta

from dashboard import texts, theme_causes
from dashboard.filters import Choice, link
from dashboard.numerals import day, number
from dashboard.reads import Reader
from dashboard.theme_card import times
from dashboard.theme_numbers import Numbers
from dashboard.words import say
from domain import spikes
from store import queries

#: Newest spikes that are shown, and weeks before one that explain it.
_MOST, _WEEKS = 5, 8


def block(read: Reader, theme_id: int, numbers: Numbers, choice: Choice) -> str:
    """The newest spikes of a theme in the days of the filter, each with its texts and its explanation."""
    language, chosen = choice.language, choice.filter
    found = [one for one in _found(read, theme_id, numbers) if not chosen.since or one.first >= chosen.since]
    title = f'<h2 class="sh-section">{say(language, "theme spikes")}</h2>'
    if not found:
        return f'{title}<p class="sh-small">{say(language, "no spikes")}</p>'
    lines = "".join(f"<li>{_line(read, spike, theme_id, numbers, choice)}</li>" for spike in found[: -_MOST - 1 : -1])
    return f'{title}<ul class="sh-spikes">{lines}</ul>'


def lately(read: Reader, theme_id: int, numbers: Numbers, language: str) -> str:
    """That a day of the newest week stood out: four weeks together may be steady all the same."""
    week = numbers.as_of - timedelta(days=6) if numbers.as_of else None
    spiked = week and any(one.last >= week for one in _found(read, theme_id, numbers))
    return texts.chip(say(language, "spike lately"), "mixed") if spiked else ""


def _found(read: Reader, theme_id: int, numbers: Numbers) -> list[spikes.Spike]:
    """All spikes: the weeks before the filter's first day are a baseline, too."""
    days = read(queries.theme_days, numbers.always, (theme_id,))[theme_id]
    return spikes.spikes(days, numbers.traffic, numbers.outages)


def _line(read: Reader, spike: spikes.Spike, theme_id: int, numbers: Numbers, choice: Choice) -> str:
    language = choice.language
    when = day(spike.first, language)
    if spike.last != spike.first:
        when = say(language, "first last", first=when, last=day(spike.last, language))
    said = say(
        language, "spike line", when=when, n=number(spike.n, language), expected=times(spike.expected, language),
        low=times(spike.low, language), high=times(spike.high, language),
    )  # fmt: skip
    href = link(
        "explore", choice, theme=theme_id, usable=("experience",), since=spike.first, until=spike.last
    )  # fmt: skip
    why = theme_causes.where(read, theme_id, numbers, spike.first, spike.last, _WEEKS, choice)
    return f'<a href="{html.escape(href)}">{said}</a> <small>{why or say(language, "spike spread")}</small>'
