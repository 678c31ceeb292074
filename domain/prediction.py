"""Prediction: what a model says of a text."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.vocabulary import Contact, Gap, Intent, Polarity, Sentiment, Stage, Touchpoint, Usable


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """The labels of one text, with calibrated probabilities by label key."""

    usable: Usable
    sentiment: Sentiment
    #: Every dimension's key -> absent, positive, negative or both.
    dimensions: Mapping[str, Polarity]
    #: The main one first; at most two.
    touchpoints: list[Touchpoint]
    stage: Stage
    contact: Contact
    gap: Gap
    intents: list[Intent]
    needs_response: bool
    #: "sentiment:negative" -> 0..1, one entry for each output of the model.
    scores: Mapping[str, float] = field(default_factory=dict, repr=False)
    #: False: shown as «نامشخص», left out of the indices, counted openly.
    confident: bool = True
    #: Why the text was not scored ("empty", "not_persian"); empty if it was.
    unscored: str = ""
