"""Scrapy's settings: the constants of a polite crawler here, what an operator may choose in for_crawl()."""

from typing import Any

from domain.settings import Settings

BOT_NAME = "shenava"
SPIDER_MODULES = ["crawlers.spiders"]
USER_AGENT = "Shenava/0.1 (Persian customer-experience listening, open source)"
DEFAULT_REQUEST_HEADERS = {"Accept": "*/*", "Accept-Language": "fa,en;q=0.5"}

# Politeness: obey robots.txt, one request at a time, never faster than the delay (so no jitter below it).
ROBOTSTXT_OBEY = True
ROBOTSTXT_USER_AGENT = "Shenava"
CONCURRENT_REQUESTS = 1
CONCURRENT_REQUESTS_PER_DOMAIN = 1
CONCURRENT_ITEMS = 4  # Scrapy starts so many tasks for every response; a page of ours is one item
DOWNLOAD_DELAY = 1.0
DOWNLOAD_DELAY_JITTER = 0
AUTOTHROTTLE_ENABLED = True
AUTOTHROTTLE_START_DELAY = 0.0  # DOWNLOAD_DELAY is the floor
AUTOTHROTTLE_MAX_DELAY = 60.0
COOKIES_ENABLED = False  # crawlers.cookies keeps the one kind that is needed
HTTPPROXY_ENABLED = False  # a proxy would look names up for us, past the guard
DNS_RESOLVER = "crawlers.guard.PublicResolver"

# Limits: a source is a stranger. No link of its may open a local file.
DOWNLOAD_HANDLERS = {"file": None, "data": None, "ftp": None, "s3": None}
DOWNLOAD_TIMEOUT = 30
DOWNLOAD_MAXSIZE = 10 * 2**20
DOWNLOAD_WARNSIZE = 0
URLLENGTH_LIMIT = 0  # Persian addresses are long when encoded; crawlers.paged counts those it refuses
DEPTH_LIMIT = 0  # paging is deep by nature; every spider bounds its own paging
REDIRECT_MAX_TIMES = 5
RETRY_TIMES = 2
CLOSESPIDER_TIMEOUT = 2 * 60 * 60

DOWNLOADER_MIDDLEWARES = {
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "crawlers.guard.PublicOnly": 50,
    "crawlers.middlewares.StrictRobots": 100,
    "crawlers.middlewares.StopWhenUnwanted": 540,  # sees what Retry (550) gave up on
    "crawlers.middlewares.WaitBeforeRetry": 560,  # sees what Retry will repeat
    "crawlers.cookies.SameAddressCookies": 650,  # before Redirect (600) sees the answer
    "crawlers.slots.SharedSlots": 900,  # next to the network
}
ITEM_PIPELINES = {"crawlers.pipelines.StoreMentions": 300}
LOG_FORMATTER = "crawlers.pipelines.TextlessLog"

# Both let a local user run code in the crawl.
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False
FEED_EXPORT_ENCODING = "utf-8"
LOG_LEVEL = "INFO"


def for_crawl(settings: Settings) -> dict[str, Any]:
    """The settings of one crawl: the constants above, with the operator's choices."""
    constants = {name: value for name, value in globals().items() if name.isupper()}
    return constants | {
        "USER_AGENT": settings.user_agent,
        "DOWNLOAD_DELAY": settings.delay,
        "AUTOTHROTTLE_ENABLED": settings.delay > 0,  # no pause is for a server of one's own
        "DOWNLOAD_TIMEOUT": settings.timeout,
        "DOWNLOAD_MAXSIZE": settings.page_limit_mb * 2**20,
        "REDIS_URL": settings.redis_url,
        "ALLOW_HOSTS": [host.strip().lower() for host in settings.allow_hosts.split(",") if host.strip()],
        "CLOSESPIDER_TIMEOUT": settings.crawl_hours * 60 * 60,
    }
