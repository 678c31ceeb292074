"""Classify: every mention that the model has not read yet is read, whole and passage by passage."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from sqlalchemy import Engine

from domain.settings import Settings
from domain.vocabulary import Usable
from jobs.lock import alone
from jobs.vectors import pack
from nlp.classifier import Classifier, Whole
from nlp.passages import Span
from store.queries import raw_texts, unread
from store.writes import Passage, Reading, save_readings

#: Mentions are read and saved in windows of so many ids, each whole or not at all. int8 answers depend a little on
#: the batch, so a run that was killed must meet the same batches again to end where an unbroken one would.
WINDOW = 200

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
    """Whole texts and their passages, in one pass."""
    answers = classifier.read([text for text, _ in texts.values()])
    return [
        Reading(mention_id, revision, whole.read.prediction, _experiences(text, whole))
        for (mention_id, (text, revision)), whole in zip(texts.items(), answers, strict=True)
    ]


def _experiences(text: str, whole: Whole) -> list[Passage]:
    """The passages that tell something; of a text that does as a whole, at least the whole."""
    if whole.read.prediction.usable != Usable.EXPERIENCE:
        return []
    found = [(span, read) for span, read in whole.passages if read.prediction.usable == Usable.EXPERIENCE]
    if not found:
        stripped = text.strip()
        start = text.find(stripped)
        found = [(Span(start, start + len(stripped)), whole.read)]
    return [Passage(span.start, span.end, read.prediction, pack(read.embedding)) for span, read in found]


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
