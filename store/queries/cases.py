"""The queue of complaints: who waits for an answer, for how long, with whom, and why it happened.

A complaint is a text that tells an experience and needs a response, is not deleted and copies no other; or a text that
somebody took up. One without a row in the table of cases waits. Ages are in hours since it was published; of a text
whose source told no date, since it was collected.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from statistics import median
from typing import Any

from sqlalchemy import ColumnElement, Engine, Select, and_, case, func, or_, select
from sqlmodel import Session, col

from domain.dates import TEHRAN, Precision, utc
from domain.vocabulary import CaseStatus, Usable
from store.filter import Filter, conditions
from store.queries.rows import Text
from store.queries.scope import about
from store.tables import Brand, Case, Mention, Prediction

#: Statuses in which a customer, or the cause, still waits.
OPEN = (CaseStatus.WAITING, CaseStatus.TAKEN, CaseStatus.ANSWERED)
#: Hours after which an open complaint is late.
LATE = 48
#: A place in the queue: published_at and id of the last complaint that was shown.
After = tuple[datetime, int]

_STATUS = func.coalesce(col(Case.status), CaseStatus.WAITING.value)
_OWNER = func.coalesce(col(Case.owner), "")


@dataclass(frozen=True, slots=True)
class Complaint:
    """A text that needs an answer, and how far the answer is; `case` is None while nobody touched it."""

    text: Text
    case: Case | None

    @property
    def status(self) -> CaseStatus:
        """How far it is."""
        return CaseStatus.of(self.case.status) if self.case else CaseStatus.WAITING

    @property
    def owner(self) -> str:
        """Who owns it; empty if nobody does."""
        return self.case.owner if self.case else ""

    @property
    def dated(self) -> bool:
        """Its source told when it was published; otherwise its age counts from when it was collected."""
        return self.text.mention.date_precision != Precision.UNKNOWN

    def hours(self, now: datetime) -> float:
        """Its age."""
        return _hours(self.text.mention.published_at, now)


def queue(
    engine: Engine,
    chosen: Filter,
    statuses: Sequence[str] = (CaseStatus.WAITING,),
    limit: int = 20,
    after: After | None = None,
    *,
    owner: str = "",
    cause: str = "",
    late: bool = False,
) -> list[Complaint]:
    """Complaints of a filter in some statuses, oldest first.

    The period of a filter is when they were published; of closed ones, when they were closed.

    Args:
        engine: the store.
        chosen: the filter.
        statuses: keys of CaseStatus.
        limit: at most so many.
        after: (published_at, id) of the last complaint already shown.
        owner: only hers or his.
        cause: only those that were closed with this cause.
        late: only those older than 48 hours.
    """
    query = _complaints(engine, chosen, statuses, Mention.id)
    if owner:
        query = query.where(_OWNER.in_([owner]))
    if cause:
        query = query.where(col(Case.cause) == cause)
    if late:
        query = query.where(_late(datetime.now(UTC)))
    if after:
        at, last = after
        younger = col(Mention.published_at) > at
        query = query.where(or_(younger, and_(col(Mention.published_at) == at, col(Mention.id) > last)))
    order = (col(Mention.published_at), col(Mention.id))
    with Session(engine) as session:
        # First which, then whole: sorting all of them with their texts takes five times as long.
        ids = session.scalars(query.order_by(*order).limit(limit)).all()
        whole = _joined(Filter(), engine, Mention, Prediction, Brand, Case).where(col(Mention.id).in_(ids))
        return [Complaint(Text(*row[:3]), row[3]) for row in session.execute(whole.order_by(*order))]


@dataclass(frozen=True, slots=True)
class QueueNumbers:
    """What is open and what was closed within a filter. Ages and times are in hours."""

    #: Status -> complaints; they add up to all complaints.
    by_status: dict[str, int]
    #: Open ones older than 48 hours.
    late: int
    #: Open ones whose age counts from when they were collected.
    undated: int
    median_age: float | None
    oldest: float | None
    #: Owner -> open complaints, "" for nobody; most first.
    owners: dict[str, int]
    #: Touchpoint -> open complaints about it; one that is about two counts at both. Most first.
    touchpoints: dict[str, int]
    #: From publishing to closing, of those that were closed.
    median_to_close: float | None
    #: Root cause -> closed complaints, most first.
    causes: dict[str, int]

    @property
    def open(self) -> int:
        """Waiting, taken up, or answered while cause and action are missing."""
        return sum(self.by_status[status] for status in OPEN)

    @property
    def closed(self) -> int:
        """Cause and action are known."""
        return self.by_status[CaseStatus.CLOSED]

    @property
    def total(self) -> int:
        """All complaints, whatever became of them."""
        return sum(self.by_status.values())

    @property
    def late_share(self) -> float | None:
        """100·late/open: a share of all open ones, not of a sample, so it has no interval; None if none is open."""
        return 100 * self.late / self.open if self.open else None


def queue_numbers(engine: Engine, chosen: Filter, now: datetime | None = None) -> QueueNumbers:
    """The numbers of the queue; `now` is what ages are counted to. Periods as in `queue`."""
    now = now or datetime.now(UTC)
    # One plain pass: grouping and sorting them in the database took twice as long.
    columns = (
        _STATUS.label("far"), _OWNER.label("person"), _label(Prediction.touchpoint).label("first"),
        _label(Prediction.touchpoint2).label("second"), Mention.published_at, Mention.date_precision,
        Case.closed_at, Case.cause,
    )  # fmt: skip
    with Session(engine) as session:
        rows = session.execute(_complaints(engine, chosen, list(CaseStatus), *columns)).all()
    opened, ended = ([row for row in rows if row.far in those] for those in (OPEN, (CaseStatus.CLOSED,)))
    status = Counter(row.far for row in rows)
    ages = [_hours(row.published_at, now) for row in opened]
    touchpoints = Counter(key for row in opened for key in {row.first, row.second} - {""})
    return QueueNumbers(
        {str(one): status[one] for one in CaseStatus},
        late=sum(hours > LATE for hours in ages),
        undated=sum(row.date_precision == Precision.UNKNOWN for row in opened),
        median_age=median(ages) if ages else None,
        oldest=max(ages, default=None),
        owners=dict(Counter(row.person for row in opened).most_common()),
        touchpoints=dict(touchpoints.most_common()),
        median_to_close=median(_hours(row.published_at, row.closed_at) for row in ended) if ended else None,
        causes=dict(Counter(row.cause for row in ended).most_common()),
    )


def _label(column: Any) -> ColumnElement[str]:
    # A label of a text that was not scored is a placeholder.
    return case((col(Prediction.unscored) == "", col(column)), else_="")


def _late(now: datetime) -> ColumnElement[bool]:
    return col(Mention.published_at) < now - timedelta(hours=LATE)


def _hours(since: datetime, until: datetime) -> float:
    return (utc(until) - utc(since)).total_seconds() / 3600


def _complaints(engine: Engine, chosen: Filter, statuses: Sequence[str], *columns: Any) -> Select[Any]:
    """Columns over the complaints of a filter that are in some statuses."""
    ids = select(col(Case.mention_id)).where(col(Case.status).in_([s for s in statuses if s != CaseStatus.WAITING]))
    if CaseStatus.WAITING in statuses:
        asks = (col(Prediction.needs_response).is_(True), col(Prediction.usable) == Usable.EXPERIENCE)
        ids = ids.union(select(col(Prediction.mention_id)).where(*asks))  # type: ignore[assignment]
    original = func.coalesce(col(Mention.copy_of), col(Mention.id)) == col(Mention.id)
    over = _STATUS.in_([CaseStatus.CLOSED, CaseStatus.DISMISSED])
    return _joined(replace(chosen, since=None, until=None), engine, *columns).where(
        col(Mention.id).in_(ids),
        _STATUS.in_(list(statuses)),
        # What a person took up stays theirs, and what was done stays done.
        or_(_STATUS != CaseStatus.WAITING, original),
        or_(col(Mention.deleted_at).is_(None), over),
        *_period(chosen, engine.dialect.name),
    )


def _joined(chosen: Filter, engine: Engine, *columns: Any) -> Select[Any]:
    brands = about(chosen, engine, *columns).join(Brand, col(Brand.id) == col(Mention.brand_id))
    return brands.join(Case, col(Case.mention_id) == col(Mention.id), isouter=True)


def _period(chosen: Filter, dialect: str) -> list[ColumnElement[bool]]:
    """Published within the period of a filter; of closed ones, closed within it."""
    if not chosen.since and not chosen.until:
        return []
    told = conditions(Filter(since=chosen.since, until=chosen.until), dialect)
    ended = [col(Case.status) == CaseStatus.CLOSED]
    if chosen.since:
        ended.append(col(Case.closed_at) >= datetime.combine(chosen.since, time(), TEHRAN).astimezone(UTC))
    if chosen.until:
        after = datetime.combine(chosen.until + timedelta(days=1), time(), TEHRAN)
        ended.append(col(Case.closed_at) < after.astimezone(UTC))
    return [or_(and_(*ended), and_(_STATUS != CaseStatus.CLOSED, *told))]
