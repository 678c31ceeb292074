"""Decision: from calibrated probabilities to the labels of a prediction."""

from collections.abc import Mapping
from operator import itemgetter
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from domain.prediction import Prediction
from domain.vocabulary import Contact, Dimension, Gap, Intent, Label, Polarity, Sentiment, Stage, Touchpoint, Usable
from nlp.checkpoint import Calibration
from nlp.heads import keys

L = TypeVar("L", bound=Label)
Floats = npt.NDArray[np.float32]
Scores = Mapping[str, float]
_KEYS = keys()


def _keyed(labels: type[L], head: str) -> list[tuple[L, str]]:
    return [(label, f"{head}:{label}") for label in labels]


# Looking up an enum's value costs more than all the arithmetic here.
_SENTIMENT, _STAGE, _GAP = _keyed(Sentiment, "sentiment"), _keyed(Stage, "stage"), _keyed(Gap, "gap")
_TOUCHPOINT, _INTENT = _keyed(Touchpoint, "touchpoint"), _keyed(Intent, "intent")
_SCORE = dict((*_SENTIMENT, *_TOUCHPOINT))
_WAYS = {str(dimension): (f"{dimension}:positive", f"{dimension}:negative") for dimension in Dimension}
_POLARITY = {
    (True, True): Polarity.BOTH,
    (True, False): Polarity.POSITIVE,
    (False, True): Polarity.NEGATIVE,
    (False, False): Polarity.ABSENT,
}


def decide(row: Floats, calibration: Calibration) -> Prediction:
    """The prediction that probabilities (labels,) stand for."""
    scores = dict(zip(_KEYS, row.tolist(), strict=True))
    sentiment = _ranked(_SENTIMENT, scores, calibration)[0]
    holds = {key for key, least in calibration.thresholds.items() if scores[key] >= least}
    touchpoints = _touchpoints(scores, calibration)
    return Prediction(
        usable=_usable(scores, calibration.set_aside),
        sentiment=sentiment,
        dimensions={name: _POLARITY[up in holds, down in holds] for name, (up, down) in _WAYS.items()},
        touchpoints=touchpoints,
        stage=_ranked(_STAGE, scores, calibration)[0],
        contact=touchpoints[0].contact,
        gap=_ranked(_GAP, scores, calibration)[0],
        intents=_intents(scores, holds),
        needs_response="needs_response:yes" in holds,
        scores=scores,
        confident=scores[_SCORE[sentiment]] >= calibration.sure_sentiment,
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


def _ranked(labels: list[tuple[L, str]], scores: Scores, calibration: Calibration) -> list[L]:
    """Labels, the likeliest first, where rare ones need less (`Calibration.leaning`)."""
    odds = [-scores[key] * calibration.leaning.get(key, 1.0) for _, key in labels]
    return [labels[place][0] for place in sorted(range(len(labels)), key=odds.__getitem__)]


def _usable(scores: Scores, least: float) -> Usable:
    """Set aside only when the model is sure enough that nothing is lost."""
    experience, none, spam = scores["usable:experience"], scores["usable:none"], scores["usable:spam"]
    if none + spam < max(least, experience):
        return Usable.EXPERIENCE
    return Usable.SPAM if spam > none else Usable.NONE


def _touchpoints(scores: Scores, calibration: Calibration) -> list[Touchpoint]:
    first, second = _ranked(_TOUCHPOINT, scores, calibration)[:2]
    likely = scores[_SCORE[second]] >= calibration.second_touchpoint
    return [first, second] if likely and Touchpoint.NONE not in (first, second) else [first]


def _intents(scores: Scores, holds: set[str]) -> list[Intent]:
    """At most two, the likeliest first, as the guideline has it."""
    said = [(-scores[key], intent) for intent, key in _INTENT if key in holds]
    return [intent for _, intent in sorted(said, key=itemgetter(0))[:2]]
