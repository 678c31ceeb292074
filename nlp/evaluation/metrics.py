"""Metrics: answers beside annotations, every label with its own figures and their uncertainty."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from domain.vocabulary import Dimension, Gap, Intent, Sentiment, Stage, Touchpoint, Usable

Rows = Sequence[Mapping[str, Any]]
Ints = npt.NDArray[np.int64]
#: Questions with exactly one answer, and their labels.
SINGLE: dict[str, tuple[str, ...]] = {
    "usable": tuple(Usable),
    "sentiment": tuple(Sentiment),
    "touchpoint": tuple(Touchpoint),
    "stage": tuple(Stage),
    "gap": tuple(Gap),
}
#: Resamples behind each interval; percentile bootstrap, Efron & Tibshirani 1993.
RESAMPLES = 1000
#: A label that occurs less often in a test says more about luck than about the model.
FREQUENT = 10


def cx_metrics(said: Rows, truth: Rows) -> dict[str, Any]:
    """Figures for texts annotated in the product's vocabulary; questions that the truth does not answer are left out.

    Both sides are rows with the fields of the annotated data; `touchpoint` is the main one.
    """
    asked = set(truth[0])
    result: dict[str, Any] = {
        name: single([main(row, name) for row in said], [main(row, name) for row in truth], labels)
        for name, labels in SINGLE.items()
        if ("touchpoints" if name == "touchpoint" else name) in asked
    }
    dimensions = [dimension for dimension in map(str, Dimension) if dimension in asked]
    if dimensions:
        present = {d: ([r[d] != "absent" for r in said], [r[d] != "absent" for r in truth]) for d in dimensions}
        result["dimensions"] = {name: binary(*pair) for name, pair in present.items()}
        result["dimension_presence_f1"] = _mean(part["f1"] for part in result["dimensions"].values())
        result["dimension_polarity_accuracy"] = _polarity(said, truth, dimensions)
    if "intents" in asked:
        flags = {
            str(i): ([i in row["intents"] for row in said], [i in row["intents"] for row in truth]) for i in Intent
        }
        result["intents"] = {name: binary(*pair) for name, pair in flags.items()}
        result["intents_f1"] = _mean(part["f1"] for part in result["intents"].values() if part["n"])
    if "needs_response" in asked:
        asks = [row["needs_response"] for row in truth]
        answers = [row["needs_response"] for row in said]
        result["needs_response"] = binary(answers, asks) | {
            "macro_f1": single([str(a) for a in answers], [str(a) for a in asks], ("True", "False"))["macro_f1"]
        }
    return result


def main(row: Mapping[str, Any], name: str) -> str:
    """The one answer of a row to a question."""
    return str(row["touchpoints"][0] if name == "touchpoint" else row[name])


def single(said: Sequence[str], truth: Sequence[str], labels: Sequence[str]) -> dict[str, Any]:
    """Precision, recall, F1 and 95 % interval by label, macro-F1 (of the labels in the truth), confusion."""
    number = {label: place for place, label in enumerate(labels)}
    size = len(labels)
    pairs = np.array([number[t] * size + number[s] for t, s in zip(truth, said, strict=True)], np.int64)
    table = np.bincount(pairs, minlength=size * size).reshape(size, size)
    counts = table.sum(1)
    present = np.flatnonzero(counts)
    frequent = np.flatnonzero(counts >= FREQUENT)
    precision, recall, f1 = scores(table[None])
    many = scores(_resampled(pairs, size))[2]
    return {
        "macro_f1": _round(f1[0, present].mean()),
        "macro_f1_interval": _interval(many[:, present].mean(1)),
        "macro_f1_frequent": _round(f1[0, frequent].mean()) if len(frequent) else None,
        "accuracy": _round(table.trace() / max(1, table.sum())),
        "by_label": {
            labels[place]: {
                "precision": _round(precision[0, place]),
                "recall": _round(recall[0, place]),
                "f1": _round(f1[0, place]),
                "interval": _interval(many[:, place]),
                "n": int(counts[place]),
            }
            for place in present
        },
        "confusion": {
            labels[row]: {labels[c]: int(table[row, c]) for c in np.flatnonzero(table[row])} for row in present
        },
    }


def binary(said: Sequence[bool], truth: Sequence[bool]) -> dict[str, Any]:
    """Precision, recall and F1 of "yes", with a 95 % interval."""
    names = {True: "yes", False: "no"}
    figures = single([names[bool(x)] for x in said], [names[bool(x)] for x in truth], ("yes", "no"))
    nothing = {"precision": 0.0, "recall": 0.0, "f1": 0.0, "interval": [0.0, 0.0], "n": 0}
    return dict(figures["by_label"].get("yes", nothing))


def scores(tables: npt.NDArray[Any]) -> tuple[Any, Any, Any]:
    """Precision, recall and F1 (tables, labels) of confusion tables (tables, truth, said)."""
    hits = np.diagonal(tables, axis1=1, axis2=2).astype(float)
    claimed, there = tables.sum(1), tables.sum(2)
    return hits / np.maximum(claimed, 1), hits / np.maximum(there, 1), 2 * hits / np.maximum(claimed + there, 1)


def _resampled(pairs: Ints, size: int) -> npt.NDArray[Any]:
    """Confusion tables of bootstrap resamples, (resamples, truth, said)."""
    counts = np.bincount(pairs, minlength=size * size)
    drawn = np.random.default_rng(0).multinomial(len(pairs), counts / max(1, counts.sum()), RESAMPLES)
    return np.asarray(drawn.reshape(RESAMPLES, size, size))


def _interval(values: npt.NDArray[Any]) -> list[float]:
    return [_round(value) for value in np.percentile(values, [2.5, 97.5])]


def _polarity(said: Rows, truth: Rows, dimensions: Sequence[str]) -> float:
    """Share of right polarities where both sides find the dimension."""
    pairs = [(s[d], t[d]) for s, t in zip(said, truth, strict=True) for d in dimensions if "absent" not in (s[d], t[d])]
    return _mean(a == b for a, b in pairs)


def calibration_error(probability: Sequence[float], right: Sequence[bool], bins: int = 15) -> float:
    """Expected calibration error (Guo et al. 2017): mean gap of confidence and accuracy over equal-width bins."""
    p, hit = np.asarray(probability, float), np.asarray(right, float)
    which = np.minimum((p * bins).astype(int), bins - 1)
    gaps = [
        abs(p[which == b].mean() - hit[which == b].mean()) * (which == b).mean()
        for b in range(bins)
        if (which == b).any()
    ]
    return _round(sum(gaps))


def compared(one: Sequence[bool], other: Sequence[bool]) -> dict[str, float]:
    """Which of two readers is right more often on the same texts: McNemar's exact test (1947)."""
    from scipy.stats import binomtest

    first = sum(a and not b for a, b in zip(one, other, strict=True))
    second = sum(b and not a for a, b in zip(one, other, strict=True))
    p = binomtest(first, first + second).pvalue if first + second else 1.0
    return {"only_one_right": first, "only_other_right": second, "p": _round(p)}


def _mean(values: Any) -> float:
    values = list(values)
    return _round(sum(values) / max(1, len(values)))


def _round(value: Any) -> float:
    return round(float(value), 4)
