"""Import: a file of texts that somebody has already, as mentions of a brand."""

import logging
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from hashlib import blake2b, sha256
from itertools import islice
from pathlib import Path

from sqlalchemy import Engine

from domain.dates import Moment, Precision, local_day, read_date
from domain.errors import BadInput
from domain.identity import author_hash
from domain.mention import Mention
from domain.text import ascii_digits, storable
from jobs.import_file.columns import choose
from jobs.import_file.csv import open_csv
from jobs.import_file.jsonl import open_jsonl
from jobs.import_file.report import ImportReport, Reason, visible
from jobs.import_file.table import Line, Table
from jobs.import_file.xlsx import open_xlsx
from store import writes

logger = logging.getLogger(__name__)

_BATCH = 500
_LONGEST_TEXT = 100_000
_LONGEST_CELL = 4_000
#: With the brand before it, an id must stay below what the store can index.
_LONGEST_ID = 400
_LONGEST = {"text": _LONGEST_TEXT, "id": _LONGEST_ID, "parent": _LONGEST_ID}
_OPEN: dict[str, Callable[[Path], AbstractContextManager[Table]]] = {
    ".csv": open_csv,
    ".tsv": open_csv,
    ".txt": open_csv,
    ".xlsx": open_xlsx,
    ".xlsm": open_xlsx,
    ".jsonl": open_jsonl,
    ".ndjson": open_jsonl,
}


def import_file(
    engine: Engine,
    path: Path,
    brand: str,
    source: str = "import",
    mapping: Mapping[str, str] | None = None,
    key: bytes = b"",
    report: Path | None = None,
    progress: Callable[[int], None] | None = None,
    *,
    rating_scale: str = "1-5",
) -> ImportReport:
    """Save the rows of a CSV, XLSX or JSON Lines file as mentions of a brand, which is made if it is new.

    `mapping` is field -> title (jobs.import_file.columns.FIELDS); without one the titles are guessed, and the
    report says how. Authors are kept as hashes under `key`, which may not be empty. Ids count within
    their source and brand; a row without one is known by its author, date and text, so the same file
    twice changes nothing. A row that cannot be taken as it is gets refused, never mended; `report`
    becomes a CSV of those rows. `progress` hears how many rows are read so far.

    Raises:
        BadInput: the file, the mapping, the scale or the brand cannot be used; or the file is damaged
            further on (what came before stays, and importing again doubles nothing).
    """
    low, high = _scale(rating_scale)
    brand = brand.strip()
    if not brand or not source or not key or visible(brand, 100) != brand or visible(source, 100) != source:
        raise BadInput("an import needs a brand of at most 100 plain characters, a source and the project's key")
    with _open(path) as table:
        columns = choose(table.header, mapping)
        titles = {name: visible(table.header[number]) for name, number in columns.items()}
        done = ImportReport(table.about, titles, guessed=not mapping)
        reader = _Reader(columns, brand, source, key, low, high, rating_scale)
        with done.written_to(report):
            while lines := list(islice(table.lines, _BATCH)):
                mentions = list(_taken(reader, lines, done))
                writes.add_brand(engine, brand)
                _count(done, writes.save_mentions(engine, mentions))
                done.rows += len(lines)
                if progress:
                    progress(done.rows)
            done.addresses_left_out = reader.addresses_left_out
    logger.info("imported %d new of %d rows, refused %d", done.new, done.rows, done.refused.total())
    return done


def _open(path: Path) -> AbstractContextManager[Table]:
    opener = _OPEN.get(path.suffix.lower())
    if opener is None:
        raise BadInput(
            f"{visible(path.name)} is no kind of file that is read here; save it as one of {', '.join(_OPEN)}"
        )
    try:
        with path.open("rb"):
            return opener(path)
    except (OSError, ValueError) as error:
        raise BadInput(f"cannot read {visible(str(path), 200)}: {getattr(error, 'strerror', None) or error}") from error


def _scale(scale: str) -> tuple[float, float]:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)", ascii_digits(scale).strip())
    if not match or float(match[1]) >= float(match[2]):
        raise BadInput(f"{visible(scale)} is not a scale of ratings; write worst-best, e.g. 1-5 or 0-100")
    return float(match[1]), float(match[2])


def _count(done: ImportReport, counts: Counter[str]) -> None:
    done.new += counts["new"]
    done.edited += counts["edited"]
    done.unchanged += counts["unchanged"]


def _taken(reader: "_Reader", lines: Sequence[Line], done: ImportReport) -> Iterator[Mention]:
    for line in lines:
        try:
            yield reader.mention(line)
        except _Refused as no:
            done.refuse(line.number, done.mapping.get(no.field, ""), no.value, no.reason, no.why)


class _Refused(Exception):
    def __init__(self, reason: Reason, field: str = "", value: str = "", why: str = "") -> None:
        self.reason, self.field, self.value, self.why = reason, field, value, why


@dataclass
class _Reader:
    """Rows to mentions. It remembers what it saw, eight bytes a row, to find what stands twice in a file."""

    columns: Mapping[str, int]
    brand: str
    source: str
    key: bytes
    low: float
    high: float
    scale: str
    addresses_left_out: int = 0
    _seen: Counter[int] = field(default_factory=Counter, repr=False)

    def mention(self, line: Line) -> Mention:
        """The mention of a row, or _Refused."""
        if line.broken:
            raise _Refused(Reason.BROKEN, "", " ".join(line.cells), line.broken)
        cells = {name: line.cells[number] for name, number in self.columns.items()}
        text = cells.pop("text")
        if _says_nothing(text):
            raise _Refused(Reason.NO_TEXT, "text", text)
        for name, value in (("text", text), *cells.items()):
            if len(value) > _LONGEST.get(name, _LONGEST_CELL):
                raise _Refused(Reason.TOO_LONG, name, value, f"{len(value)} characters")
        cells = {name: storable(value).strip() for name, value in cells.items()}
        author = author_hash(self.key, self.source, cells.get("author", ""))
        moment = _moment(cells.get("date", ""))
        rating = self._rating(cells.get("rating", ""))
        native_id = self._native_id(cells.get("id", ""), author, moment, text)
        return Mention(
            source=self.source,
            native_id=native_id,
            brand=self.brand,
            text=text,
            url=self._address(cells.get("url", "")),
            title=cells.get("title", ""),
            parent=self._scoped(cells["parent"]) if cells.get("parent") else "",
            author=author,
            published_at=moment.at if moment else None,
            date_precision=moment.precision if moment else Precision.UNKNOWN,
            date_raw=cells.get("date", ""),
            rating=rating,
            rating_raw=cells.get("rating", ""),
            rating_scale=self.scale if rating is not None else "",
        )

    def _rating(self, raw: str) -> float | None:
        if not raw:
            return None
        number = ascii_digits(raw).replace("٫", ".")
        if not re.fullmatch(r"\d{1,9}(\.\d{1,9})?", number) or not self.low <= float(number) <= self.high:
            raise _Refused(Reason.BAD_RATING, "rating", raw, f"not a number of the scale {self.scale}")
        return (float(number) - self.low) / (self.high - self.low)

    def _native_id(self, given: str, author: str, moment: Moment | None, text: str) -> str:
        if given:
            native_id = self._scoped(given)
            if self._times(native_id) > 1:
                raise _Refused(Reason.DUPLICATE, "id", given)
            return native_id
        told = "\x1f".join((author, moment.at.isoformat() if moment else "", text))
        native_id = self._scoped(sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:24])
        times = self._times(native_id)
        if times > 1 and author:
            raise _Refused(Reason.DUPLICATE, "text", text)
        # Two strangers may well say the same «عالی بود»: both count, under the same ids in every import.
        return native_id if times == 1 else f"{native_id}~{times}"

    def _scoped(self, native_id: str) -> str:
        """Ids of two brands' files must not meet."""
        return native_id if native_id.startswith(f"{self.brand}#") else f"{self.brand}#{native_id}"

    def _times(self, native_id: str) -> int:
        digest = int.from_bytes(blake2b(native_id.encode("utf-8"), digest_size=8).digest())
        self._seen[digest] += 1
        return self._seen[digest]

    def _address(self, url: str) -> str:
        if url and not re.match(r"https?://", url, re.IGNORECASE):
            self.addresses_left_out += 1
            return ""
        return url


def _says_nothing(text: str) -> bool:
    """Spaces, half-spaces and other characters without a shape."""
    return all(char.isspace() or unicodedata.category(char) in ("Cc", "Cf") for char in text)


def _moment(raw: str) -> Moment | None:
    if not raw:
        return None
    try:
        moment = read_date(raw)
        local_day(moment.at)
    except (BadInput, OverflowError, ValueError) as error:
        raise _Refused(Reason.BAD_DATE, "date", raw) from error
    return moment
