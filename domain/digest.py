"""The weekly digest: which change is worth a sentence, and what a digest holds.

A week stands against the four before it (domain.week_change). All p values of one digest are adjusted together
(Benjamini & Hochberg 1995), so that a week without a change seldom claims one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from domain.indices import TOO_FEW, Index
from domain.tails import false_discovery
from domain.week_change import Estimate, Rise

#: Weeks in which noise is judged; days of history that spikes are sought in.
HISTORY, DAYS = 12, 196
#: Sentences in a digest; quotes of each.
MOST, QUOTES = 7, 3
NET, NEW, GREW, FADED, SPIKED, VOICE = "net", "new", "grew", "faded", "spiked", "voice"
_LEVEL, _GROWTH, _DECAY = 0.05, 1.25, 0.8
_FEWEST = 3  # texts of both periods below which no test could find anything


@dataclass(frozen=True, slots=True)
class Judged:
    """One thing that was tested: what it would be called, of what (a theme's id, a brand), and its p."""

    kind: str
    key: str
    p: float
    worth: bool = True


def judged_theme(key: str, rise: Rise, week_rates: Sequence[float], spike: float | None, *, first: bool) -> Judged:
    """What a theme's week would be called.

    A rate must leave 0.8..1.25 of what was expected, and be beyond every one of `week_rates`: observed over expected of
    the four weeks before. `spike` is the p of days of the week (domain.spikes.spikes), `first` says that it was never
    told before. The smaller p counts, twice.
    """
    up = rise.change.ratio > 1
    beyond = all(rise.change.ratio > rate if up else rise.change.ratio < rate for rate in week_rates)
    worth = beyond and (rise.change.ratio > _GROWTH or rise.change.ratio < _DECAY)
    kind = NEW if first else GREW if up else FADED
    if spike is not None and up and (spike < rise.change.p or not worth):
        return Judged(NEW if first else SPIKED, key, min(1.0, 2 * spike))
    return Judged(kind, key, min(1.0, 2 * rise.change.p), worth)


def testable(rise: Rise) -> bool:
    """Enough texts in both periods together that a test could find something; this does not look at the change."""
    return rise.change.n >= _FEWEST


def risen(rise: Rise) -> bool:
    """Told so much more that all else seems less."""
    return rise.change.p < _LEVEL and rise.change.ratio > _GROWTH


def fallen(plain: Rise, calm: Rise) -> Rise:
    """A fall as it stands against the traffic without what other themes added; none if it is no fall there."""
    return calm if calm.change.ratio < 1 else replace(plain, change=replace(plain.change, ratio=1.0, p=1.0))


def real(tests: Sequence[Judged]) -> list[Judged]:
    """Those that stay below 0.05 when all are adjusted together, and are worth saying."""
    adjusted = false_discovery([test.p for test in tests])
    return [replace(t, p=p) for t, p in zip(tests, adjusted, strict=True) if p < _LEVEL and t.worth]


@dataclass(frozen=True, slots=True)
class Said:
    """Words of a customer as they were written, with their whereabouts."""

    words: str
    brand: str
    source: str
    day: date | None
    url: str


@dataclass(frozen=True, slots=True)
class Cause:
    """What a change comes from: `what` is source, brand, touchpoint or words; `share` (0..1) of it where known."""

    what: str
    key: str
    share: float | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One change: `n` texts of the week, `expected` by the weeks before; `estimate` of an index in its stead.

    `people` are distinct known authors, `impact` what it does to net sentiment in points, `url` leads to its texts.
    """

    kind: str
    title: str
    polarity: str
    p: float
    n: int
    url: str
    expected: float = 0.0
    people: int = 0
    days: tuple[date, date] | None = None
    estimate: Estimate | None = None
    impact: Index | None = None
    causes: Sequence[Cause] = ()
    quotes: Sequence[Said] = ()

    @property
    def weight(self) -> tuple[int, float]:
        """Order: net sentiment first, then themes by their texts beyond the expected, then shares of voice."""
        place = {NET: 0, VOICE: 2}.get(self.kind, 1)
        size = abs(self.estimate.change.value) if self.estimate else abs(self.n - self.expected)
        return place, -size


@dataclass(frozen=True, slots=True)
class Severe:
    """A rare but severe experience; `kind` is a domain.vocabulary.Severity."""

    kind: str
    said: Said


@dataclass(frozen=True, slots=True)
class Waiting:
    """Complaints that are open: how many, the median age in hours, how many are over 48 hours."""

    open: int
    median_age: float | None
    late: int
    url: str


@dataclass(frozen=True, slots=True)
class Outage:
    """A target whose crawl did not end well, so that its week may be known in part only."""

    brand: str
    source: str
    outcome: str
    last_good: date | None


@dataclass(frozen=True, slots=True)
class Digest:
    """A week, from its Saturday to its Friday, and what is worth saying of it."""

    brand: str
    name: str
    first: date
    last: date
    #: Texts that came, those in the indices, those that no model has read or discovery has not compared yet.
    mentions: int
    counted: int
    behind: int
    net: Estimate
    url: str
    findings: Sequence[Finding] = ()
    severe: Sequence[Severe] = ()
    severe_url: str = ""
    waiting: Waiting | None = None
    outages: Sequence[Outage] = ()
    #: How many things were tested.
    tested: int = 0
    made: date = field(default_factory=date.today)

    @property
    def too_few(self) -> bool:
        """Too few texts to speak of changes."""
        return self.counted < TOO_FEW

    @property
    def quiet(self) -> bool:
        """Nothing significant."""
        return not self.findings and not self.severe


@dataclass(frozen=True, slots=True)
class Headline:
    """A change in words, without HTML: what, the numbers behind it, why, and what a customer said.

    `side` names what it is about (blame, praise, rivals), `n` texts are behind `url`. Why and quote may be empty.
    """

    kind: str
    polarity: str
    up: bool
    what: str
    numbers: str
    why: str
    side: str
    quote: str
    n: int
    url: str


@dataclass(frozen=True, slots=True)
class Changes:
    """Seven days, told to somebody who asks what changed; `calm` says so where nothing is worth a headline.

    `url` leads to the counted texts of the week; `notes` are what a reader must know beside: sources in outage, texts
    that no model has read.
    """

    first: date
    last: date
    counted: int
    net: Estimate
    url: str
    headlines: Sequence[Headline]
    calm: str
    notes: Sequence[str]
    tested: int
