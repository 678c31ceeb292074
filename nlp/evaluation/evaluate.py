"""Evaluation: a checkpoint on suites, beside baselines and beside what annotators reach."""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from domain.prediction import Prediction
from domain.vocabulary import Dimension, Sentiment
from nlp.classifier import Classifier
from nlp.evaluation.challenge import challenge_metrics, passed
from nlp.evaluation.metrics import SINGLE, calibration_error, compared, cx_metrics, main, single
from nlp.evaluation.suites import Suite
from nlp.heads import keys
from nlp.passages import Span
from nlp.training.data import MARKS, Example

Row = dict[str, Any]
Floats = npt.NDArray[np.float32]
Say = Callable[[str], None]
#: Training sets whose marks the benchmarks carry.
_SOURCE = {"deepsentipers": "deepsentipers", "snappfood": "snappfood_dev"}
_COLUMN = {key: place for place, key in enumerate(keys())}


@dataclass(frozen=True, slots=True)
class Answered:
    """A suite with a reader's predictions, in the same order."""

    suite: Suite
    read: list[Prediction]
    #: What the marks of the suite's source mean, as the reader's training counted it.
    shares: Floats | None = None

    @property
    def rows(self) -> list[Row]:
        """The predictions in the form of the annotated data."""
        return [as_row(prediction) for prediction in self.read]

    @property
    def marks(self) -> list[str]:
        """The predictions as the marks of the suite."""
        there = {row["sentiment"] for row in self.suite.rows}
        return marks(self.read, [mark for mark in MARKS if mark in there], self.shares)


def answer(classifier: Classifier, suite: Suite) -> Answered:
    """Read a suite."""
    shares = classifier.checkpoint.marks.get(_SOURCE.get(suite.name, ""))
    return Answered(suite, classifier.predict([row["text"] for row in suite.rows]), shares)


def measured(answered: Answered) -> Row:
    """Every figure of one suite, ready for JSON."""
    suite = answered.suite
    if suite.kind == "cases":
        return challenge_metrics(answered.rows, suite.rows)
    if suite.kind == "mark":
        return _marked(answered.marks, suite)
    figures = cx_metrics(answered.rows, suite.rows)
    return {"n": len(suite.rows), **figures, "calibration": calibration(answered.read, suite.rows)}


def _marked(said: Sequence[str], suite: Suite) -> Row:
    """A benchmark of marks; DeepSentiPers also without the rows that have a twin in its original training set."""
    truth = [row["sentiment"] for row in suite.rows]
    labels = [mark for mark in MARKS if mark in set(truth)]
    result: Row = {"n": len(truth), **single(said, truth, MARKS if "neu" in labels else labels)}
    alone = [number for number, row in enumerate(suite.rows) if not row.get("twin_in_original_train")]
    if len(alone) < len(truth):
        figures = single([said[i] for i in alone], [truth[i] for i in alone], MARKS)
        result["without_twins"] = {"n": len(alone), "macro_f1": figures["macro_f1"]}
    return result


def marks(read: Sequence[Prediction], labels: Sequence[str], shares: Floats | None) -> list[str]:
    """Predictions as the marks of another set: the likeliest of its labels.

    Args:
        read: predictions with scores; what was not scored counts as neutral.
        labels: which of neg, neu, pos the set has.
        shares: how often its people give each mark under each sentiment, (sentiments, marks), as counted in training;
            without it mixed and neutral are "neu".
    """
    if shares is None:
        plain = {Sentiment.NEGATIVE: "neg", Sentiment.POSITIVE: "pos"}
        shares = np.array([[plain.get(s, "neu") == mark for mark in MARKS] for s in Sentiment], np.float32)
    places = [MARKS.index(label) for label in labels]
    unscored = np.array([float(s is Sentiment.NEUTRAL) for s in Sentiment], np.float32)
    rows = []
    for prediction in read:
        score = np.array([prediction.scores.get(f"sentiment:{s}", 0.0) for s in Sentiment], np.float32)
        rows.append(labels[int(((score if score.any() else unscored) @ shares)[places].argmax())])
    return rows


def paired(one: Answered, other: Answered) -> dict[str, Any]:
    """Two readers on the same texts: which is right more often, and whether that may be luck (McNemar)."""
    suite = one.suite
    if suite.kind == "cases":
        right = [
            [passed(row, case["expect"]) for row, case in zip(a.rows, suite.rows, strict=True)] for a in (one, other)
        ]
        return {"cases": compared(*right)}
    if suite.kind == "mark":
        right = [[m == row["sentiment"] for m, row in zip(a.marks, suite.rows, strict=True)] for a in (one, other)]
        return {"sentiment": compared(*right)}
    asked = [name for name in SINGLE if ("touchpoints" if name == "touchpoint" else name) in suite.rows[0]]
    asked += [name for name in (*map(str, Dimension), "intents", "needs_response") if name in suite.rows[0]]
    result = {}
    for name in asked:
        truth = [_value(row, name) for row in suite.rows]
        right = [[_value(s, name) == t for s, t in zip(a.rows, truth, strict=True)] for a in (one, other)]
        result[name] = compared(*right)
    return result


def _value(row: Row, name: str) -> Any:
    if name == "intents":
        return set(row[name])
    return row[name] if name == "needs_response" else main(row, name)


def as_row(prediction: Prediction) -> Row:
    """A prediction in the form of the annotated data."""
    return {
        "usable": prediction.usable,
        "sentiment": prediction.sentiment,
        **{str(dimension): prediction.dimensions[dimension] for dimension in Dimension},
        "touchpoints": prediction.touchpoints,
        "stage": prediction.stage,
        "gap": prediction.gap,
        "intents": prediction.intents,
        "needs_response": prediction.needs_response,
    }


def calibration(read: Sequence[Prediction], truth: Sequence[Row]) -> Row:
    """Whether 80 % sure is right in 80 % of cases, head by head, and `confident` as right as promised."""
    errors: Row = {}
    for name in SINGLE:
        if ("touchpoints" if name == "touchpoint" else name) in truth[0]:
            best = [
                max(((s, k) for k, s in p.scores.items() if k.startswith(f"{name}:")), default=(0.0, "")) for p in read
            ]
            right = [key == f"{name}:{main(row, name)}" for (_, key), row in zip(best, truth, strict=True)]
            errors[name] = calibration_error([score for score, _ in best], right)
    for dimension in map(str, Dimension):
        if dimension in truth[0]:
            pairs = [
                (p.scores.get(f"{dimension}:{way}", 0.0), row[dimension] in (way, "both"))
                for p, row in zip(read, truth, strict=True)
                for way in ("positive", "negative")
            ]
            errors[dimension] = calibration_error([score for score, _ in pairs], [there for _, there in pairs])
    if "needs_response" in truth[0]:
        asks = [row["needs_response"] for row in truth]
        errors["needs_response"] = calibration_error([p.scores.get("needs_response:yes", 0.0) for p in read], asks)
    result: Row = {"expected_calibration_error": errors}
    if "sentiment" in truth[0]:
        right = [p.sentiment == row["sentiment"] for p, row in zip(read, truth, strict=True)]
        kept = [ok for ok, p in zip(right, read, strict=True) if p.confident]
        result["confident_share"] = round(len(kept) / max(1, len(read)), 4)
        result["confident_sentiment_accuracy"] = round(sum(kept) / max(1, len(kept)), 4)
    return result


def parts(classifier: Classifier, examples: Sequence[Example]) -> Row:
    """How well passages are read in the context of their texts, on annotated ones that were not trained on."""
    examples = [example for example in examples if example.parts]
    if not examples:
        return {"n": 0}
    cuts = [[Span(part.start, part.end) for part in example.parts] for example in examples]
    read = classifier.read([example.text for example in examples], cuts=cuts)
    said = [as_row(part.prediction) for whole in read for _, part in whole.passages]
    truth = [_as_truth(part.target) for example in examples for part in example.parts]
    figures = cx_metrics(said, truth)
    return {
        "n": len(truth),
        "sentiment": figures["sentiment"],
        "dimension_presence_f1": figures["dimension_presence_f1"],
        "dimension_polarity_accuracy": figures["dimension_polarity_accuracy"],
        "touchpoint": figures["touchpoint"],
    }


def _as_truth(target: Any) -> Row:
    held = {key for key, value in zip(keys(), target, strict=True) if value > 0.5}

    def one(head: str) -> str:
        return next(key.split(":")[1] for key in keys() if key in held and key.startswith(f"{head}:"))

    ways = {(True, True): "both", (True, False): "positive", (False, True): "negative", (False, False): "absent"}
    row: Row = {str(d): ways[f"{d}:positive" in held, f"{d}:negative" in held] for d in Dimension}
    return row | {"sentiment": one("sentiment"), "touchpoints": [one("touchpoint")]}


def ceiling(datasets: Path) -> Row:
    """How far two annotators agree: what a model can reach at most."""
    fields = json.loads((datasets / "cx" / "agreement.json").read_text(encoding="utf-8"))["fields"]
    result: Row = {
        name.removesuffix("_first"): field["macro_f1_between_annotators"]
        for name, field in fields.items()
        if "macro_f1_between_annotators" in field
    }
    result["presence"] = {name: field["presence_f1"] for name, field in fields.items() if "presence_f1" in field}
    result["labels"] = {name: field["per_label"] for name, field in fields.items() if "per_label" in field}
    result["intents"] = {
        name.removeprefix("intent:"): field["f1_between_annotators"]
        for name, field in fields.items()
        if name.startswith("intent:")
    }
    return result


def faithfulness(classifier: Classifier, texts: Sequence[str]) -> Row:
    """Whether evidence carries the answer: the fall of the sentiment's probability without a fifth of the words.

    Comprehensiveness of DeYoung et al. 2020 (arXiv:1911.03429): the words of most weight against words by chance.
    """
    from nlp.evidence import word_weights

    rng = np.random.default_rng(0)
    falls: dict[str, list[float]] = {"evidence": [], "chance": []}
    seconds = []
    for text in texts:
        prediction = classifier.predict([text])[0]
        label = f"sentiment:{prediction.sentiment}"
        if prediction.unscored or len(text.split()) < 5:
            continue
        start = time.perf_counter()
        weights = word_weights(text, label, classifier.scores)
        seconds.append(time.perf_counter() - start)
        count = max(1, round(len(weights) / 5))
        chosen = {
            "evidence": sorted(range(len(weights)), key=lambda word: -weights[word][1])[:count],
            "chance": rng.permutation(len(weights))[:count].tolist(),
        }
        left = [
            " ".join(text[slice(*weights[word][0])] for word in range(len(weights)) if word not in set(out))
            for out in chosen.values()
        ]
        odds = classifier.scores([text, *left])[:, _COLUMN[label]]
        for name, odd in zip(chosen, odds[1:], strict=True):
            falls[name].append(float(odds[0] - odd))
    if not seconds:
        return {"n": 0}
    return {
        "n": len(seconds),
        **{f"fall_{name}": round(float(np.mean(values)), 4) for name, values in falls.items()},
        "milliseconds_median": round(1000 * float(np.median(seconds)), 1),
        "milliseconds_p95": round(1000 * float(np.percentile(seconds, 95)), 1),
    }
