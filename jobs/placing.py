"""Placing: one block of experiences on its way into the themes of a cell (polarity x touchpoint)."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from domain.vocabulary import Place
from jobs.vectors import pack, unpack
from nlp import naming, themes
from nlp.terms import terms
from store.queries import Told
from store.tables import Theme
from store.writes import NewTheme, Placing

Floats = npt.NDArray[np.float32]
#: Polarity, touchpoint.
Pair = tuple[str, str]
#: A theme is opened by what so many people tell.
_FEWEST_AUTHORS = 2


@dataclass(slots=True)
class Cell:
    """The themes of a polarity and a touchpoint while experiences join them."""

    cell: Pair
    known: Sequence[Theme]
    #: Themes of before all began afresh: one of them may be found again.
    before: list[Theme] = field(default_factory=list)
    ids: list[int] = field(default_factory=list)
    #: Where what fits each of them goes: itself, or what it became part of.
    wholes: list[int] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    centres: Floats = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    #: Name -> which of them has it.
    names: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.ids = [theme.id for theme in self.known if theme.id is not None]
        self.wholes = [theme.merged_into or theme.id for theme in self.known if theme.id is not None]
        self.sizes = [theme.size for theme in self.known]
        self.names = {name: n for n, theme in enumerate(self.known) for name in (theme.label, theme.title) if name}
        if self.known:
            self.centres = unpack([theme.centroid for theme in self.known])

    def open(self, theme_id: int, group: themes.Group, label: str) -> None:
        """A theme that was opened."""
        self.names[label] = len(self.ids)
        self.ids.append(theme_id)
        self.wholes.append(theme_id)
        self.sizes.append(len(group.rows))
        centre = _stored(group.centre)
        self.centres = np.vstack([self.centres, centre]) if self.centres.size else centre[None]

    def join(self, theme: int, meanings: Floats) -> None:
        """Experiences that joined a theme."""
        self.centres[theme] = _stored(themes.moved(self.centres[theme], self.sizes[theme], meanings))
        self.sizes[theme] += len(meanings)


def _stored(centre: Floats) -> Floats:
    """A centre as the store gives it back: a run that was killed goes on with the same numbers."""
    return np.asarray(unpack([pack(centre)])[0], np.float32)


class Step:
    """One block of experiences on its way into the themes of a cell."""

    def __init__(self, cell: Cell, taken: set[str]) -> None:
        self.cell, self.taken = cell, taken
        self.placings: dict[int, Placing] = {}
        self.opened: list[tuple[NewTheme, themes.Group]] = []
        self.changed: set[int] = set()
        self.grouped: set[int] = set()

    def join(self, block: Sequence[Told]) -> list[Told]:
        """Place what fits a known theme; returns the rest, noted as near one or alone."""
        cell, meanings = self.cell, _meanings(block)
        best, near = themes.assign(meanings, cell.centres)
        for one, theme, score in zip(block, best, near, strict=True):
            self.placings[one.id] = Placing(one.id, one.mention_id, *_placed(cell, int(theme), float(score)))
        joined = near >= themes.MEMBER
        for theme in np.unique(best[joined]):
            cell.join(int(theme), meanings[joined & (best == theme)])
            self.changed.add(int(theme))
        return [one for one, joins in zip(block, joined, strict=True) if not joins]

    def open(self, rest: list[Told]) -> None:
        """Groups of the rest that at least two people tell: they open a theme, or join the one of the same name."""
        if not rest:
            return
        meanings = _meanings(rest)
        for group in themes.group(meanings):
            some = [rest[row] for row in group.rows]
            if len({one.author for one in some} - {""}) < _FEWEST_AUTHORS:
                continue
            order = np.argsort(-group.closeness, kind="stable")
            unnamed = naming.Unnamed(*self.cell.cell, [some[row].words for row in order])
            name = naming.free(unnamed, ())
            if name in self.cell.names:
                self._join_named(self.cell.names[name], some, meanings[group.rows])
            elif (sibling := self._opened_as(name)) is not None:
                self._join_opened(sibling, some, meanings[group.rows])
            else:
                self._open(group, some, naming.free(unnamed, self.taken))
            self.grouped.update(one.id for one in some)
        self._leave_beside(rest, meanings)

    def _leave_beside(self, rest: Sequence[Told], meanings: Floats) -> None:
        """What is still alone may be near a theme that was opened."""
        known = {number for number, placing in self.placings.items() if placing.place is Place.NEAR} | self.grouped
        rows = [row for row, one in enumerate(rest) if one.id not in known]
        if not rows or not self.opened:
            return
        best, near = themes.assign(meanings[rows], np.stack([group.centre for _, group in self.opened]))
        beside: dict[int, dict[int, tuple[int, float]]] = {}
        for row, theme, score in zip(rows, best, near, strict=True):
            if score >= themes.NEAR:
                one = rest[row]
                beside.setdefault(int(theme), {})[one.id] = (one.mention_id, round(float(score), 4))
                self.placings.pop(one.id, None)
        for number, some in beside.items():
            new, group = self.opened[number]
            self.opened[number] = (replace(new, beside=some), group)

    def _join_named(self, theme: int, some: Sequence[Told], meanings: Floats) -> None:
        near = meanings @ self.cell.centres[theme]
        for one, score in zip(some, near, strict=True):
            self.placings[one.id] = Placing(
                one.id, one.mention_id, Place.MEMBER, self.cell.wholes[theme], round(float(score), 4)
            )
        self.cell.join(theme, meanings)
        self.changed.add(theme)

    def _opened_as(self, label: str) -> int | None:
        return next((n for n, (new, _) in enumerate(self.opened) if new.label == label), None)

    def _join_opened(self, number: int, some: Sequence[Told], meanings: Floats) -> None:
        new, group = self.opened[number]
        centre = themes.moved(group.centre, len(new.members), meanings)
        near = meanings @ group.centre
        members = {one.id: (one.mention_id, round(float(n), 4)) for one, n in zip(some, near, strict=True)}
        whole = replace(new, centroid=pack(centre), members={**new.members, **members})
        rows = np.arange(len(whole.members))
        self.opened[number] = (whole, themes.Group(rows, np.zeros(len(rows), np.float32), centre))
        for one in some:
            self.placings.pop(one.id, None)

    def _open(self, group: themes.Group, some: Sequence[Told], label: str) -> None:
        members = {
            one.id: (one.mention_id, round(float(near), 4)) for one, near in zip(some, group.closeness, strict=True)
        }
        before = self.cell.before
        again = themes.same(group.centre, unpack([theme.centroid for theme in before])) if before else None
        known = None if again is None else before.pop(again)
        label = known.label if known else label
        self.taken.add(label)
        self.opened.append(
            (NewTheme(label, *self.cell.cell, pack(group.centre), members, known.id if known else None), group)
        )
        for one in some:
            self.placings.pop(one.id, None)

    def moved(self) -> dict[int, tuple[bytes, int]]:
        """Known themes that were joined, with their new centres and sizes."""
        cell = self.cell
        return {cell.ids[theme]: (pack(cell.centres[theme]), cell.sizes[theme]) for theme in sorted(self.changed)}


def _meanings(told: Sequence[Told]) -> Floats:
    embeddings = unpack([one.embedding for one in told])
    return themes.meaning(embeddings, [terms(one.words) for one in told], [one.dimensions for one in told])


def _placed(cell: Cell, theme: int, score: float) -> tuple[Place, int | None, float | None]:
    if score < themes.NEAR:
        return Place.ALONE, None, None
    return Place.MEMBER if score >= themes.MEMBER else Place.NEAR, cell.wholes[theme], round(score, 4)
