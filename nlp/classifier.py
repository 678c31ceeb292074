"""Classifier: the public face of the reader. Any strings in, predictions in the same order out."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from domain.errors import ModelMissing
from domain.prediction import Prediction
from domain.settings import get_settings
from nlp.checkpoint import Checkpoint, open_checkpoint
from nlp.decision import decide, unscored
from nlp.engine import ENGINES, Engine, Outputs
from nlp.evidence import Evidence, evidence
from nlp.language import unscored_reason
from nlp.normalise import for_model, located
from nlp.passages import Span, passages
from nlp.tokens import Code, codes, padded

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Read:
    """A prediction with the sentence embedding of the same pass, unit length, (hidden,)."""

    prediction: Prediction
    embedding: Floats


@dataclass(frozen=True, slots=True)
class Whole:
    """A text read whole, and its passages read in its context."""

    read: Read
    #: Nothing for a text of one passage: the whole is all there is.
    passages: list[tuple[Span, Read]]


class Classifier:
    """Reads Persian texts: sentiment, five dimensions, touchpoint, stage, gap, intents, need of a response."""

    #: Longer texts are read up to here; passages beyond it are read on their own.
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

    def predict(self, texts: Iterable[str], batch: int = 16) -> list[Prediction]:
        """The predictions of texts, in the same order. Every str is accepted; what cannot be read says why."""
        forms = [for_model(text) for text in texts]
        probabilities = self.checkpoint.calibration.probabilities(self.raw(forms, batch)[0])
        return [self._decide(form, row) for form, row in zip(forms, probabilities, strict=True)]

    def embed(self, texts: Iterable[str], batch: int = 16) -> Floats:
        """Sentence embeddings, unit length, (texts, hidden), without predictions."""
        return self.checkpoint.distinct(self.raw([for_model(text) for text in texts], batch)[1])

    def scores(self, texts: Iterable[str], batch: int = 16) -> Floats:
        """Calibrated probabilities, (texts, labels); the columns are `nlp.heads.keys()`."""
        return self.checkpoint.calibration.probabilities(self.raw([for_model(text) for text in texts], batch)[0])

    def read(
        self,
        texts: Sequence[str],
        batch: int = 16,
        progress: Callable[[int], None] | None = None,
        cuts: Sequence[Sequence[Span]] | None = None,
    ) -> list[Whole]:
        """Read texts whole and passage by passage in one pass.

        Args:
            texts: raw.
            batch: texts in one pass of the network; changes the speed, not the answers.
            progress: told how many more texts are done.
            cuts: the passages of each text; those of `nlp.passages` if None.
        """
        if cuts is None:
            cuts = [spans if len(spans) > 1 else [] for spans in map(passages, texts)]
        forms = [located(text, [o for span in spans for o in span]) for text, spans in zip(texts, cuts, strict=True)]
        read = codes(self.tokenizer, forms)
        answers = self._run(read, batch, progress)
        late = [
            (row, n) for row, code in enumerate(read) for n, (first, last) in enumerate(code.spans) if first == last
        ]
        alone = self.raw([for_model(texts[row][slice(*cuts[row][n])]) for row, n in late], batch)
        for (row, n), logits, embedding in zip(late, *alone, strict=True):
            answers[row].span_logits[n], answers[row].span_embeddings[n] = logits, embedding
        return self._wholes(texts, [form for form, _ in forms], cuts, answers)

    def raw(self, forms: Sequence[str], size: int = 16) -> tuple[Floats, Floats]:
        """What the network says of normal forms, uncalibrated: logits (texts, labels), embeddings (texts, hidden)."""
        answers = self._run(codes(self.tokenizer, [(form, []) for form in forms]), size)
        logits, embeddings = np.empty((0, self.checkpoint.width)), np.empty((0, len(self.checkpoint.common)))
        if answers:
            logits, embeddings = np.stack([a.logits for a in answers]), np.stack([a.embeddings for a in answers])
        return logits.astype(np.float32), embeddings.astype(np.float32)

    def explain(self, text: str, label: str, most: int = 5) -> list[Evidence]:
        """The words of a raw text that carry a label, strongest first: see `nlp.evidence`."""
        return evidence(text, label, self.scores, most)

    def _wholes(
        self, texts: Sequence[str], forms: Sequence[str], cuts: Sequence[Sequence[Span]], answers: Sequence[Outputs]
    ) -> list[Whole]:
        """The readings of texts and of their passages from the raw answers."""
        if not answers:
            return []
        rows = np.vstack([part for a in answers for part in (a.logits[None], a.span_logits)])
        vectors = np.vstack([part for a in answers for part in (a.embeddings[None], a.span_embeddings)])
        read = iter(
            zip(self.checkpoint.calibration.probabilities(rows), self.checkpoint.distinct(vectors), strict=True)
        )
        wholes = []
        for text, form, spans in zip(texts, forms, cuts, strict=True):
            row, vector = next(read)
            whole = Read(self._decide(form, row), vector)
            told = []
            for span in spans:
                row, vector = next(read)
                told.append((span, Read(self._decide(for_model(text[slice(*span)]), row), vector)))
            wholes.append(Whole(whole, told))
        return wholes

    def _run(self, read: Sequence[Code], size: int, progress: Callable[[int], None] | None = None) -> list[Outputs]:
        """The answers for each text: batches of similar length, answers in the order given."""
        order = sorted(range(len(read)), key=lambda row: len(read[row].ids))
        answers: dict[int, Outputs] = {}
        for start in range(0, len(order), size):
            rows = order[start : start + size]
            said = self.engine.run(*padded([read[row] for row in rows], self.checkpoint.pad_id))
            for line, row in enumerate(rows):
                count = len(read[row].spans)
                answers[row] = Outputs(
                    said.logits[line], said.embeddings[line], said.span_logits[line, :count],
                    said.span_embeddings[line, :count],
                )  # fmt: skip
            if progress:
                progress(len(rows))
        return [answers[row] for row in range(len(read))]

    def _decide(self, form: str, row: Floats) -> Prediction:
        reason = unscored_reason(form)
        return unscored(reason) if reason else decide(row, self.checkpoint.calibration)
