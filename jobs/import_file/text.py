"""Text files as they are found: which encoding, and lines of bounded length."""

import codecs
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TextIO

from domain.errors import BadInput

_SAMPLE = 1 << 16
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_UNDECODED = re.compile("[\ud800-\udfff]")
_ARABIC = re.compile("[\u0600-\u06ff\u200c\u200d«»،؛؟]")


def open_text(path: Path, newline: str) -> TextIO:
    """A text file whose wrong bytes become lone surrogates, which `undecoded` finds.

    Raises:
        BadInput: its encoding cannot be told.
    """
    encoding = encoding_of(path)
    errors = "surrogatepass" if encoding.startswith("utf-16") else "surrogateescape"
    return path.open(encoding=encoding, errors=errors, newline=newline)


def encoding_of(path: Path) -> str:
    """utf-8, utf-8-sig, utf-16 (-le, -be without a mark) or cp1256, told by the first bytes beyond ASCII.

    Raises:
        BadInput: it is none of these.
    """
    with path.open("rb") as file:
        chunk = file.read(_SAMPLE)
        for mark, name in _BOMS:
            if chunk.startswith(mark):
                return name
        while chunk and chunk.isascii() and b"\0" not in chunk:
            chunk = file.read(_SAMPLE)
    if b"\0" in chunk:
        for name, high in (("utf-16-le", chunk[1::2]), ("utf-16-be", chunk[::2])):
            if high.count(0) + high.count(6) > 0.7 * len(high):
                return name
    text = codecs.getincrementaldecoder("utf-8")("replace").decode(chunk)
    bad, beyond = text.count("\ufffd"), sum(not char.isascii() for char in text)
    # A few broken bytes in a UTF-8 file break their lines; Windows-1256 is broken nearly everywhere.
    if 10 * bad <= beyond - bad:
        return "utf-8"
    words = "".join(char for char in chunk.decode("cp1256") if not char.isascii())
    if 2 * len(_ARABIC.findall(words)) < len(words):
        raise BadInput(f"the encoding of {path.name!r} is neither UTF-8, UTF-16 nor Windows-1256; save it as UTF-8")
    return "cp1256"


def bounded_lines(file: TextIO, most: int) -> Iterator[str]:
    """The lines of a file. Of a line longer than `most` characters one more than that is told, the rest is skipped.

    A file that ends within a character ends in a line that counts as undecoded.
    """
    try:
        for line in iter(partial(file.readline, most + 1), ""):
            yield line
            while len(line) > most and not line.endswith(("\n", "\r")):
                line = file.readline(most + 1)
    except UnicodeDecodeError:
        yield "\udcff"


def undecoded(text: str) -> bool:
    """True if some bytes of a line do not belong to the encoding of the file."""
    return _UNDECODED.search(text) is not None
