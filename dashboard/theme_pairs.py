"""Delights beside hurts, place by place: what pleases and what pains at one touchpoint, stage, dimension or brand."""

import html
from collections.abc import Sequence

import streamlit as st

from dashboard import theme_card
from dashboard.filters import Choice
from dashboard.numerals import number
from dashboard.reads import Reader
from dashboard.theme_numbers import Numbers, Standing, own
from dashboard.words import say
from domain.vocabulary import Dimension, Label, Polarity, Sentiment, Stage, ThemeState, Touchpoint
from store import queries

#: What themes may be laid out by; the first is no layout.
WAYS = ("all", "touchpoint", "dimension", "stage", "brand")
_TOP = 3
_LABELS: dict[str, type[Label]] = {"touchpoint": Touchpoint, "stage": Stage, "dimension": Dimension}
Homes = dict[int, str]


def homes(read: Reader, choice: Choice, by: str) -> Homes:
    """The label of each theme: that of most of its members, the first of the vocabulary where two have as many."""
    if by == "dimension":
        return _dimensions(read, choice)
    spread = read(queries.theme_labels, choice.filter, by)
    order = {label: place for place, label in enumerate(_order(read, by))}
    return {
        theme_id: max(counted, key=lambda label: (counted[label], -order.get(label, len(order))))
        for theme_id, counted in spread.items()
    }


def _dimensions(read: Reader, choice: Choice) -> Homes:
    """The dimension that most members of a theme speak of."""
    spoken: dict[int, dict[str, int]] = {}
    for dimension in Dimension:
        for theme_id, ways in read(queries.theme_labels, choice.filter, str(dimension)).items():
            n = sum(count for way, count in ways.items() if way != Polarity.ABSENT)
            if n:
                spoken.setdefault(theme_id, {})[str(dimension)] = n
    # The dimensions were counted in their order, so the first of several with as many wins.
    return {theme_id: max(counted, key=counted.__getitem__) for theme_id, counted in spoken.items()}


def _order(read: Reader, by: str) -> list[str]:
    return [brand.key for brand in read(queries.brands)] if by == "brand" else [str(label) for label in _LABELS[by]]


def show(
    read: Reader, choice: Choice, found: Sequence[queries.SharedExperience], numbers: Numbers, by: str
) -> None:  # fmt: skip
    """For each label the first of either side, in the order that they come in."""
    choice = own(choice)
    home = homes(read, choice, by)
    names = {brand.key: brand.name for brand in read(queries.brands)} if by == "brand" else {}
    rows = []
    for label in _order(read, by):
        here = [one for one in found if home.get(one.theme.id or 0) == label]
        title = names[label] if by == "brand" else _LABELS[by].of(label).title(choice.language)
        if here:
            rows.append((title, here))
    st.html(f'<p class="sh-small">{say(choice.language, "pairs note")}</p>')
    st.html("".join(_row(title, here, numbers, choice) for title, here in rows))


def _row(title: str, here: Sequence[queries.SharedExperience], numbers: Numbers, choice: Choice) -> str:
    sides = "".join(
        _side([one for one in here if one.theme.polarity == polarity][:_TOP], str(polarity), words, numbers, choice)
        for polarity, words in ((Sentiment.POSITIVE, "delights"), (Sentiment.NEGATIVE, "hurts"))
    )
    return f'<section class="sh-pair"><h2>{html.escape(title)}</h2>{sides}</section>'


def _side(
    some: Sequence[queries.SharedExperience], polarity: str, words: str, numbers: Numbers, choice: Choice
) -> str:  # fmt: skip
    language = choice.language
    fares = numbers.standings(one.theme.id or 0 for one in some)
    lines = "".join(
        f'<li><span dir="auto">{theme_card.name(one.theme, choice)}</span>'
        f"<small>{say(language, 'n people', n=number(one.authors, language))} · "
        f'<a href="{theme_card.all_texts(one, choice)}">'
        f"{say(language, 'n texts', n=number(one.mentions, language))}</a></small>"
        f"{_moving(fares.get(one.theme.id or 0), language)}</li>"
        for one in some
    )
    inside = f"<ol>{lines}</ol>" if lines else f'<p class="sh-small">{say(language, "nothing here")}</p>'
    return f'<div class="sh-pair-side {polarity}"><h3>{say(language, words)}</h3>{inside}</div>'


def _moving(fares: Standing | None, language: str) -> str:
    """The badge of a theme that does not just go on as before."""
    return "" if fares is None or fares.state is ThemeState.STEADY else theme_card.badge(fares, language)
