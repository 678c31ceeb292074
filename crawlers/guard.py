"""Guard: an address that a user gives must not lead into the machine's own network.

Both the name and what it leads to are checked, on every request and so after every redirect; a name is looked up once
in a crawl, so that it cannot be public when it is checked and private when it is used (DNS rebinding).
"""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.resolver import CachingThreadedResolver
from scrapy.utils.defer import maybe_deferred_to_future
from scrapy.utils.httpobj import urlparse_cached
from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred
from twisted.internet.error import DNSLookupError

from crawlers.middlewares import Refused

_NAT64 = IPv6Network("64:ff9b::/96")
#: What is given out as public so far; and the metadata service of a cloud that hides among public addresses.
_GLOBAL6, _AZURE = IPv6Network("2000::/3"), IPv4Address("168.63.129.16")


class PrivateAddress(DNSLookupError):
    """A name that leads to loopback, a private network, a link-local or a metadata address."""


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet.

    >>> is_public("1.1.1.1"), is_public("169.254.169.254"), is_public("::ffff:127.0.0.1"), is_public("100.64.0.1")
    (True, False, False, False)
    """
    ip = ip_address(address.strip("[]").partition("%")[0])
    if isinstance(ip, IPv6Address):
        nat64 = IPv4Address(int(ip) & 0xFFFFFFFF) if ip in _NAT64 else None
        inner = nat64 or ip.ipv4_mapped or ip.sixtofour or (ip.teredo and ip.teredo[1])
        if inner:
            return is_public(str(inner))
        return ip in _GLOBAL6 and ip.is_global
    return ip.is_global and not ip.is_multicast and ip != _AZURE


def literal(host: str) -> str:
    """The IP address that a host is written as; empty if it is a name."""
    try:
        return str(ip_address(host.strip("[]").partition("%")[0]))
    except ValueError:
        return ""


class PublicResolver(CachingThreadedResolver):
    """Scrapy's resolver, without private answers."""

    allowed: frozenset[str] = frozenset()

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: ReactorBase) -> Self:
        """As Scrapy builds it."""
        resolver = super().from_crawler(crawler, reactor)
        resolver.allowed = frozenset(crawler.settings.getlist("ALLOW_HOSTS"))
        return resolver

    def getHostByName(self, name: str, timeout: Sequence[int] = ()) -> Deferred[str]:
        """Look a name up; refuse what is not public, unless the operator allows this name."""

        def check(address: str) -> str:
            if name.lower() not in self.allowed and not is_public(address):
                raise PrivateAddress(f"{name} is at {address}")
            return address

        return super().getHostByName(name, timeout).addCallback(check)


class PublicOnly:
    """Say clearly what the resolver refuses, and refuse addresses that need no resolver."""

    def __init__(self, crawler: Crawler) -> None:
        self.allowed = frozenset(crawler.settings.getlist("ALLOW_HOSTS"))

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """As Scrapy builds it."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Let public addresses pass; raise Refused for the rest."""
        host = (urlparse_cached(request).hostname or "").lower()
        if host in self.allowed:
            return
        address = literal(host)
        if address and not is_public(address):
            raise Refused(_why(host, address))
        if not address:
            from twisted.internet import reactor

            try:
                await maybe_deferred_to_future(reactor.resolve(host))  # type: ignore[arg-type]
            except PrivateAddress as error:
                raise Refused(_why(host, str(error).rpartition(" ")[2])) from error
            except DNSLookupError:
                pass  # the download itself says so


def _why(host: str, address: str) -> str:
    return f"{host} ({address}) is not on the public internet; an operator may allow it: SHENAVA_ALLOW_HOSTS={host}"
