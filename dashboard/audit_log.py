"""The log of who did what, newest first, in pages that stay open."""

import html
from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboard import access
from dashboard.numerals import number
from dashboard.provenance import moment
from dashboard.reads import Reader
from dashboard.tables import table
from dashboard.texts import safe
from dashboard.words import known, say
from domain.text import persian_digits, storable
from store import queries
from store.tables import AuditEntry

_PAGE, _LONGEST = 50, 200


def show(read: Reader, language: str) -> None:
    """Choose (whom, what), show."""
    with st.container(horizontal=True, key="audit-filters"):
        user = st.text_input(say(language, "audit user"), key="audit-user", max_chars=80)
        action = st.text_input(
            say(language, "audit action"), key="audit-action", max_chars=80, help=say(language, "audit action help")
        )
    asked = (storable(user).strip().casefold(), storable(action).strip())
    if st.session_state.get("audit of") != asked:
        st.session_state["audit of"], st.session_state["audit pages"] = asked, [None]
    pages: list[int | None] = st.session_state["audit pages"]
    entries: list[AuditEntry] = []
    more = False
    for before in pages:
        # Asked afresh: the log changes with every act of anybody.
        found = queries.audit(read.engine, _PAGE, before, *asked)
        entries, more = entries + found, len(found) == _PAGE
    if not entries:
        st.html(f'<p class="sh-few">{html.escape(say(language, "audit empty"))}</p>')
        return
    columns = ("audit at", "audit user", "audit action", "audit detail")
    st.html(table(columns, (_row(one, language) for one in entries), language))
    shown = say(language, "audit shown", n=number(len(entries), language))
    st.html(f'<p class="sh-small">{html.escape(shown)}</p>')
    if more:
        st.button(say(language, "more"), key="audit-more", on_click=pages.append, args=(entries[-1].id,))


def _row(one: AuditEntry, language: str) -> tuple[str, ...]:
    key = f"audit {one.action}"
    did = say(language, key) if known(key) else one.action
    return (
        html.escape(moment(one.at, language)), f"<bdi>{safe(access.title(one.user, language)[:_LONGEST])}</bdi>",
        f'<span title="{safe(one.action[:_LONGEST])}">{safe(did[:_LONGEST])}</span>', _detail(one.detail, language),
    )  # fmt: skip


def _detail(detail: Mapping[str, Any], language: str) -> str:
    said = (f"{_title(str(key), language)}: <bdi>{_value(value, language)}</bdi>" for key, value in detail.items())
    return " · ".join(said)


def _value(value: object, language: str) -> str:
    shown = str(value)[:_LONGEST]
    return safe(persian_digits(shown) if language == "fa" and isinstance(value, int | float) else shown)


def _title(key: str, language: str) -> str:
    """What people call a setting or a detail, with its key for those who search the log; else the key itself."""
    named = next((words for words in (f"force {key}", f"detail {key}") if known(words)), "")
    shown = safe(key[:80])
    return f'<span title="{shown}">{html.escape(say(language, named))}</span>' if named else f"<bdi>{shown}</bdi>"
