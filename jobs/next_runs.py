"""Next runs: when cron, or a systemd timer, will crawl each source again, from what is really installed."""

import re
import shlex
import subprocess
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from shutil import which

from jobs.schedule import BEGIN, END, MARK

UNITS = Path.home() / ".config" / "systemd" / "user"
#: 09:23, or 03,09,15,21:23; * is every hour.
_CALENDAR = re.compile(r"OnCalendar=\*-\*-\* ([\d,*]+):(\d+):00")


def next_runs(now: datetime | None = None, units: Path = UNITS) -> dict[str, datetime]:
    """Source -> when its next crawl begins, as an aware time; nothing for what is not scheduled.

    Args:
        now: an aware time; this moment if None. Cron and systemd count in the local time of this computer.
        units: where systemd's user units lie.
    """
    at = (now or datetime.now().astimezone()).astimezone()
    found: dict[str, datetime] = {}
    for source, minute, hours in [*from_crontab(_crontab()), *from_units(units)]:
        begins = _next(at, minute, hours)
        found[source] = min(begins, found.get(source, begins))
    return found


def from_crontab(text: str) -> Iterator[tuple[str, int, list[int]]]:
    """Source, minute and hours of the crawls among our own lines of a crontab."""
    _, _, rest = text.partition(BEGIN + "\n")
    for line in rest.partition(END)[0].splitlines():
        parts = line.split(maxsplit=5)
        if len(parts) == 6 and parts[0].isdigit() and parts[2:5] == ["*", "*", "*"]:
            yield from _crawl(parts[5].replace("\\%", "%"), parts[0], parts[1])


def from_units(folder: Path) -> Iterator[tuple[str, int, list[int]]]:
    """The same from our own systemd timers."""
    for timer in sorted(folder.glob("shenava-crawl-*.timer")):
        service = timer.with_suffix(".service")
        text = timer.read_text(encoding="utf-8")
        when = _CALENDAR.search(text)
        if when and text.startswith(MARK) and service.is_file():
            yield from _crawl(service.read_text(encoding="utf-8").replace("%%", "%"), when[2], when[1])


def _crawl(command: str, minute: str, hours: str) -> Iterator[tuple[str, int, list[int]]]:
    try:
        words = shlex.split(command.replace("ExecStart=", " "))
    except ValueError:
        return
    if "crawl" in words and "--source" in words[:-1]:
        chosen = range(24) if hours == "*" else [int(hour) for hour in hours.split(",") if hour.isdigit()]
        yield words[words.index("--source") + 1], int(minute), list(chosen)


def _next(now: datetime, minute: int, hours: Iterable[int]) -> datetime:
    days = (now + timedelta(days=more) for more in (0, 1))
    starts = (day.replace(hour=h, minute=minute, second=0, microsecond=0) for day in days for h in sorted(hours))
    return next(start for start in starts if start > now)


def _crontab() -> str:
    program = which("crontab")
    if not program:
        return ""
    try:
        done = subprocess.run([program, "-l"], capture_output=True, text=True, check=False, timeout=5)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return "" if done.returncode else done.stdout
