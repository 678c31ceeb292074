"""What spreadsheet programs do to a cell, and what is done against it."""

import re
from dataclasses import dataclass

#: UTF-16 units that one cell of Excel holds.
CELL_UNITS = 32_767
#: Rows of one sheet, without its header.
SHEET_ROWS = 1_048_575
CUT_MARK = " … [cut]"

# A cell that begins so may be run as a formula; Persian lists of pros and cons often begin with + or -.
_FORMULA = re.compile("[=+\\-@\t\r\n＝＋－＠]")
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def defused(cell: str) -> str:
    """The same words, which no spreadsheet program runs: an apostrophe goes before a sign of a formula."""
    return "'" + cell if _FORMULA.match(cell) else cell


@dataclass
class CellWriter:
    """Makes texts fit the cells of a sheet, and counts what that changed."""

    removed: int = 0
    cut: int = 0

    def fit(self, text: str) -> str:
        """Line breaks as Excel writes them, without characters that XML 1.0 forbids, cut where a cell ends."""
        text, removed = _NOT_XML.subn("", text.replace("\r\n", "\n").replace("\r", "\n"))
        self.removed += removed
        # No character takes more than two units.
        if len(text) > CELL_UNITS // 2 and _units(text) > CELL_UNITS:
            self.cut += 1
            room = 2 * (CELL_UNITS - len(CUT_MARK))
            text = text.encode("utf-16-le")[:room].decode("utf-16-le", "ignore") + CUT_MARK
        return text


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
