"""Which differences between brands are beyond noise, though many are looked at."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from domain.indices import Index, difference
from store.queries.compare import INDICES, SHARES, BrandNumbers

_FALSE_MARKS = 0.05
_Z = 1.96


@dataclass(frozen=True, slots=True)
class Difference:
    """Our brand - a rival in one index; `marked` if it is beyond noise though so many were compared."""

    key: str
    rival: str
    value: Index
    marked: bool


def differences(numbers: Sequence[BrandNumbers], ours: str) -> list[Difference]:
    """Every index of our brand against every rival's, where neither rests on too few texts.

    Marked are those whose interval leaves out 0 after Holm's correction (1979) over all of them: where the brands are
    alike, one false mark in the whole table comes up in at most 5 % of samples.
    """
    us = next(one for one in numbers if one.brand == ours)
    found = [
        (key, rival.brand, _ahead(us, rival, key))
        for key in INDICES
        for rival in numbers
        if rival is not us and not us.indices[key].too_few and not rival.indices[key].too_few
    ]
    marked = holm([_chance(value) for _, _, value in found])
    return [Difference(*one, mark) for one, mark in zip(found, marked, strict=True)]


def _ahead(us: BrandNumbers, rival: BrandNumbers, key: str) -> Index:
    if key in SHARES:
        return us.parts[key].ahead_of(rival.parts[key])
    return difference(us.indices[key], rival.indices[key])


def _chance(gap: Index) -> float:
    """The level at which the interval, widening evenly, would just reach 0: below 0.05 if and only if it is clear."""
    reach = gap.value - gap.low if gap.value > 0 else gap.high - gap.value
    return math.erfc(_Z * abs(gap.value) / reach / math.sqrt(2)) if reach > 0 else 0.0 if gap.value else 1.0


def holm(chances: Sequence[float], level: float = _FALSE_MARKS) -> list[bool]:
    """Which of many findings stand: the smallest against level/m, the next against level/(m - 1), until one fails."""
    stands = [False] * len(chances)
    for left, place in enumerate(sorted(range(len(chances)), key=chances.__getitem__)):
        if chances[place] > level / (len(chances) - left):
            break
        stands[place] = True
    return stands
