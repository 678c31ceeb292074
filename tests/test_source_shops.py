"""Shops and app stores: from the address that a person gives to the last page."""

import json
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paging import walk

from crawlers.page import LogicalError, Shut
from crawlers.shops import place
from crawlers.spiders.basalam import Basalam
from crawlers.spiders.cafebazaar import CafeBazaar
from crawlers.spiders.digikala import Digikala
from crawlers.spiders.snappfood import SnappFood
from domain.errors import BadInput

CASES = Path(__file__).parent / "sources"
TARGETS = {
    Digikala: "https://www.digikala.com/product/dkp-5120/",
    Basalam: "https://basalam.com/golha/product/77",
    CafeBazaar: "https://cafebazaar.ir/app/com.example.app",
    SnappFood: "https://snappfood.ir/restaurant/menu/0abc12/",
}
#: A body of each kind, the address that it came from, and what holds its rows.
BODIES = {
    "digikala/comments": (Digikala, ("data", "comments")),
    "digikala/questions": (Digikala, ("data", "questions")),
    "basalam/reviews": (Basalam, ("reviews",)),
    "cafebazaar/jalali": (CafeBazaar, ("singleReply", "reviewReply", "reviews")),
    "snappfood/first_page": (SnappFood, ("data", "comments")),
}


def spider_of(source, url=None):
    return source(url=TARGETS[source] if url is None else url, brand="shop", key=bytes(32))


def asked(source, url):
    return [ask.url for ask in spider_of(source, url).asks()]


def query(ask):
    return dict(parse_qsl(urlsplit(ask.url).query))


def put(body, path, value):
    """A body with another value at a path."""
    if not path:
        return value
    return {**body, path[0]: put(body[path[0]], path[1:], value)}


def dump(body):
    return json.dumps(body, ensure_ascii=False).encode()


def body_of(case):
    return json.loads((CASES / case / "body.json").read_text(encoding="utf-8"))


# Addresses


@pytest.mark.parametrize(
    "url",
    [
        "https://www.digikala.com/product/dkp-5120/گوشی-موبایل/?variant=1#gallery",
        "http://digikala.com/product/dkp-5120",
        "https://www.digikala.com/fresh/product/dkp-5120/",
        "https://api.digikala.com/v1/product/5120/questions/?page=3",
        "https://api.digikala.com/v1/rate-review/products/5120/",
        "dkp-5120",
        "https://dkp-۵۱۲۰/",
        "5120",
    ],
)
def test_every_form_of_a_digikala_product_asks_for_reviews_and_questions(url):
    assert asked(Digikala, url) == [
        "https://api.digikala.com/v1/rate-review/products/5120/?page=1&sort=newest",
        "https://api.digikala.com/v1/product/5120/questions/?page=1&sort=created_at",
    ]


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("https://basalam.com/golha/product/77?ref=x", "product/77"),
        ("https://www.basalam.com/golha/product/77-گلیم/", "product/77"),
        ("https://services.basalam.com/web/v1/review/product/77/reviews?limit=5&offset=40", "product/77"),
        ("https://services.basalam.com/web/v1/review/vendor/9/reviews", "vendor/9"),
        ("77", "product/77"),
    ],
)
def test_every_form_of_a_basalam_address_asks_from_the_newest_on(url, path):
    assert asked(Basalam, url) == [f"https://services.basalam.com/web/v1/review/{path}/reviews?limit=20&offset=0"]


@pytest.mark.parametrize(
    "url",
    [
        "https://cafebazaar.ir/app/com.Example.app_2",
        "www.cafebazaar.ir/app/com.Example.app_2/?l=fa#reviews",
        "https://cafebazaar.ir/app/?id=com.Example.app_2&ref=share",
    ],
)
def test_every_form_of_a_bazaar_app_posts_its_package(url):
    [ask] = spider_of(CafeBazaar, url).asks()
    assert ask.data == {
        "singleRequest": {"reviewRequest": {"packageName": "com.Example.app_2", "cursor": "", "sortBy": 1}}
    }


@pytest.mark.parametrize(
    "url",
    [
        "https://snappfood.ir/restaurant/menu/0abc12/کبابی-r-x/",
        "https://www.snappfood.ir/cafe/menu/0abc12?section=1",
        "https://snappfood.ir/restaurant/comment/vendor/0abc12/3",
        "https://snappfood.ir/mobile/v1/restaurant/vendor-comment?vendorCode=0abc12&page=4",
    ],
)
def test_every_form_of_a_snappfood_restaurant_asks_from_page_0(url):
    [ask] = spider_of(SnappFood, url).asks()
    assert (query(ask)["vendorCode"], query(ask)["page"]) == ("0abc12", "0")


@pytest.mark.parametrize("source", TARGETS)
@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://shop.example/product/dkp-5120/app/com.a.b/menu/0abc12",
        "https://basalam.com.evil.example/golha/product/77",
        "https://evildigikala.com/product/dkp-5120/",
        "https://www.digikala.com/search/",
        "https://basalam.com/golha",
        "https://cafebazaar.ir/app/x",
        "https://cafebazaar.ir/cat/com.a.b",
        "https://snappfood.ir/restaurant/menu/",
        "https://snappfood.ir/?vendorCode=a%26b",
        "http://[",
    ],
)
def test_an_address_of_another_kind_is_refused_with_an_example(source, url):
    with pytest.raises(BadInput, match=r"give https://|no web address"):
        asked(source, url)


def test_a_bare_id_stays_itself_when_tracking_makes_it_an_address():
    assert place("dkp-12").netloc == place("https://dkp-12/").netloc == "dkp-12"


# Paging


def test_digikala_is_read_to_the_last_page_of_both_listings():
    def serve(ask):
        listing, page = ask.listing, int(query(ask)["page"])
        assert query(ask)["sort"] == {"comments": "newest", "questions": "created_at"}[listing]
        assert ask.optional is (listing == "questions")
        last = {"comments": 3, "questions": 2}[listing]
        text = {"comments": "body", "questions": "text"}[listing]
        rows = [{"id": 100 * page + row, text: f"متن {page} {row}"} for row in range(2)]
        pager = {"current_page": page, "total_pages": last, "total_items": 2 * last}
        return dump({"status": 200, "data": {listing: rows, "pager": pager}})

    ids = [mention.native_id for mention in walk(spider_of(Digikala), serve)]
    assert len(ids) == len(set(ids)) == 10
    assert {"comment:301", "question:201"} <= set(ids)


def test_digikala_without_a_pager_goes_on_while_pages_are_full():
    sizes = {1: 20, 2: 20, 3: 4}

    def serve(ask):
        page = int(query(ask)["page"])
        rows = [{"id": 100 * page + row, "body": "خوب"} for row in range(sizes[page])]
        return dump({"status": 200, "data": {"comments": rows if ask.listing == "comments" else [], "pager": None}})

    assert len(walk(spider_of(Digikala), serve)) == 44


def test_basalam_follows_has_next_though_a_page_is_short():
    def serve(ask):
        offset = int(query(ask)["offset"])
        assert query(ask)["limit"] == "20"
        rows = [{"id": offset + row, "description": "خوب", "star": 4} for row in range(7)]
        return dump({"reviews": rows, "has_next": offset < 40})

    assert [mention.native_id for mention in walk(spider_of(Basalam), serve)][::7] == ["0", "20", "40"]


def test_bazaar_passes_each_cursor_back_unchanged_until_it_is_empty():
    cursors = {"": "a+/=۱", "a+/=۱": "b", "b": ""}

    def serve(ask):
        cursor = ask.data["singleRequest"]["reviewRequest"]["cursor"]
        row = {"id": 1 + list(cursors).index(cursor), "comment": "خوب"}
        reply = {"reviewReply": {"reviews": [row], "nextPageCursor": cursors[cursor]}}
        return dump({"properties": {"statusCode": 200}, "singleReply": reply})

    assert [mention.native_id for mention in walk(spider_of(CafeBazaar), serve)] == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("count", "sizes"), [(24, [10, 10, 4]), (-3, [10, 10, 4]), (24, [10, 8, 4]), (20, [10, 10, 0])]
)
def test_snappfood_ends_where_neither_count_nor_a_full_page_says_more(count, sizes):
    def serve(ask):
        page = int(query(ask)["page"])
        rows = [{"commentId": 100 * page + row, "commentText": "خوب"} for row in range(sizes[page])]
        return dump({"status": True, "data": {"count": count, "pageSize": 10, "comments": rows}})

    assert len(walk(spider_of(SnappFood), serve)) == sum(sizes)


# What rows say


def test_both_paths_of_digikala_reviews_read_alike():
    body = (CASES / "digikala/comments/body.json").read_bytes()
    one, other = spider_of(Digikala), spider_of(Digikala)
    one.now = other.now
    older = other.page(body, "https://api.digikala.com/v1/product/5120/comments/?page=1")
    assert one.page(body, "https://api.digikala.com/v1/rate-review/products/5120/?page=1").mentions == older.mentions
    assert older.next.url == "https://api.digikala.com/v1/product/5120/comments/?page=2"


def test_an_edited_review_of_bazaar_keeps_its_id():
    before = body_of("cafebazaar/gregorian_last")
    [row, *_] = before["singleReply"]["reviewReply"]["reviews"]
    after = put(before, BODIES["cafebazaar/jalali"][1], [{**row, "comment": "بهتر شد", "rate": 5, "isEdited": True}])
    old, new = (spider_of(CafeBazaar).page(dump(body), "").mentions[0] for body in (before, after))
    assert (old.native_id, old.author) == (new.native_id, new.author)
    assert old.content_hash != new.content_hash


@pytest.mark.parametrize(
    ("source", "rows", "told"),
    [
        (Digikala, [{"user_id": 7, "user_name": "آ"}, {"user_id": 7, "user_name": "ب"}], 1),
        (Digikala, [{"user_name": "علي"}, {"user_name": "علی"}, {"user_name": "کاربر دیجی‌کالا"}], 1),
        (Digikala, [{"user_id": 7, "is_anonymous": True}], 0),
    ],
)
def test_an_author_is_the_account_else_the_name_and_never_nobody(source, rows, told):
    rows = [{"id": number, "body": "خوب", **row} for number, row in enumerate(rows)]
    mentions = spider_of(source).page(dump({"status": 200, "data": {"comments": rows}}), "").mentions
    assert len({mention.author for mention in mentions} - {""}) == told


def test_namesakes_at_two_restaurants_are_two_people():
    body = dump({"status": True, "data": {"comments": [{"commentId": 1, "commentText": "خوب", "sender": "سارا"}]}})
    urls = [TARGETS[SnappFood], "https://snappfood.ir/restaurant/menu/9zzz99/"]
    authors = {spider_of(SnappFood, url).page(body, "").mentions[0].author for url in urls}
    assert len(authors) == 2
    assert "" not in authors


@pytest.mark.parametrize("case", BODIES)
def test_no_name_of_a_person_or_a_shop_comes_out(case):
    source, _ = BODIES[case]
    for mention in spider_of(source).page((CASES / case / "body.json").read_bytes(), "").mentions:
        kept = f"{mention.native_id} {mention.text} {mention.title} {mention.url} {mention.parent} {mention.author}"
        assert "نمونه" not in kept


@pytest.mark.parametrize(
    ("target", "product", "url"),
    [
        ("https://www.basalam.com/golha/product/77?ref=x", 77, "https://basalam.com/golha/product/77"),
        ("https://basalam.com/golha/product/77", 78, ""),
        ("https://services.basalam.com/web/v1/review/vendor/77/reviews", 77, ""),
        ("77", 77, ""),
    ],
)
def test_a_review_of_basalam_links_to_the_page_of_its_own_product_only(target, product, url):
    body = dump({"has_next": False, "reviews": [{"id": 1, "description": "خوب", "productId": product}]})
    [mention] = spider_of(Basalam, target).page(body, "").mentions
    assert mention.url == url


# No answer is never "no reviews"


@pytest.mark.parametrize("case", BODIES)
def test_a_body_that_is_no_answer_is_an_error(case):
    source, path = BODIES[case]
    spider, body = spider_of(source), body_of(case)
    hurt = [put(body, path, value) for value in (None, {}, "none")]
    hurt += [put(body, path[:depth], value) for depth in range(len(path)) for value in (None, [], {}, 7)]
    raw = [b"", b"<!doctype html><title>403</title>", dump(body)[:-9], b"\x00", b"[" * 50_000, *map(dump, hurt)]
    for one in raw:
        with pytest.raises(LogicalError):
            spider.page(one, "")
    assert not spider.counts


@pytest.mark.parametrize(
    ("source", "body", "error"),
    [
        (Digikala, {"status": 301, "data": {"comments": []}}, LogicalError),
        (Digikala, {"status": 404, "message": "کالا پیدا نشد"}, LogicalError),
        (Digikala, {"data": {"comments": []}}, LogicalError),
        (Digikala, {"status": 403}, Shut),
        (Basalam, {"reviews": []}, LogicalError),
        (CafeBazaar, {"properties": {"statusCode": 500, "errorMessage": "x"}, "singleReply": None}, LogicalError),
        (CafeBazaar, {"properties": {"statusCode": 403}, "singleReply": None}, Shut),
        (
            CafeBazaar,
            {
                "properties": {"statusCode": 200},
                "singleReply": {"reviewReply": {"reviews": [], "nextPageCursor": {"a": 1}}},
            },
            LogicalError,
        ),
        (SnappFood, {"status": False, "data": {"comments": []}}, LogicalError),
        (SnappFood, {"status": False, "error": {"code": 403, "message": "x"}}, Shut),
    ],
)
def test_the_status_inside_a_200_counts(source, body, error):
    with pytest.raises(LogicalError) as caught:
        spider_of(source).page(dump(body), "")
    assert caught.type is error


@pytest.mark.parametrize("case", ["basalam/last_page", "snappfood/empty_last_page"])
def test_an_empty_page_ends_without_an_error(case):
    source = Basalam if case.startswith("basalam") else SnappFood
    spider = spider_of(source)
    page = spider.page((CASES / case / "body.json").read_bytes(), (CASES / case / "url.txt").read_text().strip())
    assert (page.mentions, page.next, dict(spider.counts)) == ([], None, {})


# Hostile rows

ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["\x00", "\ud800", 10**400]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@pytest.mark.parametrize("case", BODIES)
@given(data=st.data())
def test_any_value_in_any_field_of_a_row_or_beside_them_is_refused_or_read(case, data):
    source, path = BODIES[case]
    body, url = body_of(case), (CASES / case / "url.txt").read_text().strip()
    rows = body
    for key in path:
        rows = rows[key]
    field = data.draw(st.sampled_from(sorted(rows[0])))
    body = put(body, path, [{**rows[0], field: data.draw(ANY)}, *rows[1:], data.draw(ANY)])
    *above, _ = path
    beside = body
    for key in above:
        beside = beside[key]
    beside |= {name: data.draw(ANY) for name in ("pager", "pageSize", "count", "has_next", "nextPageCursor")}
    try:
        page = spider_of(source).page(json.dumps(body).encode(), url)
    except BadInput:
        return
    # The rows after the bad one are read all the same.
    good = spider_of(source).page(dump(put(body_of(case), path, rows[1:])), url).mentions
    assert {mention.native_id for mention in good} <= {mention.native_id for mention in page.mentions}
