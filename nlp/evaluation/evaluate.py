"""Evaluation: a checkpoint against the annotated test set, public benchmarks, baselines and the annotators."""

import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from domain.prediction import Prediction
from domain.vocabulary import Dimension, Sentiment
from nlp.classifier import Classifier
from nlp.evaluation import baselines
from nlp.evaluation.metrics import calibration_error, cx_metrics, single
from nlp.training.data import read_rows
from nlp.training.recipe import Recipe

Row = dict[str, Any]
Say = Callable[[str], None]
MARKS = ("neg", "neu", "pos")
_BASELINE_ROWS = 25_000


def evaluate(folder: Path, recipe: Recipe, datasets: Path, say: Say = lambda _: None) -> dict[str, Any]:
    """Every figure of the card, as one JSON-ready dictionary.

    Args:
        folder: a finished checkpoint.
        recipe: its recipe; the baselines are trained on the sets that it names.
        datasets: folder with cx/, train/ and benchmarks/.
        say: told what is being measured.
    """
    cx = {name: list(read_rows(datasets / "cx" / f"{name}.jsonl.gz")) for name in ("train", "test")}
    say("reading cx/test with onnx")
    classifier = Classifier.load(folder, "onnx")
    read = classifier.predict([row["text"] for row in cx["test"]])
    say("training the baselines")
    marked = _marked(recipe, datasets)
    plain = baselines.tfidf_sentiment([text for text, _ in marked], [mark for _, mark in marked])
    tests = {
        name: list(read_rows(datasets / "benchmarks" / f"{name}_test.jsonl.gz"))
        for name in ("deepsentipers", "snappfood")
    }
    say("reading the benchmarks")
    return {
        "model": classifier.version,
        "cx_test": {
            "n": len(read),
            "model": cx_metrics([_row(prediction) for prediction in read], cx["test"]),
            "model_torch_fp32": cx_metrics([_row(p) for p in _torch(folder, cx["test"])], cx["test"])["sentiment"][
                "macro_f1"
            ],
            "tfidf": cx_metrics(baselines.tfidf(cx["train"], cx["test"]), cx["test"]),
            "majority": cx_metrics(baselines.majority(cx["train"], cx["test"]), cx["test"]),
            "annotator_against_annotator": _ceiling(datasets),
        },
        "honesty": honesty(read, cx["test"]),
        "benchmarks": {
            "deepsentipers": _deepsentipers(classifier, tests["deepsentipers"], plain),
            "snappfood": _snappfood(classifier, tests["snappfood"], plain),
        },
        "speed": speed(folder, [row["text"] for row in cx["test"]]),
    }


def _torch(folder: Path, rows: Sequence[Row]) -> list[Prediction]:
    return Classifier.load(folder, "torch").predict([row["text"] for row in rows])


def _row(prediction: Prediction) -> Row:
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


def honesty(read: Sequence[Prediction], truth: Sequence[Row]) -> dict[str, Any]:
    """Whether 80 % sure is right in 80 % of cases, and `confident` as right as promised."""
    right = [p.sentiment == row["sentiment"] for p, row in zip(read, truth, strict=True)]
    sure = [p.confident for p in read]
    chosen = [p.scores.get(f"sentiment:{p.sentiment}", 0.0) for p in read]
    asks = [row["needs_response"] for row in truth]
    kept = [r for r, s in zip(right, sure, strict=True) if s]
    return {
        "sentiment_ece": calibration_error(chosen, right),
        "needs_response_ece": calibration_error([p.scores.get("needs_response:yes", 0.0) for p in read], asks),
        "confident_share": round(sum(sure) / len(sure), 4),
        "confident_sentiment_accuracy": round(sum(kept) / max(1, len(kept)), 4),
    }


def _marked(recipe: Recipe, datasets: Path) -> list[tuple[str, str]]:
    """(text, mark) of the sentiment sets that the recipe trains on, a fixed draw of them."""
    rows = [
        (row["text"], row["sentiment"])
        for name in recipe.sentiment_sets
        for row in read_rows(datasets / "train" / f"{name}.jsonl.gz")
        if row["sentiment"]
    ]
    chosen = np.random.default_rng(recipe.seed).permutation(len(rows))[:_BASELINE_ROWS]
    return [rows[row] for row in chosen]


def marks(read: Sequence[Prediction]) -> list[str]:
    """Predictions as neg, neu or pos: mixed and neutral together are neu."""
    rows = []
    for prediction in read:
        score = {label: prediction.scores.get(f"sentiment:{label}", 0.0) for label in Sentiment}
        three = (
            score[Sentiment.NEGATIVE],
            score[Sentiment.NEUTRAL] + score[Sentiment.MIXED],
            score[Sentiment.POSITIVE],
        )
        rows.append(MARKS[int(np.argmax(three))])
    return rows


def _deepsentipers(classifier: Classifier, rows: Sequence[Row], plain: Any) -> Row:
    """Official test, three classes; with and without the rows that have a twin in the original training set."""
    said = {"model": marks(classifier.predict([row["text"] for row in rows])), "tfidf": _plain(plain, rows)}
    said["majority"] = ["pos"] * len(rows)
    truth = [row["sentiment"] for row in rows]
    alone = [number for number, row in enumerate(rows) if not row["twin_in_original_train"]]
    result: Row = {"n": len(rows), "n_without_twins": len(alone)}
    for name, answers in said.items():
        result[name] = single(answers, truth, MARKS)
        untwinned = single([answers[i] for i in alone], [truth[i] for i in alone], MARKS)
        result[name]["macro_f1_without_twins"] = untwinned["macro_f1"]
    return result


def _snappfood(classifier: Classifier, rows: Sequence[Row], plain: Any) -> Row:
    """Official test, the customer's smiley: happy or sad, whichever is likelier."""
    truth = ["pos" if row["label"] == "HAPPY" else "neg" for row in rows]
    read = classifier.predict([row["text"] for row in rows])
    happy = [p.scores.get("sentiment:positive", 0.5) >= p.scores.get("sentiment:negative", 0.5) for p in read]
    two = ("neg", "pos")
    ways = list(plain.classes_)
    odds = plain.predict_proba([row["text"] for row in rows])
    return {
        "n": len(rows),
        "model": single(["pos" if yes else "neg" for yes in happy], truth, two),
        "tfidf": single(
            ["pos" if row[ways.index("pos")] >= row[ways.index("neg")] else "neg" for row in odds], truth, two
        ),
        "majority": single(["pos"] * len(rows), truth, two),
    }


def _plain(plain: Any, rows: Sequence[Row]) -> list[str]:
    return [str(mark) for mark in plain.predict([row["text"] for row in rows])]


def _ceiling(datasets: Path) -> Row:
    """How far two annotators agree: what a model can reach at most."""
    fields = json.loads((datasets / "cx" / "agreement.json").read_text(encoding="utf-8"))["fields"]
    return {
        name: field["macro_f1_between_annotators"]
        for name, field in fields.items()
        if "macro_f1_between_annotators" in field
    }


def speed(folder: Path, texts: Sequence[str]) -> Row:
    """Texts a second of each engine on this machine, whole path, warm, one run of the given texts."""
    result: Row = {}
    for engine in ("onnx", "torch"):
        classifier = Classifier.load(folder, engine)
        classifier.predict(texts[:32])
        start = time.perf_counter()
        classifier.predict(texts)
        result[f"{engine}_texts_per_second"] = round(len(texts) / (time.perf_counter() - start), 1)
    return result
