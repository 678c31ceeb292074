"""Discover: experiences join the themes that they fit, and what fits none opens new ones. Nothing else moves."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
from sqlalchemy import Engine

from domain.settings import Settings
from domain.vocabulary import Place, Polarity, Sentiment, Touchpoint
from jobs.copies import mark_copies
from jobs.lock import alone
from jobs.vectors import pack, unpack
from nlp import naming, themes
from nlp.classifier import Classifier
from nlp.severity import severity
from nlp.terms import terms
from store import queries
from store.queries import Told
from store.tables import Theme
from store.writes import NewTheme, Placing, forget_places, name_themes, save_anchors, save_severities, save_themes

Floats = npt.NDArray[np.float32]
Say = Callable[[str], None]
Cell = tuple[str, str]
#: Experiences looked at, and written, at once.
BLOCK = 2_000
#: The newest experiences that fitted nothing so far are compared with new ones again: so many of a cell.
POOL = 600
_FEWEST_AUTHORS = 2
#: A theme is named anew when it has grown so many times since.
_GROWN = 2
_SPOKEN = 200


def discover(
    engine: Engine, classifier: Classifier, settings: Settings, say: Say = lambda what: None, *, afresh: bool = False
) -> Counter[str]:
    """Set copies aside, mark what is severe, and place every new experience, within polarity x touchpoint.

    What was placed stays where it is: running twice changes nothing, and memory and time grow with what is new, not
    with what is there. Killed and started again, it goes on. Another checkpoint finds the themes again by the words
    that they are known by.

    Args:
        engine: the store.
        classifier: whose readings are looked at.
        settings: where the locks lie.
        say: told what is being done.
        afresh: place all experiences again. Themes that a person looked after are the beginning; the others open
            anew, under their old ids where they are found again.

    Returns:
        Counts: "looked" (new experiences), "member", "near", "alone", "aside", "copies", "new" themes, "themes".
    """
    # Classifying replaces experiences: it must not do so between our reading and our writing.
    with alone(settings, "classify"):
        counts: Counter[str] = Counter()
        say("looking for copies")
        counts["copies"] = mark_copies(engine)["copies"]
        if afresh:
            forget_places(engine)
        _first_look(engine, classifier.version, counts, say)
        cells = queries.cells(engine, Place.WAITING)
        known = _known(engine, classifier) if cells else []
        taken = {name for theme in known for name in (theme.label, theme.title)}
        for number, cell in enumerate(cells, 1):
            say(f"{number} of {len(cells)}: {cell[0]}, {cell[1]}")
            here = [theme for theme in known if _of(theme) == cell]
            standing = [theme for theme in here if not afresh or theme.locked or theme.merged_into]
            before = [theme for theme in here if afresh and not theme.locked and not theme.merged_into]
            _place_cell(engine, classifier.version, _Cell(cell, standing, before), taken, counts)
        say("naming themes")
        _name(engine)
        counts["themes"] = len(queries.themes(engine))
    return counts


def _first_look(engine: Engine, model: str, counts: Counter[str], say: Say) -> None:
    """Mark what is severe, set aside what no theme can hold, and let the rest wait to be compared."""
    while block := queries.told(engine, model, "", limit=BLOCK):
        placings = [Placing(one.id, one.mention_id, _first_place(one)) for one in block]
        severe = {one.id: str(_severe(one) or "") for one in block}
        save_severities(engine, severe, placings)
        counts["looked"] += len(block)
        counts["aside"] += sum(placing.place is not Place.WAITING for placing in placings)
        counts["severe"] += sum(map(bool, severe.values()))
        say(f"looked at {counts['looked']} experiences")


def _severe(one: Told) -> str | None:
    return severity(one.words) if one.polarity != Sentiment.POSITIVE else None


def _first_place(one: Told) -> Place:
    if one.copied:
        return Place.COPY
    if not one.confident:
        return Place.UNSURE
    if one.polarity not in (Polarity.POSITIVE, Polarity.NEGATIVE):
        return Place.BALANCED
    # A verdict alone («عالی بود»), or a single word, tells nothing that people could share.
    if one.touchpoint == Touchpoint.NONE or not one.dimensions or len(one.words.split()) < 2:
        return Place.VERDICT
    return Place.WAITING


@dataclass(slots=True)
class _Cell:
    """The themes of a polarity and a touchpoint while experiences join them."""

    cell: Cell
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


def _of(theme: Theme) -> Cell:
    return theme.polarity, theme.touchpoint


def _known(engine: Engine, classifier: Classifier) -> list[Theme]:
    """The themes that experiences may join, their centres in the embeddings of this checkpoint.

    A theme that was merged takes nothing up: what joins goes to the whole.
    """
    found = queries.themes(engine)
    parts = {theme.id: theme.merged_into for theme in found}
    for theme in found:
        while parts.get(theme.merged_into):  # the whole became part of another one
            theme.merged_into = parts[theme.merged_into]
    others = [theme for theme in found if theme.model != classifier.version and theme.id is not None]
    words = queries.anchors(engine, [theme.id for theme in others if theme.id is not None])
    for theme in others:
        if said := words.get(theme.id or 0):
            theme.centroid = pack(themes.with_embedding(unpack([theme.centroid])[0], classifier.embed(said)))
            theme.model = classifier.version
    again = {
        theme.id: (theme.centroid, theme.size) for theme in others if theme.id and theme.model == classifier.version
    }
    save_themes(engine, classifier.version, moved=again)
    return [theme for theme in found if theme.model == classifier.version]


def _place_cell(engine: Engine, model: str, cell: _Cell, taken: set[str], counts: Counter[str]) -> None:
    """Place what waits in a cell, block by block; each block is one transaction."""
    while block := queries.told(engine, model, Place.WAITING, limit=BLOCK, cell=cell.cell):
        step = _Step(cell, taken)
        rest = step.join(block)
        rest += queries.told(engine, model, Place.ALONE, limit=POOL, cell=cell.cell, newest=True)
        step.open(rest)
        ids = save_themes(engine, model, list(step.placings.values()), step.moved(), [new for new, _ in step.opened])
        for theme_id, (new, group) in zip(ids, step.opened, strict=True):
            cell.open(theme_id, group, new.label)
        counts.update(str(placing.place) for placing in step.placings.values())
        counts["member"] += sum(len(new.members) for new, _ in step.opened)
        counts["near"] += sum(len(new.beside) for new, _ in step.opened)
        counts["new"] += len(ids)


class _Step:
    """One block of experiences on its way into the themes of a cell."""

    def __init__(self, cell: _Cell, taken: set[str]) -> None:
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


def _placed(cell: _Cell, theme: int, score: float) -> tuple[Place, int | None, float | None]:
    if score < themes.NEAR:
        return Place.ALONE, None, None
    return Place.MEMBER if score >= themes.MEMBER else Place.NEAR, cell.wholes[theme], round(score, 4)


def _name(engine: Engine) -> None:
    """Name anew what has grown much since it was named, and note by which words themes are known."""
    found = [theme for theme in queries.themes(engine) if theme.merged_into is None and theme.id is not None]
    taken = {name for theme in found for name in (theme.label, theme.title)}
    anchored = queries.anchored(engine)
    names: dict[int, str] = {}
    anchors = {}
    for theme in found:
        assert theme.id is not None
        grown = theme.size > theme.named_at and theme.size >= _GROWN * theme.named_at
        if grown or theme.id not in anchored:
            anchors[theme.id] = queries.central(engine, theme.id)
        if grown:
            names[theme.id] = theme.label if theme.locked else _renamed(engine, theme, taken)
            taken.add(names[theme.id])
    name_themes(engine, names)
    save_anchors(engine, anchors)


def _renamed(engine: Engine, theme: Theme, taken: set[str]) -> str:
    assert theme.id is not None
    said = [one.words for one in queries.members(engine, theme.id, _SPOKEN)]
    return naming.free(naming.Unnamed(theme.polarity, theme.touchpoint, said), taken - {theme.label})
