"""Themes within a filter, counted by distinct people, and what people said."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from sqlalchemy import Engine, select
from sqlmodel import Session, col

from domain.vocabulary import Label, Place, Sentiment, Usable
from store.facts import Facts
from store.facts.facts import Array, Mask
from store.filter import Filter
from store.queries.scope import about, chosen_facts
from store.tables import Brand, Experience, Mention, Prediction, Theme, ThemeEdit

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
    members = theme_members(facts, rows)
    counted = _counted(facts, members)
    with Session(engine) as session:
        themes = {theme.id: theme for theme in session.scalars(select(Theme)) if theme.id in counted}
    found = [
        SharedExperience(themes[theme_id], *numbers) for theme_id, numbers in counted.items() if theme_id in themes
    ]
    return sorted(found, key=lambda one: (-one.authors, -one.mentions, one.theme.id or 0))


def theme_members(facts: Facts, rows: Mask) -> Mask:
    """Experiences that belong to a theme, in those of some mentions that tell an experience."""
    return facts.told.among("place", [Place.MEMBER]) & facts.told_in(
        rows & facts.mentions.among("usable", [Usable.EXPERIENCE])
    )


def _counted(facts: Facts, members: Mask) -> dict[int, tuple[Any, ...]]:
    """Theme -> authors, mentions, sources, first and last dated day."""
    theme = facts.told.numbers["theme"][members].astype(np.int64)
    row = facts.mention_of[members]
    known, at = np.unique(theme, return_inverse=True)
    author, source = facts.mentions.numbers["author"][row], facts.mentions.columns["source"].codes[row]
    day, dated = facts.mentions.numbers["day"][row], facts.mentions.flags["dated"][row]
    named = author != 0
    authors = _distinct(at[named], author[named], len(known))
    mentions, sources = _distinct(at, row, len(known)), _distinct(at, source, len(known))
    first, last = np.full(len(known), 10**7), np.zeros(len(known), np.int64)
    np.minimum.at(first, at[dated], day[dated])
    np.maximum.at(last, at[dated], day[dated])
    return {
        int(known[n]): (
            int(authors[n]), int(mentions[n]), int(sources[n]),
            *(date.fromordinal(int(end[n])) if last[n] else None for end in (first, last)),
        )
        for n in range(len(known))
    }  # fmt: skip


def _distinct(groups: Array, values: Array, size: int) -> Array:
    """How many different values each group has."""
    order = np.lexsort((values, groups))
    groups, values = groups[order], values[order]
    fresh = np.ones(len(groups), bool)
    fresh[1:] = (groups[1:] != groups[:-1]) | (values[1:] != values[:-1])
    return np.bincount(groups[fresh], minlength=size)


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
    members = theme_members(facts, rows)
    theme = facts.told.numbers["theme"][members].astype(np.int64)
    of_told = name in facts.told.columns
    column = facts.told.columns[name] if of_told else facts.mentions.columns[name]
    codes = column.codes[members] if of_told else column.codes[facts.mention_of[members]]
    told = np.stack([theme, codes] if of_told else [theme, codes, facts.mention_of[members]])
    if not of_told:
        told = np.unique(told, axis=1)[:2]
    keys, counted = np.unique(told[:, told[1] >= 0], axis=1, return_counts=True)
    found: dict[int, dict[str, int]] = {}
    for theme_id, code, n in zip(*keys, counted, strict=True):
        found.setdefault(int(theme_id), {})[column.labels[code]] = int(n)
    return found


@dataclass(frozen=True, slots=True)
class Quote:
    """A passage of a theme in its mention."""

    experience: Experience
    mention: Mention
    brand: Brand

    @property
    def words(self) -> str:
        """The passage itself, raw."""
        return self.mention.text[self.experience.start : self.experience.end]


def quotes(engine: Engine, chosen: Filter, theme_id: int, limit: int | None = None) -> list[Quote]:
    """The passages of a theme within a filter, the most typical first, one of each author while they last."""
    order = (col(Experience.closeness).desc(), col(Experience.id))
    found = _quotes(engine, chosen, theme_id, order, None if limit is None else 20 * limit)
    heard: set[str] = set()
    fresh: list[Quote] = []
    again: list[Quote] = []
    for quote in found:
        (again if quote.mention.author in heard else fresh).append(quote)
        heard.add(quote.mention.author)
    return (fresh + again)[:limit]


def three_quotes(engine: Engine, chosen: Filter, theme_id: int) -> dict[str, Quote]:
    """Of a theme within a filter: the most "central" passage, the most "different" one, the most "recent" one.

    One text is quoted once; a theme of fewer texts has fewer quotes.
    """
    nearest, recent = col(Experience.closeness), col(Mention.published_at)
    orders = {
        "central": (nearest.desc(), col(Experience.id)),
        "different": (nearest, col(Experience.id)),
        "recent": (recent.desc(), col(Experience.id).desc()),
    }
    picked: dict[str, Quote] = {}
    for kind, order in orders.items():
        for quote in _quotes(engine, chosen, theme_id, order, 12):
            others = picked.values()
            if all(quote.mention.id != o.mention.id and quote.words.strip() != o.words.strip() for o in others):
                picked[kind] = quote
                break
    return picked


def _quotes(engine: Engine, chosen: Filter, theme_id: int, order: Any, limit: int | None) -> list[Quote]:
    query = (
        about(chosen, engine, Experience, Mention, Brand)
        .join(Experience, col(Experience.mention_id) == col(Mention.id))
        .join(Brand, col(Brand.id) == col(Mention.brand_id))
        .where(
            col(Experience.theme_id) == theme_id,
            col(Experience.place) == Place.MEMBER,
            col(Prediction.usable) == Usable.EXPERIENCE,
        )
        .order_by(*order)
        .limit(limit)
    )
    with Session(engine) as session:
        return [Quote(*row) for row in session.execute(query)]


def theme_days(engine: Engine, chosen: Filter, theme_ids: Sequence[int]) -> dict[int, dict[date, int]]:
    """Mentions of some themes by day, within a filter; undated ones are left out."""
    facts, rows = chosen_facts(engine, chosen)
    members = theme_members(facts, rows & facts.mentions.flags["dated"])
    members &= np.isin(facts.told.numbers["theme"], list(theme_ids))
    told = np.unique(np.stack([facts.told.numbers["theme"][members], facts.mention_of[members]]), axis=1)
    found: dict[int, dict[date, int]] = {theme_id: {} for theme_id in theme_ids}
    days = facts.mentions.numbers["day"][told[1]]
    keys, counted = np.unique(np.stack([told[0], days]), axis=1, return_counts=True)
    for theme_id, day, n in zip(*keys, counted, strict=True):
        found[int(theme_id)][date.fromordinal(int(day))] = int(n)
    return found


def traffic(engine: Engine, chosen: Filter) -> dict[date, int]:
    """All dated texts of a filter that tell an experience, by day: what the days of a theme are judged against."""
    facts, rows = chosen_facts(engine, chosen)
    days = facts.mentions.numbers["day"][rows & facts.experience & facts.mentions.flags["dated"]]
    return {date.fromordinal(int(day)): int(n) for day, n in zip(*np.unique(days, return_counts=True), strict=True)}


def theme_feelings(engine: Engine, chosen: Filter) -> tuple[tuple[int, int, int], dict[int, tuple[int, int, int]]]:
    """Positive, negative and all counted mentions: of the filter, and of those that tell each theme."""
    facts, rows = chosen_facts(engine, chosen)
    rows = rows & facts.counted
    members = theme_members(facts, rows)
    told = np.unique(np.stack([facts.told.numbers["theme"][members], facts.mention_of[members]]), axis=1)
    feeling = facts.mentions.columns["sentiment"]
    good, bad = feeling.codes == feeling.code(Sentiment.POSITIVE), feeling.codes == feeling.code(Sentiment.NEGATIVE)
    known, at = np.unique(told[0], return_inverse=True)
    parts = [np.bincount(at, weights, len(known)) for weights in (good[told[1]], bad[told[1]], None)]
    whole = (int((rows & good).sum()), int((rows & bad).sum()), int(rows.sum()))
    return whole, {int(t): (int(p), int(n), int(a)) for t, p, n, a in zip(known, *parts, strict=True)}


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
    experience = facts.mentions.among("usable", [Usable.EXPERIENCE])
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


def severe(engine: Engine, chosen: Filter, limit: int = 50) -> list[Quote]:
    """Rare but severe experiences of a filter, newest first, however few they are; copies are left out."""
    query = (
        about(chosen, engine, Experience, Mention, Brand)
        .join(Experience, col(Experience.mention_id) == col(Mention.id))
        .join(Brand, col(Brand.id) == col(Mention.brand_id))
        .where(
            col(Experience.severe).in_(chosen.severe) if chosen.severe else col(Experience.severe) != "",
            col(Experience.place) != Place.COPY,
            col(Prediction.usable) == Usable.EXPERIENCE,
        )
        .order_by(col(Mention.published_at).desc(), col(Experience.id).desc())
        .limit(limit)
    )
    with Session(engine) as session:
        return [Quote(*row) for row in session.execute(query)]


def severities(engine: Engine, chosen: Filter) -> dict[str, int]:
    """Texts that tell each kind of severe experience."""
    facts, rows = chosen_facts(engine, chosen)
    rows = rows & facts.mentions.among("usable", [Usable.EXPERIENCE]) & ~facts.mentions.flags["copied"]
    column = facts.told.columns["severe"]
    told = facts.told_in(rows) & (column.codes >= 0)
    pairs = np.unique(np.stack([column.codes[told], facts.mention_of[told]]), axis=1)
    counted = np.bincount(pairs[0], minlength=len(column.labels))
    return {kind: int(n) for kind, n in zip(column.labels, counted, strict=True) if n}
