"""Weeks beside each other, source by source: what the digest compares."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
from sqlalchemy import Engine, func, select
from sqlmodel import Session, col

from domain.dates import TEHRAN, local_day, utc
from domain.indices import Counts
from domain.vocabulary import CrawlOutcome, Place, Sentiment
from store.facts import Facts
from store.facts.facts import Array, Mask
from store.filter import Filter, words
from store.queries.scope import about, chosen_facts
from store.queries.shared import in_themes
from store.queries.work import Watched, watched
from store.tables import CrawlRun, Experience, Mention, Theme

_FINE = frozenset({CrawlOutcome.OK, CrawlOutcome.LIMITED, CrawlOutcome.RUNNING})


@dataclass(frozen=True, slots=True)
class Weeks:
    """Weeks of a filter, oldest first, by source; only dated texts count.

    Traffic is the texts that tell an experience and that discovery has compared with the themes.
    """

    starts: tuple[date, ...]
    traffic: tuple[Mapping[str, int], ...]
    #: Theme -> its texts of each week.
    themes: Mapping[int, tuple[Mapping[str, int], ...]]
    #: Positive, negative and all counted texts of each week.
    feelings: tuple[Mapping[str, Counts], ...]


def weeks_of(engine: Engine, chosen: Filter, newest: date, count: int) -> Weeks:
    """`count` weeks, the last of which begins on `newest`."""
    facts, rows, week = _by_week(engine, chosen, newest, count)
    told, counted = rows & facts.experience & compared(facts), rows & facts.counted
    feeling = facts.mentions.columns["sentiment"]
    members = facts.members
    at = members.texts(in_themes(facts, rows & facts.experience))
    theme, row = members.themes[members.theme[at]], members.mention[at]
    good, bad = (_cells(facts, week, counted & (feeling.codes == feeling.code(s)), count) for s in _SIDES)
    every = _cells(facts, week, counted, count)
    return Weeks(
        tuple(newest - timedelta(days=7 * back) for back in range(count - 1, -1, -1)),
        tuple(_cells(facts, week, told, count)),
        _theme_cells(facts, theme, row, week, count),
        tuple(
            {source: (good[n].get(source, 0), bad[n].get(source, 0), all_) for source, all_ in every[n].items()}
            for n in range(count)
        ),
    )


_SIDES = (Sentiment.POSITIVE, Sentiment.NEGATIVE)


def voices_of(engine: Engine, newest: date, count: int) -> dict[str, list[dict[str, int]]]:
    """Brand -> the counted texts of each week by source, weeks as of `weeks_of`."""
    facts, rows, week = _by_week(engine, Filter(), newest, count)
    brand = facts.mentions.columns["brand"]
    return {
        key: _cells(facts, week, rows & facts.counted & (brand.codes == code), count)
        for code, key in enumerate(brand.labels)
    }


def _by_week(engine: Engine, chosen: Filter, newest: date, count: int) -> tuple[Facts, Mask, Array]:
    """The dated mentions of some weeks, and the place of each one's week."""
    facts, rows = chosen_facts(engine, chosen)
    week = (facts.mentions.numbers["day"] - (newest.toordinal() - 7 * (count - 1))) // 7
    return facts, rows & facts.mentions.flags["dated"] & (week >= 0) & (week < count), week


def compared(facts: Facts) -> Mask:
    """Mentions of which discovery has compared every experience: the others could be of any theme."""
    place = facts.told.columns["place"]
    waits = (place.codes < 0) | (place.codes == place.code(Place.WAITING))
    found = np.ones(len(facts.mentions), bool)
    found[facts.mention_of[waits]] = False
    return found


def _theme_cells(
    facts: Facts, theme: Array, row: Array, week: Array, count: int
) -> dict[int, tuple[dict[str, int], ...]]:
    """Theme -> its mentions of each week by source, all themes at once."""
    source = facts.mentions.columns["source"]
    size = len(source.labels)
    cells, n = np.unique((theme * count + week[row]) * size + source.codes[row], return_counts=True)
    found: dict[int, tuple[dict[str, int], ...]] = {}
    for cell, texts in zip(cells.tolist(), n.tolist(), strict=True):
        (theme_id, at), code = divmod(cell // size, count), cell % size
        if theme_id not in found:
            found[theme_id] = tuple({} for _ in range(count))
        found[theme_id][at][source.labels[code]] = texts
    return found


def _cells(facts: Facts, week: Array, rows: Array, count: int) -> list[dict[str, int]]:
    source = facts.mentions.columns["source"]
    size = len(source.labels)
    told = np.bincount(week[rows] * size + source.codes[rows], minlength=count * size).reshape(count, size)
    return [{source.labels[at]: int(line[at]) for at in np.flatnonzero(line)} for line in told]


def not_compared(engine: Engine, chosen: Filter) -> int:
    """Texts of a filter that no model has read, or that discovery has not compared with the themes."""
    facts, rows = chosen_facts(engine, chosen)
    read = facts.read | facts.mentions.flags["deleted"]
    return int((rows & (~read | (facts.experience & ~compared(facts)))).sum())


def first_told(engine: Engine, chosen: Filter) -> dict[int, date]:
    """Theme -> the day on which a dated text of the filter first told it."""
    facts, rows = chosen_facts(engine, chosen)
    members = facts.members
    at = np.flatnonzero(in_themes(facts, rows & facts.mentions.flags["dated"]))
    if not len(at):
        return {}
    known, start = np.unique(members.theme[at], return_index=True)
    first = np.minimum.reduceat(facts.mentions.numbers["day"][members.mention[at]], start)
    return {key: date.fromordinal(day) for key, day in zip(members.themes[known].tolist(), first.tolist(), strict=True)}


def themes_by_id(engine: Engine, ids: Sequence[int]) -> dict[int, Theme]:
    """Themes by their ids."""
    with Session(engine) as session:
        return {theme.id or 0: theme for theme in session.scalars(select(Theme).where(col(Theme.id).in_(ids)))}


def unnamed(engine: Engine, chosen: Filter) -> int:
    """Texts of a filter whose author is not known."""
    facts, rows = chosen_facts(engine, chosen)
    return int((rows & (facts.mentions.numbers["author"] == 0)).sum())


def theme_words(engine: Engine, chosen: Filter, theme_id: int, most: int = 2_000) -> Counter[str]:
    """Folded words in the passages of a theme -> texts that hold them; the newest texts if there are too many."""
    columns = (col(Mention.id), col(Mention.text), col(Experience.start), col(Experience.end))
    query = (
        about(chosen, engine, *columns)
        .join(Experience, col(Experience.mention_id) == col(Mention.id))
        .where(col(Experience.theme_id) == theme_id, col(Experience.place) == Place.MEMBER)
        .order_by(col(Mention.published_at).desc(), col(Experience.id))
        .limit(most)
    )
    held: dict[int, set[str]] = {}
    with Session(engine) as session:
        for mention_id, text, start, end in session.execute(query):
            held.setdefault(mention_id, set()).update(words(text[start:end]))
    return Counter(word for found in held.values() for word in found if len(word) > 2)


@dataclass(frozen=True, slots=True)
class Gap:
    """A target that may not be known up to the end of a period."""

    watched: Watched
    last_good: date | None


def gaps_of(engine: Engine, brands: Sequence[str], last: date) -> list[Gap]:
    """Active targets that no crawl has read to their end since the day `last` ended, and whose newest run ended badly.

    A target that was not crawled on that day or later counts too, however its newest run ended.
    """
    good = (
        select(col(CrawlRun.target_id), func.max(col(CrawlRun.started_at)))
        .where(col(CrawlRun.outcome) == CrawlOutcome.OK)
        .group_by(col(CrawlRun.target_id))
    )
    with Session(engine) as session:
        read = {target_id: utc(at) for target_id, at in session.execute(good)}
    ended = datetime.combine(last + timedelta(days=1), datetime.min.time(), TEHRAN)
    found = []
    for one in watched(engine, active=True):
        at = read.get(one.target.id)
        if (brands and one.brand.key not in brands) or (at and at >= ended):
            continue
        if at is None or local_day(at) < last or one.run is None or one.run.outcome not in _FINE:
            found.append(Gap(one, local_day(at) if at else None))
    return found
