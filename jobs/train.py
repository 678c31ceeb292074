"""Train and evaluate: what a recipe needs from the settings, checked before hours of work begin."""

from collections.abc import Callable
from pathlib import Path

from domain.errors import BadInput
from domain.settings import ROOT, Settings
from jobs.lock import alone
from nlp.training.recipe import read_recipe

Tick = Callable[[int, int, str], None]


def train(settings: Settings, folder: Path, tick: Tick) -> None:
    """Train models/<name> by its recipe; killed and started again, it continues at its last whole epoch."""
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


def evaluate(settings: Settings, folder: Path, tick: Tick) -> None:
    """Measure a finished checkpoint again: metrics.json and its card."""
    datasets = _datasets(settings)
    from nlp.training.run import report

    report(folder, datasets, tick)


def _datasets(settings: Settings) -> Path:
    if not settings.datasets or not (ROOT / settings.datasets).is_dir():
        raise BadInput("no training sets; set SHENAVA_DATASETS to the folder that holds cx/, train/ and benchmarks/")
    return ROOT / settings.datasets
