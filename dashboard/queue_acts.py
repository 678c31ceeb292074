"""What may be done to a complaint: one row of actions, and the small form that an action asks for."""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from dashboard import access, states
from dashboard.reads import Reader
from dashboard.texts import plain
from dashboard.words import say
from domain.access import LOCAL
from domain.errors import BadInput
from domain.vocabulary import CaseStatus
from store import queries, writes

_FORM, _SAID, _NAME = "queue form", "queue said", "queue name"
#: The action that comes next in each status: it stands out.
_NEXT = {CaseStatus.WAITING: "take", CaseStatus.TAKEN: "answer", CaseStatus.ANSWERED: "close"}
#: Action -> its fields, and whether one may stay empty.
_FIELDS: dict[str, dict[str, bool]] = {
    "hand over": {"owner": False},
    "answer": {"note": True},
    "close": {"cause": False, "action": False},
    "dismiss": {"why": False},
    "reopen": {"note": True},
}
_SHORT_FIELDS = ("owner", "cause")


@dataclass(frozen=True, slots=True)
class Desk:
    """Who works here, in which language, and with whom; who may only look has no actions."""

    read: Reader
    language: str
    me: str
    colleagues: tuple[str, ...]
    open: bool = True


def me(language: str) -> str:
    """Who acts: the user that signed in, or a name that is asked once."""
    signed_in = str(st.session_state.get("user") or "").strip()
    if signed_in and signed_in != LOCAL:
        return signed_in
    st.session_state.setdefault("who", st.session_state.get(_NAME, ""))
    given = st.text_input(
        say(language, "case who"), key="who", max_chars=80, placeholder=say(language, "case who hint"), width=360
    )
    st.session_state[_NAME] = given.strip()
    return given.strip()


def tell(language: str) -> None:
    """What came of the last action."""
    kind, text = st.session_state.pop(_SAID, ("", ""))
    if kind == "error":
        states.error(text, language)
    elif text:
        st.toast(text)


def acts(desk: Desk, row: queries.Complaint) -> None:
    """The actions that its status allows, and the form of the one that was chosen."""
    if not desk.open:
        return
    mention_id = row.text.mention.id or 0
    possible = [verb for verb, moves in writes.MOVES.items() if row.status in moves]
    with st.container(horizontal=True, gap="small", key=f"acts-{mention_id}"):
        for verb in sorted(possible, key=lambda verb: verb != _NEXT.get(row.status)):
            st.button(
                say(desk.language, f"do {verb}"),
                key=f"{verb}-{mention_id}",
                type="primary" if verb == _NEXT.get(row.status) else "secondary",
                disabled=not desk.me,
                help=None if desk.me else say(desk.language, "case who first"),
                on_click=_take if verb == "take" else _open,
                args=(desk, row) if verb == "take" else (mention_id, verb),
            )
    if st.session_state.get(_FORM, ("", ""))[0] == mention_id and st.session_state[_FORM][1] in possible and desk.me:
        _form(desk, row, st.session_state[_FORM][1])


def _open(mention_id: int, verb: str) -> None:
    asked = (mention_id, verb)
    if st.session_state.get(_FORM) == asked:
        del st.session_state[_FORM]
    else:
        st.session_state[_FORM] = asked


def _form(desk: Desk, row: queries.Complaint, verb: str) -> None:
    mention_id = row.text.mention.id or 0
    with st.container(key=f"form-{mention_id}"):
        for field in _FIELDS[verb]:
            key, label = f"{field}-{mention_id}", say(desk.language, f"field {verb} {field}")
            if field in _SHORT_FIELDS:
                st.text_input(label, key=key, max_chars=writes.LONGEST_NOTE)
                _suggest(desk, row, field)
            else:
                st.text_area(label, key=key, max_chars=writes.LONGEST_NOTE, height=90)
        with st.container(horizontal=True, gap="small"):
            st.button(
                say(desk.language, f"save {verb}"), key=f"save-{mention_id}", type="primary", on_click=_save,
                args=(desk, row, verb),
            )  # fmt: skip
            st.button(
                say(desk.language, "case cancel"), key=f"cancel-{mention_id}", on_click=_open, args=(mention_id, verb)
            )


def _suggest(desk: Desk, row: queries.Complaint, field: str) -> None:
    """Words that others used before, and the names of the themes that its experiences belong to."""
    mention_id = row.text.mention.id or 0
    if field == "owner":
        known = [name for name in (desk.me, *desk.colleagues) if name != row.owner]
    else:
        known = desk.read(queries.theme_names, (mention_id,)).get(mention_id, []) + desk.read(queries.known_causes)
    if not known:
        return
    key = f"suggested-{field}-{mention_id}"

    def fill() -> None:
        if st.session_state[key]:
            st.session_state[f"{field}-{mention_id}"] = st.session_state[key]

    st.pills(
        say(desk.language, f"suggested {field}"), list(dict.fromkeys(known)), key=key, on_change=fill,
        format_func=plain,
    )  # fmt: skip


def _take(desk: Desk, row: queries.Complaint) -> None:
    mention_id = row.text.mention.id or 0
    _do(desk, "take", mention_id, lambda: writes.take_case(desk.read.engine, mention_id, row.status, desk.me, desk.me))


def _save(desk: Desk, row: queries.Complaint, verb: str) -> None:
    mention_id = row.text.mention.id or 0
    said = {field: str(st.session_state.get(f"{field}-{mention_id}", "")).strip() for field in _FIELDS[verb]}
    for field, text in said.items():
        if not text and not _FIELDS[verb][field]:
            st.session_state[_SAID] = "error", say(desk.language, f"missing {field}")
            return
    engine, seen, me = desk.read.engine, row.status, desk.me
    work: dict[str, Callable[[], None]] = {
        "hand over": lambda: writes.hand_over(engine, mention_id, seen, said["owner"], me, row.owner),
        "answer": lambda: writes.answer_case(engine, mention_id, seen, said["note"], me),
        "close": lambda: writes.close_case(engine, mention_id, seen, said["cause"], said["action"], me),
        "dismiss": lambda: writes.dismiss_case(engine, mention_id, seen, said["why"], me),
        "reopen": lambda: writes.reopen_case(engine, mention_id, seen, said["note"], me),
    }
    if _do(desk, verb, mention_id, work[verb]):
        for field in _FIELDS[verb]:
            st.session_state.pop(f"{field}-{mention_id}", None)


def _do(desk: Desk, verb: str, mention_id: int, work: Callable[[], None]) -> bool:
    """Do it, and look at the store anew: whoever acts must see what is so now, not what was a minute ago."""
    try:
        access.demand(desk.read, "case", desk.language)
        work()
        access.note(desk.read, f"case {verb}", mention=mention_id)
    except writes.Overtaken as other:
        status = CaseStatus.of(other.status).title(desk.language)
        key = "case overtaken by" if other.owner else "case overtaken"
        st.session_state[_SAID] = "error", say(desk.language, key, status=status, owner=other.owner)
    except writes.NoComplaint:
        st.session_state[_SAID] = "error", say(desk.language, "case is none")
    except BadInput as fault:
        st.session_state[_SAID] = "error", str(fault)
        return False
    else:
        st.session_state[_SAID] = "done", say(desk.language, f"done {verb}")
    st.session_state.pop(_FORM, None)
    st.cache_data.clear()
    return True
