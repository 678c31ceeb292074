"""Listen: sources, targets, crawls, and when they run."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from sqlalchemy import Engine

from domain.dates import TEHRAN, read_date
from domain.settings import Settings, get_settings
from verbs.frame import AsJson, app, door, err, friendly, out, show, table_of

PANEL = "Listen"
Terms = Annotated[
    list[str] | None,
    typer.Option("--query", "-q", help="Only what holds this name, in all its spellings; may be repeated."),
]


@app.command(rich_help_panel=PANEL)
def sources(
    as_json: AsJson = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="The tables of the README.")] = False,
) -> None:
    """What can be crawled, what is kept of it and what is dropped; what is not crawled, and why."""
    from jobs import sources as job

    with friendly():
        rows, closed = job.table(), job.unavailable()
        if markdown:
            typer.echo(job.markdown())
        elif as_json:
            typer.echo(json.dumps({"sources": rows, "unavailable": closed}, ensure_ascii=False))
        else:
            for row in rows:
                out.print(
                    f"[b]{row['source']}[/]  {escape(row['title'])}  [yellow]{escape(_note(row))}[/]", soft_wrap=True
                )
                out.print(f"    [dim]target:[/] {escape(row['targets'])}", soft_wrap=True)
                out.print(f"    [dim]kept:[/] {escape(row['collected'])}", soft_wrap=True)
            out.print("\n[b]Not crawled, and why[/]")
            for one in closed:
                out.print(f"{escape(one['title'])}: [dim]{escape(one['why'])} ({one['checked']})[/]", soft_wrap=True)
            out.print("\n[dim]Files (CSV, XLSX, JSONL) come in by: shenava import FILE --brand BRAND[/]")


def _note(row: dict[str, Any]) -> str:
    notes = [f"off: {row['off']}" if row["off"] else "", f"needs {row['needs']}" if row["needs"] else ""]
    return "; ".join([*filter(None, notes), *(["only the shape of its answers is known"] if row["shape_only"] else [])])


@app.command(rich_help_panel=PANEL)
def track(
    source: Annotated[str, typer.Argument(help="A source of `shenava sources`, e.g. wordpress or digikala.")],
    url: Annotated[str, typer.Argument(help="What `shenava sources` calls its target.")],
    brand: Annotated[str, typer.Option(help="Key of the brand that is listened to, e.g. mybrand.")],
    name: Annotated[str, typer.Option(help="Its name on the screen, e.g. «برند من».")] = "",
    query: Terms = None,
    exclude: Annotated[list[str] | None, typer.Option(help="Nothing that holds this; may be repeated.")] = None,
    exact: Annotated[bool, typer.Option("--exact", help="Only the spellings given, no variants of them.")] = False,
    stop: Annotated[bool, typer.Option("--stop", help="Stop crawling this target; what it gave stays.")] = False,
    as_json: AsJson = False,
) -> None:
    """Listen at an address for a brand.

    Try it before it is kept: [b]shenava crawl ID --dry-run[/b] counts the hits of every spelling.
    """
    from jobs import track as job

    with door() as (settings, engine):
        if stop:
            target = job.stop(engine, source, url, brand)
        else:
            wanted = job.query(query or (), exclude or (), exact=exact) if query or exclude else None
            target = job.track(engine, settings, source, url, brand, name, wanted)
        said = "no longer crawled" if stop else f"tracked; next: shenava crawl {target.id}"
        result = {"target": target.id, "source": source, "url": target.url, "brand": brand, "active": not stop}
        show({**result, "query": target.query}, as_json, f"[green]✓[/] {escape(target.url)} is {said}")


@app.command(rich_help_panel=PANEL)
def variants(
    name: Annotated[str, typer.Argument(help="A brand's name as it is written best, e.g. «دیجی‌کالا».")],
    as_json: AsJson = False,
) -> None:
    """The spellings of a name that a query looks for, and how many stored texts hold each."""
    from jobs.track import hits

    with door() as (_, engine):
        rows = [{"variant": variant, "hits": number} for variant, number in hits(engine, name).items()]
        if as_json:
            typer.echo(json.dumps({"name": name, "variants": rows}, ensure_ascii=False))
        else:
            table_of(rows, "Latin spellings are guesses. To choose: shenava track … --exact --query A --query B")


@app.command(rich_help_panel=PANEL)
def crawl(
    target: Annotated[list[int] | None, typer.Argument(help="Ids of targets (shenava status); all if none.")] = None,
    brand: Annotated[str, typer.Option(help="Only this brand's targets.")] = "",
    source: Annotated[str, typer.Option(help="Only this source's targets.")] = "",
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many mentions from each target.")] = None,
    since: Annotated[str, typer.Option(help="Nothing older: 7d, 1405/06/01 or 2026-08-23.")] = "",
    recheck: Annotated[bool, typer.Option("--recheck", help="Read everything again: edits and deletions.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Keep nothing; show what would come.")] = False,
    accept: Annotated[bool, typer.Option("--accept", help="What looks suspect is how it is now.")] = False,
    wait: Annotated[int, typer.Option(min=0, help="Minutes to wait for another crawl to end.")] = 0,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="The crawl's log on standard error.")] = False,
    as_json: AsJson = False,
) -> None:
    """Collect what is new from every target. Exit code 3: one of them ended badly, or looks suspect."""
    with door() as (settings, engine):
        options: dict[str, Any] = {
            "limit": limit,
            "since": _since(since),
            "recheck": recheck,
            "dry_run": dry_run,
            "accept": accept,
        }
        options |= {"wait": wait * 60.0, "verbose": verbose}
        ended = crawl_all(engine, settings, target, brand, source, as_json=as_json, **options)
        if as_json:
            typer.echo(json.dumps({"crawls": [plain(one, dry_run) for one in ended]}, ensure_ascii=False))
        elif dry_run:
            table_of(_found(ended), "nothing was kept")
    stop_if_bad([one.outcome for one in ended])


def _since(text: str) -> datetime | None:
    if not text:
        return None
    if text.endswith("d") and text[:-1].isdecimal():
        return datetime.now(TEHRAN) - timedelta(days=min(int(text[:-1][:6]), 36_500))
    return read_date(text).at


def _found(ended: list[Any]) -> list[dict[str, Any]]:
    return [
        {"target": one.target_id, "spelling": key.removeprefix("found/"), "hits": number}
        for one in ended
        for key, number in sorted(one.counts.items(), key=lambda pair: -pair[1])
        if key.startswith("found/")
    ]


def crawl_all(
    engine: Engine,
    settings: Settings,
    ids: list[int] | None = None,
    brand: str = "",
    source: str = "",
    *,
    as_json: bool,
    **options: Any,
) -> list[Any]:
    """Crawl the chosen targets, and show how each ended."""
    from jobs.collect import collect
    from jobs.track import choose

    chosen = choose(engine, ids, brand, source)
    ended = collect(engine, settings, chosen, progress=not as_json, **options)
    if not as_json:
        dry = bool(options.get("dry_run"))
        hidden = {"counts", "message", "brand"}
        table_of([{key: value for key, value in plain(one, dry).items() if key not in hidden} for one in ended])
        for one in ended:
            if one.message:
                out.print(f"{one.target_id}: [yellow]{one.outcome.en}[/] {escape(one.message)}", soft_wrap=True)
    return ended


def plain(one: Any, dry_run: bool = False) -> dict[str, Any]:
    """A crawl's end as a flat row."""
    kinds = ("new", "edited", "unchanged", "deleted")
    counts = {kind: one.counts.get(f"mentions/{kind}", 0) for kind in kinds}
    if dry_run:
        counts = {"would_keep": one.counts.get("field/text", 0), "off_topic": one.counts.get("skipped/off_topic", 0)}
    rejected = sum(n for key, n in one.counts.items() if key.startswith("rejected/"))
    where = {"target": one.target_id, "brand": one.brand, "source": one.source, "url": one.url}
    row = {**where, "outcome": str(one.outcome), **counts, "rejected": rejected, "message": one.message}
    return {**row, "counts": dict(one.counts)}


def stop_if_bad(outcomes: list[str]) -> None:
    """Leave with exit code 3 if a crawl ended badly."""
    from jobs.status import BAD_ENDINGS

    if BAD_ENDINGS & set(outcomes):
        raise typer.Exit(3)


@app.command(rich_help_panel=PANEL)
def parse(
    source: Annotated[str, typer.Argument(help="A source of `shenava sources`.")],
    file: Annotated[Path, typer.Argument(help="A page of it that you saved.", exists=True, dir_okay=False)],
    url: Annotated[str, typer.Option(help="Where the page came from: ids and links are made of it.")] = "",
) -> None:
    """Print the mentions in a saved page, one JSON object a line; what was refused goes to standard error."""
    from jobs.sources import parse as job

    with friendly():
        for row in job(get_settings(), source, file, url):
            text = json.dumps(row, ensure_ascii=False)
            typer.echo(text, err="counts" in row)


@app.command(rich_help_panel=PANEL)
def schedule(
    every: Annotated[str, typer.Option(help="hour, 6h, 12h or day.")] = "6h",
    install: Annotated[bool, typer.Option("--install", help="Put it into your crontab, or write the timers.")] = False,
    systemd: Annotated[bool, typer.Option("--systemd", help="As systemd user timers instead of cron.")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Take our lines out again.")] = False,
    as_json: AsJson = False,
) -> None:
    """Print the lines that keep listening: every source at its own minute, then the reading of what came."""
    from jobs import schedule as job
    from jobs.track import tracked_sources

    with door() as (settings, engine):
        entries = [] if remove else job.entries(tracked_sources(engine), every)
        if systemd:
            units = job.units(entries)
            folder = Path.home() / ".config" / "systemd" / "user"
            text = "\n".join(f"# {folder / name}\n{unit}" for name, unit in units.items())
            timers = job.install_units(units, folder) if install or remove else []
            said = f"systemctl --user daemon-reload && systemctl --user enable --now {' '.join(timers)}"
        else:
            log = settings.data_dir / "state" / "cron.log"
            text, said = job.crontab(entries, log) if entries else "", f"the log is {log}"
            if install or remove:
                job.install_crontab(text)
        done = "installed" if install else "removed" if remove else "not installed: say --install"
        show({"lines": text, "installed": install}, as_json, escape(text) if text else "")
        if not as_json:
            err.print(f"[dim]{done}; {escape(said)}[/]", soft_wrap=True)
