"""The Mastodon source against mastodon_mock on loopback: a stateful server of its API that nobody here wrote.

SHENAVA_SERVERS names the folder of the server scripts; mastodon_mock/start.sh in it posts so many under #digikala.
"""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from sqlmodel import Session, select

from domain.settings import Settings
from domain.vocabulary import CrawlOutcome
from jobs.collect import collect
from store import tables
from store.database import open_store
from store.writes import add_brand, add_target

POSTS = 130
SCRIPT = Path(os.environ.get("SHENAVA_SERVERS", "")) / "mastodon_mock" / "start.sh"

pytestmark = pytest.mark.skipif("SHENAVA_SERVERS" not in os.environ, reason="SHENAVA_SERVERS is not set: no Mastodon")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mastodon")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True, timeout=120)
    pip = [folder / "venv/bin/pip", "install", "-qq", "--disable-pip-version-check", "mastodon_mock"]
    subprocess.run(pip, check=True, timeout=300)
    start = ["bash", SCRIPT, folder / "venv", folder / "data", str(port), str(POSTS)]
    try:
        subprocess.run(start, check=True, timeout=120, stdout=subprocess.DEVNULL)
        yield f"http://127.0.0.1:{port}"
    finally:
        if (pid := folder / "data/pid").exists():
            os.kill(int(pid.read_text()), signal.SIGTERM)


def post(server, text, **fields):
    """Post as the mock's own user."""
    head = {"Authorization": "Bearer mock_token", "Content-Type": "application/json"}
    data = json.dumps({"status": text, "language": "fa", **fields}).encode()
    with urlopen(Request(f"{server}/api/v1/statuses", data=data, headers=head)) as answer:
        return json.load(answer)


def test_every_post_of_a_tag_once_then_only_new_ones(server, tmp_path):
    settings = Settings(data=tmp_path, delay=0, allow_hosts="127.0.0.1")
    engine = open_store(settings.url)
    add_brand(engine, "shop")
    target = add_target(engine, "mastodon", f"{server}/tags/digikala", "shop")

    def crawl():
        [result] = collect(engine, settings, [target.id], progress=False)
        assert result.outcome is CrawlOutcome.OK, result.message
        return result

    first = crawl()
    assert (first.new, first.counts["pages"]) == (POSTS, 4)
    second = crawl()
    assert (second.new, second.counts["pages"]) == (0, 1)

    told = post(server, "پیک زود رسید و خوش‌برخورد بود 😀 #digikala", spoiler_text="تجربهٔ خرید")
    post(server, "من هم راضی بودم #digikala", in_reply_to_id=told["id"])
    post(server, "فقط برای خودم #digikala", visibility="private")
    post(server, "بی‌ربط #other")
    assert crawl().new == 2
    with Session(engine) as session:
        rows = {row.text: row for row in session.scalars(select(tables.Mention))}
    assert len(rows) == POSTS + 2
    warned = rows["تجربهٔ خرید\nپیک زود رسید و خوش‌برخورد بود 😀 #digikala"]
    answer = rows["من هم راضی بودم #digikala"]
    assert (answer.kind, answer.parent) == ("comment", warned.native_id)
    assert all(row.author and "testuser" not in row.author + row.url + row.native_id for row in rows.values())
