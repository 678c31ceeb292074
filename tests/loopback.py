"""A real HTTP server on loopback for the crawl tests, and a small WordPress to put on it."""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

# status, headers, body; None hangs up without a word.
Answer = tuple[int, dict[str, str], bytes] | None


class Site(ThreadingHTTPServer):
    """Answers by `routes` (path -> function of the query); keeps when and what it was asked."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.key = f"127.0.0.1:{self.server_address[1]}"
        self.routes: dict[str, Callable[[dict[str, str]], Answer]] = {}
        self.asked: list[tuple[float, str]] = []
        self.headers: list[dict[str, str]] = []
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def page(self, path, body, status=200, **headers):
        """Serve a fixed answer at a path."""
        data = body.encode() if isinstance(body, str) else body
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        self.routes[path] = lambda _: (status, {"Content-Type": "text/html; charset=utf-8", **headers}, data)

    def paths(self):
        """What was asked since the last call, in order."""
        paths = [path for _, path in self.asked]
        self.asked.clear()
        return paths

    def handle_error(self, request, client_address):
        """Crawlers that are killed hang up; that is no error here."""


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append((time.monotonic(), self.path))
        self.server.headers.append(dict(self.headers))
        parts = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        route = self.server.routes.get(parts.path, lambda _: (404, {}, b"none"))
        told = {"_if_none_match": self.headers.get("If-None-Match", ""), "_cookie": self.headers.get("Cookie", "")}
        answer = route({**query, **told})
        if answer is None:
            self.connection.close()
            return
        status, headers, body = answer
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@dataclass
class WordPress:
    """Comments behind wp/v2/comments and comments/feed/, as WordPress 6.1 answers (seen 2026-11-22)."""

    site: Site
    comments: dict[int, dict] = field(default_factory=dict)
    #: Serve feeds, but no REST: (status, body).
    rest_off: tuple[int, bytes] | None = None
    #: Seconds that each page of comments takes.
    slow: float = 0.0

    def __post_init__(self):
        self.site.page("/", f'<head><link rel="https://api.w.org/" href="{self.site.url}/wp-json/"></head>')
        self.site.routes["/wp-json/wp/v2/comments"] = self._comments
        self.site.routes["/wp-json/wp/v2/posts"] = self._posts
        self.site.routes["/comments/feed/"] = self._feed

    def add(self, first, last):
        """Comments with these ids, inclusive."""
        for number in range(first, last + 1):
            self.comments[number] = {
                "id": number, "post": 1 + number % 3, "parent": 0, "author": 0, "author_name": f"خریدار {number % 7}",
                "date_gmt": f"2026-{1 + number // 28 % 12:02}-{1 + number % 28:02}T08:00:00",
                "content": {"rendered": f"<p>نظر شماره {number}: پیک دیر رسید.</p>\n"},
                "link": f"{self.site.url}/p{1 + number % 3}/#comment-{number}", "status": "approved", "type": "comment",
            }  # fmt: skip

    def _comments(self, query):
        if self.rest_off:
            status, body = self.rest_off
            kind = "application/json" if body.startswith(b"{") else "text/html"
            return status, {"Content-Type": kind}, body
        time.sleep(self.slow)
        size, page = int(query["per_page"]), int(query["page"])
        ids = sorted(self.comments, reverse=query["order"] == "desc")
        rows = [self.comments[number] for number in ids[(page - 1) * size : page * size]]
        total = {"X-WP-Total": str(len(ids)), "X-WP-TotalPages": str(-(-len(ids) // size))}
        return 200, {"Content-Type": "application/json", **total}, json.dumps(rows).encode()

    def _posts(self, query):
        rows = [{"id": int(number), "title": {"rendered": f"کالای {number}"}} for number in query["include"].split(",")]
        return 200, {"Content-Type": "application/json"}, json.dumps(rows).encode()

    def _feed(self, _query):
        items = "".join(
            f"<item><title>Comment by {row['author_name']}</title><link>{row['link']}</link>"
            f"<guid>{row['link']}</guid><content:encoded><![CDATA[{row['content']['rendered']}]]></content:encoded></item>"
            for number, row in sorted(self.comments.items())[-10:]
        )
        head = (
            '<?xml version="1.0"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>'
        )
        return 200, {"Content-Type": "application/rss+xml"}, f"{head}{items}</channel></rss>".encode()
