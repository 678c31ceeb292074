"""Train: what a recipe needs from the settings, checked before hours of work begin."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from domain.errors import BadInput
from domain.settings import ROOT, Settings
from jobs.lock import alone
from nlp.training.recipe import read_recipe

Tick = Callable[[int, int, str], None]


def train(settings: Settings, folder: Path, tick: Tick, base: str = "") -> dict[str, Any]:
    """Train models/<name> by its recipe; killed and started again, it continues at its last whole epoch.

    Args:
        settings: where the data sets lie, and the pretrained encoder if it is at hand.
        folder: with a recipe.toml.
        tick: called with (done, total, what).
        base: folder or hub name of another encoder to start from.

    Returns:
        What metrics.json holds.
    """
    datasets = datasets_of(settings)
    recipe = read_recipe(folder)
    if not base and not recipe.teacher and settings.base_model:
        base = settings.base_model
    if base and (ROOT / base / "config.json").is_file():
        base = str(ROOT / base)
    from nlp.training.run import run  # torch: seconds that no other verb shall wait

    with alone(settings, "train"):
        try:
            run(folder, base, datasets, tick)
        except OSError as error:  # what transformers raises for a name that neither a folder nor the hub has
            if "huggingface.co" not in str(error):
                raise
            wanted = base or recipe.base
            raise BadInput(
                f"cannot get the encoder {wanted}: neither a folder here nor reachable on the hub;"
                " give a folder with config.json and tokenizer.json: --base FOLDER, or SHENAVA_BASE_MODEL"
            ) from error
    metrics: dict[str, Any] = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    return metrics


def datasets_of(settings: Settings) -> Path:
    """The folder of the training and test sets.

    Raises:
        BadInput: it is not set, or not there.
    """
    if not settings.datasets or not (ROOT / settings.datasets).is_dir():
        raise BadInput("no training sets; set SHENAVA_DATASETS to the folder that holds cx/, train/ and benchmarks/")
    return ROOT / settings.datasets
