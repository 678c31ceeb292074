"""The newest seven whole days of some brands against the four weeks before, in sentences: what the front page tells."""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import Engine

from domain.digest import Changes, Digest, Finding, Headline
from jobs.digest import phrases, sentences
from jobs.digest.compose import compose_changes
from jobs.digest.period import Period
from store import queries
from store.filter import Filter

#: Relative: pages of the app lead to each other, wherever it is mounted.
_HERE = "."


def changes(
    engine: Engine, brands: Sequence[str], until: date | None, today: date, language: str, least: int
) -> Changes | None:
    """What changed, the most important first; nothing if no dated text tells an experience.

    Args:
        engine: the store.
        brands: keys; none means all. Unknown ones are left out.
        until: no day after this one counts.
        today: it is not over, so it does not count, either.
        language: of the sentences.
        least: so many people make a change of a theme worth telling.
    """
    known = {brand.key for brand in queries.brands(engine)}
    chosen = tuple(key for key in brands if key in known)
    last = newest_day(engine, chosen, until, today)
    if last is None:
        return None
    period = Period(chosen, last - timedelta(days=6), _HERE, language)
    return in_words(compose_changes(engine, period, least), language)


def newest_day(engine: Engine, brands: tuple[str, ...], until: date | None, today: date) -> date | None:
    """The newest whole day on which somebody told an experience."""
    end = min(until or date.max, today - timedelta(days=1))
    return max((day for day in queries.traffic(engine, Filter(brands=brands)) if day <= end), default=None)


def in_words(digest: Digest, language: str) -> Changes:
    """The changes of a week in sentences."""
    notes = sentences.notes(digest, language)
    calm = "" if digest.findings else notes.pop(0)
    headlines = [_headline(one, language) for one in digest.findings]
    return Changes(
        digest.first, digest.last, digest.counted, digest.net, digest.url, headlines, calm, notes, digest.tested
    )  # fmt: skip


def _headline(one: Finding, language: str) -> Headline:
    up = one.estimate.change.value > 0 if one.estimate else one.n > one.expected
    return Headline(
        one.kind, one.polarity, up, sentences.headline(one, language), sentences.detail(one, language),
        sentences.why(one, language), phrases.say(language, sentences.side(one)),
        one.quotes[0].words if one.quotes else "", one.n, one.url,
    )  # fmt: skip
