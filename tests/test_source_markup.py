"""Reviews that pages mark up, found by sitemaps on a loopback shop; and the threads of NiniSite."""

import gzip
import json
import time
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paging import walk
from sqlmodel import Session, select

from crawlers.page import Ask, LogicalError, Page
from crawlers.schema_reviews import read_reviews
from crawlers.sitemap import Place, product_maps, read_sitemap, unpacked
from crawlers.spiders.ninisite import NiniSite
from crawlers.spiders.schemaorg import SchemaOrg
from domain.errors import BadInput
from domain.vocabulary import CrawlOutcome
from jobs.collect import collect
from store import tables
from store.writes import add_target

NS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


@pytest.fixture
def crawl(engine, settings, site):
    """Crawl the site, or a page of it, once more."""

    def crawl(path="/", **options):
        target = add_target(engine, "schemaorg", site.url + path, "shop")
        [result] = collect(engine, settings, [target.id], progress=False, **options)
        return result

    return crawl


def texts(engine):
    with Session(engine) as session:
        return {mention.text for mention in session.scalars(select(tables.Mention))}


def state(engine):
    with Session(engine) as session:
        return session.scalars(select(tables.Target)).one().state


def spider(kind, url=""):
    found = kind(url=url, brand="shop", key=bytes(32))
    found.now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    return found


def product(*reviews, head=""):
    """A product page with a JSON-LD review for each text."""
    told = [{"@type": "Review", "reviewBody": text, "author": "نمونه"} for text in reviews]
    data = json.dumps({"@type": "Product", "name": "کالا", "review": told}, ensure_ascii=False)
    return f'<html><head>{head}<script type="application/ld+json">{data}</script></head><body>'


def urlset(**pages):
    """A sitemap of product pages by their last change; None leaves it unsaid."""
    rows = (
        f"<url><loc>/product/{name}/</loc>{f'<lastmod>{changed}</lastmod>' if changed else ''}</url>"
        for name, changed in pages.items()
    )
    return f"<urlset {NS}>{''.join(rows)}</urlset>".encode()


def index(*maps):
    return f"<sitemapindex {NS}>{''.join(f'<sitemap><loc>{path}</loc></sitemap>' for path in maps)}</sitemapindex>"


@pytest.fixture
def shop(site):
    """robots.txt -> index -> packed sitemap -> two product pages, the first with a second page of reviews."""
    site.page(
        "/robots.txt", f"User-agent: *\nDisallow: /cart\nSitemap: {site.url}/index.xml", Content_Type="text/plain"
    )
    site.page("/index.xml", index("/post-sitemap.xml", "/product-sitemap.xml.gz"))
    site.page("/product-sitemap.xml.gz", gzip.compress(urlset(a="2026-11-01", b="2026-11-02")))
    second = {"1": product("پیک دیر رسید", head='<link rel="next" href="?page=2">'), "2": product("بسته پاره بود")}
    site.routes["/product/a/"] = lambda query: (
        200,
        {"Content-Type": "text/html; charset=utf-8"},
        second[query.get("page", "1")].encode(),
    )
    site.page("/product/b/", product("عالی بود"))
    return site


# Crawls of a shop


def test_a_shop_is_read_by_its_sitemaps_and_then_only_where_it_changed(crawl, shop, engine):
    first = crawl()
    assert (first.outcome, first.new) == (CrawlOutcome.OK, 3), first.message
    assert texts(engine) == {"پیک دیر رسید", "بسته پاره بود", "عالی بود"}
    assert "/post-sitemap.xml" not in shop.paths()
    again = crawl()
    assert (again.outcome, again.new) == (CrawlOutcome.OK, 0)
    assert not [path for path in shop.paths() if path.startswith("/product/")]
    shop.page("/product-sitemap.xml.gz", gzip.compress(urlset(a="2026-11-01", b="2026-11-20", c=None)))
    shop.page("/product/b/", product("عالی بود", "بعد از یک ماه خراب شد"))
    shop.page("/product/c/", "<h1>بدون نظر</h1>")
    third = crawl()
    assert (third.outcome, third.new) == (CrawlOutcome.OK, 1)
    assert {path for path in shop.paths() if path.startswith("/product/")} == {"/product/b/", "/product/c/"}


def test_a_page_that_failed_is_asked_again_and_one_that_is_gone_is_not(crawl, shop, engine):
    shop.page("/product/a/", "", status=500)
    shop.page("/product/b/", "", status=404)
    shop.page("/product-sitemap.xml.gz", gzip.compress(urlset(a="2026-11-01", b="2026-11-02", c=None)))
    shop.page("/product/c/", product("خوب بود"))
    assert (crawl().outcome, texts(engine)) == (CrawlOutcome.OK, {"خوب بود"})
    shop.page("/product/a/", product("پیک دیر رسید"))
    shop.paths()
    assert crawl().new == 1
    assert [path for path in shop.paths() if path.startswith("/product/")] == ["/product/a/"]


def test_a_broken_off_crawl_goes_on_with_the_pages_that_it_has_not_read(crawl, shop):
    assert (crawl(limit=2).outcome, len(shop.paths()) > 0) == (CrawlOutcome.LIMITED, True)
    result = crawl()
    assert (result.outcome, result.new) == (CrawlOutcome.OK, 1)
    pages = [path for path in shop.paths() if path.startswith("/product/")]
    assert 0 < len(pages) < 3


@pytest.mark.parametrize("where", ["/sitemap.xml", "/sitemap_index.xml"])
@pytest.mark.parametrize("soft", [False, True], ids=["404", "soft 404"])
def test_without_a_word_in_robots_txt_the_usual_places_are_tried(crawl, site, engine, where, soft):
    if soft:
        site.page("/robots.txt", "User-agent: *\nDisallow:")
        site.page("/sitemap.xml", "<html>یافت نشد</html>")
    site.page(where, urlset(a=None))
    site.page("/product/a/", product("پیک دیر رسید"))
    assert (crawl().outcome, texts(engine)) == (CrawlOutcome.OK, {"پیک دیر رسید"})


@pytest.mark.parametrize(
    ("robots", "index", "outcome"),
    [
        ((404, {}, b""), (404, {}, b""), CrawlOutcome.FAILED),
        ((404, {}, b""), (200, {"Content-Type": "text/html"}, b"<html>none</html>"), CrawlOutcome.FAILED),
        ((200, {}, b"Sitemap: /gone.xml"), (404, {}, b""), CrawlOutcome.FAILED),
        ((200, {}, b"User-agent: *\nDisallow: /"), (200, {}, urlset(a=None)), CrawlOutcome.REFUSED),
    ],
    ids=["none", "html", "named but gone", "forbidden"],
)
def test_a_site_without_a_sitemap_that_can_be_read_is_no_site_without_reviews(
    crawl, site, engine, robots, index, outcome
):
    site.routes["/robots.txt"], site.routes["/sitemap_index.xml"] = lambda _: robots, lambda _: index
    assert crawl().outcome is outcome
    assert not state(engine).get("known")


def test_one_page_is_read_to_its_last_page_in_each_run(crawl, shop, engine):
    assert (crawl("/product/a/").new, texts(engine)) == (2, {"پیک دیر رسید", "بسته پاره بود"})
    assert crawl("/product/a/").new == 0
    assert spider(SchemaOrg).page("<h1>بدون نظر</h1>".encode(), "https://shop.example/p") == Page()


# Sitemaps


def test_products_are_preferred_and_strangers_skipped():
    found = ("/product/a/", "/blog/b/", "https://else.example/product/c/", "/product/d.jpg", "/product-category/e/")
    body = urlset().replace(
        b"</urlset>", "".join(f"<url><loc>{loc}</loc></url>" for loc in found).encode() + b"</urlset>"
    )
    page = spider(SchemaOrg, "https://shop.example/").page(body, "https://www.shop.example/sitemap.xml")
    assert [ask.url for ask in page.asks.values()] == ["https://www.shop.example/product/a/"]
    maps = [Place("https://a.ir/post-sitemap.xml"), Place("https://a.ir/product_cat-sitemap.xml")]
    assert product_maps(maps) == maps
    assert product_maps([*maps, Place("https://a.ir/sitemap_products_1.xml")])[0].url.endswith("products_1.xml")


def test_an_unchanged_page_comes_round_again_and_its_listing_is_its_mark():
    shop = spider(SchemaOrg)
    body, url = urlset(a="2026-11-01", b=None), "https://shop.example/sitemap.xml"
    first = shop.page(body, url)
    assert all(mark.startswith(ask.listing + "@") and ask.optional for mark, ask in first.asks.items())
    shop.now = datetime(2026, 12, 21, 12, tzinfo=UTC)
    assert not first.asks.keys() & shop.page(body, url).asks.keys()


@pytest.mark.parametrize(
    "body",
    [b"", b"<html></html>", b"{}", b"\x1f\x8bxx", gzip.compress(urlset(a=None))[:-9], b"<?xml version='1.0'?>", b"\0"],
)
def test_what_is_no_sitemap_is_said(body):
    with pytest.raises(LogicalError):
        read_sitemap(body, "https://shop.example/s.xml")


def test_no_sitemap_reads_a_file_grows_or_explodes(tmp_path):
    (tmp_path / "secret").write_text("/product/secret/")
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "x"}">' for n in range(9))
    body = (
        f'<!DOCTYPE u [<!ENTITY s SYSTEM "file://{tmp_path}/secret">{entities}]>'
        f"<urlset><url><loc>/a/&s;</loc></url><url><loc>/b/&e8;</loc></url><url><loc>/c?x=1&y=2</loc></url></urlset>"
    )
    found = read_sitemap(body.encode(), "https://shop.example/")
    assert "secret" not in str(found)
    assert len(str(found)) < 1000
    assert found.damaged
    with pytest.raises(LogicalError, match="50 MiB"):
        unpacked(gzip.compress(bytes(60 * 2**20)))


# Reviews


def test_reviews_of_two_markups_are_paired_one_by_one():
    scope = 'itemscope itemtype="http://schema.org/Review"'
    both = "".join(
        f"<div {scope}><b itemprop=author>{name}</b><p itemprop=reviewBody>{text}</div>"
        for name, text in (("نمونه", "خوب بود"), ("", "خوب بود"), ("دیگری", "خوب بود"))
    )
    marked = read_reviews(product("خوب بود") + both, "https://shop.example/p")
    assert sorted(review.author for review in marked.reviews) == ["", "دیگری", "نمونه"]


def test_an_address_that_several_reviews_share_or_that_lies_elsewhere_is_no_identity():
    def read(*ids):
        told = [{"@type": "Review", "@id": one, "reviewBody": f"نظر {n}"} for n, one in enumerate(ids)]
        body = f'<script type="application/ld+json">{json.dumps(told)}</script>'
        return [one.native_id for one in spider(SchemaOrg).read(body.encode(), "https://shop.example/p?page=2")]

    assert read("#r1", "/reviews/7") == ["shop.example#/p#r1", "shop.example#/reviews/7"]
    hashed = read("#review", "#review", "https://else.example/p#r1", "https://shop.example/p")
    assert len(set(hashed)) == 4
    assert all("/" not in native_id for native_id in hashed)


def test_no_name_stands_in_anything_but_the_hash():
    review = {
        "@type": "Review", "@id": "#review-by-Sara-M", "name": "Review by Sara M", "author": "Sara M",
        "reviewBody": "خوب بود", "datePublished": "۳ روز پیش",
    }  # fmt: skip
    body = f'<script type="application/ld+json">{json.dumps(review)}</script>'.encode()
    [mention] = spider(SchemaOrg).read(body, "https://shop.example/p")
    assert "Sara" not in f"{mention.text}{mention.title}{mention.url}{mention.native_id}{mention.author}"
    assert mention.author
    later = body.replace("۳".encode(), "۴".encode()).replace(b"\\u06f3", b"\\u06f4")
    assert spider(SchemaOrg).read(later, "https://shop.example/p")[0].native_id == mention.native_id


@pytest.mark.parametrize(
    "body",
    [
        '<div itemscope itemprop=review itemtype="http://schema.org/Review">' * 200 + "<b itemprop=name>x</b>" * 10_000,
        '<div id=a itemprop=x>xxx</div><div itemscope itemref="a a a a"></div>' * 5_000,
        '<script type="application/ld+json">' + '{"review":' * 5_000 + "</script>",
        "typeof=a " * 100_000,
    ],
    ids=["nested scopes", "itemref", "deep JSON", "RDFa words"],
)
def test_no_markup_holds_up_the_crawl(body):
    began = time.monotonic()
    read_reviews(body, "https://shop.example/p")
    assert time.monotonic() - began < 10


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.just("Review") | st.integers(),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["@type", "@id", "review", "author", "reviewBody", "reviewRating", "ratingValue", "name"]),
        inner,
        max_size=4,
    ),
)  # fmt: skip


@given(JSON)
def test_whatever_the_markup_says_the_page_is_read(data):
    body = f'<script type="application/ld+json">{json.dumps([{"@type": "Review", "reviewBody": "خوب"}, data])}</script>'
    found = spider(SchemaOrg).read(body.encode("utf-8", "surrogatepass"), "https://shop.example/p")
    assert "خوب" in {mention.text for mention in found}


@given(
    st.binary(max_size=200),
    st.sampled_from(["", "http://[", "https://a.ir/robots.txt", "https://a.ir/sitemap.xml", "https://a.ir/p"]),
)
@pytest.mark.parametrize("kind", [SchemaOrg, NiniSite])
def test_any_bytes_are_a_page_or_a_refusal(kind, body, url):
    with suppress(BadInput):
        spider(kind).page(body, url)


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        ("shop.example", "https://shop.example/robots.txt"),
        ("https://shop.example", "https://shop.example/robots.txt"),
        ("https://shop.example/s/map.xml.gz", "https://shop.example/s/map.xml.gz"),
        ("https://shop.example/product/x/?a=1", "https://shop.example/product/x/?a=1"),
    ],
)
def test_a_home_a_sitemap_and_a_page_are_targets(url, asked):
    [ask] = spider(SchemaOrg, url).asks()
    assert ask.url == asked


# NiniSite


@pytest.mark.parametrize("url", ["", "shop", "ftp://shop.example/", "https://www.ninisite.com/discussion/user/1", "-1"])
def test_other_addresses_are_refused_with_an_example(url):
    with pytest.raises(BadInput, match="give e"):
        list(spider(NiniSite, url).asks())


@pytest.mark.parametrize(
    ("url", "listing", "thread"),
    [
        ("https://www.ninisite.com/discussion/topic/500/تجربه?page=3&postId=7#x", "topic/500", True),
        ("ninisite.com/discussion/topic/500", "topic/500", True),
        ("۵۰۰", "topic/500", True),
        ("https://www.ninisite.com/discussion/topics/", "topics", False),
        ("https://www.ninisite.com/discussion", "topics", False),
        ("https://www.ninisite.com/discussion/forum/71/x", "forum/71", False),
    ],
)
def test_a_thread_and_a_listing_are_targets(url, listing, thread):
    [ask] = spider(NiniSite, url).asks()
    assert ask == Ask(url=f"https://www.ninisite.com/discussion/{listing}", listing=listing, oldest_first=thread)


def thread(number, page, last):
    href = f"/discussion/topic/{number}/x?page={page + 1}" if page < last else "#"
    return (
        f'<h1 class="topic-title"><a href="/discussion/topic/{number}/x">موضوع</a></h1>'
        f'<article id="post-{number}{page}"><div class="post-message">پاسخ {number}-{page}</div></article>'
        f'<ul class="pagination"><a title="Next page" href="{href}">x</a></ul>'
    ).encode()


def test_newest_topics_lead_to_their_threads_and_do_not_go_on_for_ever():
    asked = []

    def serve(ask):
        asked.append(ask)
        page = int(ask.url.partition("page=")[2] or 1)
        if ask.listing.startswith("topic/"):
            return thread(ask.listing.removeprefix("topic/"), page, 2)
        item = (
            f'<div class="category--item"><a href="/discussion/topic/{page}">x</a><i class="topic_number">۳</i></div>'
        )
        return f'{item}<ul class="pagination"><a title="Next page" href="?page={page + 1}">x</a></ul>'.encode()

    found = walk(spider(NiniSite, "https://www.ninisite.com/discussion/topics"), serve)
    assert {"پاسخ 1-1", "پاسخ 1-2", "پاسخ 10-2"} < {mention.text for mention in found}
    assert len(found) == len({mention.native_id for mention in found}) == 20
    threads = [ask for ask in asked if ask.listing != "topics"]
    assert len(asked) - len(threads) == 10
    assert all(ask.optional and ask.oldest_first for ask in threads)


def test_the_pages_of_a_thread_that_is_the_target_are_needed():
    page = spider(NiniSite, "500").page(thread(500, 1, 2), "https://www.ninisite.com/discussion/topic/500")
    assert page.next == Ask(
        url="https://www.ninisite.com/discussion/topic/500/x?page=2", listing="topic/500", oldest_first=True
    )


def test_topics_are_asked_again_when_they_are_answered():
    body = '<div class="category--item"><a href="/discussion/topic/7/x">x</a><i class="topic_number">{}</i></div>'
    marks = [list(spider(NiniSite).page(body.format(n).encode(), "").asks) for n in ("۱۲", "12", "۱۳")]
    assert marks == [["topic/7@12"], ["topic/7@12"], ["topic/7@13"]]


@pytest.mark.parametrize("category", ["بارداري و زايمان", "سلامت کودک", "دندان‌پزشکی", "اقدام به بارداری", "ناز‌ایی"])
def test_health_topics_are_not_collected(category):
    body = f'<ol class="breadcrumb"><li>{category}</li></ol>'.encode() + thread(500, 1, 2)
    nini = spider(NiniSite)
    page = nini.page(body, "https://www.ninisite.com/discussion/topic/500")
    assert (page.mentions, page.next, page.asks) == ([], None, {})
    assert nini.counts == {"skipped/sensitive": 1}


def test_a_closed_topic_is_empty_and_another_layout_an_error():
    nini = spider(NiniSite)
    assert nini.page("<body><p>این تاپیک تعطیل شده است</p></body>".encode(), "").mentions == []
    assert nini.counts == {"skipped/closed": 1}
    for body in (b"", b"{}", b"<html><body><h1>x</h1></body></html>"):
        with pytest.raises(LogicalError, match="layout"):
            nini.page(body, "https://www.ninisite.com/discussion/topics")
