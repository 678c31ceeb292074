"""«افزودن هدف»: where else to listen; what it would find here is shown before anything is kept."""

import html
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import streamlit as st

from dashboard import states
from dashboard.change import change
from dashboard.numerals import number
from dashboard.reads import Reader
from dashboard.texts import plain, safe
from dashboard.words import say
from domain.errors import ShenavaError, SourceOff
from domain.query import Query
from store import queries

_SEEN, _DONE = "track seen", "track done"
_NEW = ""


@dataclass(frozen=True, slots=True)
class Tracker:
    """What the door hands in: the work itself is no business of a page."""

    #: What each source declares: source, needs, and sentences: title, targets, off, collected, dropped, policy;
    #: each of them in Persian as `<field>_fa`.
    sources: Callable[[], Sequence[Mapping[str, Any]]]
    #: (source, address, key of a brand, query or None) -> the address in its one form; raises what is wrong.
    check: Callable[[str, str, str, Query | None], str]
    #: (engine, name) -> each spelling of the name, and how many stored texts hold it.
    hits: Callable[[Any, str], Mapping[str, int]]
    #: (engine, source, address, key of a brand, its name, query or None) -> the id of the target.
    save: Callable[[Any, str, str, str, str, Query | None], int]
    #: Source -> when its next crawl begins.
    next_runs: Callable[[], Mapping[str, datetime]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person typed."""

    source: str
    url: str
    brand: str
    name: str
    term: str
    exclude: tuple[str, ...]


def form(read: Reader, language: str, tracker: Tracker) -> None:
    """Ask, show what it would find, save; each step only after the one before."""
    if done := st.session_state.pop(_DONE, ""):
        st.success(plain(done))
    with st.expander(say(language, "add target"), expanded=_SEEN in st.session_state):
        wanted = _ask(read, language, tracker)
        if st.button(say(language, "target preview"), key="track-preview"):
            st.session_state.pop(_SEEN, None)
            if fault := _missing(wanted, language):
                states.error(fault, language)
            else:
                _look(read, wanted, tracker, language)
        # What was looked at is what will be saved: after a change one looks again.
        if (seen := st.session_state.get(_SEEN)) and seen[0] == wanted:
            _preview(read, wanted, seen[1], seen[2], tracker, language)


def _ask(read: Reader, language: str, tracker: Tracker) -> Wanted:
    rows = {str(row["source"]): row for row in tracker.sources()}
    source = st.selectbox(
        say(language, "source"), list(rows), key="track-source", format_func=lambda key: _title(rows[key], language)
    )
    st.html(_facts(rows[source], language))
    url = st.text_input(
        say(language, "target address"), key="track-url", max_chars=2_000, placeholder=_example(rows[source], language)
    )
    brands = {brand.key: brand.name for brand in read(queries.brands)}
    brand = st.selectbox(
        say(language, "brand"), [*brands, _NEW], key="track-brand",
        format_func=lambda key: plain(brands[key]) if key else say(language, "new brand"),
    )  # fmt: skip
    name = ""
    if brand == _NEW:
        with st.container(horizontal=True):
            brand = st.text_input(
                say(language, "brand key"), key="track-key", max_chars=60, help=say(language, "brand key help")
            )
            name = st.text_input(say(language, "brand name"), key="track-name", max_chars=80)
    term = st.text_input(say(language, "target term"), key="track-term", max_chars=80, help=say(language, "term help"))
    out = st.text_input(say(language, "target exclude"), key="track-exclude", max_chars=400)
    exclude = tuple(dict.fromkeys(part.strip() for part in out.replace("،", ",").split(",") if part.strip()))
    return Wanted(source, url.strip(), brand.strip(), name.strip(), term.strip(), exclude)


def _title(row: Mapping[str, Any], language: str) -> str:
    name = _told(row, "title", language) or str(row["source"])
    return f"{name} ({row['source']}){say(language, 'source off') if row['off'] else ''}"


def _told(row: Mapping[str, Any], field: str, language: str) -> str:
    """What a source declares of itself, in the language of the page where it is a sentence."""
    return str(row.get(f"{field}_fa", row[field]) if language == "fa" else row[field])


def _example(row: Mapping[str, Any], language: str) -> str:
    """What an address looks like; isolated, for the signs at its ends would move in a line of the other direction."""
    return re.sub(r"https?://[^\s؛،]+", "\u2066\\g<0>\u2069", _told(row, "targets", language))


def _facts(row: Mapping[str, Any], language: str) -> str:
    """What is kept of a source, what is not, and by which rule."""
    titles = {"off": "source is off"} | {key: f"source {key}" for key in ("collected", "dropped", "policy", "needs")}
    told = {key: _told(row, key, language) for key in titles}
    lines = "".join(
        f'<dt>{html.escape(say(language, titles[key]))}</dt><dd dir="{_way(key, language)}">{safe(said)}</dd>'
        for key, said in told.items()
        if said
    )
    return f'<details class="sh-origin"><summary>{say(language, "source facts")}</summary><dl>{lines}</dl></details>'


def _way(field: str, language: str) -> str:
    """The direction of a fact; "needs" is the name of a setting, not a sentence."""
    return "rtl" if language == "fa" and field != "needs" else "ltr"


def _missing(wanted: Wanted, language: str) -> str:
    if not wanted.url:
        return say(language, "address missing")
    return "" if wanted.brand else say(language, "brand missing")


def _look(read: Reader, wanted: Wanted, tracker: Tracker, language: str) -> None:
    try:
        asked = Query((wanted.term,) if wanted.term else (), wanted.exclude)
        where = tracker.check(wanted.source, wanted.url, wanted.brand, asked if asked != Query() else None)
        with st.spinner(say(language, "target looking")):
            hits = dict(tracker.hits(read.engine, wanted.term)) if wanted.term else {}
    except SourceOff:
        states.error(_off(wanted.source, tracker, language), language)
        return
    except ShenavaError as fault:
        states.error(str(fault), language)
        return
    st.session_state.pop("track-terms", None)
    st.session_state[_SEEN] = (wanted, where, hits)


def _off(source: str, tracker: Tracker, language: str) -> str:
    row = next(row for row in tracker.sources() if row["source"] == source)
    why = _told(row, "off", language)
    return say(language, "source is off so", name=_told(row, "title", language), why=why, source=source)


def _preview(
    read: Reader, wanted: Wanted, where: str, hits: Mapping[str, int], tracker: Tracker, language: str
) -> None:
    st.html(f'<p class="sh-small">{html.escape(say(language, "target will"))} <bdi dir="ltr">{safe(where)}</bdi></p>')
    known = {(one.target.source, one.target.url, one.brand.key) for one in read(queries.watched)}
    if (wanted.source, where, wanted.brand) in known:
        st.html(f'<p class="sh-few">{html.escape(say(language, "target known"))}</p>')
    terms: list[str] = []
    if hits:
        terms = st.pills(
            say(language, "target spellings"), list(hits), selection_mode="multi", default=list(hits),
            key="track-terms", format_func=lambda term: f"{plain(term)} · {number(hits[term], language)}",
        )  # fmt: skip
        note = "target hits" if any(hits.values()) else "target no hits"
        st.html(f'<p class="sh-small">{html.escape(say(language, note))}</p>')
        if not terms:
            st.html(f'<p class="sh-few">{html.escape(say(language, "spelling missing"))}</p>')
    st.button(
        say(language, "target save"), key="track-save", type="primary", disabled=bool(hits) and not terms,
        on_click=_save, args=(read, wanted, where, tuple(terms), tracker, language),
    )  # fmt: skip
    if fault := st.session_state.pop("track fault", ""):
        states.error(fault, language)


def _save(
    read: Reader, wanted: Wanted, where: str, terms: tuple[str, ...], tracker: Tracker, language: str
) -> None:  # fmt: skip
    def work() -> None:
        asked = Query(terms, wanted.exclude)
        tracker.save(read.engine, wanted.source, where, wanted.brand, wanted.name, asked if asked != Query() else None)

    detail = {"source": wanted.source, "url": where[:200], "brand": wanted.brand, "terms": len(terms)}
    if fault := change(read, language, "track", "track", work, **detail):
        st.session_state["track fault"] = fault
        return
    st.session_state[_DONE] = say(language, "target saved", url=where)
    for key in (_SEEN, "track-url", "track-term", "track-exclude", "track-key", "track-name", "track-terms"):
        st.session_state.pop(key, None)
