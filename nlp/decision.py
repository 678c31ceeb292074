"""Decision: from calibrated probabilities to the labels of a prediction."""

from typing import TypeVar

import numpy as np
import numpy.typing as npt

from domain.prediction import Prediction
from domain.vocabulary import Contact, Dimension, Gap, Intent, Label, Polarity, Sentiment, Stage, Touchpoint, Usable
from nlp.checkpoint import Calibration
from nlp.heads import keys, slices

L = TypeVar("L", bound=Label)
Floats = npt.NDArray[np.float32]
_SLICES = slices()
_KEYS = keys()
_COLUMN = {key: column for column, key in enumerate(_KEYS)}


def decide(row: Floats, calibration: Calibration) -> Prediction:
    """The prediction that probabilities (labels,) stand for."""
    sentiment = _best(Sentiment, "sentiment", row, calibration)
    holds = {key for key, least in calibration.thresholds.items() if row[_COLUMN[key]] >= least}
    touchpoints = _touchpoints(row, calibration)
    return Prediction(
        usable=_usable(row, calibration.set_aside),
        sentiment=sentiment,
        dimensions={str(dimension): _polarity(dimension, holds) for dimension in Dimension},
        touchpoints=touchpoints,
        stage=_best(Stage, "stage", row, calibration),
        contact=touchpoints[0].contact,
        gap=_best(Gap, "gap", row, calibration),
        intents=_intents(row, holds),
        needs_response="needs_response:yes" in holds,
        scores=dict(zip(_KEYS, map(float, row), strict=True)),
        confident=bool(row[_COLUMN[f"sentiment:{sentiment}"]] >= calibration.sure_sentiment),
    )


def unscored(reason: str) -> Prediction:
    """The prediction of a text that is not for this model."""
    return Prediction(
        usable=Usable.NONE,
        sentiment=Sentiment.NEUTRAL,
        dimensions={str(dimension): Polarity.ABSENT for dimension in Dimension},
        touchpoints=[Touchpoint.NONE],
        stage=Stage.USE,
        contact=Contact.DIRECT,
        gap=Gap.NONE,
        intents=[],
        needs_response=False,
        confident=False,
        unscored=reason,
    )


def _best(labels: type[L], head: str, row: Floats, calibration: Calibration) -> L:
    """The likeliest label, where rare ones need less (`Calibration.leaning`)."""
    return list(labels)[int((row[_SLICES[head]] * calibration.lean(head)).argmax())]


def _usable(row: Floats, least: float) -> Usable:
    """Set aside only when the model is sure enough that nothing is lost."""
    experience, none, spam = (row[_COLUMN[f"usable:{label}"]] for label in Usable)
    if none + spam < max(least, experience):
        return Usable.EXPERIENCE
    return Usable.SPAM if spam > none else Usable.NONE


def _polarity(dimension: Dimension, holds: set[str]) -> Polarity:
    up, down = f"{dimension}:positive" in holds, f"{dimension}:negative" in holds
    return Polarity.BOTH if up and down else Polarity.POSITIVE if up else Polarity.NEGATIVE if down else Polarity.ABSENT


def _touchpoints(row: Floats, calibration: Calibration) -> list[Touchpoint]:
    labels = list(Touchpoint)
    odds = row[_SLICES["touchpoint"]]
    first, second = np.argsort(-odds * calibration.lean("touchpoint"), kind="stable")[:2]
    two = odds[second] >= calibration.second_touchpoint and Touchpoint.NONE not in (labels[first], labels[second])
    return [labels[first], labels[second]] if two else [labels[first]]


def _intents(row: Floats, holds: set[str]) -> list[Intent]:
    """At most two, the likeliest first, as the guideline has it."""
    said = [intent for intent in Intent if f"intent:{intent}" in holds]
    return sorted(said, key=lambda intent: -row[_COLUMN[f"intent:{intent}"]])[:2]
