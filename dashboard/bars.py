"""Rows of bars and count cards as HTML: they follow the direction of the page, and each leads to its texts."""

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dashboard.numerals import number, percent
from dashboard.words import say
from domain.vocabulary import Sentiment

#: From good to bad; the eye compares the two ends.
ORDER = (Sentiment.POSITIVE, Sentiment.NEUTRAL, Sentiment.MIXED, Sentiment.NEGATIVE)


@dataclass(frozen=True, slots=True)
class Row:
    """A label with its texts by sentiment, and the address of those texts."""

    title: str
    parts: Mapping[str, int]
    href: str

    @property
    def n(self) -> int:
        """All texts of the row."""
        return sum(self.parts.values())


def stacked(rows: Sequence[Row], language: str) -> str:
    """Rows as bars, as long as their share of the longest, split by sentiment."""
    most = max((row.n for row in rows), default=0) or 1
    lines = []
    for row in rows:
        said = say(language, "joiner").join(
            f"{_title(s, language)} {number(row.parts[s], language)}" for s in ORDER if row.parts.get(s)
        )
        lines.append(
            f'<a class="sh-row" href="{html.escape(row.href)}" title="{html.escape(said)}">'
            f'<span class="sh-row-title">{html.escape(row.title)}</span>'
            f'<span class="sh-track"><span class="sh-fill" style="width:{100 * row.n / most:.1f}%">'
            f"{_segments(row.parts)}</span></span>"
            f'<span class="sh-row-n">{number(row.n, language)}</span></a>'
        )
    return f'<div class="sh-rows">{"".join(lines)}</div>'


def _segments(parts: Mapping[str, int]) -> str:
    n = sum(parts.values()) or 1
    return "".join(f'<i class="{s}" style="width:{100 * parts[s] / n:.2f}%"></i>' for s in ORDER if parts.get(s))


def split(parts: Mapping[str, int], language: str) -> str:
    """One whole bar by sentiment, with a legend that names each share."""
    n = sum(parts.values()) or 1
    keys = "".join(
        f'<span class="sh-key {s}">{_title(s, language)} <b>{percent(100 * parts.get(s, 0) / n, language)}</b></span>'
        for s in ORDER
    )
    return (
        f'<div class="sh-split"><span class="sh-fill">{_segments(parts)}</span></div><div class="sh-keys">{keys}</div>'
    )


def legend(language: str) -> str:
    """The colours of the sentiments, once above several charts."""
    return '<div class="sh-keys">' + "".join(
        f'<span class="sh-key {s}">{_title(s, language)}</span>' for s in ORDER
    ) + "</div>"  # fmt: skip


def _title(sentiment: Sentiment, language: str) -> str:
    return sentiment.title(language)


@dataclass(frozen=True, slots=True)
class Card:
    """A count with its name, what it means, and where it leads ("" for nowhere)."""

    title: str
    value: str
    help: str = ""
    href: str = ""
    strong: bool = False


def cards(counts: Sequence[Card]) -> str:
    """Counts beside each other; they wrap on a narrow screen."""
    made = []
    for card in counts:
        tag, link = ("a", f' href="{html.escape(card.href)}"') if card.href else ("div", "")
        made.append(
            f'<{tag} class="sh-count{" strong" if card.strong else ""}"{link} title="{html.escape(card.help)}">'
            f"<b>{html.escape(card.value)}</b><span>{html.escape(card.title)}</span></{tag}>"
        )
    return f'<div class="sh-counts">{"".join(made)}</div>'


def sparkline(counts: Sequence[int], polarity: str, title: str) -> str:
    """A small run of bars, oldest at the left as in every other chart of time."""
    most = max(counts, default=0) or 1
    bars = "".join(f'<i class="{polarity}" style="height:{max(4, 100 * n / most):.0f}%"></i>' for n in counts)
    return f'<span class="sh-spark" dir="ltr" title="{html.escape(title)}">{bars}</span>'


@dataclass(frozen=True, slots=True)
class Link:
    """A chip that leads somewhere."""

    title: str
    href: str
    n: str = ""
    kind: str = ""


def links(title: str, chips: Sequence[Link]) -> str:
    """A titled line of chips; on a narrow screen it scrolls sideways."""
    made = "".join(
        f'<a class="sh-chip {chip.kind}" href="{html.escape(chip.href)}"><bdi>{html.escape(chip.title)}</bdi>'
        + (f" <b>{chip.n}</b>" if chip.n else "")
        + "</a>"
        for chip in chips
    )
    name = f'<span class="sh-line-title">{html.escape(title)}</span>' if title else ""
    return f'<div class="sh-line">{name}<span class="sh-chips">{made}</span></div>'
