"""Schedule: the lines by which cron, or a systemd timer, keeps listening. Sources start apart, and never overlap."""

import shlex
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from shutil import which
from zlib import crc32

from domain.errors import BadInput
from domain.settings import ROOT

BEGIN, END = "# shenava: begin", "# shenava: end"
#: The first line of each unit that we wrote, and may take out again.
MARK = "# Written by `shenava schedule`."
#: How often -> hours at which a source is crawled.
EVERY = {"hour": range(24), "6h": range(0, 24, 6), "12h": range(0, 24, 12), "day": range(3, 4)}
_WAIT = 55  # minutes that a crawl waits for the one before it


@dataclass(frozen=True, slots=True)
class Entry:
    """A command at minutes and hours of every day, local time."""

    minute: int
    hours: Sequence[int]
    arguments: tuple[str, ...]
    #: 5 is Friday, cron's way; -1 every day.
    weekday: int = -1


def entries(sources: Sequence[str], every: str) -> list[Entry]:
    """A crawl for each source, minutes apart by its name, and the reading of what came after the last.

    Raises:
        BadInput: `every` is none of EVERY.
    """
    if every not in EVERY:
        raise BadInput(f"{every!r} is not how often; choose one of {', '.join(EVERY)}")
    hours = list(EVERY[every])
    taken: set[int] = set()
    crawls = []
    for source in sorted(sources):
        minute = crc32(source.encode()) % 50
        while minute in taken and len(taken) < 50:
            minute = (minute + 7) % 50
        taken.add(minute)
        crawls.append(Entry(minute, hours, ("crawl", "--source", source, "--wait", str(_WAIT), "--json")))
    later = [(hour + 1) % 24 for hour in hours] if len(hours) < 24 else hours
    again = Entry(51, [1], ("crawl", "--recheck", "--wait", str(_WAIT), "--json"), weekday=5)
    return [*sorted(crawls, key=lambda one: one.minute), Entry(55, later, ("understand", "--json")), again]


def crontab(chosen: Sequence[Entry], log: Path) -> str:
    """The lines for cron, between two marks by which they are found again."""
    lines = [BEGIN, "# Written by `shenava schedule`; taken out again by `shenava schedule --remove`."]
    for one in chosen:
        hours = "*" if len(one.hours) == 24 else ",".join(map(str, one.hours))
        # A bare % would be a line break to cron.
        command = f"{_command(one)} >> {shlex.quote(str(log))} 2>&1".replace("%", "\\%")
        lines.append(f"{one.minute} {hours} * * {'*' if one.weekday < 0 else one.weekday} {command}")
    return "\n".join([*lines, END]) + "\n"


def units(chosen: Sequence[Entry]) -> dict[str, str]:
    """The same as systemd user units: file name -> text."""
    found = {}
    for one in chosen:
        name = f"shenava-{'-'.join(part for part in one.arguments[:3] if not part.startswith('-'))}"
        hours = "*" if len(one.hours) == 24 else ",".join(f"{hour:02}" for hour in one.hours)
        command = _command(one).replace("%", "%%").replace("$", "$$")
        name += "-again" if one.weekday >= 0 else ""
        days = "Fri " if one.weekday >= 0 else ""
        found[f"{name}.service"] = (
            f"{MARK}\n[Unit]\nDescription=Shenava: {' '.join(one.arguments)}\n\n"
            f"[Service]\nType=oneshot\nWorkingDirectory={ROOT}\nExecStart={command}\n"
        )
        found[f"{name}.timer"] = (
            f"{MARK}\n[Unit]\nDescription=When {name} runs\n\n"
            f"[Timer]\nOnCalendar={days}*-*-* {hours}:{one.minute:02}:00\n"
            "Persistent=true\nRandomizedDelaySec=120\n\n[Install]\nWantedBy=timers.target\n"
        )
    return found


def _command(one: Entry) -> str:
    return shlex.join([sys.executable, str(ROOT / "cli.py"), *one.arguments])


def install_crontab(text: str) -> None:
    """Put our lines into this user's crontab, in place of earlier ones of ours; an empty text takes them out.

    Raises:
        BadInput: there is no cron here, or it refuses the lines.
    """
    program = which("crontab")
    if not program:
        raise BadInput("no crontab command here; install cron, or use --systemd")
    listed = subprocess.run([program, "-l"], capture_output=True, text=True, check=False)
    if listed.returncode and "no crontab" not in listed.stderr.lower():
        raise BadInput(f"the crontab could not be read, so it is left as it is: {listed.stderr.strip()[:200]}")
    there = listed.stdout
    done = subprocess.run([program, "-"], input=replaced(there, text), capture_output=True, text=True, check=False)
    if done.returncode:
        raise BadInput(f"cron refused the lines: {done.stderr.strip()[:200]}")


def replaced(there: str, ours: str) -> str:
    r"""A crontab with our block replaced; everything else stays as it is.

    >>> replaced("5 5 * * * mine\n# shenava: begin\nold\n# shenava: end\n", "")
    '5 5 * * * mine\n'

    Raises:
        BadInput: our block has no end.
    """
    there = there.replace("\r\n", "\n")
    head, begin, rest = there.partition(BEGIN + "\n")
    _, end, tail = rest.partition(END + "\n")
    if begin and not end:
        raise BadInput(f"the crontab has {BEGIN!r} without {END!r}: mend that by crontab -e first")
    if head and not head.endswith("\n"):
        head += "\n"
    return head + tail + ours


def install_units(chosen: dict[str, str], folder: Path) -> list[str]:
    """Write systemd user units where they are new, take out ours that are not among them. Returns the timers."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("shenava-*.*"):
        if old.name not in chosen and old.read_text(encoding="utf-8").startswith(MARK):
            old.unlink()
    for name, text in chosen.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [name for name in chosen if name.endswith(".timer")]
