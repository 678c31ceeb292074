"""Demo: crawl the site that ships with the project, with the spider that crawls real ones."""

from sqlalchemy import Engine

from domain.settings import Settings
from jobs.collect import Collected, collect
from jobs.demo.site import demo_sites, serving
from jobs.lock import alone
from store import queries
from store.writes import add_brand, add_target, forget_brand, rest_target


def crawl_demo(engine: Engine, settings: Settings, *, progress: bool = True) -> list[Collected]:
    """Crawl the demo sites into the store; a second time finds nothing new."""
    with serving(settings.demo_port) as base:
        targets = []
        for site in demo_sites():
            url = f"{base}/{site.key}/"
            _forget_elsewhere(engine, site.key, url)
            add_brand(engine, site.key, site.name)
            targets.append(add_target(engine, "wordpress", url, site.key).id)
        # Our own server on loopback needs no pause between two requests.
        quick = settings.model_copy(update={"delay": 0.0, "allow_hosts": "127.0.0.1"})
        try:
            return collect(engine, quick, [number for number in targets if number], progress=progress)
        finally:
            # Outside this command nothing answers there: `shenava crawl` leaves it alone.
            for number in targets:
                rest_target(engine, number or 0)


def _forget_elsewhere(engine: Engine, key: str, url: str) -> None:
    """On another port the same comments would have other identities, and be counted twice."""
    if any(one.brand.key == key and one.target.url != url for one in queries.watched(engine)):
        forget_brand(engine, key)


def forget_demo(engine: Engine, settings: Settings) -> int:
    """Take the demo's brands out of the store again. Returns how many mentions went.

    Raises:
        Busy: something is being crawled or read.
    """
    with alone(settings, "collect"), alone(settings, "classify"):
        return sum(forget_brand(engine, site.key) for site in demo_sites())


def is_demo(one: queries.Watched) -> bool:
    """Whether a target is one of the demo's: a killed demo leaves them active."""
    return one.brand.key in {site.key for site in demo_sites()} and one.target.url.startswith("http://127.0.0.1:")
