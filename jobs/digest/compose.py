"""Compose: everything that changed in a week, tested together, the most important first."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Engine

from domain.dates import local_day
from domain.digest import (
    HISTORY,
    MOST,
    NET,
    QUOTES,
    VOICE,
    Cause,
    Digest,
    Finding,
    Judged,
    Outage,
    Said,
    Severe,
    Waiting,
    real,
)
from domain.errors import BadInput
from domain.excess import excess_by
from domain.vocabulary import Sentiment, Severity, Touchpoint
from domain.week_change import WEEKS, Estimate, chance, net_change, share_change
from jobs.digest.links import link
from jobs.digest.period import Period, counted, told
from jobs.digest.themes import Themes, said_of
from store import queries
from store.filter import Filter

_ALL = 10_000  # severe experiences of one week are never so many
_BRANDS = 6  # rivals whose shares are compared


def compose(engine: Engine, period: Period, now: datetime, least: int = 3) -> Digest:
    """The digest of a week. Ages of complaints count to `now`; a theme needs `least` people.

    Raises:
        BadInput: there is no such brand.
    """
    return replace(
        compose_changes(engine, period, least),
        severe=_severe(engine, period),
        severe_url=_link(period, replace(told(period.week), severe=tuple(map(str, Severity)))),
        waiting=_waiting(engine, period, now),
        made=local_day(now),
    )


def compose_changes(engine: Engine, period: Period, least: int = 3) -> Digest:
    """The digest of a week without what stands beside its changes: severe experiences, and complaints that wait.

    Raises:
        BadInput: there is no such brand.
    """
    known = {brand.key: brand.name for brand in queries.brands(engine)}
    if missing := [key for key in period.brands if key not in known]:
        raise BadInput(f"no brand {missing[0]!r}; there are {', '.join(sorted(known)) or 'none yet'}")
    weeks = queries.weeks_of(engine, period.all, period.first, HISTORY + 1)
    counts, net = queries.counts(engine, period.week), net_change(weeks.feelings)
    digest = Digest(
        brand=period.brands[0] if period.brands else "",
        name=known[period.brands[0]] if period.brands else "",
        first=period.first, last=period.last,
        mentions=counts.mentions, counted=counts.counted, behind=queries.not_compared(engine, period.week),
        net=net, url=_link(period, counted(period.week)), outages=_outages(engine, period),
    )  # fmt: skip
    return digest if digest.too_few else _with_changes(engine, period, digest, weeks, known, least)


def _with_changes(
    engine: Engine, period: Period, digest: Digest, weeks: queries.Weeks, names: Mapping[str, str], least: int
) -> Digest:
    themes = Themes(engine, period, weeks)
    voices = _voices(engine, period)
    tests = [Judged(NET, "", chance(digest.net.change), not digest.net.change.too_few)]
    tests += [Judged(VOICE, key, chance(one.change), not one.change.too_few) for key, (one, _) in voices.items()]
    tests += themes.tests()
    changed = real(tests)
    found = [_net(engine, period, digest.net, weeks, test) for test in changed if test.kind == NET]
    found += [_voice(period, names[test.key], *voices[test.key], test) for test in changed if test.kind == VOICE]
    found += themes.findings([test for test in changed if test.kind not in (NET, VOICE)], least)
    found.sort(key=lambda one: one.weight)
    return replace(digest, findings=[_named(one, names) for one in found[:MOST]], tested=len(tests))


def _named(one: Finding, names: Mapping[str, str]) -> Finding:
    """Brands among the causes by their names."""
    causes = [replace(c, key=names.get(c.key, c.key)) if c.what == "brand" else c for c in one.causes]
    return replace(one, causes=causes)


def _link(period: Period, chosen: Filter, page: str = "explore") -> str:
    return link(period.app_url, page, chosen, period.language)


def _net(engine: Engine, period: Period, net: Estimate, weeks: queries.Weeks, test: Judged) -> Finding:
    """The change of net sentiment: the touchpoints of what was blamed, or praised, more, and what was said there."""
    feeling = Sentiment.NEGATIVE if net.change.value < 0 else Sentiment.POSITIVE
    heard = _heard(weeks.feelings)
    within = replace(period.week, sources=heard) if heard != _all(weeks.feelings) else period.week
    before = replace(period.before, sources=within.sources)
    facets = [queries.facet_sentiments(engine, chosen, "touchpoint") for chosen in (within, before)]
    sides = [{key: parts.get(feeling, 0) for key, parts in one.items() if key != Touchpoint.NONE} for one in facets]
    rows = excess_by(sides[0], sides[1], net.now.n / net.before.n)
    causes = [Cause("touchpoint", row.key, row.share) for row in sorted(rows, key=lambda row: -row.excess)[:2]]
    about = replace(counted(within), sentiments=(str(feeling),))
    if causes:
        about = replace(about, touchpoints=(causes[0].key,))
    return Finding(
        NET, "", str(feeling), test.p, net.now.n, _link(period, counted(within)),
        estimate=net, causes=causes, quotes=_newest(engine, about),
    )  # fmt: skip


def _newest(engine: Engine, chosen: Filter) -> list[Said]:
    """The newest texts of a filter, each in other words."""
    said: dict[str, Said] = {}
    for text in queries.texts(engine, chosen, 30):
        mention = text.mention
        if mention.deleted_at is None and mention.text.strip():
            dated = mention.day if mention.date_precision != "unknown" else None
            said.setdefault(
                mention.text.strip(), Said(mention.text, text.brand.name, mention.source, dated, mention.url)
            )
    return list(said.values())[:QUOTES]


def _heard(weeks: Sequence[Mapping[str, Sequence[int]]]) -> tuple[str, ...]:
    before = {source for week in weeks[-WEEKS - 1 : -1] for source, cells in week.items() if cells[-1]}
    return tuple(sorted(source for source, cells in weeks[-1].items() if cells[-1] and source in before))


def _all(weeks: Sequence[Mapping[str, Sequence[int]]]) -> tuple[str, ...]:
    return tuple(sorted({source for week in weeks[-WEEKS - 1 :] for source in week}))


def _voices(engine: Engine, period: Period) -> dict[str, tuple[Estimate, tuple[str, ...]]]:
    """Brand -> its share of all brands' counted texts, over the sources in which each of them is heard."""
    weeks = queries.voices_of(engine, period.first, HISTORY + 1)
    lately = {key: cells[-WEEKS - 1 :] for key, cells in weeks.items()}
    n = {key: sum(sum(week.values()) for week in cells) for key, cells in lately.items()}
    brands = sorted((key for key in n if n[key]), key=lambda key: (key not in period.brands, -n[key]))[:_BRANDS]
    if len(brands) < 2:
        return {}
    common = set.intersection(*({source for week in lately[key] for source in week} for key in brands))
    whole = [
        {s: sum(weeks[key][at].get(s, 0) for key in brands) for s in common} for at in range(len(weeks[brands[0]]))
    ]
    found = {}
    for key in brands if len(brands) > 2 else brands[:1]:
        parts = [{s: (week.get(s, 0), whole[at][s]) for s in common} for at, week in enumerate(weeks[key])]
        found[key] = share_change(parts), _heard(parts)
    return found


def _voice(period: Period, name: str, share: Estimate, sources: tuple[str, ...], test: Judged) -> Finding:
    texts = replace(counted(period.week), brands=(test.key,), sources=sources)
    n = round(share.now.value * share.now.n / 100)
    return Finding(VOICE, name, "", test.p, n, _link(period, texts), estimate=share)


def _severe(engine: Engine, period: Period) -> list[Severe]:
    """One passage of each text, so that there are as many as the link leads to."""
    found: dict[int, Severe] = {}
    for quote in queries.severe(engine, told(period.week), _ALL):
        found.setdefault(quote.mention.id or 0, Severe(quote.experience.severe, said_of(quote)))
    return list(found.values())


def _waiting(engine: Engine, period: Period, now: datetime) -> Waiting:
    numbers = queries.queue_numbers(engine, period.all, now)
    return Waiting(numbers.open, numbers.median_age, numbers.late, _link(period, period.all, "queue"))


def _outages(engine: Engine, period: Period) -> list[Outage]:
    return [
        Outage(gap.watched.brand.name, gap.watched.target.source, gap.watched.run.outcome if gap.watched.run else "",
               gap.last_good)
        for gap in queries.gaps_of(engine, period.brands, period.last)
    ]  # fmt: skip
