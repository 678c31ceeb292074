"""The sources that there are."""

from scrapy.settings import Settings
from scrapy.spiderloader import SpiderLoader

from crawlers.settings import SPIDER_MODULES
from crawlers.source import Source
from domain.errors import UnknownSource


def sources() -> dict[str, type[Source]]:
    """Every source by its name: one file each in crawlers/spiders."""
    loader = SpiderLoader(Settings({"SPIDER_MODULES": SPIDER_MODULES}))
    spiders = {name: loader.load(name) for name in sorted(loader.list())}
    return {name: spider for name, spider in spiders.items() if issubclass(spider, Source)}


def source(name: str) -> type[Source]:
    """The source of a name.

    Raises:
        UnknownSource: there is none.
    """
    known = sources()
    if name not in known:
        raise UnknownSource(f"no source {name[:40]!r}; choose one of {', '.join(known)}")
    return known[name]
