"""Broken promises on the journey: what fell short, in people's own words."""

import html

import streamlit as st

from dashboard import texts
from dashboard.filters import Choice
from dashboard.journey_charts import Lead, linked, section
from dashboard.numerals import number
from dashboard.reads import Reader
from dashboard.words import say
from domain.vocabulary import Gap, Severity, Touchpoint
from store import queries

#: Broken promises listed before a person asks for more, and with each asking.
_QUOTES = 6
_KINDS = {"all": None, "ads": True, "other": False}


def show(read: Reader, lead: Lead, choice: Choice) -> None:
    """The themes, then the quotes; a person chooses which expectation and which order."""
    language, shown = choice.language, st.session_state.get("broken shown", _QUOTES)
    with st.container(border=True, key="broken"):
        st.html(section("journey broken", language, "journey broken help"))
        whole = read(queries.broken_promises, choice.filter, 0)
        if not whole.texts:
            st.html(f'<p class="sh-few">{say(language, "journey no broken")}</p>')
            return
        if themes := read(queries.broken_themes, choice.filter):
            st.html(_themes(themes, lead, language))
        kind, order = _kind_and_order(whole, language)
        found = read(queries.broken_promises, choice.filter, shown + 1, order, _KINDS[kind])
        # Texts may be deleted between both reads, and an empty piece of HTML is refused.
        if promises := "".join(_promise(one, lead, language) for one in found.first[:shown]):
            st.html(promises)
        if len(found.first) > shown:
            st.button(
                say(language, "more"), key="more broken", width="stretch", on_click=_more, args=(shown + _QUOTES,)
            )
        every = say(language, "read all", n=number(whole.texts, language))
        st.html(linked(every, whole.texts, lead(gaps=(str(Gap.SHORT),)), "sh-more negative"))


def _more(quotes: int) -> None:
    st.session_state["broken shown"] = quotes


def _kind_and_order(whole: queries.BrokenPromises, language: str) -> tuple[str, str]:
    sizes = {"all": whole.texts, "ads": whole.promised, "other": whole.texts - whole.promised}
    names = {"severe": "journey severe first", "newest": "newest first"}
    with st.container(horizontal=True, gap="medium"):
        kind = st.pills(
            say(language, "journey kind"), list(_KINDS), default="all", key="broken kind", width="content",
            format_func=lambda key: say(language, f"journey broken {key}", n=number(sizes[key], language)),
        )  # fmt: skip
        order = st.pills(
            say(language, "journey order"), list(names), default="severe", key="broken order", width="content",
            format_func=lambda key: say(language, names[key]),
        )  # fmt: skip
    return kind or "all", order or "severe"


def _themes(themes: list[queries.BrokenTheme], lead: Lead, language: str) -> str:
    items = "".join(
        f"<li>{linked(f'<bdi>{texts.safe(one.theme.name)}</bdi>', one.texts, _theme(one.theme.id, lead))} <small>"
        f"{say(language, 'n people', n=number(one.people, language))} · "
        f"{say(language, 'n texts', n=number(one.texts, language))}</small></li>"
        for one in themes
    )
    return f'<h3 class="sh-j-head">{say(language, "journey themes")}</h3><ul class="sh-j-themes">{items}</ul>'


def _theme(theme_id: int | None, lead: Lead) -> str:
    return lead(theme=theme_id, gaps=(str(Gap.SHORT),))


def _promise(one: queries.BrokenPromise, lead: Lead, language: str) -> str:
    chips = []
    if one.passage and one.passage.severe:
        chips.append(texts.chip(Severity.of(one.passage.severe).title(language), "negative", strong=True))
    if one.touchpoint and one.touchpoint != Touchpoint.NONE:
        chips.append(texts.chip(Touchpoint.of(one.touchpoint).title(language)))
    if one.promised:
        chips.append(texts.chip(say(language, "journey promised"), "mixed"))
    if one.theme:
        href = html.escape(_theme(one.theme.id, lead))
        chips.append(f'<a class="sh-chip" dir="auto" href="{href}">{texts.safe(one.theme.name)}</a>')
    said = texts.quote(one.quote, language)
    return f'<article class="sh-text sh-j-broken"><header>{"".join(chips)}</header>{said}</article>'
