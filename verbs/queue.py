"""The queue: complaints that nobody has answered, the oldest first."""

import json
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from verbs.frame import AsJson, app, door, table_of


@app.command(rich_help_panel="Look")
def queue(
    brand: Annotated[list[str] | None, typer.Option(help="Only this brand; may be repeated.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many complaints.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Complaints that wait for an answer and that nobody took up, the oldest first."""
    from store import queries
    from store.filter import Filter

    with door() as (_, engine):
        chosen = Filter(brands=tuple(brand or ()))
        numbers = queries.queue_numbers(engine, chosen)
        rows = [_row(one) for one in queries.queue(engine, chosen, limit=limit)]
    told = {
        "waiting": numbers.by_status["waiting"],
        "open": numbers.open,
        "over_48_hours": numbers.late,
        "median_hours": None if numbers.median_age is None else round(numbers.median_age, 1),
    }
    if as_json:
        typer.echo(json.dumps({**told, "complaints": rows}, ensure_ascii=False))
        return
    note = f"{told['waiting']} wait; of {told['open']} open complaints {told['over_48_hours']} are older than 48 hours"
    table_of([{**row, "text": _short(row["text"])} for row in rows], note if rows else "no complaint waits")


def _row(one: Any) -> dict[str, Any]:
    mention = one.text.mention
    return {
        "mention": mention.id,
        "hours": round(one.hours(datetime.now(UTC))),
        "dated": one.dated,
        "brand": one.text.brand.key,
        "source": mention.source,
        "text": mention.text,
        "url": mention.url,
    }


def _short(text: str, longest: int = 100) -> str:
    line = " ".join(text.split())
    return line if len(line) <= longest else line[: longest - 1] + "…"
