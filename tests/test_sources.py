"""Every source declares itself, and reads its cases: a folder holds what came in and what must come out."""

import json
from dataclasses import MISSING, fields
from datetime import datetime
from pathlib import Path

import pytest

from crawlers.catalogue import sources
from crawlers.markup import html_to_text
from crawlers.syndication import linked_feeds, read_feed
from crawlers.wordpress_site import doors, site_key
from domain.mention import Mention

CASES = Path(__file__).parent / "sources"
#: The hash of an author depends on the key; a case says only whether there is one.
DEFAULTS = {field.name: field.default for field in fields(Mention) if field.default is not MISSING}


def plain(mention):
    """A mention as a case writes it: what differs from the defaults; the author only as told or not."""
    row = {name: getattr(mention, name) for name in Mention.__slots__}
    row["author"] = "told" if row["author"] else ""
    kept = {
        name: value for name, value in row.items() if DEFAULTS.get(name) != value and name not in ("brand", "source")
    }
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in kept.items()}


def read(source, case):
    """What a source makes of a case: its mentions, and what it counted."""
    spider = sources()[source](brand="shop", key=bytes(32))
    [body] = case.glob("body.*")
    mentions = spider.read(body.read_bytes(), (case / "url.txt").read_text().strip())
    counts = {name: number for name, number in sorted(spider.counts.items()) if number}
    return {"counts": counts, "mentions": [plain(mention) for mention in mentions]}


@pytest.mark.parametrize("name", sources())
def test_every_source_declares_itself_and_has_cases(name):
    source = sources()[name]
    for word in ("title_fa", "title_en", "home", "collected", "dropped", "policy", "checked"):
        assert getattr(source, word), word
    assert [case for case in (CASES / name).iterdir() if (case / "mentions.json").exists()]


@pytest.mark.parametrize("case", sorted(CASES.glob("*/*/")), ids=lambda case: f"{case.parent.name}/{case.name}")
def test_what_came_in_comes_out_as_the_case_says(case):
    expected = json.loads((case / "mentions.json").read_text(encoding="utf-8"))
    assert read(case.parent.name, case) == expected


def test_rest_and_feed_give_the_same_identity_and_text():
    rest = {row["native_id"]: row["text"] for row in read("wordpress", CASES / "wordpress/rest")["mentions"]}
    feed = {row["native_id"]: row["text"] for row in read("wordpress", CASES / "wordpress/feed")["mentions"]}
    assert feed.items() <= rest.items()


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("خوب<b>ه</b>، ولی <a href=x>گران</a>!", "خوبه، ولی گران!"),
        ("یک<br>دو<p>سه</p>", "یک\nدو\n\nسه"),
        ('<img class="emoji" alt="😀"><img src="x" alt="عکس"> سلام', "😀 سلام"),
        ("می\u200cخرم &amp; &lt;b&gt;<script>x</script><!-- y -->", "می\u200cخرم & <b>"),
        ("۵ < ۶ و \ud83d", "۵ < ۶ و \ufffd"),
        ("", ""),
    ],
)
def test_html_becomes_the_text_that_people_read(html, text):
    assert html_to_text(html) == text


@pytest.mark.parametrize(
    ("body", "url", "link", "first"),
    [
        ('<link rel="https://api.w.org/" href="/blog/wp-json/">', "https://a.example/blog/p/", "", "https://a.example/blog/wp-json/"),
        ("", "https://a.example/", '<https://a.example/?rest_route=/>; rel="https://api.w.org/"', "https://a.example/?rest_route=/"),
        ('<link rel="https://api.w.org/" href="http://10.0.0.1/wp-json/">', "https://a.example/x", "", "https://a.example/wp-json/"),
        ('<link rel="alternate" type="application/rss+xml" href="/en/feed/">', "https://a.example/en/p/", "", "https://a.example/en/wp-json/"),
        ("", "https://a.example/shop/", "", "https://a.example/shop/wp-json/"),
    ],
)  # fmt: skip
def test_any_page_of_a_wordpress_tells_the_door(body, url, link, first):
    assert doors(body, url, link)[0].rest == first


def test_the_key_of_a_site_is_its_host_and_path():
    assert site_key("https://Shop.example/blog/") == "shop.example/blog"
    assert site_key("http://127.0.0.1:8080/") == "127.0.0.1:8080"


def test_feeds_are_found_in_any_spelling():
    body = '<LINK REL="Alternate" TYPE="application/rss+xml" HREF=" /f "><link rel=alternate type=text/html href=/x>'
    assert linked_feeds(body, "https://a.example/p") == ["https://a.example/f"]


@pytest.mark.parametrize(
    "body",
    ["«کتاب» گم شد".encode("cp1256"), "«کتاب» گم شد".encode() + b"\xff", "«کتاب» گم شد".encode()],
    ids=["cp1256", "a broken byte", "right"],
)
def test_feeds_in_a_wrong_charset_are_read(body):
    head, tail = (
        b"<?xml version='1.0' encoding='utf-8'?><rss><channel><item><title>",
        b"</title></item></channel></rss>",
    )
    [entry] = read_feed(head + body + tail, "https://a.example/").entries
    assert entry.title.startswith("«کتاب» گم شد")
