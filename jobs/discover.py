"""Discover: experiences that several people share become themes; known themes keep their identity."""

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
from sqlalchemy import Engine

from domain.settings import Settings
from domain.vocabulary import Touchpoint
from jobs.classify import pack, unpack
from jobs.lock import alone
from nlp import themes
from nlp.classifier import Classifier
from store import queries
from store.tables import Theme
from store.writes import ThemeDraft, save_themes

Floats = npt.NDArray[np.float32]
Say = Callable[[str], None]
_FEWEST_AUTHORS = 2


def discover(engine: Engine, classifier: Classifier, settings: Settings, say: Say = lambda what: None) -> Counter[str]:
    """Group the sure, polar experiences within polarity x touchpoint, name the groups, and save all at once.

    The same experiences give the same themes; a theme whose centre comes again keeps its id and its name.

    Returns:
        Counts: "experiences", "assigned", "themes", of which "known" and "new".
    """
    with alone(settings, "discover"):
        # A verdict alone («عالی بود») names nothing that people could share.
        told = [one for one in queries.told(engine) if one.touchpoint != Touchpoint.NONE]
        say(f"grouping {len(told)} experiences")
        found = _groups(told)
        known = queries.themes(engine)
        continued = _continued(found, known)
        say(f"naming {len(found) - len(continued)} new themes")
        labels = _labels(
            classifier, [g for n, g in enumerate(found) if n not in continued], told, {t.label for t in known}
        )
        names = iter(labels)
        drafts = []
        for number, (cell, group) in enumerate(found):
            theme = continued.get(number)
            drafts.append(
                ThemeDraft(
                    id=theme.id if theme else None,
                    label=theme.label if theme else next(names),
                    polarity=cell[0],
                    touchpoint=cell[1],
                    centroid=pack(group.centre),
                    members={
                        told[row].id: round(float(near), 4)
                        for row, near in zip(group.rows, group.closeness, strict=True)
                    },
                )
            )
        counts = save_themes(engine, drafts)
    counts["experiences"] = len(told)
    counts["assigned"] = sum(len(group.rows) for _, group in found)
    counts["themes"] = len(drafts)
    return counts


Found = list[tuple[tuple[str, str], themes.Group]]


def _groups(told: Sequence[queries.Told]) -> Found:
    """Groups in each cell that at least two people tell; rows are numbers of `told`."""
    found: Found = []
    for cell, rows in themes.by_cell([(one.polarity, one.touchpoint) for one in told]).items():
        for group in themes.group(unpack([told[row].embedding for row in rows])):
            members = rows[group.rows]
            if len({told[row].author for row in members} - {""}) >= _FEWEST_AUTHORS:
                found.append((cell, themes.Group(members, group.closeness, group.centre)))
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


def _labels(classifier: Classifier, found: Found, told: Sequence[queries.Told], taken: set[str]) -> list[str]:
    """A phrase for each group in people's own words; the most typical passage, shortened, where none stands out."""
    words = {number: [told[row].words for row in group.rows] for number, (_, group) in enumerate(found)}
    options = themes.candidates(words)
    options = {number: [phrase for phrase in phrases if phrase not in taken] for number, phrases in options.items()}
    distinct = sorted({phrase for phrases in options.values() for phrase in phrases})
    embedded = dict(zip(distinct, classifier.embed(distinct), strict=True)) if distinct else {}
    centres = {number: group.centre for number, (_, group) in enumerate(found)}
    chosen = themes.choose_labels(centres, options, embedded)
    return [
        chosen.get(number) or _shortened(words[number][int(found[number][1].closeness.argmax())]) for number in words
    ]


def _shortened(passage: str) -> str:
    return " ".join(passage.split()[:6]) or "…"
