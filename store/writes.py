"""Everything that changes the store. Each function is one transaction and may be repeated without harm."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import Engine, delete, func, insert, select, update
from sqlmodel import Session, col

from domain.dates import Precision, local_day
from domain.errors import BadInput
from domain.mention import Mention
from domain.prediction import Prediction
from domain.text import fold, storable
from domain.vocabulary import CrawlOutcome, Intent
from store import tables
from store.database import writing

T = TypeVar("T")


def now() -> datetime:
    """The current instant, UTC."""
    return datetime.now(UTC)


def add_brand(engine: Engine, key: str, name: str = "") -> tables.Brand:
    """The brand of a key, made if it is new; a name that is given replaces the old one."""
    with writing(engine) as session:
        brand = session.scalar(select(tables.Brand).where(col(tables.Brand.key) == key))
        if brand is None:
            brand = tables.Brand(key=key, name=name or key, created_at=now())
        elif name:
            brand.name = name
        session.add(brand)
    return brand


def add_target(engine: Engine, source: str, url: str, brand: str) -> tables.Target:
    """Listen at an address for a brand that exists; a target that was put to rest is woken."""
    with writing(engine) as session:
        brand_id = _brand_ids(session, {brand})[brand]
        same = (
            col(tables.Target.source) == source,
            col(tables.Target.url) == url,
            col(tables.Target.brand_id) == brand_id,
        )
        target = session.scalar(select(tables.Target).where(*same))
        if target is None:
            target = tables.Target(source=source, url=url, brand_id=brand_id, created_at=now())
        target.active = True
        session.add(target)
    return target


def rest_target(engine: Engine, target_id: int) -> None:
    """Stop crawling a target; what it gave stays."""
    with writing(engine) as session:
        session.execute(update(tables.Target).where(col(tables.Target.id) == target_id).values(active=False))


def start_run(engine: Engine, target_id: int) -> int:
    """Open a crawl's record. Runs of this target that were killed are marked so."""
    with writing(engine) as session:
        session.execute(
            update(tables.CrawlRun)
            .where(col(tables.CrawlRun.target_id) == target_id, col(tables.CrawlRun.outcome) == CrawlOutcome.RUNNING)
            .values(outcome=CrawlOutcome.INTERRUPTED, finished_at=now())
        )
        run = tables.CrawlRun(target_id=target_id, started_at=now(), outcome=CrawlOutcome.RUNNING)
        session.add(run)
        session.flush()
        assert run.id is not None
        return run.id


def finish_run(
    engine: Engine,
    run_id: int,
    outcome: CrawlOutcome,
    counts: Mapping[str, int],
    message: str = "",
    state: Mapping[str, Any] | None = None,
) -> None:
    """Close a crawl's record; the state moves with it, in the same transaction, or not at all."""
    with writing(engine) as session:
        run = session.get_one(tables.CrawlRun, run_id)
        run.outcome, run.counts, run.message, run.finished_at = outcome, dict(counts), message, now()
        if state is not None:
            session.get_one(tables.Target, run.target_id).state = dict(state)


def save_mentions(engine: Engine, mentions: Iterable[Mention], target_id: int | None = None) -> Counter[str]:
    """Insert what is new, revise what was edited, leave the rest: counts by "new", "edited", "unchanged".

    Mentions of brands that do not exist raise BadInput before anything is written.
    """
    fresh = {(mention.source, mention.native_id): mention for mention in mentions}
    counts: Counter[str] = Counter()
    if not fresh:
        return counts
    with writing(engine) as session:
        brand_ids = _brand_ids(session, {mention.brand for mention in fresh.values()})
        known = _known(session, fresh)
        new = [mention for identity, mention in fresh.items() if identity not in known]
        if new:
            session.execute(insert(tables.Mention), [_row(mention, brand_ids, target_id) for mention in new])
        for identity, (mention_id, content_hash) in known.items():
            edited = fresh[identity].content_hash != content_hash
            if edited:
                _revise(session, mention_id, fresh[identity])
            counts["edited" if edited else "unchanged"] += 1
        counts["new"] = len(new)
    return counts


def _brand_ids(session: Session, keys: set[str]) -> dict[str, int]:
    rows = session.execute(select(col(tables.Brand.key), col(tables.Brand.id)).where(col(tables.Brand.key).in_(keys)))
    found: dict[str, int] = dict(rows.all())
    if missing := sorted(keys - found.keys()):
        raise BadInput(f"no brand {missing[0]!r} yet; make it with: shenava track SOURCE URL --brand {missing[0]!r}")
    return found


def _known(session: Session, identities: Iterable[tuple[str, str]]) -> dict[tuple[str, str], tuple[int, str]]:
    by_source: dict[str, list[str]] = {}
    for source, native_id in identities:
        by_source.setdefault(source, []).append(native_id)
    known: dict[tuple[str, str], tuple[int, str]] = {}
    columns = (col(tables.Mention.native_id), col(tables.Mention.id), col(tables.Mention.content_hash))
    for source, native_ids in by_source.items():
        for some in _chunks(native_ids, 500):
            query = select(*columns).where(
                col(tables.Mention.source) == source, col(tables.Mention.native_id).in_(some)
            )
            known |= {
                (source, native_id): (mention_id, content) for native_id, mention_id, content in session.execute(query)
            }
    return known


def _row(mention: Mention, brand_ids: Mapping[str, int], target_id: int | None) -> dict[str, Any]:
    collected = now()
    published = mention.published_at or collected
    text = storable(mention.text)
    return {
        "source": mention.source,
        "native_id": storable(mention.native_id),
        "brand_id": brand_ids[mention.brand],
        "target_id": target_id,
        "kind": mention.kind,
        "text": text,
        "folded": fold(text),
        "url": storable(mention.url),
        "title": storable(mention.title),
        "parent": storable(mention.parent),
        "author": mention.author,
        "published_at": published,
        "day": local_day(published),
        "date_raw": storable(mention.date_raw),
        "date_precision": mention.date_precision if mention.published_at else Precision.UNKNOWN,
        "rating": mention.rating,
        "rating_raw": storable(mention.rating_raw),
        "rating_scale": storable(mention.rating_scale),
        "content_hash": mention.content_hash,
        "revision": 1,
        "collected_at": collected,
    }


def _revise(session: Session, mention_id: int, mention: Mention) -> None:
    row = session.get_one(tables.Mention, mention_id)
    session.add(
        tables.Revision(
            mention_id=mention_id, revision=row.revision, text=row.text, rating_raw=row.rating_raw, replaced_at=now()
        )
    )
    row.text = storable(mention.text)
    row.folded = fold(row.text)
    row.rating, row.rating_raw, row.rating_scale = mention.rating, mention.rating_raw, mention.rating_scale
    row.content_hash = mention.content_hash
    row.revision += 1
    # What was read no longer holds: its offsets point into words that are gone.
    session.execute(delete(tables.Experience).where(col(tables.Experience.mention_id) == mention_id))
    session.execute(delete(tables.Prediction).where(col(tables.Prediction.mention_id) == mention_id))


@dataclass(frozen=True, slots=True)
class Passage:
    """One experience inside a mention, as it was read: offsets into the raw text, labels, unit-length embedding."""

    start: int
    end: int
    prediction: Prediction
    embedding: bytes


@dataclass(frozen=True, slots=True)
class Reading:
    """What a model says of one revision of one mention, and of each experience in it."""

    mention_id: int
    revision: int
    prediction: Prediction
    passages: Sequence[Passage]


def save_readings(engine: Engine, readings: Sequence[Reading], model: str) -> None:
    """Replace the predictions and experiences of these mentions; people's corrections stay on top.

    A reading of a text that was edited meanwhile is dropped: its offsets would point into other words.
    """
    with writing(engine) as session:
        readings = _current(session, readings)
        mention_ids = [reading.mention_id for reading in readings]
        for some in _chunks(mention_ids, 500):
            session.execute(delete(tables.Experience).where(col(tables.Experience.mention_id).in_(some)))
            session.execute(delete(tables.Prediction).where(col(tables.Prediction.mention_id).in_(some)))
        if not readings:
            return
        session.execute(insert(tables.Prediction), [_prediction_row(reading, model) for reading in readings])
        experiences = [
            _experience_row(reading.mention_id, passage) for reading in readings for passage in reading.passages
        ]
        if experiences:
            session.execute(insert(tables.Experience), experiences)
        for some in _chunks(mention_ids, 500):
            made = select(tables.Correction).where(col(tables.Correction.mention_id).in_(some))
            for correction in session.scalars(made.order_by(col(tables.Correction.id))).all():
                _overrule(session, correction)


def _current(session: Session, readings: Sequence[Reading]) -> list[Reading]:
    newest: dict[int, int] = {}
    for some in _chunks([reading.mention_id for reading in readings], 500):
        query = select(col(tables.Mention.id), col(tables.Mention.revision)).where(col(tables.Mention.id).in_(some))
        newest |= dict(session.execute(query).all())
    return [reading for reading in readings if newest.get(reading.mention_id) == reading.revision]


def _label_columns(prediction: Prediction) -> dict[str, Any]:
    touchpoints = [*prediction.touchpoints, "", ""]
    return {
        "sentiment": prediction.sentiment,
        **prediction.dimensions,
        "touchpoint": touchpoints[0],
        "touchpoint2": touchpoints[1],
        "stage": prediction.stage,
        "contact": prediction.contact,
        "gap": prediction.gap,
        "confident": prediction.confident,
    }


def _prediction_row(reading: Reading, model: str) -> dict[str, Any]:
    prediction = reading.prediction
    return {
        **_label_columns(prediction),
        **{intent.value: intent in prediction.intents for intent in Intent},
        "mention_id": reading.mention_id,
        "model": model,
        "usable": prediction.usable,
        "needs_response": prediction.needs_response,
        "unscored": prediction.unscored,
        "scores": {key: round(score, 4) for key, score in prediction.scores.items()},
        "overruled": {},
        "predicted_at": now(),
    }


def _experience_row(mention_id: int, passage: Passage) -> dict[str, Any]:
    return {
        **_label_columns(passage.prediction),
        "mention_id": mention_id,
        "start": passage.start,
        "end": passage.end,
        "embedding": passage.embedding,
    }


#: What a person may correct: the label columns of a prediction.
CORRECTABLE = frozenset(tables.Labels.model_fields) | {"usable", "needs_response", *Intent}


def correct(engine: Engine, mention_id: int, field: str, value: Any, made_by: str, note: str = "") -> None:
    """A person says otherwise: their value wins everywhere, the model's answer is kept beside it.

    Raises:
        BadInput: the field cannot be corrected.
    """
    if field not in CORRECTABLE:
        raise BadInput(f"{field!r} cannot be corrected; choose one of {', '.join(sorted(CORRECTABLE))}")
    with writing(engine) as session:
        correction = tables.Correction(
            mention_id=mention_id, field=field, value=value, made_by=made_by, note=note, made_at=now()
        )
        session.add(correction)
        _overrule(session, correction)


def _overrule(session: Session, correction: tables.Correction) -> None:
    prediction = session.get(tables.Prediction, correction.mention_id)
    if prediction is None:
        return
    said = prediction.overruled.get(correction.field, getattr(prediction, correction.field))
    prediction.overruled = {**prediction.overruled, correction.field: said}
    setattr(prediction, correction.field, correction.value)
    prediction.confident = True
    session.flush()


@dataclass(frozen=True, slots=True)
class ThemeDraft:
    """A theme as discovery found it; `id` is that of the known theme that it continues, or None."""

    id: int | None
    label: str
    polarity: str
    touchpoint: str
    centroid: bytes
    #: experience id -> cosine to the centre.
    members: Mapping[int, float]


def save_themes(engine: Engine, drafts: Sequence[ThemeDraft]) -> Counter[str]:
    """Assign experiences to themes, all at once; known themes keep their id, none is deleted."""
    counts: Counter[str] = Counter()
    with writing(engine) as session:
        session.execute(update(tables.Experience).values(theme_id=None, closeness=None))
        for draft in drafts:
            theme = session.get(tables.Theme, draft.id) if draft.id else None
            counts["known" if theme else "new"] += 1
            if theme is None:
                theme = tables.Theme(
                    label=draft.label, polarity=draft.polarity, touchpoint=draft.touchpoint,
                    centroid=draft.centroid, created_at=now(),
                )  # fmt: skip
            theme.label, theme.centroid = draft.label, draft.centroid
            session.add(theme)
            session.flush()
            session.execute(
                update(tables.Experience),
                [{"id": id_, "theme_id": theme.id, "closeness": near} for id_, near in draft.members.items()],
            )
    return counts


def forget_brand(engine: Engine, key: str) -> int:
    """Delete a brand with everything that was collected for it. Returns how many mentions went."""
    with writing(engine) as session:
        brand = session.scalar(select(tables.Brand).where(col(tables.Brand.key) == key))
        if brand is None:
            return 0
        mentions = select(col(tables.Mention.id)).where(col(tables.Mention.brand_id) == brand.id)
        for table in (tables.Experience, tables.Prediction, tables.Correction, tables.Revision):
            session.execute(delete(table).where(col(table.mention_id).in_(mentions)))
        gone = session.scalar(select(func.count()).select_from(mentions.subquery())) or 0
        session.execute(delete(tables.Mention).where(col(tables.Mention.brand_id) == brand.id))
        targets = select(col(tables.Target.id)).where(col(tables.Target.brand_id) == brand.id)
        session.execute(delete(tables.CrawlRun).where(col(tables.CrawlRun.target_id).in_(targets)))
        session.execute(delete(tables.Target).where(col(tables.Target.brand_id) == brand.id))
        session.delete(brand)
        return gone


def _chunks(items: Sequence[T], size: int) -> Iterable[Sequence[T]]:
    return (items[start : start + size] for start in range(0, len(items), size))
