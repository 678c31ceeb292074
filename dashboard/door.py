"""Signing in and out over HTTP: by name and password, or by an organisation's account (OIDC)."""

import json
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from anyio import CapacityLimiter, to_thread
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection, Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, RedirectResponse, Response
from streamlit.auth_util import encode_provider_token
from streamlit.web.server.starlette import starlette_websocket
from streamlit.web.server.starlette.starlette_server_config import TOKENS_COOKIE_NAME, USER_COOKIE_NAME

from dashboard import exposure, session, sign_in
from dashboard.house import House, base, language_of, own_address
from dashboard.numerals import number
from dashboard.words import say
from domain.access import user_name
from domain.errors import BadInput
from store import queries, writes
from store.tables import User

_STATIC = Path(__file__).parent.parent / "static"
_FILES = {f"/signin/{name}": _STATIC / name for name in ("vazirmatn.woff2", "favicon.png")}
PATHS = frozenset({"/signin", "/signin/elsewhere", "/signout", *_FILES})
#: Bytes of a form; argon2 takes 64 MiB for each password that is tried, so few are at once.
_LARGEST = 16_384
_AT_ONCE = 2


class Door:
    """The paths that anybody may ask for."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._few: CapacityLimiter | None = None

    async def answer(self, request: Request, path: str) -> Response:
        """What one of PATHS answers."""
        if path in _FILES:
            return FileResponse(_FILES[path], headers={"Cache-Control": "public, max-age=86400"})
        if request.method == "POST" and not _from_our_page(request):
            return self._page(request, 403, error=say(_language(request), "not from here"))
        if path == "/signin/elsewhere":
            return _elsewhere(request)
        if path == "/signout":
            return await (self._leave(request) if request.method == "POST" else self._ask(request))
        return await (self._try(request) if request.method == "POST" else self._show(request))

    async def exchange(self, request: Request) -> Response | None:
        """A session of ours for the cookie that Streamlit set after OIDC; None if there is none."""
        if (said := _oidc(request)) is None:
            return None
        user, entry = await run_in_threadpool(self._known, request, str(said.get("email") or ""), said)
        if user is None:
            return _without_oidc(request, RedirectResponse(f"{base()}/signin?why=elsewhere", 303))
        after = own_address(_whole(request))
        return _without_oidc(request, self._welcome(request, user, entry, after))

    def _known(self, request: Request, email: str, said: dict[str, Any]) -> tuple[User | None, int]:
        engine, address = self._house.engine, self._house.keys.address(host(request))
        try:
            user = queries.user(engine, user_name(email))
        except BadInput:
            user = None
        # An account with a password here is entered with that password only.
        trusted = user and user.active and not user.password_hash and str(said.get("email_verified")).lower() != "false"
        if user is None or not trusted:
            who = user.name if user else f"?{self._house.keys.hashed(email)}"
            writes.note(engine, who, "sign-in refused", {"by": "oidc"}, address)
            return None, 0
        return user, writes.note(engine, user.name, "sign-in", {"by": "oidc"}, address)

    async def _show(self, request: Request) -> Response:
        if await run_in_threadpool(self._house.who, request):
            return RedirectResponse(own_address(request.query_params.get("next", "")), 303)
        if not await run_in_threadpool(self._house.has_users) and not exposure.providers():
            return HTMLResponse(sign_in.closed(base(), _language(request)), 403, sign_in.HEADERS)
        unknown = request.query_params.get("why") == "elsewhere"
        return self._page(request, 200, error=say(_language(request), "unknown elsewhere") if unknown else "")

    async def _try(self, request: Request) -> Response:
        form = await _form(request)
        name, password, language = form.get("name", ""), form.get("password", ""), _language(request)
        after = own_address(form.get("next", ""))
        keys = self._house.keys
        self._few = self._few or CapacityLimiter(_AT_ONCE)
        work = partial(
            writes.sign_in, self._house.engine, name, password, keys.hashed(name), keys.address(host(request))
        )
        came = await to_thread.run_sync(work, limiter=self._few)
        if came.user:
            return self._welcome(request, came.user, came.entry, after)
        if came.wait:
            error = say(language, "sign in wait", time=_time(came.wait, language))
            answer = self._page(request, 429, error=error, after=after, name=name)
            answer.headers["Retry-After"] = str(_seconds(came.wait))
            return answer
        return self._page(request, 401, error=say(language, "wrong sign in"), after=after, name=name)

    def _welcome(self, request: Request, user: User, entry: int, after: str) -> Response:
        answer = RedirectResponse(after, 303, {"Cache-Control": "no-store"})
        answer.set_cookie(
            session.COOKIE, session.begin(self._house.keys, user, entry), max_age=session.LASTS, path=base() or "/",
            httponly=True, samesite="lax", secure=request.url.scheme == "https",
        )  # fmt: skip
        return answer

    async def _ask(self, request: Request) -> Response:
        return HTMLResponse(sign_in.leave(base(), _language(request)), headers=sign_in.HEADERS)

    async def _leave(self, request: Request) -> Response:
        await run_in_threadpool(self._end, request)
        answer = RedirectResponse(f"{base()}/signin?lang={_language(request)}", 303)
        answer.delete_cookie(session.COOKIE, path=base() or "/", httponly=True, samesite="lax")
        return answer

    def _end(self, request: Request) -> None:
        token = request.cookies.get(session.COOKIE, "")
        held, user = self._house.keys.read(token), session.holder(self._house.engine, self._house.keys, token)
        if held and user:
            address = self._house.keys.address(host(request))
            writes.note(self._house.engine, user.name, "sign-out", {"sign_in": held.sign_in}, address)
        self._house.forget()

    def _page(self, request: Request, status: int, *, error: str = "", after: str = "", name: str = "") -> Response:
        after = after or own_address(request.query_params.get("next", ""))
        page = sign_in.form(
            base(), _language(request), after, error=error, name=name[:80], elsewhere=exposure.providers()
        )
        return HTMLResponse(page, status, sign_in.HEADERS)


def host(call: HTTPConnection) -> str:
    """Where a request comes from; the server has looked through a proxy on this computer."""
    return call.client.host if call.client else ""


def _language(request: Request) -> str:
    asked = request.url.query
    return language_of(asked if "lang=" in asked else urlsplit(own_address(request.query_params.get("next", ""))).query)


def _whole(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def _from_our_page(request: Request) -> bool:
    # Every browser sends the origin of a form; what sends none is no browser, and has no cookies to misuse.
    origin = request.headers.get("origin")
    if origin is None:
        return request.headers.get("sec-fetch-site", "none") in ("same-origin", "none")
    return urlsplit(origin).netloc == request.headers.get("host", "") != ""


async def _form(request: Request) -> dict[str, str]:
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > _LARGEST:
            return {}
    try:
        fields = parse_qs(body.decode("utf-8"), keep_blank_values=True, max_num_fields=10)
    except ValueError:
        return {}
    return {key: values[-1] for key, values in fields.items()}


def _seconds(wait: timedelta) -> int:
    return -(-int(wait.total_seconds() * 1000) // 1000)


def _time(wait: timedelta, language: str) -> str:
    seconds = _seconds(wait)
    if seconds < 60:
        return say(language, "n seconds", n=number(seconds, language))
    return say(language, "n minutes", n=number(-(-seconds // 60), language))


def _elsewhere(request: Request) -> Response:
    provider = request.query_params.get("provider", "default")
    if provider not in exposure.providers():
        return PlainTextResponse("no such provider", 404)
    return RedirectResponse(f"{base()}/auth/login?{urlencode({'provider': encode_provider_token(provider)})}", 303)


def _oidc(request: Request) -> dict[str, Any] | None:
    if USER_COOKIE_NAME not in request.cookies or not exposure.providers():
        return None
    # Streamlit's own reading of its own cookie: signed with cookie_secret, 30 days.
    raw = starlette_websocket._get_signed_cookie_with_chunks(request.cookies, USER_COOKIE_NAME)
    said = json.loads(raw) if raw else {}
    ours = urlsplit(str(said.get("origin"))).netloc == request.headers.get("host", "")
    return said if said.get("is_logged_in") and ours else None


def _without_oidc(request: Request, answer: Response) -> Response:
    # Ours is shorter and can be ended; with theirs left, signing out would sign in again.
    for name in request.cookies:
        if name.startswith((USER_COOKIE_NAME, TOKENS_COOKIE_NAME)):
            answer.delete_cookie(name, path=base() or "/")
    return answer
