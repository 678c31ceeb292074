"""What people may do to a theme: call it otherwise, lock it, make it part of another one, take it apart."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from dashboard import access, states
from dashboard.reads import Reader
from dashboard.texts import plain
from dashboard.words import say
from domain.access import LOCAL
from domain.errors import ShenavaError
from domain.vocabulary import Touchpoint
from store import queries, writes
from store.tables import Theme

#: Takes a theme apart: (engine, theme id, who) -> the id of the new theme.
Split = Callable[[Any, int, str], int]
_SAID = "theme said"


def tell(language: str) -> None:
    """What came of the last edit."""
    kind, words = st.session_state.pop(_SAID, ("", ""))
    if kind == "error":
        states.error(words, language)
    elif words:
        st.toast(words)


def show(read: Reader, theme: Theme, language: str, split: Split | None) -> None:
    """The edits that are possible, each with its button."""
    theme_id = theme.id or 0
    st.html(f'<h2 class="sh-section">{say(language, "theme edit")}</h2>')
    _rename(read, theme, language)
    _merge(read, theme, language)
    with st.container(horizontal=True, gap="small", key="theme-acts"):
        lock = "unlock" if theme.locked else "lock"
        _button(
            read, language, lock, lambda who: writes.lock_theme(read.engine, theme_id, not theme.locked, who), theme
        )
        if split is not None:
            _button(read, language, "split", lambda who: split(read.engine, theme_id, who), theme)


def _rename(read: Reader, theme: Theme, language: str) -> None:
    theme_id, key = theme.id or 0, f"theme name {theme.id}"
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="theme-rename"):
        st.text_input(
            say(language, "theme name"), theme.title or theme.label, key=key, max_chars=80,
            help=say(language, "theme name help"),
        )  # fmt: skip
        _button(
            read, language, "rename",
            lambda who: writes.rename_theme(read.engine, theme_id, str(st.session_state[key]), who), theme,
        )  # fmt: skip


def _merge(read: Reader, theme: Theme, language: str) -> None:
    others = {one.id: one for one in read(queries.themes) if _like(one, theme)}
    if not others:
        return
    theme_id, key = theme.id or 0, f"merge into {theme.id}"

    def title(other: int | None) -> str:
        one = others[other]
        return plain(f"{one.name} ({Touchpoint.of(one.touchpoint).title(language)})")

    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="theme-merge"):
        # Those of the same touchpoint are the likely ones.
        order = sorted(others, key=lambda other: (others[other].touchpoint != theme.touchpoint, others[other].name))
        into = st.selectbox(
            say(language, "merge with"), order, None, format_func=title, key=key,
            placeholder=say(language, "merge choose"),
        )  # fmt: skip
        _button(
            read, language, "merge", lambda who: writes.merge_themes(read.engine, theme_id, int(into or 0), who), theme,
            ready=into is not None,
        )  # fmt: skip


def _like(one: Theme, theme: Theme) -> bool:
    return one.merged_into is None and one.id != theme.id and one.polarity == theme.polarity


def _button(
    read: Reader, language: str, action: str, work: Callable[[str], Any], theme: Theme, *, ready: bool = True
) -> None:  # fmt: skip
    st.button(
        say(language, f"do {action}"), key=f"{action} {theme.id}", disabled=not ready, on_click=_do,
        args=(read, language, action, work, theme.id),
    )  # fmt: skip


def _do(read: Reader, language: str, action: str, work: Callable[[str], Any], theme_id: int) -> None:
    """Do it if who looks may, note it, and look at the store anew."""
    try:
        someone = access.demand(read, "theme", language)
        work(access.name(someone) or LOCAL)
        access.note(read, f"theme {action}", theme=theme_id)
    except ShenavaError as fault:
        st.session_state[_SAID] = "error", str(fault)
        return
    st.session_state[_SAID] = "done", say(language, "edited")
    st.session_state.pop(f"theme name {theme_id}", None)
    st.cache_data.clear()
