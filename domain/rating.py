"""Ratings: stars of any scale as 0 (worst) to 1 (best)."""

import math
import re
from functools import lru_cache

from domain.errors import BadInput
from domain.text import ascii_digits


@lru_cache
def scale_ends(scale: str) -> tuple[float, float]:
    """Worst and best of a scale such as "1..5".

    Raises:
        BadInput: it is no scale.
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\.\.(\d+(?:\.\d+)?)", scale)
    if not match or not float(match[1]) < float(match[2]):
        raise BadInput(f"{scale[:40]!r} is not a scale of ratings; write worst..best, e.g. 1..5")
    return float(match[1]), float(match[2])


def read_rating(raw: object, scale: str) -> float | None:
    """A rating on a scale as 0..1; None if it was not rated, which nearly every source writes as 0.

    >>> read_rating("۴", "1..5"), read_rating(0, "1..5"), read_rating(0, "0..10")
    (0.75, None, None)

    Raises:
        BadInput: it is no number, or leaves the scale.
    """
    low, high = scale_ends(scale)
    text = ascii_digits(str("" if raw is None else raw)).strip().replace("٫", ".").replace(",", ".")
    if text in ("", "None", "null"):
        return None
    try:
        value = float(text)
    except ValueError as error:
        raise BadInput(f"{text[:20]!r} is not a rating") from error
    if value == 0:
        return None
    if isinstance(raw, bool) or not math.isfinite(value) or not low <= value <= high:
        raise BadInput(f"the rating {text[:20]} is not on the scale {scale}")
    return (value - low) / (high - low)
