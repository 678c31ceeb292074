"""Collect: crawl every target in a process of its own, and keep how each crawl ended."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from sqlalchemy import Engine

from crawlers.job import Job, Report
from domain.dates import TEHRAN, utc
from domain.errors import BadInput
from domain.settings import Settings
from domain.vocabulary import CrawlOutcome
from jobs.crawl_process import Show, child, let_go, listen
from jobs.health import HISTORY, findings
from jobs.share import turns
from store.queries import Watched, good_runs, watched
from store.writes import finish_run, start_run

_LOG_LIMIT = 5 * 2**20  # bytes; then the log starts anew and the last one is kept


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
    dry_run: bool = False,
    accept: bool = False,
    wait: float = 0.0,
    progress: bool = True,
    verbose: bool = False,
) -> list[Collected]:
    """Crawl targets one after the other, all active ones by default.

    `limit` is the most mentions per target; `since` (an instant with a zone) leaves older ones. A crawl that either
    of them cut short is "limited", and does not move its marks. `recheck` reads all again, for edits and deletions.
    `dry_run` keeps nothing but the counts that it returns. A crawl that ended well but not as its target's history
    says is "suspect" (jobs.health), unless `accept` says that this is how it is now. Sources that shut their door are
    left alone for SHENAVA_BLOCKED_HOURS. `wait` is how many seconds another process that collects is waited for.

    The log goes to <data>/state/crawl.log, or to standard error if `verbose`. Ctrl-C closes the running crawl in good
    order, marks it interrupted, and is raised again.

    Raises:
        Busy: another process is collecting.
        BadInput: there is no active target of an id.
    """
    chosen = {one.target.id or 0: one for one in _chosen(engine, targets)}
    since = since.replace(tzinfo=UTC) if since and since.tzinfo is None else since
    options = {
        "limit": limit,
        "since": since.isoformat() if since else "",
        "recheck": recheck,
        "dry_run": dry_run,
        "accept": accept,
    }
    done = []
    with _log(settings, verbose) as log, _display(progress) as show:
        whole = limit is None and since is None and not (recheck or dry_run or accept)
        for number in turns(settings, chosen, wait=wait, all_of_it=whole):
            # Its state may have moved while we waited, or somebody put it to rest.
            one = next((one for one in watched(engine, active=True) if one.target.id == number), None)
            if one is None:
                continue
            resting = blocked_until(engine, one, settings.blocked_hours)
            if resting:
                report = Report(outcome=CrawlOutcome.BLOCKED, message=resting)
            else:
                report = _crawl(engine, _job(engine, settings, one, options), log, show(one), accept=accept)
            done.append(_collected(one, report))
    return done


def _collected(one: Watched, report: Report) -> Collected:
    target = one.target
    return Collected(
        target_id=target.id or 0, source=target.source, url=target.url, brand=one.brand.key,
        outcome=report.outcome, counts=report.counts, message=report.message,
    )  # fmt: skip


def blocked_until(engine: Engine, one: Watched, hours: float) -> str:
    """Why a target is left alone: its host shut the door less than so many hours ago. Empty if it may be crawled."""
    now = datetime.now(UTC)
    for other in watched(engine):
        run, same = other.run, urlsplit(other.target.url).netloc == urlsplit(one.target.url).netloc
        if not same or other.target.source != one.target.source or run is None or not run.finished_at:
            continue
        until = utc(run.finished_at) + timedelta(hours=hours)
        if run.outcome == CrawlOutcome.BLOCKED and until > now:
            local = until.astimezone(TEHRAN)
            return f"it shut its door; left alone until {local:%Y-%m-%d %H:%M} Tehran ({run.message})"
    return ""


def _chosen(engine: Engine, ids: Iterable[int] | None) -> list[Watched]:
    active = {one.target.id: one for one in watched(engine, active=True)}
    if ids is None:
        return list(active.values())
    wanted = list(dict.fromkeys(ids))
    if missing := [number for number in wanted if number not in active]:
        raise BadInput(f"no active target {missing[0]}; active ones: {', '.join(map(str, active)) or 'none'}")
    return [active[number] for number in wanted]


def _job(engine: Engine, settings: Settings, one: Watched, options: Mapping[str, Any]) -> Job:
    assert one.target.id is not None
    return Job(
        source=one.target.source,
        url=one.target.url,
        brand=one.brand.key,
        target_id=one.target.id,
        store=engine.url.render_as_string(hide_password=False),
        state=one.target.state,
        query=one.target.query,
        settings=settings.model_dump(mode="json"),
        **options,
    )


def _crawl(engine: Engine, job: Job, log: IO[str] | None, show: Show, *, accept: bool) -> Report:
    """Run a job to its end and close its record, also when Ctrl-C comes or the child dies."""
    run_id = 0 if job.dry_run else start_run(engine, job.target_id)
    report = Report()
    with child(log) as process:
        try:
            report = listen(process, job, show)
            if report.outcome is CrawlOutcome.RUNNING:
                message = f"the crawl's process died ({process.wait()}); see the log"
                report = Report(outcome=CrawlOutcome.FAILED, counts=report.counts, message=message)
        except BaseException:
            last = let_go(process)
            counts = last.counts or report.counts
            if run_id:
                finish_run(engine, run_id, CrawlOutcome.INTERRUPTED, counts, "stopped by the operator", last.state)
            raise
    if job.dry_run:
        return report
    report = _judged(engine, job, report, accept=accept)
    finish_run(engine, run_id, report.outcome, report.counts, report.message, report.state)
    return report


def _judged(engine: Engine, job: Job, report: Report, *, accept: bool) -> Report:
    """A report held against the target's history: what looks wrong makes it suspect, and its marks stay."""
    if report.outcome is not CrawlOutcome.OK:
        return report
    if accept:
        return replace(report, counts={**report.counts, "accepted": 1})
    wrong = findings(report.counts, good_runs(engine, job.target_id, HISTORY))
    if not wrong:
        return report
    message = f"{'; '.join(wrong)}. If this is how it is now: shenava crawl {job.target_id} --accept"
    return replace(report, outcome=CrawlOutcome.SUSPECT, message=message, state=None)


@contextmanager
def _log(settings: Settings, verbose: bool) -> Iterator[IO[str] | None]:
    """The log of the crawls; None is our own standard error."""
    if verbose:
        yield None
        return
    path: Path = settings.data_dir / "state" / "crawl.log"
    path.parent.mkdir(parents=True, exist_ok=True)
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
