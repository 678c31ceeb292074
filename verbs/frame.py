"""What every verb has: the app, the doorway to settings and store, ways to show a result."""

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table
from sqlalchemy import Engine

from domain.errors import Busy, ShenavaError
from domain.settings import Settings, get_settings

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


def table_of(rows: list[dict[str, Any]], note: str = "") -> None:
    """Rows as a table; columns that are empty throughout are left out."""
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
