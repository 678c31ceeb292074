"""The outputs of the multi-task model, derived from the vocabulary: which logit says what."""

from dataclasses import dataclass
from enum import StrEnum

from domain.vocabulary import Dimension, Gap, Intent, Sentiment, Stage, Touchpoint, Usable


class Kind(StrEnum):
    """How the logits of a head become probabilities."""

    ONE = "softmax"  # exactly one label holds
    ANY = "sigmoid"  # each label holds or not


@dataclass(frozen=True, slots=True)
class Head:
    """A group of logits that answers one question."""

    name: str
    kind: Kind
    labels: tuple[str, ...]

    @property
    def keys(self) -> list[str]:
        """The score key of each label: "sentiment:negative"."""
        return [f"{self.name}:{label}" for label in self.labels]


HEADS: tuple[Head, ...] = (
    Head("usable", Kind.ONE, tuple(Usable)),
    Head("sentiment", Kind.ONE, tuple(Sentiment)),
    # A dimension is absent, positive, negative or both: two independent outputs say which.
    *(Head(dimension, Kind.ANY, ("positive", "negative")) for dimension in Dimension),
    Head("touchpoint", Kind.ONE, tuple(Touchpoint)),
    Head("stage", Kind.ONE, tuple(Stage)),
    Head("gap", Kind.ONE, tuple(Gap)),
    Head("intent", Kind.ANY, tuple(Intent)),
    Head("needs_response", Kind.ANY, ("yes",)),
)


def slices() -> dict[str, slice]:
    """Where each head's logits lie in the model's output row."""
    where, start = {}, 0
    for head in HEADS:
        where[head.name] = slice(start, start + len(head.labels))
        start += len(head.labels)
    return where


def keys() -> list[str]:
    """The score keys of all logits, in order: the checkpoint's `id2label`."""
    return [key for head in HEADS for key in head.keys]
