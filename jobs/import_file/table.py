"""A file of rows, whatever its format: a header, and lines that are whole or broken."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Line:
    """One row. `number` counts as a spreadsheet does: the header is row 1."""

    number: int
    #: As many as the header has; of a broken line whatever there is.
    cells: Sequence[str]
    #: Why it cannot be read; empty if it can.
    broken: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """An open file. `about` says how it was read: format, encoding, delimiter, sheet."""

    about: dict[str, str]
    header: list[str]
    lines: Iterator[Line]


def fitted(number: int, cells: Sequence[str], width: int, *, pad: bool = True) -> Line:
    """A line of exactly `width` cells; broken if words stand outside the columns.

    Excel leaves out empty cells at the end of a row, so these may be missing (`pad`).
    """
    if any(cell.strip() for cell in cells[width:]) or (len(cells) < width and not pad):
        return Line(number, cells, f"{len(cells)} cells under {width} titles")
    return Line(number, [*cells[:width], *[""] * (width - len(cells))])


def cell_text(value: Any) -> str:
    """A typed value as a person would have typed it: nothing is empty, 4.0 is 4."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return json.dumps(value) if isinstance(value, bool) else str(value)
