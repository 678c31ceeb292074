"""The weekly digest: write it, and send it."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from domain.dates import local_day, read_date
from verbs.frame import AsJson, app, door, out, show


@app.command(rich_help_panel="Look")
def digest(
    brand: Annotated[str, typer.Option(help="Key of a brand; without it, one digest of all brands.")] = "",
    week: Annotated[
        str, typer.Option(help="Any day of the week, 2026-11-14 or 1405/08/23.", show_default="the last full week")
    ] = "",
    folder: Annotated[
        Path | None, typer.Option("--out", help="Folder for the files.", show_default="<data>/digests")
    ] = None,
    pdf: Annotated[bool, typer.Option("--pdf", help="A PDF too: one A4 page, printed by Chromium.")] = False,
    send: Annotated[bool, typer.Option("--send", help="Send it to those who did not get it yet.")] = False,
    again: Annotated[bool, typer.Option("--again", help="With --send: also to those who got it.")] = False,
    english: Annotated[bool, typer.Option("--english", help="In English.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write what changed in a week, and why, on one page; quotes and links are in it.

    A week runs from Saturday to Friday and stands against the four before it, by rate of what each source gave. Most
    weeks nothing significant changes, and the digest says so: that is a result, and the exit code is 0.

    For cron, on Saturday mornings: [b]shenava digest --pdf --send[/b]. Mail needs SHENAVA_SMTP_URL and
    SHENAVA_DIGEST_TO; a bot of Telegram or Bale, or any webhook, SHENAVA_WEBHOOK_URL (.env.example shows how). Nobody
    gets the same digest twice, so the line may be repeated.
    """
    from jobs import digest as job

    language = "en" if english else "fa"
    with door() as (settings, engine):
        made = job.make(engine, settings, brand, _day(week), language)
        files = job.write(made, folder or settings.data_dir / "digests", language, pdf=pdf)
        result = {**job.told(made), "files": [str(path) for path in files]}
        if send:
            result |= job.send(settings, made, files, language, again=again)
        show(result, as_json, f"[green]✓[/] {escape(_said(result))}")
        if not as_json:
            for path in files:
                out.print(escape(str(path)), soft_wrap=True)


def _day(text: str) -> date | None:
    return local_day(read_date(text).at) if text else None


def _said(result: dict[str, object]) -> str:
    changes, severe = result["changes"], result["severe"]
    assert isinstance(changes, list)
    found = f"{len(changes)} changes" if changes else "too few texts" if result["too_few"] else "nothing significant"
    told = f"{result['first']} to {result['last']}: {found}, {severe} severe experiences"
    if "sent" in result:
        told += f"; sent to {result['sent']}, {result['skipped']} had it"
    return told
