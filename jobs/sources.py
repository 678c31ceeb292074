"""Sources: what can be crawled, what is kept of it, what not and why; and what a saved page of one gives."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from crawlers.catalogue import source, sources
from crawlers.middlewares import challenge
from crawlers.persian import FIELDS, said
from crawlers.source import Source
from crawlers.unavailable import UNAVAILABLE
from domain.dates import show_day
from domain.errors import BadInput
from domain.identity import project_key
from domain.settings import Settings
from domain.sources import title_of_source
from domain.text import persian_digits

_LARGEST = 64 * 2**20  # bytes of a saved page


def table() -> list[dict[str, Any]]:
    """A row for each source: what it declares of itself; its sentences in Persian too, as `<field>_fa`."""
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
    } | {f"{field}_fa": said(name, field) or getattr(spider, field) for field in FIELDS}


def unavailable() -> list[dict[str, str]]:
    """What is not crawled, why, in both languages, and when that was checked."""
    return [asdict(one) for one in UNAVAILABLE]


@dataclass(frozen=True, slots=True)
class _Words:
    """What stands around the sentences of the tables."""

    columns: tuple[str, ...]
    off: str
    needs: str
    shape_only: str
    joiner: str
    closed: str
    closed_columns: tuple[str, ...]


_WORDS = {
    "en": _Words(
        columns=("source", "target", "what is kept", "dropped", "stars", "policy"),
        off="**off by default**: {}",
        needs="needs `{}`",
        shape_only="**shape only**: no real answer was at hand when its parser was written",
        joiner="; ",
        closed="Not crawled, and why:",
        closed_columns=("place", "why not", "checked"),
    ),
    "fa": _Words(
        columns=("منبع", "هدف", "نگه داشته می‌شود", "دور ریخته می‌شود", "ستاره", "قاعدهٔ منبع"),
        off="**خاموش در آغاز**: {}",
        needs="نیاز دارد به `{}`",
        shape_only="**تنها شکل پاسخ‌هایش دانسته است**: هنگام نوشتن تجزیه‌گر آن پاسخی واقعی در دست نبود",
        joiner="؛ ",
        closed="آنچه خزیده نمی‌شود و چرا:",
        closed_columns=("جا", "چرا نه", "بررسی‌شده در"),
    ),
}


def markdown(language: str = "en") -> str:
    """Both tables for the READMEs, in Markdown."""
    words, own = _WORDS[language], "_fa" if language == "fa" else ""
    lines = _head(words.columns)
    for row in table():
        notes = [row[f"policy{own}"], *([words.off.format(row[f"off{own}"])] if row["off"] else [])]
        notes += [words.needs.format(row["needs"])] if row["needs"] else []
        notes += [words.shape_only] if row["shape_only"] else []
        facts = [row[f"{field}{own}"] for field in ("title", "targets", "collected", "dropped")]
        cells = [f"`{row['source']}` {facts[0]}", *facts[1:], _scale(row["rating_scale"], language)]
        cells += [f"{words.joiner.join(notes)} ({_checked(row['checked'], language)})"]
        lines.append(_line(cells, language))
    lines += ["", words.closed, "", *_head(words.closed_columns)]
    for one in unavailable():
        cells = [one[f"title{own}"], one[f"why{own}"], _checked(one["checked"], language)]
        lines.append(_line(cells, language))
    return "\n".join(lines)


def _head(columns: Sequence[str]) -> list[str]:
    return [f"| {' | '.join(columns)} |", f"|{'---|' * len(columns)}"]


def _line(cells: Sequence[str], language: str) -> str:
    line = f"| {' | '.join(map(_cell, cells))} |"
    # In a right-to-left line the last slash of an address would jump to its other end.
    return re.sub(r"https?://[^\s؛،]+", r'<span dir="ltr">\g<0></span>', line) if language == "fa" else line


def _scale(scale: str, language: str) -> str:
    shown = persian_digits(scale.replace("..", " تا ")) if language == "fa" else scale
    return shown or "–"


def _checked(day: str, language: str) -> str:
    return show_day(date.fromisoformat(day), "fa") if language == "fa" else day


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
