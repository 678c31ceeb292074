"""The first paint: the page is Persian and right to left (or English) before any script runs."""

import re
from urllib.parse import parse_qs

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard import theme

#: Headers by which a browser would get index.html compressed or not at all.
_SHORTCUTS = (b"accept-encoding", b"if-none-match", b"if-modified-since")
_TITLES = {"fa": "شنوا", "en": "Shenava"}


class FirstPaint:
    """Rewrites index.html on its way out: language, direction, title and style."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything through; only HTML is held back until it is whole."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        language = _language(scope)
        held: Message | None = None
        body = b""

        async def relay(message: Message) -> None:
            nonlocal held, body
            if message["type"] == "http.response.start" and _is_html(message):
                held = message
            elif held is None:
                await send(message)
            else:
                body += message.get("body", b"")
                if not message.get("more_body"):
                    page = painted(body, language)
                    held["headers"] = _sized(held["headers"], len(page))
                    await send(held)
                    await send({"type": "http.response.body", "body": page})

        await self._app(_whole(scope), receive, relay)


def painted(page: bytes, language: str) -> bytes:
    """index.html with our language, direction, title and style."""
    direction = "rtl" if language == "fa" else "ltr"
    page = re.sub(rb"<html[^>]*>", f'<html lang="{language}" dir="{direction}">'.encode(), page, count=1)
    page = re.sub(rb"<title>.*?</title>", f"<title>{_TITLES[language]}</title>".encode(), page, count=1)
    page = page.replace(b"./favicon.png", b"./app/static/favicon.png")
    page = re.sub(rb'href="[^"]*SourceSans[^"]*"', b'href="./app/static/vazirmatn.woff2"', page, count=1)
    return page.replace(b"</head>", f"<style>{theme.style()}</style></head>".encode(), 1)


def _language(scope: Scope) -> str:
    asked = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("lang", ["fa"])[-1]
    return "en" if asked == "en" else "fa"


def _is_html(message: Message) -> bool:
    return any(key == b"content-type" and value.startswith(b"text/html") for key, value in message["headers"])


def _whole(scope: Scope) -> Scope:
    # Files of the bundle keep their caching; a page (no extension in its path) is asked for anew.
    if "." in scope["path"].rsplit("/", 1)[-1].removesuffix("index.html"):
        return scope
    return {**scope, "headers": [(key, value) for key, value in scope["headers"] if key not in _SHORTCUTS]}


def _sized(headers: list[tuple[bytes, bytes]], size: int) -> list[tuple[bytes, bytes]]:
    kept = [(key, value) for key, value in headers if key not in (b"content-length", b"etag", b"last-modified")]
    return [*kept, (b"content-length", str(size).encode())]
