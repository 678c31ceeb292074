"""Crawls of a real server on loopback, each in the process of its own that jobs.collect gives it."""

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from loopback import WordPress
from stored import rows

from crawlers.middlewares import retry_after
from domain.errors import BadInput, Busy
from domain.vocabulary import CrawlOutcome
from jobs.collect import collect
from store import tables
from store.writes import add_target, finish_run, start_run

FEED = """<?xml version="1.0"?><rss version="2.0" xmlns:wfw="http://wellformedweb.org/CommentAPI/"
 xmlns:slash="http://purl.org/rss/1.0/modules/slash/"><channel><title>وبلاگ</title>%s</channel></rss>"""


@pytest.fixture
def wordpress(site):
    return WordPress(site)


@pytest.fixture
def crawl(engine, settings, site):
    """Crawl the site once more; the target is made on the first call."""

    def crawl(source="wordpress", **options):
        target = add_target(engine, source, site.url + "/", "shop")
        [result] = collect(engine, settings, [target.id], progress=False, **options)
        return result

    return crawl


def texts(engine):
    return {mention.native_id: mention.text for mention in rows(engine, tables.Mention)}


# Robots


def test_no_robots_txt_allows_all(crawl, wordpress, engine):
    wordpress.add(1, 5)
    result = crawl()
    assert (result.outcome, result.new) == (CrawlOutcome.OK, 5)
    mention = next(row for row in rows(engine, tables.Mention) if row.native_id.endswith("#5"))
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
        (200, {"Content-Type": "text/html"}, b"<title>x</title><script>window._cf_chl_opt = {}</script>"),
        (503, {"Content-Type": "text/html"}, b"<title>Security check: captcha</title>"),
    ],
)
def test_a_shut_door_ends_the_crawl(crawl, wordpress, site, status, headers, body):
    site.routes["/"] = lambda _: (status, headers, body)
    result = crawl()
    assert result.outcome is CrawlOutcome.BLOCKED
    assert not [path for path in site.paths() if "wp-json" in path]


@pytest.mark.parametrize("title", ["حمله DDoS چیست؟", "نصب ربات captcha", "Just a moment, please: our story"])
def test_a_page_about_challenges_is_none(crawl, wordpress, site, title):
    wordpress.add(1, 3)
    status, headers, body = site.routes["/"]({})
    script = b"<script src='/cdn-cgi/challenge-platform/scripts/jsd/main.js'></script>"
    site.routes["/"] = lambda _: (status, headers, f"<title>{title}</title>".encode() + script + body)
    assert crawl().outcome is CrawlOutcome.OK


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
    assert "mark" not in rows(engine, tables.Target)[0].state
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
    pages = [path for path in site.paths() if "order=asc" in path]
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


def test_an_unfinished_first_read_goes_on_where_it_stopped(crawl, wordpress, engine, site):
    wordpress.add(1, 450)
    whole = site.routes["/wp-json/wp/v2/comments"]
    broken = (200, {}, b"[{")
    site.routes["/wp-json/wp/v2/comments"] = lambda query: broken if query["page"] == "4" else whole(query)
    result = crawl()
    assert (result.outcome, result.new) == (CrawlOutcome.FAILED, 300)
    assert rows(engine, tables.Target)[0].state == {"home": site.url + "/", "resume": 3, "reached": 300}
    site.routes["/wp-json/wp/v2/comments"] = whole
    wordpress.add(451, 460)
    assert crawl(limit=5).outcome is CrawlOutcome.LIMITED  # the newest ones; where the first read stands, stays
    site.paths()
    result = crawl()
    assert (result.outcome, result.new, result.counts["mentions/unchanged"]) == (CrawlOutcome.OK, 155, 105)
    assert [path.split("&page=")[1][0] for path in site.paths() if "/comments?" in path] == ["3", "4", "5"]
    assert rows(engine, tables.Target)[0].state == {"home": site.url + "/", "mark": 460}


@pytest.mark.parametrize("state", [{}, {"mark": 3}])
def test_a_site_that_lies_about_its_pages_is_left(crawl, wordpress, engine, site, state):
    wordpress.add(1, 250)
    whole = site.routes["/wp-json/wp/v2/comments"]

    def lying(query):
        status, headers, body = whole({**query, "page": str(min(int(query["page"]), 3))})
        return status, {**headers, "X-WP-TotalPages": "999999"}, body

    site.routes["/wp-json/wp/v2/comments"] = lying
    target = add_target(engine, "wordpress", site.url + "/", "shop")
    finish_run(engine, start_run(engine, target.id), CrawlOutcome.OK, {}, state=state)
    wordpress.comments = {number: row for number, row in wordpress.comments.items() if number > 3}
    assert (crawl().outcome, len(texts(engine))) == (CrawlOutcome.OK, 247)
    assert len([path for path in site.paths() if "/comments?" in path]) <= 6


def test_a_hostile_row_loses_no_page(crawl, wordpress):
    wordpress.add(1, 5)
    wordpress.comments[2]["_links"] = {"up": [None]}
    wordpress.comments[3]["link"] = 7
    wordpress.comments[4]["content"]["rendered"] = "x" * 300_000
    result = crawl()
    assert (result.outcome, result.new) == (CrawlOutcome.OK, 3)
    assert (result.counts["rejected/unreadable"], result.counts["rejected/too_long"]) == (1, 1)


def _collecting(settings, *, ready):
    """Another process that collects all; returns when `ready` says so."""
    # A shell has what it runs in the background, such as these tests, ignore interrupts; children inherit that.
    script = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler);"
        "from domain.settings import Settings; from store.database import open_store;"
        "from jobs.collect import collect; s = Settings.model_validate_json(sys.argv[1]); collect(open_store(s.url), s)"
    )
    other = subprocess.Popen([sys.executable, "-c", script, settings.model_dump_json()], stderr=subprocess.DEVNULL)
    end = time.monotonic() + 90
    while not ready() and time.monotonic() < end:
        time.sleep(0.05)
    return other


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_an_interrupted_crawl_is_repeated_without_loss_or_double(engine, settings, site, wordpress, how):
    wordpress.add(1, 900)
    wordpress.slow = 1.5
    target = add_target(engine, "wordpress", site.url + "/", "shop")
    other = _collecting(settings, ready=lambda: len(texts(engine)) >= 100)
    with pytest.raises(Busy):
        collect(engine, settings, [target.id], progress=False)
    assert other.poll() is None
    assert 100 <= len(texts(engine)) < 900
    os.kill(other.pid, how)
    other.wait()
    assert 100 <= len(texts(engine)) < 900
    assert ("resume" in rows(engine, tables.Target)[0].state) is (how is signal.SIGINT)
    wordpress.slow = 0
    [result] = collect(engine, settings, [target.id], progress=False)
    assert result.outcome is CrawlOutcome.OK
    assert len(rows(engine, tables.Mention)) == 900
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


def _wordpress_feed(site, answer):
    """Page 1 of a WordPress feed, one post with a comment feed on it; page 2 as `answer` says."""
    item = "<item><title>تجربه</title><guid>7</guid><wfw:commentRss>/c.xml</wfw:commentRss></item>"
    head = "<generator>https://wordpress.org/?v=6.5</generator>"
    kind = {"Content-Type": "application/rss+xml"}
    first = (200, {**kind, "ETag": '"1"'}, (FEED % (head + item)).encode())
    unchanged = (304, {}, b"")
    site.routes["/"] = lambda query: (
        answer if "paged" in query else unchanged if query["_if_none_match"] == '"1"' else first
    )
    site.page(
        "/c.xml", FEED % "<item><guid>c1</guid><description>نظر</description></item>", **{"Content-Type": "a/xml"}
    )


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ((404, {}, b""), CrawlOutcome.OK),
        ((200, {"Content-Type": "application/rss+xml"}, (FEED % "").encode()), CrawlOutcome.OK),
        ((500, {}, b""), CrawlOutcome.FAILED),
        ((200, {"Content-Type": "text/html"}, b"<h1>busy</h1>"), CrawlOutcome.FAILED),
        (None, CrawlOutcome.FAILED),
    ],
    ids=["404", "empty", "500", "html", "hung up"],
)
def test_only_the_end_of_a_feed_ends_its_paging_well(crawl, site, engine, answer, outcome):
    _wordpress_feed(site, answer)
    assert crawl("feed").outcome is outcome
    assert bool(rows(engine, tables.Target)[0].state) is (outcome is CrawlOutcome.OK)


def test_a_comment_feed_that_failed_is_asked_again_though_the_feed_is_unchanged(crawl, site):
    _wordpress_feed(site, (404, {}, b""))
    comments = site.routes["/c.xml"]
    site.page("/c.xml", "", status=500)
    assert crawl("feed").new == 1
    site.routes["/c.xml"] = comments
    result = crawl("feed")
    assert (result.new, result.counts["unchanged_feeds"]) == (1, 1)
    site.paths()
    crawl("feed")
    assert "/c.xml" not in site.paths()


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
    assert "choose one of " in strange.message
    with pytest.raises(BadInput):
        collect(engine, settings, [99], progress=False)


def test_a_crawl_runs_our_code_and_no_proxy_stands_before_loopback(crawl, wordpress, tmp_path, monkeypatch):
    wordpress.add(1, 2)
    (tmp_path / "crawlers").mkdir()
    (tmp_path / "crawlers/__init__.py").write_text("raise SystemExit('a stranger')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert crawl().new == 2


def test_the_log_holds_no_texts(crawl, wordpress, settings):
    wordpress.add(1, 3)
    crawl()
    log = (settings.data_dir / "state" / "crawl.log").read_text(encoding="utf-8")
    assert "Spider closed" in log
    assert "پیک" not in log
    assert "خریدار" not in log
