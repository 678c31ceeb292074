"""Shops: what the addresses and the rows of Persian shops and app stores have in common."""

from urllib.parse import SplitResult, urlsplit

from crawlers.rejected import Rejected
from domain.errors import BadInput
from domain.text import ascii_digits, fold

#: First words of the names that shops give to those who gave none: «کاربر دیجی‌کالا».
NOBODY = frozenset({"کاربر", "ناشناس", "مهمان"})


def place(url: str) -> SplitResult:
    """An address as people write it, with its bare host; a bare id becomes the host.

    >>> place("www.shop.example/p/۱۲?a=b#c").netloc, place("dkp-12").netloc
    ('shop.example', 'dkp-12')

    Raises:
        BadInput: it is no address.
    """
    text = ascii_digits(url.strip())
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        return parts._replace(netloc=(parts.hostname or "").removeprefix("www."))
    except ValueError as error:
        raise BadInput(f"{url[:80]!r} is no web address ({error})") from error


def whole(raw: object, otherwise: int) -> int:
    """A number of pages or rows, whatever a pager or an address calls it."""
    text = str(raw)
    return int(text) if text.isdecimal() and len(text) <= 9 else otherwise


def row_id(raw: object) -> str:
    """The number of a row.

    Raises:
        Rejected: it is none.
    """
    text = str(raw)
    if not text.isdecimal():
        raise Rejected("bad_id")
    return text


def writer(account: object, name: object, near: str = "") -> str:
    """The most stable key of an author: the account, else the name (`near` something); empty for nobody.

    >>> writer(0, "کاربر دیجی‌کالا"), writer(0, "مهمان"), writer(7, None)
    ('', '', 'id:7')
    """
    if account and isinstance(account, int | str) and not isinstance(account, bool):
        return f"id:{account}"
    folded = fold(name) if isinstance(name, str) else ""
    nobody = not folded or folded.split()[0] in NOBODY
    return "" if nobody else f"{near}\x1fname:{folded}"


def points(title: str, found: object) -> str:
    """What a review lists on a line of its own; empty if it lists nothing.

    >>> points("نقاط قوت", ["سبک", " ارزان ", ""])
    'نقاط قوت: سبک، ارزان'
    """
    told = [point.strip() for point in found if isinstance(point, str)] if isinstance(found, list) else []
    return f"{title}: {'، '.join(filter(None, told))}" if any(told) else ""
