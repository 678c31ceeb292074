"""Docs: the parts of the READMEs that code writes. `make docs` writes them, the tests check them."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from crawlers.catalogue import sources
from domain.settings import ROOT, Settings
from domain.vocabulary import Contact, Dimension, Gap, Intent, Label, Sentiment, Stage, Touchpoint, Usable
from jobs.export.columns import data_dictionary

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


def _sources(language: str) -> str:
    lines = ["| source | what is kept | what is dropped | facts checked |", "|---|---|---|---|"]
    for name, source in sources().items():
        title = source.title_fa if language == "fa" else source.title_en
        lines.append(f"| `{name}` {title} | {source.collected} | {source.dropped} | {source.checked} |")
    return "\n".join(lines)


def _figures(language: str) -> str:
    metrics = json.loads((ROOT / "models" / "reader" / "metrics.json").read_text(encoding="utf-8"))
    cx, deep, snapp = metrics["cx_test"], metrics["benchmarks"]["deepsentipers"], metrics["benchmarks"]["snappfood"]

    def row(title: str, pick: Callable[[Any], float], ceiling: float | None = None) -> str:
        cells = [f"{100 * pick(cx[who]):.1f}" for who in ("model", "tfidf", "majority")]
        return f"| {title} | {' | '.join(cells)} | {'–' if ceiling is None else f'{100 * ceiling:.1f}'} |"

    agree = cx["annotator_against_annotator"]
    lines = [
        f"| on cx/test, n = {cx['n']} | model (int8) | TF-IDF | majority | annotator to annotator |",
        "|---|---|---|---|---|",
        row("sentiment, 4 classes, macro-F1", lambda m: m["sentiment"]["macro_f1"], agree.get("sentiment")),
        row("five dimensions, mean F1 of presence", lambda m: m["dimension_presence_f1"]),
        row("their polarity, accuracy", lambda m: m["dimension_polarity_accuracy"]),
        row("touchpoint, macro-F1 over labels with n ≥ 10", lambda m: m["touchpoint"]["macro_f1_frequent"]),
        row("touchpoint, macro-F1 over all eleven", lambda m: m["touchpoint"]["macro_f1"], agree.get("touchpoint")),
        row("needs a response, macro-F1", lambda m: m["needs_response"]["macro_f1"], agree.get("needs_response")),
        "",
        "| public test, macro-F1 | model | TF-IDF | majority |",
        "|---|---|---|---|",
    ]
    for title, test in (("DeepSentiPers, 3 classes", deep), ("SnappFood, 2 classes", snapp)):
        cells = " | ".join(f"{100 * test[who]['macro_f1']:.1f}" for who in ("model", "tfidf", "majority"))
        lines.append(f"| {title}, n = {test['n']} | {cells} |")
    return "\n".join(lines)


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
    "sources": _sources,
    "figures": _figures,
    "settings": _settings,
    "columns": _columns,
}

if __name__ == "__main__":
    main()
