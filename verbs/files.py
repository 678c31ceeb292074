"""Files: bring texts in, write them out."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from domain.dates import TEHRAN, read_date
from verbs.frame import AsJson, app, bar, door, show


@app.command("import", rich_help_panel="Files")
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


@app.command(rich_help_panel="Files")
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
