"""The customer journey: stages and touchpoints, experience against expectation, and the loop back to others' awareness.

Everything is counted over the texts in the indices (`Facts.counted`), so that each number equals its list of texts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from sqlalchemy import Engine

from domain.dates import week_start
from domain.indices import Index, advocacy_index, gap_index, net_share, share
from domain.vocabulary import Contact, Gap, Intent, Label, Sentiment, Stage, Touchpoint
from store.facts import Facts
from store.facts.facts import Mask
from store.filter import Filter
from store.queries.scope import chosen_facts


@dataclass(frozen=True, slots=True)
class Feelings:
    """Counted texts by sentiment."""

    positive: int = 0
    negative: int = 0
    mixed: int = 0
    neutral: int = 0

    @property
    def n(self) -> int:
        """All of them."""
        return self.positive + self.negative + self.mixed + self.neutral

    @property
    def net(self) -> Index:
        """Net sentiment: 100·(positive - negative)/n."""
        return net_share(self.positive, self.negative, self.n)

    @property
    def parts(self) -> dict[str, int]:
        """Sentiment -> texts, as bars take them."""
        return {str(sentiment): getattr(self, sentiment) for sentiment in Sentiment}


@dataclass(frozen=True, slots=True)
class Journey:
    """Counted texts by stage, by touchpoint and by both.

    A text has one stage, and one or two touchpoints: it counts under both, as the filter of a touchpoint finds it
    under both. So the stages add up to `whole`, and the touchpoints to `whole` and `twice` together.
    """

    whole: Feelings
    stages: dict[str, Feelings]
    touchpoints: dict[str, Feelings]
    #: (stage, touchpoint) -> texts; empty cells are left out.
    cells: dict[tuple[str, str], Feelings]

    @property
    def twice(self) -> int:
        """Texts that count under two touchpoints."""
        return sum(one.n for one in self.touchpoints.values()) - self.whole.n


def journey(engine: Engine, chosen: Filter) -> Journey:
    """Every stage x touchpoint cell with its texts by sentiment; of a filter of touchpoints, only these."""
    facts, rows = chosen_facts(engine, chosen)
    rows = rows & facts.counted
    cells: dict[tuple[str, str], Feelings] = {}
    touchpoints = {}
    for touchpoint in offered(Touchpoint, chosen.touchpoints):
        at = rows & met(facts, (touchpoint,))
        touchpoints[touchpoint] = _feelings(facts, at)
        table = facts.mentions.count(at, "stage", "sentiment")
        cells |= {(str(s), touchpoint): Feelings(*map(int, n)) for s, n in zip(Stage, table, strict=True) if n.any()}
    lines = facts.mentions.count(rows, "stage", "sentiment")
    stages = {str(stage): Feelings(*map(int, line)) for stage, line in zip(Stage, lines, strict=True)}
    return Journey(_feelings(facts, rows), stages, touchpoints, cells)


@dataclass(frozen=True, slots=True)
class Against:
    """Counted texts that name an expectation, by how the experience stood against it."""

    exceeds: int = 0
    meets: int = 0
    short: int = 0

    @property
    def n(self) -> int:
        """Texts that name a promise, a photo or an expectation."""
        return self.exceeds + self.meets + self.short

    @property
    def index(self) -> Index:
        """Expectation gap index: 100·(exceeds - short)/(exceeds + meets + short)."""
        return gap_index(self.exceeds, self.meets, self.short)

    def __add__(self, other: "Against") -> "Against":
        return Against(self.exceeds + other.exceeds, self.meets + other.meets, self.short + other.short)


@dataclass(frozen=True, slots=True)
class Gaps:
    """Experience against expectation: of all texts, and of each touchpoint (a text counts under both of its own)."""

    #: Contact -> texts, each once.
    contacts: dict[str, Against]
    #: Touchpoint -> contact -> texts.
    touchpoints: dict[str, dict[str, Against]]
    #: Counted texts that name no standard: they are in no gap index.
    unnamed: int

    @property
    def whole(self) -> Against:
        """All texts that name an expectation, each once."""
        return sum(self.contacts.values(), Against())

    @property
    def twice(self) -> int:
        """Texts that count under two touchpoints."""
        return sum(part.n for parts in self.touchpoints.values() for part in parts.values()) - self.whole.n


def gaps(engine: Engine, chosen: Filter) -> Gaps:
    """What exceeds, meets and falls short of expectation, by touchpoint and by direct and indirect contact."""
    facts, rows = chosen_facts(engine, chosen)
    rows = rows & facts.counted
    named = rows & ~facts.mentions.among("gap", [Gap.NONE])
    touchpoints = offered(Touchpoint, chosen.touchpoints)
    found = {one: _against(facts, named & met(facts, (one,))) for one in touchpoints}
    return Gaps(_against(facts, named), found, int(rows.sum()) - int(named.sum()))


def _against(facts: Facts, rows: Mask) -> dict[str, Against]:
    table = facts.mentions.count(rows, "contact", "gap")
    kinds = [list(Gap).index(gap) for gap in (Gap.EXCEEDS, Gap.MEETS, Gap.SHORT)]
    return {str(contact): Against(*map(int, line[kinds])) for contact, line in zip(Contact, table, strict=True)}


@dataclass(frozen=True, slots=True)
class ContactShare:
    """Counted texts of one kind of contact."""

    feelings: Feelings
    #: 100·n/counted texts of the filter.
    share: Index
    #: Source -> texts, most first.
    sources: dict[str, Feelings]


def contact_split(engine: Engine, chosen: Filter) -> dict[str, ContactShare]:
    """Direct (purchase, use, service) and indirect contact (advertising, news, others' word), by source too."""
    facts, rows = chosen_facts(engine, chosen)
    rows = rows & facts.counted
    found = {}
    for contact in map(str, Contact):
        of_kind = rows & facts.mentions.among("contact", [contact])
        table = facts.mentions.count(of_kind, "source", "sentiment")
        told = zip(facts.mentions.columns["source"].labels, table, strict=True)
        sources = {source: Feelings(*map(int, line)) for source, line in told if line.any()}
        ordered = dict(sorted(sources.items(), key=lambda item: (-item[1].n, item[0])))
        found[contact] = ContactShare(_feelings(facts, of_kind), share(int(of_kind.sum()), int(rows.sum())), ordered)
    return found


@dataclass(frozen=True, slots=True)
class Flow:
    """Texts that go out to others or come from them; `name` and `labels` are their filter, `people` their authors."""

    name: str
    labels: tuple[str, ...]
    feelings: Feelings
    people: int
    #: Saturday of the week (Tehran days) -> texts; undated ones are of no week.
    weeks: dict[date, Feelings] = field(default_factory=dict)

    @property
    def undated(self) -> int:
        """Texts whose source told no day."""
        return self.feelings.n - sum(week.n for week in self.weeks.values())


@dataclass(frozen=True, slots=True)
class Loop:
    """What people send out to others, and what others' words, news and advertising bring in.

    They stand beside each other week by week; that one causes the other is not claimed.
    """

    #: Intent -> texts that state it; a text may state several.
    out: dict[str, Flow]
    #: "contact": indirect contact; "touchpoint": others' word and advertising; "stage": awareness and consideration.
    #: A text may be in several of them.
    come: dict[str, Flow]
    #: 100·(buy again or recommend - warn or leave)/texts that state an intent.
    advocacy: Index


def loop(engine: Engine, chosen: Filter) -> Loop:
    """Advocacy and criticism that go out, indirect contact that comes in, by week; of filtered labels, only these."""
    facts, rows = chosen_facts(engine, chosen)
    rows, flags = rows & facts.counted, facts.mentions.flags
    intents = offered(Intent, chosen.intents)
    out = {intent: _flow(facts, rows & flags[intent], "intents", (intent,)) for intent in intents}
    contacts = kept((Contact.INDIRECT,), chosen.contacts)
    others = kept((Touchpoint.WOM, Touchpoint.ADS), chosen.touchpoints)
    early = kept((Stage.AWARENESS, Stage.CONSIDERATION), chosen.stages)
    come = {
        "contact": _flow(facts, rows & facts.mentions.among("contact", contacts), "contacts", contacts),
        "touchpoint": _flow(facts, rows & met(facts, others), "touchpoints", others),
        "stage": _flow(facts, rows & facts.mentions.among("stage", early), "stages", early),
    }
    for_ = rows & (flags[Intent.REPURCHASE] | flags[Intent.RECOMMEND])
    against = rows & (flags[Intent.WARN] | flags[Intent.LEAVE])
    one_side = int((for_ & ~against).sum()), int((against & ~for_).sum())
    return Loop(out, come, advocacy_index(*one_side, int((for_ | against).sum())))


def _flow(facts: Facts, rows: Mask, name: str, labels: tuple[str, ...]) -> Flow:
    dated = np.flatnonzero(rows & facts.mentions.flags["dated"])
    size, feeling = len(Sentiment), facts.mentions.columns["sentiment"].codes[dated]
    day = facts.mentions.numbers["day"][dated]
    first = int(day.min()) if len(day) else 0
    table = np.bincount((day - first) * size + feeling)
    weeks: dict[date, list[int]] = {}
    for place in np.flatnonzero(table).tolist():
        week = weeks.setdefault(week_start(date.fromordinal(first + place // size)), [0] * size)
        week[place % size] += int(table[place])
    by_week = {week: Feelings(*weeks[week]) for week in sorted(weeks)}
    return Flow(name, labels, _feelings(facts, rows), facts.people(rows), by_week)


def met(facts: Facts, touchpoints: Sequence[str]) -> Mask:
    """Mentions that name one of these as either of their touchpoints, as `Filter.touchpoints` does."""
    return facts.mentions.among("touchpoint", touchpoints) | facts.mentions.among("touchpoint2", touchpoints)


def offered(labels: type[Label], chosen: Sequence[str]) -> tuple[str, ...]:
    """The labels that a filter leaves; a link to any other would show texts that the filter left out."""
    return kept(tuple(labels), chosen)


def kept(labels: Sequence[str], chosen: Sequence[str]) -> tuple[str, ...]:
    """Those of some labels that a filter chose; all of them if it chose none."""
    return tuple(str(label) for label in labels if not chosen or label in chosen)


def _feelings(facts: Facts, rows: Mask) -> Feelings:
    return Feelings(*map(int, facts.mentions.count(rows, "sentiment")))
