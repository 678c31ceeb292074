"""Brands beside each other, over the same sources: shares, indices and themes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import compress
from typing import Any

import numpy as np
from sqlalchemy import Engine

from domain.indices import Index, advocacy_index, gap_index, net_share, share
from domain.vocabulary import Dimension, Gap, Intent, Place, Sentiment
from store.facts import Facts
from store.facts.facts import Array, Mask
from store.filter import Filter
from store.queries.scope import chosen_facts
from store.queries.shared import theme_counts, theme_labels
from store.tables import Theme

#: More brands beside each other than these cannot be told apart.
MOST = 6
#: Shares of a whole that the compared brands make up together.
SHARES = ("voice", "praise", "blame")
#: Every index of a brand, in the order of the screen.
INDICES = (
    *SHARES, "net", *(f"score:{d}" for d in Dimension), *(f"salience:{d}" for d in Dimension), "gap", "advocacy",
)  # fmt: skip
_FOR, _AGAINST = (Intent.REPURCHASE, Intent.RECOMMEND), (Intent.WARN, Intent.LEAVE)


@dataclass(frozen=True, slots=True)
class Compared:
    """Which brands are compared; `silent` have no counted text in the period, `over` are beyond the most."""

    brands: tuple[str, ...]
    silent: tuple[str, ...]
    over: tuple[str, ...]


def compared_brands(engine: Engine, chosen: Filter, most: int = MOST) -> Compared:
    """The chosen brands in their order; if fewer than two are chosen, all: that one, then those of most texts."""
    facts, rows = chosen_facts(engine, _period(chosen, ()))
    counted = facts.mentions.count(rows & facts.counted, "brand")
    n = dict(zip(facts.mentions.columns["brand"].labels, map(int, counted), strict=True))
    wanted = [brand for brand in chosen.brands if brand in n]
    if len(chosen.brands) < 2:
        wanted += sorted(n.keys() - set(wanted), key=lambda brand: (-n[brand], brand))
    heard = tuple(brand for brand in wanted if n[brand])
    return Compared(heard[:most], tuple(brand for brand in wanted if not n[brand]), heard[most:])


@dataclass(frozen=True, slots=True)
class Common:
    """The sources that every compared brand is heard in, their counted texts, and those of the sources left out."""

    sources: tuple[str, ...]
    n: int
    left_out: Mapping[str, int]


def common_sources(engine: Engine, chosen: Filter, brands: Sequence[str]) -> Common:
    """Sources in which all of these brands have counted texts in the period of the filter.

    Labels and searches do not decide: that nobody blames a brand in a source is a finding, and no lack of the source.
    The numbers are those of the whole filter.
    """
    facts, _ = chosen_facts(engine, _period(chosen, brands))
    common: Common = facts.once(("common", chosen, tuple(brands)), lambda: _common(engine, chosen, brands))
    return common


def _common(engine: Engine, chosen: Filter, brands: Sequence[str]) -> Common:
    facts, rows = chosen_facts(engine, _period(chosen, brands))
    _, found = _by_source(facts, rows, brands)
    labels = facts.mentions.columns["source"].labels
    everywhere, anywhere = (found > 0).all(axis=0), (found > 0).any(axis=0)
    facts, rows = chosen_facts(engine, replace(chosen, brands=tuple(brands)))
    numbers, _ = _by_source(facts, rows, brands)
    return Common(
        tuple(sorted(compress(labels, everywhere))),
        sum(numbers.get(source, 0) for source in compress(labels, everywhere)),
        {source: numbers.get(source, 0) for source in sorted(compress(labels, anywhere & ~everywhere))},
    )


def _period(chosen: Filter, brands: Sequence[str]) -> Filter:
    return Filter(brands=tuple(brands), sources=chosen.sources, since=chosen.since, until=chosen.until)


def _by_source(facts: Facts, rows: Mask, brands: Sequence[str]) -> tuple[dict[str, int], Array]:
    column = facts.mentions.columns["brand"]
    table = facts.mentions.count(rows & facts.counted, "brand", "source")
    lines = [table[column.code(b)] if b in column.labels else np.zeros(table.shape[1], int) for b in brands]
    found = np.stack(lines) if lines else np.zeros((0, table.shape[1]), int)
    n = found.sum(axis=0)
    return dict(zip(facts.mentions.columns["source"].labels, map(int, n), strict=True)), found


def within(chosen: Filter, common: Common, brands: Sequence[str]) -> Filter:
    """The filter over these brands and their common sources, of which there must be some: none would mean all."""
    assert common.sources
    return replace(chosen, brands=tuple(brands), sources=common.sources)


@dataclass(frozen=True, slots=True)
class Part:
    """What a brand has of a whole of `n`; an experience weighs as much as its text, so `effective` may be less."""

    part: int
    n: int
    effective: int

    @property
    def share(self) -> Index:
        """100·part/n with Wilson's interval at the effective number (Kish 1965: n_eff = (Σm)²/Σm²)."""
        plain = share(self.part, self.n)
        if self.effective >= self.n:
            return plain
        wide = share(round(self.part * self.effective / self.n), self.effective)
        low, high = plain.value - (wide.value - wide.low), plain.value + (wide.high - wide.value)
        return Index(plain.value, max(0.0, low), min(100.0, high), self.n)

    def ahead_of(self, other: "Part") -> Index:
        """The difference of two shares of the same whole, in points: as of two counts of one multinomial."""
        if not self.n:
            return Index(0.0, -200.0, 200.0, 0)
        scale = self.effective / self.n
        return replace(net_share(round(self.part * scale), round(other.part * scale), self.effective), n=self.n)


@dataclass(frozen=True, slots=True)
class BrandNumbers:
    """A brand among those it is compared with: its counted texts, its parts of the wholes, its indices by key."""

    brand: str
    counted: int
    parts: Mapping[str, Part]
    indices: Mapping[str, Index]


def brand_numbers(engine: Engine, chosen: Filter, brands: Sequence[str]) -> list[BrandNumbers]:
    """All of `INDICES` for each brand over the common sources; empty if there is no such source.

    Scores and saliences of dimensions leave a chosen dimension aside: all texts are their base.
    """
    common = common_sources(engine, chosen, brands)
    if not common.sources:
        return []
    facts, free = chosen_facts(engine, replace(within(chosen, common, brands), dimensions=()))
    free = free & facts.counted
    return numbers_of(facts, free & facts.rows(Filter(dimensions=chosen.dimensions)), free, brands)


def numbers_of(facts: Facts, rows: Mask, free: Mask, brands: Sequence[str]) -> list[BrandNumbers]:
    """The numbers of each brand over counted texts: `free` for dimensions, `rows` for the rest."""
    counted = _by_brand(facts, rows, brands)
    whole = sum(counted.values())
    wholes = {
        "voice": {brand: Part(n, whole, whole) for brand, n in counted.items()},
        **_told(facts, rows, brands),
    }
    indices = _indices(facts, rows, free, brands)
    found = []
    for brand in brands:
        parts = {key: whole[brand] for key, whole in wholes.items()}
        its = {key: part.share for key, part in parts.items()} | indices[brand]
        found.append(BrandNumbers(brand, counted[brand], parts, its))
    return found


def _by_brand(facts: Facts, rows: Mask, brands: Sequence[str], *names: str) -> dict[str, Any]:
    """Texts of each brand among some: how many, or by the labels of a column."""
    table, column = facts.mentions.count(rows, "brand", *names), facts.mentions.columns["brand"]
    found = {b: table[column.code(b)] if b in column.labels else np.zeros_like(table[0]) for b in brands}
    return found if names else {brand: int(n) for brand, n in found.items()}


def share_of_voice(engine: Engine, chosen: Filter, brands: Sequence[str]) -> dict[str, Index]:
    """Brand -> 100·its counted texts/those of all these brands, over the common sources."""
    return {one.brand: one.indices["voice"] for one in brand_numbers(engine, chosen, brands)}


def share_of_experience(engine: Engine, chosen: Filter, brands: Sequence[str], key: str) -> dict[str, Index]:
    """Brand -> 100·its sure passages of "praise" or "blame"/those of all these brands, over the common sources."""
    return {one.brand: one.indices[key] for one in brand_numbers(engine, chosen, brands)}


def _told(facts: Facts, rows: Mask, brands: Sequence[str]) -> dict[str, dict[str, Part]]:
    """The sure passages of praise, and of blame, by brand."""
    sure = facts.told.flags["confident"] & ~facts.told.among("place", [Place.COPY])
    sure &= facts.told_in(rows & facts.mentions.among("brand", brands))
    at = np.flatnonzero(sure)
    row, feeling = facts.mention_of[at], facts.told.columns["sentiment"]
    column, codes = facts.mentions.columns["brand"], feeling.codes[at]
    found = {}
    for key, sentiment in (("praise", Sentiment.POSITIVE), ("blame", Sentiment.NEGATIVE)):
        # Passages of one text are of one brand: the text, not the passage, is what was drawn.
        each = np.bincount(row[codes == feeling.code(sentiment)])
        told = np.flatnonzero(each)
        each = each[told]
        n = np.bincount(column.codes[told], each, minlength=len(column.labels)).astype(int)
        whole = int(each.sum())
        effective = int(whole**2 / int((each**2).sum())) if whole else 0
        found[key] = {b: Part(int(n[column.code(b)]) if b in column.labels else 0, whole, effective) for b in brands}
    return found


def _indices(facts: Facts, rows: Mask, free: Mask, brands: Sequence[str]) -> dict[str, dict[str, Index]]:
    """Brand -> its indices by key, but for the shares."""
    flags = facts.mentions.flags
    feelings, gaps = (_by_brand(facts, rows, brands, name) for name in ("sentiment", "gap"))
    ways = {dimension: _by_brand(facts, free, brands, dimension) for dimension in Dimension}
    for_, against = (np.any([flags[intent] for intent in side], axis=0) & rows for side in (_FOR, _AGAINST))
    sides = [_by_brand(facts, those, brands) for those in (for_ & ~against, against & ~for_, for_ | against)]
    found = {}
    for brand in brands:
        feeling = dict(zip(Sentiment, map(int, feelings[brand]), strict=True))
        gap = dict(zip(Gap, map(int, gaps[brand]), strict=True))
        net = net_share(feeling[Sentiment.POSITIVE], feeling[Sentiment.NEGATIVE], sum(feeling.values()))
        its = found[brand] = {"net": net}
        for dimension in Dimension:
            absent, good, bad, both = map(int, ways[dimension][brand])
            n = good + bad + both
            its[f"score:{dimension}"] = net_share(good, bad, n)
            its[f"salience:{dimension}"] = share(n, absent + n)
        its["gap"] = gap_index(gap[Gap.EXCEEDS], gap[Gap.MEETS], gap[Gap.SHORT])
        its["advocacy"] = advocacy_index(*(side[brand] for side in sides))
    return found


@dataclass(frozen=True, slots=True)
class ThemeAcross:
    """A theme and, by brand, the counted texts that tell it: of how many, and as a share of them."""

    theme: Theme
    people: int
    rates: Mapping[str, Index]
    mentions: Mapping[str, int]


def themes_across(
    engine: Engine, chosen: Filter, brands: Sequence[str], polarity: str, limit: int = 8
) -> list[ThemeAcross]:
    """The themes of a polarity that most people tell, by brand, over the common sources.

    Counted are texts of the indices, so that ten times a rate is so many per 1,000 counted texts of the brand.
    """
    common = common_sources(engine, chosen, brands)
    if not common.sources:
        return []
    counted = replace(
        within(chosen, common, brands), usable=("experience",), confident=True, copied=False
    )  # fmt: skip
    facts, rows = chosen_facts(engine, replace(counted, theme=None))
    whole = facts.mentions.count(rows, "brand")
    base = {brand: int(whole[facts.mentions.columns["brand"].code(brand)]) for brand in brands}
    by_brand = facts.once(("themes by brand", counted), lambda: theme_labels(engine, counted, "brand"))
    first = [
        one
        for one in theme_counts(engine, counted)
        if one.theme.polarity == polarity and chosen.theme in (None, one.theme.id)
    ][:limit]
    found = []
    for one in first:
        told = {brand: by_brand[one.theme.id or 0].get(brand, 0) for brand in brands}
        rates = {brand: share(n, base[brand]) for brand, n in told.items()}
        found.append(ThemeAcross(one.theme, one.authors, rates, told))
    return found
