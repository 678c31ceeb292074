"""Copies: texts that say the same in nearly the same words, found by MinHash and verified by their shared pieces."""

import re
from zlib import crc32

import numpy as np
from datasketch import MinHash

from domain.text import fold

#: Texts of fewer letters are exempt: «عالی بود» by a hundred people is a hundred people.
LEAST_LETTERS = 40
#: Jaccard similarity of two texts' pieces from which on one is a copy of the other.
ALIKE = 0.8
_PIECE = 5
_BANDS, _ROWS = 8, 4
_MOST_LETTERS = 4_000
_NO_LETTER = re.compile(r"[\W_]+")
_SCHEME = MinHash(num_perm=_BANDS * _ROWS, seed=1)


def pieces(text: str) -> frozenset[int]:
    """Hashes of the runs of five letters of a text, spacing and punctuation aside; none of a very short text."""
    letters = _NO_LETTER.sub("", fold(text[: 2 * _MOST_LETTERS]))[:_MOST_LETTERS]
    if len(letters) < LEAST_LETTERS:
        return frozenset()
    raw = letters.encode("utf-32-le")
    return frozenset(crc32(raw[at : at + 4 * _PIECE]) for at in range(0, len(raw) - 4 * _PIECE + 1, 4))


def bands(some: frozenset[int]) -> list[int]:
    """Where copies of a text lie: two texts that share a band are worth comparing (Broder 1997; Leskovec et al. 2014).

    Eight bands of four rows: pairs of similarity 0.8 meet with probability 0.985, of 0.5 with 0.40.
    """
    if not some:
        return []
    sketch = MinHash(
        num_perm=_BANDS * _ROWS, seed=1, permutations=_SCHEME.permutations, scheme=_SCHEME.scheme, hashfunc=_itself
    )
    sketch.update_batch(sorted(some))
    rows = sketch.hashvalues.astype(np.uint64).reshape(_BANDS, _ROWS)
    return [(int(crc32(row.tobytes(), number)) << 31) ^ crc32(row[::-1].tobytes()) for number, row in enumerate(rows)]


def _itself(piece: int) -> int:
    return piece


def alike(first: frozenset[int], second: frozenset[int]) -> float:
    """Jaccard similarity of two texts' pieces, 0..1; texts that are exempt are like none."""
    if not first or not second:
        return 0.0
    return len(first & second) / len(first | second)
