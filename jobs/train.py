"""Train and evaluate: what a recipe needs from the settings, checked before hours of work begin."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from domain.errors import BadInput
from domain.settings import ROOT, Settings
from jobs.lock import alone
from nlp.training.recipe import read_recipe

Tick = Callable[[int, int, str], None]


def train(settings: Settings, folder: Path, tick: Tick) -> dict[str, Any]:
    """Train models/<name> by its recipe; killed and started again, it continues at its last whole epoch.

    Returns what metrics.json holds.
    """
    datasets = _datasets(settings)
    base = settings.base_model
    if base and (ROOT / base / "config.json").is_file():
        base = str(ROOT / base)
    if not (Path(base) / "tokenizer.json").is_file():
        raise BadInput("no pretrained encoder; set SHENAVA_BASE_MODEL to a folder with config.json and tokenizer.json")
    read_recipe(folder)
    from nlp.training.run import run  # torch: seconds that no other verb shall wait

    with alone(settings, "train"):
        run(folder, base, datasets, tick)
    return _metrics(folder)


def evaluate(settings: Settings, folder: Path, tick: Tick) -> dict[str, Any]:
    """Measure a finished checkpoint again: metrics.json, which is returned, and its card."""
    datasets = _datasets(settings)
    from nlp.training.run import report

    with alone(settings, "train"):
        report(folder, datasets, tick)
    return _metrics(folder)


def _metrics(folder: Path) -> dict[str, Any]:
    metrics: dict[str, Any] = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    return metrics


def _datasets(settings: Settings) -> Path:
    if not settings.datasets or not (ROOT / settings.datasets).is_dir():
        raise BadInput("no training sets; set SHENAVA_DATASETS to the folder that holds cx/, train/ and benchmarks/")
    return ROOT / settings.datasets
