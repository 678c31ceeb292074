"""Annotated texts and sentiment-marked texts, as targets for the heads.

Sources, licences and known flaws of the sets are in the README beside them (SHENAVA_DATASETS).
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
from domain.vocabulary import Dimension, Sentiment
from nlp.heads import HEADS, Head, slices
from nlp.normalise import for_model

Array = npt.NDArray[np.float32]
SLICES = slices()
_DIMENSIONS = frozenset(map(str, Dimension))
WIDTH = sum(len(head.labels) for head in HEADS)
# A mark of "neutral" by button or star covers what the guideline splits into neutral and mixed.
_MARKS: dict[str, tuple[Sentiment, ...]] = {
    "pos": (Sentiment.POSITIVE,),
    "neg": (Sentiment.NEGATIVE,),
    "neu": (Sentiment.NEUTRAL, Sentiment.MIXED),
}


@dataclass(frozen=True, slots=True)
class Example:
    """A text with a target for each logit. `known` is 1 where a head was annotated, 0 where it was not."""

    id: str
    text: str
    target: Array
    known: Array


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a gzipped JSON-lines file.

    Raises:
        BadInput: the file is not there.
    """
    if not path.is_file():
        raise BadInput(f"no data at {path}; set SHENAVA_DATASETS to the folder that holds cx/, train/ and benchmarks/")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def annotated(path: Path) -> list[Example]:
    """Texts annotated for every head (the cx sets)."""
    return [
        Example(row["id"], row["text"], annotation_target(row), np.ones(WIDTH, np.float32)) for row in read_rows(path)
    ]


def annotation_target(row: dict[str, Any]) -> Array:
    """The target of an annotation; with two touchpoints the first, main one gets three quarters."""
    target = np.zeros(WIDTH, np.float32)
    for head in HEADS:
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
    """Texts whose only label is a sentiment mark; rows without one are left out."""
    where = SLICES["sentiment"]
    known = np.zeros(WIDTH, np.float32)
    known[where] = 1
    examples = []
    for row in read_rows(folder / "train" / f"{name}.jsonl.gz"):
        if row["sentiment"] is None:
            continue
        target = np.zeros(WIDTH, np.float32)
        target[where] = [float(sentiment in _MARKS[row["sentiment"]]) for sentiment in Sentiment]
        examples.append(Example(row["id"], row["text"], target, known))
    return examples


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
