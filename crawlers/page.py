"""Page: what one body of a source holds, and what to ask for after it. Pure data."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit

from w3lib.encoding import html_to_unicode

from domain.errors import BadInput
from domain.mention import Mention

NO_HEADERS: Mapping[str, str] = {}


class LogicalError(BadInput):
    """A body that is no answer, whatever its HTTP status says: the crawl fails, and no mark moves."""


class Shut(LogicalError):
    """A body that says "not for you" (a login, another country): the source is blocked, and no mark moves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A request to make."""

    url: str
    #: JSON to POST; None is a GET.
    data: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    #: The row of pages that this one belongs to: "comments", "topic/12". Each row has its own marks.
    listing: str = ""
    #: Whether new rows come at the end of its last page (a thread), not on its first (reviews).
    oldest_first: bool = False
    #: A page that the crawl can do without: if it fails, it is counted, and asked again next time.
    optional: bool = False
    #: HTTP error statuses whose bodies say more than they do: they are read, too.
    answers: tuple[int, ...] = ()
    #: Left over from an earlier run: it is read on whatever is known of what it holds.
    late: bool = False
    #: It carries a password: it is never kept.
    secret: bool = False
    #: The search term that this listing answers; empty if it answers none.
    term: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What one body holds."""

    mentions: list[Mention] = field(default_factory=list)
    #: The page after it in its listing; None at the end.
    next: Ask | None = None
    #: Other listings found on it, by a mark that changes when they do: "<listing>@<its last change>".
    asks: Mapping[str, Ask] = field(default_factory=dict)
    #: native_ids that the source says are gone.
    gone: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Batch:
    """The mentions of a page on their way to the store: one item, as Scrapy works as long on each item as we do."""

    mentions: list[Mention]


def read_json(body: bytes) -> Any:
    """The JSON of a body, whatever its charset says: UTF-8, else Windows-1256.

    Raises:
        LogicalError: it is no JSON: an HTML page, or cut short.
    """
    try:
        try:
            return json.loads(body.decode("utf-8-sig"))
        except UnicodeDecodeError:
            return json.loads(body.decode("cp1256", "replace"))
    except (ValueError, RecursionError) as error:
        kind = "an HTML page" if body.lstrip()[:1] == b"<" else "no JSON, or cut short"
        raise LogicalError(f"the answer is {kind}") from error


def json_object(body: bytes) -> dict[str, Any]:
    """As read_json, if it is an object."""
    found = read_json(body)
    if not isinstance(found, dict):
        raise LogicalError("the answer is no JSON object")
    return found


def rows_of(found: Any, *path: str) -> list[Any]:
    """The list at a path of keys below an object.

    Raises:
        LogicalError: there is none: the source has another layout than it had.
    """
    if isinstance(found, dict) and "code" in found and isinstance(found.get("message"), str):
        raise LogicalError(f"the answer is an error: {found['message'][:100]!r}")
    for key in path:
        found = found.get(key) if isinstance(found, dict) else None
    if not isinstance(found, list):
        raise LogicalError(f"no list at {'.'.join(path) or 'the top'}: the layout has changed")
    return found


def read_html(body: bytes, headers: Mapping[str, str] = NO_HEADERS) -> str:
    """The HTML of a body, decoded as browsers do: by its header, its meta tag, its byte order mark, else UTF-8."""
    return html_to_unicode(headers.get("content-type"), body, default_encoding="utf-8")[1]


def split(url: str) -> SplitResult:
    """The parts of an address.

    Raises:
        BadInput: it is none.
    """
    try:
        return urlsplit(url)
    except ValueError as error:
        raise BadInput(f"{url[:80]!r} is no web address") from error


def with_query(url: str, **values: object) -> str:
    """An address with these query parameters set; None removes one.

    >>> with_query("https://a.example/x?page=1&q=2", page=2)
    'https://a.example/x?page=2&q=2'
    """
    parts = split(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    query |= {name: str(value) for name, value in values.items()}
    query = {name: value for name, value in query.items() if values.get(name, "") is not None}
    return parts._replace(query=urlencode(query)).geturl()


def query_of(url: str, name: str, default: str = "") -> str:
    """A query parameter of an address."""
    return dict(parse_qsl(split(url).query)).get(name, default)


def page_number(url: str, name: str = "page") -> int:
    """The page that an address asks for; 1 if it does not say."""
    told = query_of(url, name)
    return int(told) if told.isdecimal() and len(told) < 10 else 1


def origin(url: str) -> str:
    """Scheme, host and port of an address: "https://shop.example"."""
    parts = split(url)
    return f"{parts.scheme}://{parts.netloc}"


def host(url: str) -> str:
    """Host and port: what makes the ids of many sites unique ("forum.example#12")."""
    return split(url).netloc.rpartition("@")[2].lower()
