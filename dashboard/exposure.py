"""Whether the app can be reached from other computers: then nobody may read it without signing in."""

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any

from streamlit import config
from streamlit.auth_util import get_secrets_auth_section, is_authlib_installed

from domain.errors import BadInput

#: What a proxy adds: the request came from somewhere else, whatever its last hop was.
_PASSED_ON = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via")


def is_loopback(host: str | None) -> bool:
    """Whether an address, or the name in a Host header, is this computer and nothing else.

    >>> [is_loopback(host) for host in ("127.0.0.1:8501", "localhost", "[::1]:80", "0.0.0.0", "127.0.0.1.evil.ir", "")]
    [True, True, True, False, False, False]
    """
    host = (host or "").strip().lower()
    bare = host[1:].partition("]")[0] if host.startswith("[") else host if host.count(":") > 1 else host.split(":")[0]
    if bare == "localhost":
        return True
    try:
        return ip_address(bare).is_loopback
    except ValueError:
        return False


def is_exposed() -> bool:
    """Whether the app was told to listen beyond this computer."""
    return not is_loopback(config.get_option("server.address"))


def is_here(scope: Mapping[str, Any], headers: Mapping[str, str]) -> bool:
    """Whether a request comes from this computer, by one of its own names, with nobody in between.

    The name matters: a page elsewhere can make a browser here ask us, under a name that it owns (DNS rebinding).
    """
    client, server = scope.get("client"), scope.get("server")
    ends = [end[0] if end else None for end in (client, server)]
    if is_exposed() or not all(map(is_loopback, ends)) or not is_loopback(headers.get("host")):
        return False
    return not any(name in headers for name in _PASSED_ON)


def providers() -> list[str]:
    """The names under [auth] of .streamlit/secrets.toml by which people may sign in elsewhere (OIDC)."""
    section = get_secrets_auth_section()
    named = [name for name, value in section.items() if hasattr(value, "get") and value.get("client_id")]
    return (["default"] if section.get("client_id") else []) + named


def check(has_users: bool, address: str | None = None) -> None:
    """Raises BadInput if the app would be open to other computers, and says what to type."""
    where = address or config.get_option("server.address") or "every address"
    if not is_loopback(where) and not has_users and not providers():
        raise BadInput(
            f"listening on {where} means that other computers can reach the app, and nobody has an account yet;"
            " make one first: shenava user add NAME --role admin"
        )
    if providers() and not is_authlib_installed():
        raise BadInput("[auth] in .streamlit/secrets.toml needs one more package: pip install 'shenava[oidc]'")
