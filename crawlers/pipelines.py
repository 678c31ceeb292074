"""From spider to store: mentions in small batches, each one transaction; and a log without people's texts."""

import asyncio
import logging
from datetime import UTC, datetime
from typing import Any, Self

from scrapy import Spider
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.http import Response
from scrapy.logformatter import LogFormatter, LogFormatterResult
from twisted.python.failure import Failure

from crawlers.page import Batch
from crawlers.source import Source
from domain.mention import Deleted, Mention
from domain.vocabulary import CrawlOutcome
from store.database import open_store
from store.writes import bury_mentions, save_mentions, stored_ids

logger = logging.getLogger(__name__)

BATCH = 200  # mentions
FEW_GONE, MOST_GONE = 3, 0.2  # mentions of a target, or their share, that may be gone at once


class StoreMentions:
    """Save what spiders yield; count mentions/new, mentions/edited and mentions/unchanged.

    A batch is written in a thread, one after the other, while the next page is on its way.
    """

    def __init__(self, spider: Source) -> None:
        self.spider = spider
        self.batch: list[Mention] = []
        self.gone: list[tuple[str, str]] = []
        self.began = datetime.now(UTC)
        self.turn = asyncio.Lock()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Only for a spider that was given a store."""
        spider = crawler.spider
        if not isinstance(spider, Source) or not spider.store:
            raise NotConfigured("no store: the mentions are not kept")
        return cls(spider)

    def open_spider(self) -> None:
        """Open the store."""
        self.engine = open_store(self.spider.store)

    async def process_item(self, item: Any) -> Any:
        """Collect a batch; items that are no mentions pass."""
        if isinstance(item, Mention | Batch):
            self.batch += item.mentions if isinstance(item, Batch) else [item]
            if len(self.batch) >= BATCH:
                await self.flush()
        elif isinstance(item, Deleted):
            self.gone.append((item.source, item.native_id))
        return item

    async def close_spider(self) -> None:
        """Save the rest before the crawl's record is closed."""
        await self.flush()
        if self.spider.met is not None and self.spider.read_all:
            self.bury(self.spider.met)
        self.engine.dispose()

    def bury(self, met: set[str]) -> None:
        """Purge what two full reads in a row did not meet: one may have been misled by rows that moved meanwhile."""
        there = stored_ids(self.engine, self.spider.target_id or 0, self.began)
        missing = there - met
        if len(missing) > max(FEW_GONE, MOST_GONE * len(there)) and not self.spider.accept:
            many = f"{len(missing)} of {len(there)} mentions are gone; too many to believe without --accept"
            self.spider.overrule(CrawlOutcome.SUSPECT, many)
            return
        again = missing & set(self.spider.state.get("missing", []))
        self.spider.next_state["missing"] = sorted(missing - again)
        buried = bury_mentions(self.engine, [(str(self.spider.name), native_id) for native_id in again])
        self.spider.count("mentions/deleted", buried)

    async def flush(self) -> None:
        """Save the batch. A store that fails ends the crawl: its marks do not move, and it is repeated."""
        batch, self.batch = self.batch, []
        gone, self.gone = self.gone, []
        async with self.turn:
            try:
                counts = await asyncio.to_thread(self.save, batch, gone)
            except Exception as error:
                logger.exception("%d mentions could not be saved", len(batch))
                self.spider.count("failed/store", len(batch))
                why = f"the store failed: {type(error).__name__}: {str(error)[:200]}"
                self.spider.overrule(CrawlOutcome.FAILED, why)
                return
        for name, number in counts.items():
            self.spider.count(f"mentions/{name}", number)

    def save(self, batch: list[Mention], gone: list[tuple[str, str]]) -> dict[str, int]:
        """Store a batch, in a thread; how many were new, edited, and so on."""
        counts = dict(save_mentions(self.engine, batch, self.spider.target_id))
        return counts | {"deleted": bury_mentions(self.engine, gone)} if gone else counts


class TextlessLog(LogFormatter):
    """Scrapy logs whole items when something goes wrong with them; ours hold what people wrote."""

    def item_error(
        self, item: Any, exception: BaseException, response: Response | Failure | None, spider: Spider
    ) -> LogFormatterResult:
        """The type of the item, without its text."""
        return {"level": logging.ERROR, "msg": "Error processing a %(kind)s", "args": {"kind": type(item).__name__}}

    def dropped(
        self, item: Any, exception: BaseException, response: Response | Failure | None, spider: Spider
    ) -> LogFormatterResult:
        """The type of the item, without its text."""
        return {"level": logging.INFO, "msg": "Dropped a %(kind)s", "args": {"kind": type(item).__name__}}
