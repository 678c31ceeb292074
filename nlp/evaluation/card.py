"""The model card: README.md of a checkpoint, written from recipe.toml and metrics.json, never by hand."""

import json
from pathlib import Path
from typing import Any

from nlp.training.recipe import Recipe, read_recipe

_PUBLISHED = (
    "| FaBERT (published) | 79.9 | – |\n| XLM-R base (published) | 79.0 | – |\n"
    "| ParsBERT (published, trained on a file that holds a third of the test) | 74.9 | – |\n"
)


def write_card(folder: Path) -> None:
    """Write README.md of a checkpoint folder."""
    metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    (folder / "README.md").write_text(card(folder.name, read_recipe(folder), metrics), encoding="utf-8")


def card(name: str, recipe: Recipe, metrics: dict[str, Any]) -> str:
    """The text of a card."""
    cx = metrics["cx_test"]
    return "\n".join(
        [
            f"# {name}\n",
            "Written by `shenava train`; figures are from metrics.json. Do not edit.\n",
            f"Version `{metrics['model']}`: a BERT encoder of {len(recipe.layers)} layers, one linear layer for all"
            " heads, a mean-pooled sentence embedding from the same pass. `model.safetensors` (fp16) loads with plain"
            " `AutoModelForSequenceClassification`; `model.int8.onnx` is what CPUs run. Which logit says what is"
            " `id2label` and `label_groups` in config.json.\n",
            f"**Use.** {recipe.intended_use}\n",
            f"**Limits.** {recipe.limits}\n",
            f"**Data.** {recipe.data_licence}\n",
            f"## On cx/test ({cx['n']} texts, annotated twice and adjudicated; int8 on CPU)\n",
            _cx_table(cx),
            "## Label by label\n",
            _labels(cx["model"]),
            "## Honesty\n",
            _honesty(metrics["honesty"], recipe),
            "## Public benchmarks\n",
            _benchmarks(metrics["benchmarks"]),
            "## Speed\n",
            f"{metrics['speed']['onnx_texts_per_second']:.0f} texts/s with ONNX int8 and"
            f" {metrics['speed']['torch_texts_per_second']:.0f} with torch fp32 on the texts of cx/test,"
            " on the machine that trained it, with whatever else was running.\n",
            "## Data it was trained and measured on (SHA-256, first 16 digits)\n",
            "\n".join(f"- {name}: `{digest}`" for name, digest in metrics["data"].items()),
            "",
        ]
    )


def _cx_table(cx: dict[str, Any]) -> str:
    ceiling = cx["annotator_against_annotator"]
    lines = ["| | model | TF-IDF | majority | annotator to annotator |", "|---|---|---|---|---|"]
    for field in ("sentiment", "touchpoint", "usable", "stage", "gap"):
        scores = [cx[who][field]["macro_f1"] for who in ("model", "tfidf", "majority")]
        lines.append(f"| {field}, macro-F1 | {_cells(scores)} | {_percent(ceiling.get(field))} |")
    for measure, title in (("macro_f1_frequent", "macro-F1 over labels with n ≥ 10"), ("accuracy", "accuracy")):
        scores = [cx[who]["touchpoint"][measure] for who in ("model", "tfidf", "majority")]
        lines.append(f"| touchpoint, {title} | {_cells(scores)} | – |")
    for field, title in (
        ("dimension_presence_f1", "five dimensions, mean F1 of presence"),
        ("dimension_polarity_accuracy", "polarity where both find the dimension, accuracy"),
    ):
        lines.append(f"| {title} | {_cells([cx[who][field] for who in ('model', 'tfidf', 'majority')])} | – |")
    scores = [cx[who]["needs_response"]["macro_f1"] for who in ("model", "tfidf", "majority")]
    lines.append(f"| needs_response, macro-F1 | {_cells(scores)} | {_percent(ceiling.get('needs_response'))} |")
    return "\n".join(lines) + "\n"


def _labels(model: dict[str, Any]) -> str:
    lines = ["| label | F1 | n |", "|---|---|---|"]
    for field in ("sentiment", "touchpoint", "stage", "gap", "usable"):
        lines += [
            f"| {field}: {label} | {_percent(v['f1'])} | {v['n']} |" for label, v in model[field]["by_label"].items()
        ]
    lines += [
        f"| {name}, present | {_percent(v['presence_f1'])} | {v['n']} |" for name, v in model["dimensions"].items()
    ]
    lines += [f"| intent: {name} | {_percent(v['f1'])} | {v['n']} |" for name, v in model["intents"].items()]
    lines.append(
        f"| needs_response: yes | {_percent(model['needs_response']['f1_yes'])} | {model['needs_response']['n']} |"
    )
    return "\n".join(lines) + "\n"


def _honesty(honesty: dict[str, float], recipe: Recipe) -> str:
    return (
        f"Expected calibration error: sentiment {honesty['sentiment_ece']:.3f}, needs_response"
        f" {honesty['needs_response_ece']:.3f}. {_percent(honesty['confident_share'])} % of cx/test is `confident`; its"
        f" sentiment is right in {_percent(honesty['confident_sentiment_accuracy'])} % (thresholds were chosen on the"
        f" dev split for {_percent(recipe.precision)} %).\n"
    )


def _benchmarks(benchmarks: dict[str, Any]) -> str:
    deep, snapp = benchmarks["deepsentipers"], benchmarks["snappfood"]
    lines = [
        f"DeepSentiPers, official test, three classes (n = {deep['n']}; {deep['n_without_twins']} without twins):\n"
    ]
    lines += ["| | macro-F1 | without twins |", "|---|---|---|"]
    lines += [
        f"| {who} | {_percent(deep[who]['macro_f1'])} | {_percent(deep[who]['macro_f1_without_twins'])} |"
        for who in ("model", "tfidf", "majority")
    ]
    table = "\n".join(lines) + "\n" + _PUBLISHED
    table += (
        f"\nSnappFood, official test, the customer's smiley (n = {snapp['n']}; published models stand at 87-89 F1):\n\n"
    )
    rows = [
        f"| {who} | {_percent(snapp[who]['macro_f1'])} | {_percent(snapp[who]['accuracy'])} |"
        for who in ("model", "tfidf", "majority")
    ]
    return table + "\n".join(["| | macro-F1 | accuracy |", "|---|---|---|", *rows]) + "\n"


def _cells(values: list[float | None]) -> str:
    return " | ".join(map(_percent, values))


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f}"
