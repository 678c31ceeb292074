"""What people say of texts, how they get on, and how far they agree with the model and with each other."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Any

from sqlalchemy import Engine, select
from sqlmodel import Session, col

from domain.dates import TEHRAN
from domain.indices import Index, share
from domain.vocabulary import Usable
from store.tables import Correction, Prediction
from store.writes.clock import chunks
from store.writes.readings import QUEUE

#: What a review judges.
REVIEWED = ("usable", "sentiment", "touchpoint")
#: Longer than this between two texts, somebody was away.
_AWAY = timedelta(minutes=5)


def model_said(prediction: Prediction, field: str) -> Any:
    """The model's own answer, whatever a person said later."""
    return prediction.overruled.get(field, getattr(prediction, field))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a person says last of a field that reviews judge, and has not taken back."""

    mention_id: int
    field: str
    made_by: str
    value: str
    #: The text came from the queue in random order.
    random: bool
    made_at: datetime


def verdicts(engine: Engine, made_by: str | None = None, since: datetime | None = None) -> list[Verdict]:
    """Standing verdicts on kind, sentiment and main touchpoint, in the order in which they were made."""
    latest: dict[tuple[int, str, str], Correction] = {}
    query = select(Correction).where(col(Correction.field).in_(REVIEWED))
    if made_by is not None:
        query = query.where(col(Correction.made_by) == made_by)
    if since is not None:
        query = query.where(col(Correction.made_at) >= since)
    with Session(engine) as session:
        for one in session.scalars(query.order_by(col(Correction.id))):
            key = (one.mention_id, one.field, one.made_by)
            latest.pop(key, None)
            latest[key] = one
    random = QUEUE + "random"
    return [
        Verdict(one.mention_id, one.field, one.made_by, str(one.value), one.note == random, one.made_at)
        for one in latest.values()
        if one.value is not None
    ]


@dataclass(frozen=True, slots=True)
class Progress:
    """How a person gets on: texts reviewed today (Tehran), and the median of seconds from one to the next."""

    today: int
    #: None before there are two texts in a row.
    seconds: float | None


def review_progress(engine: Engine, reviewer: str, now: datetime) -> Progress:
    """Reviews of a person on the day of `now`; pauses of more than five minutes are no working time."""
    morning = now.astimezone(TEHRAN).replace(hour=0, minute=0, second=0, microsecond=0)
    at = {verdict.mention_id: verdict.made_at for verdict in verdicts(engine, reviewer, morning.astimezone(UTC))}
    times = sorted(at.values())
    gaps = [later - earlier for earlier, later in pairwise(times)]
    seconds = [gap.total_seconds() for gap in gaps if gap <= _AWAY]
    return Progress(len(at), median(seconds) if seconds else None)


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two readings of the same texts agree on one field."""

    field: str
    #: 100·(texts on which both say the same)/n with Wilson's 95 % interval.
    same: Index
    #: Cohen's kappa; None if chance alone would make both agree always.
    kappa: float | None


@dataclass(frozen=True, slots=True)
class Agreements:
    """Agreement by field. Only texts drawn at random tell how good the model is; the others were picked for doubt."""

    random: tuple[Agreement, ...]
    picked: tuple[Agreement, ...]
    people: tuple[Agreement, ...]


def kappa(pairs: Iterable[tuple[str, str]]) -> float | None:
    """Cohen's kappa (1960): (p - e)/(1 - e), -1..1.

    p is the share of pairs that agree, e the share that would by chance: Σ over labels of (share of the label among
    the first answers)·(its share among the second). None if there are no pairs, or e = 1.
    """
    counted = Counter(pairs)
    n = sum(counted.values())
    if not n:
        return None
    first, second = Counter[str](), Counter[str]()
    for (a, b), count in counted.items():
        first[a] += count
        second[b] += count
    agreed = sum(count for (a, b), count in counted.items() if a == b) / n
    chance = sum(first[label] * second[label] for label in first) / n**2
    return None if chance == 1 else (agreed - chance) / (1 - chance)


def agreement(engine: Engine) -> Agreements:
    """People against the model that read last, and against each other where two reviewed the same text.

    A text counts once: with the verdict of whoever reviewed it first, and of the first two people. Sentiment and
    touchpoint are compared where both sides say that an experience is told. Texts that were reviewed in another order
    are not asked again at random: draw the random sample first, or it misses some of the hard ones.
    """
    said: dict[int, dict[str, dict[str, Verdict]]] = defaultdict(lambda: defaultdict(dict))
    for verdict in verdicts(engine):
        said[verdict.mention_id][verdict.made_by][verdict.field] = verdict
    random: dict[str, list[tuple[str, str]]] = defaultdict(list)
    picked: dict[str, list[tuple[str, str]]] = defaultdict(list)
    people: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for prediction in _predictions(engine, list(said)):
        first, *others = said[prediction.mention_id].values()
        model = {field: str(model_said(prediction, field)) for field in REVIEWED}
        drawn = all(verdict.random for verdict in first.values())
        mine = {field: verdict.value for field, verdict in first.items()}
        _pair(mine, model, random if drawn else picked)
        if others:
            _pair(mine, {field: verdict.value for field, verdict in others[0].items()}, people)
    return Agreements(_agreed(random), _agreed(picked), _agreed(people))


def _predictions(engine: Engine, mention_ids: Sequence[int]) -> Iterable[Prediction]:
    with Session(engine) as session:
        for some in chunks(mention_ids, 500):
            yield from session.scalars(select(Prediction).where(col(Prediction.mention_id).in_(some)))


def _pair(one: dict[str, str], other: dict[str, str], into: dict[str, list[tuple[str, str]]]) -> None:
    aside = {one.get("usable", Usable.EXPERIENCE), other.get("usable", Usable.EXPERIENCE)} != {Usable.EXPERIENCE}
    for field in REVIEWED:
        if field in one and field in other and (field == "usable" or not aside):
            into[field].append((one[field], other[field]))


def _agreed(pairs: dict[str, list[tuple[str, str]]]) -> tuple[Agreement, ...]:
    return tuple(
        Agreement(field, share(sum(a == b for a, b in pairs[field]), len(pairs[field])), kappa(pairs[field]))
        for field in REVIEWED
        if pairs.get(field)
    )
