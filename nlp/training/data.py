"""What the model learns from: annotated texts, annotated passages, and texts with a mark (a smiley, stars, a button).

Sources, licences and known flaws of the sets are in the README beside them (SHENAVA_DATASETS). Annotations that this
project added lie in data/labelled (ids and labels; the texts stay with the sets), texts that it wrote in data/written.
"""

import gzip
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from domain.errors import BadInput
from domain.settings import ROOT
from domain.vocabulary import Dimension
from nlp.heads import HEADS, Head, slices
from nlp.normalise import for_model

Array = npt.NDArray[np.float32]
SLICES = slices()
#: A customer's mark, from worst to best.
MARKS = ("neg", "neu", "pos")
LABELLED, WRITTEN = ROOT / "data" / "labelled", ROOT / "data" / "written"
_DIMENSIONS = frozenset(map(str, Dimension))
#: Where an annotation keeps a head's labels, if not under the head's name.
_FIELD = {"intent": "intents", "touchpoint": "touchpoints"}
WIDTH = sum(len(head.labels) for head in HEADS)


@dataclass(frozen=True, slots=True)
class Part:
    """An annotated passage of a text: raw[start:end]."""

    start: int
    end: int
    target: Array


@dataclass(frozen=True, slots=True)
class Example:
    """A text with what is known of it."""

    id: str
    text: str
    #: A target for each logit, (labels,), if it was annotated; NaN for what nobody was asked.
    target: Array | None = None
    parts: tuple[Part, ...] = ()
    #: The set it comes from and the mark that its author gave, if any: (set, index into MARKS).
    mark: tuple[str, int] | None = None
    #: Drawn at random, so that shares among such examples are those of the world.
    random: bool = True


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a JSON-lines file, gzipped or not.

    Raises:
        BadInput: the file is not there.
    """
    if not path.is_file():
        raise BadInput(f"no data at {path}; set SHENAVA_DATASETS to the folder that holds cx/, train/ and benchmarks/")
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def annotated(path: Path, parts: dict[str, tuple[Part, ...]] | None = None) -> list[Example]:
    """Texts annotated for every head (the cx sets)."""
    return [
        Example(
            row["id"],
            row["text"],
            annotation_target(row),
            (parts or {}).get(row["id"], ()),
            random=row.get("sampling", "random") == "random",
        )
        for row in read_rows(path)
    ]


def labelled(texts: dict[str, str], folder: Path = LABELLED) -> list[Example]:
    """Texts of the training sets that this project annotated; ids whose text is not at hand are left out."""
    return [
        Example(row["id"], texts[row["id"]], annotation_target(row), random=row["sampling"] == "random")
        for path in sorted(folder.glob("texts*.jsonl"))
        for row in read_rows(path)
        if row["id"] in texts
    ]


def written(folder: Path = WRITTEN) -> list[Example]:
    """Texts that this project wrote for what is rare or hard, annotated for every head or for their sentiment alone."""
    return [
        Example(f"{path.stem}-{number}", row["text"], annotation_target(row), random=False)
        for path in sorted(folder.glob("*.jsonl"))
        for number, row in enumerate(read_rows(path))
    ]


def annotated_parts(folder: Path = LABELLED) -> dict[str, tuple[Part, ...]]:
    """Passages that this project annotated, by the id of their text."""
    parts: dict[str, tuple[Part, ...]] = {}
    for path in sorted(folder.glob("passages*.jsonl")):
        for row in read_rows(path):
            part = Part(row["start"], row["end"], annotation_target(row))
            parts[row["id"]] = (*parts.get(row["id"], ()), part)
    return parts


def annotation_target(row: dict[str, Any]) -> Array:
    """The target of an annotation; with two touchpoints the first, main one gets three quarters.

    What the row does not hold is NaN: nobody was asked.
    """
    target = np.full(WIDTH, np.nan, np.float32)
    for head in HEADS:
        if _FIELD.get(head.name, head.name) in row:
            target[SLICES[head.name]] = [_share(head, label, row) for label in head.labels]
    return target


def _share(head: Head, label: str, row: dict[str, Any]) -> float:
    if head.name in _DIMENSIONS:
        return float(row[head.name] in (label, "both"))
    if head.name == "intent":
        return float(label in row["intents"])
    if head.name == "needs_response":
        return float(row["needs_response"])
    if head.name == "touchpoint":
        places = row["touchpoints"]
        share = 1.0 if len(places) == 1 else (0.75 if label == places[0] else 0.25)
        return share if label in places else 0.0
    return float(row[head.name] == label)


def marked(folder: Path, name: str) -> list[Example]:
    """The texts of a training set with their marks; those without one have `mark` None."""
    return [
        Example(row["id"], row["text"], mark=(name, MARKS.index(row["sentiment"])) if row["sentiment"] else None)
        for row in read_rows(folder / "train" / f"{name}.jsonl.gz")
    ]


def split(examples: Sequence[Example], dev_share: float) -> tuple[list[Example], list[Example]]:
    """Train and dev by a hash of the id: the same text falls on the same side for ever."""
    parts: tuple[list[Example], list[Example]] = ([], [])
    for example in examples:
        bucket = int(sha256(example.id.encode()).hexdigest()[:8], 16) / 0xFFFFFFFF
        parts[bucket < dev_share].append(example)
    return parts


def without(examples: Sequence[Example], others: Sequence[Example]) -> list[Example]:
    """The examples whose text, as the model reads it, is in none of the others."""
    taken = {for_model(other.text) for other in others}
    return [example for example in examples if for_model(example.text) not in taken]
