"""The members of themes in an order in which every theme is counted in one pass."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Members:
    """Experiences that belong to themes: one row each, theme by theme, and within a theme mention by mention."""

    #: Ids of the themes, in order; and where the rows of each begin, with where the last ones end.
    themes: Array
    starts: Array
    #: Row by row: the place of its theme in `themes`, its row among experiences, and that of its mention.
    theme: Array
    told: Array
    mention: Array
    #: The same rows theme by theme, and within a theme author by author; and these authors.
    by_author: Array
    author: Array

    @classmethod
    def of(cls, told: Array, theme_ids: Array, mention: Array, author: Array) -> "Members":
        """Put members in order.

        Args:
            told: their rows among experiences.
            theme_ids: their themes.
            mention: the rows of their mentions.
            author: the number of each mention's author.
        """
        seen = np.zeros(int(theme_ids.max(initial=0)) + 1, bool)
        seen[theme_ids] = True
        themes = np.flatnonzero(seen)
        theme = (np.cumsum(seen, dtype=np.int32) - 1)[theme_ids]
        order = _order(mention, theme)
        theme, author = theme[order], author[order].astype(np.int32)
        by_author = _order(author, theme)
        starts = np.concatenate([[0], np.cumsum(np.bincount(theme, minlength=len(themes)))])
        return cls(
            themes,
            starts,
            theme,
            told[order].astype(np.int32),
            mention[order].astype(np.int32),
            by_author,
            author[by_author],
        )

    def texts(self, inside: Mask) -> Array:
        """Of some rows, those that are the first of their mention in their theme: a text counts once in a theme."""
        at = np.flatnonzero(inside)
        return at[_first(self.theme[at], self.mention[at])]

    def people(self, inside: Mask) -> Array:
        """Distinct known authors of each theme, among some rows."""
        at = np.flatnonzero(inside[self.by_author] & (self.author != 0))
        # By author, too, the rows of a theme are those between its starts.
        return self.each(at[_first(self.theme[at], self.author[at])])

    def each(self, at: Array) -> Array:
        """How many of some rows, in order, each theme has."""
        return np.diff(np.searchsorted(at, self.starts))

    def count(self, at: Array, codes: Array, size: int) -> Array:
        """How many of the rows at some places carry each code, by theme: (themes, size); codes below 0 are no code."""
        known = codes >= 0
        if not known.all():
            at, codes = at[known], codes[known]
        flat = self.theme[at].astype(np.int64) * size + codes
        return np.bincount(flat, minlength=len(self.themes) * size).reshape(-1, size)

    def rows_of(self, theme_id: int) -> slice:
        """The rows of one theme; none if it has no members."""
        place = int(np.searchsorted(self.themes, theme_id))
        if place == len(self.themes) or self.themes[place] != theme_id:
            return slice(0, 0)
        return slice(int(self.starts[place]), int(self.starts[place + 1]))


def _first(groups: Array, values: Array) -> Mask:
    """Of pairs in order, the first of each kind."""
    first = np.ones(len(groups), bool)
    first[1:] = (groups[1:] != groups[:-1]) | (values[1:] != values[:-1])
    return first


def _order(*keys: Array) -> Array:
    """The order by the last key, then by those before it; 16 bits at a time, which numpy sorts ten times faster."""
    order = np.arange(len(keys[0]), dtype=np.int32)
    for key in keys:
        if (np.diff(key[order]) >= 0).all():
            continue
        for shift in range(0, int(key.max()).bit_length(), 16):
            order = order[np.argsort((key[order] >> shift).astype(np.uint16), kind="stable")]
    return order
