"""A theme by itself: how often it is told, where, by whom it was edited, and what may be done to it."""

import html
from collections.abc import Mapping
from dataclasses import replace

import streamlit as st

from dashboard import access, texts, theme_card, theme_causes, theme_charts, theme_edit, theme_spikes
from dashboard.filters import Choice, link
from dashboard.numerals import day, number
from dashboard.reads import Reader
from dashboard.theme_numbers import Numbers, own
from dashboard.words import say
from domain import trend
from domain.dates import local_day
from domain.indices import share
from domain.vocabulary import Stage
from store import queries
from store.tables import Theme, ThemeEdit

_PLAIN = {"displayModeBar": False, "scrollZoom": False, "doubleClick": False}
_DAYS = 6


def show(read: Reader, choice: Choice, split: theme_edit.Split | None = None) -> None:
    """The theme that the address asks for, within the rest of the filter."""
    language, asked, choice = choice.language, choice.filter.theme, own(choice)
    theme = read(queries.theme, asked or 0)
    back = html.escape(link("experiences", choice))
    st.html(f'<p class="sh-small"><a class="sh-back" href="{back}">{say(language, "back to shared")}</a></p>')
    theme_edit.tell(language)
    if theme is None or theme.id is None:
        st.html(f'<p class="sh-few">{say(language, "theme gone")}</p>')
        return
    if theme.id != asked:
        st.html(f'<p class="sh-few">{say(language, "theme merged")}</p>')
    counted = next((one for one in read(queries.theme_counts, choice.filter) if one.theme.id == theme.id), None)
    numbers = Numbers(read, choice.filter)
    _title(read, theme, counted, numbers, choice)
    if counted is None:
        st.html(f'<p class="sh-few">{say(language, "theme silent")}</p>')
    else:
        _weeks(read, theme, numbers, choice)
        left, right = st.columns(2, gap="medium")
        with left.container(border=True, height="stretch"):
            st.html(brands(read, theme.id, choice))
        with right.container(border=True, height="stretch"):
            st.html(stages(read, theme.id, choice))
        with st.container(border=True):
            said = theme_card.quotes(read(queries.three_quotes, choice.filter, theme.id), language)
            st.html(f'<h2 class="sh-section">{say(language, "theme quotes")}</h2>{said}')
    with st.container(border=True):
        st.html(edits(read, theme.id, language))
        if access.allowed(read, "theme"):
            theme_edit.show(read, theme, language, split)


def _title(
    read: Reader, theme: Theme, counted: queries.SharedExperience | None, numbers: Numbers, choice: Choice
) -> None:
    language, theme_id = choice.language, theme.id or 0
    locked = texts.chip(say(language, "theme locked")) if theme.locked else ""
    said = ""
    if counted:
        fares = numbers.standings([theme_id]).get(theme_id)
        change = f'<p class="sh-small">{html.escape(theme_card.change(fares, language))}</p>' if fares else ""
        states = theme_card.badge(fares, language) + theme_spikes.lately(read, theme_id, numbers, language)
        why = theme_causes.rise(read, theme_id, fares, numbers, choice)
        more = say(language, "read all", n=number(counted.mentions, language))
        said = (
            f'<p class="sh-facts">{theme_card.facts(counted, language)}{states}{locked}</p>'
            f'{change}{why}<p class="sh-small">{theme_card.impact(numbers.impact(theme_id), theme_id, choice)}</p>'
            f'<a class="sh-more" href="{theme_card.all_texts(counted, choice)}">{more}</a>'
        )
    st.html(
        f'<article class="sh-theme {theme.polarity}"><h2 class="sh-theme-name" dir="auto">{texts.safe(theme.name)}</h2>'
        f"{said or locked}</article>"
    )


def _weeks(read: Reader, theme: Theme, numbers: Numbers, choice: Choice) -> None:
    language, theme_id = choice.language, theme.id or 0
    days = read(queries.theme_days, choice.filter, (theme_id,))[theme_id]
    traffic = read(queries.traffic, choice.filter)
    with st.container(border=True):
        st.html(
            f'<h2 class="sh-section">{say(language, "theme weeks")} '
            f"<small>{say(language, 'theme weeks note')}</small></h2>"
        )
        if not days or not traffic:
            st.html(f'<p class="sh-few">{say(language, "theme no days")}</p>')
            return
        found = trend.weekly(days, traffic, min(days), max(traffic), numbers.outages)
        st.plotly_chart(theme_charts.weeks(found, theme.polarity, language), config=_PLAIN, key="theme weeks")
        if any(one.outage for one in found):
            st.html(f'<p class="sh-small">{say(language, "theme outage")}</p>')
        st.html(_week_table(found, theme_id, choice))
        st.html(theme_spikes.block(read, theme_id, numbers, choice))


def _week_table(found: list[trend.Week], theme_id: int, choice: Choice) -> str:
    """Every week with the way to its texts, the newest first."""
    language = choice.language
    lines = []
    for one in reversed(found):
        said = html.escape(theme_charts.line(one, language))
        if one.n:
            said = f'<a href="{week_texts(one, theme_id, choice)}">{said}</a>'
        lines.append(f"<li><span>{day(one.start, language)}</span> {said}</li>")
    title = say(language, "week table")
    return f'<details class="sh-weeks"><summary>{title}</summary><ul>{"".join(lines)}</ul></details>'


def week_texts(one: trend.Week, theme_id: int, choice: Choice) -> str:
    """The address of the texts of a theme in a week, within the filter's own days; escaped."""
    first, last = one.start, one.start.fromordinal(one.start.toordinal() + _DAYS)
    since = max(first, choice.filter.since or first)
    until = min(last, choice.filter.until or last)
    return html.escape(link("explore", choice, theme=theme_id, usable=("experience",), since=since, until=until))


def brands(read: Reader, theme_id: int, choice: Choice) -> str:
    """Texts of the theme in each brand, and their share of the brand's texts that tell an experience."""
    language = choice.language
    spread = read(queries.theme_labels, choice.filter, "brand").get(theme_id, {})
    telling = replace(choice.filter, usable=("experience",), copied=False)
    whole = read(queries.facet, telling, "brand")
    names = {brand.key: brand.name for brand in read(queries.brands)}
    lines = []
    for key, n in sorted(spread.items(), key=lambda item: (-item[1], item[0])):
        href = html.escape(link("explore", choice, theme=theme_id, usable=("experience",), brands=(key,)))
        index = share(n, max(whole.get(key, 0), n))
        ends = say(
            language,
            "first last",
            first=theme_card.share_of(index.low, language),
            last=theme_card.share_of(index.high, language),
        )
        told = f"{theme_card.share_of(index.value, language)} <small>({ends})</small>"
        if index.too_few:
            told = f"<small>{say(language, 'too few', n=number(index.n, language))}</small>"
        name = f"<bdi>{texts.safe(names.get(key, key))}</bdi>"
        words = say(language, "n texts", n=number(n, language))
        base = say(language, "of n", n=number(index.n, language))
        lines.append(
            f'<li><span>{name}</span><a href="{href}">{words}</a><span>{told} <small>{base}</small></span></li>'
        )
    return (
        f'<h2 class="sh-section">{say(language, "theme brands")} <small>{say(language, "theme brands note")}</small>'
        f'</h2><ul class="sh-theme-rows">{"".join(lines)}</ul>'
    )


def stages(read: Reader, theme_id: int, choice: Choice) -> str:
    """Experiences of the theme at each stage of the journey, as bars in the order of the journey."""
    language = choice.language
    spread: Mapping[str, int] = read(queries.theme_labels, choice.filter, "stage").get(theme_id, {})
    most = max(spread.values(), default=0) or 1
    lines = "".join(
        f'<div class="sh-row"><span class="sh-row-title">{html.escape(stage.title(language))}</span>'
        f'<span class="sh-track"><span class="sh-fill plain" style="width:{100 * spread[stage] / most:.1f}%"></span>'
        f'</span><span class="sh-row-n">{number(spread[stage], language)}</span></div>'
        for stage in Stage
        if spread.get(stage)
    )
    return (
        f'<h2 class="sh-section">{say(language, "theme stages")} <small>{say(language, "theme stages note")}</small>'
        f'</h2><div class="sh-rows sh-plain">{lines}</div>'
    )


def edits(read: Reader, theme_id: int, language: str) -> str:
    """What people did to a theme, newest first."""
    done = read(queries.theme_edits, theme_id)
    title = f'<h2 class="sh-section">{say(language, "theme edits")}</h2>'
    if not done:
        return f'{title}<p class="sh-small">{say(language, "no edits")}</p>'
    lines = "".join(
        f"<li><bdi>{texts.safe(access.title(one.made_by, language))}</bdi> {_edit(read, one, language)} "
        f"<small>{day(local_day(one.made_at), language)}</small></li>"
        for one in done
    )
    return f'{title}<ul class="sh-edits">{lines}</ul>'


def _edit(read: Reader, one: ThemeEdit, language: str) -> str:
    action, detail = one.action, one.detail
    if action == "rename":
        key = "edit rename" if detail.get("to") else "edit unname"
        return texts.safe(say(language, key, to=detail.get("to", ""), from_=detail.get("from", "")))
    if action in ("merge", "split"):
        other = read(queries.theme, int(detail.get("into") or detail.get("part") or 0))
        return texts.safe(say(language, f"edit {action}", into=other.name if other else "—"))
    return say(language, f"edit {action}")
