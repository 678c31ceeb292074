"""Normalised text is for machines only; the raw text is what people see and what offsets point into.

`for_model` is what the classifier reads, in training and in serving alike: characters only,
35,000 texts/s. `normalise` puts hazm's half-spaces in, for phrases that people will read.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import Any

from domain.text import ascii_digits, storable

#: Longer texts are cut here before any regular expression sees them.
MAX_CHARS = 20_000

_LETTERS = str.maketrans({"ي": "ی", "ى": "ی", "ك": "ک", "ۀ": "ه", "ة": "ه", "٪": "%", "،": ","})
_INVISIBLE = re.compile(
    "[\u0640\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufe0e\ufe0f\ufeff\u064b-\u0652\u0670]"
)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_STRETCHED = re.compile(r"([^\W\d_])\1{2,}")
_MARK = "\ue000"  # a private-use character that no text needs: see `located`
_REPEATED = re.compile(rf"([^\w\s{_MARK}])\1{{3,}}")
_URL = re.compile(rf"(?:https?://|www\.)[^\s{_MARK}]+", re.IGNORECASE)
_HANDLE = re.compile(r"(?<!\w)@\w+")
# Emoji that the base vocabulary lacks, as ones of the same meaning that it knows.
_EMOJI = str.maketrans(
    {
        "🤬": "😡", "🥺": "😢", "🥳": "🎉", "🤮": "😷", "🤢": "😷", "🥰": "😍", "🥴": "😵", "🥲": "😢", "🥹": "😢",
        "🤯": "😱", "🤫": "🙊", "🤐": "🙊", "🤩": "😍", "🤪": "😜", "🤭": "😊", "🤗": "😊", "🥵": "😓", "🥶": "😨",
        "🤧": "😷", "🧐": "🤔", "🌚": "😏", "🤠": "😎", "💩": "👎", "🖕": "😡", "💨": "🏃", "💸": "💰", "🫠": "😅",
        "🫡": "👍", "🫶": "❤", "🤍": "❤", "🧡": "❤", "🤎": "❤",
    }
)  # fmt: skip


def for_model(text: str, most: int = MAX_CHARS) -> str:
    """The text as the model reads it: one form for each letter and digit, no stretched letters, no links.

    >>> for_model("عاااالییییی بود 🤬 @ali  https://a.ir/x")
    'عالی بود 😡 @ http'
    """
    text = storable(text[:most])
    text = unicodedata.normalize("NFKC", text).translate(_LETTERS).translate(_EMOJI)
    text = _CONTROL.sub(" ", _INVISIBLE.sub("", ascii_digits(text)))
    text = _HANDLE.sub("@", _URL.sub("http", text))
    text = _REPEATED.sub(r"\1\1\1", _STRETCHED.sub(r"\1", text))
    return " ".join(text.split())


def located(text: str, offsets: Iterable[int]) -> tuple[str, list[int]]:
    """The form for the model, and where offsets into the raw text fall in it, in the order given.

    >>> located("عاااالی  بود", [0, 9])
    ('عالی بود', [0, 5])
    """
    raw = text[:MAX_CHARS].replace(_MARK, " ")
    wanted = [min(offset, len(raw)) for offset in offsets]
    cuts = sorted(set(wanted))
    pieces = [raw[start:end] for start, end in pairwise([0, *cuts, len(raw)])]
    marked = for_model(_MARK.join(pieces), MAX_CHARS + len(cuts))
    lengths = [len(piece) for piece in marked.split(_MARK)]
    places = dict(zip(cuts, accumulate(lengths), strict=False))
    return marked.replace(_MARK, ""), [places[offset] for offset in wanted]


# What hazm would tear apart: links, addresses, handles, hashtags, numbers with separators, Latin runs, emoticons.
_FRAGILE = re.compile(
    r"(?:https?://|www\.)\S+|[\w.+-]+@[\w-]+\.[\w.-]+|[@#][\w\u200c]+|\d[\d.,:/٫٬\-]*\d|[A-Za-z][A-Za-z0-9+._-]*|:-?[)(DPp]|:'\("
)
_PRIVATE = re.compile("[\ue000-\uf8ff]")
_MASKED = re.compile(" ?([\ue000-\uf8ff]) ?")
_MAX_MASKS = 6_000


def normalise(text: str) -> str:
    """The form of hazm (half-spaces, letters, digits) that leaves links, handles, numbers and Latin words whole.

    >>> normalise("نمي خواهم، @ali123 گفت كتاب هاي A54 خوبه")
    'نمی‌خواهم، @ali123 گفت کتاب‌های A54 خوبه'
    """
    text = _CONTROL.sub(" ", _INVISIBLE.sub("", _PRIVATE.sub("", storable(text[:MAX_CHARS]))))
    text = re.sub(r"[ \t]{3,}", " ", text)
    kept: list[str] = []

    def mask(match: re.Match[str]) -> str:
        if len(kept) >= _MAX_MASKS:
            return match.group()
        kept.append(match.group())
        return f" {chr(0xE000 + len(kept) - 1)} "

    normal = _hazm().normalize(_FRAGILE.sub(mask, text))
    whole = _MASKED.sub(lambda match: f" {kept[ord(match.group(1)) - 0xE000]} ", normal)
    return re.sub(" {2,}", " ", whole).replace(" ،", "،").strip()


@lru_cache(maxsize=1)
def _hazm() -> Any:
    # 1.9 s and 130 MB: only when a phrase is to be made readable, never at import.
    from hazm import Normalizer

    return Normalizer()
