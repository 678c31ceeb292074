"""The sidebar: widgets that write the address, and are written by it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import streamlit as st

from dashboard.filters import CHOICES, OTHERS, QUICK_DAYS, Choice, from_query, to_query
from dashboard.numerals import day, number
from dashboard.reads import Reader
from dashboard.words import say
from domain.dates import today
from domain.sources import title_of_source
from domain.vocabulary import Contact, Dimension, Gap, Intent, Label, Sentiment, Severity, Stage, Touchpoint, Usable
from store import queries
from store.filter import Filter

_WRITTEN = "written query"
_CUSTOM = "custom"


def choose(read: Reader) -> Choice:
    """Show the filters and return what is chosen now; address and widgets agree afterwards."""
    address = {name: st.query_params.get_all(name) for name in st.query_params}
    query = {name: values for name, values in address.items() if name in CHOICES or name in OTHERS}
    choice = from_query(query, today())
    if st.session_state.get(_WRITTEN) != query:
        _fill_widgets(choice)
    with st.sidebar:
        st.html(f'<h2 class="sh-section">{say(choice.language, "filters")}</h2>')
        choice = _widgets(read, choice)
    written = to_query(choice)
    if written != query:
        own = {name: values for name, values in address.items() if name not in query}
        st.query_params.from_dict({**own, **written})
    st.session_state[_WRITTEN] = written
    return choice


def _fill_widgets(choice: Choice) -> None:
    chosen = choice.filter
    for param, (name, _) in CHOICES.items():
        st.session_state[param] = list(getattr(chosen, name))
    custom = _CUSTOM if chosen.since or chosen.until else "all"
    st.session_state["range"] = str(choice.days) if choice.days else custom
    st.session_state["since"], st.session_state["until"] = chosen.since, chosen.until
    st.session_state["awaiting"] = bool(chosen.needs_response)
    st.session_state["sure"] = {True: "sure", False: "unsure", None: "any"}[chosen.confident]


def _widgets(read: Reader, choice: Choice) -> Choice:
    language = choice.language
    brands = {brand.key: brand.name for brand in read(queries.brands)}
    picked: dict[str, Any] = {"brands": _several("brand", list(brands), lambda key: brands.get(key, key), language)}
    since, until, days = _range(read, language)
    picked["sentiments"] = tuple(
        st.pills(
            say(language, "sentiment"), list(map(str, Sentiment)), selection_mode="multi", key="sentiment",
            format_func=_title(Sentiment, language),
        ) or ()
    )  # fmt: skip
    picked["dimensions"] = _several("dimension", _dimension_options(), _dimension_title(language), language)
    picked["touchpoints"] = _labels("touchpoint", Touchpoint, language)
    picked["sources"] = _several("source", read(queries.sources), lambda key: title_of_source(key, language), language)
    st.toggle(say(language, "awaiting"), key="awaiting")
    with st.expander(say(language, "more filters")):
        for param, labels in _MORE.items():
            picked[CHOICES[param][0]] = _labels(param, labels, language)
        sure = st.selectbox(
            say(language, "state"), ["any", "sure", "unsure"], key="sure", format_func=lambda key: say(language, key)
        )
    chosen = Filter(
        **picked,
        since=since,
        until=until,
        needs_response=st.session_state["awaiting"] or None,
        confident={"sure": True, "unsure": False}.get(sure),
        copied=choice.filter.copied,
        theme=choice.filter.theme,
        search=choice.filter.search,
    )
    return replace(choice, filter=chosen, days=days)


_MORE: dict[str, type[Label]] = {
    "stage": Stage,
    "contact": Contact,
    "gap": Gap,
    "intent": Intent,
    "usable": Usable,
    "severe": Severity,
}


def _several(param: str, options: Sequence[str], title: Callable[[str], str], language: str) -> tuple[str, ...]:
    # What an address asks for stays chosen even if the store does not know it.
    options = [*options, *(value for value in st.session_state.get(param, ()) if value not in options)]
    return tuple(
        st.multiselect(
            say(language, param),
            options,
            key=param,
            format_func=title,
            placeholder=say(language, "any"),
            select_all=False,
        )
    )


def _labels(param: str, labels: type[Label], language: str) -> tuple[str, ...]:
    return _several(param, list(map(str, labels)), _title(labels, language), language)


def _title(labels: type[Label], language: str) -> Callable[[str], str]:
    return lambda key: labels(key).title(language)  # type: ignore[call-arg]


def _dimension_options() -> list[str]:
    return [f"{dimension}{way}" for dimension in Dimension for way in ("", ":positive", ":negative")]


def _dimension_title(language: str) -> Callable[[str], str]:
    def title(choice: str) -> str:
        key, _, way = choice.partition(":")
        name = Dimension(key).title(language)  # type: ignore[call-arg]
        return say(language, f"{way} in", what=name) if way else name

    return title


def _range(read: Reader, language: str) -> tuple[date | None, date | None, int | None]:
    titles = {str(n): say(language, "last days", n=number(n, language)) for n in QUICK_DAYS}
    titles |= {"all": say(language, "all time"), _CUSTOM: say(language, "custom")}
    picked = st.segmented_control(
        say(language, "range"), list(titles), key="range", format_func=titles.__getitem__, required=True
    )
    if picked == _CUSTOM:
        return *_dates(read, language), None
    if picked and picked.isdigit():
        return today() - timedelta(days=int(picked) - 1), None, int(picked)
    return None, None, None


def _dates(read: Reader, language: str) -> tuple[date | None, date | None]:
    span = read(queries.span) or (today(), today())
    least, most = min(span[0], today() - timedelta(days=3650)), max(span[1], today())
    for name in ("since", "until"):
        held = st.session_state.get(name)
        if held and not least <= held <= most:
            least, most = min(least, held), max(most, held)
    since = st.date_input(say(language, "since"), None, least, most, key="since", format="YYYY-MM-DD")
    until = st.date_input(say(language, "until"), None, least, most, key="until", format="YYYY-MM-DD")
    if language == "fa" and (since or until):
        st.caption(" ".join(f"{say(language, n)} {day(d, language)}" for n, d in _named(since, until)))
    return since, until


def _named(since: date | None, until: date | None) -> list[tuple[str, date]]:
    return [(name, value) for name, value in (("since", since), ("until", until)) if value]
