"""Classifier: the public face of the reader. Any strings in, predictions in the same order out."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self, TypeVar

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from domain.errors import ModelMissing
from domain.prediction import Prediction
from domain.settings import get_settings
from domain.vocabulary import Contact, Dimension, Gap, Intent, Label, Polarity, Sentiment, Stage, Touchpoint, Usable
from nlp.checkpoint import Checkpoint, open_checkpoint
from nlp.engine import ENGINES, Engine
from nlp.heads import HEADS, Kind, keys, slices
from nlp.language import unscored_reason
from nlp.normalise import for_model

L = TypeVar("L", bound=Label)
Floats = npt.NDArray[np.float32]
_SLICES = slices()
_KEYS = keys()
_COLUMN = {key: column for column, key in enumerate(_KEYS)}


@dataclass(frozen=True, slots=True)
class Read:
    """A prediction with the sentence embedding of the same pass, unit length, (hidden,)."""

    prediction: Prediction
    embedding: Floats


class Classifier:
    """Reads Persian texts: sentiment, five dimensions, touchpoint, stage, gap, intents, need of a response."""

    #: Longer texts are read up to here; passages read the rest.
    MAX_TOKENS = 256

    def __init__(self, checkpoint: Checkpoint, engine: Engine) -> None:
        self.checkpoint = checkpoint
        self.engine = engine
        self.tokenizer = Tokenizer.from_file(str(checkpoint.folder / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(self.MAX_TOKENS)

    @classmethod
    def load(cls, model: str | Path | None = None, engine: str | None = None) -> Self:
        """Load a checkpoint.

        Args:
            model: a folder or a hub name; the project's default checkpoint if None.
            engine: "onnx" (int8, CPU) or "torch"; the setting `engine` if None.

        Raises:
            ModelMissing: there is no such checkpoint or engine.
        """
        settings = get_settings()
        name = engine or settings.engine
        if name not in ENGINES:
            raise ModelMissing(f"no engine {name!r}; choose one of {', '.join(ENGINES)}")
        checkpoint = open_checkpoint(str(model or settings.model_path))
        return cls(checkpoint, ENGINES[name](checkpoint.folder))

    @property
    def version(self) -> str:
        """Name and fingerprint of the checkpoint: stored with every prediction."""
        return self.checkpoint.version

    def predict(self, texts: Iterable[str], batch: int = 32) -> list[Prediction]:
        """The predictions of texts, in the same order. Every str is accepted; what cannot be read says why."""
        return [read.prediction for read in self.read(texts, batch)]

    def embed(self, texts: Iterable[str], batch: int = 32) -> Floats:
        """Sentence embeddings, unit length, (texts, hidden), without predictions."""
        return self._run([for_model(text) for text in texts], batch)[1]

    def read(self, texts: Iterable[str], batch: int = 32, progress: Callable[[int], None] | None = None) -> list[Read]:
        """Predictions with embeddings; `progress` is told how many more texts are done."""
        forms = [for_model(text) for text in texts]
        logits, embeddings = self._run(forms, batch, progress)
        probabilities = self.checkpoint.calibration.probabilities(logits)
        return [
            Read(self._prediction(*row), embedding)
            for *row, embedding in zip(forms, probabilities, embeddings, strict=True)
        ]

    def _run(
        self, forms: Sequence[str], size: int, progress: Callable[[int], None] | None = None
    ) -> tuple[Floats, Floats]:
        """Logits and embeddings of normalised texts: batches of similar length, answers in the order given."""
        codes = [code.ids for code in self.tokenizer.encode_batch(list(forms))]
        order = sorted(range(len(codes)), key=lambda row: len(codes[row]))
        logits: list[Floats] = [np.empty(0, np.float32)] * len(codes)
        embeddings = list(logits)
        for start in range(0, len(order), size):
            rows = order[start : start + size]
            width = len(codes[rows[-1]])
            ids = np.full((len(rows), width), self.checkpoint.pad_id, np.int64)
            mask = np.zeros((len(rows), width), np.int64)
            for line, row in enumerate(rows):
                ids[line, : len(codes[row])] = codes[row]
                mask[line, : len(codes[row])] = 1
            for row, *answers in zip(rows, *self.engine.run(ids, mask), strict=True):
                logits[row], embeddings[row] = answers
            if progress:
                progress(len(rows))
        if not codes:
            return np.empty((0, len(_KEYS)), np.float32), np.empty((0, 0), np.float32)
        return np.stack(logits), self.checkpoint.distinct(np.stack(embeddings))

    def _prediction(self, form: str, row: Floats) -> Prediction:
        if reason := unscored_reason(form):
            return _unscored(reason)
        calibration = self.checkpoint.calibration
        best = {head.name: int(row[_SLICES[head.name]].argmax()) for head in HEADS if head.kind is Kind.ONE}
        sentiment = _nth(Sentiment, best["sentiment"])
        holds = {key for key, least in calibration.thresholds.items() if row[_COLUMN[key]] >= least}
        touchpoints = _touchpoints(row[_SLICES["touchpoint"]], calibration.second_touchpoint)
        return Prediction(
            usable=_usable(row, calibration.set_aside),
            sentiment=sentiment,
            dimensions={str(dimension): _polarity(dimension, holds) for dimension in Dimension},
            touchpoints=touchpoints,
            stage=_nth(Stage, best["stage"]),
            contact=touchpoints[0].contact,
            gap=_nth(Gap, best["gap"]),
            intents=_intents(row, holds),
            needs_response="needs_response:yes" in holds,
            scores=dict(zip(_KEYS, map(float, row), strict=True)),
            confident=bool(row[_COLUMN[f"sentiment:{sentiment}"]] >= calibration.sure_sentiment),
        )


def _nth(labels: type[L], index: int) -> L:
    return list(labels)[index]


def _usable(row: Floats, least: float) -> Usable:
    """Set aside only when the model is sure enough that nothing is lost."""
    experience, none, spam = (row[_COLUMN[f"usable:{label}"]] for label in Usable)
    if none + spam < max(least, experience):
        return Usable.EXPERIENCE
    return Usable.SPAM if spam > none else Usable.NONE


def _polarity(dimension: Dimension, holds: set[str]) -> Polarity:
    up, down = f"{dimension}:positive" in holds, f"{dimension}:negative" in holds
    return Polarity.BOTH if up and down else Polarity.POSITIVE if up else Polarity.NEGATIVE if down else Polarity.ABSENT


def _touchpoints(row: Floats, least: float) -> list[Touchpoint]:
    labels = list(Touchpoint)
    first, second = np.argsort(-row, kind="stable")[:2]
    two = row[second] >= least and Touchpoint.NONE not in (labels[first], labels[second])
    return [labels[first], labels[second]] if two else [labels[first]]


def _intents(row: Floats, holds: set[str]) -> list[Intent]:
    """At most two, the likeliest first, as the guideline has it."""
    said = [intent for intent in Intent if f"intent:{intent}" in holds]
    return sorted(said, key=lambda intent: -row[_COLUMN[f"intent:{intent}"]])[:2]


def _unscored(reason: str) -> Prediction:
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
