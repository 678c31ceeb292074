"""«نادر اما شدید»: grave experiences, which no number of other texts may hide."""

import html

import streamlit as st

from dashboard import bars, texts
from dashboard.filters import Choice, link
from dashboard.numerals import number
from dashboard.reads import Reader
from dashboard.theme_numbers import own
from dashboard.words import say
from domain.vocabulary import Severity
from store import queries

_NEWEST = 3


def show(read: Reader, choice: Choice) -> None:
    """Texts of each kind, and the newest experiences in their own words; nothing where there is none."""
    choice = own(choice)
    counted = read(queries.severities, choice.filter)
    if not counted:
        return
    newest = read(queries.severe, choice.filter, _NEWEST)
    with st.container(border=True, key="severe-first"):
        st.html(block(counted, newest, choice))


def block(counted: dict[str, int], newest: list[queries.Quote], choice: Choice) -> str:
    """Counts by kind, the most serious kind first, each leading to its texts; then quotes."""
    language = choice.language
    chips = [
        bars.Link(
            kind.title(language),
            link("explore", choice, usable=("experience",), copied=False, severe=(str(kind),)),
            number(counted[kind], language),
            "negative",
        )
        for kind in Severity
        if counted.get(kind) and (not choice.filter.severe or kind in choice.filter.severe)
    ]
    said = "".join(
        f'<div class="sh-said"><small>{html.escape(Severity.of(one.experience.severe).title(language))}</small>'
        f"{texts.quote(one, language)}</div>"
        for one in newest
    )
    return (
        f'<h2 class="sh-section">{say(language, "severe title")} <small>{say(language, "severe note")}</small></h2>'
        f'{bars.links("", chips)}<div class="sh-severe">{said}</div>'
    )
