"""Forums and comment servers: crawls of a Discourse-shaped server, and what pages of NodeBB and Isso lead to."""

import json
import time

import pytest
from discourse_like import DiscourseLike, title
from loopback import Site
from paging import walk
from sqlmodel import Session, select

from crawlers.catalogue import sources
from crawlers.forum import own_words
from crawlers.markup import LONGEST
from crawlers.page import LogicalError, Shut
from domain.errors import BadInput
from domain.vocabulary import CrawlOutcome
from jobs.collect import collect
from store import tables
from store.writes import add_target


@pytest.fixture(params=[True, False], ids=["windows of ids", "fifty posts"])
def forum(request):
    with DiscourseLike(windowed=request.param) as forum:
        yield forum
        forum.shutdown()


@pytest.fixture
def crawl(engine, settings):
    def crawl(source, url, **options):
        target = add_target(engine, source, url, "shop")
        [result] = collect(engine, settings, [target.id], progress=False, **options)
        return result

    return crawl


def stored(engine):
    with Session(engine) as session:
        return {int(row.native_id.partition("#")[2]): row for row in session.scalars(select(tables.Mention))}


def state(engine):
    with Session(engine) as session:
        return session.scalars(select(tables.Target)).one().state


def spider(name, url="https://a.example/"):
    return sources()[name](url, brand="shop", key=bytes(32))


# Discourse


def test_every_post_of_a_forum_over_holes_in_its_ids(crawl, engine, forum):
    ids = [*range(3, 120), *range(170, 300), *range(300, 400, 7), *range(3200, 3290)]  # a hole of 58 windows
    forum.add(*ids)
    first = crawl("discourse", forum.url)
    assert (first.outcome, first.new) == (CrawlOutcome.OK, len(ids))
    posts = stored(engine)
    assert posts.keys() == set(ids)
    assert all(row.author and row.title == title(row.url.split("/")[-2]) for row in posts.values())
    forum.paths()

    second = crawl("discourse", forum.url)
    assert (second.outcome, second.new, forum.paths()) == (CrawlOutcome.OK, 0, ["/posts.json"])
    forum.add(*range(3290, 3360))
    forum.posts[3289]["cooked"] = "<p>اصلاح: پیک زود رسید.</p>"
    forum.posts[3288]["user_deleted"] = True
    third = crawl("discourse", forum.url)
    assert (third.new, third.counts["mentions/edited"], len(forum.paths())) == (70, 1, 2)
    assert (stored(engine)[3288].text, bool(stored(engine)[3288].deleted_at)) == ("", True)


def test_a_topic_gives_its_first_posts_and_the_others_by_their_ids(crawl, engine, forum):
    forum.add(*range(1, 56), topic=7)
    forum.add(90, topic=8)
    assert crawl("discourse", f"{forum.url}/t/some-slug/7/3?u=x").new == 55
    assert {row.title for row in stored(engine).values()} == {title(7)}
    assert stored(engine)[2].parent == f"{forum.key}#1"
    assert len(forum.paths()) == 3
    assert crawl("discourse", f"{forum.url}/t/some-slug/7/3?u=x").new == 0
    assert forum.paths() == ["/t/7.json"]
    forum.add(100, topic=7)
    assert crawl("discourse", f"{forum.url}/t/some-slug/7/3?u=x").new == 1
    assert len(forum.paths()) == 2  # the first part, and the last


def test_where_posts_json_is_closed_the_latest_topics_lead_to_all_posts(crawl, engine, forum):
    forum.instead["/posts.json"] = (404, {"errors": ["x"], "error_type": "not_found"})
    assert crawl("discourse", forum.url).outcome is CrawlOutcome.FAILED
    for topic in range(1, 66):
        forum.add(topic, topic + 100, topic=topic)
    forum.add(*range(300, 350), topic=40)
    url = forum.url + "/latest"
    assert crawl("discourse", url).new == 180
    forum.paths()
    again = crawl("discourse", url)
    assert (again.outcome, again.new, forum.paths()) == (CrawlOutcome.OK, 0, ["/latest.json"])
    forum.add(400, topic=2)
    assert crawl("discourse", url).new == 1
    assert forum.paths() == ["/latest.json", "/t/2.json"]


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ((403, {"errors": ["x"], "error_type": "not_logged_in"}), CrawlOutcome.BLOCKED),
        ((200, {"errors": ["x"], "error_type": "not_logged_in"}), CrawlOutcome.BLOCKED),
        ((200, {"errors": ["x"], "error_type": "rate_limit"}), CrawlOutcome.FAILED),
        ((200, {"latest_posts": None}), CrawlOutcome.FAILED),
        ((200, b"<h1>busy</h1>"), CrawlOutcome.FAILED),
    ],
)
def test_an_error_within_an_answer_is_no_empty_forum(crawl, engine, forum, answer, outcome):
    forum.add(1, 2, 3)
    crawl("discourse", forum.url)
    before = state(engine)
    assert before["known"]
    forum.add(4)
    forum.instead["/posts.json"] = answer
    assert crawl("discourse", forum.url).outcome is outcome
    assert (state(engine), len(stored(engine))) == (before, 3)


def test_a_lost_part_of_a_topic_is_asked_again(crawl, engine, forum):
    forum.add(*range(1, 46), topic=7)
    forum.instead["/t/7/posts.json"] = (200, {"errors": ["x"]})
    assert crawl("discourse", forum.url + "/t/7").new == 20
    del forum.instead["/t/7/posts.json"]
    assert crawl("discourse", forum.url + "/t/7").new == 25


# NodeBB


class Board:
    """A NodeBB 3 by its bodies: 70 topics in two categories, of which the 40 latest are recent, 20 on a page."""

    def __init__(self):
        self.asked = []

    def __call__(self, ask):
        self.asked.append(ask.url)
        path, _, query = ask.url.removeprefix("https://a.example/forum/api/").partition("?")
        page = int(dict(part.split("=") for part in query.split("&"))["page"])
        return json.dumps(self.answer(path, page)).encode()

    def answer(self, path, page):
        kind, _, one = path.partition("/")
        rows = [
            {"tid": n, "lastposttime": 1_790_000_000_000 + n, "postcount": 3, "deleted": 0} for n in range(70, 0, -1)
        ]
        if kind == "topic":
            posts = [
                {"pid": int(one) * 10 + n, "uid": n, "content": f"<p>نوشتهٔ {n}</p>"} for n in (page * 2, page * 2 + 1)
            ]
            pager = {"currentPage": page, "pageCount": 2}
            return {
                "tid": int(one),
                "mainPid": int(one) * 10 + 2,
                "title": "گفتگو",
                "posts": posts,
                "pagination": pager,
            }
        if kind == "categories":
            link = {"cid": 9, "link": "https://shop.example/"}
            return {"categories": [{"cid": 1, "children": [{"cid": 2}]}, link], "pagination": None}
        rows = rows[:40] if kind == "recent" else [row for row in rows if row["tid"] % 2 == int(one) - 1]
        pager = {"currentPage": page, "pageCount": -(-len(rows) // 20)}
        own = {"cid": int(one), "children": [{"cid": 2}] if one == "1" else []} if one else {}
        return {"topics": rows[(page - 1) * 20 : page * 20], "pagination": pager, **own}


def test_the_end_of_the_recent_topics_leads_to_older_ones_through_the_categories():
    board = Board()
    found = walk(spider("nodebb", "https://a.example/forum"), board, most=400)
    assert len({mention.native_id for mention in found}) == 70 * 4
    assert len(found) == 71 * 4  # the topic at the seam comes twice
    assert found[0].native_id.startswith("a.example/forum#")
    topics = [url for url in board.asked if "/topic/" in url]
    assert len(topics) - len(set(topics)) <= 2  # the topic at the seam, both of its pages
    assert sum("/category/" in url for url in board.asked) == 4


def test_a_topic_that_was_cut_goes_on_at_its_last_page():
    body = {"tid": 5, "posts": [], "pagination": {"currentPage": 4, "pageCount": 2}}
    page = spider("nodebb").page(json.dumps(body).encode(), "https://a.example/api/topic/5?page=4")
    assert (page.next.url.rpartition("page=")[2], page.next.listing, page.next.oldest_first) == ("2", "topic/5", True)
    body["pagination"]["currentPage"] = 2
    assert spider("nodebb").page(json.dumps(body).encode(), "https://a.example/api/topic/5?page=2").next is None


def test_topics_that_are_deleted_are_not_asked_for_and_deleted_posts_are_gone():
    rows = [{"tid": 1, "lastposttime": 5, "deleted": 1}, {"tid": 2, "lastposttime": "7", "postcount": "3"}]
    recent = json.dumps({"topics": rows, "pagination": {"currentPage": 1, "pageCount": 1}}).encode()
    page = spider("nodebb").page(recent, "https://a.example/api/recent?page=1")
    assert list(page.asks) == ["topic/2@7/3", "categories@5"]
    posts = [{"pid": 8, "deleted": True, "content": "[[topic:post_is_deleted]]"}]
    topic = json.dumps({"tid": 2, "posts": posts}).encode()
    assert spider("nodebb").page(topic, "https://a.example/api/topic/2").gone == ("a.example#8",)


# Isso


def test_a_server_without_latest_says_what_to_do_instead(crawl, engine, settings):
    with Site() as site:
        result = crawl("isso", site.url + "/")
        site.shutdown()
    assert result.outcome is CrawlOutcome.FAILED
    assert "/?uri=/post/" in result.message


def test_a_long_thread_goes_on_after_its_last_comment_though_many_came_at_once():
    rows = [{"id": n, "created": 1_790_000_000 + n // 3, "mode": 1, "text": f"نظر {n}"} for n in range(250)]

    def serve(ask):
        after = float(dict(part.split("=") for part in ask.url.partition("?")[2].split("&")).get("after", 0))
        return json.dumps({"replies": [row for row in rows if row["created"] > after][:100]}).encode()

    found = walk(spider("isso", "https://c.example/?uri=/a/"), serve)
    assert {mention.native_id for mention in found} == {f"c.example#{n}" for n in range(250)}


# All


@pytest.mark.parametrize(
    ("name", "url", "asked"),
    [
        ("nodebb", "https://a.example", "https://a.example/api/recent?page=1"),
        ("nodebb", "https://a.example/forum/?lang=fa#x", "https://a.example/forum/api/recent?page=1"),
        ("nodebb", "https://a.example/forum/recent", "https://a.example/forum/api/recent?page=1"),
        ("nodebb", "https://a.example/api/", "https://a.example/api/recent?page=1"),
        (
            "nodebb",
            "https://a.example/category/3/x?page=2",
            "https://a.example/api/category/3?sort=newest_to_oldest&page=1",
        ),
        ("nodebb", "https://a.example/f/topic/12/y/7", "https://a.example/f/api/topic/12?sort=oldest_to_newest&page=1"),
        ("discourse", "https://a.example/", "https://a.example/posts.json"),
        ("discourse", "https://a.example/posts.json?before=9", "https://a.example/posts.json"),
        ("discourse", "https://a.example/f/t/12/3", "https://a.example/f/t/12.json"),
        ("discourse", "https://a.example/t/12.json", "https://a.example/t/12.json"),
        ("discourse", "https://a.example/t/یک-گفتگو/12?u=x", "https://a.example/t/12.json"),
        ("discourse", "https://a.example/latest.json", "https://a.example/latest.json"),
        ("discourse", "https://a.example/c/support/5", "https://a.example/c/support/5.json"),
        ("isso", "https://c.example/?uri=/a/", "https://c.example/?uri=%2Fa%2F&limit=100"),
        ("isso", "https://c.example/feed?uri=/a/", "https://c.example/?uri=%2Fa%2F&limit=100"),
        ("isso", "https://c.example/isso/js/embed.min.js", "https://c.example/isso/latest?limit=200"),
        ("isso", "https://c.example", "https://c.example/latest?limit=200"),
    ],
)
def test_addresses_as_people_write_them(name, url, asked):
    assert [ask.url for ask in spider(name, url).asks()] == [asked]


@pytest.mark.parametrize("name", ["nodebb", "discourse", "isso"])
@pytest.mark.parametrize("url", ["", "forum", "ftp://a.example/", "https://", "http://[/topic/1"])
def test_what_is_no_address_is_refused_with_an_example(name, url):
    with pytest.raises(BadInput, match="https://"):
        list(spider(name, url).asks())


@pytest.mark.parametrize("name", ["nodebb", "discourse", "isso"])
@pytest.mark.parametrize("body", [b"<html>", b"{}", b'"not-authorized"', b"3", b'{"error": "x"}', b'{"topics": {}}'])
def test_a_body_that_is_no_answer_is_never_an_empty_page(name, body):
    with pytest.raises(LogicalError):
        spider(name).page(body, "https://a.example/")


def test_a_login_asked_for_is_a_shut_door():
    with pytest.raises(Shut):
        spider("discourse").page(b'{"errors": [], "error_type": "not_logged_in"}', "")


@pytest.mark.parametrize("unit", ['<aside class="quote">x', "<p>@a:</p><blockquote>", '<div class="meta"><p>'])
def test_no_quote_holds_up_the_crawl(unit):
    began = time.monotonic()
    own_words((unit * LONGEST)[:LONGEST])
    assert time.monotonic() - began < 3
