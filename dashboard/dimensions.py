"""«پنج بُعد»: at which level customers are involved, where, and what they tell of it."""

import html
from collections.abc import Mapping
from dataclasses import replace

import streamlit as st

from dashboard import charts, dimension_charts, states, texts
from dashboard.compare_charts import SHARE, SIGNED, reach, written
from dashboard.filters import Choice
from dashboard.frame import head
from dashboard.numerals import number, percent
from dashboard.overview import texts_of
from dashboard.reads import Reader
from dashboard.words import say
from domain.indices import TOO_FEW, Index, share
from domain.sources import title_of_source
from domain.text import without_bidi_controls
from domain.vocabulary import Contact, Dimension, Sentiment
from store import queries
from store.queries import DimensionScore, DimensionTheme, Meeting

#: Brands on one radar: the chosen one and its rivals.
RINGS = 4
_HEIGHT = 370


def show(read: Reader, choice: Choice) -> None:
    """Choose (in the sidebar), count, show."""
    language = choice.language
    head(read, "dimensions", choice, say(language, "dimensions lead"))
    every = replace(choice, filter=queries.all_dimensions(choice.filter))
    scores = read(queries.dimension_scores, every.filter)
    if not scores[0].counted:
        states.no_match("dimensions", choice)
        return
    if choice.filter.dimensions:
        st.html(f'<p class="sh-few">{html.escape(say(language, "dimensions aside"))}</p>')
    shown = shown_of(choice)
    _cards(read, [score for score in scores if score.dimension in shown], every)
    _meetings(read, shown, every)
    _radars(read, scores, every)


def shown_of(choice: Choice) -> list[Dimension]:
    """The dimensions that the filter names, or all five."""
    named = {chosen.partition(":")[0] for chosen in choice.filter.dimensions}
    return [dimension for dimension in Dimension if not named or dimension in named]


def _lead(choice: Choice, **changes: object) -> str:
    return html.escape(texts_of(choice, copied=False, **changes))


def _cards(read: Reader, scores: list[DimensionScore], choice: Choice) -> None:
    themes = read(queries.dimension_themes, choice.filter)
    by_contact = {
        contact: {
            one.dimension: one
            for one in read(queries.dimension_scores, replace(choice.filter, contacts=(str(contact),)))
        }
        for contact in Contact
        if not choice.filter.contacts or contact in choice.filter.contacts
    }
    for score in scores:
        split = {contact: found[score.dimension] for contact, found in by_contact.items()}
        st.html(card(score, split, themes, choice))


def card(
    score: DimensionScore,
    split: Mapping[Contact, DimensionScore],
    themes: Mapping[tuple[str, str], DimensionTheme],
    choice: Choice,
) -> str:
    """A dimension: its score and salience, its kind of need, both contacts, and what delights and hurts most."""
    dimension, language = score.dimension, choice.language
    need = texts.chip(say(language, "need of", need=dimension.need.title(language)))
    said = "".join(
        _theme(title, way, themes.get((str(dimension), str(way))), choice)
        for title, way in (("top delight", Sentiment.POSITIVE), ("top hurt", Sentiment.NEGATIVE))
    )
    return (
        f'<article class="sh-dim" id="{dimension}"><section><header><h2>{html.escape(dimension.title(language))}</h2>'
        f"{need}</header>{_measures(score, choice)}{_ways(score, choice)}{_contacts(split, choice)}</section>"
        f"{said}</article>"
    )


def _measures(score: DimensionScore, choice: Choice) -> str:
    language, base = choice.language, number(score.counted, choice.language)
    k = say(language, "k of n", k=number(score.n, language), n=base)
    href = _lead(choice, dimensions=(str(score.dimension),)) if score.n else ""
    made = [
        _measure("dimension score", score.score, SIGNED, say(language, "of n", n=number(score.n, language)), language),
        _measure("salience", share(score.n, score.counted), SHARE, k, language),
    ]
    inside = "".join(made) + dimension_charts.parts(score)
    return f'<a class="sh-dim-measures" href="{href}">{inside}</a>' if href else f"<div>{inside}</div>"


def _measure(title: str, index: Index, kind: str, base: str, language: str) -> str:
    if index.too_few:
        value = f'<small class="sh-cmp-few">{say(language, "too few", n=number(index.n, language))}</small>'
    else:
        clear = kind == SIGNED and index.clear
        way = ("positive" if index.value > 0 else "negative") if clear else ""
        value = (
            f'<b class="{way}">{written(index.value, kind, language)}</b><small>{reach(index, kind, language)}</small>'
        )
    return f"<span><small>{say(language, title)}</small>{value}<small>{base}</small></span>"


def _ways(score: DimensionScore, choice: Choice) -> str:
    """Praise and blame, each with the texts that do both."""
    language, made = choice.language, []
    for key, way, n in (("praised", "positive", score.positive), ("blamed", "negative", score.negative)):
        words = f"{say(language, key)} <b>{number(n + score.both, language)}</b>"
        href = _lead(choice, dimensions=(f"{score.dimension}:{way}",))
        made.append(
            f'<a class="sh-chip {way}" href="{href}">{words}</a>' if n + score.both else f"<span>{words}</span>"
        )
    both = f"{say(language, 'both ways')} {number(score.both, language)}"
    made.append(f'<small title="{html.escape(say(language, "both help"))}">{both}</small>')
    return f'<p class="sh-dim-ways">{"".join(made)}</p>'


def _contacts(split: Mapping[Contact, DimensionScore], choice: Choice) -> str:
    language, made = choice.language, []
    for contact, score in split.items():
        index, n = score.score, number(score.n, language)
        said = f'<span class="sh-cmp-few">{say(language, "too few", n=n)}</span>'
        if not index.too_few:
            said = (
                f"<b>{written(index.value, SIGNED, language)}</b> <small>{reach(index, SIGNED, language)}</small> "
                f"<small>{say(language, 'of n', n=n)}</small>"
            )
        inside = f"<span>{contact.title(language)}</span><span>{said}</span>"
        href = _lead(choice, dimensions=(str(score.dimension),), contacts=(str(contact),))
        made.append(f'<a href="{href}">{inside}</a>' if score.n else f"<div>{inside}</div>")
    return f'<div class="sh-dim-contacts">{"".join(made)}</div>'


def _theme(title: str, way: Sentiment, one: DimensionTheme | None, choice: Choice) -> str:
    language = choice.language
    name = f'<h3 class="sh-dim-side {way}">{say(language, title)}</h3>'
    if one is None:
        return f'<section>{name}<p class="sh-few">{say(language, "no theme of")}</p></section>'
    theme, n = one.shared.theme, number(one.shared.mentions, language)
    href = _lead(choice, theme=theme.id)
    people = say(language, "n people", n=number(one.shared.authors, language))
    return (
        f'<section>{name}<h4 dir="auto"><a href="{href}">{texts.safe(theme.name)}</a></h4>'
        f'<p class="sh-facts"><b>{people}</b><span>{say(language, "n texts", n=n)}</span></p>'
        f"{texts.quote(one.quote, language) if one.quote else ''}"
        f'<a class="sh-more" href="{href}">{say(language, "read all", n=n)}</a></section>'
    )


def _meetings(read: Reader, shown: list[Dimension], choice: Choice) -> None:
    language = choice.language
    with st.container(border=True):
        _section(say(language, "meetings"), say(language, "meetings note"))
        picked = st.segmented_control(
            say(language, "cells show"), ["dimension score", "salience"], default="dimension score", key="cells show",
            format_func=lambda key: say(language, key), label_visibility="collapsed", required=True,
        )  # fmt: skip
        found = read(queries.dimension_touchpoints, choice.filter)
        st.html(
            dimension_charts.matrix(
                found, shown, lambda one: meeting_texts(one, choice), language, salience=picked == "salience"
            )
        )


def meeting_texts(one: Meeting, choice: Choice) -> str:
    """The address of the texts of a cell."""
    return texts_of(choice, copied=False, dimensions=(str(one.dimension),), touchpoints=(str(one.touchpoint),))


def _radars(read: Reader, scores: list[DimensionScore], choice: Choice) -> None:
    language, dark = choice.language, st.context.theme.type == "dark"
    compared = read(queries.compared_brands, choice.filter, RINGS)
    found = read(queries.brand_dimensions, choice.filter, compared.brands) if len(compared.brands) > 1 else {}
    found = {brand: each for brand, each in found.items() if each[0].counted >= TOO_FEW}
    with st.container(border=True):
        if len(found) < 2:
            _section(say(language, "five dimensions"), say(language, "dimension shares"))
            st.echarts_chart(charts.dimension_radar(scores, language, dark=dark), height=_HEIGHT, key="radar")
            return
        names = {brand.key: without_bidi_controls(brand.name) for brand in read(queries.brands)}
        common = read(queries.common_sources, choice.filter, compared.brands)
        listed = html.escape(say(language, "joiner").join(title_of_source(key, language) for key in common.sources))
        _section(say(language, "radar brands"), say(language, "radar note", sources=listed))
        rings = {names.get(brand, brand): each for brand, each in found.items()}
        columns = st.columns(2, gap="medium")
        for column, key, way in zip(
            columns, ("praise of", "blame of"), (Sentiment.POSITIVE, Sentiment.NEGATIVE), strict=True
        ):
            with column:
                option = dimension_charts.brand_radar(rings, way, language, dark=dark)
                edge = say(language, "edge", top=percent(option["radar"]["indicator"][0]["max"], language))
                st.html(f'<h3 class="sh-dim-side {way}">{say(language, key)}<small>{edge}</small></h3>')
                st.echarts_chart(option, height=_HEIGHT, key=f"radar {way}")


def _section(title: str, note: str = "") -> None:
    st.html(f'<h2 class="sh-section">{title}{f" <small>{note}</small>" if note else ""}</h2>')
