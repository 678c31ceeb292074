"""The WordPress source against a real WordPress on loopback, which nobody here wrote.

SHENAVA_SERVERS names the folder of the server scripts; wordpress/start.sh in it fills 15 posts with 320 comments,
12 of them unapproved, beside the one comment that WordPress itself brings: 309 are visible.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
from pathlib import Path
from urllib.request import urlopen

import pytest
from sqlmodel import Session, select

from domain.vocabulary import CrawlOutcome
from jobs.collect import collect
from store import tables
from store.writes import add_target

VISIBLE = 309
SCRIPT = Path(os.environ.get("SHENAVA_SERVERS", "")) / "wordpress" / "start.sh"
MISSING = [name for name in ("mariadbd", "mariadb", "php") if not shutil.which(name)]

pytestmark = [
    pytest.mark.skipif("SHENAVA_SERVERS" not in os.environ, reason="SHENAVA_SERVERS is not set: no real WordPress"),
    pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}; no real WordPress"),
]


class WordPress:
    """A running WordPress: its address, its database, its plugins."""

    def __init__(self, folder, port):
        self.folder, self.url = folder, f"http://127.0.0.1:{port}"
        self.plugin = folder / "www/wp-content/mu-plugins/off.php"

    def sql(self, command):
        options = ["--no-defaults", "--default-character-set=utf8mb4", "-uroot", "-S", self.folder / "my.sock"]
        client = ["mariadb", *options, "wp", "-e", command]
        subprocess.run(client, check=True)

    def turn_rest_off(self):
        self.plugin.parent.mkdir(exist_ok=True)
        error = "new WP_Error('rest_not_logged_in', 'off', ['status' => 401])"
        self.plugin.write_text(f"<?php add_filter('rest_authentication_errors', fn($r) => {error});")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wp")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    # A session of its own, so that exactly what it started can be stopped.
    script = subprocess.Popen(
        ["bash", SCRIPT, folder, str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        assert script.wait(timeout=120) == 0, "WordPress did not start"
        yield WordPress(folder, port)
    finally:
        os.killpg(script.pid, signal.SIGTERM)


@pytest.fixture
def wordpress(server):
    server.plugin.unlink(missing_ok=True)
    yield server
    server.plugin.unlink(missing_ok=True)


@pytest.fixture
def crawl(engine, settings, wordpress):
    def crawl(source="wordpress", path="/", **options):
        target = add_target(engine, source, wordpress.url + path, "shop")
        [result] = collect(engine, settings, [target.id], progress=False, **options)
        assert result.outcome is CrawlOutcome.OK, result.message
        return result

    return crawl


def stored(engine):
    with Session(engine) as session:
        return {row.native_id: row for row in session.scalars(select(tables.Mention))}


def test_every_visible_comment_once_then_only_what_changed(crawl, engine, wordpress):
    first = crawl()
    assert first.new == len(stored(engine)) == VISIBLE
    replies = [row.parent for row in stored(engine).values() if row.parent]
    assert len(set(replies) & set(stored(engine))) > len(replies) / 2  # the rest answer unapproved ones
    assert all(row.title and row.author and row.date_precision == "second" for row in stored(engine).values())

    second = crawl()
    assert second.new == second.counts.get("mentions/edited", 0) == 0
    assert second.counts["pages"] < first.counts["pages"]

    wordpress.sql("UPDATE wp_comments SET comment_content = 'اصلاح: خوب بود 😀' WHERE comment_ID = 300")
    assert crawl().counts["mentions/edited"] == 1
    with Session(engine) as session:
        [old] = session.scalars(select(tables.Revision)).all()
        new = session.get_one(tables.Mention, old.mention_id)
    assert "298" in old.text
    assert (new.text, new.revision) == ("اصلاح: خوب بود 😀", 2)

    wordpress.sql("UPDATE wp_comments SET comment_approved = '1' WHERE comment_ID = 26")
    assert sum(crawl().new for _ in range(2)) == 1  # approved late, found in turn
    wordpress.sql("UPDATE wp_comments SET comment_approved = '0' WHERE comment_ID = 26")


@pytest.mark.parametrize("path", ["/?p=4", "/feed/"])
def test_any_page_of_the_site_will_do(crawl, path):
    assert crawl(path=path).new == VISIBLE


def test_with_rest_off_the_feeds_give_the_same_comments(crawl, engine, wordpress):
    crawl()
    known = {native_id: row.text for native_id, row in stored(engine).items()}
    wordpress.turn_rest_off()
    result = crawl(path="/review-3/")
    assert result.new == result.counts.get("mentions/edited", 0) == 0
    assert result.counts["mentions/unchanged"] > 100
    assert {native_id: row.text for native_id, row in stored(engine).items()} == known


def test_the_feed_source_reads_posts_and_their_comments(crawl, engine):
    first, second = crawl("feed"), crawl("feed")
    kinds = [row.kind for row in stored(engine).values()]
    assert (kinds.count("post"), first.new) == (16, len(kinds))
    assert kinds.count("comment") > 100
    assert (second.new, second.counts["unchanged_feeds"]) == (0, 1)


@pytest.mark.parametrize("path", ["/comments/feed/", "/?feed=comments-rss2"])
def test_a_comment_feed_as_target_gives_no_names(crawl, engine, wordpress, path):
    with urlopen(wordpress.url + path) as answer:
        names = set(re.findall(r"<dc:creator>(?:<!\[CDATA\[)?([^<\]]+)", answer.read().decode()))
    crawl("feed", path=path)
    mentions = stored(engine).values()
    assert mentions
    assert names
    assert all(row.kind == "comment" and row.parent and row.author and not row.title for row in mentions)
    assert not [name for name in names for row in mentions if name in row.text + row.url + row.parent]
