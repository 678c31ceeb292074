"""Collect: crawl every target in a process of its own, and keep how each crawl ended."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from sqlalchemy import Engine

from crawlers.job import Job, Report
from domain.errors import BadInput
from domain.settings import ROOT, Settings
from domain.vocabulary import CrawlOutcome
from jobs.lock import alone
from store.queries import Watched, watched
from store.writes import finish_run, start_run

_PATIENCE = 15  # seconds that an interrupted crawl has to save what it holds
_LOG_LIMIT = 5 * 2**20  # bytes; then the log starts anew and the last one is kept
_LOOPBACK = ("localhost", "127.0.0.1", "::1")

Show = Callable[[Report], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """How the crawl of one target ended. Counts are those of CrawlRun.counts."""

    target_id: int
    source: str
    url: str
    brand: str
    outcome: CrawlOutcome
    counts: Mapping[str, int]
    message: str

    @property
    def new(self) -> int:
        """Mentions that the store did not have."""
        return self.counts.get("mentions/new", 0)


def collect(
    engine: Engine,
    settings: Settings,
    targets: Iterable[int] | None = None,
    *,
    limit: int | None = None,
    since: datetime | None = None,
    recheck: bool = False,
    progress: bool = True,
    verbose: bool = False,
) -> list[Collected]:
    """Crawl targets one after the other, all active ones by default.

    `limit` is the most mentions per target; `since` (an instant with a zone) leaves older ones. A crawl that either
    of them cut short is "limited", and does not move its marks. `recheck` reads all again, for edits. The log goes
    to <data>/state/crawl.log, or to standard error if `verbose`. Ctrl-C closes the running crawl in good order,
    marks it interrupted, and is raised again.

    Raises:
        Busy: another process is collecting.
        BadInput: there is no active target of an id.
    """
    chosen = _chosen(engine, targets)
    if since and since.tzinfo is None:
        since = since.replace(tzinfo=UTC)
    with alone(settings, "collect"), _log(settings, verbose) as log, _display(progress) as show:
        done = []
        for one in chosen:
            job = _job(engine, settings, one, limit=limit, since=since, recheck=recheck)
            run_id = start_run(engine, job.target_id)
            report = _crawl(engine, run_id, job, log, show(one))
            done.append(
                Collected(
                    target_id=job.target_id, source=job.source, url=job.url, brand=job.brand,
                    outcome=report.outcome, counts=report.counts, message=report.message,
                )
            )  # fmt: skip
        return done


def _chosen(engine: Engine, ids: Iterable[int] | None) -> list[Watched]:
    active = {one.target.id: one for one in watched(engine, active=True)}
    if ids is None:
        return list(active.values())
    wanted = list(dict.fromkeys(ids))
    if missing := [number for number in wanted if number not in active]:
        raise BadInput(f"no active target {missing[0]}; active ones: {', '.join(map(str, active)) or 'none'}")
    return [active[number] for number in wanted]


def _job(
    engine: Engine, settings: Settings, one: Watched, *, limit: int | None, since: datetime | None, recheck: bool
) -> Job:
    assert one.target.id is not None
    return Job(
        source=one.target.source,
        url=one.target.url,
        brand=one.brand.key,
        target_id=one.target.id,
        store=engine.url.render_as_string(hide_password=False),
        state=one.target.state,
        settings=settings.model_dump(mode="json"),
        limit=limit,
        since=since.isoformat() if since else "",
        recheck=recheck,
    )


def _crawl(engine: Engine, run_id: int, job: Job, log: IO[str] | None, show: Show) -> Report:
    """Run a job to its end and close its record, also when Ctrl-C comes or the child dies."""
    report = Report()
    with _child(log) as child:
        try:
            report = _listen(child, job, show)
            if report.outcome is CrawlOutcome.RUNNING:
                message = f"the crawl's process died ({child.wait()}); see the log"
                report = Report(outcome=CrawlOutcome.FAILED, counts=report.counts, message=message)
        except BaseException:
            last = _let_go(child)
            counts = last.counts or report.counts
            finish_run(engine, run_id, CrawlOutcome.INTERRUPTED, counts, "stopped by the operator", last.state)
            raise
    finish_run(engine, run_id, report.outcome, report.counts, report.message, report.state)
    return report


@contextmanager
def _child(log: IO[str] | None) -> Iterator[subprocess.Popen[str]]:
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
        _let_go(child)


def _environment(ours: Mapping[str, str]) -> dict[str, str]:
    """The environment of a crawl: our packages come first, and no proxy stands before this machine itself."""
    direct = ours.get("no_proxy") or ours.get("NO_PROXY") or ""
    if direct != "*":
        direct = ",".join(filter(None, [direct, *_LOOPBACK]))
    path = os.pathsep.join(filter(None, [str(ROOT), ours.get("PYTHONPATH")]))
    return {**ours, "PYTHONPATH": path, "no_proxy": direct, "NO_PROXY": direct}


def _listen(child: subprocess.Popen[str], job: Job, show: Show) -> Report:
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


def _let_go(child: subprocess.Popen[str]) -> Report:
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
    return Report.from_line(lines[-1]) if lines else Report()


@contextmanager
def _log(settings: Settings, verbose: bool) -> Iterator[IO[str] | None]:
    """The log of the crawls; None is our own standard error."""
    if verbose:
        yield None
        return
    path: Path = settings.data_dir / "state" / "crawl.log"
    if path.exists() and path.stat().st_size > _LOG_LIMIT:
        path.replace(path.with_suffix(".log.1"))
    with path.open("a", encoding="utf-8") as log:
        yield log


@contextmanager
def _display(progress: bool) -> Iterator[Callable[[Watched], Show]]:
    """A line per target on a terminal; silence elsewhere."""
    console = Console(stderr=True)
    if not progress or not console.is_terminal:
        yield lambda _: lambda _: None
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TextColumn("{task.fields[counts]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as lines:

        def begin(one: Watched) -> Show:
            task = lines.add_task(escape(f"{one.target.source} {one.target.url}"), total=None, counts="")

            def show(report: Report) -> None:
                ended = report.outcome is not CrawlOutcome.RUNNING
                lines.update(task, counts=_line(report), total=1 if ended else None, completed=int(ended))

            return show

        yield begin


def _line(report: Report) -> str:
    count = report.counts.get
    numbers = f"{count('pages', 0)} pages, {count('mentions/new', 0)} new, {count('mentions/edited', 0)} edited"
    if report.outcome in (CrawlOutcome.RUNNING, CrawlOutcome.OK):
        return numbers
    return f"{numbers}; [yellow]{report.outcome.en}[/yellow] {escape(report.message)}"
