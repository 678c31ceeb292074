"""Who looks at the app, what they may do, and the log of what they did."""

import html
from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard import exposure, session
from dashboard.house import here_user
from dashboard.reads import Reader
from dashboard.words import say
from domain.access import LOCAL, may
from domain.errors import BadInput
from domain.settings import get_settings
from domain.vocabulary import Role
from store import queries, writes
from store.tables import User


def user(read: Reader) -> User:
    """Who looks: asked anew in every run; if it is nobody any more, the page says so and stops."""
    token = _text(st.context.cookies.get(session.COOKIE))
    someone = session.holder(read.engine, _keys(get_settings().secret_path), token) if token else None
    if someone is None and not exposure.is_exposed() and not queries.has_users(read.engine):
        someone = here_user()
    if someone is None:
        _over()
        st.stop()
    if st.session_state.get("user", someone.name) != someone.name:
        # A tab that came back after somebody else signed in shows nothing of the one before.
        st.session_state.clear()
    st.session_state["user"] = someone.name
    return someone


def name(someone: User) -> str:
    """The name to sign work with; empty for the person at this computer, who may type one."""
    return "" if someone.name == LOCAL else someone.name


def allowed(read: Reader, action: str) -> bool:
    """Whether who looks may do something (domain.access.ACTIONS): what they may not is not shown."""
    return may(user(read).role, action)


def demand(read: Reader, action: str, language: str) -> User:
    """Who looks, if they may do it. Call it where it is done, not only where its button stands.

    Raises:
        BadInput: they may not.
    """
    someone = user(read)
    if not may(someone.role, action):
        raise BadInput(say(language, "not allowed", role=Role.of(someone.role).title(language)))
    return someone


def note(read: Reader, action: str, **detail: Any) -> None:
    """Write to the audit log what who looks just did; no texts, no passwords."""
    someone, address = user(read), ""
    if someone.name != LOCAL:
        address = _keys(get_settings().secret_path).address(_text(st.context.ip_address) or "127.0.0.1")
    writes.note(read.engine, someone.name, action, detail, address)


def exporting(read: Reader, language: str, export: Callable[..., int]) -> Callable[..., int]:
    """The job that writes a file, for those who may have one; each file is noted."""

    def run(engine: Any, chosen: Any, path: Any, kind: str, *rest: Any) -> int:
        demand(read, "export", language)
        rows = export(engine, chosen, path, kind, *rest)
        note(read, "export", rows=rows, format=kind)
        return rows

    return run


def badge(someone: User, language: str) -> None:
    """Name, role and the way out; nothing for the person at this computer."""
    if someone.name == LOCAL:
        return
    role = Role.of(someone.role).title(language)
    st.html(
        f'<div class="sh-user"><b><bdi>{html.escape(someone.name)}</bdi></b><span>{html.escape(role)}</span>'
        f'<a href="./signout?lang={language}" target="_self">{say(language, "sign out")}</a></div>'
    )


def title(name: str, language: str) -> str:
    """What people read for the name of a user in the log."""
    return say(language, "this computer") if name == LOCAL else name


def _text(value: object) -> str:
    # Where no browser asks (tests of a page by itself), Streamlit hands out stand-ins.
    return value if isinstance(value, str) else ""


def _over() -> None:
    language = "en" if st.query_params.get("lang") == "en" else "fa"
    st.html(
        f'<div class="sh-state" role="alert"><h2>{say(language, "session over")}</h2>'
        f"<p>{say(language, 'session over long')}</p>"
        f'<p><a class="sh-chip chosen" href="./signin?lang={language}" target="_self">{say(language, "sign in")}</a>'
        "</p></div>"
    )


@st.cache_resource(show_spinner=False)
def _keys(secret: Path) -> session.Keys:
    return session.Keys(secret)
