"""Evaluate: a checkpoint on suites, as figures and as tables; or everything at once into its metrics and card."""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from domain.settings import ROOT, Settings
from jobs.lock import alone
from jobs.train import datasets_of

Tick = Callable[[int, int, str], None]


class Figures(NamedTuple):
    """A table to print."""

    title: str
    head: list[str]
    rows: list[list[str]]


def evaluate(settings: Settings, folder: Path, tick: Tick) -> dict[str, Any]:
    """Measure a finished checkpoint on every suite again: metrics.json, which is returned, and its card."""
    datasets = datasets_of(settings)
    from nlp.evaluation.report import report

    with alone(settings, "train"):
        report(folder, datasets, tick)
    metrics: dict[str, Any] = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    return metrics


def measure(settings: Settings, model: str, suites: Sequence[str], other: str, tick: Tick) -> dict[str, Any]:
    """Figures of a checkpoint on some suites, and, if another is given, which of the two is right more often.

    Args:
        settings: where the data sets lie, if a suite needs them.
        model: folder or hub name.
        suites: names of suites, or files of JSON lines.
        other: folder or hub name of a second checkpoint; none if empty.
        tick: called with (done, total, what).
    """
    from nlp.classifier import Classifier
    from nlp.evaluation.evaluate import answer, measured, paired
    from nlp.evaluation.suites import open_suite

    datasets = ROOT / settings.datasets if settings.datasets else None
    opened = {name: open_suite(name, datasets) for name in suites}
    readers = [Classifier.load(str(ROOT / name) if (ROOT / name).is_dir() else name) for name in (model, other) if name]
    result: dict[str, Any] = {"model": readers[0].version, "suites": {}}
    for place, (name, suite) in enumerate(opened.items()):
        tick(place, len(opened), f"reading {name}")
        answers = [answer(reader, suite) for reader in readers]
        result["suites"][name] = measured(answers[0])
        if other:
            result["against"] = readers[1].version
            result["suites"][name] |= {"other": measured(answers[1]), "paired": paired(*answers)}
    return result


def tables(result: dict[str, Any]) -> Iterator[Figures]:
    """What `measure` gave, as tables: labels, confusion, calibration, comparison."""
    for name, figures in result["suites"].items():
        yield from _tables(f"{name} · {result['model']}", figures)
        if "paired" in figures:
            yield from _tables(f"{name} · {result['against']}", figures["other"])
            head = ["question", "only the first is right", "only the second is right", "p (McNemar)"]
            rows = [
                [
                    what,
                    str(pair["only_one_right"]),
                    str(pair["only_other_right"]),
                    f"{pair['p']:.4f}" if pair["p"] >= 0.0001 else "< 0.0001",
                ]
                for what, pair in figures["paired"].items()
            ]
            yield Figures(f"{name}: {result['model']} against {result['against']}", head, rows)


def _tables(title: str, figures: dict[str, Any]) -> Iterator[Figures]:
    if "by_phenomenon" in figures:
        rows = [[what, _percent(part["passed"]), str(part["n"])] for what, part in figures["by_phenomenon"].items()]
        yield Figures(
            title, ["phenomenon", "passed, %", "n"], [*rows, ["all", _percent(figures["passed"]), str(figures["n"])]]
        )
        return
    single = {"sentiment": figures} if "macro_f1" in figures else {k: v for k, v in figures.items() if _is_single(v)}
    rows = []
    for head, part in single.items():
        rows.append(
            [f"{head}, macro", "", "", _interval(part["macro_f1"], part["macro_f1_interval"]), str(figures["n"])]
        )
        rows += [[f"  {label}", *_cells(scores)] for label, scores in part["by_label"].items()]
    for head in ("dimensions", "intents"):
        rows += [[f"{head}: {label}", *_cells(scores)] for label, scores in figures.get(head, {}).items()]
    if "needs_response" in figures:
        rows.append(["needs_response", *_cells(figures["needs_response"])])
    yield Figures(title, ["label", "precision", "recall", "F1 (95 %)", "n"], rows)
    for head, part in single.items():
        labels = sorted({*part["confusion"], *(label for row in part["confusion"].values() for label in row)})
        rows = [[truth, *(str(row.get(label, 0)) for label in labels)] for truth, row in part["confusion"].items()]
        yield Figures(f"{title} · {head}: annotated ↓, read →", ["", *labels], rows)
    if "calibration" in figures:
        errors = figures["calibration"]["expected_calibration_error"]
        yield Figures(f"{title} · expected calibration error", list(errors), [[f"{v:.3f}" for v in errors.values()]])


def _is_single(part: Any) -> bool:
    return isinstance(part, dict) and "confusion" in part


def _cells(scores: dict[str, Any]) -> list[str]:
    f1 = _interval(scores["f1"], scores["interval"])
    return [_percent(scores["precision"]), _percent(scores["recall"]), f1, str(scores["n"])]


def _interval(value: float, interval: Sequence[float]) -> str:
    return f"{_percent(value)} ({_percent(interval[0])}-{_percent(interval[1])})"


def _percent(value: float) -> str:
    return f"{100 * value:.1f}"


def _chance(p: float) -> str:
    return f"{p:.4f}" if p >= 0.0001 else "< 0.0001"
