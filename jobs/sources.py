"""Sources: what can be crawled, what is kept of it, what not and why; and what a saved page of one gives."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from crawlers.catalogue import source, sources
from crawlers.middlewares import challenge
from crawlers.source import Source
from crawlers.unavailable import UNAVAILABLE
from domain.errors import BadInput
from domain.identity import project_key
from domain.settings import Settings
from domain.sources import title_of_source

_LARGEST = 64 * 2**20  # bytes of a saved page


def table() -> list[dict[str, Any]]:
    """A row for each source: what it declares of itself."""
    return [_row(name, spider) for name, spider in sources().items()]


def _row(name: str, spider: type[Source]) -> dict[str, Any]:
    return {
        "source": name,
        "title": title_of_source(name, "en"),
        "title_fa": title_of_source(name, "fa"),
        "targets": spider.targets,
        "on": not spider.off,
        "off": spider.off,
        "needs": f"SHENAVA_{spider.needs.upper()}" if spider.needs else "",
        "collected": spider.collected,
        "dropped": spider.dropped,
        "sensitive": spider.sensitive,
        "rating_scale": spider.rating_scale,
        "date_form": spider.date_form,
        "policy": spider.policy,
        "shape_only": spider.shape_only,
        "checked": spider.checked,
    }


def unavailable() -> list[dict[str, str]]:
    """What is not crawled, why, and when that was checked."""
    return [asdict(one) for one in UNAVAILABLE]


def markdown(language: str = "en") -> str:
    """Both tables for the READMEs, in Markdown."""
    lines = ["| source | target | what is kept | dropped | stars | policy |", "|---|---|---|---|---|---|"]
    for row in table():
        title = row["title_fa"] if language == "fa" else row["title"]
        notes = [row["policy"], *(["**off by default**: " + row["off"]] if row["off"] else [])]
        notes += [f"needs `{row['needs']}`"] if row["needs"] else []
        notes += ["**shape only**: no real answer was at hand when its parser was written"] if row["shape_only"] else []
        cells = [f"`{row['source']}` {title}", row["targets"], row["collected"], row["dropped"]]
        cells += [row["rating_scale"] or "–", f"{'; '.join(notes)} ({row['checked']})"]
        lines.append(f"| {' | '.join(map(_cell, cells))} |")
    lines += ["", "Not crawled, and why:", "", "| place | why not | checked |", "|---|---|---|"]
    lines += [f"| {_cell(one['title'])} | {_cell(one['why'])} | {one['checked']} |" for one in unavailable()]
    return "\n".join(lines)


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").replace("<", "&lt;").split())


def parse(settings: Settings, name: str, file: Path, url: str = "") -> Iterator[dict[str, Any]]:
    """The mentions in a saved page of a source, as JSON-ready rows; then one row with the counts of what was refused.

    Raises:
        UnknownSource, BadInput: there is no such source, or the page is none of its pages.
    """
    if file.stat().st_size > _LARGEST:
        raise BadInput(f"{file.name} is larger than {_LARGEST >> 20} MiB; no source gives such a page")
    page = file.read_bytes()
    if why := challenge(page):
        raise BadInput(f"{file.name}: {why} stands in the place of the page")
    spider = source(name)(url=url, brand="parsed", key=project_key(settings.secret_path))
    try:
        mentions = spider.read(page, url)
    except ValueError as error:  # what a parser says of a body that is none
        raise BadInput(f"{file.name}: {error}") from error
    for mention in mentions:
        row = {name: value for name, value in asdict(mention).items() if name != "brand"}
        row["published_at"] = mention.published_at.isoformat() if mention.published_at else None
        yield row
    yield {"counts": {name: number for name, number in sorted(spider.counts.items()) if number}}
