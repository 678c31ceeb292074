"""Look: how things stand, and the app."""

import json
import os
import sys
from typing import Annotated

import typer
from rich.markup import escape

from domain.settings import ROOT
from verbs.frame import AsJson, app, door, err, out, table_of


@app.command(rich_help_panel="Look")
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
        table_of(
            [{key: value for key, value in row.items() if key != "message"} for row in targets],
            "" if targets else "nothing is tracked; begin with: shenava demo, or shenava track --help",
        )
        for row in targets:
            if row["message"]:
                out.print(f"{row['id']}: [yellow]{row['last_outcome']}[/] {escape(row['message'])}", soft_wrap=True)


@app.command(rich_help_panel="Look")
def serve(
    port: Annotated[int, typer.Option(help="Port of the app.")] = 8501,
    address: Annotated[
        str, typer.Option(help="Address to listen on; any but this computer's own needs accounts: shenava user add.")
    ] = "127.0.0.1",
) -> None:
    """Serve the app on 127.0.0.1, and open it in the browser where there is a screen."""
    _may_listen(address)
    err.print(f"[b]http://{f'[{address}]' if ':' in address else address}:{port}[/]  (Ctrl-C closes it)")
    screen = sys.platform in ("darwin", "win32") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    options = ["--server.port", str(port), "--server.address", address, "--server.headless", str(not screen).lower()]
    os.chdir(ROOT)
    os.execv(sys.executable, [sys.executable, "-m", "streamlit", "run", "app.py", *options])  # noqa: S606


def _may_listen(address: str) -> None:
    from dashboard.exposure import check, is_loopback
    from store.queries import has_users

    if is_loopback(address):
        return
    os.chdir(ROOT)
    with door() as (_, engine):
        check(has_users(engine), address)
    err.print("[yellow]other computers can reach it[/]: put HTTPS before it, or passwords travel in the clear")
