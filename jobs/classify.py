"""Classify: every mention that the model has not read yet is read, whole and passage by passage."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from sqlalchemy import Engine

from domain.prediction import Prediction
from domain.settings import Settings
from domain.vocabulary import Sentiment, Usable
from jobs.lock import alone
from jobs.vectors import pack
from nlp.classifier import Classifier, Read
from nlp.passages import Span, passages
from store.queries import raw_texts, unread
from store.writes import Passage, Reading, save_readings

#: Mentions are read and saved in windows of so many ids, each whole or not at all. int8 answers depend a little on
#: the batch, so a run that was killed must meet the same batches again to end where an unbroken one would.
WINDOW = 200
_SURE_AGAINST = 0.9

Tick = Callable[[int, int], None]


def classify(
    engine: Engine, classifier: Classifier, settings: Settings, tick: Tick = lambda done, total: None
) -> Counter[str]:
    """Read what is new, edited, or was read by another model. Killed and started again, it goes on.

    Args:
        engine: the store.
        classifier: who reads.
        settings: where the lock lies.
        tick: called with (mentions done, mentions to do).

    Returns:
        Counts: "read", "experiences", "unsure", "aside" (no experience, spam) and "unscored/<why>".
    """
    counts: Counter[str] = Counter()
    with alone(settings, "classify"):
        todo = unread(engine, classifier.version)
        tick(0, len(todo))
        for window in _windows(todo):
            readings = _read(classifier, raw_texts(engine, window))
            save_readings(engine, readings, classifier.version)
            for reading in readings:
                counts.update(_kinds(reading))
            tick(counts["read"], len(todo))
    return counts


def _windows(mention_ids: Sequence[int]) -> Iterator[list[int]]:
    for _, window in groupby(mention_ids, key=lambda mention_id: mention_id // WINDOW):
        yield list(window)


def _read(classifier: Classifier, texts: dict[int, tuple[str, int]]) -> list[Reading]:
    """Whole texts and their passages in one go: a text of one passage is read once."""
    cuts = {mention_id: passages(text) for mention_id, (text, _) in texts.items()}
    cuts = {mention_id: spans for mention_id, spans in cuts.items() if len(spans) > 1}
    pieces = [texts[mention_id][0][slice(*span)] for mention_id, spans in cuts.items() for span in spans]
    answers = classifier.read([*(text for text, _ in texts.values()), *pieces])
    whole = dict(zip(texts, answers, strict=False))
    parts = iter(answers[len(texts) :])
    readings = []
    for mention_id, (text, revision) in texts.items():
        told = [(span, next(parts)) for span in cuts.get(mention_id, ())]
        read = whole[mention_id]
        experiences = _experiences(text, read, told)
        readings.append(Reading(mention_id, revision, read.prediction, experiences))
    return readings


def _experiences(text: str, whole: Read, told: Sequence[tuple[Span, Read]]) -> list[Passage]:
    """The passages that tell something; of a text that does as a whole, at least the whole."""
    if whole.prediction.usable != Usable.EXPERIENCE:
        return []
    found = [(span, read) for span, read in told if read.prediction.usable == Usable.EXPERIENCE]
    if not found:
        stripped = text.strip()
        start = text.find(stripped)
        found = [(Span(start, start + len(stripped)), whole)]
    return [
        Passage(span.start, span.end, _in_context(read.prediction, whole.prediction), pack(read.embedding))
        for span, read in found
    ]


def _in_context(passage: Prediction, whole: Prediction) -> Prediction:
    """A passage that contradicts its text as a whole must be surer than others: alone, words mislead."""
    opposite = {passage.sentiment, whole.sentiment} == {Sentiment.POSITIVE, Sentiment.NEGATIVE}
    if opposite and passage.scores[f"sentiment:{passage.sentiment}"] < _SURE_AGAINST:
        return replace(passage, confident=False)
    return passage


def _kinds(reading: Reading) -> dict[str, int]:
    prediction = reading.prediction
    aside = prediction.usable != Usable.EXPERIENCE
    return {
        "read": 1,
        "experiences": len(reading.passages),
        "aside": int(aside and not prediction.unscored),
        "unsure": int(not aside and not prediction.confident),
        **({f"unscored/{prediction.unscored}": 1} if prediction.unscored else {}),
    }
