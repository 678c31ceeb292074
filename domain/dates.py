"""Dates of Persian sources: read in Jalali or Gregorian, kept in UTC, shown in Jalali."""

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

import jdatetime

from domain.errors import BadInput
from domain.text import ascii_digits, persian_digits

#: Iran kept summer time (+04:30) until 2022; zoneinfo knows, a fixed offset does not.
TEHRAN = ZoneInfo("Asia/Tehran")

JALALI_MONTHS = ("فروردین", "اردیبهشت", "خرداد", "تیر", "مرداد", "شهریور", "مهر", "آبان", "آذر", "دی", "بهمن", "اسفند")
_MONTH_NUMBERS = {name: number for number, name in enumerate(JALALI_MONTHS, 1)} | {"امرداد": 5, "اردی‌بهشت": 2}
_NUMERIC = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[ T،,]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?$")
_DAY_FIRST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](1[34]\d{2})$")
_NAMED = re.compile(r"(?:\S+ )?(\d{1,2}) (\S+) (1[34]\d{2})(?:[ ،,\-–|]+(?:(?:ساعت|در) )?(\d{1,2}):(\d{2}))?$")
_NAME_FIRST = re.compile(r"(\S+) (\d{1,2})[،,]? (1[34]\d{2})$")
_ENGLISH = re.compile(r"([A-Z][a-z]{2})[a-z]* (\d{1,2}), (\d{4})(?:,? (?:at )?(\d{1,2}):(\d{2}) ?(?:([AP])M)?)?$")
_ENGLISH_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH = re.compile(r"(\S+) (1[34]\d{2})$")
_AMERICAN = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?:,? (\d{1,2}):(\d{2})(?::(\d{2}))? ?([AP])M)?$", re.IGNORECASE)
_AGO = re.compile(r"(\d{1,4}|یک|a|an) ?(\w+) (?:پیش|قبل|ago)$")
_UNITS = {
    "دقیقه": 1 / 1440, "minute": 1 / 1440, "ساعت": 1 / 24, "hour": 1 / 24, "روز": 1, "day": 1, "هفته": 7, "week": 7,
    "ماه": 30, "month": 30, "سال": 365, "year": 365,
}  # fmt: skip
_DAYS_AGO = {"امروز": 0, "today": 0, "همین الان": 0, "لحظاتی پیش": 0, "دیروز": 1, "yesterday": 1, "پریروز": 2}
_LAST_JALALI_YEAR = 1700
#: Letters of Arabic keyboards, and the marks by which pages turn numbers around.
_CLEAN = {ord("ي"): "ی", **dict.fromkeys([0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])}


class Precision(StrEnum):
    """How exactly a source told the time."""

    SECOND = "second"
    MINUTE = "minute"
    DAY = "day"
    MONTH = "month"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time as a source gave it: UTC instant, how exact it is, and the words it came in."""

    at: datetime
    precision: Precision
    raw: str


def read_date(raw: str, now: datetime | None = None) -> Moment:
    """Read a date in any form of the everyday Persian web; no zone means Tehran.

    Jalali or Gregorian is decided by the year (< 1700 is Jalali). A date without a time is taken at noon, so that its
    day stays the same in neighbouring zones; a month without a day in its middle. «۳ روز پیش» counts back from `now`,
    and is no date without it.

    >>> read_date("۱۴۰۵/۰۶/۰۸").at.date().isoformat()
    '2026-08-30'

    Raises:
        BadInput: the text is not a date, or names a day that does not exist.
    """
    text = " ".join(ascii_digits(raw).translate(_CLEAN).split())
    try:
        if match := _NUMERIC.match(text):
            return _moment(raw, *match.groups())
        if match := _DAY_FIRST.match(text):
            day, month, year = match.groups()
            return _moment(raw, year, month, day)
        if match := _NAMED.match(text):
            day, name, year, hour, minute = match.groups()
            return _moment(raw, year, str(_MONTH_NUMBERS[name]), day, hour, minute)
        if match := _NAME_FIRST.match(text):
            name, day, year = match.groups()
            return _moment(raw, year, str(_MONTH_NUMBERS[name]), day)
        if match := _ENGLISH.match(text):
            name, day, year, hour, minute, half = match.groups()
            return _american(raw, str(_ENGLISH_MONTHS.index(name) + 1), day, year, hour, minute, None, half)
        if match := _MONTH.match(text):
            name, year = match.groups()
            return replace(_moment(raw, year, str(_MONTH_NUMBERS[name]), "15"), precision=Precision.MONTH)
        if match := _AMERICAN.match(text):
            return _american(raw, *match.groups())
        if now and (moment := _ago(raw, text.casefold(), now)):
            return moment
        if re.match(r"\d{4}-\d\d-\d\d[T ]", text):
            return _aware(raw, _iso(text))
        if re.match(r"\d{10}(\d{3})?$", text):
            seconds = int(text) / (1000 if len(text) == 13 else 1)
            return Moment(datetime.fromtimestamp(seconds, UTC), Precision.SECOND, raw)
        return _aware(raw, parsedate_to_datetime(text))
    except (ValueError, KeyError, TypeError, OverflowError, IndexError) as error:
        raise BadInput(f"not a date: {raw[:40]!r} (expected e.g. 1405/06/08, 8 شهریور 1405 or 2026-08-30)") from error


def _moment(
    raw: str,
    year: str,
    month: str,
    day: str,
    hour: str | None = None,
    minute: str | None = None,
    second: str | None = None,
) -> Moment:
    clock = (int(hour), int(minute or 0), int(second or 0)) if hour else (12, 0, 0)
    y, m, d = int(year), int(month), int(day)
    gregorian = jdatetime.date(y, m, d).togregorian() if y < _LAST_JALALI_YEAR else date(y, m, d)
    at = datetime(gregorian.year, gregorian.month, gregorian.day, *clock, tzinfo=TEHRAN)
    precision = Precision.SECOND if second else Precision.MINUTE if hour else Precision.DAY
    return Moment(at.astimezone(UTC), precision, raw)


def _iso(text: str) -> datetime:
    """ISO 8601, whose year may be Jalali all the same."""
    day, rest = text[:10], text[10:]
    if int(day[:4]) < _LAST_JALALI_YEAR:
        day = jdatetime.date(*map(int, day.split("-"))).togregorian().isoformat()
    return datetime.fromisoformat(day + rest)


def _american(
    raw: str,
    month: str,
    day: str,
    year: str,
    hour: str | None,
    minute: str | None,
    second: str | None,
    half: str | None,
) -> Moment:
    if half is None or hour is None:
        return _moment(raw, year, month, day, hour, minute, second)
    if not 1 <= int(hour) <= 12:
        raise ValueError("no hour of a twelve-hour clock")
    return _moment(raw, year, month, day, str(int(hour) % 12 + 12 * (half in "pP")), minute, second)


def _ago(raw: str, text: str, now: datetime) -> Moment | None:
    """«دیروز», "3 days ago": the day is known at best, the month for what lies longer back."""
    if (days := _DAYS_AGO.get(text)) is not None:
        return Moment(now - timedelta(days=days), Precision.DAY, raw)
    if not (match := _AGO.match(text)):
        return None
    number, unit = match.groups()
    length = _UNITS[unit.removesuffix("s")]
    at = now - timedelta(days=length * (int(number) if number.isdecimal() else 1))
    return Moment(at, Precision.MINUTE if length < 0.01 else Precision.DAY if length <= 1 else Precision.MONTH, raw)


def _aware(raw: str, at: datetime) -> Moment:
    return Moment((at if at.tzinfo else at.replace(tzinfo=TEHRAN)).astimezone(UTC), Precision.SECOND, raw)


def utc(at: datetime) -> datetime:
    """An instant of the store with its zone: SQLite gives times back without one."""
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def local_day(at: datetime) -> date:
    """The calendar day in Tehran of a UTC instant: the unit of every trend."""
    return at.astimezone(TEHRAN).date()


def today() -> date:
    """The current day in Tehran."""
    return local_day(datetime.now(UTC))


def show_day(day: date, language: str = "fa", *, year: bool = True) -> str:
    """A day for the screen: «۸ شهریور ۱۴۰۵» in Persian, "30 Aug 2026" in English."""
    if language != "fa":
        return f"{day.day} {day:%b %Y}" if year else f"{day.day} {day:%b}"
    jalali = jdatetime.date.fromgregorian(date=day)
    text = f"{jalali.day} {JALALI_MONTHS[jalali.month - 1]}" + (f" {jalali.year}" if year else "")
    return persian_digits(text)


def week_start(day: date) -> date:
    """The Saturday that begins the Iranian week of a day."""
    return day - timedelta(days=(day.weekday() + 2) % 7)
