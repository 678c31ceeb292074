"""Now, and lists in pieces that fit a statement."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

T = TypeVar("T")


def now() -> datetime:
    """The current instant, UTC."""
    return datetime.now(UTC)


def chunks(items: Sequence[T], size: int) -> Iterable[Sequence[T]]:
    """Pieces of at most `size` items."""
    return (items[start : start + size] for start in range(0, len(items), size))
