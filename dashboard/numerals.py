"""Numbers and days for the screen: Persian digits in Persian, Latin in English; a sign never jumps."""

from datetime import date

from domain.dates import show_day
from domain.numerals import interval, number, percent, signed

__all__ = ["day", "interval", "number", "percent", "signed"]


def day(value: date, language: str, *, year: bool = True) -> str:
    """«۸ شهریور ۱۴۰۵» or "30 Aug 2026"."""
    return show_day(value, language, year=year)
