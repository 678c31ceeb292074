"""«در انتظار پاسخ»: every complaint that nobody answered yet, the oldest first, and what becomes of it."""

import html
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from dashboard import access, bars, queue_acts, states, texts
from dashboard.bars import Card, Link
from dashboard.filters import Choice, link
from dashboard.frame import head
from dashboard.numerals import number, percent
from dashboard.queue_words import age, history, status_line
from dashboard.reads import Reader
from dashboard.words import say
from domain.text import without_bidi_controls
from domain.vocabulary import CaseStatus, Touchpoint
from store import queries
from store.queries.cases import OPEN

_PAGE = 20
_ROWS = 12
#: Name of a list in the address -> the statuses in it.
LISTS: dict[str, tuple[str, ...]] = {
    "waiting": (CaseStatus.WAITING,),
    "late": OPEN,
    "open": OPEN,
    **{str(status): (status,) for status in CaseStatus if status is not CaseStatus.WAITING},
}
_LIST = "queue list"


def show(read: Reader, choice: Choice) -> None:
    """Choose (here and in the sidebar), count, show."""
    language = choice.language
    head(read, "queue", choice, say(language, "queue lead"))
    queue_acts.tell(language)
    numbers = read(queries.queue_numbers, choice.filter)
    _elsewhere(read, choice, numbers)
    if not numbers.total:
        _nothing(choice)
        return
    st.html(_tiles(numbers, choice))
    with st.expander(say(language, "queue where")):
        _breakdown(numbers, choice)
    picked = _lists(numbers, language)
    may = access.allowed(read, "case")
    me = queue_acts.me(language) if may else ""
    desk = queue_acts.Desk(read, language, me, tuple(name for name in numbers.owners if name), may)
    _complaints(desk, choice, picked)


def address(choice: Choice, **more: str) -> str:
    """The address of a list of this page: a filter, and `status`, `owner` or `cause`."""
    found = link("queue", choice)
    return f"{found}{'&' if '?' in found else '?'}{urlencode(more)}"


def _elsewhere(read: Reader, choice: Choice, numbers: queries.QueueNumbers) -> None:
    """A period must never hide who has waited longest."""
    if not choice.filter.since and not choice.filter.until:
        return
    always = link("queue", choice, since=None, until=None)
    hidden = read(queries.queue_numbers, replace(choice.filter, since=None, until=None)).open - numbers.open
    if hidden > 0:
        st.html(
            f'<p class="sh-found"><a class="sh-elsewhere" href="{html.escape(always)}">'
            f"{say(choice.language, 'queue elsewhere', n=number(hidden, choice.language))}</a></p>"
        )


def _tiles(numbers: queries.QueueNumbers, choice: Choice) -> str:
    language = choice.language
    share = numbers.late_share
    late = number(numbers.late, language) + (f" ({percent(share, language)})" if share is not None else "")
    of_open = say(language, "queue of open", n=number(numbers.open, language))
    of_closed = say(language, "queue of closed", n=number(numbers.closed, language))
    opened, ended = address(choice, status="open"), address(choice, status="closed")
    cards = [
        Card(say(language, "queue open"), number(numbers.open, language), say(language, "queue open help"), opened,
             strong=numbers.open > 0),
        Card(f"{say(language, 'queue late')} · {of_open}", late, say(language, "queue late help"),
             address(choice, status="late") if numbers.late else ""),
    ]  # fmt: skip
    if numbers.median_age is not None and numbers.oldest is not None:
        title = f"{say(language, 'queue median')} · {of_open}"
        cards.append(Card(title, age(numbers.median_age, language), say(language, "queue age help"), opened))
        cards.append(Card(say(language, "queue oldest"), age(numbers.oldest, language), "", opened))
    closed = number(numbers.closed, language)
    led = ended if numbers.closed else ""
    cards.append(Card(say(language, "queue closed"), closed, say(language, "queue closed help"), led))
    if numbers.median_to_close is not None:
        title = f"{say(language, 'queue to close')} · {of_closed}"
        cards.append(Card(title, age(numbers.median_to_close, language), "", ended))
    return f'<div class="sh-queue">{bars.cards(cards)}</div>'


def _breakdown(numbers: queries.QueueNumbers, choice: Choice) -> None:
    language = choice.language
    # With touchpoints chosen, another one's row would lead to more complaints than it counts.
    about = {
        key: n for key, n in numbers.touchpoints.items() if key in (choice.filter.touchpoints or numbers.touchpoints)
    }
    touchpoints = [
        (Touchpoint(key).title(language), n, _at(choice, key))  # type: ignore[call-arg]
        for key, n in sorted(about.items(), key=lambda pair: (pair[0] == "none", -pair[1]))
    ]
    owners = [(owner or say(language, "queue nobody"), n, _with(choice, owner)) for owner, n in numbers.owners.items()]
    causes = [(cause, n, address(choice, status="closed", cause=cause)) for cause, n in numbers.causes.items()]
    parts = (("queue by touchpoint", touchpoints), ("queue by owner", owners), ("queue causes", causes))
    for column, (title, rows) in zip(st.columns(3, gap="medium"), parts, strict=True):
        column.html(f'<h2 class="sh-section">{say(language, title)}</h2>{_rows(rows[:_ROWS], language)}')


def _at(choice: Choice, touchpoint: str) -> str:
    return link("queue", choice, touchpoints=(touchpoint,)) + "&status=open"


def _with(choice: Choice, owner: str) -> str:
    return address(choice, status="open", owner=owner) if owner else address(choice, status="waiting")


def _rows(rows: Sequence[tuple[str, int, str]], language: str) -> str:
    if not rows:
        return f'<p class="sh-small">{say(language, "queue none yet")}</p>'
    most = max(n for _, n, _ in rows)
    made = "".join(
        f'<a class="sh-row" href="{html.escape(href)}"><span class="sh-row-title"><bdi>{texts.safe(title)}</bdi></span>'
        f'<span class="sh-track"><span class="sh-fill plain" style="width:{100 * n / most:.1f}%"></span></span>'
        f'<span class="sh-row-n">{number(n, language)}</span></a>'
        for title, n, href in rows
    )
    return f'<div class="sh-rows sh-plain">{made}</div>'


def _lists(numbers: queries.QueueNumbers, language: str) -> str:
    """The list that is open: as the address says, or as it was left."""
    asked = st.query_params.get("status", st.session_state.get(_LIST, "waiting"))
    st.session_state[_LIST] = asked if asked in LISTS else "waiting"
    sizes: Mapping[str, int] = {**numbers.by_status, "open": numbers.open, "late": numbers.late}

    def title(key: str) -> str:
        name = say(language, f"queue {key}") if key in ("open", "late") else CaseStatus.of(key).title(language)
        return f"{name} · {number(sizes[key], language)}"

    picked: str = st.pills(
        say(language, "state"), list(LISTS), key=_LIST, format_func=title, required=True, on_change=_list_changed,
        label_visibility="collapsed",
    ) or "waiting"  # fmt: skip
    return picked


def _list_changed() -> None:
    st.query_params["status"] = st.session_state[_LIST]
    for name in ("owner", "cause"):
        st.query_params.pop(name, None)


def _complaints(desk: queue_acts.Desk, choice: Choice, picked: str) -> None:
    read, language = desk.read, desk.language
    owner, cause = st.query_params.get("owner", "")[:500], st.query_params.get("cause", "")[:500]
    if only := owner or cause:
        title = say(language, "queue only owner" if owner else "queue only cause", what=without_bidi_controls(only))
        st.html(bars.links("", [Link(f"{title} ×", address(choice, status=picked), kind="chosen")]))
    pages = _pages((choice, picked, owner, cause))
    rows = read(
        queries.queue, choice.filter, LISTS[picked], _PAGE + 1, pages[-1], owner=owner, cause=cause,
        late=picked == "late",
    )  # fmt: skip
    if not rows and len(pages) > 1:
        pages.pop()
        st.rerun()
    if not rows:
        key = "queue all answered" if picked in ("waiting", "open", "late") else "queue none here"
        _state(say(language, key), say(language, f"{key} long"))
        return
    ids = tuple(row.text.mention.id or 0 for row in rows[:_PAGE])
    passages, steps = read(queries.experiences_of, ids), read(queries.case_steps, ids)
    for row in rows[:_PAGE]:
        number_ = row.text.mention.id or 0
        with st.container(border=True, key=f"case-{number_}"):
            st.html(
                f'<div class="sh-case">{status_line(row, datetime.now(UTC), language)}'
                f"{texts.card(row.text, passages.get(number_, ()), language)}"
                f"{history(steps.get(number_, ()), language)}</div>"
            )
            queue_acts.acts(desk, row)
    _turn(pages, rows, language)


def _pages(of: Any) -> list[queries.After | None]:
    """Where each page begins, up to the one that is open; a new list begins at its start."""
    if st.session_state.get("queue pages of") != of:
        st.session_state["queue pages of"], st.session_state["queue pages"] = of, [None]
    pages: list[queries.After | None] = st.session_state["queue pages"]
    return pages


def _turn(pages: list[queries.After | None], rows: Sequence[queries.Complaint], language: str) -> None:
    with st.container(horizontal=True, horizontal_alignment="center", key="queue-turn"):
        if len(pages) > 1:
            st.button(say(language, "queue back"), key="back", on_click=pages.__delitem__, args=(-1,))
        if len(rows) > _PAGE:
            last = rows[_PAGE - 1].text.mention
            st.button(
                say(language, "queue next"), key="next", on_click=pages.append, args=((last.published_at, last.id),)
            )


def _nothing(choice: Choice) -> None:
    if choice.filter != type(choice.filter)():
        states.no_match("queue", choice)
    else:
        _state(say(choice.language, "queue all answered"), say(choice.language, "queue all answered long"))


def _state(title: str, text: str) -> None:
    st.html(f'<div class="sh-state calm"><h2>{html.escape(title)}</h2><p>{html.escape(text)}</p></div>')
