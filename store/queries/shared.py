"""Themes within a filter, counted by distinct people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from sqlalchemy import Engine, select
from sqlalchemy.orm import defer
from sqlmodel import Session, col

from domain.vocabulary import Label, Place, Sentiment
from store.facts import Facts
from store.facts.facts import Array, Mask
from store.filter import Filter
from store.queries.scope import chosen_facts
from store.tables import Theme, ThemeEdit

#: An experience told by enough people is shared once it lasted so many days, or was heard in so many sources.
DAYS, SOURCES = 14, 2


@dataclass(frozen=True, slots=True)
class SharedExperience:
    """A theme, as counted within a filter: by distinct people, not by texts.

    `mentions` are those that tell it; the days are those of dated texts, None if none is dated.
    """

    theme: Theme
    authors: int
    mentions: int
    sources: int
    first: date | None
    last: date | None

    def shared(self, least: int) -> bool:
        """Told by at least `least` people, over two weeks or in two sources."""
        lasting = self.first is not None and self.last is not None and (self.last - self.first).days >= DAYS
        return self.authors >= least and (lasting or self.sources >= SOURCES)


def shared_experiences(
    engine: Engine, chosen: Filter, polarity: str, least: int, limit: int | None = 30
) -> list[SharedExperience]:
    """Themes of a polarity that are shared by at least `least` distinct authors, most people first.

    Texts without a known author count as nobody: they never make an experience "shared".
    """
    found = [one for one in theme_counts(engine, chosen) if one.theme.polarity == polarity and one.shared(least)]
    return found[:limit]


def theme_counts(engine: Engine, chosen: Filter) -> list[SharedExperience]:
    """All themes that the filter's texts tell, shared or not, most people first."""
    facts, rows = chosen_facts(engine, chosen)
    counted = facts.once(("themes", chosen), lambda: _counted(facts, rows))
    themes = known_themes(engine)
    found = [
        SharedExperience(themes[theme_id], *numbers) for theme_id, numbers in counted.items() if theme_id in themes
    ]
    return sorted(found, key=lambda one: (-one.authors, -one.mentions, one.theme.id or 0))


def known_themes(engine: Engine) -> dict[int, Theme]:
    """All themes by id, without what their centres are made of. Everybody gets the same ones: they are not changed.

    Thousands of them take a tenth of a second and many MiB as objects, and every page of themes needs them: they are
    made again when anything of them changed.
    """
    with Session(engine) as session:
        state = hash(tuple(map(tuple, session.execute(_STATE))))
        kept = _themes.get(engine)
        if kept is None or kept[0] != state:
            every = session.scalars(select(Theme).options(defer(Theme.centroid)))  # type: ignore[arg-type]
            kept = _themes[engine] = state, {one.id or 0: one for one in every}
    return kept[1]


_themes: "WeakKeyDictionary[Engine, tuple[int, dict[int, Theme]]]" = WeakKeyDictionary()
#: All that may change of a theme.
_STATE = select(
    col(Theme.id), col(Theme.label), col(Theme.title), col(Theme.size), col(Theme.named_at), col(Theme.locked),
    col(Theme.merged_into), col(Theme.model), col(Theme.touchpoint), col(Theme.polarity),
).order_by(col(Theme.id))  # fmt: skip


def in_themes(facts: Facts, rows: Mask) -> Mask:
    """The rows of `facts.members` whose mention is one of some, and tells an experience."""
    inside: Mask = (rows & facts.tells)[facts.members.mention]
    return inside


def _counted(facts: Facts, rows: Mask) -> dict[int, tuple[Any, ...]]:
    """Theme -> authors, mentions, sources, first and last dated day, of the mentions among some."""
    members, source = facts.members, facts.mentions.columns["source"]
    inside = in_themes(facts, rows)
    at = members.texts(inside)
    authors, mentions = members.people(inside), members.each(at)
    row = members.mention[at]
    sources = (members.count(at, source.codes[row], len(source.labels)) > 0).sum(axis=1)
    dated = facts.mentions.flags["dated"][row]
    theme, day = members.theme[at][dated], facts.mentions.numbers["day"][row][dated]
    first, last = np.full(len(members.themes), 10**7), np.zeros(len(members.themes), np.int64)
    known, start = np.unique(theme, return_index=True)
    if len(known):
        first[known], last[known] = np.minimum.reduceat(day, start), np.maximum.reduceat(day, start)
    return {
        int(members.themes[n]): (
            int(authors[n]), int(mentions[n]), int(sources[n]),
            *(date.fromordinal(int(end[n])) if last[n] else None for end in (first, last)),
        )
        for n in np.flatnonzero(mentions)
    }  # fmt: skip


def theme(engine: Engine, theme_id: int) -> Theme | None:
    """A theme by its id; of one that was merged, what it became part of."""
    with Session(engine) as session:
        found = session.get(Theme, theme_id)
        while found is not None and found.merged_into is not None:
            found = session.get(Theme, found.merged_into)
        return found


def theme_edits(engine: Engine, theme_id: int) -> list[ThemeEdit]:
    """What people did to a theme, newest first."""
    query = select(ThemeEdit).where(col(ThemeEdit.theme_id) == theme_id).order_by(col(ThemeEdit.id).desc())
    with Session(engine) as session:
        return list(session.scalars(query))


def theme_labels(
    engine: Engine, chosen: Filter, name: str, labels: type[Label] | None = None
) -> dict[int, dict[str, int]]:
    """How the members of each theme spread over a column of experiences ("stage") or of mentions ("brand").

    Returns:
        Theme -> label -> experiences (of a column of experiences) or distinct mentions (of one of mentions).
    """
    facts, rows = chosen_facts(engine, chosen)
    members, inside = facts.members, in_themes(facts, rows)
    if name in facts.told.columns:
        at, column = np.flatnonzero(inside), facts.told.columns[name]
        codes = column.codes[members.told[at]]
    else:
        at, column = members.texts(inside), facts.mentions.columns[name]
        codes = column.codes[members.mention[at]]
    table = members.count(at, codes, len(column.labels))
    return {
        int(members.themes[place]): {column.labels[code]: int(line[code]) for code in np.flatnonzero(line)}
        for place, line in enumerate(table)
        if line.any()
    }


def theme_days(engine: Engine, chosen: Filter, theme_ids: Sequence[int]) -> dict[int, dict[date, int]]:
    """Mentions of some themes by day, within a filter; undated ones are left out."""
    facts, rows = chosen_facts(engine, chosen)
    tells = rows & facts.mentions.flags["dated"] & facts.tells
    found = {}
    for theme_id in theme_ids:
        row = facts.members.mention[facts.members.rows_of(theme_id)]
        row = row[tells[row]]
        # Within a theme the rows go mention by mention.
        found[theme_id] = _by_day(facts.mentions.numbers["day"][row[np.diff(row, prepend=-1) != 0]])
    return found


def lately(
    engine: Engine, chosen: Filter, theme_ids: Sequence[int], since: date, silent: date, last: date
) -> dict[int, tuple[date, dict[date, int]]]:
    """First day and days of some themes, as `theme_days`; of thousands of themes, much quicker.

    Of a theme that was told between `silent` and `last` only the days from `since` on are there; of the others, all.
    """
    facts, rows = chosen_facts(engine, chosen)
    members, every = facts.members, facts.mentions.numbers["day"]
    at = members.texts(in_themes(facts, rows & facts.mentions.flags["dated"]))
    theme, day = members.theme[at], every[members.mention[at]]
    if not len(at):
        return {}
    known, start = np.unique(theme, return_index=True)
    first = dict(zip(members.themes[known].tolist(), np.minimum.reduceat(day, start).tolist(), strict=True))
    least = np.zeros(len(members.themes), np.int64)
    least[theme[(day >= silent.toordinal()) & (day <= last.toordinal())]] = since.toordinal()
    shown = day >= least[theme]
    origin, size = int(day.min()), int(day.max() - day.min()) + 1
    counted = np.bincount(theme[shown].astype(np.int64) * size + day[shown] - origin, minlength=len(least) * size)
    dates = np.array([date.fromordinal(origin + n) for n in range(size)], object)
    found = {}
    for theme_id in first.keys() & set(theme_ids):
        place = int(np.searchsorted(members.themes, theme_id))
        line = counted[place * size : (place + 1) * size]
        told = np.flatnonzero(line)
        days = dict(zip(dates[told].tolist(), line[told].tolist(), strict=True))
        found[theme_id] = date.fromordinal(first[theme_id]), days
    return found


def traffic(engine: Engine, chosen: Filter) -> dict[date, int]:
    """All dated texts of a filter that tell an experience, by day: what the days of a theme are judged against."""
    facts, rows = chosen_facts(engine, chosen)
    return _by_day(facts.mentions.numbers["day"][rows & facts.experience & facts.mentions.flags["dated"]])


def _by_day(days: Array) -> dict[date, int]:
    if not len(days):
        return {}
    first = int(days.min())
    counted = np.bincount(days - first)
    return {date.fromordinal(first + int(day)): int(counted[day]) for day in np.flatnonzero(counted)}


def theme_feelings(engine: Engine, chosen: Filter) -> tuple[tuple[int, int, int], dict[int, tuple[int, int, int]]]:
    """Positive, negative and all counted mentions: of the filter, and of those that tell each theme."""
    facts, rows = chosen_facts(engine, chosen)
    rows = rows & facts.counted
    members, feeling = facts.members, facts.mentions.columns["sentiment"]
    at = members.texts(in_themes(facts, rows))
    table = members.count(at, feeling.codes[members.mention[at]], len(feeling.labels))
    whole = facts.mentions.count(rows, "sentiment")
    good, bad = feeling.code(Sentiment.POSITIVE), feeling.code(Sentiment.NEGATIVE)
    return (int(whole[good]), int(whole[bad]), int(whole.sum())), {
        int(theme_id): (int(line[good]), int(line[bad]), int(line.sum()))
        for theme_id, line in zip(members.themes, table, strict=True)
        if line.any()
    }


@dataclass(frozen=True, slots=True)
class Places:
    """Where the experiences of a filter are: every one is in exactly one place."""

    #: A key of domain.vocabulary.Place, or "" for those that discovery has not looked at -> experiences.
    counts: dict[str, int]
    #: Texts that copy an earlier one, and texts that were set aside before: spam, no experience told.
    copies: int
    aside: int

    @property
    def told(self) -> int:
        """All experiences."""
        return sum(self.counts.values())

    @property
    def unassigned(self) -> float:
        """Share of those that were compared with themes and are in none, 0..1."""
        compared = sum(self.counts.get(str(place), 0) for place in (Place.MEMBER, Place.NEAR, Place.ALONE))
        return 1 - self.counts.get(str(Place.MEMBER), 0) / compared if compared else 0.0


def places(engine: Engine, chosen: Filter) -> Places:
    """How many experiences of a filter are in themes, near them, alone, or set aside, and why."""
    facts, rows = chosen_facts(engine, chosen)
    experience = facts.tells
    told = facts.told_in(rows & experience)
    counted = facts.told.count(told, "place")
    found = {str(place): int(n) for place, n in zip(Place, counted, strict=True) if n}
    if rest := int(told.sum()) - sum(found.values()):
        found[""] = rest
    return Places(
        found,
        int((rows & experience & facts.mentions.flags["copied"]).sum()),
        int((rows & facts.read & ~experience).sum()),
    )
