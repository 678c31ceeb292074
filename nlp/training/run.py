"""`shenava train`: recipe -> weights -> ONNX -> calibration -> metrics -> card, in one folder."""

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path

import numpy as np
import torch

from domain.errors import BadInput
from domain.settings import ROOT
from nlp.checkpoint import Calibration, Floats, fingerprint, open_checkpoint
from nlp.classifier import Classifier
from nlp.engine import OnnxEngine
from nlp.evaluation.report import fingerprints, report
from nlp.heads import HEADS, slices
from nlp.normalise import for_model
from nlp.training import network
from nlp.training.calibrate import calibrate
from nlp.training.data import Example, read_rows
from nlp.training.export import export_onnx
from nlp.training.recipe import Recipe, read_recipe
from nlp.training.sets import Sets, read_sets
from nlp.training.train import train
from nlp.training.trim import trim, trimmable

Tick = Callable[[int, int, str], None]


def run(folder: Path, base: str, datasets: Path, tick: Tick) -> None:
    """Train the checkpoint of a folder by its recipe.toml; a killed run continues at its last whole epoch.

    Args:
        folder: models/<name>, with a recipe.toml.
        base: folder or hub name of the pretrained encoder; the recipe's if empty.
        datasets: folder with cx/, train/ and benchmarks/.
        tick: called with (done, total, what).
    """
    recipe = read_recipe(folder)
    work = folder / "checkpoints"
    # All is made aside, and what it was made of is noted before hours pass: files may change meanwhile.
    fresh = work / folder.name
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    shutil.copy(folder / "recipe.toml", fresh)
    sets, data = read_sets(recipe, datasets), fingerprints(recipe, datasets)
    start = _start(recipe, base, datasets, work, tick)
    model, curve = train(recipe, start, sets, work, tick)
    network.save(model, start, fresh)
    made = {
        "base": base or recipe.teacher or recipe.base,
        "device": "cuda" if torch.cuda.is_available() else "cpu",
        "loss_by_epoch": curve,
        "data": data,
    }
    (fresh / "training.json").write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
    finish(fresh, sets, recipe, tick)
    report(fresh, datasets, tick)
    # A reader that opens the folder between two of these is told so: its version does not fit (see open_checkpoint).
    for path in sorted(fresh.iterdir(), key=lambda path: path.name == "config.json"):
        path.replace(folder / path.name)


def finish(folder: Path, sets: Sets, recipe: Recipe, tick: Tick) -> None:
    """From saved weights to a checkpoint that can be loaded: ONNX, and how its answers are read."""
    tick(0, 1, "exporting to ONNX")
    export_onnx(folder)
    tick(0, 1, "calibrating")
    logits, embeddings = _dev_answers(folder, sets.dev)
    calibration = calibrate(logits, sets.dev, recipe.precision)
    _finish_config(folder, calibration, embeddings.mean(0), sets.shares)


def _start(recipe: Recipe, base: str, datasets: Path, work: Path, tick: Tick) -> str:
    """The encoder to start from: as given, the teacher, or the public one; its vocabulary trimmed once, if wanted."""
    if not base and recipe.teacher:
        teacher = ROOT / "models" / recipe.teacher
        if not (teacher / "model.safetensors").is_file():
            raise BadInput(f"{teacher} has no torch weights to start from; first run: shenava train {teacher}")
        return str(teacher)
    base = base or recipe.base
    names = (*recipe.marked_sets, *recipe.unlabelled_sets)
    if not recipe.trim or not trimmable(base):
        return base
    trimmed = work / f"base-{sha256(repr((base, names)).encode()).hexdigest()[:16]}"
    if not trimmed.is_dir():
        tick(0, 1, f"trimming {base}")
        draft = trimmed.with_name(f"{trimmed.name}.tmp")
        shutil.rmtree(draft, ignore_errors=True)
        paths = [datasets / "cx" / "train.jsonl.gz", *(datasets / "train" / f"{name}.jsonl.gz" for name in names)]
        trim(base, (row["text"] for path in paths for row in read_rows(path)), draft)
        draft.replace(trimmed)
    return str(trimmed)


def _dev_answers(folder: Path, dev: list[Example]) -> tuple[Floats, Floats]:
    """Raw logits and embeddings of the dev examples, by the engine that will serve."""
    neutral = Calibration({head.name: 1.0 for head in HEADS}, {}, 1.0, 0.5, 0.0)
    _finish_config(folder, neutral, np.zeros(1, np.float32))
    classifier = Classifier(open_checkpoint(str(folder)), OnnxEngine(folder))
    return classifier.raw([for_model(example.text) for example in dev])


def _finish_config(
    folder: Path, calibration: Calibration, common: Floats, shares: dict[str, Floats] | None = None
) -> None:
    """Write what plain transformers ignores and our classifier needs; the label groups are for other people's code."""
    path = folder / "config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    version = f"{folder.name}@{fingerprint(folder, calibration)}"
    config["shenava"] = {"version": version, "calibration": asdict(calibration)}
    config["shenava"]["marks"] = {name: share.round(4).tolist() for name, share in (shares or {}).items()}
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
