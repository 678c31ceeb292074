"""The demo site: our own comments of three invented brands, served on loopback in WordPress's REST form.

Only what the WordPress spider asks for: a home page that links the API, the index, comments and posts
(REST handbook, seen 2026-11-22), so that the demo takes the same road as a real site.
"""

import html
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from domain.dates import TEHRAN
from domain.errors import BadInput
from domain.settings import ROOT

DEMO = ROOT / "data" / "demo"
Json = dict[str, Any]


@dataclass(frozen=True)
class DemoSite:
    """One brand's blog: data/demo/<key>/site.json and comments.jsonl."""

    folder: Path

    @cached_property
    def about(self) -> Json:
        """Brand and posts."""
        loaded: Json = json.loads((self.folder / "site.json").read_text(encoding="utf-8"))
        return loaded

    @cached_property
    def comments(self) -> list[Json]:
        """The comments, oldest first."""
        lines = (self.folder / "comments.jsonl").read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines if line.strip()]

    @property
    def key(self) -> str:
        """Key of the brand, and first part of the site's paths."""
        return self.folder.name

    @property
    def name(self) -> str:
        """Name of the brand."""
        return str(self.about["brand"]["name"])


def demo_sites() -> list[DemoSite]:
    """The sites that ship with the project."""
    return [DemoSite(path.parent) for path in sorted(DEMO.glob("*/site.json"))]


@contextmanager
def serving(port: int) -> Iterator[str]:
    """Serve the demo sites while the block runs; gives the base address.

    Raises:
        BadInput: the port is taken.
    """
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), _Handler)
    except OSError as error:
        raise BadInput(f"port {port} is taken; choose another: SHENAVA_DEMO_PORT=8790 shenava demo") from error
    server.sites = {site.key: site for site in demo_sites()}  # type: ignore[attr-defined]
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        url = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(url.query).items()}
        key, _, route = url.path.strip("/").partition("/")
        site: DemoSite | None = self.server.sites.get(key)  # type: ignore[attr-defined]
        if url.path == "/robots.txt":
            self._answer("User-agent: *\nAllow: /\n", "text/plain")
        elif site is None:
            self._answer("<h1>404</h1>", "text/html", 404)
        elif route == "wp-json/wp/v2/comments":
            self._comments(site, query)
        elif route == "wp-json/wp/v2/posts":
            self._posts(site, query)
        elif route in ("", "wp-json"):
            self._home(site) if not route else self._json({"name": site.name, "home": self._base(site)})
        else:
            self._json({"code": "rest_no_route"}, 404)

    def _base(self, site: DemoSite) -> str:
        return f"http://{self.headers['Host']}/{site.key}/"

    def _home(self, site: DemoSite) -> None:
        name, api = html.escape(site.name), html.escape(self._base(site) + "wp-json/")
        head = f'<title>{name}</title><link rel="https://api.w.org/" href="{api}">'
        body = f'<html lang="fa" dir="rtl"><head>{head}</head><body><h1>{name}</h1></body></html>'
        self._answer(f"<!doctype html>{body}", "text/html")

    def _comments(self, site: DemoSite, query: Json) -> None:
        rows = site.comments if query.get("order") == "asc" else site.comments[::-1]
        size, page = min(int(query.get("per_page", 10)), 100), int(query.get("page", 1))
        some = rows[(page - 1) * size : page * size]
        self._json([self._comment(site, row) for row in some], total=len(rows), pages=-(-len(rows) // size))

    def _comment(self, site: DemoSite, row: Json) -> Json:
        slug = next(post["slug"] for post in site.about["posts"] if post["id"] == row["post"])
        local = datetime.fromisoformat(row["date"]).replace(tzinfo=TEHRAN)
        paragraphs = "".join(f"<p>{html.escape(part)}</p>\n" for part in row["text"].split("\n") if part.strip())
        return {
            "id": row["id"],
            "post": row["post"],
            "parent": row["parent"],
            "author": 0,
            "author_name": row["author"],
            "date": row["date"],
            "date_gmt": local.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S"),
            "content": {"rendered": paragraphs},
            "link": f"{self._base(site)}{slug}/#comment-{row['id']}",
            "status": "approved",
            "type": "comment",
        }

    def _posts(self, site: DemoSite, query: Json) -> None:
        wanted = {int(number) for number in query.get("include", "").split(",") if number}
        posts = [post for post in site.about["posts"] if not wanted or post["id"] in wanted]
        self._json(
            [
                {"id": p["id"], "title": {"rendered": html.escape(p["title"])}, "link": self._base(site) + p["slug"]}
                for p in posts
            ]
        )

    def _json(self, value: object, status: int = 200, total: int | None = None, pages: int = 1) -> None:
        headers = {} if total is None else {"X-WP-Total": str(total), "X-WP-TotalPages": str(pages)}
        self._answer(json.dumps(value, ensure_ascii=False), "application/json", status, headers)

    def _answer(self, text: str, kind: str, status: int = 200, headers: dict[str, str] | None = None) -> None:
        body = text.encode()
        self.send_response(status)
        for name, value in {
            "Content-Type": f"{kind}; charset=utf-8",
            "Content-Length": str(len(body)),
            **(headers or {}),
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep the terminal for the progress bars."""
