"""Metrics: answers beside annotations, every label with its own figure."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.metrics import accuracy_score, f1_score

from domain.vocabulary import Dimension, Gap, Intent, Sentiment, Stage, Touchpoint, Usable

Rows = Sequence[Mapping[str, Any]]
#: Questions with exactly one answer, and their labels.
SINGLE: dict[str, tuple[str, ...]] = {
    "usable": tuple(Usable),
    "sentiment": tuple(Sentiment),
    "touchpoint": tuple(Touchpoint),
    "stage": tuple(Stage),
    "gap": tuple(Gap),
}


def cx_metrics(said: Rows, truth: Rows) -> dict[str, Any]:
    """Figures for the five-dimension set. Both sides are rows with the fields of the annotated data.

    Macro-F1 is over the labels that occur in the truth; `touchpoint` is the main one.
    """
    result: dict[str, Any] = {}
    for name, labels in SINGLE.items():
        result[name] = single([_main(row, name) for row in said], [_main(row, name) for row in truth], labels)
    result["dimensions"] = {str(dimension): _dimension(said, truth, dimension) for dimension in Dimension}
    result["dimension_presence_f1"] = _mean(part["presence_f1"] for part in result["dimensions"].values())
    result["dimension_polarity_accuracy"] = _polarity(said, truth)
    flags = {
        str(intent): ([intent in row["intents"] for row in said], [intent in row["intents"] for row in truth])
        for intent in Intent
    }
    result["intents"] = {
        name: {"f1": _round(f1_score(y, x, zero_division=0)), "n": sum(y)} for name, (x, y) in flags.items()
    }
    asks = [row["needs_response"] for row in truth]
    answers = [row["needs_response"] for row in said]
    result["needs_response"] = {
        "f1_yes": _round(f1_score(asks, answers, zero_division=0)),
        "macro_f1": _round(f1_score(asks, answers, average="macro", zero_division=0)),
        "n": sum(asks),
    }
    return result


def _main(row: Mapping[str, Any], name: str) -> str:
    return str(row["touchpoints"][0] if name == "touchpoint" else row[name])


#: A label that occurs less often in a test says more about luck than about the model.
_FREQUENT = 10


def single(said: Sequence[str], truth: Sequence[str], labels: Sequence[str]) -> dict[str, Any]:
    """Accuracy, macro-F1 (over all labels, and over those that occur at least ten times) and F1 by label."""
    present = [label for label in labels if label in set(truth)]
    scores = f1_score(truth, said, labels=present, average=None, zero_division=0)
    frequent = [score for label, score in zip(present, scores, strict=True) if list(truth).count(label) >= _FREQUENT]
    return {
        "macro_f1": _round(np.mean(scores)),
        "macro_f1_frequent": _round(np.mean(frequent)) if frequent else None,
        "accuracy": _round(accuracy_score(truth, said)),
        "by_label": {
            label: {"f1": _round(score), "n": list(truth).count(label)}
            for label, score in zip(present, scores, strict=True)
        },
    }


def _dimension(said: Rows, truth: Rows, dimension: str) -> dict[str, Any]:
    there = [row[dimension] != "absent" for row in truth]
    seen = [row[dimension] != "absent" for row in said]
    return {"presence_f1": _round(f1_score(there, seen, zero_division=0)), "n": sum(there)}


def _polarity(said: Rows, truth: Rows) -> float:
    """Share of right polarities where both sides find the dimension."""
    pairs = [(s[d], t[d]) for s, t in zip(said, truth, strict=True) for d in Dimension if "absent" not in (s[d], t[d])]
    return _mean(a == b for a, b in pairs)


def calibration_error(probability: Sequence[float], right: Sequence[bool], bins: int = 15) -> float:
    """Expected calibration error (Guo et al. 2017): mean gap of confidence and accuracy over equal-width bins."""
    p, hit = np.asarray(probability), np.asarray(right, float)
    which = np.minimum((p * bins).astype(int), bins - 1)
    gaps = [
        abs(p[which == b].mean() - hit[which == b].mean()) * (which == b).mean()
        for b in range(bins)
        if (which == b).any()
    ]
    return _round(sum(gaps))


def _mean(values: Any) -> float:
    values = list(values)
    return _round(sum(values) / max(1, len(values)))


def _round(value: Any) -> float:
    return round(float(value), 4)
