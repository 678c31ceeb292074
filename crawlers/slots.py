"""Slots: one request a host at a time, over all processes and machines that share a Redis."""

import asyncio
import secrets
from typing import Any, Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.http import Response
from scrapy.utils.httpobj import urlparse_cached

_HELD = 600_000  # milliseconds after which a slot frees itself, if its process was killed
#: Free a slot only if it is still ours, and only after the pause.
_FREE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('pexpire', KEYS[1], ARGV[2]) end return 0"


class SharedSlots:
    """Take the host's slot before a request, and free it a pause after the answer."""

    def __init__(self, crawler: Crawler) -> None:
        if not (url := crawler.settings.get("REDIS_URL")):
            raise NotConfigured("no Redis: one process crawls at a time")
        from redis.asyncio import Redis

        self.redis: Any = Redis.from_url(url)
        self.crawler = crawler
        self.token = secrets.token_hex(8)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """As Scrapy builds it."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Wait until no process talks to this host."""
        key = _key(request)
        while not await self.redis.set(key, self.token, nx=True, px=_HELD):
            left = await self.redis.pttl(key)
            await asyncio.sleep(min(max(left, 10), 200) / 1000)

    async def process_response(self, request: Request, response: Response) -> Response:
        """Free the host after the pause that it is owed."""
        await self._free(request)
        return response

    async def process_exception(self, request: Request, exception: Exception) -> None:
        """Free the host after a failure, too."""
        await self._free(request)

    async def _free(self, request: Request) -> None:
        engine = self.crawler.engine
        slot = engine.downloader.slots.get(engine.downloader.get_slot_key(request)) if engine else None
        pause = slot.delay if slot else self.crawler.settings.getfloat("DOWNLOAD_DELAY")
        await self.redis.eval(_FREE, 1, _key(request), self.token, max(1, int(pause * 1000)))


def _key(request: Request) -> str:
    return f"shenava:slot:{urlparse_cached(request).netloc}"
