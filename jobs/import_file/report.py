"""What an import did, row by row where it refused."""

import csv
import unicodedata
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from domain.vocabulary import Label
from jobs.atomic import replacing
from jobs.spreadsheet import defused

#: Refusals that are kept in memory; the file of the report holds all.
KEPT = 1_000
_SHOWN = 60
_JOINERS = "\u200c\u200d"


class Reason(Label):
    """Why a row was refused."""

    NO_TEXT = "no_text", "متن ندارد", "No text", "the cell of the text is empty"
    BAD_DATE = "bad_date", "تاریخ نادرست", "Bad date", "not a day that exists, e.g. 1405/06/08 or 2026-08-30"
    BAD_RATING = "bad_rating", "امتیاز نادرست", "Bad rating", "not a number on the scale"
    DUPLICATE = "duplicate", "تکراری", "Duplicate", "its id, or its author, date and text, stood in the file before"
    BROKEN = "broken", "سطر شکسته", "Broken line", "the line cannot be read as a row"
    TOO_LONG = (
        "too_long",
        "بیش از اندازه بلند",
        "Too long",
        "over 100,000 characters of text, 400 of an id, 4,000 elsewhere",
    )


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that was not imported. `row` counts as a spreadsheet does; `value` is safe to print."""

    row: int
    column: str
    value: str
    reason: Reason
    why: str


@dataclass
class ImportReport:
    """Counts of an import, how the file was read, and its refusals (the first 1,000; the file has all)."""

    #: format, encoding, delimiter, sheet: whichever the file has.
    about: dict[str, str]
    #: field -> title of its column; `guessed` if nobody gave the mapping.
    mapping: dict[str, str]
    guessed: bool
    rows: int = 0
    new: int = 0
    edited: int = 0
    unchanged: int = 0
    #: Addresses that do not begin with http(s):// are not kept; their rows are.
    addresses_left_out: int = 0
    refused: Counter[Reason] = field(default_factory=Counter)
    refusals: list[Refusal] = field(default_factory=list)
    _sheet: Any = field(default=None, repr=False)

    def refuse(self, row: int, column: str, value: str, reason: Reason, why: str = "") -> None:
        """Count a row that was not imported, and keep why."""
        refusal = Refusal(row, visible(column), visible(value), reason, visible(why, 200) or reason.meaning)
        self.refused[reason] += 1
        if len(self.refusals) < KEPT:
            self.refusals.append(refusal)
        if self._sheet:
            self._sheet.writerow(map(defused, (str(row), refusal.column, refusal.value, reason, refusal.why)))

    def as_dict(self) -> dict[str, Any]:
        """All of it as plain JSON values."""
        return {
            **self.about,
            "columns": self.mapping,
            "guessed": self.guessed,
            **{name: getattr(self, name) for name in ("rows", "new", "edited", "unchanged", "addresses_left_out")},
            "refused": {reason.value: count for reason, count in sorted(self.refused.items())},
            "refusals": [asdict(refusal) | {"reason": refusal.reason.value} for refusal in self.refusals],
        }

    @contextmanager
    def written_to(self, path: Path | None) -> Iterator[None]:
        """Within, every refusal goes to a CSV file, which appears at the end with the counts below them."""
        if path is None:
            yield
            return
        with replacing(path) as draft, draft.open("w", encoding="utf-8-sig", newline="") as file:
            self._sheet = csv.writer(file, lineterminator="\r\n")
            self._sheet.writerow(("row", "column", "value", "reason", "why"))
            try:
                yield
            finally:
                sheet, self._sheet = self._sheet, None
            for name in ("rows", "new", "edited", "unchanged"):
                sheet.writerow(
                    ("", "", getattr(self, name), name, "rows in all" if name == "rows" else f"{name} mentions")
                )
            for reason, count in sorted(self.refused.items()):
                sheet.writerow(("", "", count, reason, f"refused: {reason.meaning}"))


def visible(text: str, length: int = _SHOWN) -> str:
    r"""One short line in which every control and bidi character is written out: safe for a terminal.

    >>> visible("خوب\x1b[31m")
    'خوب\\x1b[31m'
    """
    shown = "".join(_escaped(char) for char in text[: length + 1])
    return shown if len(shown) <= length else shown[: length - 1] + "…"


def _escaped(char: str) -> str:
    if char in _JOINERS or unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"):
        return char
    return ascii(char)[1:-1]
