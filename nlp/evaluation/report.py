"""Report: all that is known of a finished checkpoint, as metrics.json and as its card."""

import json
import platform
import time
from collections import Counter
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers

from nlp.classifier import Classifier
from nlp.evaluation import baselines
from nlp.evaluation.card import write_card
from nlp.evaluation.evaluate import Answered, answer, ceiling, faithfulness, measured, parts
from nlp.evaluation.metrics import cx_metrics, single
from nlp.evaluation.suites import CHALLENGE, open_suite
from nlp.training.compose import GRAMMAR
from nlp.training.data import LABELLED, MARKS, WRITTEN, read_rows
from nlp.training.recipe import Recipe, read_recipe
from nlp.training.sets import read_sets

Row = dict[str, Any]
Tick = Callable[[int, int, str], None]
_BASELINE_ROWS = 25_000
_EXPLAINED = 150
#: The training texts of each benchmark that are at hand.
_OWN_TEXTS = {"deepsentipers": ("deepsentipers",), "snappfood": ("snappfood_crawl", "snappfood_dev")}


def report(folder: Path, datasets: Path, tick: Tick) -> None:
    """Measure a finished checkpoint on every suite: metrics.json and the card, README.md."""
    recipe = read_recipe(folder)
    classifier = Classifier.load(folder, "onnx")
    answered: dict[str, Answered] = {}
    for name in ("cx", "deepsentipers", "snappfood", "challenge"):
        tick(0, 1, f"reading {name}")
        answered[name] = answer(classifier, open_suite(name, datasets))
    texts = [row["text"] for row in answered["cx"].suite.rows]
    tick(0, 1, "training the baselines")
    plain = _baselines(recipe, datasets, answered)
    tick(0, 1, "fitting a linear head to each benchmark")
    tick(0, 1, "explaining")
    metrics: Row = {
        "model": classifier.version,
        "suites": {name: measured(some) for name, some in answered.items()},
        "baselines": plain,
        "linear_heads": _linear_heads(classifier, recipe, datasets, answered),
        "annotator_against_annotator": ceiling(datasets),
        "passages": parts(classifier, read_sets(recipe, datasets).dev),
        "evidence": faithfulness(classifier, texts[:_EXPLAINED]),
        "speed": speed(folder, texts),
        "data": fingerprints(recipe, datasets),
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__.split("+")[0],
            "transformers": transformers.__version__,
            "numpy": np.__version__,
        },
    }
    made = folder / "training.json"
    if made.is_file():
        metrics |= json.loads(made.read_text(encoding="utf-8"))
    text = json.dumps(metrics, ensure_ascii=False, indent=1)
    (folder / "metrics.json").write_text(text + "\n", encoding="utf-8")
    write_card(folder)


def _baselines(recipe: Recipe, datasets: Path, answered: dict[str, Answered]) -> Row:
    """TF-IDF with logistic regression on the same data, and the commonest answer."""
    train = list(read_rows(datasets / "cx" / "train.jsonl.gz"))
    cx = answered["cx"].suite.rows
    marked = _marked(recipe, datasets)
    model = baselines.tfidf_sentiment([text for text, _ in marked], [mark for _, mark in marked])
    result: Row = {
        "cx": {
            "tfidf": cx_metrics(baselines.tfidf(train, cx), cx),
            "majority": cx_metrics(baselines.majority(train, cx), cx),
        }
    }
    for name in ("deepsentipers", "snappfood"):
        rows = answered[name].suite.rows
        odds = model.predict_proba([row["text"] for row in rows])
        columns = {str(mark): column for column, mark in enumerate(model.classes_)}
        labels = [mark for mark in MARKS if mark in {row["sentiment"] for row in rows}]
        said = [max(labels, key=lambda mark: row[columns[mark]] if mark in columns else 0.0) for row in odds]
        truth = [row["sentiment"] for row in rows]
        common = [Counter(truth).most_common(1)[0][0]] * len(rows)
        result[name] = {
            "tfidf": {"macro_f1": single(said, truth, labels)["macro_f1"]},
            "majority": {"macro_f1": single(common, truth, labels)["macro_f1"]},
        }
    return result


def _linear_heads(classifier: Classifier, recipe: Recipe, datasets: Path, answered: dict[str, Answered]) -> Row:
    """What the reader reaches on each benchmark with one linear layer fitted on the benchmark's own training texts."""
    result: Row = {}
    for name, sets in _OWN_TEXTS.items():
        if not set(sets) <= set(recipe.marked_sets):
            continue
        rows = answered[name].suite.rows
        labels = [mark for mark in MARKS if mark in {row["sentiment"] for row in rows}]
        train = [row for some in sets for row in read_rows(datasets / "train" / f"{some}.jsonl.gz")]
        said = baselines.linear_head(classifier, [row for row in train if row["sentiment"] in labels], rows)
        figures = single(said, [row["sentiment"] for row in rows], labels)
        result[name] = {"macro_f1": figures["macro_f1"], "macro_f1_interval": figures["macro_f1_interval"]}
    return result


def _marked(recipe: Recipe, datasets: Path) -> list[tuple[str, str]]:
    """(text, mark) of the sets with marks that the recipe trains on, a fixed draw of them."""
    rows = [
        (row["text"], row["sentiment"])
        for name in recipe.marked_sets
        for row in read_rows(datasets / "train" / f"{name}.jsonl.gz")
        if row["sentiment"]
    ]
    chosen = np.random.default_rng(recipe.seed).permutation(len(rows))[:_BASELINE_ROWS]
    return [rows[row] for row in chosen]


def speed(folder: Path, texts: Sequence[str]) -> Row:
    """Texts a second with their passages, the whole path, warm, one run; of each engine whose weights are there."""
    result: Row = {}
    for engine, file in (("onnx", "model.int8.onnx"), ("torch", "model.safetensors")):
        if (folder / file).is_file():
            classifier = Classifier.load(folder, engine)
            classifier.read(texts[:32])
            start = time.perf_counter()
            classifier.read(texts)
            result[f"{engine}_texts_per_second"] = round(len(texts) / (time.perf_counter() - start), 1)
    return result


def fingerprints(recipe: Recipe, datasets: Path) -> dict[str, str]:
    """SHA-256 of every file that is learned from or measured on, the first 16 digits."""
    names = ["cx/train", "cx/test", *(f"train/{name}" for name in (*recipe.marked_sets, *recipe.unlabelled_sets))]
    paths = {name: datasets / f"{name}.jsonl.gz" for name in names}
    for folder in (LABELLED, WRITTEN, CHALLENGE):
        paths |= {f"data/{folder.name}/{path.stem}": path for path in sorted(folder.glob("*.jsonl"))}
    paths |= {f"data/grammar/{path.stem}": path for path in sorted(GRAMMAR.glob("*.tsv"))}
    return {name: sha256(path.read_bytes()).hexdigest()[:16] for name, path in paths.items()}
