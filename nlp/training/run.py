"""`shenava train`: recipe -> weights -> ONNX -> calibration -> metrics -> card, in one folder."""

import json
import platform
import shutil
from collections.abc import Callable
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path

import numpy as np
import torch

from nlp.checkpoint import Calibration, Floats, open_checkpoint
from nlp.classifier import Classifier
from nlp.engine import OnnxEngine
from nlp.evaluation.card import write_card
from nlp.evaluation.evaluate import evaluate
from nlp.heads import HEADS, slices
from nlp.normalise import for_model
from nlp.training import data, network
from nlp.training.calibrate import calibrate
from nlp.training.export import export_onnx
from nlp.training.recipe import read_recipe
from nlp.training.train import train

Tick = Callable[[int, int, str], None]


def run(folder: Path, base: str, datasets: Path, tick: Tick) -> None:
    """Train the checkpoint of a folder by its recipe.toml; a killed run continues at its last whole epoch.

    Args:
        folder: models/<name>, with a recipe.toml.
        base: folder of the pretrained encoder.
        datasets: folder with cx/, train/ and benchmarks/.
        tick: called with (done, total, what).
    """
    recipe = read_recipe(folder)
    work = folder / "checkpoints"
    model, dev = train(recipe, base, datasets, work, tick)
    # All is made aside: whoever reads with the old checkpoint meanwhile never meets half a new one.
    fresh = work / folder.name
    fresh.mkdir(exist_ok=True)
    shutil.copy(folder / "recipe.toml", fresh)
    network.save(model, base, fresh)
    tick(0, 1, "exporting to ONNX")
    export_onnx(fresh)
    tick(0, 1, "calibrating")
    logits, embeddings = _dev_answers(fresh, dev)
    _finish_config(fresh, calibrate(logits, dev, recipe.precision), embeddings.mean(0))
    report(fresh, datasets, tick)
    for path in sorted(fresh.iterdir(), key=lambda path: path.name == "config.json"):
        path.replace(folder / path.name)


def report(folder: Path, datasets: Path, tick: Tick) -> None:
    """Measure a finished checkpoint: metrics.json and the card, README.md."""
    recipe = read_recipe(folder)
    metrics = evaluate(folder, recipe, datasets, lambda what: tick(0, 1, what))
    metrics["data"] = {
        name: _fingerprint(datasets, name)
        for name in ("cx/train", "cx/test", *(f"train/{s}" for s in recipe.sentiment_sets))
    }
    metrics["versions"] = {
        "python": platform.python_version(),
        "torch": torch.__version__.split("+")[0],
        "numpy": np.__version__,
    }
    text = json.dumps(metrics, ensure_ascii=False, indent=1)
    (folder / "metrics.json").write_text(text + "\n", encoding="utf-8")
    write_card(folder)


def _dev_answers(folder: Path, dev: list[data.Example]) -> tuple[Floats, Floats]:
    """Raw logits and embeddings of the dev examples, by the engine that will serve."""
    neutral = Calibration({head.name: 1.0 for head in HEADS}, {}, 1.0, 0.5, 0.0)
    _finish_config(folder, neutral, np.zeros(1, np.float32))
    classifier = Classifier(open_checkpoint(str(folder)), OnnxEngine(folder))
    logits, embeddings = classifier._run([for_model(example.text) for example in dev], 32)
    return logits, embeddings


def _finish_config(folder: Path, calibration: Calibration, common: Floats) -> None:
    """Write what plain transformers ignores and our classifier needs; the label groups are for other people's code."""
    path = folder / "config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    how = json.dumps(asdict(calibration), sort_keys=True).encode()
    weights = sha256((folder / "model.safetensors").read_bytes() + how).hexdigest()[:8]
    config["shenava"] = {"version": f"{folder.name}@{weights}", "calibration": asdict(calibration)}
    config["shenava"]["common"] = [round(float(value), 5) for value in common]
    config["label_groups"] = {
        head.name: {"activation": str(head.kind), "ids": list(range(where.start, where.stop))}
        for head, where in zip(HEADS, slices().values(), strict=True)
    }
    path.write_text(json.dumps(config, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    _plain_tokenizer(folder / "tokenizer_config.json")


def _plain_tokenizer(path: Path) -> None:
    # transformers 5 writes a class name that 4.x does not know; this one loads in both.
    config = json.loads(path.read_text(encoding="utf-8"))
    config["tokenizer_class"] = "PreTrainedTokenizerFast"
    for key in ("backend", "is_local", "local_files_only"):
        config.pop(key, None)
    path.write_text(json.dumps(config, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def _fingerprint(datasets: Path, name: str) -> str:
    return sha256((datasets / f"{name}.jsonl.gz").read_bytes()).hexdigest()[:16]
