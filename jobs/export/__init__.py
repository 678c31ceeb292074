"""Export: every text of a filter with its labels, as a file for people or for programs."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

from sqlalchemy import Engine

from domain.errors import BadInput
from jobs.atomic import replacing
from jobs.export.columns import Row, data_dictionary
from jobs.export.text import write_csv, write_jsonl
from jobs.export.typed import write_parquet, write_xlsx
from store import queries
from store.filter import Filter

__all__ = ["FORMATS", "Format", "data_dictionary", "export"]

logger = logging.getLogger(__name__)

#: Texts that are held in memory at once.
_BATCH = 2_000

#: Writes all rows at a path, with titles in a language: how many rows.
Writer = Callable[[Iterator[Row], Path, str], int]


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file that an export may be."""

    fa: str
    en: str
    suffix: str
    mime: str
    write: Writer

    def title(self, language: str = "fa") -> str:
        """What the menu shows."""
        return self.fa if language == "fa" else self.en


FORMATS: dict[str, Format] = {
    "xlsx": Format(
        "اکسل (راست‌به‌چپ، با راهنمای ستون‌ها)",
        "Excel (right to left, with a data dictionary)",
        ".xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        write_xlsx,
    ),
    "csv": Format("CSV برای اکسل", "CSV for spreadsheets", ".csv", "text/csv", partial(write_csv, people=True)),
    "csv-plain": Format("CSV برای برنامه‌ها", "CSV for scripts", ".csv", "text/csv", partial(write_csv, people=False)),
    "jsonl": Format("JSON Lines", "JSON Lines", ".jsonl", "application/jsonl", write_jsonl),
    "parquet": Format("Parquet", "Parquet", ".parquet", "application/vnd.apache.parquet", write_parquet),
}


def export(
    engine: Engine,
    chosen: Filter,
    path: Path,
    format: str,
    language: str = "fa",
    progress: Callable[[int], None] | None = None,
) -> int:
    """Write the texts of a filter to `path`, by id, and return how many.

    The file appears whole, or the old one stays. `progress` hears how many rows are read so far.

    Labels are keys in every format; titles follow the language in csv and xlsx only. Cells that a
    spreadsheet would run as formulas are defused in csv and xlsx; csv-plain, jsonl and parquet are exact,
    so do not open csv-plain in a spreadsheet program.

    Raises:
        BadInput: there is no such format, or nothing can be written at `path`.
    """
    if format not in FORMATS:
        raise BadInput(f"no format {format!r}; choose one of {', '.join(FORMATS)}")
    with replacing(path) as draft:
        rows = FORMATS[format].write(_rows(engine, chosen, progress), draft, language)
    logger.info("exported %d rows as %s", rows, format)
    return rows


def _rows(engine: Engine, chosen: Filter, progress: Callable[[int], None] | None) -> Iterator[Row]:
    texts = queries.stream(engine, chosen, _BATCH)
    done = 0
    while batch := list(islice(texts, _BATCH)):
        passages = queries.experiences_of(engine, [text.mention.id for text in batch if text.mention.id])
        told = {one.theme_id for some in passages.values() for one in some if one.theme_id}
        names = {number: theme.name for number, theme in queries.themes_by_id(engine, sorted(told)).items()}
        for text in batch:
            yield Row(text, passages.get(text.mention.id or 0, ()), names)
        done += len(batch)
        if progress:
            progress(done)
