"""A complaint in words: how long it waits, how far it is, and what was done so far."""

from collections.abc import Sequence
from datetime import datetime

from dashboard.numerals import day, number
from dashboard.texts import chip, safe
from dashboard.words import say
from domain.dates import TEHRAN, local_day, utc
from domain.text import persian_digits
from domain.vocabulary import CaseStatus
from store import queries
from store.queries.cases import LATE, OPEN
from store.tables import CaseStep

_DAY, _MONTH, _YEAR = 24, 24 * 30, 24 * 365


def age(hours: float, language: str) -> str:
    """Hours in two units that fit: 76 -> «۳ روز و ۴ ساعت»; months are of 30 days, years of 365."""
    whole = int(hours)
    if whole < 1:
        return say(language, "age short")
    parts = {"year": whole // _YEAR, "month": whole % _YEAR // _MONTH, "day": whole % _YEAR % _MONTH // _DAY}
    parts["hour"] = whole % _YEAR % _MONTH % _DAY
    units = list(parts)
    first = next(unit for unit in units if parts[unit])
    shown = [first, *units[units.index(first) + 1 :][:1]]
    said = [say(language, f"age {unit}", n=number(parts[unit], language)) for unit in shown if parts[unit]]
    return say(language, "age joiner").join(said)


def status_line(row: queries.Complaint, now: datetime, language: str) -> str:
    """How far it is, for how long, with whom; of a closed one why it happened and what was done."""
    parts = [chip(row.status.title(language), "negative" if row.status is CaseStatus.WAITING else "", strong=True)]
    case = row.case
    if row.status is CaseStatus.CLOSED and case and case.closed_at:
        took = age(row.hours(case.closed_at), language)
        parts.append(f"<span>{say(language, 'case closed after', age=took)}</span>")
    elif row.status in OPEN:
        late = " late" if row.hours(now) > LATE else ""
        since = say(language, "case age" if row.dated else "case age undated", age=age(row.hours(now), language))
        parts.append(f'<span class="sh-age{late}">{since}</span>')
    if row.owner:
        parts.append(f"<span>{say(language, 'case owner')} <bdi>{safe(row.owner)}</bdi></span>")
    line = f'<div class="sh-case-line">{"".join(parts)}</div>'
    if row.status is CaseStatus.CLOSED and case:
        line += "".join(
            f'<p class="sh-case-end"><b>{say(language, f"case {name}")}</b> <bdi>{safe(said)}</bdi></p>'
            for name, said in (("cause", case.cause), ("action", case.action))
        )
    return line


def history(steps: Sequence[CaseStep], language: str) -> str:
    """What was done so far, first to last; folded away."""
    if not steps:
        return ""
    lines = "".join(f"<li>{_step(step, language)}</li>" for step in steps)
    title = say(language, "case history", n=number(len(steps), language))
    return f'<details class="sh-history"><summary>{title}</summary><ol>{lines}</ol></details>'


def _step(step: CaseStep, language: str) -> str:
    at = utc(step.made_at)
    clock = f"{at.astimezone(TEHRAN):%H:%M}"
    when = f"{day(local_day(at), language)} {persian_digits(clock) if language == 'fa' else clock}"
    said = [
        f"<b>{CaseStatus.of(step.status).title(language)}</b>",
        f"{say(language, 'case by')} <bdi>{safe(step.made_by)}</bdi>",
    ]
    if step.owner and step.owner != step.made_by:
        said.append(f"{say(language, 'case owner')} <bdi>{safe(step.owner)}</bdi>")
    note = f'<p dir="auto">{safe(step.note)}</p>' if step.note else ""
    return f"{' · '.join([*said, when])}{note}"
