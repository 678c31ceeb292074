"""Accounts: who may enter, as what; adding somebody, another role, another password, switching off and on."""

import html
from collections.abc import Callable

import streamlit as st

from dashboard import access, states
from dashboard.change import change
from dashboard.provenance import moment
from dashboard.reads import Reader
from dashboard.tables import table
from dashboard.texts import plain, safe
from dashboard.words import say
from domain.access import LOCAL, LONGEST_NAME
from domain.passwords import LONGEST
from domain.vocabulary import Role
from store import queries, writes
from store.tables import User

_FAULT = "settings fault"


def tell(language: str, key: str) -> None:
    """What stood in the way of the last change."""
    if fault := st.session_state.pop(key, ""):
        states.error(fault, language)


def show(read: Reader, language: str) -> None:
    """Everybody with an account, then the two forms."""
    everybody = queries.users(read.engine)
    if not everybody:
        st.html(f'<p class="sh-few">{html.escape(say(language, "first user"))}</p>')
    else:
        columns = ("user name", "role", "user state", "signs in", "user since")
        st.html(table(columns, (_row(one, language) for one in everybody), language))
    _add(read, language, first=not everybody)
    me = access.user(read).name
    # Nobody shuts the door on themselves by a slip of the hand.
    if others := {one.name: one for one in everybody if one.name != me}:
        _alter(read, language, others)


def _row(one: User, language: str) -> tuple[str, ...]:
    state = f'<span class="sh-label {"positive" if one.active else ""}">'
    return (
        f"<bdi>{safe(one.name)}</bdi>", html.escape(Role.of(one.role).title(language)),
        f"{state}{html.escape(say(language, 'user on' if one.active else 'user off'))}</span>",
        html.escape(say(language, "by password" if one.password_hash else "by oidc")),
        html.escape(moment(one.created_at, language)),
    )  # fmt: skip


def _add(read: Reader, language: str, *, first: bool) -> None:
    st.html(f'<h2 class="sh-section">{say(language, "add user")}</h2>')
    with st.form("user-add", clear_on_submit=False, border=False):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.text_input(say(language, "user name"), key="user-name", max_chars=LONGEST_NAME)
            # Without an administrator nobody could let anybody else in.
            st.selectbox(
                say(language, "role"), [str(Role.ADMIN)] if first else list(map(str, Role)), key="user-role",
                format_func=_titled(language),
            )  # fmt: skip
            st.text_input(
                say(language, "password"), key="user-password", type="password", max_chars=LONGEST,
                help=say(language, "password help"), autocomplete="new-password",
            )  # fmt: skip
        st.form_submit_button(say(language, "add user"), type="primary", on_click=_save, args=(read, language))
    st.html(f'<p class="sh-small">{html.escape(say(language, "roles help"))}</p>')


def _titled(language: str) -> Callable[[str], str]:
    return lambda key: f"{Role.of(key).title(language)}"


def _save(read: Reader, language: str) -> None:
    name, role = str(st.session_state["user-name"]), str(st.session_state["user-role"])
    password = str(st.session_state["user-password"])
    _do(read, language, lambda by: writes.add_user(read.engine, name, role, password, by=by))
    if not st.session_state[_FAULT]:
        st.session_state["user-name"] = ""
    # A password never waits in the state of a session.
    st.session_state["user-password"] = ""


def _alter(read: Reader, language: str, others: dict[str, User]) -> None:
    st.html(f'<h2 class="sh-section">{say(language, "change user")}</h2>')
    with st.container(horizontal=True, vertical_alignment="bottom", key="user-change"):
        name = st.selectbox(say(language, "user name"), list(others), key="user-chosen", format_func=plain)
        one, engine = others[name], read.engine
        roles = list(map(str, Role))
        role = st.selectbox(
            say(language, "role"), roles, index=roles.index(one.role), key=f"role-{name}-{one.role}",
            format_func=_titled(language),
        )  # fmt: skip
        st.button(
            say(language, "save role"), key="user-set-role", disabled=role == one.role, on_click=_do,
            args=(read, language, lambda by: writes.set_role(engine, name, role, by=by)),
        )  # fmt: skip
        turn = writes.deactivate if one.active else writes.activate
        st.button(
            say(language, "switch off" if one.active else "switch on"), key="user-switch", on_click=_do,
            args=(read, language, lambda by: turn(engine, name, by=by)),
        )  # fmt: skip
    if one.password_hash:
        with st.form("user-password-form", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
            st.text_input(
                say(language, "new password"), key="user-new-password", type="password", max_chars=LONGEST,
                help=say(language, "password help"), autocomplete="new-password",
            )  # fmt: skip
            st.form_submit_button(say(language, "save password"), on_click=_password, args=(read, language, name))


def _password(read: Reader, language: str, name: str) -> None:
    password = str(st.session_state["user-new-password"])
    _do(read, language, lambda by: writes.set_password(read.engine, name, password, by=by))
    st.session_state["user-new-password"] = ""


def _do(read: Reader, language: str, work: Callable[[str], object]) -> None:
    """A change of accounts; the write notes it itself, in the same transaction, with who did it."""
    someone = access.user(read).name or LOCAL
    st.session_state[_FAULT] = change(read, language, "users", "", lambda: work(someone))
    if not st.session_state[_FAULT]:
        st.toast(say(language, "saved"))
