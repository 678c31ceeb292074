"""What a digest is about: brands, a week, the weeks before it."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from domain.dates import today, week_start
from domain.errors import BadInput
from domain.week_change import WEEKS
from store.filter import Filter


@dataclass(frozen=True, slots=True)
class Period:
    """A week of some brands (none: all), in a digest from its Saturday, and how its links are made."""

    brands: tuple[str, ...]
    first: date
    app_url: str
    language: str

    @property
    def last(self) -> date:
        """Its last day; in a digest a Friday."""
        return self.first + timedelta(days=6)

    @property
    def all(self) -> Filter:
        """Everything of its brands."""
        return Filter(brands=self.brands)

    @property
    def week(self) -> Filter:
        """The texts of the week."""
        return Filter(brands=self.brands, since=self.first, until=self.last)

    @property
    def before(self) -> Filter:
        """The texts of the four weeks before."""
        since = self.first - timedelta(weeks=WEEKS)
        return Filter(brands=self.brands, since=since, until=self.first - timedelta(days=1))


def told(chosen: Filter) -> Filter:
    """Of a filter, the texts that tell an experience and copy no other."""
    return replace(chosen, usable=("experience",), copied=False)


def counted(chosen: Filter) -> Filter:
    """Of a filter, the texts in the indices."""
    return replace(told(chosen), confident=True)


def week_of(day: date | None, now: date | None = None) -> date:
    """The Saturday of a day's week; without a day, of the last full week.

    Raises:
        BadInput: that week is not over.
    """
    this = week_start(now or today())
    first = week_start(day) if day else this - timedelta(days=7)
    if first >= this:
        raise BadInput(f"the week of {day} is not over; the newest full week began on {this - timedelta(days=7)}")
    return first
