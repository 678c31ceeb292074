"""Suites: sets of texts with right answers that a reader is measured on."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from domain.errors import BadInput
from domain.settings import ROOT
from nlp.training.data import read_rows

Row = dict[str, Any]
CHALLENGE = ROOT / "data" / "challenge"
NAMES = ("cx", "deepsentipers", "snappfood", "challenge")


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
    try:
        rows = list(read_rows(path))
    except ValueError as error:
        raise BadInput(f"{path} is not JSON lines: {error}") from error
    if not rows or "text" not in rows[0]:
        raise BadInput(f'{path}: every line needs a "text" and at least one label, like "sentiment": "negative"')
    for number, row in enumerate(rows, 1):
        if missing := sorted(set(rows[0]) - set(row)):
            raise BadInput(f"{path}, line {number}: no {missing[0]!r}, which the first line has")
    return rows
