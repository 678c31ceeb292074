"""The Isso source against a real isso on loopback, which nobody here wrote.

SHENAVA_SERVERS names the folder of the server scripts; isso/start.sh in it writes 320 comments under three pages.
"""

import json
import os
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path

import pytest
from real_server import free_port, stop

COMMENTS = 320
SCRIPT = Path(os.environ.get("SHENAVA_SERVERS", "")) / "isso" / "start.sh"

pytestmark = pytest.mark.skipif("SHENAVA_SERVERS" not in os.environ, reason="SHENAVA_SERVERS is not set: no real isso")


class Isso:
    """A running isso, and a visitor of it, who may change what she wrote."""

    def __init__(self, port):
        self.url, self.port = f"http://127.0.0.1:{port}", port
        self.cookies = {}

    def ask(self, method, path, one=None, **data):
        """Ask as the script on a page does; its cookie allows the author to change her comment for some minutes."""
        head = {"Content-Type": "application/json", "Origin": self.url, "Cookie": self.cookies.get(one, "")}
        line = HTTPConnection("127.0.0.1", self.port, timeout=10)
        line.request(method, path, json.dumps(data), head)
        answer = line.getresponse()
        body = json.loads(answer.read())
        assert answer.status < 300, body
        if cookie := answer.getheader("Set-Cookie"):
            self.cookies[body["id"] if body else one] = cookie.partition(";")[0]
        return body

    def say(self, text, page, parent=None):
        return self.ask("POST", f"/new?uri={page}", text=text, author="سارا", parent=parent)["id"]


@pytest.fixture(scope="module")
def isso(tmp_path_factory):
    folder, port = tmp_path_factory.mktemp("isso"), free_port()
    venv, data = folder / "venv", folder / "data"
    subprocess.run([sys.executable, "-m", "venv", venv], check=True, timeout=120)
    pip = [venv / "bin/pip", "install", "--quiet", "--disable-pip-version-check", "isso"]
    subprocess.run(pip, check=True, timeout=300)
    start = ["bash", SCRIPT, venv, data, str(port), str(COMMENTS)]
    try:
        subprocess.run(start, check=True, timeout=120, stdout=subprocess.DEVNULL)
        yield Isso(port)
    finally:
        stop(data / "pid")


def test_a_page_is_read_whole_each_time(isso, listener):
    thread = f"{isso.url}/?uri=/post-0/"
    first = listener.crawl("isso", thread)
    assert first.new == len(listener.stored()) == 107
    assert first.counts["pages"] == 2
    assert listener.crawl("isso", thread).new == 0

    old = sorted(map(int, listener.stored()))[2]
    kept, lost, edited = (isso.say(text, "/post-0/", old) for text in ("عالی بود 😀", "اشتباه شد", "دیر رسید"))
    isso.say("زیر پاسخ می‌نویسم", "/post-0/", lost)
    assert listener.crawl("isso", thread).new == 4  # under a comment on the first page
    assert listener.stored()[str(kept)].parent.endswith(f"#{old}")
    isso.ask("PUT", f"/id/{edited}", edited, text="دیر رسید، ولی سالم بود")
    isso.ask("DELETE", f"/id/{lost}", lost)
    assert listener.crawl("isso", thread).counts["mentions/edited"] == 1
    assert listener.stored()[str(edited)].text == "دیر رسید، ولی سالم بود"
    for _ in range(2):  # one full read may be misled by rows that move
        listener.crawl("isso", thread, recheck=True)
    gone = {one for one, row in listener.stored().items() if row.deleted_at}
    assert gone == {str(lost)}
    assert not [row for row in listener.stored().values() if "سارا" in row.text + row.title + row.url + row.author]


def test_the_newest_comments_of_the_whole_server(isso, listener):
    first = listener.crawl("isso", isso.url)
    assert first.new == len(listener.stored()) >= COMMENTS
    assert first.counts["pages"] == 2  # 200 were not all
    assert {row.title for row in listener.stored().values()} == {"/post-0/", "/post-1/", "/post-2/"}
    isso.say("پشتیبانی جواب داد، ممنون", "/post-1/")
    second = listener.crawl("isso", isso.url)
    assert (second.new, second.counts["pages"]) == (1, 1)
