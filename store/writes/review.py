"""Reviews: what a person says of a text at one look, and taking it back."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from domain.errors import BadInput
from store import tables
from store.database import writing
from store.writes.clock import now
from store.writes.readings import CORRECTABLE, QUEUE, checked, overrule, touch


def review(engine: Engine, mention_id: int, answers: Mapping[str, Any], made_by: str, note: str = "") -> None:
    """Write what a person says of several fields in one transaction; an answer that is the model's confirms it.

    A main touchpoint that was the second one takes its place.

    Raises:
        BadInput: a field cannot be corrected, or not to its value; then nothing is written.
    """
    said = {field: checked(field, value) for field, value in answers.items()}
    with writing(engine) as session:
        prediction = session.get(tables.Prediction, mention_id)
        if "touchpoint" in said and prediction is not None and prediction.touchpoint2 == said["touchpoint"]:
            said.setdefault("touchpoint2", "")
        _write(session, mention_id, said, made_by, note)


def undo_review(engine: Engine, mention_id: int, fields: Collection[str], made_by: str) -> None:
    """A person takes back their own answers of a queue; what others said before stands again."""
    undo_correction(engine, mention_id, fields, made_by, QUEUE)


def undo_correction(engine: Engine, mention_id: int, fields: Collection[str], made_by: str, note: str = "") -> None:
    """Give fields back to the model. The history keeps both: a correction whose value is null says that this was done.

    Raises:
        BadInput: there is no such field; then nothing is written.
    """
    if odd := set(fields) - CORRECTABLE:
        raise BadInput(f"{min(odd)!r} cannot be corrected; choose one of {', '.join(sorted(CORRECTABLE))}")
    with writing(engine) as session:
        _write(session, mention_id, dict.fromkeys(sorted(fields)), made_by, note)


def _write(session: Session, mention_id: int, said: Mapping[str, Any], made_by: str, note: str) -> None:
    at = now()
    session.add_all(
        tables.Correction(mention_id=mention_id, field=field, value=value, made_by=made_by, note=note, made_at=at)
        for field, value in said.items()
    )
    overrule(session, mention_id)
    touch(session, [mention_id])
