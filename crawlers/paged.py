"""Paged: the crawl of every source that lists its rows page by page. A subclass only says where to begin and reads."""

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import asdict, replace
from typing import Any, ClassVar

from scrapy import Request
from scrapy.http import JsonRequest, Response
from twisted.python.failure import Failure

from crawlers.failures import status_of
from crawlers.middlewares import Blocked
from crawlers.page import NO_HEADERS, Ask, Batch, LogicalError, Page, Shut
from crawlers.source import UNREADABLE, Source
from domain.errors import BadInput
from domain.mention import Deleted, Mention
from domain.vocabulary import CrawlOutcome

KNOWN_ENOUGH = 20  # known rows in a row that end a listing: fewer may be pinned, or have drifted
MET = 1_000  # marks of a listing by which this run tells a page that comes again
AGAIN = 5_000  # asks that the next run takes over
MISSES = 8  # pages missed one after the other: then it is the source, not a page
LONGEST_ADDRESS = 8_000  # characters
LISTINGS = 1_000  # threads whose last page the next run knows
EMPTY_PAGES = 50  # pages without a row, one after the other (whole windows of removed posts)
PAGES = 20_000  # of one listing


class Paged(Source):
    """Read listings newest first down to what the last good run knew, threads on from their last known page.

    State: "known", the newest marks of each listing; "last", the last page of each thread; "again", what was missed,
    or still to be asked when a long crawl was stopped: the next run asks for that beside what is new.
    """

    #: Marks of a listing that the next run knows.
    remembered: ClassVar[int] = 300

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        #: Asked, and not yet answered; and what the crawl went on without.
        self._open: dict[int, Ask] = {}
        self._missed: dict[str, Ask] = {}
        self._misses = 0
        #: The first ask of every thread that is being read: what is asked again if one of its pages is missed.
        self._leads: dict[str, Ask] = {}
        #: The listings that the crawl begins with; only their marks are kept for the next run.
        self._first: set[str] = set()
        self._known: dict[str, set[str]] = {}
        if not self.recheck:
            self._known = {name: set(marks) for name, marks in self.state.get("known", {}).items()}
        self._last: dict[str, str] = {} if self.recheck else dict(self.state.get("last", {}))
        #: Of this run, by listing: its newest marks, the marks met lately, known ones in a row, empty and all pages.
        self._newest: dict[str, list[str]] = {}
        self._met: dict[str, dict[str, None]] = {}
        self._streak: dict[str, int] = {}
        self._empty: dict[str, int] = {}
        self._pages: dict[str, int] = {}
        #: Marks of the listings that this run was led to: pages may lead to each other in a circle.
        self._led: set[int] = set()
        #: Addresses whose body was no answer, and that were asked once more.
        self._again: set[str] = set()

    def asks(self) -> Iterable[Ask]:
        """Where to begin, by the target's address; without a network.

        Raises:
            BadInput: the address is none of this source; the message shows one that is.
        """
        raise NotImplementedError

    def check(self) -> None:
        """As in Source: whoever can begin is right."""
        list(self.asks())

    def page(self, body: bytes, url: str, headers: Mapping[str, str] = NO_HEADERS) -> Page:
        """What a body holds. Pure: no network, no clock; header names are in lower case.

        Raises:
            LogicalError: it is no answer, whatever the HTTP status was.
        """
        raise NotImplementedError

    def read(self, body: bytes, url: str) -> list[Mention]:
        """The mentions of one body."""
        return self.page(body, url).mentions

    async def start(self) -> AsyncIterator[Request]:
        """Begin at every listing."""
        try:
            asks = list(self.asks())
        except BadInput as error:
            self.end(CrawlOutcome.FAILED, str(error))
            return
        self._first |= {ask.listing for ask in asks}
        for ask in [*asks, *map(self.signed, self.left_over())]:
            yield self.request(ask)

    def left_over(self) -> list[Ask]:
        """What the last run missed or did not come to; a full read needs none of it."""
        try:
            return [] if self.recheck else [Ask(**ask) for ask in self.state.get("again", [])]
        except TypeError:
            return []  # kept by another version

    def signed(self, ask: Ask) -> Ask:
        """An ask of an earlier run with the operator's keys, which are never kept. Sources that have some say how."""
        return ask

    def request(self, ask: Ask) -> Request:
        """An ask as a request; a thread goes on at its last known page."""
        self._open[id(ask)] = ask
        if ask.listing not in self._first:
            self._leads.setdefault(ask.listing, ask)
        url = ask.url
        if ask.oldest_first and ask.listing not in self._pages and not ask.late:
            url = self._last.get(ask.listing, url)
        options: dict[str, Any] = {
            "callback": self.turn,
            "errback": self.lost,
            "headers": dict(ask.headers),
            "cb_kwargs": {"ask": ask},
            # What carries a key or a body must not be led elsewhere.
            "meta": {
                "optional": ask.optional,
                "dont_redirect": bool(ask.headers or ask.data),
                "handle_httpstatus_list": list(ask.answers),
                "refusal_is_an_answer": bool(ask.answers),
            },
            "dont_filter": True,
        }
        return JsonRequest(url, data=dict(ask.data), **options) if ask.data is not None else Request(url, **options)

    def turn(self, response: Response, ask: Ask) -> Iterator[Batch | Mention | Deleted | Request]:
        """Read a page, and ask for what comes after it."""
        headers = {
            name.decode("latin-1").lower(): values[-1].decode("latin-1") for name, values in response.headers.items()
        }
        try:
            page = self.page(response.body, response.url, headers)
        except (BadInput, *UNREADABLE) as error:
            yield from self.not_read(ask, error, response.url)
            return
        self._misses = 0
        self.count("pages")
        self.count("empty_searches", int(bool(ask.term) and not page.mentions))
        marks = [*(mention.native_id for mention in page.mentions), *page.asks]
        fresh = self.fresh(ask.listing, marks)
        known = self._known.get(ask.listing, set())
        taken = self.take(self.unseen(page.mentions), ask.term)
        if self.store:
            yield Batch(list(taken))
        else:
            yield from taken
        for native_id in page.gone:
            yield Deleted(source=str(self.name), native_id=native_id)
        if self.ended:
            return
        # Threads in which nothing happened are an answer, not silence.
        self.count("unchanged_threads", len(known & page.asks.keys()))
        for mark, other in page.asks.items():
            if mark not in fresh or mark in known or hash(mark) in self._led:
                continue
            self._led.add(hash(mark))
            if len(other.url) > LONGEST_ADDRESS:
                self.count("rejected/long_address")
            else:
                self.count("threads")
                yield self.request(other)
        if self.goes_on(page, ask, marks, fresh) and page.next:
            yield self.request(replace(page.next, late=ask.late))
        else:
            self.close_listing(ask, response.url)
        self.close_page(ask)

    def fresh(self, listing: str, marks: list[str]) -> set[str]:
        """The marks of a page that this run has not met lately; the newest ones are noted for the next run."""
        met = self._met.setdefault(listing, {})
        new = [mark for mark in dict.fromkeys(marks) if mark not in met]
        met.update(dict.fromkeys(new))
        for mark in list(met)[: max(0, len(met) - MET)]:
            del met[mark]
        if listing in self._first:
            newest = self._newest.setdefault(listing, [])
            newest.extend(new[: max(0, self.remembered - len(newest))])
        return set(new)

    def goes_on(self, page: Page, ask: Ask, marks: list[str], fresh: set[str]) -> bool:
        """Whether the next page of a listing is worth asking for."""
        name, known = ask.listing, self._known.get(ask.listing, set())
        self._pages[name] = self._pages.get(name, 0) + 1
        self._empty[name] = 0 if marks else self._empty.get(name, 0) + 1
        if self._empty[name] > EMPTY_PAGES or self._pages[name] >= PAGES:
            self.count("stopped/endless")
            return False
        if marks and not fresh:
            self.count("stopped/repeated_page")
            return False
        if ask.oldest_first or ask.late:
            return True
        for mark in marks:
            self._streak[name] = self._streak.get(name, 0) + 1 if mark in known else 0
        dates = [mention.published_at for mention in page.mentions]
        too_old = self.since is not None and bool(dates) and all(at and at < self.since for at in dates)
        return self._streak.get(name, 0) < KNOWN_ENOUGH and not too_old

    def close_listing(self, ask: Ask, url: str) -> None:
        """The last page of a listing that this run reads."""
        if ask.oldest_first and ask.data is None and url:
            self._last.pop(ask.listing, None)  # the latest come last
            self._last[ask.listing] = url
        if ask.listing not in self._first:
            for memory in (self._met, self._streak, self._empty, self._pages, self._leads):
                memory.pop(ask.listing, None)

    def not_read(self, ask: Ask, error: Exception, url: str) -> Iterator[Request]:
        """A body that is no answer is asked for once more; then it ends the crawl, unless that can do without it."""
        self.count("failed/logical" if isinstance(error, LogicalError) else "failed/unreadable_page")
        if not isinstance(error, Shut) and (again := f"{url} {ask.data}") not in self._again:
            self._again.add(again)
            yield self.request(replace(ask))
            self.close_page(ask)
            return
        message = str(error) if isinstance(error, BadInput) else f"unreadable ({type(error).__name__})"
        outcome = CrawlOutcome.BLOCKED if isinstance(error, Shut) else CrawlOutcome.FAILED
        if ask.optional and not isinstance(error, Shut):
            self.miss(ask, outcome, f"{url}: {message}")
        else:
            self.end(outcome, f"{url}: {message}")

    def lost(self, failure: Failure) -> None:
        """A page could not be had."""
        request: Request = failure.request  # type: ignore[attr-defined]
        ask: Ask = request.cb_kwargs["ask"]
        outcome, message = self.explain(failure.value, request.url)
        alone = isinstance(failure.value, Blocked) and not failure.value.everywhere
        gone = status_of(failure) in (404, 410)
        if gone and ask.oldest_first and self._last.pop(ask.listing, ""):
            self.miss(ask, outcome, message)  # the thread was cut: it is read from its start next time
        elif gone and ask.optional and not self.ended:
            self.close_listing(ask, "")
            self.close_page(ask)
        elif ask.optional and not self.ended and (alone or outcome is not CrawlOutcome.BLOCKED):
            self.miss(ask, outcome, message)
        else:
            self.end(outcome, message)

    @property
    def read_all(self) -> bool:
        """As in Source; and no page was missed."""
        return super().read_all and not self._missed

    def miss(self, ask: Ask, outcome: CrawlOutcome, message: str) -> None:
        """Go on without a page, which is asked again next time; after many in a row it is the source that fails."""
        self.count("missed")
        self._misses += 1
        lead = self._leads.pop(ask.listing, ask)
        self._missed[f"{lead.url} {lead.data}"] = lead
        if self._misses >= MISSES:
            self.end(outcome, f"{self._misses} pages in a row could not be read; the last: {message}")
        self.close_page(ask)

    def close_page(self, ask: Ask) -> None:
        """One page less to wait for; after the last one the crawl has ended well."""
        self._open.pop(id(ask), None)
        if self._open or self.ended:
            return
        self.next_state = {**self.next_state, **self.memory()}
        cut = self.counts["skipped/older"] or self.counts["stopped/endless"]
        why = "older mentions were left out, as --since says" if self.since else "its pages do not end"
        limited = (CrawlOutcome.LIMITED, why)
        missed = (
            f"{len(self._missed)} parts could not be read; the next run asks for them again" if self._missed else ""
        )
        self.end(*(limited if cut else (CrawlOutcome.OK, missed)))

    def memory(self, left: Iterable[Ask] = ()) -> dict[str, Any]:
        """What the next run must know, `left` being what this one did not come to. No key of the operator is kept."""
        again = [ask for ask in (*self._missed.values(), *left) if self.keeps(ask)]
        lost = {ask.listing for ask in self._missed.values() if not self.keeps(ask)}
        before = self.state.get("known", {})
        # An increment that was stopped is read anew from its top: what was known stays what is known.
        stopped = {ask.listing for ask in left if ask.listing in before and not ask.late}
        known = dict(before)
        for name, newest in self._newest.items():
            kept = [mark for mark in newest if mark.partition("@")[0] not in lost]
            if name not in stopped:
                known[name] = list(dict.fromkeys([*kept, *before.get(name, [])]))[: self.remembered]
        missed = {ask.listing for ask in again}
        last = [(name, url) for name, url in self._last.items() if name not in missed]
        late = [
            asdict(replace(ask, headers={}, late=ask.listing in self._first))
            for ask in again
            if ask.listing not in stopped
        ]
        return {"known": known, "last": dict(last[-LISTINGS:]), "again": late}

    def keeps(self, ask: Ask) -> bool:
        """Whether an ask may be kept for the next run: not one with a password, nor one whose key nobody can renew."""
        return not ask.secret and (not ask.headers or type(self).signed is not Paged.signed)

    def progress(self) -> dict[str, Any] | None:
        """Where a crawl stands that was stopped in good order, or ran out of time: the next one goes on there."""
        left = list({(lead := self._leads.get(ask.listing, ask)).url: lead for ask in self._open.values()}.values())
        cut = self.limit is not None or self.since is not None or self.recheck or self.verdict is not None
        if cut or not left or len(left) + len(self._missed) > AGAIN or not all(map(self.keeps, left)):
            return None
        return {**self.next_state, **self.memory(left)}
