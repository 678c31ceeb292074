"""The sources that there are."""

from scrapy.settings import Settings
from scrapy.spiderloader import SpiderLoader

from crawlers.settings import SPIDER_MODULES
from crawlers.source import Source
from domain.errors import BadInput, SourceOff, UnknownSource
from domain.settings import Settings as Operator

#: The settings that hold the operator's own keys.
CREDENTIALS = ("youtube_key", "bluesky_handle", "bluesky_password")


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


def enabled(spider: type[Source], operator: Operator) -> type[Source]:
    """The source, if the operator may crawl it as things stand.

    Raises:
        SourceOff, BadInput: it is off until the operator names it, or needs a key of theirs.
    """
    wanted = {name.strip() for name in operator.enabled.split(",")}
    if spider.off and spider.name not in wanted:
        raise SourceOff(f"{spider.name} is off: {spider.off}. To turn it on: SHENAVA_ENABLED={spider.name}")
    if spider.needs and not getattr(operator, spider.needs):
        raise BadInput(f"{spider.name} needs a key of yours: set SHENAVA_{spider.needs.upper()}")
    return spider
