"""Accounts, signing in, and the log of who did what. Passwords come in and only their hashes stay."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Engine, func, select, update
from sqlmodel import Session, col

from domain.access import LOCAL, user_name
from domain.errors import BadInput
from domain.passwords import check_password, hashed, matches
from domain.vocabulary import Role
from store.attempts import FAILED, SIGN_IN, wait
from store.database import take_turns, writing
from store.tables import AuditEntry, User
from store.writes.clock import now


def add_user(engine: Engine, name: str, role: str, password: str | None, *, by: str = LOCAL) -> User:
    """A new account. With None for a password it is for somebody who signs in elsewhere (OIDC), by e-mail address.

    Raises:
        BadInput: the name is taken or none, there is no such role, or the password is too easy.
    """
    name, role = user_name(name), Role.of(role)
    secret = "" if password is None else _secret(password, name)
    with writing(engine) as session:
        if _find(session, name):
            raise BadInput(f"there is a user {name!r} already; see: shenava user list")
        user = User(name=name, password_hash=secret, role=str(role), created_at=now())
        session.add(user)
        _note(session, by, "user add", {"name": name, "role": str(role), "signs_in": "here" if secret else "oidc"})
    return user


def set_role(engine: Engine, name: str, role: str, *, by: str = LOCAL) -> User:
    """Another role. Raises BadInput for the last administrator: somebody must be able to let others in."""
    with writing(engine) as session:
        user = _known(session, name)
        if Role.of(role) is not Role.ADMIN:
            _keep_an_admin(session, user)
        before, user.role = user.role, str(Role.of(role))
        _note(session, by, "user role", {"name": user.name, "from": before, "to": user.role})
    return user


def set_password(engine: Engine, name: str, password: str, *, by: str = LOCAL) -> User:
    """Another password; it ends every session of this user."""
    secret = _secret(password, user_name(name))
    with writing(engine) as session:
        user = _known(session, name)
        user.password_hash = secret
        _note(session, by, "user password", {"name": user.name})
    return user


def deactivate(engine: Engine, name: str, *, by: str = LOCAL) -> User:
    """Put an account to rest: it keeps its history, and its sessions end. Not for the last administrator."""
    with writing(engine) as session:
        user = _known(session, name)
        _keep_an_admin(session, user)
        user.active = False
        _note(session, by, "user off", {"name": user.name})
    return user


def activate(engine: Engine, name: str, *, by: str = LOCAL) -> User:
    """Wake an account that was put to rest."""
    with writing(engine) as session:
        user = _known(session, name)
        user.active = True
        _note(session, by, "user on", {"name": user.name})
    return user


def note(engine: Engine, user: str, action: str, detail: dict[str, Any] | None = None, address: str = "") -> int:
    """Write what somebody did to the audit log; `address` is a keyed hash. Never pass a password or a text."""
    with writing(engine) as session:
        return _note(session, user, action, detail or {}, address)


@dataclass(frozen=True, slots=True)
class SignIn:
    """How an attempt ended: a user and the entry of the log that its session is known by; or how long to wait."""

    user: User | None = None
    entry: int = 0
    wait: timedelta = timedelta(0)


def sign_in(engine: Engine, typed: str, password: str, alias: str, address: str) -> SignIn:
    """Try to enter by name and password. `alias` stands for the name in the log if nobody has it.

    The attempt is written as a failure before the password is looked at: a hundred at once are no way around the wait.
    """
    try:
        name = user_name(typed)
    except BadInput:
        name = ""
    with writing(engine) as session:
        take_turns(session.connection(), "sign in")
        user = _find(session, name)
        shown = user.name if user else f"?{alias}"
        if left := wait(session, shown, address, now()):
            return SignIn(wait=left)
        entry = _note(session, shown, FAILED, {}, address)
    good = matches(user.password_hash if user else "", password)
    if not (good and user and user.active):
        return SignIn()
    with writing(engine) as session:
        session.execute(update(AuditEntry).where(col(AuditEntry.id) == entry).values(action=SIGN_IN))
    return SignIn(user, entry)


def _note(session: Session, user: str, action: str, detail: dict[str, Any], address: str = "") -> int:
    entry = AuditEntry(at=now(), user=user, action=action, detail=detail, address=address)
    session.add(entry)
    session.flush()
    assert entry.id is not None
    return entry.id


def _secret(password: str, name: str) -> str:
    check_password(password, name)
    return hashed(password)


def _find(session: Session, name: str) -> User | None:
    return session.scalars(select(User).where(col(User.name) == name)).one_or_none()


def _known(session: Session, name: str) -> User:
    if user := _find(session, user_name(name)):
        return user
    raise BadInput(f"no user {name[:80]!r}; see: shenava user list")


def _keep_an_admin(session: Session, user: User) -> None:
    # Two of them at once must not each count on the other; SQLite's writers wait for each other anyway.
    take_turns(session.connection(), "administrators")
    others = select(func.count()).where(
        col(User.role) == Role.ADMIN, col(User.active).is_(True), col(User.name) != user.name
    )
    if user.role == Role.ADMIN and user.active and not session.scalar(others):
        raise BadInput(f"{user.name!r} is the last administrator; make another one first: shenava user add")
