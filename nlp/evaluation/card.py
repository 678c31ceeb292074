"""The model card: README.md of a checkpoint, written from recipe.toml and metrics.json, never by hand."""

import json
from pathlib import Path
from typing import Any

from nlp.training.recipe import Recipe, read_recipe

Row = dict[str, Any]
_HEADS = ("sentiment", "usable", "touchpoint", "stage", "gap")
#: Macro-F1 of others on DeepSentiPers, three classes, as their papers report it.
_PUBLISHED = {"FaBERT": 79.9, "XLM-R base": 79.0, "ParsBERT, trained on a file that holds a third of the test": 74.9}
#: Published models know how a benchmark's people mark, having been trained on its texts.
_FITTED = "the same, frozen, with one linear layer fitted on the benchmark's own training texts"
_HARD = ("irony", "taarof", "mixed_clauses", "reported_speech", "foil_brand")


def write_card(folder: Path) -> None:
    """Write README.md of a checkpoint folder."""
    metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    (folder / "README.md").write_text(card(folder.name, read_recipe(folder), metrics), encoding="utf-8")


def card(name: str, recipe: Recipe, metrics: Row) -> str:
    """The text of a card."""
    suites = metrics["suites"]
    parts = [
        f"# {name}",
        "Written by `shenava train`; figures are from metrics.json. Do not edit.",
        f"Version `{metrics['model']}`: a BERT encoder of {len(recipe.layers)} layers with one linear layer for all"
        " heads. One pass reads a text whole, reads its passages in their context, and gives the embeddings of both."
        " `model.int8.onnx` is what CPUs run; `model.safetensors` (fp16), where it is shipped, loads with plain"
        " `AutoModelForSequenceClassification`. Which logit says what is `id2label` and `label_groups` in config.json.",
        f"**Use.** {recipe.intended_use}",
        f"**Limits.** {recipe.limits}",
        f"**Data.** {recipe.data_licence}",
        f"## On cx/test ({suites['cx']['n']} texts, annotated twice and adjudicated; int8 on CPU)",
        "The annotators were language models; no native speaker has checked the labels yet. Intervals are 95 %,"
        " bootstrap over texts.",
        _cx(metrics),
        "## Label by label",
        _labels(suites["cx"], metrics["annotator_against_annotator"]),
        "## Where everybody fails",
        _hard(suites),
        "## Challenge suite",
        _challenge(suites["challenge"]),
        "## Public benchmarks",
        _benchmarks(suites, metrics["baselines"], metrics.get("linear_heads", {})),
        "## Honesty",
        _honesty(suites["cx"]["calibration"], recipe),
        "## Passages",
        _passages(metrics["passages"]),
        "## Evidence",
        _evidence(metrics["evidence"]),
        "## Speed",
        _speed(metrics["speed"]),
        "## Confusion of sentiment on cx/test",
        _confusion(suites["cx"]["sentiment"]["confusion"]),
        "## Data it was trained and measured on (SHA-256, first 16 digits)",
        "\n".join(f"- {key}: `{digest}`" for key, digest in metrics["data"].items()),
    ]
    return "\n\n".join(parts) + "\n"


def _cx(metrics: Row) -> str:
    model, ceiling = metrics["suites"]["cx"], metrics["annotator_against_annotator"]
    others = [metrics["baselines"]["cx"][who] for who in ("tfidf", "majority")]
    rows = []
    for field in _HEADS:
        figures = [_with_interval(model[field]["macro_f1"], model[field]["macro_f1_interval"])]
        figures += [_percent(other[field]["macro_f1"]) for other in others]
        rows.append([f"{field}, macro-F1", *figures, _percent(ceiling.get(field))])
    few = [_percent(some["touchpoint"]["macro_f1_frequent"]) for some in (model, *others)]
    rows.append(["touchpoint, macro-F1 over labels with n ≥ 10", *few, "–"])
    presence = ceiling["presence"].values()
    mean = sum(presence) / len(presence) if presence else None
    for field, title, limit in (
        ("dimension_presence_f1", "five dimensions, mean F1 of presence", mean),
        ("dimension_polarity_accuracy", "polarity where both find the dimension, accuracy", None),
    ):
        rows.append([title, *(_percent(some[field]) for some in (model, *others)), _percent(limit)])
    intents = ceiling["intents"].values()
    mean = sum(intents) / len(intents) if intents else None
    rows.append(["intents, mean F1", *(_percent(some["intents_f1"]) for some in (model, *others)), _percent(mean)])
    answers = [_percent(some["needs_response"]["f1"]) for some in (model, *others)]
    limit = ceiling["labels"].get("needs_response", {}).get("True")
    rows.append(["needs_response, F1 of yes", *answers, _percent(limit)])
    return _table(["", "model", "TF-IDF", "majority", "annotator to annotator"], rows)


def _labels(model: Row, ceiling: Row) -> str:
    rows = []
    for field in _HEADS:
        known = ceiling["labels"].get("touchpoint_first" if field == "touchpoint" else field, {})
        rows += [[f"{field}: {k}", *_scores(v), _percent(known.get(k))] for k, v in model[field]["by_label"].items()]
    for name, figures in model["dimensions"].items():
        rows.append([f"{name}, present", *_scores(figures), _percent(ceiling["presence"].get(name))])
    for name, figures in model["intents"].items():
        rows.append([f"intent: {name}", *_scores(figures), _percent(ceiling["intents"].get(name))])
    limit = ceiling["labels"].get("needs_response", {}).get("True")
    rows.append(["needs_response: yes", *_scores(model["needs_response"]), _percent(limit)])
    return _table(["label", "precision", "recall", "F1", "n", "annotator to annotator"], rows)


def _scores(figures: Row) -> list[str]:
    f1 = _with_interval(figures["f1"], figures["interval"])
    return [_percent(figures["precision"]), _percent(figures["recall"]), f1, str(figures["n"])]


def _hard(suites: Row) -> str:
    by_label = suites["cx"]["sentiment"]["by_label"]
    said = [f"{name} {_percent(by_label[name]['f1'])}" for name in ("neutral", "mixed") if name in by_label]
    cases = suites["challenge"]["by_phenomenon"]
    told = [f"{name.replace('_', ' ')} {_percent(cases[name]['passed'])}" for name in _HARD if name in cases]
    return f"F1 on cx/test: {', '.join(said)}. Cases of the challenge suite passed, in %: {', '.join(told)}."


def _challenge(figures: Row) -> str:
    share, sentiment, groups = (_percent(figures[key]) for key in ("passed", "sentiment_passed", "groups_passed"))
    head = (
        f"{figures['n']} Persian cases that this project wrote, CheckList-style (data/challenge): a case passes when"
        f" all that it expects holds. {share} % pass, {sentiment} % on sentiment alone; {groups} % of the groups of"
        " near twins pass whole."
    )
    rows = [[k.replace("_", " "), _percent(v["passed"]), str(v["n"])] for k, v in figures["by_phenomenon"].items()]
    return head + "\n\n" + _table(["phenomenon", "passed, %", "cases"], rows)


def _benchmarks(suites: Row, baselines: Row, heads: Row) -> str:
    deep, snapp = suites["deepsentipers"], suites["snappfood"]
    twins = deep.get("without_twins", {})
    rows = [
        ["this model", _with_interval(deep["macro_f1"], deep["macro_f1_interval"]), _percent(twins.get("macro_f1"))]
    ]
    rows += [[_FITTED, _with_interval(*heads["deepsentipers"].values()), "–"]] if "deepsentipers" in heads else []
    rows += [[who, _percent(baselines["deepsentipers"][who]["macro_f1"]), "–"] for who in ("tfidf", "majority")]
    rows += [[f"{who} (published)", f"{value:.1f}", "–"] for who, value in _PUBLISHED.items()]
    first = _table([f"DeepSentiPers, official test, 3 classes, n = {deep['n']}", "macro-F1", "without twins"], rows)
    rows = [["this model", _with_interval(snapp["macro_f1"], snapp["macro_f1_interval"])]]
    rows += [[_FITTED, _with_interval(*heads["snappfood"].values())]] if "snappfood" in heads else []
    rows += [[who, _percent(baselines["snappfood"][who]["macro_f1"])] for who in ("tfidf", "majority")]
    rows += [["ParsBERT (published, three times the training data)", "88.1"]]
    return (
        first
        + "\n\n"
        + _table([f"SnappFood, official test, the customer's smiley, n = {snapp['n']}", "macro-F1"], rows)
    )


def _honesty(figures: Row, recipe: Recipe) -> str:
    errors = ", ".join(f"{name} {value:.3f}" for name, value in figures["expected_calibration_error"].items())
    return (
        f"Expected calibration error (15 bins) on cx/test: {errors}. {_percent(figures['confident_share'])} % of the"
        f" texts are `confident`; their sentiment is right in {_percent(figures['confident_sentiment_accuracy'])} %"
        f" (the threshold was chosen on the dev split for {_percent(recipe.precision)} %)."
    )


def _passages(figures: Row) -> str:
    if not figures["n"]:
        return "Not measured: no annotated passages at hand."
    sentiment = figures["sentiment"]
    return (
        f"{figures['n']} annotated passages of texts that were not trained on, each read in the context of its text:"
        f" sentiment macro-F1 {_with_interval(sentiment['macro_f1'], sentiment['macro_f1_interval'])},"
        f" dimensions {_percent(figures['dimension_presence_f1'])} (polarity"
        f" {_percent(figures['dimension_polarity_accuracy'])}), touchpoint accuracy"
        f" {_percent(figures['touchpoint']['accuracy'])}."
    )


def _evidence(figures: Row) -> str:
    if not figures["n"]:
        return "Not measured: no text of five words or more."
    median, slow = (f"{figures[f'milliseconds_{which}']:.0f}" for which in ("median", "p95"))
    return (
        "`explain` names the words that carry a label. Without the fifth of the words that it weighs most, the"
        f" probability of the sentiment falls by {figures['fall_evidence']:.3f}; without as many words by chance, by"
        f" {figures['fall_chance']:.3f} ({figures['n']} texts of cx/test). It takes {median} ms a text at the median,"
        f" {slow} ms at the 95th percentile."
    )


def _speed(figures: Row) -> str:
    told = [f"{value:.0f} texts/s with {name.split('_')[0]}" for name, value in figures.items()]
    return (
        f"{' and '.join(told)} on the texts of cx/test with their passages, on the machine that trained it, with"
        " whatever else was running. `make bench-classify` compares with a BERT of base size in one run."
    )


def _confusion(table: Row) -> str:
    labels = sorted({*table, *(label for row in table.values() for label in row)})
    rows = [[truth, *(str(table[truth].get(label, 0)) for label in labels)] for truth in table]
    return _table(["annotated ↓, read →", *labels], rows)


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _with_interval(value: float, interval: list[float]) -> str:
    return f"{_percent(value)} ({_percent(interval[0])}–{_percent(interval[1])})"


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f}"
