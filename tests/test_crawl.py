"""Crawls of a real server on loopback, each in the process of its own that jobs.collect gives it."""

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from loopback import Site, WordPress
from sqlmodel import Session, select

from crawlers.middlewares import retry_after
from domain.errors import BadInput, Busy
from domain.settings import Settings
from domain.vocabulary import CrawlOutcome
from jobs.collect import collect
from store import tables
from store.database import open_store
from store.writes import add_brand, add_target

FEED = """<?xml version="1.0"?><rss version="2.0" xmlns:wfw="http://wellformedweb.org/CommentAPI/"
 xmlns:slash="http://purl.org/rss/1.0/modules/slash/"><channel><title>وبلاگ</title>%s</channel></rss>"""


@pytest.fixture
def site():
    with Site() as site:
        yield site
        site.shutdown()


@pytest.fixture
def wordpress(site):
    return WordPress(site)


@pytest.fixture
def settings(tmp_path):
    return Settings(data=tmp_path, delay=0, timeout=5, page_limit_mb=1)


@pytest.fixture
def engine(settings):
    engine = open_store(settings.url)
    add_brand(engine, "shop")
    return engine


@pytest.fixture
def crawl(engine, settings, site):
    """Crawl the site once more; the target is made on the first call."""

    def crawl(source="wordpress", **options):
        target = add_target(engine, source, site.url + "/", "shop")
        [result] = collect(engine, settings, [target.id], progress=False, **options)
        return result

    return crawl


def rows(engine, table):
    with Session(engine) as session:
        return list(session.scalars(select(table).order_by(table.id)))


def texts(engine):
    return {mention.native_id: mention.text for mention in rows(engine, tables.Mention)}


# Robots


def test_no_robots_txt_allows_all(crawl, wordpress, engine):
    wordpress.add(1, 5)
    result = crawl()
    assert (result.outcome, result.new) == (CrawlOutcome.OK, 5)
    mention = rows(engine, tables.Mention)[0]
    assert mention.title == "کالای 3"
    assert mention.author
    assert "خریدار" not in mention.author
    assert all("Shenava" in headers["User-Agent"] for headers in wordpress.site.headers)


@pytest.mark.parametrize("answer", [(200, {}, b"User-agent: *\nDisallow: /"), (500, {}, b""), None])
def test_robots_txt_that_forbids_or_cannot_be_read_means_stop(crawl, wordpress, site, answer):
    site.routes["/robots.txt"] = lambda _: answer
    result = crawl()
    assert result.outcome is CrawlOutcome.REFUSED
    assert "robots.txt" in result.message
    assert set(site.paths()) == {"/robots.txt"}


def test_crawl_delay_holds(crawl, wordpress, site):
    wordpress.add(1, 3)
    site.page("/robots.txt", "User-agent: *\nCrawl-delay: 0.6")
    assert crawl().outcome is CrawlOutcome.OK
    times = [at for at, path in site.asked if path != "/robots.txt"]
    assert len(times) == 3
    assert min(b - a for a, b in pairwise(times)) > 0.55


# Being unwanted


def test_retry_after_is_waited_for(crawl, wordpress, site):
    wordpress.add(1, 3)
    busy = [(429, {"Retry-After": "1"}, b"")]
    page = site.routes["/"]
    site.routes["/"] = lambda query: busy.pop() if busy else page(query)
    assert crawl().outcome is CrawlOutcome.OK
    first, second = [at for at, path in site.asked if path == "/"]
    assert second - first > 0.95


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [
        (429, {"Retry-After": "3600"}, b""),
        (429, {}, b""),
        (403, {}, b"forbidden"),
        (200, {"Content-Type": "text/html"}, b"<title>Just a moment...</title>"),
    ],
)
def test_a_shut_door_ends_the_crawl(crawl, wordpress, site, status, headers, body):
    site.routes["/"] = lambda _: (status, headers, body)
    result = crawl()
    assert result.outcome is CrawlOutcome.BLOCKED
    assert not [path for path in site.paths() if "wp-json" in path]


def test_retry_after_reads_seconds_and_dates():
    now = datetime(2026, 11, 22, 8, tzinfo=UTC)
    assert retry_after("Sun, 22 Nov 2026 08:01:00 GMT", now) == 60
    assert retry_after("Sun, 22 Nov 2026 07:00:00 GMT", now) == 0
    assert retry_after("soon", now) is None


# Bad bodies


def test_one_bad_row_never_loses_the_page(crawl, wordpress, engine):
    wordpress.add(1, 6)
    wordpress.comments[2]["content"] = None
    wordpress.comments[3]["content"]["rendered"] = "<p> </p>"
    wordpress.comments[4]["type"] = "pingback"
    result = crawl()
    assert (result.outcome, result.new) == (CrawlOutcome.OK, 3)
    assert {"rejected/unreadable", "rejected/empty", "rejected/not_a_comment"} < set(result.counts)


@pytest.mark.parametrize(
    ("headers", "body"),
    [({"Content-Length": "900"}, b"<html>cut"), ({}, b"x" * (2 * 2**20))],
    ids=["truncated", "huge"],
)
def test_a_page_that_never_arrives_whole_fails_the_crawl(crawl, site, headers, body):
    site.routes["/"] = lambda _: (200, {"Content-Type": "text/html", **headers}, body)
    result = crawl()
    assert result.outcome is CrawlOutcome.FAILED
    assert [name for name in result.counts if name.startswith("failed/")]


def test_a_later_page_that_breaks_fails_the_crawl_and_the_mark_stays(crawl, wordpress, engine):
    wordpress.add(1, 150)
    whole = wordpress.site.routes["/wp-json/wp/v2/comments"]
    broken = (200, {}, b'[{"id": 1, "content"')
    wordpress.site.routes["/wp-json/wp/v2/comments"] = lambda query: broken if query["page"] == "2" else whole(query)
    result = crawl()
    assert (result.outcome, result.new) == (CrawlOutcome.FAILED, 100)
    assert rows(engine, tables.Target)[0].state == {}
    wordpress.site.routes["/wp-json/wp/v2/comments"] = whole
    assert crawl().new == 50


@pytest.mark.parametrize(
    "off",
    [
        (401, b'{"code": "rest_not_logged_in"}'),
        (200, b"<h1>home</h1>"),
        (200, "[«نظر»]".encode("cp1256", "replace")),
    ],
)
def test_without_rest_the_feeds_give_the_same(crawl, wordpress, engine, off):
    wordpress.add(1, 8)
    crawl()
    before = texts(engine)
    wordpress.add(9, 9)
    wordpress.rest_off = off
    result = crawl()
    assert (result.outcome, result.new, result.counts["mentions/unchanged"]) == (CrawlOutcome.OK, 1, 8)
    assert texts(engine) == before | {f"{wordpress.site.key}#9": "نظر شماره 9: پیک دیر رسید."}


# Again and again


def test_the_second_crawl_reads_down_to_what_is_known(crawl, wordpress, engine, site):
    wordpress.add(1, 450)
    assert crawl().new == 450
    pages = [path for path in site.paths() if "order=desc" in path]
    assert len(pages) == 5
    wordpress.add(451, 453)
    assert crawl().new == 3
    asked = site.paths()
    assert len([path for path in asked if "order=desc" in path]) == 1
    assert [path.split("&page=")[1][0] for path in asked if "order=asc" in path] == ["1", "2"]


def test_edits_are_found_new_ones_at_once_old_ones_in_turn(crawl, wordpress, engine):
    wordpress.add(1, 450)
    crawl()
    wordpress.comments[449]["content"]["rendered"] = "<p>اصلاح: به‌موقع رسید.</p>"
    wordpress.comments[250]["content"]["rendered"] = "<p>اصلاح: پولم برگشت.</p>"
    del wordpress.comments[1]  # moderated away: what was collected stays
    assert [crawl().counts.get("mentions/edited", 0) for _ in range(3)] == [1, 1, 0]
    assert [(old.text, old.revision) for old in rows(engine, tables.Revision)][1] == ("نظر شماره 250: پیک دیر رسید.", 1)
    assert len(texts(engine)) == 450
    wordpress.comments[150]["content"]["rendered"] = "<p>اصلاح: مرجوع شد.</p>"
    assert crawl(recheck=True).counts["mentions/edited"] == 1


def test_limits_are_named_and_do_not_move_the_mark(crawl, wordpress, engine):
    wordpress.add(1, 300)
    result = crawl(limit=120)
    assert (result.outcome, result.new) == (CrawlOutcome.LIMITED, 120)
    for number, row in wordpress.comments.items():
        row["date_gmt"] = (datetime(2026, 1, 1) + timedelta(days=number)).isoformat()
    result = crawl(since=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=150))
    assert (result.outcome, result.new) == (CrawlOutcome.LIMITED, 31)
    assert rows(engine, tables.Target)[0].state == {}
    assert crawl().new == 149


def _collecting(settings, *, ready):
    """Another process that collects all; returns when `ready` says so."""
    script = (
        "import sys; from domain.settings import Settings; from store.database import open_store;"
        "from jobs.collect import collect; s = Settings.model_validate_json(sys.argv[1]); collect(open_store(s.url), s)"
    )
    other = subprocess.Popen([sys.executable, "-c", script, settings.model_dump_json()], stderr=subprocess.DEVNULL)
    end = time.monotonic() + 20
    while not ready() and time.monotonic() < end:
        time.sleep(0.05)
    return other


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_an_interrupted_crawl_is_repeated_without_loss_or_double(engine, settings, site, wordpress, how):
    wordpress.add(1, 400)
    wordpress.slow = 0.5
    target = add_target(engine, "wordpress", site.url + "/", "shop")
    other = _collecting(settings, ready=lambda: len(texts(engine)) >= 100)
    with pytest.raises(Busy):
        collect(engine, settings, [target.id], progress=False)
    os.kill(other.pid, how)
    other.wait()
    assert 100 <= len(texts(engine)) < 400
    wordpress.slow = 0
    [result] = collect(engine, settings, [target.id], progress=False)
    assert result.outcome is CrawlOutcome.OK
    assert len(rows(engine, tables.Mention)) == 400
    outcomes = [run.outcome for run in rows(engine, tables.CrawlRun)]
    assert outcomes == [CrawlOutcome.INTERRUPTED, CrawlOutcome.OK]


# Feeds


def test_an_unchanged_feed_is_not_sent_again(crawl, site, engine):
    item = "<item><title>تجربه</title><link>/a</link><guid>7</guid><description>پیک دیر رسید</description></item>"
    fresh = (200, {"Content-Type": "application/rss+xml", "ETag": '"1"'}, (FEED % (item + item)).encode())
    site.routes["/f.xml"] = lambda query: (304, {}, b"") if query["_if_none_match"] == '"1"' else fresh
    site.page("/", '<link rel="alternate" type="application/rss+xml" href="/f.xml">')
    first, second = crawl("feed"), crawl("feed")
    assert (first.outcome, first.new, first.counts["skipped/duplicate"]) == (CrawlOutcome.OK, 1, 1)
    assert (second.outcome, second.new, second.counts["unchanged_feeds"]) == (CrawlOutcome.OK, 0, 1)
    assert texts(engine) == {f"{site.key}#7": "تجربه\nپیک دیر رسید"}


def test_comment_feeds_are_read_again_only_when_their_count_changes(crawl, site, engine):
    def feed(count):
        item = f"<item><title>کالا</title><guid>1</guid><wfw:commentRss>/c.xml</wfw:commentRss><slash:comments>{count}"
        site.page("/", FEED % f"{item}</slash:comments></item>", Content_Type="application/rss+xml")
        comments = "".join(
            f"<item><title>By: سارا</title><guid>c{n}</guid><description>نظر {n}</description></item>"
            for n in range(count)
        )
        site.page("/c.xml", FEED % comments, Content_Type="application/rss+xml")

    feed(2)
    assert crawl("feed").new == 3
    site.paths()
    assert crawl("feed").new == 0
    assert "/c.xml" not in site.paths()
    feed(3)
    assert crawl("feed").new == 1
    assert {row.parent for row in rows(engine, tables.Mention)} == {"", f"{site.key}#1"}
    assert not [row for row in rows(engine, tables.Mention) if "سارا" in row.title + row.text]


def test_a_page_without_a_feed_says_so(crawl, site):
    site.page("/", "<h1>خانه</h1>")
    result = crawl("feed")
    assert result.outcome is CrawlOutcome.FAILED
    assert "no feed" in result.message


# Targets


def test_targets_that_do_not_work_are_reported_beside_those_that_do(engine, settings, site, wordpress):
    wordpress.add(1, 2)
    add_target(engine, "telepathy", site.url, "shop")
    add_target(engine, "wordpress", site.url + "/", "shop")
    strange, good = collect(engine, settings, progress=False)
    assert (strange.outcome, good.outcome) == (CrawlOutcome.FAILED, CrawlOutcome.OK)
    assert "choose one of feed, wordpress" in strange.message
    with pytest.raises(BadInput):
        collect(engine, settings, [99], progress=False)


def test_the_log_holds_no_texts(crawl, wordpress, settings):
    wordpress.add(1, 3)
    crawl()
    log = (settings.data_dir / "state" / "crawl.log").read_text(encoding="utf-8")
    assert "Spider closed" in log
    assert "پیک" not in log
    assert "خریدار" not in log
