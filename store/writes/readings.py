"""What a model says, and what a person says instead."""

from collections.abc import Mapping, Sequence
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
            made = select(col(tables.Correction.mention_id)).where(col(tables.Correction.mention_id).in_(some))
            for mention_id in session.scalars(made.distinct()).all():
                overrule(session, mention_id)


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


#: Column -> its labels; the flags are yes or no.
LABELS: dict[str, type[Label]] = {
    "sentiment": Sentiment,
    "usable": Usable,
    **dict.fromkeys(map(str, Dimension), Polarity),
    "touchpoint": Touchpoint,
    "touchpoint2": Touchpoint,
    "stage": Stage,
    "contact": Contact,
    "gap": Gap,
}
_FLAGS = frozenset({"needs_response", "confident", *map(str, Intent)})
#: Before the order of a labelling queue in the note of a correction: how the text came to be asked.
QUEUE = "queue:"
#: What a person may correct: the label columns of a prediction.
CORRECTABLE = _FLAGS | LABELS.keys()


def correct(engine: Engine, mention_id: int, field: str, value: Any, made_by: str, note: str = "") -> None:
    """A person says otherwise: their value wins everywhere, the model's answer is kept beside it.

    Raises:
        BadInput: the field cannot be corrected, or not to this value.
    """
    value = checked(field, value)
    with writing(engine) as session:
        session.add(
            tables.Correction(
                mention_id=mention_id, field=field, value=value, made_by=made_by, note=note, made_at=now()
            )
        )
        overrule(session, mention_id)
        touch(session, [mention_id])


def checked(field: str, value: Any) -> str | bool:
    """A value as a person may give it to a field.

    Raises:
        BadInput: the field cannot be corrected, or not to this value.
    """
    if field not in CORRECTABLE:
        raise BadInput(f"{field!r} cannot be corrected; choose one of {', '.join(sorted(CORRECTABLE))}")
    if field in _FLAGS:
        if not isinstance(value, bool):
            raise BadInput(f"{field!r} is true or false, not {str(value)[:40]!r}")
        return value
    # A text may have no second touchpoint.
    return "" if field == "touchpoint2" and value == "" else str(LABELS[field].of(str(value)))


def overrule(session: Session, mention_id: int) -> None:
    """Let what people said last stand over what the model said; a field that was given back is the model's again.

    A text that a person judged counts as confident, unless a person says that it is unsure.
    """
    session.flush()
    prediction = session.get(tables.Prediction, mention_id)
    if prediction is None:
        return
    model = {field: prediction.overruled.get(field, getattr(prediction, field)) for field in CORRECTABLE}
    said = _said(session, mention_id)
    now = model | ({"confident": True} if said else {}) | said
    kept = _follow(session, prediction, model, now, said)
    for field, value in now.items():
        setattr(prediction, field, value)
    prediction.overruled = {field: own for field, own in model.items() if own != now[field]} | kept
    session.flush()


def _said(session: Session, mention_id: int) -> dict[str, Any]:
    """What people said last of each field.

    A value of null gives the field back to the model; out of a queue, it takes back what the same person said.
    """
    made = select(tables.Correction).where(col(tables.Correction.mention_id) == mention_id)
    said: dict[str, list[tuple[str, Any]]] = {}
    for one in session.scalars(made.order_by(col(tables.Correction.id))):
        before = said.get(one.field, [])
        if one.value is not None:
            said[one.field] = [*before, (one.made_by, one.value)]
        else:
            own = one.note.startswith(QUEUE)
            said[one.field] = [entry for entry in before if own and entry[0] != one.made_by]
    return {field: entries[-1][1] for field, entries in said.items() if entries}


#: Before the name of a field in Prediction.overruled: the model's own answer for the only passage of the text.
_PASSAGE = "passage."


def _follow(
    session: Session,
    prediction: tables.Prediction,
    model: Mapping[str, Any],
    now: Mapping[str, Any],
    said: Mapping[str, Any],
) -> dict[str, Any]:
    """The only passage of a text is the text: it takes what people said. Several passages stay as they were read.

    Returns:
        The passage's own labels as far as `model` and `now` do not tell them, to be kept in `Prediction.overruled`.
    """
    found = select(tables.Experience).where(col(tables.Experience.mention_id) == prediction.mention_id).limit(2)
    passages = session.scalars(found).all()
    if len(passages) != 1:
        return {}
    passage, kept, before = passages[0], {}, prediction.overruled
    for field in tables.Labels.model_fields:
        there = getattr(passage, field)
        own = before.get(_PASSAGE + field, model[field] if field in before else there)
        after = now[field] if field in said or (said and field == "confident") else own
        if own != (model[field] if now[field] != model[field] else after):
            kept[_PASSAGE + field] = own
        if after != there:
            setattr(passage, field, after)
            passage.place, passage.theme_id, passage.closeness = "", None, None  # discovery looks again
    return kept
