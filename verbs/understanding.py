"""Understand: read what came in, find what is shared; the whole road."""

import json
from typing import Annotated, Any

import typer
from rich.console import Console
from sqlalchemy import Engine

from domain.settings import Settings
from verbs.frame import AsJson, app, bar, door, out, show
from verbs.listening import crawl_all, plain, stop_if_bad


@app.command(rich_help_panel="Begin")
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
            typer.echo(json.dumps({"crawls": [plain(one) for one in ended], **understood}, ensure_ascii=False))
    stop_if_bad([one.outcome for one in ended])
    if serve_app and not as_json:
        from verbs.looking import serve

        serve(port=port)


@app.command(rich_help_panel="Begin")
def run(
    as_json: AsJson = False,
    brand: Annotated[str, typer.Option(help="Only this brand's targets.")] = "",
    wait: Annotated[int, typer.Option(min=0, help="Minutes to wait for another crawl to end.")] = 0,
) -> None:
    """Crawl every target, classify what is new, discover: the one line that cron needs."""
    from jobs.track import tracked
    from store.queries import sources as sources_there

    with door() as (settings, engine):
        # Imports alone are understood too; an empty store is told how to begin.
        crawls = bool(tracked(engine)) or not sources_there(engine)
        ended = crawl_all(engine, settings, brand=brand, as_json=as_json, wait=wait * 60.0) if crawls else []
        understood = _understand(engine, settings, as_json=as_json)
        if as_json:
            typer.echo(json.dumps({"crawls": [plain(one) for one in ended], **understood}, ensure_ascii=False))
    stop_if_bad([one.outcome for one in ended])


@app.command(rich_help_panel="Understand")
def classify(as_json: AsJson = False) -> None:
    """Read every mention that the model has not read yet."""
    with door() as (settings, engine):
        counts = _classify(engine, settings, as_json)
        show(dict(counts), as_json, f"[green]✓[/] {counts['read']} read, {counts['experiences']} experiences found")


@app.command(rich_help_panel="Understand")
def discover(
    afresh: Annotated[
        bool, typer.Option("--afresh", help="Place every experience again; themes that a person locked stay.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Find the experiences that many people share."""
    with door() as (settings, engine):
        counts = _discover(engine, settings, as_json, afresh=afresh)
        show(dict(counts), as_json, f"[green]✓[/] {counts['themes']} themes, {counts['new']} of them new")


@app.command(rich_help_panel="Understand")
def understand(as_json: AsJson = False) -> None:
    """Classify what is new, then discover: what follows a crawl."""
    with door() as (settings, engine):
        understood = _understand(engine, settings, as_json=as_json)
        if as_json:
            typer.echo(json.dumps(understood, ensure_ascii=False))


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


def _discover(
    engine: Engine, settings: Settings, as_json: bool, classifier: Any = None, *, afresh: bool = False
) -> Any:
    from jobs.discover import discover as job
    from nlp import Classifier

    with Console(stderr=True, quiet=as_json).status("looking for shared experiences") as doing:
        return job(engine, classifier or Classifier.load(), settings, doing.update, afresh=afresh)
