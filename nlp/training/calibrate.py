"""Calibration on the dev split, with the engine that will serve: temperatures and thresholds."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar

from nlp.checkpoint import Calibration
from nlp.heads import HEADS, Head, Kind
from nlp.training.data import SLICES, Example

Floats = npt.NDArray[np.float32]
_GRID = np.arange(0.2, 0.81, 0.02)


def calibrate(logits: Floats, dev: Sequence[Example], precision: float) -> Calibration:
    """Choose how the logits (texts, labels) of the dev examples are read.

    Args:
        logits: the model's raw answers, in the order of `dev`.
        dev: fully annotated examples that it was not trained on.
        precision: share of `confident` sentiments that shall be right.
    """
    target = np.stack([example.target for example in dev])
    temperatures = {
        head.name: _temperature(logits[:, SLICES[head.name]], target[:, SLICES[head.name]], head) for head in HEADS
    }
    plain = Calibration(temperatures, {}, 1.0, 0.5, 0.0)
    probabilities = plain.probabilities(logits)
    thresholds = {
        key: _best_threshold(probabilities[:, column], target[:, column] > 0.5)
        for head in HEADS
        if head.kind is Kind.ANY
        for column, key in enumerate(head.keys, start=SLICES[head.name].start)
    }
    touchpoint, sentiment, usable = (SLICES[name] for name in ("touchpoint", "sentiment", "usable"))
    return Calibration(
        temperatures={name: round(value, 3) for name, value in temperatures.items()},
        thresholds=thresholds,
        second_touchpoint=_second_touchpoint(probabilities[:, touchpoint], target[:, touchpoint]),
        set_aside=_set_aside(1 - probabilities[:, usable.start], target[:, usable.start] < 0.5),
        sure_sentiment=_sure(probabilities[:, sentiment], target[:, sentiment], precision),
    )


def _temperature(logits: Floats, target: Floats, head: Head) -> float:
    def loss(temperature: float) -> float:
        scaled = logits / temperature
        if head.kind is Kind.ONE:
            peak = scaled.max(-1, keepdims=True)
            log_sum = peak + np.log(np.exp(scaled - peak).sum(-1, keepdims=True))
            return float(-(target * (scaled - log_sum)).sum(-1).mean())
        return float((np.logaddexp(0, scaled) - target * scaled).mean())

    return float(minimize_scalar(loss, bounds=(0.3, 5.0), method="bounded").x)


def _best_threshold(probability: Floats, truth: npt.NDArray[np.bool_]) -> float:
    """The threshold of the best F1; with few positives it is drawn toward one half."""
    scores = [_f1(probability >= least, truth) for least in _GRID]
    best = float(_GRID[int(np.argmax(scores))])
    trust = truth.sum() / (truth.sum() + 10)
    return round(float(trust * best + (1 - trust) * 0.5), 3)


def _f1(said: npt.NDArray[np.bool_], truth: npt.NDArray[np.bool_]) -> float:
    hits = (said & truth).sum()
    return float(2 * hits / max(1, said.sum() + truth.sum()))


def _second_touchpoint(probability: Floats, target: Floats) -> float:
    truth = target > 0
    scores = []
    for least in _GRID:
        said = probability >= least
        said[np.arange(len(said)), probability.argmax(-1)] = True
        scores.append(_f1(said, truth))
    return round(float(_GRID[int(np.argmax(scores))]), 3)


def _set_aside(probability: Floats, truth: npt.NDArray[np.bool_]) -> float:
    """The least probability at which four in five texts that are set aside tell no experience indeed."""
    for least in np.arange(0.5, 0.96, 0.01):
        said = probability >= least
        if not said.any() or truth[said].mean() >= 0.8:
            return round(float(least), 3)
    return 0.95


def _sure(probability: Floats, target: Floats, precision: float) -> float:
    """The least probability at which the answers above it are right as often as promised."""
    best = probability.max(-1)
    right = probability.argmax(-1) == target.argmax(-1)
    for least in np.arange(0.3, 0.96, 0.01):
        kept = best >= least
        if kept.any() and right[kept].mean() >= precision:
            return round(float(least), 3)
    return 0.95
