"""Tapsi Food, Jabama, Technolife, Khanoumi: their paging, their errors inside a 200, and ids where they give none."""

import json
from dataclasses import asdict

import pytest
from paging import walk

from crawlers.catalogue import sources
from crawlers.page import LogicalError, query_of
from domain.errors import BadInput

ADDRESSES = {
    "tapsifood": "https://tapsi.food/vendor/2y97wk",
    "jabama": "https://www.jabama.com/stay/villa-800749",
    "technolife": "https://www.technolife.com/product-60492/laptop",
    "khanoumi": "https://www.khanoumi.com/products/cerita-shampoo-20200",
}


def spider(name, url=""):
    """A source with a target."""
    return sources()[name](url=url or ADDRESSES[name], brand="shop", key=bytes(32))


def rows(name, first, last):
    """Rows of these numbers, as the source lists them."""
    numbers = range(first, last)
    if name == "tapsifood":
        dishes = [
            {"productName": "کباب", "rating": 4, "comment": "خوب بود"},
            {"productName": "دوغ", "comment": "گرم بود"},
        ]
        return [
            {"createdAt": f"2026-10-02T20:{n // 60:02}:{n % 60:02}", "orderRating": 3, "orderItems": dishes}
            for n in numbers
        ]
    texts = [f"نظر شمارهٔ {n}: دیر رسید" for n in numbers]
    if name == "jabama":
        return [{"overalRating": 3, "comment": text, "name": "رها", "subTitles": ["مهر ۱۴۰۵"]} for text in texts]
    if name == "technolife":
        return [
            {"text": text, "name": "رها", "date": "۱۴۰۵/۰۶/۲۱", "score": 2, "pros": [], "cons": []} for text in texts
        ]
    return [
        {"id": f"uuid-{n}", "description": text, "createdAt": "2026-10-02T02:00:07+03:30"}
        for n, text in zip(numbers, texts, strict=True)
    ]


def body(name, found, total, field=""):
    """Rows in the envelope of the source."""
    shape = {
        "tapsifood": {"statusCode": 200, "data": {"meta": {"total": total}, "insight": {"reviews": found}}},
        "jabama": {"success": True, "result": {"reviews": found}},
        "technolife": {"data": {field or "get_product_comments": {"results": found, "count": total}}},
        "khanoumi": {"isSuccess": True, "data": {"totalCount": total, "items": found}},
    }[name]
    return json.dumps(shape).encode()


class Server:
    """Answers as the source does for so many rows; keeps what it was asked."""

    def __init__(self, name, total, per_page, missing=0):
        self.name, self.total, self.per_page, self.missing = name, total, per_page, missing
        self.asked = []

    def __call__(self, ask):
        self.asked.append(ask.url)
        field = ""
        if ask.data:
            query, wanted = ask.data["query"], ask.data["variables"]["filter"]
            page, size = wanted["skip"], wanted["limit"]
            field = query.partition("{ ")[2].partition(":")[0]
            assert ask.data["variables"]["code"] == "TLP-60492"
            self.asked[-1] += f"#{page}"
        else:
            counted = {"tapsifood": ("pageNumber", "pageSize", 0), "khanoumi": ("page_number", "page_size", 1)}
            number, length, first = counted.get(self.name, ("page", "size", 1))
            page, size = int(query_of(ask.url, number)) - first, int(query_of(ask.url, length))
        assert size == self.per_page
        found = rows(self.name, page * size, min(self.total, (page + 1) * size))
        return body(self.name, found[self.missing :], self.total, field)


@pytest.mark.parametrize(
    ("name", "total", "per_page", "asked"),
    [("tapsifood", 45, 20, 3), ("jabama", 120, 50, 4), ("technolife", 205, 100, 3), ("khanoumi", 200, 100, 2)],
)
def test_every_row_is_met_once_and_the_paging_ends(name, total, per_page, asked):
    server = Server(name, total, per_page)
    mentions = walk(spider(name), server)
    assert len({mention.native_id for mention in mentions}) == len(mentions) == total * (1 + (name == "tapsifood"))
    assert len(server.asked) == asked
    assert len(set(server.asked)) == asked


def test_a_page_of_orders_without_a_word_does_not_end_tapsi_food():
    server = Server("tapsifood", 60, 20, missing=20)
    assert walk(spider("tapsifood"), server) == []
    assert len(server.asked) == 3
    assert spider("tapsifood").page(b'{"data": {"meta": {"total": 0}, "insight": null}}', "").mentions == []


@pytest.mark.parametrize("name", ADDRESSES)
def test_every_page_stays_in_the_listing_of_the_first(name):
    one = spider(name)
    [ask] = one.asks()
    field = "TLP_60492_page_0" if name == "technolife" else ""
    page = one.page(body(name, rows(name, 0, 100), 400, field), ask.url)
    assert (page.next.listing, page.next.oldest_first, page.next.optional) == (ask.listing, False, False)
    assert asdict(page.next) != asdict(ask)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("tapsifood", {"statusCode": 500, "data": None, "message": "Sequence yielded no result"}),
        ("tapsifood", {"statusCode": 200, "data": {"meta": {"total": 4}, "insight": {}}}),
        ("tapsifood", {"status": False, "data": {"meta": {"total": 0}}}),
        ("jabama", {"success": False, "result": {"reviews": []}, "error": {"message": "x"}}),
        ("jabama", {"success": True, "result": None}),
        ("technolife", {"errors": [{"message": "INTERNAL_SERVER_ERROR"}], "data": {"get_product_comments": None}}),
        ("technolife", {"data": {"get_product_comments": None}}),
        ("technolife", {"data": {"get_product_page": {"results": []}}}),
        ("khanoumi", {"isSuccess": False, "errors": [{"code": "product_not_found"}], "data": {"items": []}}),
        ("khanoumi", {"isSuccess": True, "data": None}),
        *[(name, "<html>403</html>") for name in ADDRESSES],
        *[(name, []) for name in ADDRESSES],
    ],
)
def test_an_error_inside_a_200_is_never_no_reviews(name, wrong):
    with pytest.raises(LogicalError):
        spider(name).page(wrong.encode() if isinstance(wrong, str) else json.dumps(wrong).encode(), "")


@pytest.mark.parametrize(
    ("name", "url", "holds"),
    [
        ("tapsifood", "http://www.tapsi.food/vendor/2y97wk/?tab=reviews#top", "/Vendor/2y97wk/profile?"),
        ("tapsifood", " 2y97wk ", "/Vendor/2y97wk/profile?"),
        ("jabama", "https://jabama.com/place/800749/?checkIn=1405-07-23", "/place/800749?"),
        ("jabama", "https://www.jabama.com/stay/eco-lodge-14", "/place/14?"),
        ("jabama", "800749", "/place/800749?"),
        ("technolife", "www.technolife.ir/product-60492/%D9%84%D9%BE?x=1", "TLP_60492_page_0:"),
        ("technolife", "tlp-60492", "TLP_60492_page_0:"),
        ("khanoumi", "https://khanoumi.com/products/20200#comments", "/id/20200/comments?"),
        ("khanoumi", "https://www.khanoumi.com/products/spf-50-cream-20200/", "/id/20200/comments?"),
    ],
)
def test_the_obvious_forms_of_an_address_are_understood(name, url, holds):
    [ask] = spider(name, url).asks()
    assert holds in (ask.data["query"] if ask.data else ask.url)


@pytest.mark.parametrize("name", ADDRESSES)
@pytest.mark.parametrize(
    "url", ["https://example.com/product-1", "https://tapsi.food.example/vendor/x", "۱۲۳", "http://[", "?"]
)
def test_other_addresses_are_refused_with_an_example(name, url):
    with pytest.raises(BadInput, match=r"give e\.g\. https://"):
        list(spider(name, url).asks())


def test_a_review_of_jabama_stays_the_same_while_its_date_moves_on():
    first = rows("jabama", 0, 1)[0]
    texts = [first | {"subTitles": ["۳ روز پیش"]}, first | {"subTitles": ["۴ روز پیش"]}]
    url = next(iter(spider("jabama").asks())).url
    one, other = (spider("jabama").page(body("jabama", [row], 1), url).mentions[0] for row in texts)
    assert one.native_id == other.native_id
    assert one.published_at > other.published_at


@pytest.mark.parametrize("name", ["jabama", "technolife"])
def test_an_id_of_a_name_cannot_be_guessed_without_our_key(name):
    row = body(name, rows(name, 0, 1), 1)
    source = sources()[name]
    one, other = (source(url=ADDRESSES[name], brand="shop", key=key).read(row, "") for key in (bytes(32), b"x" * 32))
    assert one[0].native_id != other[0].native_id
    assert "رها" not in repr(one)


def test_two_people_may_say_the_same_on_technolife():
    row = rows("technolife", 0, 1)[0]
    named = [row, row | {"name": "مهران"}, row | {"name": "کاربر ناشناس"}]
    mentions = spider("technolife").read(body("technolife", named, 3), "")
    assert len({mention.native_id for mention in mentions}) == 3
    assert [bool(mention.author) for mention in mentions] == [True, True, False]
    assert mentions[0].url == "https://www.technolife.com/product-60492"
