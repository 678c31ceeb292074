"""Authors as small numbers: who wrote two texts has one number, and 0 is nobody known."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Names:
    """The authors known so far. They are numbered as they come, so that old numbers stay as they are."""

    #: 63 bits of each author, in order; the names themselves are not kept.
    hashes: Array = field(default_factory=lambda: np.zeros(0, np.int64))
    #: The number of each.
    numbers: Array = field(default_factory=lambda: np.zeros(0, np.int32))

    def numbered(self, hashes: Array) -> tuple[Array, "Names"]:
        """The numbers of some authors, and all authors that are known then."""
        new = np.setdiff1d(hashes[hashes != 0], self.hashes)
        known = self
        if len(new):
            every = np.concatenate([self.hashes, new])
            order = np.argsort(every)
            later = np.arange(len(self.numbers) + 1, len(every) + 1, dtype=np.int32)
            known = Names(every[order], np.concatenate([self.numbers, later])[order])
        found = np.zeros(len(hashes), np.int32)
        some = hashes != 0
        found[some] = known.numbers[np.searchsorted(known.hashes, hashes[some])]
        return found, known


def hashed(authors: Sequence[str]) -> Array:
    """Authors as 63 bits each; 0 for nobody."""
    found = [int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big") if name else 0 for name in authors]
    return (np.array(found, np.uint64) >> np.uint64(1)).astype(np.int64)
