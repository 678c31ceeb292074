"""People: who may enter the app, and what they did."""

import json
import sys
from typing import Annotated, Any

import typer

from verbs.frame import AsJson, app, door, out, show, table_of

users = typer.Typer(no_args_is_help=True, help="Accounts: as soon as there is one, the app asks everybody to sign in.")
app.add_typer(users, name="user", rich_help_panel="People")

Name = Annotated[str, typer.Argument(help="Name of the user.")]
RoleName = Annotated[str, typer.Option(help="viewer, analyst (exports), annotator (corrects, edits) or admin.")]
FromStdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from the first line of input.")]


@users.command()
def add(
    name: Name,
    role: RoleName = "viewer",
    password_stdin: FromStdin = False,
    oidc: Annotated[
        bool, typer.Option("--oidc", help="No password: NAME is an e-mail address that signs in elsewhere.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make an account; the password is asked, and only its hash is kept."""
    from store.writes import add_user

    with door() as (_, engine):
        user = add_user(engine, name, role, None if oidc else _password(password_stdin))
        show(_row(user), as_json, f"[green]✓[/] {user.name} may enter as {user.role}")


@users.command("list")
def list_(as_json: AsJson = False) -> None:
    """Everybody who has an account."""
    from store import queries

    with door() as (_, engine):
        rows = [_row(user) for user in queries.users(engine)]
        if as_json:
            typer.echo(json.dumps(rows, ensure_ascii=False))
        else:
            table_of(rows, "" if rows else "nobody has an account: the app is open on this computer, and only here")


@users.command()
def role(name: Name, role: Annotated[str, typer.Argument(help="The new role.")], as_json: AsJson = False) -> None:
    """Give another role."""
    from store.writes import set_role

    with door() as (_, engine):
        user = set_role(engine, name, role)
        show(_row(user), as_json, f"[green]✓[/] {user.name} is {user.role} now")


@users.command()
def password(name: Name, password_stdin: FromStdin = False, as_json: AsJson = False) -> None:
    """Set another password; it ends the sessions of this user."""
    from store.writes import set_password

    with door() as (_, engine):
        user = set_password(engine, name, _password(password_stdin))
        show(_row(user), as_json, f"[green]✓[/] {user.name} signs in with the new password from now on")


@users.command()
def off(name: Name, as_json: AsJson = False) -> None:
    """Put an account to rest; its sessions end, its history stays."""
    from store.writes import deactivate

    with door() as (_, engine):
        user = deactivate(engine, name)
        show(_row(user), as_json, f"[green]✓[/] {user.name} may not enter any more")


@users.command()
def on(name: Name, as_json: AsJson = False) -> None:
    """Wake an account that was put to rest."""
    from store.writes import activate

    with door() as (_, engine):
        user = activate(engine, name)
        show(_row(user), as_json, f"[green]✓[/] {user.name} may enter again")


@app.command(rich_help_panel="People")
def audit(
    limit: Annotated[int, typer.Option(help="How many entries.", min=1)] = 50,
    before: Annotated[int | None, typer.Option(help="Only entries before this number.")] = None,
    user: Annotated[str, typer.Option(help="Only what this user did.")] = "",
    action: Annotated[str, typer.Option(help="Only this: sign-in, 'sign-in failed', export …")] = "",
    as_json: AsJson = False,
) -> None:
    """Who did what in the app, newest first."""
    from store import queries

    with door() as (_, engine):
        entries = queries.audit(engine, limit, before, user, action)
        rows: list[dict[str, Any]] = [
            {
                "id": entry.id, "at": f"{entry.at:%Y-%m-%d %H:%M:%S}", "user": entry.user, "action": entry.action,
                "detail": entry.detail, "address": entry.address,
            }
            for entry in entries
        ]  # fmt: skip
        if as_json:
            typer.echo(json.dumps(rows, ensure_ascii=False))
            return
        for row in rows:
            row["detail"] = ", ".join(f"{key} {value}" for key, value in row["detail"].items())
            row["address"] = row["address"][:8]
        table_of(rows, f"older: shenava audit --before {rows[-1]['id']}" if len(rows) == limit else "")
        if not rows:
            out.print("[dim]nothing was done yet[/]")


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    typed: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return typed


def _row(user: Any) -> dict[str, Any]:
    signs_in = "here" if user.password_hash else "oidc"
    return {"name": user.name, "role": user.role, "active": user.active, "signs_in": signs_in}
