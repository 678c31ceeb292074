"""Brands beside each other as HTML: it follows the direction of the page, and every number leads to its texts."""

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dashboard import theme
from dashboard.numerals import number, percent, signed
from dashboard.texts import safe
from dashboard.words import say
from domain.indices import Index

#: How an index is written: with its sign, as a share of 100, or as so many of 1,000.
SIGNED, SHARE, RATE = "signed", "share", "rate"


@dataclass(frozen=True, slots=True)
class Look:
    """A brand and its place among those compared, from which its colour and its shape follow."""

    key: str
    name: str
    place: int

    @property
    def html(self) -> str:
        """Its shape, in its colour, and its name."""
        return f'{self.shape()}<bdi class="sh-cmp-name">{safe(self.name)}</bdi>'

    def shape(self, style: str = "") -> str:
        """Told apart without colour too: circle, square, diamond, triangle, drop, cross."""
        paint = theme.brand_colour(self.place)
        return f'<i class="sh-mark m{self.place % 6}" style="--paint:{paint};{style}"></i>'


@dataclass(frozen=True, slots=True)
class Cell:
    """An index of a brand: what stands behind it, in words, where that leads, and how far ours is ahead of it."""

    index: Index
    kind: str
    base: str
    href: str = ""
    ahead: str = ""
    #: positive where ours is better off, negative where worse, neutral where more is neither.
    way: str = "neutral"


def written(value: float, kind: str, language: str) -> str:
    """A value of an index as its kind is written."""
    if kind == RATE:
        return number(round(10 * value), language)
    return percent(value, language) if kind == SHARE else signed(value, language)


def reach(index: Index, kind: str, language: str) -> str:
    """Both ends of its interval."""
    low, high = (written(end, kind, language) for end in (index.low, index.high))
    return say(language, "span", low=low, high=high)


def shares(rows: Sequence[tuple[Look, Cell]], language: str) -> str:
    """Shares of one whole as bars on 0..100, each with its interval as a line."""
    lines = []
    for look, cell in rows:
        index, said, bar, base = cell.index, "", "", _few(cell, language)
        if not index.too_few:
            paint = theme.brand_colour(look.place)
            bar = (
                f'<i class="sh-share-bar" style="inline-size:{index.value:.1f}%;background:{paint}"></i>'
                f'<i class="sh-share-reach" style="inset-inline-start:{index.low:.1f}%;'
                f'inline-size:{index.high - index.low:.1f}%"></i>'
            )
            said = f"<b>{written(index.value, SHARE, language)}</b> <small>{reach(index, SHARE, language)}</small>"
            base = html.escape(cell.base)
        lines.append(
            _anchor(
                cell.href,
                "sh-share",
                f'<span class="sh-cmp-brand">{look.html}</span><span class="sh-share-track">{bar}</span>'
                f'<span class="sh-share-said">{said}</span>'
                f'<small class="sh-share-base">{base}</small>',
            )
        )
    return f'<div class="sh-shares">{"".join(lines)}</div>'


def dots(groups: Mapping[str, Sequence[tuple[Look, Cell]]], language: str) -> str:
    """Indices on -100..100 as dots with their intervals, one group of brands below another; -100 is at the left."""
    ends = "".join(f"<span>{signed(tick, language)}</span>" for tick in (-100, -50, 0, 50, 100))
    made = [f'<div class="sh-dots-axis" aria-hidden="true"><span dir="ltr">{ends}</span></div>']
    for title, rows in groups.items():
        lines = "".join(_dot(look, cell, language) for look, cell in rows)
        made.append(f'<h3 class="sh-dots-title">{html.escape(title)}</h3>{lines}')
    return f'<div class="sh-dots">{"".join(made)}</div>'


def _dot(look: Look, cell: Cell, language: str) -> str:
    index, drawn, said = cell.index, "", _few(cell, language)
    if not index.too_few:
        low, at, high = ((end + 100) / 2 for end in (index.low, index.value, index.high))
        paint = theme.brand_colour(look.place)
        drawn = (
            f'<i class="sh-dots-reach" style="left:{low:.1f}%;width:{high - low:.1f}%;background:{paint}"></i>'
            + look.shape(f"left:{at:.1f}%")
        )
        said = (
            f"<b>{signed(index.value, language)}</b> <small>{reach(index, SIGNED, language)}</small> "
            f"<small>{html.escape(cell.base)}</small>"
        )
    return _anchor(
        cell.href,
        "sh-dots-row",
        f'<span class="sh-cmp-brand">{look.html}</span><span class="sh-dots-track" dir="ltr">{drawn}</span>'
        f'<span class="sh-dots-said">{said}</span>',
    )


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a table: its title, what explains it, a cell a brand; without cells it heads those below it."""

    title: str
    help: str = ""
    cells: Sequence[Cell] = ()
    #: HTML after the title.
    after: str = ""


def table(looks: Sequence[Look], heads: Sequence[str], lines: Sequence[Line], language: str) -> str:
    """Lines by brands; on a narrow screen each line becomes a list of brands. `heads` are HTML below the names."""
    names = "".join(
        f'<th scope="col"><span class="sh-cmp-brand">{look.html}</span>{head}</th>'
        for look, head in zip(looks, heads, strict=True)
    )
    body = []
    for line in lines:
        title = f'<span dir="auto">{safe(line.title)}</span>{line.after}'
        if not line.cells:
            body.append(f'<tr class="sh-cmp-head"><th colspan="{1 + len(looks)}" scope="rowgroup">{title}</th></tr>')
            continue
        cells = "".join(
            f'<td><span class="sh-cmp-brand">{look.html}</span>{_cell(cell, language)}</td>'
            for look, cell in zip(looks, line.cells, strict=True)
        )
        body.append(f'<tr><th scope="row" title="{html.escape(line.help)}">{title}</th>{cells}</tr>')
    return (
        f'<table class="sh-cmp"><thead><tr><td></td>{names}</tr></thead><tbody>{"".join(body)}</tbody></table>'
    )  # fmt: skip


def _cell(cell: Cell, language: str) -> str:
    if cell.index.too_few:
        return _anchor(cell.href, "sh-cmp-cell", _few(cell, language))
    value = written(cell.index.value, cell.kind, language)
    said = (
        f"<b>{value}</b><small>{reach(cell.index, cell.kind, language)}</small><small>{html.escape(cell.base)}</small>"
    )
    ahead = f'<em class="sh-cmp-ahead {cell.way}">{html.escape(cell.ahead)}</em>' if cell.ahead else ""
    return _anchor(cell.href, "sh-cmp-cell", said) + ahead


def _few(cell: Cell, language: str) -> str:
    few = say(language, "few", base=cell.base)
    if cell.kind == SIGNED:
        few = say(language, "too few", n=number(cell.index.n, language))
    return f'<small class="sh-cmp-few">{html.escape(few)}</small>'


def _anchor(href: str, kind: str, inside: str) -> str:
    if not href:
        return f'<span class="{kind}">{inside}</span>'
    return f'<a class="{kind}" href="{html.escape(href)}">{inside}</a>'
