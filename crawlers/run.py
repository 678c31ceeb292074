"""One crawl in a process of its own (`python -m crawlers.run`): Twisted's reactor starts once in a process.

Standard input brings the job in its first line and stays open as a lifeline: when it closes, because the parent
wants an end or was killed, the crawl stops in good order. Standard output carries reports, standard error the log.
"""

import asyncio
import logging
import os
import sys
import threading
import time
from typing import Any, TextIO

from scrapy import signals
from scrapy.crawler import AsyncCrawlerProcess, Crawler

from crawlers import settings as crawl_settings
from crawlers.catalogue import CREDENTIALS, enabled, source
from crawlers.job import Job, Report
from crawlers.source import Source
from domain.errors import ShenavaError
from domain.identity import project_key
from domain.query import Query
from domain.settings import Settings
from domain.vocabulary import CrawlOutcome

_REPORT_EVERY = 0.3  # seconds

#: Scrapy's reasons for closing -> outcomes, where the spider did not say one itself.
_REASONS = {
    "shutdown": (CrawlOutcome.INTERRUPTED, "stopped by the operator"),
    "closespider_timeout": (CrawlOutcome.LIMITED, "stopped after SHENAVA_CRAWL_HOURS"),
}


def main() -> None:
    """Run the job on standard input."""
    wire = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # nothing but reports on the wire
    job = Job.from_line(sys.stdin.readline())
    try:
        report = crawl(job, wire)
    except ShenavaError as error:
        report = Report(outcome=CrawlOutcome.FAILED, message=str(error))
    except Exception as error:
        logging.getLogger(__name__).exception("the crawl broke")
        report = Report(outcome=CrawlOutcome.FAILED, message=f"{type(error).__name__}; see the log")
    _send(wire, report)


def crawl(job: Job, wire: TextIO) -> Report:
    """Crawl one target to its end."""
    settings = Settings.model_validate(job.settings)
    process = AsyncCrawlerProcess(crawl_settings.for_crawl(settings))
    crawler = process.create_crawler(enabled(source(job.source), settings))
    ending = _watch(crawler, wire)
    process.crawl(
        crawler,
        url=job.url,
        brand=job.brand,
        key=project_key(settings.secret_path),
        state=job.state,
        store="" if job.dry_run else job.store,
        query=Query(tuple(job.query.get("terms", ())), tuple(job.query.get("exclude", ()))),
        credentials={name: getattr(settings, name) for name in CREDENTIALS},
        target_id=job.target_id,
        limit=job.limit,
        since=job.since_instant,
        recheck=job.recheck,
        accept=job.accept,
    )
    threading.Thread(target=_hold_lifeline, args=(crawler, asyncio.get_event_loop()), daemon=True).start()
    process.start(install_signal_handlers=False)
    return _report(crawler, ending.get("reason", ""))


def _report(crawler: Crawler, reason: str) -> Report:
    spider = crawler.spider
    if not isinstance(spider, Source):
        return Report(outcome=CrawlOutcome.FAILED, message="the crawl did not start; see the log")
    unsaid = (CrawlOutcome.FAILED, f"stopped before its end ({reason or 'no reason given'}); see the log")
    outcome, message = spider.verdict or _REASONS.get(reason, unsaid)
    state = _state(spider, outcome) if spider.verdict or reason in _REASONS else None
    return Report(outcome=outcome, counts=_counts(spider), message=message, state=state)


def _state(spider: Source, outcome: CrawlOutcome) -> dict[str, Any] | None:
    if outcome is CrawlOutcome.OK:
        return spider.next_state
    # Pages whose mentions were lost on their way to the store have not been read.
    return None if spider.counts["failed/store"] else spider.progress()


def _counts(spider: Source) -> dict[str, int]:
    stats = spider.crawler.stats
    requests = stats.get_value("downloader/request_count", 0) if stats else 0
    return {**{name: number for name, number in spider.counts.items() if number}, "requests": int(requests)}


def _watch(crawler: Crawler, wire: TextIO) -> dict[str, str]:
    """Report while the crawl runs; the dictionary takes the reason of its end."""
    ending: dict[str, str] = {}
    last = [0.0]

    def seen(**_: Any) -> None:
        if time.monotonic() - last[0] >= _REPORT_EVERY and isinstance(crawler.spider, Source):
            last[0] = time.monotonic()
            _send(wire, Report(counts=_counts(crawler.spider)))

    def closed(reason: str, **_: Any) -> None:
        ending["reason"] = reason

    for signal in (signals.response_received, signals.item_scraped):
        crawler.signals.connect(seen, signal=signal, weak=False)
    crawler.signals.connect(closed, signal=signals.spider_closed, weak=False)
    return ending


def _hold_lifeline(crawler: Crawler, loop: asyncio.AbstractEventLoop) -> None:
    sys.stdin.read()  # returns when the parent lets go

    async def stop() -> None:
        while not (crawler.engine and crawler.engine.spider):
            await asyncio.sleep(0.1)  # it is only just starting
        await crawler.engine.close_spider_async(reason="shutdown")

    asyncio.run_coroutine_threadsafe(stop(), loop)


def _send(wire: TextIO, report: Report) -> None:
    try:
        wire.write(report.to_line())
        wire.flush()
    except OSError:
        pass  # the parent is gone; the lifeline ends the crawl


if __name__ == "__main__":
    main()
