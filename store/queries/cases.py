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

import numpy as np
from sqlalchemy import Engine, select
from sqlmodel import Session, col

from domain.dates import TEHRAN, Precision, utc
from domain.vocabulary import CaseStatus, Touchpoint
from store.facts import Facts
from store.facts.facts import Array, Mask
from store.filter import Filter
from store.queries.rows import Text, by_time
from store.queries.scope import about, chosen_facts
from store.tables import Brand, Case, Mention, Prediction

#: Statuses in which a customer, or the cause, still waits.
OPEN = (CaseStatus.WAITING, CaseStatus.TAKEN, CaseStatus.ANSWERED)
#: Hours after which an open complaint is late.
LATE = 48
#: A place in the queue: published_at and id of the last complaint that was shown.
After = tuple[datetime, int]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


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
    desk = _desk(engine, chosen)
    wanted = np.isin(desk.status, [_CODES[status] for status in statuses])
    if owner:
        wanted &= np.array([desk.case_of(place).owner == owner for place in range(len(desk.at))], bool)
    if cause:
        wanted &= np.array([desk.case_of(place).cause == cause for place in range(len(desk.at))], bool)
    if late:
        wanted &= desk.hours(datetime.now(UTC)) > LATE
    rows = np.zeros(len(desk.facts.mentions), bool)
    rows[desk.at[wanted]] = True
    ids = desk.facts.mentions.id[by_time(desk.facts, rows, limit, after)].tolist()
    whole = about(Filter(), engine, Mention, Prediction, Brand, Case).join(
        Brand, col(Brand.id) == col(Mention.brand_id)
    )
    whole = whole.join(Case, col(Case.mention_id) == col(Mention.id), isouter=True).where(col(Mention.id).in_(ids))
    with Session(engine) as session:
        found = {row[0].id: Complaint(Text(*row[:3]), row[3]) for row in session.execute(whole)}
    return [found[number] for number in ids if number in found]


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
    desk = _desk(engine, chosen)
    mentions, size = desk.facts.mentions, len(CaseStatus)
    status = np.bincount(desk.status, minlength=size)
    opened = np.isin(desk.status, [_CODES[one] for one in OPEN])
    ended = np.flatnonzero(desk.status == _CODES[CaseStatus.CLOSED]).tolist()
    hours, at = desk.hours(now or datetime.now(UTC))[opened], desk.at[opened]
    taken = Counter(desk.case_of(place).owner for place in np.flatnonzero(opened & (desk.case >= 0)).tolist())
    owners = taken + Counter({"": int((opened & (desk.case < 0)).sum())})
    closing = [desk.closing(place) for place in ended]
    return QueueNumbers(
        {str(one): int(n) for one, n in zip(CaseStatus, status, strict=True)},
        late=int((hours > LATE).sum()),
        undated=int((~mentions.flags["dated"][at]).sum()),
        median_age=float(np.median(hours)) if len(hours) else None,
        oldest=float(hours.max()) if len(hours) else None,
        owners=dict(owners.most_common()),
        touchpoints=_touchpoints(desk.facts, at),
        median_to_close=median(closing) if closing else None,
        causes=dict(Counter(desk.case_of(place).cause for place in ended).most_common()),
    )


def _touchpoints(facts: Facts, at: Array) -> dict[str, int]:
    """Touchpoint -> the texts at some places that name it; most first. What was not scored has only placeholders."""
    at = at[facts.mentions.flags["scored"][at]]
    first, second = (facts.mentions.columns[name].codes[at] for name in ("touchpoint", "touchpoint2"))
    twice = second[(second >= 0) & (second != first)]
    size = len(Touchpoint)
    counted = np.bincount(first[first >= 0], minlength=size) + np.bincount(twice, minlength=size)
    return dict(Counter({str(one): int(n) for one, n in zip(Touchpoint, counted, strict=True) if n}).most_common())


@dataclass(frozen=True, slots=True)
class _Touched:
    """What the table of cases says of a complaint that somebody took up."""

    status: str = CaseStatus.WAITING
    owner: str = ""
    cause: str = ""
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Desk:
    """The complaints of a filter: their places among all mentions, their statuses, and their cases (-1 for none)."""

    facts: Facts
    at: Array
    status: Array
    case: Array
    cases: Sequence[_Touched]

    def case_of(self, place: int) -> _Touched:
        """What was done about a complaint."""
        return self.cases[self.case[place]] if self.case[place] >= 0 else _UNTOUCHED

    def hours(self, until: datetime) -> Array:
        """The ages of all of them."""
        return ((_moment(until) - self.facts.mentions.numbers["at"][self.at]) / 1e6) / 3600

    def closing(self, place: int) -> float:
        """Hours from publishing to closing of one that was closed."""
        ended = self.case_of(place).closed_at
        assert ended is not None
        return float((_moment(ended) - self.facts.mentions.numbers["at"][self.at[place]]) / 1e6) / 3600


_UNTOUCHED = _Touched()
_CODES = {str(status): code for code, status in enumerate(CaseStatus)}


def _desk(engine: Engine, chosen: Filter) -> _Desk:
    """All complaints of a filter, whatever their status."""
    facts, rows = chosen_facts(engine, replace(chosen, since=None, until=None))
    mentions, flags = facts.mentions, facts.mentions.flags
    query = select(*(col(getattr(Case, name)) for name in ("mention_id", "status", "owner", "cause", "closed_at")))
    with Session(engine) as session:
        found = session.execute(query).all()
    asks = flags["needs_response"] & facts.tells
    status = np.where(asks, np.int8(_CODES[CaseStatus.WAITING]), np.int8(-1))
    case = np.full(len(mentions), -1, np.int32)
    ids = np.array([row[0] for row in found], np.int64)
    place = np.searchsorted(mentions.id, ids)
    known = place < len(mentions)
    known[known] = mentions.id[place[known]] == ids[known]
    place = place[known]
    case[place] = np.flatnonzero(known)
    said = np.array([_CODES[row[1]] for row in found], np.int8)[known]
    status[place] = np.where((said == _CODES[CaseStatus.WAITING]) & ~asks[place], -1, said)
    # What a person took up stays theirs, and what was done stays done.
    over = (status == _CODES[CaseStatus.CLOSED]) | (status == _CODES[CaseStatus.DISMISSED])
    kept = rows & (status >= 0) & ((status > 0) | ~flags["copied"]) & (~flags["deleted"] | over)
    cases = [_Touched(*row[1:]) for row in found]
    at = np.flatnonzero(kept)
    desk = _Desk(facts, at, status[at], case[at], cases)
    within = _within(desk, chosen)
    return desk if within is None else _Desk(facts, at[within], desk.status[within], desk.case[within], cases)


def _within(desk: _Desk, chosen: Filter) -> Mask | None:
    """Published within the period of a filter; of closed ones, closed within it."""
    if not chosen.since and not chosen.until:
        return None
    within: Mask = desk.facts.rows(Filter(since=chosen.since, until=chosen.until))[desk.at]
    first = datetime.combine(chosen.since, time(), TEHRAN) if chosen.since else None
    after = datetime.combine(chosen.until + timedelta(days=1), time(), TEHRAN) if chosen.until else None
    for place in np.flatnonzero(desk.status == _CODES[CaseStatus.CLOSED]).tolist():
        ended = desk.case_of(place).closed_at
        at = utc(ended) if ended else None
        within[place] = at is not None and (not first or at >= first) and (not after or at < after)
    return within


def _moment(at: datetime) -> int:
    return (utc(at) - _EPOCH) // timedelta(microseconds=1)


def _hours(since: datetime, until: datetime) -> float:
    return (utc(until) - utc(since)).total_seconds() / 3600
