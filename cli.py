"""DOOR 2: `shenava <verb>`. Each verb calls one job, and says what came of it.

Exit codes: 0 done · 1 something to act on, said in one line · 2 wrong usage · 3 a crawl ended badly ·
4 another shenava is doing this work · 130 stopped by Ctrl-C (what was done is kept).
"""

import json
import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table
from sqlalchemy import Engine

from domain.dates import TEHRAN, read_date
from domain.errors import Busy, ShenavaError
from domain.settings import ROOT, Settings, get_settings

app = typer.Typer(
    name="shenava",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    help="""شنوا: what customers share in Persian, why, and where.

    First time: [b]shenava demo[/b] crawls a small site that ships with the project and opens the app.

    Your brand: [b]shenava track wordpress https://blog.example --brand mybrand[/b], then [b]shenava run[/b]
    (crawl, classify, discover: the line for cron), then [b]shenava serve[/b].

    Every verb may be repeated or killed: nothing is lost or doubled. [b]--json[/b] is for scripts.
    Exit codes: 0 done, 1 something to act on, 2 wrong usage, 3 a crawl ended badly, 4 another shenava is at work.""",
)
out = Console()
err = Console(stderr=True)

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on standard output, nothing else.")]


@contextmanager
def door() -> Iterator[tuple[Settings, Engine]]:
    """Settings and store for a verb; errors that a person can act on become one line and an exit code."""
    from store.database import open_store

    with friendly():
        settings = get_settings()
        yield settings, open_store(settings.url)


@contextmanager
def friendly() -> Iterator[None]:
    """Turn our errors into one line on standard error and an exit code."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        yield
    except ShenavaError as error:
        err.print(f"[bold red]✗[/] {escape(str(error))}", soft_wrap=True)
        raise typer.Exit(4 if isinstance(error, Busy) else 1) from error
    except KeyboardInterrupt as error:
        err.print("[yellow]stopped[/]; what was done is kept, and the same command goes on from there")
        raise typer.Exit(130) from error


def show(result: dict[str, Any], as_json: bool, sentence: str) -> None:
    """The result as JSON for scripts, or as a sentence for people."""
    if as_json:
        typer.echo(json.dumps(result, ensure_ascii=False, default=str))
    else:
        out.print(sentence, soft_wrap=True)


@contextmanager
def bar(what: str, *, hidden: bool = False) -> Iterator[Callable[..., None]]:
    """A progress bar on standard error; the function takes (done, total) and, if it likes, what is being done."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err, disable=hidden or not err.is_terminal) as progress:
        task = progress.add_task(what, total=None)

        def tick(done: int, total: int, now: str = "") -> None:
            progress.update(task, completed=done, total=total, description=now or what)

        yield tick


@app.command()
def demo(
    serve_app: Annotated[bool, typer.Option("--open/--no-open", help="Open the app at the end.")] = True,
    remove: Annotated[bool, typer.Option("--remove", help="Take the demo's brands out of the store again.")] = False,
    port: Annotated[int, typer.Option(help="Port of the app.")] = 8501,
    as_json: AsJson = False,
) -> None:
    """Crawl the demo site, read it, find shared experiences, and open the app."""
    from jobs.demo import crawl_demo, forget_demo

    with door() as (settings, engine):
        if remove:
            gone = forget_demo(engine, settings)
            show({"removed": gone}, as_json, f"[green]✓[/] {gone} demo mentions removed")
            return
        ended = crawl_demo(engine, settings, progress=not as_json)
        understood = _understand(engine, settings, as_json=as_json)
        if as_json:
            typer.echo(json.dumps({"crawls": [_plain(one) for one in ended], **understood}, ensure_ascii=False))
    _stop_if_bad([one.outcome for one in ended])
    if serve_app and not as_json:
        serve(port=port)


@app.command()
def run(
    as_json: AsJson = False,
    brand: Annotated[str, typer.Option(help="Only this brand's targets.")] = "",
) -> None:
    """Crawl every target, classify what is new, discover: the one line that cron needs."""
    from jobs.track import tracked
    from store.queries import sources as sources_there

    with door() as (settings, engine):
        # Imports alone are understood too; an empty store is told how to begin.
        crawls = bool(tracked(engine)) or not sources_there(engine)
        ended = _crawl(engine, settings, brand=brand, as_json=as_json) if crawls else []
        understood = _understand(engine, settings, as_json=as_json)
        if as_json:
            typer.echo(json.dumps({"crawls": [_plain(one) for one in ended], **understood}, ensure_ascii=False))
    _stop_if_bad([one.outcome for one in ended])


@app.command()
def sources(as_json: AsJson = False) -> None:
    """What can be crawled, what is kept of it, and what is dropped."""
    from crawlers.catalogue import sources as known

    with friendly():
        rows = [
            {
                "source": name,
                "title": source.title_en,
                "collected": source.collected,
                "dropped": source.dropped,
                "policy": source.policy,
                "checked": source.checked,
            }
            for name, source in known().items()
        ]
        if as_json:
            typer.echo(json.dumps({"sources": rows}, ensure_ascii=False))
        else:
            _table(rows, "Files (CSV, XLSX, JSONL) come in by: shenava import FILE --brand BRAND")


@app.command()
def track(
    source: Annotated[str, typer.Argument(help="A source of `shenava sources`, e.g. wordpress or feed.")],
    url: Annotated[str, typer.Argument(help="Any page of the site, or the feed.")],
    brand: Annotated[str, typer.Option(help="Key of the brand that is listened to, e.g. mybrand.")],
    name: Annotated[str, typer.Option(help="Its name on the screen, e.g. «برند من».")] = "",
    stop: Annotated[bool, typer.Option("--stop", help="Stop crawling this target; what it gave stays.")] = False,
    as_json: AsJson = False,
) -> None:
    """Listen at an address for a brand."""
    from jobs import track as job

    with door() as (_, engine):
        target = job.stop(engine, source, url, brand) if stop else job.track(engine, source, url, brand, name)
        said = "no longer crawled" if stop else "tracked; next: shenava crawl"
        result = {"target": target.id, "source": source, "url": target.url, "brand": brand, "active": not stop}
        show(result, as_json, f"[green]✓[/] {escape(target.url)} is {said}")


@app.command()
def crawl(
    target: Annotated[list[int] | None, typer.Argument(help="Ids of targets (shenava status); all if none.")] = None,
    brand: Annotated[str, typer.Option(help="Only this brand's targets.")] = "",
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many mentions from each target.")] = None,
    since: Annotated[str, typer.Option(help="Nothing older: 7d, 1405/06/01 or 2026-08-23.")] = "",
    recheck: Annotated[bool, typer.Option("--recheck", help="Read everything again, to find edits.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="The crawl's log on standard error.")] = False,
    as_json: AsJson = False,
) -> None:
    """Collect what is new from every target."""
    with door() as (settings, engine):
        options = {"limit": limit, "since": _since(since), "recheck": recheck, "verbose": verbose}
        ended = _crawl(engine, settings, target, brand, as_json=as_json, **options)
        if as_json:
            typer.echo(json.dumps({"crawls": [_plain(one) for one in ended]}, ensure_ascii=False))
    _stop_if_bad([one.outcome for one in ended])


def _since(text: str) -> datetime | None:
    if not text:
        return None
    if text.endswith("d") and text[:-1].isdecimal():
        return datetime.now(TEHRAN) - timedelta(days=min(int(text[:-1][:6]), 36_500))
    return read_date(text).at


def _crawl(
    engine: Engine, settings: Settings, ids: list[int] | None = None, brand: str = "", *, as_json: bool, **options: Any
) -> list[Any]:
    from jobs.collect import collect
    from jobs.track import choose

    chosen = choose(engine, ids, brand)
    ended = collect(engine, settings, chosen, progress=not as_json, **options)
    if not as_json:
        _table([{k: v for k, v in _plain(one).items() if k != "target"} for one in ended])
    return ended


def _plain(one: Any) -> dict[str, Any]:
    counts = {kind: one.counts.get(f"mentions/{kind}", 0) for kind in ("new", "edited", "unchanged")}
    rejected = sum(n for key, n in one.counts.items() if key.startswith("rejected/"))
    where = {"target": one.target_id, "brand": one.brand, "source": one.source, "url": one.url}
    return {**where, "outcome": str(one.outcome), **counts, "rejected": rejected, "message": one.message}


def _stop_if_bad(outcomes: list[str]) -> None:
    from jobs.status import BAD_ENDINGS

    if BAD_ENDINGS & set(outcomes):
        raise typer.Exit(3)


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="CSV, XLSX or JSONL.", exists=True, dir_okay=False)],
    brand: Annotated[str, typer.Option(help="Key of the brand that the texts are about.")],
    name: Annotated[str, typer.Option(help="Its name on the screen.")] = "",
    source: Annotated[str, typer.Option(help="What to call where they came from.")] = "import",
    columns: Annotated[str, typer.Option(help="Which column is what: 'text=متن نظر,date=تاریخ,author=نام'.")] = "",
    rating_scale: Annotated[str, typer.Option(help="Worst and best rating, e.g. 1-5.")] = "1-5",
    report: Annotated[Path | None, typer.Option(help="Write every refused row, and why, to this CSV.")] = None,
    as_json: AsJson = False,
) -> None:
    """Bring in a file of texts; every row that is refused is reported with its reason."""
    from domain.identity import project_key
    from jobs.import_file import import_file
    from jobs.import_file.columns import read_mapping
    from jobs.lock import alone
    from jobs.track import brand_key
    from store.writes import add_brand

    with door() as (settings, engine), alone(settings, "import"):
        mapping = read_mapping(columns) if columns else None
        brand_key(brand)
        with bar("importing", hidden=as_json) as tick:
            done = import_file(
                engine, file, brand, source, mapping, project_key(settings.secret_path), report,
                rating_scale=rating_scale, progress=lambda rows: tick(rows, rows),
            )  # fmt: skip
        add_brand(engine, brand, name)
        result = done.as_dict()
        refused = "".join(f"\n  {n} × {why.en}: {why.meaning}" for why, n in done.refused.items())
        counted = (
            f"{done.new} new, {done.edited} edited, {done.unchanged} unchanged, {sum(done.refused.values())} refused"
        )
        show(result, as_json, f"[green]✓[/] {counted}{refused}")


@app.command()
def classify(as_json: AsJson = False) -> None:
    """Read every mention that the model has not read yet."""
    with door() as (settings, engine):
        counts = _classify(engine, settings, as_json)
        show(dict(counts), as_json, f"[green]✓[/] {counts['read']} read, {counts['experiences']} experiences found")


@app.command()
def discover(as_json: AsJson = False) -> None:
    """Find the experiences that many people share."""
    with door() as (settings, engine):
        counts = _discover(engine, settings, as_json)
        show(dict(counts), as_json, f"[green]✓[/] {counts['themes']} themes, {counts['new']} of them new")


def _understand(engine: Engine, settings: Settings, *, as_json: bool) -> dict[str, Any]:
    from nlp import Classifier

    classifier = Classifier.load()
    read = _classify(engine, settings, as_json, classifier)
    found = _discover(engine, settings, as_json, classifier)
    if not as_json:
        out.print(f"[green]✓[/] {read['read']} read, {found['themes']} themes, {found['new']} of them new")
    return {"classify": dict(read), "discover": dict(found)}


def _classify(engine: Engine, settings: Settings, as_json: bool, classifier: Any = None) -> Any:
    from jobs.classify import classify as job
    from nlp import Classifier

    with bar("reading", hidden=as_json) as tick:
        return job(engine, classifier or Classifier.load(), settings, tick)


def _discover(engine: Engine, settings: Settings, as_json: bool, classifier: Any = None) -> Any:
    from jobs.discover import discover as job
    from nlp import Classifier

    with Console(stderr=True, quiet=as_json).status("looking for shared experiences") as doing:
        return job(engine, classifier or Classifier.load(), settings, doing.update)


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help="Where to; the ending chooses the format if --format does not.")],
    format_: Annotated[str, typer.Option("--format", help="xlsx, csv, csv-plain, jsonl or parquet.")] = "",
    brand: Annotated[list[str] | None, typer.Option(help="Only this brand; may be repeated.")] = None,
    since: Annotated[str, typer.Option(help="First day: 1405/06/01 or 2026-08-23.")] = "",
    until: Annotated[str, typer.Option(help="Last day.")] = "",
    sentiment: Annotated[list[str] | None, typer.Option(help="Only this sentiment; may be repeated.")] = None,
    touchpoint: Annotated[list[str] | None, typer.Option(help="Only this touchpoint; may be repeated.")] = None,
    dimension: Annotated[
        list[str] | None, typer.Option(help="rational, or rational:negative; may be repeated.")
    ] = None,
    stage: Annotated[list[str] | None, typer.Option(help="Only this stage; may be repeated.")] = None,
    gap: Annotated[list[str] | None, typer.Option(help="Only this gap; may be repeated.")] = None,
    intent: Annotated[list[str] | None, typer.Option(help="Only this intent; may be repeated.")] = None,
    needs_response: Annotated[bool | None, typer.Option(help="Only what does, or does not, await an answer.")] = None,
    search: Annotated[str, typer.Option(help="Words, «exact phrases», -excluded.")] = "",
    language: Annotated[str, typer.Option(help="Language of the titles: fa or en.")] = "fa",
    as_json: AsJson = False,
) -> None:
    """Write the texts of a filter with all their labels to a file."""
    from jobs.export import FORMATS
    from jobs.export import export as job
    from store.filter import Filter
    from store.queries import counts

    with door() as (_, engine):
        kind = format_ or {known.suffix: key for key, known in reversed(FORMATS.items())}.get(file.suffix.lower(), "")
        chosen = Filter(
            brands=tuple(brand or ()), since=_day(since), until=_day(until), sentiments=tuple(sentiment or ()),
            touchpoints=tuple(touchpoint or ()), dimensions=tuple(dimension or ()), stages=tuple(stage or ()),
            gaps=tuple(gap or ()), intents=tuple(intent or ()), needs_response=needs_response, search=search,
        )  # fmt: skip
        total = counts(engine, chosen).mentions
        with bar("writing", hidden=as_json) as tick:
            rows = job(engine, chosen, file, kind, language, progress=lambda done: tick(done, total))
        show(
            {"rows": rows, "file": str(file), "format": kind},
            as_json,
            f"[green]✓[/] {rows} texts in {escape(str(file))}",
        )


def _day(text: str) -> date | None:
    return read_date(text).at.astimezone(TEHRAN).date() if text else None


Folder = Annotated[Path, typer.Argument(help="A folder of models/ with a recipe.toml.")]


@app.command()
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


@app.command()
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


@app.command()
def status(as_json: AsJson = False) -> None:
    """What is there, what is waiting, and how the last crawls ended."""
    from jobs.status import status as job

    with door() as (_, engine):
        now = job(engine)
        targets = now.pop("targets")
        if as_json:
            typer.echo(json.dumps({**now, "targets": targets}, ensure_ascii=False))
            return
        out.print(
            "  ".join(f"{key.replace('_', ' ')} [b]{value}[/]" for key, value in now.items() if value is not None)
        )
        _table(targets, "" if targets else "nothing is tracked; begin with: shenava demo, or shenava track --help")


def _table(rows: list[dict[str, Any]], note: str = "") -> None:
    if rows:
        filled = [key for key in rows[0] if any(row[key] not in ("", None) for row in rows)]
        table = Table(box=SIMPLE_HEAD, header_style="bold", pad_edge=False, padding=(0, 1, 0, 0))
        for key in filled:
            short = all(len(str(row[key])) <= 16 for row in rows)
            table.add_column(key.replace("_", " "), overflow="fold", no_wrap=short)
        for row in rows:
            table.add_row(*(escape("" if row[key] is None else str(row[key])) for key in filled))
        out.print(table)
    if note:
        out.print(f"[dim]{escape(note)}[/]")


@app.command()
def serve(port: Annotated[int, typer.Option(help="Port of the app, on 127.0.0.1.")] = 8501) -> None:
    """Serve the app on 127.0.0.1, and open it in the browser where there is a screen."""
    err.print(f"[b]http://127.0.0.1:{port}[/]  (Ctrl-C closes it)")
    screen = sys.platform in ("darwin", "win32") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    options = ["--server.port", str(port), "--server.headless", str(not screen).lower()]
    os.chdir(ROOT)
    os.execv(sys.executable, [sys.executable, "-m", "streamlit", "run", "app.py", *options])  # noqa: S606


if __name__ == "__main__":
    app()
