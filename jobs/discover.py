"""Discover: experiences that several people share become themes; known themes keep their identity."""

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
from sqlalchemy import Engine

from domain.settings import Settings
from domain.vocabulary import Touchpoint
from jobs.lock import alone
from jobs.vectors import pack, unpack
from nlp import themes
from nlp.classifier import Classifier
from store import queries
from store.queries import Told
from store.tables import Theme
from store.writes import ThemeDraft, save_themes

Floats = npt.NDArray[np.float32]
Say = Callable[[str], None]
Cell = tuple[str, str]
Found = list[tuple[Cell, themes.Group]]
_FEWEST_AUTHORS = 2


def discover(engine: Engine, classifier: Classifier, settings: Settings, say: Say = lambda what: None) -> Counter[str]:
    """Group the sure, polar experiences within polarity x touchpoint, name the groups, and save all at once.

    The same experiences give the same themes; a theme whose centre comes again keeps its id and its name. Another
    checkpoint has other embeddings: its themes begin anew.

    Returns:
        Counts: "experiences", "assigned", "themes", of which "known" and "new".
    """
    # Classifying replaces experiences: it must not do so between our reading and our writing.
    with alone(settings, "classify"):
        told = [one for one in queries.told(engine, classifier.version) if _tells(one)]
        say(f"grouping {len(told)} experiences")
        found = _groups(told)
        known = [theme for theme in queries.themes(engine) if theme.model == classifier.version]
        continued = _continued(found, known)
        fresh = [pair for number, pair in enumerate(found) if number not in continued]
        say(f"naming {len(fresh)} new themes")
        names = iter(_names(classifier, fresh, told, {theme.label for theme in known}))
        drafts = []
        for number, (cell, group) in enumerate(found):
            theme = continued.get(number)
            drafts.append(_draft(cell, group, told, theme.id if theme else None, theme.label if theme else next(names)))
        counts = save_themes(engine, drafts, classifier.version)
    counts["experiences"] = len(told)
    counts["assigned"] = sum(len(group.rows) for _, group in found)
    counts["themes"] = len(drafts)
    return counts


def _tells(one: Told) -> bool:
    """A verdict alone («عالی بود»), or a single word, tells nothing that people could share."""
    return one.touchpoint != Touchpoint.NONE and bool(one.dimensions) and len(one.words.split()) > 1


def _groups(told: Sequence[Told]) -> Found:
    """Groups in each cell that at least two people tell; rows are numbers of `told`."""
    found: Found = []
    for cell, rows in themes.by_cell([(one.polarity, one.touchpoint) for one in told]).items():
        some = [told[row] for row in rows]
        meanings = themes.meaning(unpack([one.embedding for one in some]), [one.dimensions for one in some])
        for group in themes.group(meanings):
            if len({some[row].author for row in group.rows} - {""}) >= _FEWEST_AUTHORS:
                found.append((cell, themes.Group(rows[group.rows], group.closeness, group.centre)))
    return found


def _continued(found: Found, known: Sequence[Theme]) -> dict[int, Theme]:
    """Which groups continue a known theme of the same cell."""
    result: dict[int, Theme] = {}
    for cell in {cell for cell, _ in found}:
        numbers = [number for number, (where, _) in enumerate(found) if where == cell]
        old = [theme for theme in known if (theme.polarity, theme.touchpoint) == cell]
        if old:
            same = themes.same_as(unpack([t.centroid for t in old]), np.stack([found[n][1].centre for n in numbers]))
            result |= {numbers[new]: old[before] for new, before in same.items()}
    return result


def _draft(cell: Cell, group: themes.Group, told: Sequence[Told], theme_id: int | None, label: str) -> ThemeDraft:
    members = zip(group.rows, group.closeness, strict=True)
    return ThemeDraft(
        id=theme_id,
        label=label,
        polarity=cell[0],
        touchpoint=cell[1],
        centroid=pack(group.centre),
        members={told[row].id: round(float(near), 4) for row, near in members},
    )


def _names(classifier: Classifier, fresh: Found, told: Sequence[Told], taken: set[str]) -> list[str]:
    """A phrase for each group in people's own words; its most typical passage, shortened, where none is left."""
    groups = {number: [told[row] for row in group.rows] for number, (_, group) in enumerate(fresh)}
    options = themes.candidates({number: [one.words for one in some] for number, some in groups.items()})
    options = {number: [phrase for phrase in phrases if phrase not in taken] for number, phrases in options.items()}
    distinct = sorted({phrase for phrases in options.values() for phrase in phrases})
    embedded = dict(zip(distinct, classifier.embed(distinct), strict=True))
    centres = {number: unpack([one.embedding for one in some]).mean(0) for number, some in groups.items()}
    chosen = themes.choose_labels(centres, options, embedded)
    typical = {number: groups[number][int(group.closeness.argmax())].words for number, (_, group) in enumerate(fresh)}
    return [chosen.get(number) or " ".join(typical[number].split()[:6]) for number in groups]
