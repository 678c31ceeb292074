"""Exports whose cells have types: Excel and Parquet."""

import logging
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from importlib.metadata import version
from itertools import chain, islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter
from xlsxwriter.exceptions import XlsxFileError

from jobs import spreadsheet
from jobs.export.columns import COLUMNS, Row, data_dictionary
from jobs.export.text import as_json, as_text

logger = logging.getLogger(__name__)

#: Raised when a column changes its meaning or goes; a new column does not raise it.
LAYOUT_VERSION = "1"

_GROUP = 2_000
_WIDTHS = {"text": 60, "passages": 40, "title": 25, "url": 25}
_FIRST_EXCEL_YEAR = 1900
_ARROW = {
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "time": pa.timestamp("us", tz="UTC"),
    "day": pa.date32(),
}


def schema() -> pa.Schema:
    """The Parquet schema: typed columns that carry their meaning, and the versions that made them."""
    fields = [
        pa.field(column.key, _ARROW.get(column.type, pa.string()), metadata={"meaning": column.meaning_en})
        for column in COLUMNS
    ]
    dictionary = as_json([entry._asdict() for entry in data_dictionary("en")])
    return pa.schema(
        fields,
        metadata={
            "shenava.version": version("shenava"),
            "shenava.layout": LAYOUT_VERSION,
            "shenava.dictionary": dictionary,
        },
    )


def write_parquet(rows: Iterator[Row], path: Path, language: str) -> int:
    """Columns under their keys, in row groups of bounded size. Returns how many rows."""
    written = 0
    table = schema()
    with pq.ParquetWriter(path, table, compression="zstd") as file:
        while group := list(islice(rows, _GROUP)):
            arrays = [
                pa.array([_for_arrow(column.type, column.value(row)) for row in group], table.field(column.key).type)
                for column in COLUMNS
            ]
            file.write_table(pa.Table.from_arrays(arrays, schema=table))
            written += len(group)
    return written


def _for_arrow(kind: str, value: Any) -> Any:
    return as_json(value) if kind == "json" and value is not None else value


def write_xlsx(rows: Iterator[Row], path: Path, language: str) -> int:
    """Right-to-left sheets with a frozen header and filters; the second sheet is the data dictionary.

    What Excel cannot hold is changed and counted at the end of the dictionary. Returns how many rows.
    """
    # Whatever a text looks like, it is written as a string: never a formula, never a link.
    options = {"constant_memory": True, "tmpdir": str(path.parent)}
    book = xlsxwriter.Workbook(str(path), options)
    book.use_zip64()
    cells = spreadsheet.CellWriter()
    first, dictionary = (book.add_worksheet(name) for name in _SHEETS["fa" if language == "fa" else "en"])
    written = part = _fill(book, first, rows, language, cells)
    while part == spreadsheet.SHEET_ROWS and (ahead := next(rows, None)):
        sheet = book.add_worksheet(f"{first.name} {len(book.worksheets())}")
        part = _fill(book, sheet, chain([ahead], rows), language, cells)
        written += part
    _fill_dictionary(book, dictionary, language, cells)
    try:
        book.close()
    except XlsxFileError as error:
        raise OSError(f"the workbook could not be closed: {error}") from error
    if cells.removed or cells.cut:
        logger.warning("xlsx: %d characters removed, %d cells cut", cells.removed, cells.cut)
    return written


_SHEETS = {"fa": ("نظرها", "راهنمای ستون‌ها"), "en": ("Mentions", "Data dictionary")}


def _fill(book: Any, sheet: Any, rows: Iterator[Row], language: str, cells: spreadsheet.CellWriter) -> int:
    _head(book, sheet, [column.title(language) for column in COLUMNS])
    sheet.right_to_left()
    for number, column in enumerate(COLUMNS):
        sheet.set_column(number, number, _WIDTHS.get(column.key, 14))
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    count = 0
    for count, row in enumerate(islice(rows, spreadsheet.SHEET_ROWS), 1):
        for number, column in enumerate(COLUMNS):
            _put(sheet, count, number, column.value(row), day, cells)
    sheet.autofilter(0, 0, max(count, 1), len(COLUMNS) - 1)
    return count


def _put(sheet: Any, row: int, number: int, value: Any, day: Any, cells: spreadsheet.CellWriter) -> None:
    if value is None or value == "":
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, number, value)
    elif isinstance(value, int | float):
        sheet.write_number(row, number, value)
    elif isinstance(value, date) and not isinstance(value, datetime) and value.year >= _FIRST_EXCEL_YEAR:
        sheet.write_datetime(row, number, value, day)
    else:
        sheet.write_string(row, number, cells.fit(as_text(value)))


def _head(book: Any, sheet: Any, titles: Sequence[str]) -> None:
    bold = book.add_format({"bold": True})
    for number, title in enumerate(titles):
        sheet.write_string(0, number, title, bold)
    sheet.freeze_panes(1, 0)


_DICTIONARY = {
    "fa": ("ستون", "برچسب", "عنوان", "نوع", "معنا"),
    "en": ("Column", "Label", "Title", "Type", "Meaning"),
}
_LOSSES = {
    "fa": ("نویسه‌هایی که اکسل نمی‌پذیرد و برداشته شد", "خانه‌هایی که از گنجایش اکسل بلندتر بود و بریده شد"),
    "en": ("characters that Excel does not take, removed", "cells longer than Excel holds, cut"),
}


def _fill_dictionary(book: Any, sheet: Any, language: str, cells: spreadsheet.CellWriter) -> None:
    language = "fa" if language == "fa" else "en"
    _head(book, sheet, _DICTIONARY[language])
    if language == "fa":
        sheet.right_to_left()
    sheet.set_column(0, 3, 20)
    sheet.set_column(4, 4, 70)
    entries: list[Sequence[str]] = list(data_dictionary(language))
    entries += [
        ("", "", "", str(count), loss)
        for count, loss in zip((cells.removed, cells.cut), _LOSSES[language], strict=True)
    ]
    for row, entry in enumerate(entries, 1):
        for number, text in enumerate(entry):
            sheet.write_string(row, number, text)
    sheet.autofilter(0, 0, len(entries), len(_DICTIONARY[language]) - 1)
