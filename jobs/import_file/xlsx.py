"""Excel: values as they were last computed; no macro is run, no link followed."""

import re
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, time
from itertools import islice
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from openpyxl import load_workbook
from openpyxl.cell.cell import ERROR_CODES
from openpyxl.utils.exceptions import InvalidFileException

from domain.errors import BadInput
from jobs.import_file.table import Line, Table, cell_text, fitted

#: A workbook that unpacks to more than this, or to so many times its size, is a trap or a mistake.
MOST_BYTES = 512 * 1024 * 1024
MOST_TIMES = 200
#: Rows and columns that are looked at; a cell that says it lies beyond is no reason to walk there.
_LONGEST, _WIDEST = 1_048_576, 512
_TITLES_WITHIN = 100
# What zip, XML and openpyxl raise over parts that are not what they should be; SyntaxError is the XML parsers'.
_DAMAGED = (
    BadZipFile, InvalidFileException, zlib.error, SyntaxError, EOFError, OSError,
    LookupError, ValueError, TypeError, AttributeError, ArithmeticError, RuntimeError,
)  # fmt: skip
_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")


@contextmanager
def open_xlsx(path: Path) -> Iterator[Table]:
    """The first visible sheet of a workbook as a table; its first row with words is the header.

    Raises:
        BadInput: it is no workbook, is locked or damaged, unpacks to too much, or has no titles.
    """
    try:
        _weigh(path)
        book = load_workbook(path, read_only=True, data_only=True, keep_links=False)
    except _DAMAGED as error:
        raise BadInput(
            f"{path.name!r} is not a readable .xlsx (damaged, locked by a password, or an old .xls); save it as .xlsx"
        ) from error
    with closing(book):
        sheet = next((sheet for sheet in book.worksheets if sheet.sheet_state == "visible"), None)
        if sheet is None:
            raise BadInput(f"{path.name!r} has no visible sheet")
        # Some programs write a wrong size into the sheet; the rows themselves do not lie.
        sheet.reset_dimensions()
        top = enumerate(_values(path, sheet.iter_rows(max_col=_WIDEST, max_row=_TITLES_WITHIN, values_only=True)), 1)
        start, header = next(((number, cells) for number, cells in top if any(cells)), (0, []))
        while header and not header[-1].strip():
            header.pop()
        if not header:
            raise BadInput(f"the sheet {sheet.title!r} of {path.name!r} has no row of titles")
        rows = sheet.iter_rows(max_row=_LONGEST, max_col=len(header), values_only=True)
        about = {"format": "xlsx", "sheet": sheet.title}
        yield Table(about, [title.strip() for title in header], _lines(_values(path, rows), start, len(header)))


def _weigh(path: Path) -> None:
    with ZipFile(path) as archive:
        parts = archive.infolist()
    unpacked, packed = sum(part.file_size for part in parts), sum(part.compress_size for part in parts)
    if unpacked > MOST_BYTES or unpacked > MOST_TIMES * max(packed, 1):
        raise BadInput(
            f"{path.name!r} unpacks to {unpacked / 2**20:.0f} MiB, {unpacked / max(packed, 1):.0f} times its size "
            f"(at most {MOST_BYTES >> 20} MiB and {MOST_TIMES} times); save it as .csv"
        )


def _values(path: Path, rows: Iterator[tuple[Any, ...]]) -> Iterator[list[str]]:
    try:
        for row in rows:
            yield [_text(value) for value in row]
    except _DAMAGED as error:
        raise BadInput(
            f"{path.name!r} is damaged inside; rows before the damage may be imported already, "
            "and importing a repaired file doubles nothing"
        ) from error


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        # Excel's dates without a time are at midnight.
        return value.strftime("%Y-%m-%d" if value.time() == time() else "%Y-%m-%d %H:%M:%S")
    if isinstance(value, str):
        return "" if value in ERROR_CODES else _ESCAPE.sub(lambda match: chr(int(match[1], 16)), value)
    return cell_text(value)


def _lines(rows: Iterator[list[str]], start: int, width: int) -> Iterator[Line]:
    for number, cells in enumerate(islice(rows, start, None), start + 1):
        if any(map(str.strip, cells)):
            yield fitted(number, cells, width)
