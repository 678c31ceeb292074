"""The gate before everything that Streamlit serves: pages, files, uploads and the websocket.

Without a session nothing is readable but the sign-in page and "ok" for health checks. A session is asked for again with
every message of an open websocket: it ends there too when somebody signs out or loses the account.
"""

import sys
from collections.abc import Callable
from urllib.parse import quote, urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg

from dashboard import exposure
from dashboard.door import PATHS, Door
from dashboard.house import House, base, language_of, path_of
from domain.errors import ShenavaError
from domain.settings import Settings
from store import queries
from store.database import open_store

_HEALTH = "/_stcore/health"
#: Where Streamlit sends people to sign in elsewhere, and where they come back.
_OIDC = frozenset({"/auth/login", "/oauth2callback"})


def open_to_others_only_with_accounts(settings: Callable[[], Settings]) -> None:
    """End the process with one line if other computers could read the app without signing in."""
    try:
        if exposure.is_exposed() or exposure.providers():
            exposure.check(queries.has_users(open_store(settings().url)))
    except ShenavaError as error:
        sys.exit(f"✗ {error}")


class Gate:
    """ASGI middleware; the outermost one."""

    def __init__(self, app: ASGIApp, settings: Callable[[], Settings]) -> None:
        self._app = app
        self._house = House(settings)
        self._door = Door(self._house)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, answer it at the door, or refuse it."""
        if scope["type"] == "lifespan" or self._is_free(scope):
            await self._app(scope, receive, send)
            return
        call = HTTPConnection(scope)
        try:
            if scope["type"] == "http" and path_of(scope) in PATHS:
                answer = await self._door.answer(Request(scope, receive), path_of(scope))
                await answer(scope, receive, send)
                return
            inside = await run_in_threadpool(self._house.who, call) is not None
        except ShenavaError:
            # No store: nothing to read, and the page of who sits here says what is wrong.
            inside = exposure.is_here(scope, call.headers)
        if inside:
            await self._app(scope, self._asking_again(call, receive) if scope["type"] == "websocket" else receive, send)
        else:
            await self._refuse(scope, receive, send)

    def _is_free(self, scope: Scope) -> bool:
        path = path_of(scope)
        return scope["type"] == "http" and (path == _HEALTH or (path in _OIDC and bool(exposure.providers())))

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return
        request = Request(scope, receive)
        await (await self._instead(request))(scope, receive, send)

    async def _instead(self, request: Request) -> Response:
        if request.method != "GET" or "text/html" not in request.headers.get("accept", ""):
            return PlainTextResponse("sign in first", 401, {"Cache-Control": "no-store"})
        try:
            if answer := await self._door.exchange(request):
                return answer
        except ShenavaError:
            return PlainTextResponse("the store cannot be opened; see the log", 503)
        query = request.url.query
        after = quote(request.scope["path"]) + (f"?{query}" if query else "")
        address = f"{base()}/signin?{urlencode({'next': after, 'lang': language_of(query)})}"
        return RedirectResponse(address, 303, {"Cache-Control": "no-store"})

    def _asking_again(self, call: HTTPConnection, receive: Receive) -> Receive:
        async def relay() -> Message:
            message = await receive()
            if message["type"] != "websocket.receive" or await self._is_still_inside(call):
                return message
            # The script itself tells that the session is over (dashboard.access); fragments and uploads never run.
            return {"type": "websocket.receive", "bytes": whole_run(message.get("bytes") or b"")}

        return relay

    async def _is_still_inside(self, call: HTTPConnection) -> bool:
        try:
            return await run_in_threadpool(self._house.who, call) is not None
        except ShenavaError:
            return exposure.is_here(call.scope, call.headers)


def whole_run(message: bytes) -> bytes:
    """A browser's message turned into "run the whole page": no widget, no fragment, the same address."""
    said, run = BackMsg(), BackMsg()
    try:
        said.ParseFromString(message)
    except Exception:  # whatever it was, it is not passed on
        said.Clear()
    run.rerun_script.SetInParent()
    run.rerun_script.query_string = said.rerun_script.query_string
    run.rerun_script.page_script_hash = said.rerun_script.page_script_hash
    whole: bytes = run.SerializeToString()
    return whole
