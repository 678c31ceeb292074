"""What the gate and the pages before the app share: the store, the keys, and who holds a cookie."""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cached_property
from threading import Lock
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from starlette.requests import HTTPConnection
from streamlit import config

from dashboard import exposure, session
from domain.access import LOCAL
from domain.settings import Settings
from domain.vocabulary import Role
from store import queries
from store.database import open_store
from store.tables import User

#: Seconds that an answer about a cookie is believed: a page asks for hundreds of files.
_FRESH = 2.0
_MOST = 1000


def here_user() -> User:
    """The person at this computer, before anybody has an account."""
    return User(name=LOCAL, role=str(Role.ADMIN), created_at=datetime.now(UTC))


class House:
    """Opened at the first request, so that a wrong setting is said on the page and not in a log."""

    def __init__(self, settings: Callable[[], Settings]) -> None:
        self._settings = settings
        self._lock = Lock()
        self._held: dict[str, tuple[float, User | None]] = {}
        self._inhabited: tuple[float, bool] = (0.0, False)

    @cached_property
    def engine(self) -> Any:
        """The store."""
        return open_store(self._settings().url)

    @cached_property
    def keys(self) -> session.Keys:
        """What cookies are signed with."""
        return session.Keys(self._settings().secret_path)

    def has_users(self) -> bool:
        """Whether anybody has an account; accounts are never deleted, so a yes stays one."""
        asked, answer = self._inhabited
        if not answer and time.monotonic() > asked + _FRESH:
            self._inhabited = time.monotonic(), queries.has_users(self.engine)
        return self._inhabited[1]

    def who(self, call: HTTPConnection) -> User | None:
        """Who makes a request; None if nobody who may."""
        token = call.cookies.get(session.COOKIE, "")
        if token and (user := self._holder(token)):
            return user
        if exposure.is_here(call.scope, call.headers) and not self.has_users():
            return here_user()
        return None

    def forget(self) -> None:
        """Ask the store again: somebody left."""
        with self._lock:
            self._held.clear()

    def _holder(self, token: str) -> User | None:
        now = time.monotonic()
        with self._lock:
            until, user = self._held.get(token, (0.0, None))
        if now < until:
            return user
        user = session.holder(self.engine, self.keys, token)
        with self._lock:
            if len(self._held) >= _MOST:
                self._held.clear()
            self._held[token] = (now + _FRESH, user)
        return user


def base() -> str:
    """What every path of the app begins with: empty, or "/name"."""
    folder = str(config.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{folder}" if folder else ""


def path_of(scope: Mapping[str, Any]) -> str:
    """The path of a request within the app."""
    path: str = scope["path"]
    return path[len(base()) :] or "/" if path.startswith(f"{base()}/") else path


def language_of(query: str) -> str:
    """The language that an address asks for."""
    return "en" if parse_qs(query).get("lang", ["fa"])[-1] == "en" else "fa"


def own_address(asked: str) -> str:
    """An address of this app, to go to after signing in; the front page for anything else."""
    plain = asked.startswith("/") and not asked.startswith("//") and "\\" not in asked and asked.isprintable()
    if not plain:
        return f"{base()}/"
    parts = urlsplit(asked)
    return quote(parts.path, safe="/%") + (f"?{parts.query}" if parts.query else "")
