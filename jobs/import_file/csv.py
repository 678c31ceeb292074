"""CSV as it is found: any delimiter, any encoding of the Persian web, stray quotes."""

import csv
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from domain.errors import BadInput
from jobs.import_file.table import Line, Table, fitted
from jobs.import_file.text import bounded_lines, open_text, undecoded

#: Lines that show the delimiter.
_SAMPLE = 50
#: Characters of one record; more is a quote that was never closed.
_RECORD = 1_000_000
_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab"}
#: A file of one column has no delimiter; its commas belong to the text.
_NO_DELIMITER = "\x1f"


@contextmanager
def open_csv(path: Path) -> Iterator[Table]:
    """A CSV file as a table; bytes that are not of its encoding break their line, not the file.

    Raises:
        BadInput: no title can be read, or the encoding cannot be told.
    """
    csv.field_size_limit(_RECORD)
    with open_text(path, newline="") as file:
        delimiter = _delimiter(list(islice(bounded_lines(file, _RECORD), _SAMPLE)))
        file.seek(0)
        records = _records(bounded_lines(file, _RECORD), delimiter)
        first = next((line for line in records if line.broken or any(map(str.strip, line.cells))), None)
        if first is None or first.broken:
            raise BadInput(f"{path.name!r} has no row of titles ({first.broken if first else 'it is empty'})")
        header = [title.strip() for title in first.cells]
        about = {"format": "csv", "encoding": file.encoding, "delimiter": _DELIMITERS.get(delimiter, "none")}
        yield Table(about, header, _fitted(records, len(header), file.encoding))


def _delimiter(lines: list[str]) -> str:
    best = (0.0, 0, _NO_DELIMITER)
    for delimiter in _DELIMITERS:
        try:
            widths = [len(cells) for cells in csv.reader(lines, delimiter=delimiter) if cells]
        except csv.Error:
            continue
        if widths and widths[0] > 1:
            best = max(best, (widths.count(widths[0]) / len(widths), widths[0], delimiter))
    return best[2]


def _records(lines: Iterator[str], delimiter: str) -> Iterator[Line]:
    """Records one by one. A stray quote breaks only the line it stands in: what it swallowed is read again."""
    again: deque[str] = deque()
    number = 0
    while True:
        number += 1
        taken: list[str] = []
        recovering = bool(again)
        try:
            cells = next(csv.reader(_feed(lines, again, taken), delimiter=delimiter, strict=True))
        except StopIteration:
            return
        except csv.Error as error:
            again.extendleft(reversed(taken[1:]))
            yield Line(number, taken[:1], f"quotes do not close ({error})")
        else:
            # Half of a cell that a stray quote tore apart must not pass for a row.
            yield Line(number, cells, "recovering" if recovering else "")


def _feed(lines: Iterator[str], again: deque[str], taken: list[str]) -> Iterator[str]:
    size = 0
    while line := again.popleft() if again else next(lines, ""):
        taken.append(line)
        size += len(line)
        if size > _RECORD:
            raise csv.Error(f"more than {_RECORD} characters")
        yield line


def _fitted(records: Iterator[Line], width: int, encoding: str) -> Iterator[Line]:
    for line in records:
        if any(map(undecoded, line.cells)):
            yield Line(line.number, line.cells, f"bytes that are not {encoding}")
        elif line.broken and line.broken != "recovering":
            yield line
        elif any(map(str.strip, line.cells)):
            yield fitted(line.number, line.cells, width, pad=not line.broken)
