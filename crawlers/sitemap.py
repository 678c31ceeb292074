"""Where the pages of a site are: robots.txt, sitemaps, sitemap indexes, packed or not. Pure."""

import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from lxml import etree  # type: ignore[import-untyped]

from crawlers.addresses import joined
from crawlers.page import LogicalError

#: Where a sitemap lies if robots.txt names none.
USUAL = ("/robots.txt", "/sitemap.xml", "/sitemap_index.xml")
#: The most that a packed sitemap may unpack to; what sitemaps.org allows.
LARGEST = 50 * 2**20

_NAMED = re.compile(r"^[ \t]*sitemap[ \t]*:[ \t]*(\S+)", re.IGNORECASE | re.MULTILINE)
#: Words of product pages and of their sitemaps, but not of the categories, tags and brands of products.
_PRODUCT = re.compile(
    r"product(?!\w{0,2}[-_]?(cat|tag|brand|image))|محصول|(?<![^\W_])(kala|dkp)(?![^\W_])", re.IGNORECASE
)
_NO_PAGE = re.compile(
    r"\.(jpe?g|png|webp|gif|svg|ico|pdf|xml|rss|atom|css|js|json|txt|mp[34]|zip|gz|apk)$|/feed/?$|[?&]feed=",
    re.IGNORECASE,
)
#: Query parameters that turn pages or track visitors: with or without them it is the same page.
_ASIDE = re.compile(r"(paged?|pg|cpage|gclid|fbclid|utm_\w+)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Place:
    """An address in a sitemap, and when it says that its page last changed; empty if it does not say."""

    url: str
    changed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitemap:
    """What one sitemap holds: other sitemaps or pages."""

    maps: tuple[Place, ...] = ()
    pages: tuple[Place, ...] = ()
    #: Not well formed: places may be missing.
    damaged: bool = False


def is_sitemap(url: str) -> bool:
    """Whether an address can only be that of a sitemap."""
    return urlsplit(url).path.lower().endswith((".xml", ".xml.gz"))


def next_usual(url: str) -> str:
    """The usual place after this one, where a sitemap may lie; empty after the last, and for any other address.

    >>> next_usual("https://a.example/robots.txt"), next_usual("https://a.example/x")
    ('https://a.example/sitemap.xml', '')
    """
    path = urlsplit(url).path
    places = dict(pairwise(USUAL))
    return joined(url, places[path]) if path in places else ""


def named_sitemaps(robots: str, url: str) -> tuple[Place, ...]:
    """The sitemaps that a robots.txt names, in its order."""
    found = dict.fromkeys(joined(url, link) for link in _NAMED.findall(robots))
    return tuple(Place(address) for address in found if address)


def read_sitemap(body: bytes, url: str) -> Sitemap:
    """A sitemap or an index of sitemaps (sitemaps.org 0.9); no entity is expanded, nothing is fetched.

    Raises:
        LogicalError: it is neither, or unpacks to more than LARGEST.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True, remove_pis=True)
    try:
        root = etree.fromstring(unpacked(body), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise LogicalError("no sitemap: it is no XML") from error
    kind = etree.QName(root).localname.lower() if root is not None and isinstance(root.tag, str) else ""
    if kind not in ("urlset", "sitemapindex"):
        raise LogicalError("no sitemap: neither <urlset> nor <sitemapindex>")
    places = tuple(filter(None, (_place(node, url) for node in root if isinstance(node.tag, str))))
    damaged = len(parser.error_log) > 0
    if kind == "urlset":
        return Sitemap(pages=places, damaged=damaged)
    return Sitemap(maps=places, damaged=damaged)


def _place(node: etree._Element, url: str) -> Place | None:
    told = {etree.QName(child).localname.lower(): child.text for child in node if isinstance(child.tag, str)}
    address = joined(url, told.get("loc") or "") if (told.get("loc") or "").strip() else ""
    return Place(address, (told.get("lastmod") or "").strip()[:40]) if address.startswith("http") else None


def unpacked(body: bytes) -> bytes:
    """A body as it is, or gunzipped.

    Raises:
        LogicalError: it is cut short, broken, or too large.
    """
    if not body.startswith(b"\x1f\x8b"):
        return body
    packed = zlib.decompressobj(31)
    try:
        plain = packed.decompress(body, LARGEST)
    except zlib.error as error:
        raise LogicalError("the packed sitemap is broken") from error
    if not packed.eof:
        raise LogicalError("the packed sitemap is cut short, or larger than 50 MiB")
    return plain


def product_maps(maps: Iterable[Place]) -> list[Place]:
    """The sitemaps that name products; all if none does."""
    maps = list(maps)
    return [place for place in maps if is_product(place.url)] or maps


def product_pages(sitemap: Sitemap, url: str, home: str) -> list[Place]:
    """The pages of the site `home` that name products, or stand in a sitemap that does; all if there are none."""
    pages = [place for place in sitemap.pages if same_host(place.url, home) and not _NO_PAGE.search(place.url)]
    return pages if is_product(url) else [place for place in pages if is_product(place.url)] or pages


def is_product(url: str) -> bool:
    """Whether an address, behind its host, names a product.

    >>> is_product("https://a.example/product/bag/"), is_product("https://a.example/product-category/bags/")
    (True, False)
    """
    return bool(_PRODUCT.search(unquote(urlsplit(url).path)))


def same_host(one: str, other: str) -> bool:
    """Whether two addresses are of one host; "www." makes no difference."""
    a, b = (urlsplit(url).netloc.rpartition("@")[2].lower().removeprefix("www.") for url in (one, other))
    return a == b


def page_path(url: str) -> str:
    """What a page is told by on its host, whichever of its pages it is and wherever the visitor came from.

    >>> page_path("https://a.example/item?id=5&page=2&utm_source=x#reviews")
    '/item?id=5'
    """
    parts = urlsplit(url)
    query = urlencode([pair for pair in parse_qsl(parts.query) if not _ASIDE.match(pair[0])])
    return (parts.path or "/") + (f"?{query}" if query else "")
