"""Docs: the parts of the READMEs that code writes. `make docs` writes them, the tests check them."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from domain.settings import ROOT, Settings
from domain.vocabulary import Contact, Dimension, Gap, Intent, Label, Sentiment, Stage, Touchpoint, Usable
from jobs.export.columns import data_dictionary
from jobs.sources import markdown

READERS = ("reader", "reader-full")
PAGES = ("README.md", "README.fa.md", "data/README.md")
_BLOCK = re.compile(r"(<!-- docs:(\w+)(?::(fa|en))? -->\n)(.*?)(<!-- /docs -->)", re.DOTALL)
_QUESTIONS: dict[str, type[Label]] = {
    "usable": Usable,
    "sentiment": Sentiment,
    "dimensions": Dimension,
    "touchpoint": Touchpoint,
    "contact": Contact,
    "stage": Stage,
    "gap": Gap,
    "intent": Intent,
}


def main() -> None:
    """Write every generated block anew."""
    for page in PAGES:
        path = ROOT / page
        path.write_text(rendered(path.read_text(encoding="utf-8")), encoding="utf-8")


def rendered(page: str) -> str:
    """A page with its generated blocks as they should be."""
    return _BLOCK.sub(lambda m: f"{m[1]}{BLOCKS[m[2]](m[3] or 'en')}\n{m[5]}", page)


def _vocabulary(language: str) -> str:
    lines = ["| | |", "|---|---|"]
    for question, labels in _QUESTIONS.items():
        named = " · ".join(f"`{label}` {label.fa}" for label in labels)
        lines.append(f"| {question} | {named} |")
    return "\n".join(lines)


def _figures(language: str) -> str:
    read = {name: _metrics(name) for name in READERS}
    first = read[READERS[0]]
    plain, agree = first["baselines"], first["annotator_against_annotator"]
    presence, intents = agree["presence"].values(), agree["intents"].values()

    def row(title: str, pick: Callable[[Any], float], ceiling: float | None = None) -> str:
        models = [metrics["suites"]["cx"] for metrics in read.values()]
        cells = [f"{100 * pick(one):.1f}" for one in (*models, plain["cx"]["tfidf"], plain["cx"]["majority"])]
        return f"| {title} | {' | '.join(cells)} | {'–' if ceiling is None else f'{100 * ceiling:.1f}'} |"

    lines = [
        f"| on cx/test, n = {first['suites']['cx']['n']} | {' | '.join(READERS)} | TF-IDF | majority"
        " | annotator to annotator |",
        "|---|" + "---|" * (len(READERS) + 3),
        row("sentiment, 4 classes, macro-F1", lambda m: m["sentiment"]["macro_f1"], agree.get("sentiment")),
        row("of it neutral, F1", lambda m: m["sentiment"]["by_label"]["neutral"]["f1"]),
        row("of it mixed, F1", lambda m: m["sentiment"]["by_label"]["mixed"]["f1"]),
        row(
            "five dimensions, mean F1 of presence", lambda m: m["dimension_presence_f1"], sum(presence) / len(presence)
        ),
        row("their polarity, accuracy", lambda m: m["dimension_polarity_accuracy"]),
        row("touchpoint, macro-F1 over labels with n ≥ 10", lambda m: m["touchpoint"]["macro_f1_frequent"]),
        row("touchpoint, macro-F1 over all that occur", lambda m: m["touchpoint"]["macro_f1"], agree.get("touchpoint")),
        row("usable, macro-F1", lambda m: m["usable"]["macro_f1"], agree.get("usable")),
        row("intents, mean F1", lambda m: m["intents_f1"], sum(intents) / len(intents)),
        row("needs a response, F1", lambda m: m["needs_response"]["f1"]),
        "",
        f"| other tests | {' | '.join(READERS)} | TF-IDF |",
        "|---|" + "---|" * (len(READERS) + 1),
    ]
    for title, name in (
        ("DeepSentiPers, 3 classes, macro-F1", "deepsentipers"),
        ("SnappFood, 2 classes, macro-F1", "snappfood"),
    ):
        cells = [metrics["suites"][name]["macro_f1"] for metrics in read.values()] + [plain[name]["tfidf"]["macro_f1"]]
        lines.append(
            f"| {title}, n = {first['suites'][name]['n']} | {' | '.join(f'{100 * cell:.1f}' for cell in cells)} |"
        )
    passed = [f"{100 * metrics['suites']['challenge']['passed']:.1f}" for metrics in read.values()]
    lines.append(
        f"| challenge suite, cases passed, n = {first['suites']['challenge']['n']} | {' | '.join(passed)} | – |"
    )
    return "\n".join(lines)


def _metrics(name: str) -> Any:
    return json.loads((ROOT / "models" / name / "metrics.json").read_text(encoding="utf-8"))


def _settings(language: str) -> str:
    lines = ["| setting | default | meaning |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = field.default.as_posix() if isinstance(field.default, Path) else field.default
        lines.append(f"| `SHENAVA_{name.upper()}` | `{default}` | {field.description} |")
    return "\n".join(lines)


def _columns(language: str) -> str:
    lines = ["| column | title | meaning |", "|---|---|---|"]
    columns = [entry for entry in data_dictionary(language) if not entry.label]
    return "\n".join([*lines, *(f"| `{one.column}` | {one.title} | {one.meaning} |" for one in columns)])


BLOCKS: dict[str, Callable[[str], str]] = {
    "vocabulary": _vocabulary,
    "sources": markdown,
    "figures": _figures,
    "settings": _settings,
    "columns": _columns,
}

if __name__ == "__main__":
    main()
