"""«نمای کلی»: what changed since last week and what to read first; then how many, how they feel, about what."""

from collections.abc import Mapping

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import bars, changed, charts, queue, read_first, states, theme
from dashboard.bars import Card, Row
from dashboard.filters import Choice, link
from dashboard.frame import head
from dashboard.headlines import headlines
from dashboard.numerals import interval, number, signed
from dashboard.reads import Reader
from dashboard.words import say
from domain.indices import TOO_FEW, Index, net_share
from domain.vocabulary import Contact, Dimension, Gap, Intent, Label, Need, Touchpoint
from store import queries

_PLAIN = {"displayModeBar": False, "scrollZoom": False, "doubleClick": False}
_MOST_BRANDS = 8


def show(read: Reader, choice: Choice, least: int = 3, lent: changed.Lent | None = None) -> None:
    """Choose (in the sidebar), count, show: what changed and what to read first stand above all numbers.

    Args:
        read: reads of the store.
        choice: the filter and the language.
        least: so many distinct authors make an experience shared.
        lent: tests the newest week (jobs.changes); None where that cannot be done.
    """
    head(read, "overview", choice)
    counts = read(queries.counts, choice.filter)
    if not counts.mentions:
        states.no_match("", choice)
        return
    week, first = _tops(choice, lent)
    _counts(read, counts, choice)
    if counts.counted:
        _summary(read, counts, choice)
    read_first.show(first, read, choice, least)
    soon = changed.at_hand(read, choice, least)
    if lent and week and soon:
        changed.show(week, read, choice, least, lent)
    if counts.counted:
        _trend(read, choice)
        _brands(read, choice)
        _dimensions(read, choice)
        _breakdowns(read, choice)
    if lent and week and not soon:
        # Last, since it may take seconds on a large store: nothing else waits for it.
        changed.show(week, read, choice, least, lent)


def _tops(choice: Choice, lent: changed.Lent | None) -> tuple[DeltaGenerator | None, DeltaGenerator]:
    """The places of the two cards at the top; they are filled when the numbers stand."""
    with st.container(key="tops"):
        if lent is None:
            return None, st.container(border=True).empty()
        week, first = st.columns([3, 2], gap="medium")
    place = week.container(border=True, height="stretch").empty()
    changed.waiting(place, choice)
    return place, first.container(border=True, height="stretch").empty()


def texts_of(choice: Choice, **changes: object) -> str:
    """The address of the texts behind a number of the indices."""
    return link("explore", choice, **{"usable": ("experience",), "confident": True, "copied": False, **changes})


def _counts(read: Reader, counts: queries.Counts, choice: Choice) -> None:
    """One line: what the numbers of the page rest on."""
    language = choice.language

    def one(key: str, n: int, href: str = "", help_key: str = "") -> Card:
        title, note = say(language, key), say(language, help_key) if help_key else ""
        return Card(title, number(n, language), note, href if n else "")

    aside = link("explore", choice, usable=("none", "spam"))
    unsure = link("explore", choice, usable=("experience",), confident=False, copied=False)
    copies = link("explore", choice, usable=("experience",), copied=True)
    cards = [
        one("mentions", counts.mentions, link("explore", choice), "mentions help"),
        one("authors", counts.authors),
        one("counted", counts.counted, texts_of(choice)),
        one("unsure", counts.unsure, unsure, "unsure help"),
        one("aside", counts.aside, aside, "aside help"),
        one("copies", counts.copies, copies, "copies help"),
        one("unread", counts.unread, "", "unread help"),
        one("awaiting", read(queries.queue_numbers, choice.filter).open, queue.address(choice, status="open"),
            "queue open help"),
    ]  # fmt: skip
    st.html(f'<div class="sh-tally">{bars.cards(cards)}</div>')


def _summary(read: Reader, counts: queries.Counts, choice: Choice) -> None:
    language, net = choice.language, counts.net_sentiment
    index, said = st.columns([2, 3], gap="medium")
    with index.container(border=True, height="stretch"):
        _section(say(language, "net sentiment"), say(language, "net help"))
        if net.too_few:
            st.html(states.too_few(net.n, language))
        else:
            kind = "positive" if net.low > 0 else "negative" if net.high < 0 else "neutral"
            reach = say(language, "interval", range=interval(net.low, net.high, language))
            base = say(language, "of n", n=number(net.n, language))
            st.html(
                f'<p class="sh-index {kind}">{signed(net.value, language)}</p><p class="sh-small">{reach} · {base}</p>'
            )
        parts = {key: getattr(counts, key) for key in ("positive", "neutral", "mixed", "negative")}
        st.html(bars.split(parts, language))
    with said.container(border=True, height="stretch"):
        _section(say(language, "headlines"))
        st.html(headlines(read, counts, choice, texts_of))


def _brands(read: Reader, choice: Choice) -> None:
    known = {brand.key: brand.name for brand in read(queries.brands)}
    keys = [key for key in (choice.filter.brands or known) if key in known][:_MOST_BRANDS]
    if len(keys) < 2:
        return
    language = choice.language
    found = read(queries.facet_sentiments, choice.filter, "brand")
    with st.container(border=True):
        _section(say(language, "by brand"), say(language, "net help"))
        rows = {known[key]: _net(found.get(key, {})) for key in keys}
        colours = [theme.brand_colour(place) for place in range(len(rows))]
        st.plotly_chart(charts.index_rows(rows, language, colours), config=_PLAIN, key="brands")
        _leads({known[key]: texts_of(choice, brands=(key,)) for key in keys}, language)


def _net(parts: Mapping[str, int]) -> Index:
    return net_share(parts.get("positive", 0), parts.get("negative", 0), sum(parts.values()))


def _dimensions(read: Reader, choice: Choice) -> None:
    language = choice.language
    scores = read(queries.dimension_scores, choice.filter)
    with st.container(border=True):
        _section(say(language, "five dimensions"))
        if scores[0].counted < TOO_FEW:
            st.html(states.too_few(scores[0].counted, language))
            return
        radar, rows = st.columns(2, gap="medium")
        with radar:
            st.html(f'<p class="sh-small">{say(language, "dimension shares")}</p>')
            dark = st.context.theme.type == "dark"
            st.echarts_chart(charts.dimension_radar(scores, language, dark=dark), height=370, key="radar")
        with rows:
            st.html(f'<p class="sh-small">{say(language, "dimension scores")}</p>')
            st.plotly_chart(charts.dimension_scores(scores, language), config=_PLAIN, key="scores")
        _leads(
            {_title(s.dimension, language): texts_of(choice, dimensions=(str(s.dimension),)) for s in scores}, language
        )


def _trend(read: Reader, choice: Choice) -> None:
    language = choice.language
    days = read(queries.daily_sentiment, choice.filter)
    if not days:
        return
    with st.container(border=True):
        _section(say(language, "trend"), say(language, "by week" if charts.is_weekly(days) else "by day"))
        st.html(bars.legend(language))
        st.plotly_chart(charts.trend(days, language), config=_PLAIN, key="trend")
        _leads({say(language, "read texts"): texts_of(choice)}, "")


def _breakdowns(read: Reader, choice: Choice) -> None:
    language, chosen = choice.language, choice.filter
    first, second = st.columns(2, gap="medium")
    with first.container(border=True, height="stretch"):
        _section(say(language, "by touchpoint"))
        st.html(bars.legend(language))
        _rows(read(queries.facet_sentiments, chosen, "touchpoint"), Touchpoint, "touchpoints", choice)
        _section(say(language, "by need"))
        _needs(read, choice)
    with second.container(border=True, height="stretch"):
        _section(say(language, "by contact"))
        _rows(read(queries.facet_sentiments, chosen, "contact"), Contact, "contacts", choice)
        _section(say(language, "by gap"))
        _rows(_without_none(read(queries.facet_sentiments, chosen, "gap")), Gap, "gaps", choice)
        _section(say(language, "by intent"))
        _rows(read(queries.intent_sentiments, chosen), Intent, "intents", choice)


def _needs(read: Reader, choice: Choice) -> None:
    found = read(queries.need_sentiments, choice.filter)
    rows = []
    for need in Need:
        through = tuple(str(dimension) for dimension in Dimension if dimension.need is need)
        rows.append(Row(_title(need, choice.language), found[str(need)], texts_of(choice, dimensions=through)))
    st.html(bars.stacked(rows, choice.language))


def _rows(found: Mapping[str, Mapping[str, int]], labels: type[Label], name: str, choice: Choice) -> None:
    # What names nothing ("none") comes last, however often.
    rows = [
        Row(_title(labels(key), choice.language), found[key], texts_of(choice, **{name: (key,)}))  # type: ignore[call-arg]
        for key in sorted(found, key=lambda key: key == "none")
        if key in set(map(str, labels))
    ]
    st.html(bars.stacked(rows, choice.language))


def _without_none(found: Mapping[str, Mapping[str, int]]) -> dict[str, Mapping[str, int]]:
    return {str(gap): found.get(str(gap), {}) for gap in Gap if gap is not Gap.NONE}


def _leads(addresses: Mapping[str, str], language: str) -> None:
    title = say(language, "read texts") if language else ""
    st.html(bars.links(title, [bars.Link(name, href) for name, href in addresses.items()]))


def _section(title: str, note: str = "") -> None:
    st.html(f'<h2 class="sh-section">{title}{f" <small>{note}</small>" if note else ""}</h2>')


def _title(label: Label, language: str) -> str:
    return label.title(language)
