"""Mastodon, crawled on loopback; Bluesky and Telegram, walked without a network."""

import json
import random
from copy import deepcopy
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from paging import walk
from sqlmodel import Session, select
from test_sources import CASES

from crawlers.page import LogicalError, Shut
from crawlers.spiders.bluesky import Bluesky
from crawlers.spiders.mastodon import Mastodon
from crawlers.spiders.telegram import Telegram
from domain.errors import BadInput
from domain.query import Query
from domain.settings import Settings
from domain.vocabulary import CrawlOutcome
from jobs.collect import collect
from store import tables
from store.database import open_store
from store.writes import add_brand, add_target

KEY = bytes(32)
LOGIN = {"bluesky_handle": "name.bsky.social", "bluesky_password": "app-pass-word"}
TAG = "/api/v1/timelines/tag/" + quote("دیجی_کالا")


class Tag:
    """A tag's timeline on a site, as Mastodon 4.6 pages it (2026-11-22)."""

    def __init__(self, site):
        self.site, self.posts = site, []
        site.routes[TAG] = self.answer

    def answer(self, query):
        older = [post for post in reversed(self.posts) if int(post["id"]) < int(query.get("max_id", "9" * 18))]
        rows = older[: int(query["limit"])]
        last = f'<{self.site.url}{TAG}?max_id={rows[-1]["id"]}>; rel="next"' if rows else ""
        return 200, {"Content-Type": "application/json", "Link": last}, dumped(rows)

    def add(self, first, last):
        for number in range(first, last + 1):
            html = f"<p>خرید {number} از #دیجی_کالا: دیر رسید</p>"
            row = {"id": str(1000 + number), "content": html, "created_at": "2026-10-14T15:00:00.000Z"}
            self.posts.append({**row, "account": {"acct": f"a{number % 7}"}, "visibility": "public"})


def dumped(value):
    return json.dumps(value, ensure_ascii=False).encode()


def test_a_tag_is_read_to_its_last_post_and_then_only_what_is_new(site, tmp_path):
    settings = Settings(data=tmp_path, delay=0, timeout=5, allow_hosts="127.0.0.1")
    engine = open_store(settings.url)
    add_brand(engine, "shop")
    target = add_target(engine, "mastodon", site.url + "/tags/" + quote("دیجی_کالا"), "shop")

    def crawl():
        [result] = collect(engine, settings, [target.id], progress=False)
        with Session(engine) as session:
            return result, session.get_one(tables.Target, target.id).state

    tag = Tag(site)
    tag.add(1, 125)
    first, state = crawl()
    assert (first.outcome, first.new) == (CrawlOutcome.OK, 125), first.message
    site.paths()
    again, _ = crawl()
    assert again.new == 0
    assert len([path for path in site.paths() if path.startswith(TAG)]) == 1
    tag.add(126, 130)
    assert crawl()[0].new == 5
    with Session(engine) as session:
        rows = session.scalars(select(tables.Mention)).all()
    assert {row.native_id for row in rows} == {f"{site.key}#{1000 + number}" for number in range(1, 131)}
    authors = {row.author for row in rows}
    assert (len(authors), {len(author) for author in authors}) == (7, {32})  # hashes, one a person

    _, state = crawl()
    tag.add(131, 131)
    for status, body in ((200, {"error": "overloaded"}), (401, {"error": "x"})):
        site.page(TAG, dumped(body), status, Content_Type="application/json")
        failed, after = crawl()
        assert failed.outcome is (CrawlOutcome.BLOCKED if status == 401 else CrawlOutcome.FAILED)
        assert after == state


def mastodon(url="https://mastodon.example/", *terms):
    return Mastodon(url, "shop", key=KEY, query=Query(terms))


def test_terms_become_tags_once_each_and_keep_their_term():
    asks = list(mastodon("mastodon.example", "دیجی‌کالا", "دیجی کالا", "#DigiKala", "digikala").asks())
    assert [(ask.listing, ask.term) for ask in asks] == [("tag/دیجی_کالا", "دیجی‌کالا"), ("tag/DigiKala", "#DigiKala")]
    assert asks[0].url == f"https://mastodon.example{TAG}?limit=40"
    spider = mastodon("https://mastodon.example/", "دیجی‌کالا")
    rows = [{"id": "7", "content": "خوب"}]
    older = spider.page(dumped(rows), asks[0].url, {"link": '<https://mastodon.example/x?max_id=7>; rel="next"'}).next
    assert (older.url, older.listing, older.term) == (f"{asks[0].url}&max_id=7", "tag/دیجی_کالا", "دیجی‌کالا")


@pytest.mark.parametrize("link", ['<https://other.example/x?max_id=7>; rel="next"', "<https://[>; rel=next", "x"])
def test_a_link_leads_nowhere_else(link):
    page = mastodon().page(
        dumped([{"id": "7", "content": "خوب"}] * 40), f"https://mastodon.example{TAG}", {"link": link}
    )
    assert page.next is None


@pytest.mark.parametrize(("rows", "more"), [(40, True), (39, False)])
def test_without_a_link_a_full_page_has_one_after_it(rows, more):
    page = mastodon().page(dumped([{"id": "7", "content": "خوب"}] * rows), f"https://mastodon.example{TAG}?limit=40")
    assert (page.next is not None and page.next.url.endswith("&max_id=7")) is more


@pytest.mark.parametrize(
    "url", ["https://mastodon.example/@kasi", "https://mastodon.example/", "http://[", "", "ftp://a.b/"]
)
def test_what_is_no_tag_is_said(url):
    with pytest.raises(BadInput, match=r"mastodon\.example"):
        list(mastodon(url).asks())


def bluesky(url, *terms, login=LOGIN):
    return Bluesky(url, "shop", key=KEY, query=Query(terms), credentials=login)


def skeet(did, rkey, parent="", count=0):
    reply = {"reply": {"root": {"uri": parent}, "parent": {"uri": parent}}} if parent else {}
    record = {"text": f"متن {rkey}", "createdAt": "2026-10-14T15:00:00Z", **reply}
    uri = f"at://did:plc:{did}/app.bsky.feed.post/{rkey}"
    return {"uri": uri, "author": {"did": f"did:plc:{did}"}, "record": record, "replyCount": count}


def test_an_account_is_read_with_the_answers_of_others():
    asked = []

    def serve(ask):
        query = {name: values[-1] for name, values in parse_qs(urlsplit(ask.url).query).items()}
        asked.append((ask.listing, ask.optional, query.get("cursor", "")))
        if "getAuthorFeed" in ask.url:
            first = {"feed": [{"post": skeet("brand", "a", count=2)}], "cursor": "c|1"}
            return dumped({"feed": [{"post": skeet("brand", "b")}]} if "cursor" in query else first)
        root = query["uri"]
        answers = [{"post": skeet("sara", "c", root)}, {"post": skeet("brand", "d", "at://did:plc:sara/x/c")}]
        return dumped({"thread": {"post": skeet("brand", "a", count=2), "replies": answers}})

    found = walk(bluesky("https://bsky.app/profile/brand.example"), serve)
    assert [(mention.text, mention.kind) for mention in found] == [
        ("متن a", "post"), ("متن a", "post"), ("متن c", "comment"), ("متن b", "post")
    ]  # fmt: skip
    thread = "thread/at://did:plc:brand/app.bsky.feed.post/a"
    assert asked == [("author/brand.example", False, ""), (thread, True, ""), ("author/brand.example", False, "c|1")]


def test_a_thread_is_asked_again_when_it_has_grown():
    marks = []
    for count in (1, 1, 2):
        page = bluesky("https://bsky.app/").page(dumped({"feed": [{"post": skeet("brand", "a", count=count)}]}), "")
        [(mark, ask)] = page.asks.items()
        assert mark.partition("@")[0] == ask.listing
        marks.append(mark)
    assert marks[0] == marks[1] != marks[2]


def test_in_a_thread_that_is_the_target_its_author_is_a_customer():
    answer = {"post": skeet("sara", "b", "at://did:plc:brand/app.bsky.feed.post/x")}
    body = dumped({"thread": {"post": skeet("sara", "a"), "replies": [answer]}})
    assert len(bluesky("https://bsky.app/profile/sara.example/post/a").page(body, "").mentions) == 2
    assert len(bluesky("https://bsky.app/profile/sara.example").page(body, "").mentions) == 1


def test_a_search_logs_in_and_carries_its_token():
    asked = []

    def serve(ask):
        asked.append(ask)
        if ask.data is not None:
            return dumped({"accessJwt": "secret.jwt", "refreshJwt": "x", "did": "did:plc:me"})
        more = {} if "cursor" in ask.url else {"cursor": "2"}
        return dumped({"posts": [skeet("sara", ask.term.replace(" ", "") + str(len(more)))], **more})

    spider = bluesky("https://bsky.app/", "دیجی کالا", "digikala")
    assert len(walk(spider, serve)) == 4
    login, *searches = asked
    assert login.data == {"identifier": "name.bsky.social", "password": "app-pass-word"}
    assert urlsplit(login.url).path == "/xrpc/com.atproto.server.createSession"
    assert [ask.term for ask in searches] == ["دیجی کالا", "digikala"] * 2
    assert all(ask.headers == {"Authorization": "Bearer secret.jwt"} for ask in searches)
    assert parse_qs(urlsplit(searches[0].url).query)["q"] == ['"دیجی کالا"']
    page = spider.page(serve(login), login.url)
    assert {mark.partition("@")[0] for mark in page.asks} == {"search/دیجی کالا", "search/digikala"} <= spider._first
    assert not [mark for mark in page.asks if "secret" in mark]
    other = spider.page(dumped({"accessJwt": "another.jwt"}), login.url)
    assert not set(page.asks) & set(other.asks)  # a login of another day leads to the searches again


@pytest.mark.parametrize(
    ("url", "terms", "login", "words"),
    [
        ("https://bsky.app/search?q=x", (), {}, "SHENAVA_BLUESKY_HANDLE and SHENAVA_BLUESKY_PASSWORD"),
        ("https://bsky.app/", ("x",), {"bluesky_handle": "a"}, "SHENAVA_BLUESKY_PASSWORD"),
        ("https://bsky.app/", (), LOGIN, "terms"),
        ("https://other.example/profile/a.b", (), LOGIN, "bsky.app/profile"),
    ],
)
def test_what_a_search_lacks_is_said(url, terms, login, words):
    with pytest.raises(BadInput, match=words):
        list(bluesky(url, *terms, login=login).asks())


def channel(*numbers, before=0):
    """A page of a channel, by its numbers; none at all is Telegram's own word for its end."""
    block = (
        '<div class="tgme_widget_message" data-post="shop_news/{0}"><div class="tgme_widget_message_text">متن {0}</div>'
        '<a class="tgme_widget_message_date"><time datetime="2026-10-14T15:00:00+00:00"></time></a></div>'
    )
    blocks = "".join(block.format(number) for number in numbers)
    head = f'<link rel="prev" href="/s/shop_news?before={before}">' if before else ""
    end = '<div class="tme_no_messages_found">No posts found</div>'
    return f'<html>{head}<section class="tgme_channel_history">{blocks or end}</section></html>'.encode()


@pytest.mark.parametrize("last", [channel(1, 2), channel()], ids=["no pointer", "the mark"])
def test_a_channel_is_read_to_its_beginning(last):
    pages = {"": channel(5, 6, before=5), "5": channel(3, 4, before=3), "3": last}
    spider = Telegram("https://t.me/shop_news", "shop", key=KEY)
    found = walk(spider, lambda ask: pages[parse_qs(urlsplit(ask.url).query).get("before", [""])[0]])
    assert [mention.native_id.partition("/")[2] for mention in found] == list("6543") + list(
        "21" if b"/1" in last else ""
    )


@pytest.mark.parametrize(
    "body", [b"", b"<html>t.me</html>", b'<section class="tgme_channel_history"></section>', b"{}"]
)
def test_a_missing_channel_is_no_empty_one(body):
    with pytest.raises(LogicalError, match="no such channel"):
        Telegram("https://t.me/shop_news", "shop", key=KEY).page(body, "https://t.me/s/shop_news")


@pytest.mark.parametrize(
    "url", ["https://t.me/joinchat/abcd", "https://t.me/+abcdef", "https://t.me/c/12/3", "https://a.example/x"]
)
def test_what_is_no_channel_is_said(url):
    with pytest.raises(BadInput, match=r"https://t\.me/channel"):
        list(Telegram(url, "shop", key=KEY).asks())


@pytest.mark.parametrize("address", ["https://t.me/s/shop_news?before=4", "t.me/shop_news/12", "@shop_news"])
def test_a_channel_has_many_addresses(address):
    assert [ask.url for ask in Telegram(address, "shop", key=KEY).asks()] == ["https://t.me/s/shop_news"]


@pytest.mark.parametrize("spider", [mastodon(), bluesky("https://bsky.app/")], ids=lambda spider: spider.name)
def test_bodies_that_are_no_answer_are_errors(spider):
    for body in (b"<html>", b'{"message": "x"}', b'"x"', b'[{"id"', b'{"error": "InternalServerError"}'):
        with pytest.raises(LogicalError):
            spider.page(body, "")
    words = {"mastodon": "This method requires an authenticated user", "bluesky": "AuthMissing"}[spider.name]
    with pytest.raises(Shut):
        spider.page(dumped({"error": words}), "")


@pytest.mark.parametrize("case", ["mastodon/tag", "bluesky/feed", "bluesky/thread", "bluesky/search"])
def test_no_value_anywhere_breaks_a_page(case):
    body, url = json.loads((CASES / case / "body.json").read_text()), (CASES / case / "url.txt").read_text().strip()
    dice = random.Random(case)
    for _ in range(400):
        broken = deepcopy(body)
        at, key = dice.choice(list(places(broken)))
        at[key] = dice.choice(
            [None, True, -1, 10**400, 1e308, "", "\0", "\ud800", "\ud800at://", [], [[]], {}, {"a": []}]
        )
        spider = (mastodon if "mastodon" in case else bluesky)("https://mastodon.example/")
        try:
            spider.page(json.dumps(broken).encode(), url)
        except LogicalError:
            assert at is broken or at is broken.get("thread")


def places(found):
    """Every container of a body with every key in it."""
    for key, value in list(found.items() if isinstance(found, dict) else enumerate(found)):
        yield found, key
        if isinstance(value, dict | list):
            yield from places(value)
