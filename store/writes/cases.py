"""Complaints that people follow: who took one up, what the customer was told, why it happened, what was done."""

from collections.abc import Callable, Mapping

from sqlalchemy import Engine, func, select
from sqlmodel import Session, col

from domain.errors import BadInput
from domain.text import storable
from domain.vocabulary import CaseStatus, Usable
from store.database import take_turns, writing
from store.tables import Case, CaseStep, Mention, Prediction
from store.writes.clock import now
from store.writes.readings import correct

#: What may be done to a case in which status, and what becomes of it. There is no other way to move one.
MOVES: Mapping[str, Mapping[CaseStatus, CaseStatus]] = {
    "take": {CaseStatus.WAITING: CaseStatus.TAKEN},
    "hand over": {CaseStatus.TAKEN: CaseStatus.TAKEN, CaseStatus.ANSWERED: CaseStatus.ANSWERED},
    "answer": {CaseStatus.TAKEN: CaseStatus.ANSWERED},
    "close": {CaseStatus.TAKEN: CaseStatus.CLOSED, CaseStatus.ANSWERED: CaseStatus.CLOSED},
    "dismiss": {
        CaseStatus.WAITING: CaseStatus.DISMISSED,
        CaseStatus.TAKEN: CaseStatus.DISMISSED,
        CaseStatus.ANSWERED: CaseStatus.DISMISSED,
    },
    "reopen": {
        CaseStatus.ANSWERED: CaseStatus.TAKEN,
        CaseStatus.CLOSED: CaseStatus.TAKEN,
        CaseStatus.DISMISSED: CaseStatus.WAITING,
    },
}
#: Characters that a note, a name, a cause or an action may have.
LONGEST_NOTE = 500

_EMPTY = {
    "owner": "say who takes it up",
    "cause": "say why it happened",
    "action": "say what was done",
    "note": "say why it needs no answer",
    "made_by": "say who you are",
}


class Overtaken(BadInput):
    """Somebody else changed the case first; `status` and `owner` are what it is now."""

    def __init__(self, mention_id: int, status: str, owner: str) -> None:
        self.status, self.owner = status, owner
        by = f", owned by {owner!r}" if owner else ""
        super().__init__(f"somebody was quicker: complaint {mention_id} is {status} now{by}; look at it again")


class NoComplaint(BadInput):
    """Nobody need answer this text: it is read otherwise, it was deleted, or it copies another one."""


def take_case(engine: Engine, mention_id: int, seen: str, owner: str, made_by: str) -> None:
    """Somebody owns a complaint that waited.

    Every function here takes `seen`, the status that the person saw, and refuses if it is no longer that.

    Raises:
        BadInput: a field is empty or longer than 500 characters, or it cannot move there.
        NoComplaint: it needs no answer.
        Overtaken: somebody else changed it first.
    """
    name = _text("owner", owner)
    _move(engine, "take", mention_id, seen, made_by, lambda case: _own(case, name))


def hand_over(engine: Engine, mention_id: int, seen: str, owner: str, made_by: str, seen_owner: str = "") -> None:
    """Another person owns it from now on; `seen_owner` is who the person saw as its owner. Raises as `take_case`."""
    name = _text("owner", owner)
    _move(engine, "hand over", mention_id, seen, made_by, lambda case: _own(case, name), seen_owner)


def answer_case(engine: Engine, mention_id: int, seen: str, note: str, made_by: str) -> None:
    """The customer got an answer; `note` says what, and may be empty. Raises as `take_case`."""
    said = _text("note", note, required=False)
    _move(engine, "answer", mention_id, seen, made_by, lambda _: said)


def close_case(engine: Engine, mention_id: int, seen: str, cause: str, action: str, made_by: str) -> None:
    """It is known why it happened and what was done; neither may be empty. Raises as `take_case`."""
    why, done = _text("cause", cause), _text("action", action)

    def close(case: Case) -> str:
        case.cause, case.action, case.closed_at = why, done, now()
        return f"{why} — {done}"

    _move(engine, "close", mention_id, seen, made_by, close)


def dismiss_case(engine: Engine, mention_id: int, seen: str, note: str, made_by: str) -> None:
    """It needs no answer; `note` says why. The reading of the text is corrected with it. Raises as `take_case`."""
    why = _text("note", note)
    _move(engine, "dismiss", mention_id, seen, made_by, lambda _: why)
    # After the move: whoever comes second is refused before anything is corrected.
    correct(engine, mention_id, "needs_response", False, made_by.strip(), why)


def reopen_case(engine: Engine, mention_id: int, seen: str, note: str, made_by: str) -> None:
    """It was not over: back to its owner; what was dismissed waits in the queue again. Raises as `take_case`."""
    said = _text("note", note, required=False)

    def reopen(case: Case) -> str:
        case.closed_at = None
        if seen == CaseStatus.DISMISSED:
            case.owner = ""
        return said

    _move(engine, "reopen", mention_id, seen, made_by, reopen)
    if seen == CaseStatus.DISMISSED:
        correct(engine, mention_id, "needs_response", True, made_by.strip(), said)


def _move(
    engine: Engine,
    verb: str,
    mention_id: int,
    seen: str,
    made_by: str,
    change: Callable[[Case], str],
    seen_owner: str = "",
) -> None:
    """One step of a case and its line in the log; `change` sets what else changes and returns the note."""
    who = _text("made_by", made_by)
    with writing(engine) as session:
        take_turns(session.connection(), f"complaint {mention_id}")
        case = session.get(Case, mention_id) or _new(session, mention_id)
        if case.status != CaseStatus.of(seen) or (seen_owner and case.owner != seen_owner):
            raise Overtaken(mention_id, case.status, case.owner)
        to = MOVES[verb].get(CaseStatus.of(case.status))
        if to is None:
            raise BadInput(f"{verb}: a complaint that is {case.status} cannot; only {', '.join(MOVES[verb])}")
        note = change(case)
        case.status = to.value
        session.add(case)
        session.flush()
        step = CaseStep(
            mention_id=mention_id, status=to.value, owner=case.owner, note=note, made_by=who, made_at=now()
        )  # fmt: skip
        session.add(step)


def _new(session: Session, mention_id: int) -> Case:
    asks = select(func.count()).select_from(Mention).join(Prediction, col(Prediction.mention_id) == col(Mention.id))
    found = session.scalar(
        asks.where(
            col(Mention.id) == mention_id,
            col(Mention.deleted_at).is_(None),
            func.coalesce(col(Mention.copy_of), col(Mention.id)) == col(Mention.id),
            col(Prediction.needs_response).is_(True),
            col(Prediction.usable) == Usable.EXPERIENCE,
        )
    )
    if not found:
        raise NoComplaint(f"mention {mention_id} is no complaint that awaits an answer")
    return Case(mention_id=mention_id, status=CaseStatus.WAITING.value, taken_at=now())


def _own(case: Case, owner: str) -> str:
    case.owner = owner
    return ""


def _text(field: str, said: str, *, required: bool = True) -> str:
    text = " ".join(storable(said).split())
    if required and not text:
        raise BadInput(f"{field.replace('_', ' ')} is empty: {_EMPTY[field]}")
    if len(text) > LONGEST_NOTE:
        raise BadInput(f"{field.replace('_', ' ')} has {len(text)} characters; at most {LONGEST_NOTE}")
    return text
