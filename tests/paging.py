"""Walk a source's pages without a network: what the crawl would meet, in its order."""

from collections.abc import Callable

from crawlers.page import Ask
from crawlers.paged import Paged
from domain.mention import Mention


def walk(spider: Paged, serve: Callable[[Ask], bytes | tuple[bytes, dict[str, str]]], most: int = 200) -> list[Mention]:
    """Every mention from `asks()` on, following `next` and the listings that pages lead to."""
    found, waiting, asked = [], list(spider.asks()), 0
    while waiting:
        ask, asked = waiting.pop(0), asked + 1
        assert asked <= most, "the paging does not end"
        answer = serve(ask)
        body, headers = answer if isinstance(answer, tuple) else (answer, {})
        page = spider.page(body, ask.url, headers)
        found += page.mentions
        waiting += [*page.asks.values(), *([page.next] if page.next else [])]
    return found
