"""Calibration on the dev split, with the engine that will serve: probabilities first, then decisions."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from domain.vocabulary import Touchpoint
from nlp.checkpoint import Calibration
from nlp.heads import HEADS, Head, Kind
from nlp.training.data import SLICES, Example

Floats = npt.NDArray[np.float32]
_GRID = np.arange(0.15, 0.81, 0.02)
_FACTORS = np.exp(np.linspace(-1.2, 1.2, 25))
#: Scores that differ by less are the same.
_SAME = 0.002
#: Shifts are drawn toward nought and factors toward one, each as if so many more examples had said so: the dev split
#: holds few of the rare labels.
_DOUBT = 12
#: Thresholds are drawn toward what maximises F1 of a fair model, as if so many more positives had said so.
_FAIR, _CAUTION = 0.42, 60
#: Heads whose labels compete; `usable` has a rule of its own.
_LEANING = ("sentiment", "touchpoint", "stage", "gap")


def calibrate(logits: Floats, dev: Sequence[Example], precision: float) -> Calibration:
    """Choose how the logits (texts, labels) of the dev examples are read.

    Args:
        logits: the model's raw answers, in the order of `dev`.
        dev: fully annotated examples that it was not trained on; probabilities are made fair on those drawn at random,
            thresholds are chosen on all, for twice as many positives tell more than their share spoils.
        precision: share of `confident` sentiments that shall be right.
    """
    fair = [row for row, example in enumerate(dev) if example.random and example.target is not None]
    read = [row for row, example in enumerate(dev) if example.target is not None]
    all_logits, logits = logits[read], logits[fair]
    all_target, target = (np.stack([t for row in rows if (t := dev[row].target) is not None]) for rows in (read, fair))
    temperatures: dict[str, float] = {}
    shifts: dict[str, float] = {}
    for head in HEADS:
        where = SLICES[head.name]
        temperatures[head.name], some = _scale(logits[:, where], target[:, where], head)
        shifts |= dict(zip(head.keys, some, strict=True))
    plain = Calibration(temperatures, {}, 1.0, 0.5, 0.0, shifts)
    probabilities, every = plain.probabilities(logits), plain.probabilities(all_logits)
    thresholds = {
        key: _threshold(every[:, column], all_target[:, column] > 0.5)
        for head in HEADS
        if head.kind is Kind.ANY
        for column, key in enumerate(head.keys, start=SLICES[head.name].start)
    }
    leaning: dict[str, float] = {}
    for head in HEADS:
        if head.name in _LEANING:
            where = SLICES[head.name]
            factors = _lean(probabilities[:, where], target[:, where].argmax(-1))
            leaning |= dict(zip(head.keys, factors, strict=True))
    touchpoint, sentiment, usable = (SLICES[name] for name in ("touchpoint", "sentiment", "usable"))
    lean = {h.name: np.array([leaning[k] for k in h.keys], np.float32) for h in HEADS if h.name in _LEANING}
    return Calibration(
        temperatures,
        thresholds,
        second_touchpoint=_second_touchpoint(probabilities[:, touchpoint], target[:, touchpoint], lean["touchpoint"]),
        set_aside=_set_aside(1 - probabilities[:, usable.start], target[:, usable.start] < 0.5),
        sure_sentiment=_sure(probabilities[:, sentiment], target[:, sentiment], lean["sentiment"], precision),
        shifts=shifts,
        leaning=leaning,
    )


def _scale(logits: Floats, target: Floats, head: Head) -> tuple[float, list[float]]:
    """Temperature of a head and shift of each label: least log loss, shifts kept small."""
    logits = logits.astype(np.float64)  # the optimiser's tiny steps would vanish in single precision
    hard = target / np.maximum(target.sum(-1, keepdims=True), 1e-9) if head.kind is Kind.ONE else (target > 0.5)

    def loss(chosen: npt.NDArray[np.float64]) -> float:
        scaled = logits / np.exp(chosen[0]) + chosen[1:]
        if head.kind is Kind.ONE:
            peak = scaled.max(-1, keepdims=True)
            scaled = scaled - peak - np.log(np.exp(scaled - peak).sum(-1, keepdims=True))
            lost = -(hard * scaled).sum()
        else:
            lost = (np.logaddexp(0, scaled) - hard * scaled).sum()
        return float(lost + _DOUBT / 4 * (chosen[1:] ** 2).sum())

    bounds = [(-1.2, 1.6)] + [(-3, 3)] * len(head.labels)
    chosen = minimize(loss, np.zeros(len(bounds)), method="L-BFGS-B", bounds=bounds).x
    return round(float(np.exp(chosen[0])), 3), [round(float(shift), 3) for shift in chosen[1:]]


def _threshold(probability: Floats, truth: npt.NDArray[np.bool_]) -> float:
    """The threshold of the best F1, as far as the positives can tell."""
    scores = np.array([_f1(probability >= least, truth) for least in _GRID])
    best = float(_GRID[scores >= scores.max() - _SAME].mean())
    trust = truth.sum() / (truth.sum() + _CAUTION)
    return round(float(trust * best + (1 - trust) * _FAIR), 3)


def _lean(probability: Floats, truth: npt.NDArray[np.int64]) -> list[float]:
    """Factors of the labels that make macro-F1 best, found label by label, drawn toward one."""
    labels = probability.shape[1]
    factors = np.ones(labels)
    present = [label for label in range(labels) if (truth == label).any()]

    def macro(tried: npt.NDArray[np.float64]) -> float:
        said = (probability * tried).argmax(-1)
        return float(np.mean([_f1(said == label, truth == label) for label in present]))

    for _ in range(2):
        for label in present:
            tries = [np.where(np.arange(labels) == label, factor, factors) for factor in _FACTORS]
            found = np.array([macro(tried) for tried in tries])
            # Of equally good factors the mildest: nothing shall be pushed without need.
            good = np.flatnonzero(found >= found.max() - _SAME)
            factors = tries[good[np.argmin(np.abs(np.log(_FACTORS[good])))]]
    counts = np.bincount(truth, minlength=labels)
    return [
        round(float(factor ** (count / (count + _DOUBT))), 3) for factor, count in zip(factors, counts, strict=True)
    ]


def _f1(said: npt.NDArray[np.bool_], truth: npt.NDArray[np.bool_]) -> float:
    hits = (said & truth).sum()
    return float(2 * hits / max(1, said.sum() + truth.sum()))


def _second_touchpoint(probability: Floats, target: Floats, lean: Floats) -> float:
    """The least probability of a second touchpoint, by the rule that serves: two at most, and never "none"."""
    truth, rows = target > 0, np.arange(len(target))
    first, second = np.argsort(-probability * lean, axis=-1, kind="stable")[:, :2].T
    none = list(Touchpoint).index(Touchpoint.NONE)
    scores = []
    for least in _GRID:
        said = np.zeros_like(truth)
        said[rows, first] = True
        said[rows, second] |= (probability[rows, second] >= least) & (first != none) & (second != none)
        scores.append(_f1(said, truth))
    good = _GRID[np.array(scores) >= max(scores) - _SAME]
    return round(float(np.median(good)), 3)


def _set_aside(probability: Floats, truth: npt.NDArray[np.bool_]) -> float:
    """The least probability at which four in five texts that are set aside tell no experience indeed."""
    for least in np.arange(0.5, 0.96, 0.01):
        said = probability >= least
        if not said.any() or truth[said].mean() >= 0.8:
            return round(float(least), 3)
    return 0.95


def _sure(probability: Floats, target: Floats, lean: Floats, precision: float) -> float:
    """The least probability at which the answers above it are right as often as promised."""
    said = (probability * lean).argmax(-1)
    best = probability[np.arange(len(said)), said]
    right = said == target.argmax(-1)
    for least in np.arange(0.3, 0.96, 0.01):
        kept = best >= least
        if kept.any() and right[kept].mean() >= precision:
            return round(float(least), 3)
    return 0.95
