"""Addresses as strangers write them: a broken one must cost a link, never a page."""

from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit


def joined(base: str, link: str) -> str:
    """A link resolved against the page that it stands on; empty if it is no address at all.

    >>> joined("https://shop.example/blog/", "feed/"), joined("https://shop.example/", "http://[")
    ('https://shop.example/blog/feed/', '')
    """
    try:
        address = urljoin(base, link.strip())
        _ = urlsplit(address).port  # raises for ports that cannot be
    except ValueError:
        return ""
    return address


def same_site(one: str, other: str) -> bool:
    """Whether two addresses are of one host, or of one domain: a page must not send us elsewhere."""
    a, b = urlsplit(one).hostname or "", urlsplit(other).hostname or ""
    named = not a.replace(".", "").isdigit() and ":" not in a
    return a == b or (named and a.count(".") > 0 and a.split(".")[-2:] == b.split(".")[-2:])


def paged(url: str, page: int) -> str:
    """Page 2 and on of a WordPress feed."""
    parts = urlsplit(url)
    return parts._replace(query=urlencode([*parse_qsl(parts.query), ("paged", str(page))])).geturl()
