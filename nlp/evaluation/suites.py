"""Suites: sets of texts with right answers that a reader is measured on."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from domain.errors import BadInput
from domain.settings import ROOT
from domain.vocabulary import Dimension, Gap, Intent, Polarity, Sentiment, Stage, Touchpoint, Usable
from nlp.training.data import read_rows

Row = dict[str, Any]
CHALLENGE = ROOT / "data" / "challenge"
NAMES = ("cx", "deepsentipers", "snappfood", "challenge")
_LISTS = ("touchpoints", "intents")
#: What a label of one's own file may be.
_ALLOWED: dict[str, tuple[Any, ...]] = {
    "usable": tuple(map(str, Usable)),
    "sentiment": tuple(map(str, Sentiment)),
    **{str(dimension): tuple(map(str, Polarity)) for dimension in Dimension},
    "touchpoints": tuple(map(str, Touchpoint)),
    "stage": tuple(map(str, Stage)),
    "gap": tuple(map(str, Gap)),
    "intents": tuple(map(str, Intent)),
    "needs_response": (True, False),
}


@dataclass(frozen=True, slots=True)
class Suite:
    """Texts with what is right: `kind` says in which form (annotation, mark or cases)."""

    name: str
    kind: str
    rows: list[Row]


def open_suite(name: str, datasets: Path | None) -> Suite:
    """A suite by its name, or a JSON-lines file of texts with any of the annotation's fields.

    Args:
        name: one of `NAMES`, or the path of a file with "text" and fields like "sentiment" or "physical" in each row.
        datasets: folder with cx/ and benchmarks/.

    Raises:
        BadInput: there is no such suite, or a row of the file lacks what the first has.
    """
    if name == "challenge":
        return Suite(name, "cases", challenge())
    if name not in NAMES:
        return Suite(Path(name).name, "annotation", _file(Path(name)))
    if datasets is None:
        raise BadInput(f"suite {name} needs the data sets; set SHENAVA_DATASETS to the folder that holds them")
    if name == "cx":
        return Suite(name, "annotation", list(read_rows(datasets / "cx" / "test.jsonl.gz")))
    rows = list(read_rows(datasets / "benchmarks" / f"{name}_test.jsonl.gz"))
    if name == "snappfood":
        rows = [row | {"sentiment": "pos" if row["label"] == "HAPPY" else "neg"} for row in rows]
    return Suite(name, "mark", rows)


def challenge(folder: Path = CHALLENGE) -> list[Row]:
    """The cases of the challenge suite; each knows its phenomenon."""
    return [row | {"phenomenon": path.stem} for path in sorted(folder.glob("*.jsonl")) for row in read_rows(path)]


def _file(path: Path) -> list[Row]:
    if not path.is_file():
        raise BadInput(f"no suite {path}; use one of {', '.join(NAMES)}, or a file of JSON lines")
    lines = [line for line in path.read_text(encoding="utf-8-sig").splitlines() if line.strip()]
    try:
        rows = [json.loads(line) for line in lines]
    except ValueError as error:
        raise BadInput(f"{path} is not JSON lines: {error}") from error
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict) or not isinstance(row.get("text"), str):
            raise BadInput(f'{path}, line {number}: needs an object with a "text"')
        if "touchpoint" in row:
            row["touchpoints"] = [row.pop("touchpoint")]
        for name in set(row) & set(_ALLOWED):
            _check(row[name], name, f"{path}, line {number}")
        if missing := sorted((set(rows[0]) ^ set(row)) & set(_ALLOWED)):
            raise BadInput(f"{path}, line {number}: {missing[0]!r} must be in every line or in none")
    if not rows or not set(rows[0]) & set(_ALLOWED):
        raise BadInput(f"{path}: needs lines with at least one label; the labels are {', '.join(_ALLOWED)}")
    return rows


def _check(value: Any, name: str, where: str) -> None:
    """Refuse what the vocabulary does not know."""
    allowed, listed = _ALLOWED[name], name in _LISTS
    values = value if isinstance(value, list) else [value]
    if listed != isinstance(value, list) or any(v not in allowed for v in values):
        kind = "a list of" if listed else "one of"
        raise BadInput(f"{where}: {name} is {kind} {', '.join(map(str, allowed))}, not {value!r}")
    if name == "touchpoints" and not value:
        raise BadInput(f"{where}: touchpoints names at least one, the main one first")
