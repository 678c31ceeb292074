"""How listening behaves whatever the source: increments, deletions, queries, guards, health, sharing, schedules."""

import gzip
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from loopback import Site
from shop import ROUTE, Shop
from sqlalchemy import update
from sqlmodel import Session, col, select
from stored import rows
from typer.testing import CliRunner

import cli
from crawlers.catalogue import sources
from crawlers.guard import is_public
from crawlers.paged import KNOWN_ENOUGH
from domain.errors import BadInput
from domain.query import Query, tag, variants
from domain.vocabulary import CrawlOutcome
from jobs import health, schedule
from jobs.collect import collect
from jobs.track import query as query_for
from jobs.track import track
from store import tables
from store.writes import add_target

OK, SUSPECT, FAILED = CrawlOutcome.OK, CrawlOutcome.SUSPECT, CrawlOutcome.FAILED


@pytest.fixture
def shop(site):
    return Shop(site)


@pytest.fixture
def crawl(engine, settings, site):
    """Crawl the shop once more; the target is made on the first call."""

    def crawl(query=None, settings=settings, url=site.url + "/", **options):
        target = add_target(engine, "woocommerce", url, "shop", query)
        [result] = collect(engine, settings, [target.id], progress=False, **options)
        return result

    return crawl


def pages(site):
    return [path.partition("&page=")[2].partition("&")[0] for path in site.paths() if ROUTE in path]


# Increments


def test_a_second_crawl_stops_at_what_is_known_and_finds_what_is_new_or_edited(crawl, shop, site, engine):
    shop.add(1, 450)
    first = crawl()
    assert (first.outcome, first.new, pages(site)) == (OK, 450, ["1", "2", "3", "4", "5"])
    shop.add(451, 460)
    shop.reviews[448]["review"] = "<p>فروشنده پول را پس داد</p>"
    second = crawl()
    assert (second.outcome, second.new, second.counts["mentions/edited"], pages(site)) == (OK, 10, 1, ["1"])
    assert len(rows(engine, tables.Mention)) == 460
    assert rows(engine, tables.Revision)[0].text == "پیک دیر رسید، نظر 448"


def test_pinned_and_drifting_rows_do_not_end_a_crawl_early(crawl, shop, site):
    shop.add(1, 300)
    crawl()
    pages(site)
    # Old reviews pinned on top: known ones, but fewer than it takes to believe that all below are known.
    pinned = {1000 - n: dict(shop.reviews[n], id=n) for n in range(1, KNOWN_ENOUGH)}
    shop.add(301, 380)
    shop.reviews |= pinned
    assert crawl().new == 80


def test_a_logical_error_inside_200_moves_no_mark(crawl, shop, site, engine):
    shop.add(1, 250)
    assert crawl().outcome is OK
    state = rows(engine, tables.Target)[0].state
    shop.add(251, 600)
    whole = site.routes[ROUTE]
    for body in (b'{"code":"oops"}', b"<html>busy</html>", json.dumps([{"id": 1}]).encode()[:-3], b""):
        site.routes[ROUTE] = lambda query, body=body: whole(query) if query["page"] == "1" else (200, {}, body)
        result = crawl()
        assert (result.outcome, result.counts["failed/logical"]) == (FAILED, 2), "it is asked once more"
        assert rows(engine, tables.Target)[0].state == state
    site.routes[ROUTE] = whole
    assert crawl().outcome is OK
    assert len(rows(engine, tables.Mention)) == 600


def test_endless_pages_are_left(crawl, shop, site):
    shop.add(1, 100)
    whole = site.routes[ROUTE]
    same = lambda query: whole({**query, "page": "1"})  # noqa: E731
    site.routes[ROUTE] = lambda query: (same(query)[0], {"X-WP-TotalPages": "99999"}, same(query)[2])
    result = crawl()
    assert (result.outcome, result.new, result.counts["stopped/repeated_page"]) == (OK, 100, 1)
    assert result.counts["skipped/duplicate"] == 100


def test_killed_ten_times_the_store_ends_as_if_never_killed(settings, shop, site, engine):
    shop.add(1, 1200)
    shop.slow = 0.1
    target = add_target(engine, "woocommerce", site.url + "/", "shop")
    script = (
        "import sys; from domain.settings import Settings; from store.database import open_store;"
        "from jobs.collect import collect; s = Settings.model_validate_json(sys.argv[1]);"
        f"print(collect(open_store(s.url), s, [{target.id}], progress=False)[0].outcome)"
    )
    command = [sys.executable, "-c", script, settings.model_dump_json()]
    dice = random.Random(7)
    for _ in range(10):
        asked = len(site.asked)
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while len(site.asked) < asked + 2:
            time.sleep(0.02)
        time.sleep(dice.uniform(0.0, 1.2))
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    shop.slow = 0
    assert subprocess.run(command, capture_output=True, text=True).stdout.strip() == "ok"
    kept = {row.native_id: (row.text, row.revision) for row in rows(engine, tables.Mention)}
    assert kept == {f"{site.key}#{n}": (f"پیک دیر رسید، نظر {n}", 1) for n in range(1, 1201)}
    assert {run.outcome for run in rows(engine, tables.CrawlRun)} == {"interrupted", "ok"}


def test_a_long_crawl_that_runs_out_of_time_goes_on_where_it_stopped(crawl, shop, site, settings, engine):
    shop.add(1, 1500)
    shop.slow = 0.25
    hurried = settings.model_copy(update={"crawl_hours": 1.6 / 3600})
    first = crawl(settings=hurried)
    assert first.outcome is CrawlOutcome.LIMITED
    assert 0 < first.new < 1500
    assert crawl(limit=5).outcome is CrawlOutcome.LIMITED, "which leaves what was to be asked as it is"
    shop.slow = 0
    shop.add(1501, 1540)
    pages(site)
    second = crawl()
    assert (second.outcome, first.new + second.new) == (OK, 1540)
    assert len(rows(engine, tables.Mention)) == 1540
    assert len(pages(site)) < 16, "what was read is not read again"
    assert rows(engine, tables.Target)[0].state["again"] == []


def test_a_part_that_failed_is_asked_again_though_nothing_new_leads_there(engine, settings, site):
    """A topic that answers 500 once; topics above it are known by then."""
    topic = {"tid": 7, "title": "کالا", "slug": "7/kala", "lastposttime": 1, "postcount": 2}
    many = [{**topic, "tid": n, "slug": f"{n}/t", "title": f"موضوع {n}"} for n in range(100, 140)]
    recent = {"topics": [*many, topic], "pagination": {"pageCount": 1, "currentPage": 1}}

    def posts(number):
        post = {"pid": number, "tid": number, "uid": 2, "content": f"<p>نظر {number}</p>", "timestamp": 1760000000000}
        page = {"tid": number, "title": "کالا", "slug": f"{number}/t", "posts": [post]}
        return json.dumps({**page, "pagination": {"pageCount": 1, "currentPage": 1}})

    site.page("/api/recent", json.dumps(recent))
    site.page("/api/categories", json.dumps({"categories": []}))
    for number in range(100, 140):
        site.page(f"/api/topic/{number}/t", posts(number))
        site.page(f"/api/topic/{number}", posts(number))
    for path in ("/api/topic/7/kala", "/api/topic/7"):
        site.page(path, "busy", status=500)
    target = add_target(engine, "nodebb", site.url + "/", "shop")
    [first] = collect(engine, settings, [target.id], progress=False)
    assert (first.outcome, first.new) == (OK, 40), first.message
    assert "1 parts could not be read" in first.message
    for path in ("/api/topic/7/kala", "/api/topic/7"):
        site.page(path, posts(7))
    [second] = collect(engine, settings, [target.id], progress=False)
    assert (second.outcome, second.new) == (OK, 1)


def test_one_hostile_date_costs_a_date(crawl, shop, engine):
    shop.add(1, 5)
    shop.reviews[3]["date_created_gmt"] = "9999-12-31T23:59:59"
    shop.reviews[4]["date_created_gmt"] = "0001-01-01T00:00:00"
    result = crawl()
    assert (result.outcome, result.new, result.counts["odd/date"]) == (OK, 5, 2)
    precise = {row.native_id.partition("#")[2]: row.date_precision for row in rows(engine, tables.Mention)}
    assert precise == {"1": "second", "2": "second", "3": "unknown", "4": "unknown", "5": "second"}


@pytest.mark.parametrize(("status", "outcome"), [(500, FAILED), (403, CrawlOutcome.BLOCKED)])
def test_a_forum_of_which_no_thread_can_be_read_is_no_success(engine, settings, site, status, outcome):
    topics = [{"tid": n, "title": "ت", "slug": f"{n}/t", "lastposttime": 1, "postcount": 2} for n in range(30)]
    site.page("/api/recent", json.dumps({"topics": topics, "pagination": {"pageCount": 1, "currentPage": 1}}))
    site.page("/api/categories", json.dumps({"categories": []}))
    for n in range(30):
        for path in (f"/api/topic/{n}", f"/api/topic/{n}/t"):
            site.page(path, "no", status=status)
    target = add_target(engine, "nodebb", site.url + "/", "shop")
    [result] = collect(engine, settings, [target.id], progress=False)
    assert result.outcome is outcome
    assert rows(engine, tables.Target)[0].state == {}


def test_no_password_is_kept():
    spider = sources()["bluesky"](
        url="https://bsky.app/search?q=x", brand="shop", credentials={"bluesky_handle": "a", "bluesky_password": "p4ss"}
    )
    [ask] = spider.asks()
    spider.request(ask)
    assert "p4ss" not in json.dumps([spider.progress(), spider.memory([ask])])


# Deletions


def test_what_a_full_read_no_longer_meets_is_purged_and_still_counted(crawl, shop, engine):
    shop.add(1, 150)
    crawl()
    for number in (3, 77):
        del shop.reviews[number]
    assert crawl().counts.get("mentions/deleted", 0) == 0, "an increment cannot know"
    assert crawl(recheck=True).counts.get("mentions/deleted", 0) == 0, "rows may have moved while it was read"
    assert crawl().outcome is OK
    assert crawl(recheck=True).counts["mentions/deleted"] == 2
    buried = [row for row in rows(engine, tables.Mention) if row.deleted_at]
    assert [(row.native_id.partition("#")[2], row.text, row.author, row.title) for row in buried] == [
        ("77", "", "", ""),
        ("3", "", "", ""),
    ]
    assert len(rows(engine, tables.Mention)) == 150
    shop.add(77, 77)
    assert crawl(recheck=True).counts["mentions/edited"] == 1
    assert [row.native_id for row in rows(engine, tables.Mention) if row.deleted_at] == [f"{shop.site.key}#3"]


def test_a_source_that_lost_much_at_once_is_not_believed(crawl, shop, engine):
    shop.add(1, 100)
    crawl()
    shop.reviews = {number: shop.reviews[number] for number in range(1, 70)}
    result = crawl(recheck=True)
    assert result.outcome is SUSPECT
    assert "too many to believe" in result.message
    crawl(recheck=True)
    assert not [row for row in rows(engine, tables.Mention) if row.deleted_at]
    for _ in range(2):
        crawl(recheck=True, accept=True)
    assert len([row for row in rows(engine, tables.Mention) if row.deleted_at]) == 31


def test_a_full_read_that_met_a_page_twice_buries_nobody(crawl, shop, site, engine):
    shop.add(1, 1000)
    crawl()
    whole = site.routes[ROUTE]
    site.routes[ROUTE] = lambda query: whole({**query, "page": "8"} if query["page"] == "9" else query)
    for _ in range(3):
        crawl(recheck=True)
    assert not [row for row in rows(engine, tables.Mention) if row.deleted_at]


# Queries


def test_one_name_gives_its_spellings():
    found = variants("دیجی‌کالا")
    for spelling in ("دیجی‌کالا", "دیجی کالا", "دیجی_کالا", "دیجیکالا", "ديجي كالا", "digikala", "#دیجی_کالا"):
        assert spelling in found
    query = Query(tuple(found), ("دیجی‌کالا مگ",))
    for text in ("از ديجي كالا خریدم", "دیجیکالام رسید", "#دیجی_کالا بد بود", "DigiKala عالی", "دیجی‌کالاست دیگه"):
        assert query.found_by(text), text
    assert not query.found_by("کالای دیجیتال")
    assert query.excluded("مجلهٔ دیجی‌کالا مگ")
    assert tag("دیجی‌کالا") == "دیجی_کالا"
    assert Query(("اسنپ",), ("اسنپ‌فود",)).excluded("اسنپ فود دیر رسید"), "another brand of the same first word"
    assert not Query(("اسنپ",)).found_by("اسنپر"), "another word"
    with pytest.raises(BadInput):
        Query(("\u200c",))


def test_a_query_keeps_its_hits_and_says_what_found_them(crawl, shop, engine):
    shop.add(1, 10)
    shop.add(11, 15, "از ديجي كالا خریدم و پیک دیر رسید")
    shop.add(16, 18, "دیجی‌کالا مگ را خواندم")
    query = query_for(["دیجی‌کالا"], ["دیجی‌کالا مگ"])
    dry = crawl(query, dry_run=True)
    assert (dry.outcome, rows(engine, tables.Mention), rows(engine, tables.CrawlRun)) == (OK, [], [])
    assert dry.counts["found/ديجي كالا"] == 5
    result = crawl(query)
    assert (result.new, result.counts["skipped/off_topic"], result.counts["skipped/excluded"]) == (5, 10, 3)
    assert {row.found_by for row in rows(engine, tables.Mention)} == {"ديجي كالا"}
    assert crawl(Query(("کالای 3",), ())).new == 3, "another query starts anew; titles count"


def test_a_wrong_address_is_refused_when_it_is_tracked(engine, settings):
    for source, url in (("digikala", "https://shop.example/"), ("youtube", "https://youtu.be/aaaaaaaaaaa")):
        with pytest.raises(BadInput):
            track(engine, settings, source, url, "shop")
    with pytest.raises(BadInput, match="SHENAVA_ALLOW_HOSTS"):
        track(engine, settings, "woocommerce", "http://169.254.169.254/", "shop")
    with pytest.raises(BadInput, match="SHENAVA_ENABLED=telegram"):
        track(engine, settings, "telegram", "https://t.me/shop", "shop")
    on = settings.model_copy(update={"enabled": "telegram"})
    assert track(engine, on, "telegram", "https://t.me/shop", "shop").id


# Guards


def test_only_public_addresses_are_public():
    private = (
        "127.0.0.1 10.1.2.3 172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1 0.0.0.0 224.0.0.1 255.255.255.255 ::1 "
        "::ffff:10.0.0.1 fe80::1%eth0 fd00::1 64:ff9b::7f00:1 2002:7f00:1:: fec0::1 64:ff9b:1::a00:1 ::127.0.0.1 "
        "5f00::1 168.63.129.16"
    )
    assert not [address for address in private.split() if is_public(address)]
    assert is_public("8.8.8.8")
    assert is_public("2001:4860:4860::8888")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "2130706433", "[::1]", "0.0.0.0"])
def test_a_private_address_is_refused_however_it_is_written(crawl, shop, site, settings, host):
    closed = settings.model_copy(update={"allow_hosts": ""})
    result = crawl(settings=closed, url=f"http://{host}:{site.server_address[1]}/")
    assert result.outcome is CrawlOutcome.REFUSED
    assert "SHENAVA_ALLOW_HOSTS" in result.message
    assert site.paths() == []


def test_a_redirect_leads_nowhere_private(crawl, shop, site):
    with Site() as other:
        site.routes[ROUTE] = lambda _: (302, {"Location": f"http://localhost:{other.server_address[1]}/x"}, b"")
        result = crawl()
        other.shutdown()
        assert (result.outcome, other.paths()) == (CrawlOutcome.REFUSED, [])


# Named edge cases


def test_a_redirect_to_itself_with_a_cookie_is_followed(crawl, shop, site):
    shop.add(1, 150)
    whole = site.routes[ROUTE]
    door = (307, {"Set-Cookie": "cdn=abc; Path=/; HttpOnly"}, b"")

    def guarded(query):
        if query["_cookie"] == "cdn=abc":
            return whole(query)
        return door[0], {**door[1], "Location": site.asked[-1][1]}, b""

    site.routes[ROUTE] = guarded
    result = crawl()
    assert (result.outcome, result.new) == (OK, 150)
    assert pages(site) == ["1", "1", "2"], "the cookie is kept for the next page"


def test_bombs_loops_and_hangs_have_names(crawl, shop, site, settings):
    bomb = gzip.compress(b"[" + b" " * 30_000_000 + b"]")
    site.routes[ROUTE] = lambda _: (200, {"Content-Encoding": "gzip", "Content-Type": "application/json"}, bomb)
    assert crawl().counts["failed/too_large"] == 1
    site.routes[ROUTE] = lambda _: (200, {"Content-Type": "application/json"}, b"[" + b" " * 2_000_000 + b"]")
    assert crawl().counts["failed/too_large"] == 1
    site.routes[ROUTE] = lambda _: (307, {"Location": site.asked[-1][1], "Set-Cookie": f"a={time.monotonic()}"}, b"")
    assert crawl().counts["failed/redirect_loop"] == 1
    site.routes[ROUTE] = lambda _: time.sleep(2.5)
    hurried = settings.model_copy(update={"timeout": 0.7})
    result = crawl(settings=hurried)
    assert (result.outcome, result.counts["failed/hangs"]) == (CrawlOutcome.BLOCKED, 1)


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "cp1256"])
def test_a_wrong_charset_costs_no_text(crawl, shop, site, engine, charset):
    shop.add(1, 1, "کیفیت خوب")
    body = json.dumps(list(shop.reviews.values()), ensure_ascii=False).replace("ی", "ي").replace("ک", "ك")
    site.routes[ROUTE] = lambda _: (200, {"Content-Type": "application/json"}, body.encode(charset))
    assert crawl().new == 1
    assert rows(engine, tables.Mention)[0].text.startswith("كيفيت خوب")


# Health


GOOD = {"field/text": 40, "field/author": 40, "field/rating_raw": 38, "field/published_at": 40, "pages": 1}


@pytest.mark.parametrize(
    ("run", "history", "word"),
    [
        ({"pages": 1}, [GOOD], "nothing found"),
        ({"pages": 1}, [], "right address"),
        ({"field/text": 3, "field/author": 3, "pages": 1}, [GOOD] * 3, "drop"),
        ({**GOOD, "field/rating_raw": 0}, [GOOD], "rating_raw"),
        ({"pages": 2, "empty_searches": 2}, [GOOD], "nothing found"),
        ({**GOOD, "threads": 10, "missed": 6}, [GOOD], "could not be read"),
        ({**GOOD, "field/text": 4, "rejected/unreadable": 36}, [GOOD], "layout"),
    ],
)
def test_what_is_not_as_it_was_is_suspect(run, history, word):
    assert word in "; ".join(health.findings(run, history))


@pytest.mark.parametrize(
    ("run", "history"),
    [
        (GOOD, []),
        (GOOD, [GOOD] * 5),
        ({"unchanged_feeds": 1}, [GOOD]),
        ({"pages": 1, "unchanged_threads": 30}, [GOOD]),
        ({"pages": 2, "empty_searches": 2}, []),
        ({**GOOD, "field/rating_raw": 0}, [{**GOOD, "field/rating_raw": 2}]),
        ({"field/text": 3, "pages": 1}, [{"field/text": 4, "pages": 1}] * 3),
        ({"pages": 1, "accepted": 1}, [GOOD] * 5),
        ({**GOOD, "field/rating_raw": 0}, [{**GOOD, "field/rating_raw": 0, "accepted": 1}, GOOD, GOOD]),
    ],
)
def test_what_is_as_usual_is_well(run, history):
    assert health.findings(run, history) == []


def test_silence_is_suspect_until_a_person_accepts_it(crawl, shop, engine):
    shop.add(1, 60)
    crawl()
    state = rows(engine, tables.Target)[0].state
    shop.reviews = {}
    silent = crawl()
    assert (silent.outcome, rows(engine, tables.Target)[0].state) == (SUSPECT, state)
    assert "earlier crawls saw about 60" in silent.message
    assert "--accept" in silent.message
    assert crawl(accept=True).outcome is OK


def test_a_shut_door_is_left_alone_for_hours(crawl, shop, site, engine):
    shop.add(1, 5)
    whole = site.routes[ROUTE]
    site.routes[ROUTE] = lambda _: (403, {}, b"no")
    assert crawl().outcome is CrawlOutcome.BLOCKED
    site.routes[ROUTE] = whole
    site.paths()
    again = crawl()
    assert (again.outcome, site.paths()) == (CrawlOutcome.BLOCKED, [])
    assert "left alone until" in again.message
    assert len(rows(engine, tables.CrawlRun)) == 1
    with Session(engine) as session:
        session.execute(update(tables.CrawlRun).values(finished_at=datetime.now(UTC) - timedelta(hours=7)))
        session.commit()
    assert crawl().outcome is OK


# The doors


def test_saved_pages_are_parsed_on_the_command_line(tmp_path, monkeypatch):
    monkeypatch.setenv("SHENAVA_DATA", str(tmp_path))
    page = tmp_path / "page.json"
    page.write_text('[{"id": 3, "review": "<p>بوی خوبی دارد</p>", "rating": 5, "reviewer": "سارا"}, {"id": "x"}]')
    words = ["parse", "woocommerce", str(page), "--url", "https://a.example/"]
    done = CliRunner().invoke(cli.app, words)
    [row] = [json.loads(line) for line in done.stdout.splitlines()]
    assert (row["native_id"], row["text"], row["rating"]) == ("a.example#3", "بوی خوبی دارد", 1.0)
    assert "سارا" not in done.stdout
    assert json.loads(done.stderr.splitlines()[-1])["counts"] == {"rejected/bad_id": 1}


@pytest.mark.parametrize(
    ("source", "body", "word"),
    [
        ("woocommerce", "<html>", "HTML page"),
        ("woocommerce", '{"code": "rest_no_route", "message": "No route"}', "No route"),
        ("feed", "<rss><channel><item><title>یک", "cut short"),
        ("wordpress", "<rss><channel><item><title>یک", "cut short"),
        ("schemaorg", "<title>Just a moment...</title>", "challenge"),
        ("schemaorg", '<script type="application/ld+json">{"@type": "Product", "rev', "cut short"),
        ("nodebb", "<title>ربات نیستید؟</title>", "HTML page"),
    ],
)
def test_a_body_that_is_no_page_is_never_no_mentions(tmp_path, monkeypatch, source, body, word):
    monkeypatch.setenv("SHENAVA_DATA", str(tmp_path))
    page = tmp_path / "page"
    page.write_text(body, encoding="utf-8")
    done = CliRunner().invoke(cli.app, ["parse", source, str(page), "--url", "https://a.example/"])
    assert (done.exit_code, done.stdout) == (1, "")
    assert word in " ".join(done.stderr.split())


def test_the_schedule_starts_sources_apart_and_replaces_only_itself():
    entries = schedule.entries(["wordpress", "digikala", "feed", "basalam"], "6h")
    minutes = [one.minute for one in entries]
    assert len(set(minutes)) == 6
    text = schedule.crontab(entries, schedule.ROOT / "data" / "cron 100%.log")
    assert text.count("crawl --source") == 4
    assert "0,6,12,18 * * *" in text
    assert "100\\%.log" in text
    mine = "MAILTO=me\n5 5 * * * mine\n"
    assert schedule.replaced(schedule.replaced(mine + text, text), "") == mine
    units = schedule.units(entries)
    assert len(units) == 12
    assert "OnCalendar=Fri " in units["shenava-crawl-again.timer"]
    assert "OnCalendar=*-*-* 00,06,12,18:" in units["shenava-crawl-digikala.timer"]
    with pytest.raises(BadInput):
        schedule.entries(["feed"], "often")
    with pytest.raises(BadInput, match="crontab -e"):
        schedule.replaced(f"{schedule.BEGIN}\n1 * * * * mine\n", text)


def test_units_of_others_are_left_alone(tmp_path):
    (tmp_path / "shenava-serve.service").write_text("[Unit]\nDescription=mine\n")
    schedule.install_units(schedule.units(schedule.entries(["feed"], "day")), tmp_path)
    assert len(list(tmp_path.glob("*.timer"))) == 3
    schedule.install_units({}, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["shenava-serve.service"]


@pytest.fixture
def redis(tmp_path):
    if not shutil.which("redis-server"):
        pytest.skip("redis-server is not installed")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)]
    server = subprocess.Popen(["redis-server", *options], stdout=subprocess.DEVNULL)
    yield f"redis://127.0.0.1:{port}/0"
    server.terminate()
    server.wait()


def test_two_processes_share_one_crawl_politely(engine, settings, site, redis):
    """Six targets, two hosts: each is crawled once, and no host is asked faster than one process would."""
    with Site() as other:
        for number, where in enumerate((site, site, site, other, other, other)):
            shop = Shop(where)
            where.routes[f"/{number}{ROUTE}"] = where.routes[ROUTE]
            shop.add(1, 150)
            add_target(engine, "woocommerce", f"{where.url}/{number}/", "shop")
        shared = settings.model_copy(update={"redis_url": redis, "delay": 0.3})
        script = (
            "import sys; from domain.settings import Settings; from store.database import open_store;"
            "from jobs.collect import collect; s = Settings.model_validate_json(sys.argv[1]);"
            "print(*(f'{one.target_id}={one.outcome}' for one in collect(open_store(s.url), s, progress=False)))"
        )
        command = [sys.executable, "-c", script, shared.model_dump_json()]
        pair = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
        told = [process.communicate()[0].split() for process in pair]
        other.shutdown()
        assert sorted([*told[0], *told[1]]) == [f"{number}=ok" for number in range(1, 7)]
        assert all(told), "both had some"
        assert len(rows(engine, tables.CrawlRun)) == 6
        for where in (site, other):
            times = [at for at, path in where.asked if "robots" not in path]
            assert len(times) == 6
            assert min(b - a for a, b in pairwise(times)) > 0.28
        # A mention belongs to its site: the same shop under three addresses is 150 reviews.
        with Session(engine) as session:
            assert len(session.scalars(select(col(tables.Mention.id))).all()) == 300
