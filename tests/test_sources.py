"""Every source declares itself, and reads its cases: a folder holds what came in and what must come out."""

import json
import re
import time
from dataclasses import MISSING, fields
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from crawlers.catalogue import sources
from crawlers.markup import LONGEST, html_to_text
from crawlers.persian import FIELDS, SAID
from crawlers.rejected import Rejected
from crawlers.source import Source
from crawlers.syndication import linked_feeds, read_feed
from crawlers.wordpress_site import doors, post_type, site_key, titles
from domain.mention import Mention
from domain.rating import scale_ends
from domain.settings import Settings
from domain.sources import title_of_source
from jobs.sources import markdown, table, unavailable

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
    spider.now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    [body] = case.glob("body.*")
    mentions = spider.read(body.read_bytes(), (case / "url.txt").read_text().strip())
    counts = {name: number for name, number in sorted(spider.counts.items()) if number}
    return {"counts": counts, "mentions": [plain(mention) for mention in mentions]}


@pytest.mark.parametrize("name", sources())
def test_every_source_declares_itself_and_has_cases(name):
    source = sources()[name]
    assert name not in (title_of_source(name, "fa"), title_of_source(name, "en"))
    for word in ("home", "targets", "collected", "dropped", "policy", "date_form", "checked"):
        assert getattr(source, word), word
    if source.rating_scale:
        scale_ends(source.rating_scale)
    assert date.fromisoformat(source.checked)
    assert not source.needs or source.needs in Settings.model_fields
    assert [case for case in (CASES / name).iterdir() if (case / "mentions.json").exists()]


def persian_letters(text):
    return re.search("[آ-ی]", text)


@pytest.mark.parametrize("name", sources())
def test_what_a_source_declares_is_said_in_persian_too(name):
    row = next(row for row in table() if row["source"] == name)
    for field in FIELDS:
        said = SAID[name].get(field, "")
        assert bool(said) == bool(row[field]), field
        assert row[f"{field}_fa"] == said
        if said:
            assert persian_letters(said), field
            assert not re.search("[يك]|  | [؛،:]", said), field
            assert set(re.findall(r"https?://[^\s;؛،,]+", row[field])) == set(re.findall(r"https?://[^\s؛،]+", said))


def test_nothing_is_said_in_persian_of_what_does_not_exist():
    assert SAID.keys() == sources().keys()
    assert {field for said in SAID.values() for field in said} <= set(FIELDS)
    assert all(hasattr(Source, field) for field in FIELDS)


def test_every_sentence_that_the_tables_show_has_a_persian_one():
    for row in [*table(), *unavailable()]:
        shown = {field for field, value in row.items() if isinstance(value, str) and " " in value}
        for field in shown - {"title", "title_fa"}:
            assert field.endswith("_fa") or persian_letters(row[f"{field}_fa"]), field
    for place in unavailable():
        assert persian_letters(place["title_fa"])


def test_the_persian_tables_are_persian():
    persian, english = markdown("fa"), markdown("en")
    for row in table():
        for field in ("targets", "collected", "dropped", "policy", "off"):
            assert not row[field] or row[field] not in persian
    assert "خاموش در آغاز" in persian and "off by default" not in persian
    assert "| منبع | هدف |" in persian and "Not crawled" not in persian
    for place in unavailable():
        assert place["why"] not in persian and place["why_fa"] in persian
    assert not re.search("[آ-ی]", english.replace("دیجی_کالا", ""))
    assert [line.count("|") for line in persian.splitlines()] == [line.count("|") for line in english.splitlines()]


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


FEED = """<?xml version="1.0"?><rss version="2.0" xmlns:thr="http://purl.org/syndication/thread/1.0"><channel>
<title>Comments on: کیف</title><link>https://a.example/bag/</link>%s</channel></rss>"""


def feed_of(items, url="https://a.example/bag/feed/"):
    """What the feed source makes of the items of a feed."""
    spider = sources()["feed"](brand="shop", key=bytes(32))
    return spider, spider.read((FEED % items).encode(), url)


@pytest.mark.parametrize(
    ("item", "url"),
    [
        ("<guid>https://a.example/?p=4#comment-12</guid>", "https://a.example/bag/feed/"),
        ("<guid>12</guid><link>https://a.example/bag/#comment-12</link>", "https://a.example/bag/feed/"),
        ("<guid>12</guid>", "https://a.example/comments/feed/"),
        ("<guid>12</guid>", "https://a.example/?feed=comments-rss2"),
        ('<guid>12</guid><thr:in-reply-to ref="tag:a.example:4"/>', "https://a.example/x.xml"),
    ],
)
@pytest.mark.parametrize("title", ["Comment on کیف by سارا", "By: سارا", "دیدگاه دربارهٔ کیف توسط سارا"])
def test_a_comment_feed_as_target_gives_no_author_name(item, url, title):
    html = '&lt;p>در پاسخ به &lt;a href="https://a.example/bag/#comment-9">سارا&lt;/a>.&lt;/p> زیپش خراب شد'
    item = f"<item><title>{title}</title><author>سارا</author>{item}<description>{html}</description></item>"
    _, [mention] = feed_of(item, url)
    assert (mention.text, mention.title, mention.kind) == ("زیپش خراب شد", "", "comment")
    assert "سارا" not in json.dumps(plain(mention), ensure_ascii=False)
    assert mention.author
    if "?p=4" in item:
        assert mention.parent == "https://a.example/?p=4#comment-9"


@pytest.mark.parametrize("bad", ["<link>http://[</link>", "<link>http://a:99999999/</link>"])
def test_one_broken_link_costs_a_link_and_no_feed(bad):
    _, mentions = feed_of(
        f"<item><guid>1</guid>{bad}<title>یک</title></item><item><guid>2</guid><title>دو</title></item>"
    )
    assert [mention.text for mention in mentions] == ["یک", "دو"]
    assert mentions[0].url == ""
    home = (
        '<link rel="https://api.w.org/" href="http://["><link rel=alternate type=application/rss+xml href="http://[">'
    )
    assert doors(home, "https://a.example/", '<http://[>; rel="https://api.w.org/"')[0].home == "https://a.example/"
    assert linked_feeds(home, "https://a.example/") == []


@pytest.mark.parametrize("reference", ["&#xD800;", "&#55357;", "&#x110000;", "&#99999999999;"])
def test_characters_that_do_not_exist_cost_no_feed(reference):
    _, [mention] = feed_of(f"<item><guid>1</guid><title>پیک{reference} دیر رسید</title></item>")
    assert mention.text == "پیک دیر رسید"


def test_an_entry_that_cannot_be_read_is_counted_and_the_feed_goes_on():
    items = (
        f"<item><guid>1</guid><title>{'x' * (LONGEST + 1)}</title></item><item><guid>2</guid><title>دو</title></item>"
    )
    feed = read_feed((FEED % items).encode(), "https://a.example/feed/")
    assert ([entry.title for entry in feed.entries], feed.unreadable) == (["دو"], 1)


@pytest.mark.parametrize("up", [[None], None, [], {}, [{"href": None}], "x"])
def test_a_hostile_link_of_a_row_means_a_post(up):
    assert post_type({"_links": {"up": up}}) == post_type({"_links": None}) == "posts"


def test_titles_are_read_row_by_row():
    rows = [None, {"id": []}, {"id": 1, "title": None}, {"id": 2, "title": {"rendered": "کیف &amp; کفش"}}]
    assert titles(rows) == {2: "کیف & کفش"}


@pytest.mark.parametrize("unit", ["<b>x</b>", "<meta>x", "<object>x</object>", "<div>", "<p>x", "<b><p>"])
def test_no_html_holds_up_the_crawl(unit):
    began = time.monotonic()
    html_to_text((unit * LONGEST)[:LONGEST])
    assert time.monotonic() - began < 2
    with pytest.raises(Rejected, match="too_long"):
        html_to_text(unit * LONGEST)


def test_endless_fields_are_cut_or_dropped():
    long = "x" * 3000
    spider, [mention] = feed_of(
        f"<item><guid>{long}</guid><link>https://a.example/{long}</link><title>{long}</title></item>"
    )
    assert (len(mention.native_id), mention.url, len(mention.title)) == (71, "", 2000)
    assert spider.mentions(["x" * 200_001], lambda html: html_to_text(html)) == []
    assert spider.counts["rejected/too_long"] == 1


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
