"""Characters: what may be stored, what search compares, what the screen shows."""

import re
import unicodedata

PERSIAN_DIGITS = "۰۱۲۳۴۵۶۷۸۹"
_TO_ASCII_DIGITS = str.maketrans(PERSIAN_DIGITS + "٠١٢٣٤٥٦٧٨٩", "0123456789" * 2)
_TO_PERSIAN_DIGITS = str.maketrans("0123456789", PERSIAN_DIGITS)

# Letters that Arabic keyboards type for Persian ones.
_LETTERS = str.maketrans({"ي": "ی", "ى": "ی", "ې": "ی", "ك": "ک", "ة": "ه", "ۀ": "ه", "أ": "ا", "إ": "ا", "ٱ": "ا"})
# Half-space, joiner, underscore and the hyphen family separate words for search.
_SEPARATORS = re.compile("[\u200c\u200d_\u2010-\u2015-]")
_INVISIBLE = re.compile("[\u0640\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufe0e\ufe0f\ufeff]")
_BIDI = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
#: Marks go, save the madda that tells آ from ا.
_MARKS = re.compile(
    f"[{''.join(re.escape(c) for c in map(chr, range(0x20000)) if unicodedata.combining(c) and c != chr(0x653))}]"
)
_NOT_STORABLE = re.compile("[\x00\ud800-\udfff]")


def ascii_digits(text: str) -> str:
    """Persian and Arabic digits as ASCII: «۱۴۰۵» -> "1405"."""
    return text.translate(_TO_ASCII_DIGITS)


def persian_digits(value: object) -> str:
    """For the screen only: 1405 -> «۱۴۰۵»."""
    return str(value).translate(_TO_PERSIAN_DIGITS)


def storable(text: str) -> str:
    """Replace what no UTF-8 database can hold (NUL, lone surrogates) with U+FFFD; nothing else."""
    return _NOT_STORABLE.sub("\ufffd", text)


def without_bidi_controls(text: str) -> str:
    """For display: overrides could make a text show something that it does not say."""
    return _BIDI.sub("", text)


def fold(text: str) -> str:
    """The form that search compares: letters, digits and spacing that differ by habit are one.

    >>> fold("مي‌خواهم كتاب ۱۲") == fold("می خواهم کتاب 12")
    True
    """
    text = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", storable(text)))
    text = unicodedata.normalize("NFC", _MARKS.sub("", text)).translate(_LETTERS).translate(_TO_ASCII_DIGITS)
    return " ".join(_SEPARATORS.sub(" ", _INVISIBLE.sub("", text)).casefold().split())
