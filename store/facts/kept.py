"""Facts kept in a file beside a SQLite store, so that the app needs not read a million rows whenever it starts.

The file is only a copy: it is used if it adds up with the store, and made anew whenever it does not.
"""

import json
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from threading import Lock, Thread
from typing import Any
from zipfile import BadZipFile

import numpy as np
from sqlalchemy import Engine, func, select
from sqlmodel import Session, col

from store.facts.facts import EXPERIENCE_LABELS, MENTION_LABELS, Column, Facts, Table
from store.facts.names import Names
from store.facts.reading import MARK
from store.tables import Experience, Mention

#: Smaller stores are read faster than a file is worth.
FEWEST = 50_000
_LABELS = {"mentions": MENTION_LABELS, "told": EXPERIENCE_LABELS}
_busy = Lock()


def file_of(engine: Engine) -> Path | None:
    """Where the facts of a store are kept; None if it is no file."""
    name = engine.url.database
    at_home = engine.dialect.name == "sqlite" and name and name != ":memory:" and not name.startswith("file:")
    return Path(f"{name}.facts.npz") if at_home else None


def forget(engine: Engine) -> None:
    """Remove the file: it holds labels and author hashes of what somebody wants to be gone."""
    if path := file_of(engine):
        path.unlink(missing_ok=True)


def keep(engine: Engine, facts: Facts, made: Sequence[tuple[Any, ...]]) -> None:
    """Write facts to their file, beside whatever else is going on; nothing if somebody is writing it just now."""
    path = file_of(engine)
    if path is None or len(facts.mentions) < FEWEST or not _busy.acquire(blocking=False):
        return
    Thread(target=_write, args=(path, facts, made), daemon=True).start()


def load(session: Session, made: Sequence[tuple[Any, ...]], brands: dict[str, int]) -> Facts | None:
    """The facts in the file; None if there is none, or if it is of other brands, labels or another store."""
    path = file_of(session.get_bind())  # type: ignore[arg-type]
    if path is None or not path.exists():
        return None
    try:
        with np.load(path, allow_pickle=False) as file:
            about = json.loads(str(file["about"]))
            if about["made"] != _plain(made) or about["labels"] != _plain(_LABELS):
                return None
            mentions, told = (_table(name, file, about) for name in _LABELS)
            names = Names(file["names.hashes"], file["names.numbers"])
            return Facts(mentions, told, brands, about["seen"], names)
    except (OSError, ValueError, KeyError, TypeError, BadZipFile):
        return None


def adds_up(session: Session, kept: Facts, now: Facts, since: int) -> bool:
    """Whether kept facts, brought up to date, are those of this store: as many rows, and the same ones unchanged.

    Args:
        session: of the store.
        kept: what the file held.
        now: the same with what changed since.
        since: what changed from then on was read again.
    """
    count = select(func.count(), func.sum(col(Mention.touched) % MARK)).where(col(Mention.touched) < since)
    n, marks = session.execute(count).one()
    old = ~now.mentions.rows_of(_read_again(session, since))
    told = session.scalar(select(func.count()).select_from(Experience))
    same = int(np.count_nonzero(old)), int(now.mentions.numbers["mark"][old].sum(dtype=np.int64))
    return (n, int(marks or 0)) == same and told == len(now.told) and len(kept.mentions) <= len(now.mentions)


def _read_again(session: Session, since: int) -> Sequence[int]:
    query = select(col(Mention.id)).where(col(Mention.touched) >= since)
    return [mention_id for mention_id in session.scalars(query.order_by(col(Mention.id))) if mention_id]


def _write(path: Path, facts: Facts, made: Sequence[tuple[Any, ...]]) -> None:
    arrays: dict[str, Any] = {"names.hashes": facts.names.hashes, "names.numbers": facts.names.numbers}
    for name, table in (("mentions", facts.mentions), ("told", facts.told)):
        arrays[f"{name}.id"] = table.id
        arrays |= {f"{name}.columns.{key}": column.codes for key, column in table.columns.items()}
        arrays |= {f"{name}.numbers.{key}": values for key, values in table.numbers.items()}
        arrays |= {f"{name}.flags.{key}": np.packbits(values) for key, values in table.flags.items()}
    labels = {key: facts.mentions.columns[key].labels for key in ("brand", "source")}
    about = {"made": _plain(made), "labels": _plain(_LABELS), "seen": facts.seen, "known": labels}
    try:
        with (
            suppress(OSError),
            tempfile.NamedTemporaryFile(dir=path.parent, prefix=f"{path.name}.", delete=False) as to,
        ):
            try:
                np.savez(to, about=json.dumps(about), **arrays)
                to.close()
                Path(to.name).replace(path)
            except OSError:
                Path(to.name).unlink()
    finally:
        _busy.release()


def _table(name: str, file: Any, about: Any) -> Table:
    ids = file[f"{name}.id"]

    def of(kind: str) -> dict[str, Any]:
        start = f"{name}.{kind}."
        return {key.removeprefix(start): file[key] for key in file.files if key.startswith(start)}

    labels = {key: tuple(some) for key, some in (_LABELS[name] | about["known"]).items()}
    return Table(
        ids,
        {key: Column(codes, labels[key]) for key, codes in of("columns").items()},
        of("numbers"),
        {key: np.unpackbits(bits, count=len(ids)).view(bool) for key, bits in of("flags").items()},
    )


def _plain(value: Any) -> Any:
    """As it comes back from JSON."""
    return json.loads(json.dumps(value, default=str))
