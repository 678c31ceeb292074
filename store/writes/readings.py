"""What a model says, and what a person says instead."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, delete, insert, select, update
from sqlmodel import Session, col

from domain.errors import BadInput
from domain.prediction import Prediction
from domain.vocabulary import (
    Contact,
    Dimension,
    Gap,
    Intent,
    Label,
    Polarity,
    Sentiment,
    Stage,
    Touchpoint,
    Usable,
)
from store import tables
from store.database import writing
from store.writes.clock import chunks, now


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

    A reading of a text that was edited or deleted meanwhile is dropped: its offsets would point into other words.
    """
    with writing(engine) as session:
        readings = _current(session, readings)
        mention_ids = [reading.mention_id for reading in readings]
        for some in chunks(mention_ids, 500):
            session.execute(delete(tables.Experience).where(col(tables.Experience.mention_id).in_(some)))
            session.execute(delete(tables.Prediction).where(col(tables.Prediction.mention_id).in_(some)))
        if not readings:
            return
        touch(session, mention_ids)
        session.execute(insert(tables.Prediction), [_prediction_row(reading, model) for reading in readings])
        experiences = [
            _experience_row(reading.mention_id, passage) for reading in readings for passage in reading.passages
        ]
        if experiences:
            session.execute(insert(tables.Experience), experiences)
        for some in chunks(mention_ids, 500):
            made = select(tables.Correction).where(col(tables.Correction.mention_id).in_(some))
            for correction in session.scalars(made.order_by(col(tables.Correction.id))).all():
                _overrule(session, correction)


def touch(session: Session, mention_ids: Sequence[int]) -> None:
    """Note that what is known of these mentions changed."""
    for some in chunks(mention_ids, 500):
        session.execute(update(tables.Mention).where(col(tables.Mention.id).in_(some)).values(touched=tables.stamp()))


def _current(session: Session, readings: Sequence[Reading]) -> list[Reading]:
    newest: dict[int, int] = {}
    for some in chunks([reading.mention_id for reading in readings], 500):
        query = select(col(tables.Mention.id), col(tables.Mention.revision)).where(
            col(tables.Mention.id).in_(some), col(tables.Mention.deleted_at).is_(None)
        )
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


_LABELS: dict[str, type[Label]] = {
    "usable": Usable,
    "sentiment": Sentiment,
    **dict.fromkeys(map(str, Dimension), Polarity),
    "touchpoint": Touchpoint,
    "touchpoint2": Touchpoint,
    "stage": Stage,
    "contact": Contact,
    "gap": Gap,
}
_FLAGS = frozenset({"needs_response", "confident", *map(str, Intent)})
#: What a person may correct: the label columns of a prediction.
CORRECTABLE = _FLAGS | _LABELS.keys()


def correct(engine: Engine, mention_id: int, field: str, value: Any, made_by: str, note: str = "") -> None:
    """A person says otherwise: their value wins everywhere, the model's answer is kept beside it.

    Raises:
        BadInput: the field cannot be corrected, or not to this value.
    """
    if field not in CORRECTABLE:
        raise BadInput(f"{field!r} cannot be corrected; choose one of {', '.join(sorted(CORRECTABLE))}")
    value = _checked(field, value)
    with writing(engine) as session:
        correction = tables.Correction(
            mention_id=mention_id, field=field, value=value, made_by=made_by, note=note, made_at=now()
        )
        session.add(correction)
        _overrule(session, correction)
        touch(session, [mention_id])


def _checked(field: str, value: Any) -> str | bool:
    if field in _FLAGS:
        if not isinstance(value, bool):
            raise BadInput(f"{field!r} is true or false, not {str(value)[:40]!r}")
        return value
    # A text may have no second touchpoint.
    return "" if field == "touchpoint2" and value == "" else str(_LABELS[field].of(str(value)))


def _overrule(session: Session, correction: tables.Correction) -> None:
    prediction = session.get(tables.Prediction, correction.mention_id)
    if prediction is None:
        return
    said = prediction.overruled.get(correction.field, getattr(prediction, correction.field))
    prediction.overruled = {**prediction.overruled, correction.field: said}
    prediction.confident = True
    setattr(prediction, correction.field, correction.value)
    session.flush()
