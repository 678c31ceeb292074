"""Track: where we listen for whom. One address has one form, so that nothing is crawled twice."""

import re
from collections.abc import Collection, Iterable
from urllib.parse import urlsplit, urlunsplit

from sqlalchemy import Engine

from crawlers.catalogue import CREDENTIALS, enabled
from crawlers.catalogue import source as spider
from crawlers.guard import is_public, literal
from domain.errors import BadInput
from domain.query import Query, variants
from domain.settings import Settings
from jobs.demo import is_demo
from store.queries import texts_like, watched
from store.tables import Target
from store.writes import add_brand, add_target, rest_target


def track(
    engine: Engine, settings: Settings, source: str, url: str, brand: str, name: str = "", wanted: Query | None = None
) -> Target:
    """Listen at an address for a brand, which is made if it is new.

    Raises:
        BadInput, UnknownSource: the address, the brand's key or the source cannot be; or the source is off.
    """
    where = check(settings, source, url, brand, wanted)
    add_brand(engine, brand, name)
    return add_target(engine, source, where, brand, wanted)


def check(settings: Settings, source: str, url: str, brand: str, wanted: Query | None = None) -> str:
    """The one form of an address at which we may listen for a brand; nothing is saved, and nobody is asked.

    Raises:
        BadInput, UnknownSource: the address, the brand's key or the source cannot be; or the source is off.
    """
    where = address(url)
    host = (urlsplit(where).hostname or "").lower()
    allowed = [name.strip().lower() for name in settings.allow_hosts.split(",")]
    if literal(host) and not is_public(literal(host)) and host not in allowed:
        raise BadInput(f"{host} is not on the public internet; to allow it all the same: SHENAVA_ALLOW_HOSTS={host}")
    credentials = {key: getattr(settings, key) for key in CREDENTIALS}
    enabled(spider(source), settings)(url=where, brand=brand, query=wanted, credentials=credentials).check()
    brand_key(brand)
    return where


def query(names: Iterable[str], exclude: Iterable[str], *, exact: bool = False) -> Query:
    """The query for names: all their spellings, unless they are to be taken exactly.

    Raises:
        BadInput: a name cannot be one.
    """
    terms = [term for name in names for term in ([name] if exact else variants(name))]
    return Query(tuple(dict.fromkeys(terms)), tuple(exclude))


def hits(engine: Engine, name: str) -> dict[str, int]:
    """How many stored texts hold each spelling of a name."""
    numbers = dict.fromkeys(variants(name), 0)
    for text in texts_like(engine, list(numbers)):
        for variant in numbers:
            numbers[variant] += variant in text
    return numbers


def stop(engine: Engine, source: str, url: str, brand: str) -> Target:
    """Stop crawling a target; what it gave stays.

    Raises:
        BadInput: there is no such target.
    """
    where = address(url)
    for one in watched(engine):
        if (one.target.source, one.target.url, one.brand.key) == (source, where, brand):
            rest_target(engine, one.target.id or 0)
            return one.target
    raise BadInput(f"{where} is not tracked for {brand!r}; see: shenava status")


def address(url: str) -> str:
    """An address in its one form.

    >>> address("HTTPS://A.ir#top")
    'https://a.ir/'

    Raises:
        BadInput: it is no web address, or holds a password.
    """
    try:
        parts = urlsplit(url if "://" in url else f"https://{url}")
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
        where = f"{host}:{parts.port}" if parts.port else host
    except ValueError as error:
        raise BadInput(f"{url[:80]!r} is no web address ({error})") from error
    if parts.scheme not in ("http", "https") or not host:
        raise BadInput(f"{url[:80]!r} is no web address; give one like https://blog.example/")
    if parts.username or parts.password:
        raise BadInput("an address with a password in it is not public, and would be kept; leave it out")
    return urlunsplit((parts.scheme, where, parts.path or "/", parts.query, ""))


def brand_key(key: str) -> str:
    """The key of a brand, if it can be one.

    Raises:
        BadInput: it holds spaces or signs, or is empty.
    """
    if not re.fullmatch(r"[\w\u200c.-]{1,60}", key):
        raise BadInput(f"{key[:60]!r} is no key of a brand; use letters, digits, - and _ without spaces, e.g. mybrand")
    return key


def tracked(engine: Engine, source: str = "") -> dict[int, str]:
    """Id -> brand of the targets that are crawled; the demo's live only while its site is served."""
    active = [one for one in watched(engine, active=True) if not is_demo(one)]
    return {one.target.id or 0: one.brand.key for one in active if source in ("", one.target.source)}


def tracked_sources(engine: Engine) -> list[str]:
    """The sources with a target that is crawled.

    Raises:
        BadInput: nothing is tracked.
    """
    found = {one.target.source for one in watched(engine, active=True) if not is_demo(one)}
    if not found:
        raise BadInput("nothing is tracked; begin with: shenava track wordpress https://blog.example --brand mybrand")
    return sorted(found)


def choose(engine: Engine, ids: Collection[int] | None = None, brand: str = "", source: str = "") -> list[int]:
    """The targets to crawl: those of the ids, of the brand and of the source, where given.

    Raises:
        BadInput: nothing is tracked, or something that was asked for is not.
    """
    active = tracked(engine, source)
    if source and not active:
        raise BadInput(f"nothing of the source {source!r} is tracked; see: shenava status")
    if not active and not ids:
        raise BadInput("nothing is tracked; begin with: shenava track wordpress https://blog.example --brand mybrand")
    chosen = [number for number, key in active.items() if brand in ("", key) and number in (ids or active)]
    missing: list[int | str] = [number for number in ids or () if number not in chosen]
    if not chosen and not missing:
        missing = [brand]
    if missing:
        known = ", ".join(f"{number} ({key})" for number, key in active.items())
        raise BadInput(f"no active target {missing[0]!r} here; there are: {known or 'none'}")
    return chosen
