"""Columns of codes, the rows that a filter chooses, and counting over them."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from domain.vocabulary import (
    Contact,
    Dimension,
    Gap,
    Intent,
    Place,
    Polarity,
    Sentiment,
    Severity,
    Stage,
    Touchpoint,
    Usable,
)
from store.facts.members import Members
from store.facts.names import Names
from store.filter import Filter

Array = npt.NDArray[Any]
Mask = npt.NDArray[np.bool_]

_DIMENSIONS = {str(dimension): tuple(map(str, Polarity)) for dimension in Dimension}
_SHARED: dict[str, tuple[str, ...]] = {
    "sentiment": tuple(map(str, Sentiment)),
    **_DIMENSIONS,
    "touchpoint": tuple(map(str, Touchpoint)),
    "gap": tuple(map(str, Gap)),
    "stage": tuple(map(str, Stage)),
    "contact": tuple(map(str, Contact)),
}
#: Column -> its labels; a code is a place in them, -1 is none. Sources and brands are known once they are read.
MENTION_LABELS = {**_SHARED, "usable": tuple(map(str, Usable)), "touchpoint2": tuple(map(str, Touchpoint))}
EXPERIENCE_LABELS = {**_SHARED, "place": tuple(map(str, Place)), "severe": tuple(map(str, Severity))}
FLAGS = (
    "confident", *map(str, Intent), "needs_response", "scored", "dated", "deleted", "copied", "few_stars", "many_stars"
)  # fmt: skip
#: A rating of at most so much, or of at least so much, leaves no doubt (0..1).
FEW_STARS, MANY_STARS = 0.25, 0.9
#: So many filters are remembered with the rows that they choose: a page asks for the same ones again and again.
_FILTERS = 32
#: And so many counts; those of thousands of themes take a MiB each.
_COUNTS = 12
#: Of fewer rows than one in so many the places are listed before anything is read of them.
_FEW = 16


@dataclass(frozen=True, slots=True)
class Column:
    """Codes of rows, and what they stand for; -1 stands for nothing."""

    codes: Array
    labels: tuple[str, ...]

    def code(self, label: str) -> int:
        """The code of a label; -2, which no row has, if it was never seen."""
        return self.labels.index(label) if label in self.labels else -2


@dataclass(frozen=True)
class Table:
    """Rows by id; `columns` hold labels, `numbers` hold values, `flags` hold yes and no."""

    id: Array
    columns: Mapping[str, Column]
    numbers: Mapping[str, Array]
    flags: Mapping[str, Mask] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.id)

    def among(self, name: str, labels: Sequence[str], at: Array | slice = slice(None)) -> Mask:
        """Rows whose label is one of these; with `at`, of the rows at these places."""
        column = self.columns[name]
        codes = column.codes[at]
        found = np.zeros(len(codes), bool)
        for label in labels:
            found |= codes == column.code(label)
        return found

    def rows_of(self, ids: Sequence[int] | Array) -> Mask:
        """Rows with these ids."""
        wanted = np.zeros(len(self.id), bool)
        at = np.searchsorted(self.id, ids)
        at = at[at < len(self.id)]
        wanted[at[np.isin(self.id[at], ids)]] = True
        return wanted

    def count(self, rows: Mask, *names: str) -> Array:
        """How many of some rows carry each combination of labels; one axis a name, rows without a label left out.

        >>> table.count(rows, "touchpoint", "sentiment")[3, 1]  # doctest: +SKIP
        """
        chosen = [self.columns[name] for name in names]
        # A place is kept for rows without a label, and cut away in the end; the last one is for rows not wanted.
        shape = tuple(len(column.labels) + 1 for column in chosen)
        size = int(np.prod(shape))
        narrow = np.uint8 if size < 1 << 8 else np.uint16 if size < 1 << 16 else np.uint32
        all_ = size < 1 << 16 and np.count_nonzero(rows) * _FEW > len(rows)
        at = slice(None) if all_ else np.flatnonzero(rows)
        flat: Array = np.zeros(len(rows[at]), narrow)
        for column, labels in zip(chosen, shape, strict=True):
            flat *= narrow(labels)
            flat += (column.codes[at] + 1).astype(narrow)
        if all_:
            # Picking rows out takes ten times as long as sending all others to the last place, of ones only.
            flat |= -(~rows).astype(narrow)
        return _tally(flat, size).reshape(shape)[(slice(1, None),) * len(shape)]


def _tally(codes: Array, size: int) -> Array:
    """How often each of the first `size` codes stands there; of single bytes two are counted at once."""
    if codes.dtype != np.uint8 or len(codes) < 1 << 16:
        return np.bincount(codes, minlength=size)[:size]
    even = len(codes) & ~1
    pairs = np.bincount(codes[:even].view(np.uint16), minlength=1 << 16).reshape(1 << 8, 1 << 8)
    counted: Array = pairs.sum(axis=0) + pairs.sum(axis=1)
    counted[codes[even:]] += 1
    return counted[:size]


@dataclass(frozen=True)
class Facts:
    """All mentions, and all experiences (`told`) with the place of their mention in `mentions`."""

    mentions: Table
    told: Table
    #: Key of a brand -> its id, in the order of making; `mentions.columns["brand"]` has the keys as labels.
    brands: Mapping[str, int]
    #: The newest change that is in here, microseconds since 1970.
    seen: int
    #: Whose number stands in `mentions.numbers["author"]`.
    names: Names = field(default_factory=Names)
    _chosen: dict[Filter, Array] = field(default_factory=dict, repr=False, compare=False)
    _counts: dict[Hashable, Any] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def read(self) -> Mask:
        """Mentions that a model has read."""
        found: Mask = self.mentions.columns["usable"].codes >= 0
        return found

    @cached_property
    def tells(self) -> Mask:
        """Mentions that tell an experience."""
        return self.mentions.among("usable", [Usable.EXPERIENCE])

    @cached_property
    def experience(self) -> Mask:
        """Mentions that tell an experience and copy no other."""
        return self.tells & ~self.mentions.flags["copied"]

    @cached_property
    def counted(self) -> Mask:
        """Mentions in the indices: they tell an experience, the reading is sure, and they copy no other."""
        return self.experience & self.mentions.flags["confident"]

    @cached_property
    def mention_of(self) -> Array:
        """The row in `mentions` of each experience."""
        return places(self.mentions.id, self.told.numbers["mention_id"])

    @cached_property
    def members(self) -> Members:
        """The experiences that belong to themes, theme by theme."""
        inside = np.flatnonzero(self.told.among("place", [Place.MEMBER]))
        row = self.mention_of[inside]
        author = self.mentions.numbers["author"][row]
        return Members.of(inside, self.told.numbers["theme"][inside], row, author)

    def told_in(self, rows: Mask) -> Mask:
        """The experiences of some mentions."""
        return rows[self.mention_of] if len(self.told) else np.zeros(0, bool)

    def people(self, rows: Mask) -> int:
        """Distinct known authors of some mentions."""
        authors = self.mentions.numbers["author"]
        seen = np.zeros(int(authors.max(initial=0)) + 1, bool)
        seen[authors[rows]] = True
        return int(np.count_nonzero(seen[1:]))

    def chosen(self, chosen: Filter, found: Callable[[], Array | None]) -> Mask:
        """As `rows`, remembered; `found` is asked for the ids of a search that was not made yet."""
        kept = self._chosen.get(chosen)
        if kept is None:
            kept = self._chosen[chosen] = np.packbits(self.rows(chosen, found()))
            while len(self._chosen) > _FILTERS:
                self._chosen.pop(next(iter(self._chosen)), None)
        return np.unpackbits(kept, count=len(self.mentions)).view(bool)

    def once(self, what: Hashable, count: Callable[[], Any]) -> Any:
        """A count of these facts, remembered: parts of a page ask for the same one, and nobody changes it."""
        kept = self._counts.get(what)
        if kept is None:
            kept = self._counts[what] = count()
            # Other people's pages ask at the same time: what is dropped is listed in one go, and may be gone already.
            for oldest in list(self._counts)[:-_COUNTS]:
                self._counts.pop(oldest, None)
        return kept

    def rows(self, chosen: Filter, found: Sequence[int] | Array | None = None) -> Mask:
        """The mentions of a filter.

        Args:
            chosen: all but its search.
            found: ids that its search found; None if it searches for nothing.
        """
        return chosen_rows(self, chosen, found)


def chosen_rows(facts: Facts, chosen: Filter, found: Sequence[int] | Array | None) -> Mask:
    """The mentions of a filter, the same as `store.filter.conditions` finds."""
    mentions = facts.mentions
    rows = np.ones(len(mentions), bool)
    among = {
        "brand": chosen.brands, "source": chosen.sources, "usable": chosen.usable, "sentiment": chosen.sentiments,
        "stage": chosen.stages, "contact": chosen.contacts, "gap": chosen.gaps,
    }  # fmt: skip
    for name, labels in among.items():
        if labels:
            rows &= mentions.among(name, labels)
    day = mentions.numbers["day"]
    if chosen.since or chosen.until:
        rows &= mentions.flags["dated"]
    if chosen.since:
        rows &= day >= chosen.since.toordinal()
    if chosen.until:
        rows &= day <= chosen.until.toordinal()
    if chosen.reads_labels:
        rows &= mentions.flags["scored"]
    if chosen.touchpoints:
        rows &= mentions.among("touchpoint", chosen.touchpoints) | mentions.among("touchpoint2", chosen.touchpoints)
    if chosen.dimensions:
        rows &= np.any([_speaks_of(mentions, choice) for choice in chosen.dimensions], axis=0)
    if chosen.intents:
        rows &= np.any([mentions.flags[intent] for intent in chosen.intents], axis=0)
    for name in ("needs_response", "confident"):
        if (wanted := getattr(chosen, name)) is not None:
            rows &= facts.read & (mentions.flags[name] == wanted)
    if chosen.copied is not None:
        rows &= mentions.flags["copied"] == chosen.copied
    if chosen.theme is not None:
        members = facts.told.among("place", ["member"]) & (facts.told.numbers["theme"] == chosen.theme)
        rows &= _mentions_of(facts, members)
    if chosen.severe:
        rows &= _mentions_of(facts, facts.told.among("severe", chosen.severe))
    if found is not None:
        rows &= mentions.rows_of(found)
    return rows


def places(ids: Array, wanted: Array) -> Array:
    """The places of some ids among all, which are in order; each is one of them."""
    if not len(ids) or ids[-1] > 4 * len(ids) + 1_000:
        return np.searchsorted(ids, wanted)
    at = np.zeros(int(ids[-1]) + 1, np.int32)
    at[ids] = np.arange(len(ids), dtype=np.int32)
    return at[wanted]


def _mentions_of(facts: Facts, told: Mask) -> Mask:
    rows = np.zeros(len(facts.mentions), bool)
    rows[facts.mention_of[told]] = True
    return rows


def _speaks_of(mentions: Table, choice: str) -> Mask:
    dimension, _, way = choice.partition(":")
    if way:
        return mentions.among(dimension, [way, Polarity.BOTH])
    return mentions.columns[dimension].codes > 0
