"""A small Discourse of our own: posts.json, topics and the list of topics, as its controllers answer."""

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

WINDOW, SHOWN, LISTED = 50, 20, 30


class DiscourseLike(ThreadingHTTPServer):
    """Keeps posts by id. `windowed` is how posts.json was until 2024: it looks at 50 ids, not for 50 posts."""

    daemon_threads = True

    def __init__(self, *, windowed=True):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.key = f"127.0.0.1:{self.server_address[1]}"
        self.windowed = windowed
        self.posts: dict[int, dict] = {}
        #: Answers that replace the real ones: path -> (status, body).
        self.instead: dict[str, tuple[int, object]] = {}
        self.asked: list[str] = []
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def add(self, *ids, topic=None):
        """Posts with these ids, in a topic of their own or in one of ten."""
        for number in ids:
            place = topic or 1 + number % 10
            count = 1 + sum(post["topic_id"] == place for post in self.posts.values())
            self.posts[number] = {
                "id": number, "topic_id": place, "post_number": count, "post_type": 1, "user_id": 3 + number % 7,
                "username": f"kharidar{number % 7}", "created_at": f"2026-03-{1 + number % 28:02}T08:00:00.000Z",
                "cooked": f"<p>نوشتهٔ {number}: پیک دیر رسید.</p>", "reply_to_post_number": 1 if count > 1 else None,
            }  # fmt: skip

    def paths(self):
        """What was asked since the last call, but for robots.txt."""
        paths = [path for path in self.asked if path != "/robots.txt"]
        self.asked.clear()
        return paths

    def answer(self, path, query):
        """A status and a body."""
        if path in self.instead:
            return self.instead[path]
        if path == "/posts.json":
            return 200, {"latest_posts": self.latest(int(query.get("before", ["0"])[0]))}
        if path == "/latest.json":
            return 200, {"topic_list": self.topics(int(query.get("page", ["0"])[0]))}
        if found := re.fullmatch(r"/t/(\d+)(/posts)?\.json", path):
            return self.topic(int(found[1]), {int(post) for post in query.get("post_ids[]", [])}, part=bool(found[2]))
        return 404, {"errors": ["not found"], "error_type": "not_found"}

    def latest(self, before):
        before = before if before > 0 else max(self.posts, default=0)
        ids = sorted((number for number in self.posts if number <= before), reverse=True)
        ids = [number for number in ids if number > before - WINDOW] if self.windowed else ids[:WINDOW]
        return [{**self.posts[number], "topic_title": title(self.posts[number]["topic_id"])} for number in ids]

    def topics(self, page):
        newest: dict[int, int] = {}
        for number, post in self.posts.items():
            newest[post["topic_id"]] = max(number, newest.get(post["topic_id"], 0))
        order = sorted(newest, key=lambda topic: -newest[topic])
        rows = [{"id": topic, "posts_count": newest[topic], "last_posted_at": f"m{newest[topic]}"} for topic in order]
        more = {"more_topics_url": f"/latest?no_definitions=true&page={page + 1}"}
        return {
            "topics": rows[page * LISTED : (page + 1) * LISTED],
            **(more if (page + 1) * LISTED < len(rows) else {}),
        }

    def topic(self, topic, wanted, *, part):
        posts = [post for _, post in sorted(self.posts.items()) if post["topic_id"] == topic]
        if not posts:
            return 404, {"errors": ["not found"], "error_type": "not_found"}
        if part:
            return 200, {"id": topic, "post_stream": {"posts": [post for post in posts if post["id"] in wanted]}}
        stream = {"posts": posts[:SHOWN], "stream": [post["id"] for post in posts]}
        return 200, {"id": topic, "title": title(topic), "post_stream": stream}


def title(topic):
    """The title of a topic."""
    return f"گفتگوی {topic}"


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        parts = urlsplit(self.path)
        status, found = self.server.answer(parts.path, parse_qs(parts.query))
        body = found if isinstance(found, bytes) else json.dumps(found).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass
