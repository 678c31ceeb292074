"""«نمای کلی»: how many, how they feel, about what, and where to look first."""

from collections.abc import Mapping

import streamlit as st

from dashboard import bars, charts, states, theme
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


def show(read: Reader, choice: Choice) -> None:
    """Choose (in the sidebar), count, show."""
    head(read, "overview", choice)
    counts = read(queries.counts, choice.filter)
    if not counts.mentions:
        states.no_match("", choice)
        return
    _counts(counts, choice)
    _summary(read, counts, choice)
    if not counts.counted:
        return
    _brands(read, choice)
    _dimensions(read, choice)
    _trend(read, choice)
    _breakdowns(read, choice)


def texts_of(choice: Choice, **changes: object) -> str:
    """The address of the texts behind a number of the indices."""
    return link("explore", choice, **{"usable": ("experience",), "confident": True, "copied": False, **changes})


def _counts(counts: queries.Counts, choice: Choice) -> None:
    language = choice.language

    def one(key: str, n: int, href: str = "", help_key: str = "", *, strong: bool = False) -> Card:
        return Card(
            say(language, key), number(n, language), say(language, help_key) if help_key else "",
            href if n else "", strong=strong,
        )  # fmt: skip

    aside = link("explore", choice, usable=("none", "spam"))
    unsure = link("explore", choice, usable=("experience",), confident=False, copied=False)
    copies = link("explore", choice, usable=("experience",), copied=True)
    awaiting = link("explore", choice, needs_response=True)
    cards = [
        one("mentions", counts.mentions, link("explore", choice), "mentions help", strong=True),
        one("authors", counts.authors),
        one("counted", counts.counted, texts_of(choice)),
        one("unsure", counts.unsure, unsure, "unsure help"),
        one("aside", counts.aside, aside, "aside help"),
        one("copies", counts.copies, copies, "copies help"),
        one("unread", counts.unread, "", "unread help"),
        one("awaiting", counts.awaiting, awaiting, "awaiting help", strong=counts.awaiting > 0),
    ]
    st.html(bars.cards(cards))


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
