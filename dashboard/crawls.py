"""«خزش‌ها»: where we listen, how each crawl ended, and which of them a person should look at."""

import html
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import streamlit as st

from dashboard import access, track_form
from dashboard.filters import Choice, link
from dashboard.frame import head
from dashboard.numerals import day, number
from dashboard.provenance import moment
from dashboard.reads import Reader
from dashboard.tables import table
from dashboard.texts import safe
from dashboard.words import say
from domain.dates import local_day, utc
from domain.sources import title_of_source
from domain.vocabulary import CrawlOutcome
from store import queries
from store.filter import Filter

_CLASSES = {CrawlOutcome.OK: "positive", CrawlOutcome.LIMITED: "neutral", CrawlOutcome.RUNNING: "neutral"}

_COLUMNS = ("source", "targets n", "mentions", "newest crawls", "last good", "next run")


def show(read: Reader, choice: Choice, tracker: track_form.Tracker | None = None) -> None:
    """Those that need somebody first; how each source fares; and where else to listen.

    Args:
        read: reads of the store.
        choice: the language.
        tracker: the work behind the form; None where the crawlers are not installed.
    """
    head(read, "crawls", choice)
    if tracker and access.allowed(read, "track"):
        track_form.form(read, choice.language, tracker)
    targets = read(queries.watched)
    if not targets:
        st.html(f'<div class="sh-state"><p>{say(choice.language, "no targets")}</p></div>')
        return
    troubled = [one for one in targets if one.target.active and _kind(one) == "negative"]
    others = sorted((one for one in targets if one not in troubled), key=lambda one: not one.target.active)
    said = say(choice.language, "crawls bad" if troubled else "crawls well", n=number(len(troubled), choice.language))
    st.html(f'<p class="sh-lead {"negative" if troubled else "positive"}">{html.escape(said)}</p>')
    runs = tracker.next_runs() if tracker else {}
    st.html(_sources(read(queries.source_health), runs, choice))
    if tracker and not runs:
        st.html(f'<p class="sh-few">{html.escape(say(choice.language, "not scheduled"))}</p>')
    st.html("".join(_card(one, runs, choice.language) for one in [*troubled, *others]))


def _sources(found: Sequence[queries.SourceHealth], runs: Mapping[str, datetime], choice: Choice) -> str:
    """A row for each source: its newest crawls, oldest first as in every chart of time, and its texts."""
    language = choice.language
    rows = []
    for one in found:
        marks = "".join(_mark(outcome, at, language) for outcome, at in reversed(one.runs))
        href = html.escape(link("explore", Choice(Filter(sources=(one.source,)), None, language)))
        good = moment(one.last_good, language) if one.last_good else say(language, "never")
        coming = moment(runs[one.source], language) if one.source in runs and one.targets else "—"
        rows.append(
            (
                f"<bdi>{safe(title_of_source(one.source, language))}</bdi>", number(one.targets, language),
                f'<a href="{href}">{number(one.texts, language)}</a>',
                f'<span class="sh-runs" dir="ltr">{marks or "—"}</span>', html.escape(good), html.escape(coming),
            )
        )  # fmt: skip
    return f'<h2 class="sh-section">{say(language, "source health")}</h2>{table(_COLUMNS, rows, language)}'


def _mark(outcome: str, at: datetime, language: str) -> str:
    label = CrawlOutcome.of(outcome)
    kind = _CLASSES.get(label, "negative")
    return f'<i class="{kind}" title="{html.escape(f"{label.title(language)}, {moment(at, language)}")}"></i>'


def _kind(one: queries.Watched) -> str:
    return _CLASSES.get(CrawlOutcome.of(one.run.outcome), "negative") if one.run else "neutral"


def _card(one: queries.Watched, runs: Mapping[str, datetime], language: str) -> str:
    target, run = one.target, one.run
    state = CrawlOutcome.of(run.outcome).title(language) if run else say(language, "never crawled")
    facts = [say(language, "n texts", n=number(one.mentions, language))]
    if run:
        facts.append(say(language, "last crawl", day=day(local_day(utc(run.started_at)), language)))
        facts.append(say(language, "n new", n=number(_new(run.counts), language)))
    if not target.active:
        facts.append(say(language, "at rest"))
    elif target.source in runs:
        facts.append(say(language, "next crawl", at=moment(runs[target.source], language)))
    terms = target.query.get("terms", [])
    if terms:
        facts.append(say(language, "searched for", term=terms[0], n=number(len(terms) - 1, language)))
    message = f'<p class="sh-words" dir="auto">{safe(run.message)}</p>' if run and run.message else ""
    address = f'<bdi dir="ltr">{safe(target.url)}</bdi>'
    return (
        f'<article class="sh-text"><header><span class="sh-label {_kind(one)}">{html.escape(state)}</span>'
        f'<span class="sh-label">{safe(one.brand.name)}</span>'
        f'<span class="sh-label">{safe(title_of_source(target.source, language))}</span></header>'
        f'<div class="sh-words">{address}</div>{message}'
        f"<footer>{' · '.join(safe(fact) for fact in facts)}</footer></article>"
    )


def _new(counts: dict[str, Any]) -> int:
    return int(counts.get("mentions/new", 0))
