"""The labelling queue: which text to ask whom about next, and what people said of it."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Engine, select
from sqlmodel import Session, col

from domain.vocabulary import Gap, Intent, Polarity, Sentiment, Touchpoint, Usable
from store.facts import Facts
from store.facts.facts import Array, Mask
from store.filter import Filter
from store.queries.agreement import verdicts
from store.queries.rows import Text, by_time
from store.queries.scope import about, chosen_facts
from store.tables import Brand, Correction, Mention, Prediction
from store.writes.clock import chunks
from store.writes.readings import QUEUE

#: Orders of the queue: the model is unsure, stars say otherwise, rare labels, drawn at random.
ORDERS = ("unsure", "stars", "rare", "random")
#: So many texts at most are compared by their probabilities: those that the model is unsure of first.
_COMPARED = 5_000
_SEED, _SHARED_SEED = 20_261_122, 7
_RARE_TOUCHPOINTS = (Touchpoint.PAYMENT, Touchpoint.WOM, Touchpoint.ADS, Touchpoint.SUPPORT)


def review_queue(
    engine: Engine,
    chosen: Filter,
    order: str,
    reviewer: str,
    after: Collection[int] = (),
    *,
    limit: int = 20,
    overlap: float = 0.1,
) -> list[int]:
    """The next mentions for a person to review.

    Nobody is asked twice. A text that one person reviewed is asked from one more if it is in the overlap: a share of
    all texts that depends on their ids alone. Copies, deleted texts and those that no model scored are not asked.

    Args:
        engine: the store.
        chosen: which texts.
        order: one of ORDERS. "random" is an unbiased sample of the filter: the same sequence for everybody.
        reviewer: who asks.
        after: mentions that were passed over in this sitting.
        limit: how many at most.
        overlap: share of texts that two people review, 0..1.
    """  # fmt: skip
    facts, rows = chosen_facts(engine, chosen)
    flags = facts.mentions.flags
    rows = rows & facts.read & flags["scored"] & ~flags["deleted"] & ~flags["copied"]
    rows &= ~facts.mentions.rows_of(sorted(_done(engine, reviewer, overlap) | set(after)))
    return [int(mention_id) for mention_id in _FOUND[order](engine, facts, rows)[:limit]]


def _done(engine: Engine, reviewer: str, overlap: float) -> set[int]:
    """What this person reviewed, and what enough others did."""
    people: dict[int, set[str]] = defaultdict(set)
    for verdict in verdicts(engine):
        people[verdict.mention_id].add(verdict.made_by)
    ids = np.array(list(people), np.int64)
    twice = dict(zip(people, (_hashed(ids, _SHARED_SEED) / 2**64 < overlap).tolist(), strict=True))
    return {i for i, who in people.items() if reviewer in who or len(who) >= 1 + twice[i]}


def _hashed(ids: Array, seed: int) -> Array:
    """64 bits of each id that look random and never change (splitmix64, Steele et al. 2014)."""
    with np.errstate(over="ignore"):
        z = (ids.astype(np.uint64) + np.uint64(seed)) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return np.asarray(z ^ (z >> np.uint64(31)))


def _random(engine: Engine, facts: Facts, rows: Mask) -> Array:
    ids = facts.mentions.id[rows]
    order = _hashed(ids, _SEED)
    if len(ids) > _COMPARED:  # nobody gets further in one sitting
        some = order <= np.partition(order, _COMPARED)[_COMPARED]
        ids, order = ids[some], order[some]
    return ids[np.argsort(order, kind="stable")]


def _unsure(engine: Engine, facts: Facts, rows: Mask) -> Sequence[int]:
    doubted = rows & ~facts.mentions.flags["confident"]
    ids = _random(engine, facts, doubted)[:_COMPARED].tolist()
    if len(ids) < _COMPARED:
        ids += _random(engine, facts, rows & facts.mentions.flags["confident"])[: _COMPARED - len(ids)].tolist()
    margins: dict[int, float] = {}
    with Session(engine) as session:
        for some in chunks(ids, 500):
            query = select(col(Prediction.mention_id), col(Prediction.scores)).where(
                col(Prediction.mention_id).in_(some)
            )
            margins |= {mention_id: margin(scores) for mention_id, scores in session.execute(query)}
    return sorted(margins, key=lambda mention_id: (margins[mention_id], mention_id))


def margin(scores: dict[str, float]) -> float:
    """How far the likeliest answer is ahead of the next one: the least lead among kind and sentiment, 0..1.

    >>> round(margin({"sentiment:positive": 0.5, "sentiment:mixed": 0.4, "usable:experience": 1.0}), 2)
    0.1
    """
    leads = [1.0]
    for head, labels in (("usable", Usable), ("sentiment", Sentiment)):
        first, second = sorted((scores.get(f"{head}:{label}", 0.0) for label in labels), reverse=True)[:2]
        if first:
            leads.append(first - second)
    return min(leads)


def _stars(engine: Engine, facts: Facts, rows: Mask) -> Sequence[int]:
    # Newest first: what disagrees today can still be acted on.
    table = facts.mentions
    told = rows & table.among("usable", [Usable.EXPERIENCE])
    low = table.flags["few_stars"] & table.among("sentiment", [Sentiment.POSITIVE])
    high = table.flags["many_stars"] & table.among("sentiment", [Sentiment.NEGATIVE])
    ids: list[int] = table.id[by_time(facts, told & (low | high), _COMPARED, newest=True)].tolist()
    return ids


def _rare(engine: Engine, facts: Facts, rows: Mask) -> Array:
    """Texts with a rare label: one of each label in turn, the rarest label first."""
    table = facts.mentions
    told = rows & facts.experience
    masks = [~table.among("spiritual", [Polarity.ABSENT])]
    masks += [table.among("touchpoint", [t]) | table.among("touchpoint2", [t]) for t in _RARE_TOUCHPOINTS]
    masks += [table.among("gap", [gap]) for gap in Gap if gap is not Gap.NONE]
    masks += [table.flags[intent] for intent in Intent]
    mine = sorted((found for mask in masks if (found := mask & told).any()), key=lambda mask: int(mask.sum()))
    best = np.full(len(table), np.inf)
    order = _hashed(table.id, _SEED)
    for place, mask in enumerate(mine):
        at = np.flatnonzero(mask)
        turn = np.empty(len(at))
        turn[np.argsort(order[at], kind="stable")] = np.arange(len(at))
        best[at] = np.minimum(best[at], turn * len(mine) + place)
    return table.id[np.argsort(best, kind="stable")][: int(np.isfinite(best).sum())]


#: Order -> what is asked in that order.
_FOUND: dict[str, Callable[[Engine, Facts, Mask], Any]] = {
    "unsure": _unsure,
    "stars": _stars,
    "rare": _rare,
    "random": _random,
}


def corrections_of(engine: Engine, mention_ids: Sequence[int]) -> dict[int, list[Correction]]:
    """What people said of some mentions, newest first; a value of None gave the field back to the model."""
    found: dict[int, list[Correction]] = {}
    query = select(Correction).where(col(Correction.mention_id).in_(mention_ids))
    with Session(engine) as session:
        for one in session.scalars(query.order_by(col(Correction.id).desc())):
            found.setdefault(one.mention_id, []).append(one)
    return found


def text_of(engine: Engine, mention_id: int) -> Text | None:
    """One mention with its prediction."""
    query = about(Filter(), engine, Mention, Prediction, Brand).join(Brand, col(Brand.id) == col(Mention.brand_id))
    with Session(engine) as session:
        row = session.execute(query.where(col(Mention.id) == mention_id)).one_or_none()
        return Text(*row) if row else None


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A text that people judged: how it is read now, which labels they stand behind, and how it was drawn."""

    mention: Mention
    prediction: Prediction
    #: Fields that a person corrected or confirmed last.
    fields: tuple[str, ...]
    people: int
    #: All of it was said in the queue in random order.
    random: bool


def reviewed(engine: Engine) -> Iterator[Reviewed]:
    """Texts that people judged, by id; those that were deleted at their source are gone."""
    query = select(Mention, Prediction).join(Prediction, col(Prediction.mention_id) == col(Mention.id))
    with Session(engine) as session:
        judged = session.scalars(select(col(Correction.mention_id)).distinct()).all()
    for some in chunks(sorted(judged), 500):
        made = corrections_of(engine, some)
        with Session(engine) as session:
            rows = session.execute(query.where(col(Mention.id).in_(some), col(Mention.deleted_at).is_(None))).all()
        for mention, prediction in sorted(rows, key=lambda row: row[0].id):
            newest = {one.field: one for one in reversed(made[mention.id])}
            said = {field: one for field, one in newest.items() if one.value is not None}
            if said:
                drawn = all(one.note == QUEUE + "random" for one in said.values())
                yield Reviewed(mention, prediction, tuple(said), len({one.made_by for one in made[mention.id]}), drawn)
