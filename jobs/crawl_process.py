"""A crawl's own process, seen from outside: the job goes in, reports come out, and closing its input ends it."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import IO

from crawlers.job import Job, Report
from domain.settings import ROOT

_PATIENCE = 15  # seconds that an interrupted crawl has to save what it holds
_LOOPBACK = ("localhost", "127.0.0.1", "::1")

Show = Callable[[Report], None]


@contextmanager
def child(log: IO[str] | None) -> Iterator[subprocess.Popen[str]]:
    """The process of one crawl, in a session of its own: Ctrl-C reaches it through us, once."""
    child = subprocess.Popen(
        # -P: a folder named crawlers where we happen to stand must not be taken for ours.
        [sys.executable, "-P", "-m", "crawlers.run"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
        encoding="utf-8",
        env=_environment(os.environ),
        start_new_session=True,
    )
    try:
        yield child
    finally:
        let_go(child)


def _environment(ours: Mapping[str, str]) -> dict[str, str]:
    """The environment of a crawl: our packages come first, and no proxy stands before this machine itself."""
    direct = ours.get("no_proxy") or ours.get("NO_PROXY") or ""
    if direct != "*":
        direct = ",".join(filter(None, [direct, *_LOOPBACK]))
    path = os.pathsep.join(filter(None, [str(ROOT), ours.get("PYTHONPATH")]))
    return {**ours, "PYTHONPATH": path, "no_proxy": direct, "NO_PROXY": direct}


def listen(child: subprocess.Popen[str], job: Job, show: Show) -> Report:
    """Send the job, follow the reports; the last one is returned, also if it is no final one."""
    assert child.stdin is not None
    assert child.stdout is not None
    report = Report()
    try:
        child.stdin.write(job.to_line())
        child.stdin.flush()
    except BrokenPipeError:
        return report
    for line in child.stdout:
        report = Report.from_line(line)
        show(report)
    return report


def let_go(child: subprocess.Popen[str]) -> Report:
    """Cut the lifeline, wait, and kill what does not end. Returns the last report; an empty one if none came."""
    lines: list[str] = []
    try:
        out, _ = child.communicate(timeout=_PATIENCE)  # closes standard input first
        lines = (out or "").splitlines()
    except subprocess.TimeoutExpired:
        child.kill()
        child.communicate()
    except ValueError:
        child.wait()  # its pipes were closed before
    try:
        return Report.from_line(lines[-1]) if lines else Report()
    except ValueError:
        return Report()  # cut short
