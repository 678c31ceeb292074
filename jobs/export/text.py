"""Exports that are text: CSV for people, CSV for scripts, JSON Lines."""

import csv
import json
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

from jobs.export.columns import COLUMNS, Row
from jobs.spreadsheet import defused

# Characters that JSON leaves as they are and that some readers take for the end of a line.
_LINE_ENDS = str.maketrans({"\u0085": "\\u0085", "\u2028": "\\u2028", "\u2029": "\\u2029"})


def write_csv(rows: Iterator[Row], path: Path, language: str, *, people: bool) -> int:
    """RFC 4180. For people: a BOM (else Excel garbles Persian), titles over the columns, formulas defused.

    For scripts: no BOM, keys over the columns, every text exact. Returns how many rows.
    """
    written = 0
    with path.open("w", encoding="utf-8-sig" if people else "utf-8", newline="") as file:
        sheet = csv.writer(file, lineterminator="\r\n")
        sheet.writerow(column.title(language) if people else column.key for column in COLUMNS)
        for row in rows:
            cells = [as_text(column.value(row)) for column in COLUMNS]
            sheet.writerow(map(defused, cells) if people else cells)
            written += 1
    return written


def write_jsonl(rows: Iterator[Row], path: Path, language: str) -> int:
    """One object a line under the columns' keys; null where nothing is known. Returns how many rows."""
    written = 0
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for row in rows:
            line = as_json({column.key: _of_json(column.value(row)) for column in COLUMNS})
            file.write(line.translate(_LINE_ENDS) + "\n")
            written += 1
    return written


def as_text(value: Any) -> str:
    """A value as the text of a cell: times in ISO 8601, UTC; nothing known is empty."""
    if isinstance(value, str):
        return str(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | dict):
        return as_json(value)
    return str(_of_json(value))


def as_json(value: Any) -> str:
    """Persian stays readable."""
    return json.dumps(value, ensure_ascii=False)


def _of_json(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else value
