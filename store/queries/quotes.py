"""What people said in their own words: of a theme, and of what is severe."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Engine, select
from sqlalchemy.orm import defer
from sqlmodel import Session, col

from domain.vocabulary import Place
from store.facts import Facts
from store.facts.facts import Array, Mask
from store.filter import Filter
from store.queries.scope import chosen_facts
from store.tables import Brand, Experience, Mention

#: So many passages of each order are looked at for one that repeats no other.
_LOOKED_AT = 12


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
    facts, rows = chosen_facts(engine, chosen)
    at = _of_theme(facts, rows, theme_id)
    return _read(engine, facts, typical(facts, at, limit))


def typical(facts: Facts, told: Array, limit: int | None = None) -> Array:
    """Some experiences, the most typical of their themes first, one of each author while they last."""
    order = told[np.lexsort((facts.told.id[told], -facts.told.numbers["closeness"][told]))]
    order = order if limit is None else order[: 20 * limit]
    _, first = np.unique(facts.mentions.numbers["author"][facts.mention_of[order]], return_index=True)
    again = np.ones(len(order), bool)
    again[first] = False
    found: Array = np.concatenate([order[~again], order[again]])[:limit]
    return found


def three_quotes(engine: Engine, chosen: Filter, theme_id: int) -> dict[str, Quote]:
    """Of a theme within a filter: the most "central" passage, the most "different" one, the most "recent" one.

    One text is quoted once; a theme of fewer texts has fewer quotes.
    """
    facts, rows = chosen_facts(engine, chosen)
    told = _of_theme(facts, rows, theme_id)
    number, near = facts.told.id[told], facts.told.numbers["closeness"][told]
    moment = facts.mentions.numbers["at"][facts.mention_of[told]]
    orders = {"central": (number, -near), "different": (number, near), "recent": (-number, -moment)}
    first = {kind: told[np.lexsort(keys)[:_LOOKED_AT]] for kind, keys in orders.items()}
    read = {one.experience.id: one for one in _read(engine, facts, np.unique(np.concatenate(list(first.values()))))}
    picked: dict[str, Quote] = {}
    for kind, some in first.items():
        for quote in (read[int(number)] for number in facts.told.id[some] if int(number) in read):
            others = picked.values()
            if all(quote.mention.id != o.mention.id and quote.words.strip() != o.words.strip() for o in others):
                picked[kind] = quote
                break
    return picked


def _of_theme(facts: Facts, rows: Mask, theme_id: int) -> Array:
    """The experiences of a theme in those of some mentions that tell an experience."""
    part, tells = facts.members.rows_of(theme_id), facts.tells
    found: Array = facts.members.told[part][(rows & tells)[facts.members.mention[part]]]
    return found


def _read(engine: Engine, facts: Facts, told: Array) -> list[Quote]:
    """Some experiences with their texts, in their order."""
    return read_quotes(engine, facts.told.id[told].tolist())


def read_quotes(engine: Engine, ids: Sequence[int]) -> list[Quote]:
    """The experiences with these ids, in this order."""
    query = (
        select(Experience, Mention, Brand)
        .join(Mention, col(Mention.id) == col(Experience.mention_id))
        .join(Brand, col(Brand.id) == col(Mention.brand_id))
        .options(defer(Experience.embedding))  # type: ignore[arg-type]
    )
    found: dict[Any, Quote] = {}
    with Session(engine) as session:
        for start in range(0, len(ids), 500):
            rows = session.execute(query.where(col(Experience.id).in_(ids[start : start + 500])))
            found |= {row[0].id: Quote(*row) for row in rows}
    return [found[number] for number in ids if number in found]


def severe(engine: Engine, chosen: Filter, limit: int = 50) -> list[Quote]:
    """Rare but severe experiences of a filter, newest first, however few they are; copies are left out."""
    facts, rows = chosen_facts(engine, chosen)
    codes = facts.told.columns["severe"].codes
    grave = facts.told.among("severe", chosen.severe) if chosen.severe else codes >= 0
    told = np.flatnonzero(grave & ~facts.told.among("place", [Place.COPY]))
    told = told[(rows & facts.tells)[facts.mention_of[told]]]
    moment = facts.mentions.numbers["at"][facts.mention_of[told]]
    return _read(engine, facts, told[np.lexsort((-facts.told.id[told], -moment))[:limit]])


def severities(engine: Engine, chosen: Filter) -> dict[str, int]:
    """Texts that tell each kind of severe experience."""
    facts, rows = chosen_facts(engine, chosen)
    rows = rows & facts.experience
    column = facts.told.columns["severe"]
    told = np.flatnonzero(column.codes >= 0)
    told = told[rows[facts.mention_of[told]]]
    pairs = np.unique(column.codes[told].astype(np.int64) * len(rows) + facts.mention_of[told])
    counted = np.bincount(pairs // max(len(rows), 1), minlength=len(column.labels))
    return {kind: int(n) for kind, n in zip(column.labels, counted, strict=True) if n}
