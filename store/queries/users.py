"""Who has an account, and what was done."""

from datetime import timedelta

from sqlalchemy import Engine, select
from sqlmodel import Session, col

from store.attempts import wait
from store.tables import AuditEntry, User
from store.writes.clock import now


def users(engine: Engine) -> list[User]:
    """Every account, those at rest included, by name."""
    with Session(engine) as session:
        return list(session.scalars(select(User).order_by(col(User.name))))


def user(engine: Engine, name: str) -> User | None:
    """The account of a name."""
    with Session(engine) as session:
        return session.scalars(select(User).where(col(User.name) == name)).one_or_none()


def has_users(engine: Engine) -> bool:
    """Whether anybody has an account: then everybody signs in."""
    with Session(engine) as session:
        return session.scalar(select(col(User.id)).limit(1)) is not None


def audit(
    engine: Engine, limit: int = 50, before: int | None = None, user: str = "", action: str = ""
) -> list[AuditEntry]:
    """What was done, newest first. `before` is the id of the last entry already shown."""
    query = select(AuditEntry).order_by(col(AuditEntry.id).desc()).limit(limit)
    if before is not None:
        query = query.where(col(AuditEntry.id) < before)
    if user:
        query = query.where(col(AuditEntry.user) == user)
    if action:
        query = query.where(col(AuditEntry.action) == action)
    with Session(engine) as session:
        return list(session.scalars(query))


def attempts(engine: Engine, user: str, address: str) -> timedelta:
    """How long a name, or anybody at a hashed address, must wait before the next attempt to sign in."""
    with Session(engine) as session:
        return wait(session, user, address, now())


def signed_out(engine: Engine, name: str, sign_in: int) -> bool:
    """Whether the session that began with this entry of the audit log was ended."""
    ended = select(col(AuditEntry.detail)).where(
        col(AuditEntry.user) == name, col(AuditEntry.action) == "sign-out", col(AuditEntry.id) > sign_in
    )
    with Session(engine) as session:
        return any(detail.get("sign_in") == sign_in for detail in session.scalars(ended))
