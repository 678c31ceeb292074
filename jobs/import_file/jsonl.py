"""JSON Lines: one object a line."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from domain.errors import BadInput
from jobs.import_file.table import Line, Table, cell_text
from jobs.import_file.text import bounded_lines, open_text, undecoded

#: Objects whose keys make the header.
_SAMPLE = 50
_LINE = 4_000_000


@contextmanager
def open_jsonl(path: Path) -> Iterator[Table]:
    """A JSON Lines file as a table; its header is every key with a plain value in the first fifty objects.

    Raises:
        BadInput: none of its first lines is an object.
    """
    with open_text(path, newline="\n") as file:
        sample = [_object(line) for _, line in islice(_numbered(file), _SAMPLE)]
        header = list(
            dict.fromkeys(
                key for found in sample if isinstance(found, dict) for key in found if not _nested(found[key])
            )
        )
        if not header:
            raise BadInput(f'{path.name!r} holds no JSON objects; every line must be one, such as {{"text": "…"}}')
        file.seek(0)
        yield Table({"format": "jsonl", "encoding": file.encoding}, header, _lines(file, header))


def _numbered(file: TextIO) -> Iterator[tuple[int, str]]:
    return ((number, line) for number, line in enumerate(bounded_lines(file, _LINE), 1) if line.strip())


def _object(line: str) -> dict[str, Any] | str:
    """The object of a line, or why there is none."""
    if undecoded(line):
        return "bytes that are not of the file's encoding"
    try:
        found = json.loads(line)
    except (ValueError, RecursionError) as error:
        return f"not JSON ({type(error).__name__})"
    return found if isinstance(found, dict) else "not a JSON object"


def _lines(file: TextIO, header: list[str]) -> Iterator[Line]:
    for number, line in _numbered(file):
        found = _object(line)
        if isinstance(found, str):
            yield Line(number, [line], found)
            continue
        nested = [key for key in header if _nested(found.get(key))]
        yield Line(number, [cell_text(found.get(key)) for key in header], f"nested: {nested[0]}" if nested else "")


def _nested(value: Any) -> bool:
    """Lists and objects are no cells."""
    return isinstance(value, dict | list)
