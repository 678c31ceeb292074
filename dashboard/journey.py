"""«سفر مشتری»: the loop of stages, touchpoints against expectation, broken promises, direct and indirect contact."""

import html
from datetime import date
from functools import partial

import streamlit as st

from dashboard import bars, journey_broken, journey_charts, journey_ring, states
from dashboard.bars import Row
from dashboard.filters import Choice
from dashboard.frame import head
from dashboard.journey_charts import Lead, linked, section, title_of
from dashboard.numerals import interval, number, percent, signed
from dashboard.overview import texts_of
from dashboard.reads import Reader
from dashboard.words import say
from domain.indices import Index
from domain.sources import title_of_source
from domain.vocabulary import Contact, Gap, Intent, Sentiment
from store import queries


def show(read: Reader, choice: Choice) -> None:
    """Choose (in the sidebar), count, show."""
    head(read, "journey", choice, say(choice.language, "journey lead"))
    counts = read(queries.counts, choice.filter)
    if not counts.mentions:
        states.no_match("journey", choice)
        return
    if not counts.counted:
        st.html(states.too_few(0, choice.language))
        return
    lead = partial(texts_of, choice, copied=False)
    found, around = read(queries.journey, choice.filter), read(queries.loop, choice.filter)
    _loop(found, around, lead, choice)
    _matrix(found, lead, choice.language)
    _gaps(read, lead, choice)
    journey_broken.show(read, lead, choice)
    _contacts(read, lead, choice)


def _loop(found: queries.Journey, around: queries.Loop, lead: Lead, choice: Choice) -> None:
    language = choice.language
    with st.container(border=True):
        st.html(section("journey loop", language, "journey loop help"))
        st.html(journey_ring.ring(found, around, lead, language))
        out, come = st.columns(2, gap="medium")
        for column, title, rows in ((out, "journey out", _out), (come, "journey in", _come)):
            with column:
                st.html(f'<h3 class="sh-j-head">{say(language, title)}</h3>')
                st.html(f'<div class="sh-j-flow">{rows(around, lead, language)}</div>')
        _weeks(around, lead, choice)


def _out(around: queries.Loop, lead: Lead, language: str) -> str:
    rows = [
        _row(Intent.of(intent).title(language), flow, lead, language)
        for intent, flow in around.out.items() if flow.feelings.n
    ]  # fmt: skip
    every = lead(intents=tuple(around.out))
    index = around.advocacy
    value = say(language, "too few", n=number(index.n, language)) if index.too_few else _with_interval(index, language)
    stated = "" if index.too_few else " · " + say(language, "of n", n=number(index.n, language))
    said = linked(html.escape(value + stated), index.n, every, "sh-j-link")
    return bars.stacked(rows, language) + f'<p class="sh-small">{say(language, "journey advocacy")}: {said}</p>'


def _come(around: queries.Loop, lead: Lead, language: str) -> str:
    rows = [
        _row(say(language, f"journey come {kind}"), flow, lead, language)
        for kind, flow in around.come.items() if flow.feelings.n
    ]  # fmt: skip
    return bars.stacked(rows, language) + f'<p class="sh-small">{say(language, "journey in help")}</p>'


def _row(title: str, flow: queries.Flow, lead: Lead, language: str) -> Row:
    named = say(language, "journey with people", what=title, n=number(flow.people, language))
    return Row(named, flow.feelings.parts, lead(**{flow.name: flow.labels}))


def _weeks(around: queries.Loop, lead: Lead, choice: Choice) -> None:
    language, heard = choice.language, around.come["contact"]
    flows = [flow for intent in (Intent.RECOMMEND, Intent.WARN) if (flow := around.out.get(str(intent)))]
    weeks = journey_ring.last_weeks([*flows, heard])
    if len(weeks) < 2:
        return
    lines = [
        journey_ring.Line(Intent.of(flow.labels[0]).title(language), {w: f.n for w, f in flow.weeks.items()},
                          flow.feelings.n, {"intents": flow.labels}) for flow in flows
    ]  # fmt: skip
    said = [
        journey_ring.Line(
            say(language, "journey heard", what=way.title(language)),
            {week: getattr(told, way) for week, told in heard.weeks.items()},
            getattr(heard.feelings, way), {"contacts": heard.labels, "sentiments": (str(way),)},
        )
        for way in (Sentiment.POSITIVE, Sentiment.NEGATIVE)
    ]  # fmt: skip
    dated = partial(_dated, lead, choice)
    st.html(section("journey weeks", language, "journey weeks help"))
    out, come = st.columns(2, gap="medium")
    for column, title, pair in ((out, "journey weeks out", lines), (come, "journey weeks in", said)):
        drawn = journey_ring.columns(weeks, pair, dated, language) if len(pair) == 2 else ""
        with column:
            st.html(f'<p class="sh-small">{say(language, title)}</p>{drawn}')
    with st.expander(say(language, "journey numbers")):
        st.html(journey_ring.week_table(weeks, [*lines, *said], dated, language))


def _dated(lead: Lead, choice: Choice, since: date | None, until: date | None, **changes: object) -> str:
    """The address of the texts between two days that are within the filter's own days too."""
    chosen = choice.filter
    first = max(filter(None, (since, chosen.since)), default=None)
    last = min(filter(None, (until, chosen.until)), default=None)
    return lead(**changes, since=first, until=last)


def _matrix(found: queries.Journey, lead: Lead, language: str) -> None:
    with st.container(border=True):
        st.html(section("journey matrix", language, "journey matrix help"))
        note = say(language, "journey twice", n=number(found.twice, language)) if found.twice else ""
        st.html(journey_charts.matrix(found, lead, language) + f'<p class="sh-small">{note}</p>')


def _gaps(read: Reader, lead: Lead, choice: Choice) -> None:
    language, found = choice.language, read(queries.gaps, choice.filter)
    with st.container(border=True):
        st.html(section("journey gaps", language, "journey gaps help"))
        if not found.whole.n:
            st.html(f'<p class="sh-few">{say(language, "journey no gaps")}</p>')
            return
        named = tuple(str(g) for g in Gap if g is not Gap.NONE and (not choice.filter.gaps or g in choice.filter.gaps))
        unnamed = linked(
            say(language, "journey unnamed", n=number(found.unnamed, language)), found.unnamed,
            lead(gaps=(str(Gap.NONE),)), "sh-j-link",
        )  # fmt: skip
        twice = say(language, "journey gaps twice", n=number(found.twice, language)) if found.twice else ""
        rows = journey_charts.gap_rows(found, named, lead, language)
        st.html(f'{rows}<p class="sh-small">{unnamed} {twice}</p>')


def _contacts(read: Reader, lead: Lead, choice: Choice) -> None:
    language, found = choice.language, read(queries.contact_split, choice.filter)
    st.html(section("journey contact", language))
    for column, contact in zip(st.columns(2, gap="medium"), Contact, strict=True):
        with column.container(border=True, height="stretch"):
            st.html(_contact(contact, found[str(contact)], lead, language))


def _contact(contact: Contact, one: queries.ContactShare, lead: Lead, language: str) -> str:
    meaning = say(language, f"journey {contact}")
    title = f'<h3 class="sh-j-head">{title_of(contact, language)} <small>{meaning}</small></h3>'
    if not one.feelings.n:
        return f'{title}<p class="sh-few">{say(language, "journey no contact")}</p>'
    of_kind = {"contacts": (str(contact),)}
    n = linked(say(language, "n texts", n=number(one.feelings.n, language)), one.feelings.n, lead(**of_kind), "sh-j-n")
    part = say(language, "journey share", share=percent(one.share.value, language))
    net = one.feelings.net
    index = states.too_few(net.n, language) if net.too_few else (
        f'<p class="sh-index {journey_charts.tone(net)}">{signed(net.value, language)}</p><p class="sh-small">'
        f"{say(language, 'net sentiment')} · "
        f"{say(language, 'interval', range=interval(net.low, net.high, language))}</p>"
    )  # fmt: skip
    rows = [
        Row(title_of_source(key, language), told.parts, lead(**of_kind, sources=(key,)))
        for key, told in one.sources.items()
    ]
    return f"{title}<p>{n} · {part}</p>{index}{bars.split(one.feelings.parts, language)}{bars.stacked(rows, language)}"


def _with_interval(index: Index, language: str) -> str:
    return f"{signed(index.value, language)} ({interval(index.low, index.high, language)})"
