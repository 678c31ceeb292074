"""«خزش‌ها»: where we listen, how each crawl ended, and which of them a person should look at."""

import html
from typing import Any

import streamlit as st

from dashboard.filters import Choice
from dashboard.frame import head
from dashboard.numerals import day, number
from dashboard.reads import Reader
from dashboard.texts import safe
from dashboard.words import say
from domain.dates import local_day, utc
from domain.vocabulary import CrawlOutcome
from store import queries

_CLASSES = {CrawlOutcome.OK: "positive", CrawlOutcome.LIMITED: "neutral", CrawlOutcome.RUNNING: "neutral"}


def show(read: Reader, choice: Choice) -> None:
    """Those that need somebody first."""
    head(read, "crawls", choice)
    targets = read(queries.watched)
    if not targets:
        st.html(f'<div class="sh-state"><p>{say(choice.language, "no targets")}</p></div>')
        return
    troubled = [one for one in targets if one.target.active and _kind(one) == "negative"]
    others = sorted((one for one in targets if one not in troubled), key=lambda one: not one.target.active)
    said = say(choice.language, "crawls bad" if troubled else "crawls well", n=number(len(troubled), choice.language))
    st.html(f'<p class="sh-lead {"negative" if troubled else "positive"}">{html.escape(said)}</p>')
    st.html("".join(_card(one, choice.language) for one in [*troubled, *others]))


def _kind(one: queries.Watched) -> str:
    return _CLASSES.get(CrawlOutcome.of(one.run.outcome), "negative") if one.run else "neutral"


def _card(one: queries.Watched, language: str) -> str:
    target, run = one.target, one.run
    state = CrawlOutcome.of(run.outcome).title(language) if run else say(language, "never crawled")
    facts = [say(language, "n texts", n=number(one.mentions, language))]
    if run:
        facts.append(say(language, "last crawl", day=day(local_day(utc(run.started_at)), language)))
        facts.append(say(language, "n new", n=number(_new(run.counts), language)))
    if not target.active:
        facts.append(say(language, "at rest"))
    terms = target.query.get("terms", [])
    if terms:
        facts.append(say(language, "searched for", term=terms[0], n=number(len(terms) - 1, language)))
    message = f'<p class="sh-words" dir="auto">{safe(run.message)}</p>' if run and run.message else ""
    address = f'<bdi dir="ltr">{safe(target.url)}</bdi>'
    return (
        f'<article class="sh-text"><header><span class="sh-label {_kind(one)}">{html.escape(state)}</span>'
        f'<span class="sh-label">{safe(one.brand.name)}</span>'
        f'<span class="sh-label">{safe(target.source)}</span></header>'
        f'<div class="sh-words">{address}</div>{message}'
        f"<footer>{' · '.join(safe(fact) for fact in facts)}</footer></article>"
    )


def _new(counts: dict[str, Any]) -> int:
    return int(counts.get("mentions/new", 0))
