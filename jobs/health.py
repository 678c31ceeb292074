"""Health: a crawl that ended well is held against its own target's history. Silence is a finding, never a success."""

from collections.abc import Iterator, Mapping, Sequence
from statistics import median

from crawlers.job import FIELDS

#: Runs that a new one is held against, and how many there must be before a drop is one.
HISTORY, ENOUGH = 10, 3
DROP = 0.25  # of the usual rows
_SEEN = ("field/text", "skipped/duplicate", "skipped/off_topic", "skipped/excluded", "skipped/older")

Counts = Mapping[str, int]


def findings(run: Counts, history: Sequence[Counts]) -> list[str]:
    """What is wrong with a run that says it ended well; empty if nothing is.

    Args:
        run: counts as in CrawlRun.counts.
        history: those of earlier good runs of the same target, newest first; runs before one that the operator
            accepted as the new normal do not count.
    """
    accepted = next((n for n, past in enumerate(history, 1) if past.get("accepted")), len(history))
    usual = list(history[: min(accepted, HISTORY)])
    return (
        []
        if run.get("accepted")
        else [*_nothing(run, usual), *_less(run, usual), *_missed(run), *_vanished(run, usual)]
    )


def rows(counts: Counts) -> int:
    """Rows that a crawl saw, wanted or not, readable or not."""
    return sum(counts.get(name, 0) for name in _SEEN) + _rejected(counts)


def _rejected(counts: Counts) -> int:
    return sum(number for name, number in counts.items() if name.startswith("rejected/"))


def _nothing_new(counts: Counts) -> bool:
    """Whether the source said that something is as it was."""
    return bool(counts.get("unchanged_feeds") or counts.get("unchanged_threads"))


def _nothing(run: Counts, usual: Sequence[Counts]) -> Iterator[str]:
    found = [rows(past) for past in usual if rows(past)]
    asked_in_vain = run.get("empty_searches", 0) >= run.get("pages", 0) > 0
    if rows(run) or (asked_in_vain and not found) or _nothing_new(run):
        return
    before = f"earlier crawls saw about {median(found):.0f} rows" if found else "is this the right address?"
    yield f"nothing found: {before}"


def _less(run: Counts, usual: Sequence[Counts]) -> Iterator[str]:
    busy = [past for past in usual if rows(past) >= 4]
    if len(busy) < ENOUGH or not rows(run) or _nothing_new(run):
        return
    typical = median(rows(past) for past in busy)
    per_page = median(rows(past) / max(1, past.get("pages", 1)) for past in busy)
    if rows(run) < DROP * typical and rows(run) / max(1, run.get("pages", 1)) < DROP * per_page:
        yield f"a sudden drop: {rows(run)} rows, usually about {typical:.0f}"


def _missed(run: Counts) -> Iterator[str]:
    missed, asked = run.get("missed", 0), run.get("threads", 0)
    if missed >= 3 and missed > asked / 2:
        yield f"{missed} of {asked} threads or pages could not be read"


def _vanished(run: Counts, usual: Sequence[Counts]) -> Iterator[str]:
    texts, before = run.get("field/text", 0), sum(past.get("field/text", 0) for past in usual)
    if texts >= 5 and before >= 20:
        for field in FIELDS:
            share = sum(past.get(f"field/{field}", 0) for past in usual) / before
            if share >= 0.5 and not run.get(f"field/{field}"):
                yield f"a field vanished: none of {texts} mentions has {field}, {share:.0%} had it before"
    odd = run.get("rejected/unreadable", 0) + run.get("rejected/bad_value", 0)
    seen = sum(rows(past) for past in usual)
    odd_before = sum(past.get("rejected/unreadable", 0) + past.get("rejected/bad_value", 0) for past in usual)
    if odd >= 5 and odd > rows(run) / 2 and odd_before < 0.1 * max(1, seen):
        yield f"the layout changed: {odd} of {rows(run)} rows could not be read"
