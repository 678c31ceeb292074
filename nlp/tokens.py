"""Tokens of a text, and which of them belong to each of its passages."""

from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]


class Code(NamedTuple):
    """Token ids of a text, and for each passage the tokens first:last that it takes; none where a part was cut off."""

    ids: list[int]
    spans: list[tuple[int, int]]


def codes(tokenizer: Tokenizer, located: Sequence[tuple[str, Sequence[int]]]) -> list[Code]:
    """Encode normal forms with passage offsets.

    Args:
        tokenizer: with its truncation set.
        located: of each text its normal form and, flat, start and end of each passage in it.
    """
    found = []
    for encoding, (form, places) in zip(tokenizer.encode_batch([form for form, _ in located]), located, strict=True):
        if not places:
            found.append(Code(encoding.ids, []))
            continue
        ends = _ends(encoding.offsets)
        bounds = [min(bisect_left(ends, place + 1), len(ends) - 1) for place in places]
        pairs = zip(bounds[::2], bounds[1::2], places[1::2], strict=True)
        cut = ends[-1] if encoding.overflowing else len(form)
        found.append(Code(encoding.ids, [(a, max(a, b)) if end <= cut else (a, a) for a, b, end in pairs]))
    return found


def padded(batch: Sequence[Code], pad_id: int) -> tuple[Ints, Ints, Floats]:
    """Token ids and mask (texts, tokens), and the share of each token in each passage (texts, most spans, tokens)."""
    width, most = max(len(code.ids) for code in batch), max(1, *(len(code.spans) for code in batch))
    ids = np.full((len(batch), width), pad_id, np.int64)
    mask = np.zeros((len(batch), width), np.int64)
    spans = np.zeros((len(batch), most, width), np.float32)
    for line, code in enumerate(batch):
        ids[line, : len(code.ids)] = code.ids
        mask[line, : len(code.ids)] = 1
        for n, (first, last) in enumerate(code.spans):
            spans[line, n, first:last] = 1 / max(1, last - first)
    return ids, mask, spans


def _ends(offsets: Sequence[tuple[int, int]]) -> list[int]:
    """Where each token ends, never falling: the special ones at either end have offsets (0, 0)."""
    ends, last = [], 0
    for _, end in offsets:
        last = max(last, end)
        ends.append(last)
    return ends
