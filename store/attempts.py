"""Failed attempts to sign in: the audit log tells how many, so that a restart forgets none."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlmodel import Session, col

from domain.access import wait_after
from store.tables import AuditEntry

SIGN_IN = "sign-in"
FAILED = "sign-in failed"
#: Failures of a name count until it signs in, those of an address until they are old.
_OF_NAME = timedelta(hours=24)
_OF_ADDRESS = timedelta(hours=1)


def wait(session: Session, user: str, address: str, now: datetime) -> timedelta:
    """How long this name, or anybody at this address, must wait before the next attempt; zero if not at all."""
    succeeded = select(func.coalesce(func.max(col(AuditEntry.id)), 0)).where(
        col(AuditEntry.user) == user, col(AuditEntry.action) == SIGN_IN
    )
    last_good = session.scalar(succeeded) or 0
    of_name = _left(session, now, _OF_NAME, col(AuditEntry.user) == user, col(AuditEntry.id) > last_good)
    # Signing in does not clear an address: whoever owns one account could try the others for ever.
    of_address = _left(session, now, _OF_ADDRESS, col(AuditEntry.address) == address) if address else timedelta(0)
    return max(of_name, of_address)


def _left(session: Session, now: datetime, window: timedelta, *which: ColumnElement[bool]) -> timedelta:
    query = select(func.count(), func.max(col(AuditEntry.at))).where(
        col(AuditEntry.action) == FAILED, col(AuditEntry.at) > now - window, *which
    )
    failures, last = session.execute(query).one()
    if last is None:
        return timedelta(0)
    # SQLite gives back no time zone; everything stored is UTC.
    until: datetime = last.replace(tzinfo=last.tzinfo or UTC) + wait_after(failures)
    return max(timedelta(0), until - now)
