"""Readers: train one, measure one."""

from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from domain.settings import ROOT, get_settings
from verbs.frame import AsJson, app, bar, door, friendly, out, show

Folder = Annotated[Path, typer.Argument(help="A folder of models/ with a recipe.toml.")]


@app.command(rich_help_panel="Readers")
def train(
    folder: Folder = Path("models/reader"),
    base: Annotated[
        str,
        typer.Option(help="Start from this BERT-shaped encoder: a folder or a hub name.", show_default="the recipe's"),
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Train a checkpoint by its recipe; measures it and writes its card. Uses a GPU if there is one.

    Killed, it goes on at its last whole epoch when started again.
    Another encoder: --base HooshvareLab/bert-base-parsbert-uncased
    """
    from jobs.train import train as job

    with friendly(), bar("training", hidden=as_json) as tick:
        metrics = job(get_settings(), ROOT / folder, tick, base)
        show(metrics, as_json, f"[green]✓[/] {escape(str(folder))}: see README.md there")


@app.command(rich_help_panel="Readers")
def evaluate(
    model: Annotated[str, typer.Argument(help="A checkpoint: a folder or a hub name.")] = "models/reader",
    suite: Annotated[
        list[str] | None,
        typer.Option(help="cx, deepsentipers, snappfood, challenge, or a file of JSON lines; may be repeated."),
    ] = None,
    against: Annotated[str, typer.Option(help="A second checkpoint, compared on the same texts.")] = "",
    as_json: AsJson = False,
) -> None:
    """Measure a checkpoint. Without --suite: everything, written to its metrics.json and card.

    A file of JSON lines holds a "text" and any labels in each line: {"text": "…", "sentiment": "negative"}
    """
    from jobs.evaluate import evaluate as everything
    from jobs.evaluate import measure, tables

    with friendly(), bar("measuring", hidden=as_json) as tick:
        if suite:
            result = measure(get_settings(), model, suite, against, tick)
        else:
            result = everything(get_settings(), ROOT / model, tick)
    if as_json or not suite:
        show(result, as_json, f"[green]✓[/] {escape(model)}: see README.md there")
        return
    for title, head, rows in tables(result):
        table = Table(*head, box=SIMPLE_HEAD, header_style="bold", title=escape(title), title_justify="left")
        for row in rows:
            table.add_row(*map(escape, row))
        out.print(table)


@app.command(rich_help_panel="Readers")
def reviewed(
    out_file: Annotated[Path, typer.Option("--out", help="Where to write the annotations: ids and labels, no text.")],
    texts: Annotated[
        Path | None, typer.Option(help="Also write the texts, gzipped, as a training set. Do not publish it.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write what people confirmed and corrected in the app as annotations for the next training.

    Training reads every data/labelled/texts*.jsonl, and finds the texts by id in the sets that its recipe names:
    shenava reviewed --out data/labelled/texts-reviewed.jsonl --texts $SHENAVA_DATASETS/train/reviewed.jsonl.gz
    then add "reviewed" to unlabelled_sets in recipe.toml and run shenava train. Labels that nobody touched are
    the model's; by_person in each row names those that a person stands behind.
    """
    from jobs.reviewed import write_reviewed

    with door() as (_, engine):
        counts = write_reviewed(engine, out_file, texts)
        sentence = f"[green]✓[/] {counts['texts']} texts in {escape(str(out_file))}, {counts['random']} drawn at random"
        show(dict(counts), as_json, sentence)
