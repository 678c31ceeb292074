"""Themes: the experiences that many people share, and what people make of them."""

import json
from typing import Annotated, Any

import typer

from domain.access import LOCAL
from verbs.frame import AsJson, app, door, show, table_of

themes = typer.Typer(no_args_is_help=True, help="Shared experiences: list, rename, merge, lock, split.")
app.add_typer(themes, name="themes", rich_help_panel="Understand")

Id = Annotated[int, typer.Argument(help="Number of the theme, as `shenava themes list` shows it.")]


@themes.command("list")
def list_(
    brand: Annotated[list[str] | None, typer.Option(help="Only this brand; may be repeated.")] = None,
    least: Annotated[int, typer.Option(min=0, help="Least distinct authors; 0 for what the settings say.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Shared experiences, most people first."""
    from store import queries
    from store.filter import Filter

    with door() as (settings, engine):
        least = least or settings.shared_by
        counted = queries.theme_counts(engine, Filter(brands=tuple(brand or ())))
        rows = [_row(one) for one in counted if one.shared(least)]
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    shown = ("id", "name", "polarity", "touchpoint", "people", "texts")
    table_of(
        [{key: row[key] for key in shown} for row in rows],
        "" if rows else f"no experience is told by {least} people; `shenava discover` looks for them",
    )


@themes.command()
def rename(
    theme: Id,
    name: Annotated[str, typer.Argument(help="The new name; '' takes the machine's name back.")],
    as_json: AsJson = False,
) -> None:
    """Call a theme what you call it; its name is locked."""
    from store.writes import rename_theme

    with door() as (_, engine):
        rename_theme(engine, theme, name, LOCAL)
        _told(engine, theme, "is called", as_json)


@themes.command()
def merge(
    theme: Id,
    into: Annotated[int, typer.Argument(help="The theme that it becomes part of.")],
    as_json: AsJson = False,
) -> None:
    """Make a theme part of another one of the same side."""
    from store.writes import merge_themes

    with door() as (_, engine):
        merge_themes(engine, theme, into, LOCAL)
        _told(engine, into, f"{theme} is part of", as_json)


@themes.command()
def lock(theme: Id, as_json: AsJson = False) -> None:
    """Keep the name of a theme, and its place when all begins afresh."""
    _lock(theme, True, as_json)


@themes.command()
def unlock(theme: Id, as_json: AsJson = False) -> None:
    """Leave a theme to the machine again."""
    _lock(theme, False, as_json)


def _lock(theme: int, locked: bool, as_json: bool) -> None:
    from store.writes import lock_theme

    with door() as (_, engine):
        lock_theme(engine, theme, locked, LOCAL)
        _told(engine, theme, "locked" if locked else "unlocked", as_json)


@themes.command()
def split(theme: Id, as_json: AsJson = False) -> None:
    """Take a theme apart where it falls apart most naturally."""
    from jobs.split import split as job

    with door() as (_, engine):
        _told(engine, job(engine, theme, LOCAL), "taken out as", as_json)


def _told(engine: Any, theme_id: int, what: str, as_json: bool) -> None:
    from rich.markup import escape

    from store import queries

    theme = queries.theme(engine, theme_id)
    if theme is not None:
        result = {"id": theme.id, "name": theme.name, "locked": theme.locked, "polarity": theme.polarity}
        show(result, as_json, f"[green]✓[/] {what} {theme.id}: {escape(theme.name)}")


def _row(one: Any) -> dict[str, Any]:
    return {
        "id": one.theme.id,
        "name": one.theme.name,
        "polarity": one.theme.polarity,
        "touchpoint": one.theme.touchpoint,
        "people": one.authors,
        "texts": one.mentions,
        "sources": one.sources,
        "first": None if one.first is None else one.first.isoformat(),
        "last": None if one.last is None else one.last.isoformat(),
        "locked": one.theme.locked,
    }
