"""The five dimensions: counts that their links find, themes that are of the dimension, radars on one scale."""

import html
import json
import re
from dataclasses import replace
from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from dashboard import charts, dimension_charts, theme
from dashboard.dimensions import meeting_texts, shown_of
from dashboard.filters import Choice, from_query
from dashboard.words import say
from domain.indices import net_share, share
from domain.vocabulary import Dimension, Sentiment, Touchpoint
from store import queries
from store.database import open_store
from store.filter import Filter
from store.queries import DimensionScore, Meeting

TODAY = date(2026, 11, 22)
FILTERS = [
    Filter(),
    Filter(touchpoints=("delivery", "staff")),
    Filter(brands=("sib",), sentiments=("negative",)),
    Filter(dimensions=("rational:negative",)),
]


@pytest.fixture(scope="module")
def engine(sample_url: str) -> Engine:
    return open_store(sample_url)


def page(url: str, **query: str | list[str]) -> AppTest:
    def script(url: str) -> None:
        import streamlit as st

        from dashboard import dimensions, sidebar
        from dashboard.reads import Reader

        read = Reader(url)
        dimensions.show(read, sidebar.choose(read))
        st.session_state["shown"] = True

    app = AppTest.from_function(script, kwargs={"url": url}, default_timeout=60)
    for key, values in query.items():
        app.query_params[key] = values
    return app.run()


def shown(app: AppTest) -> str:
    return "\n".join(str(element.proto.body) for element in app.main.get("html"))


def leads_to(engine: Engine, href: str) -> int:
    query = parse_qs(urlsplit(html.unescape(href)).query)
    return queries.counts(engine, from_query(query, TODAY).filter).mentions


@pytest.mark.parametrize("chosen", FILTERS)
def test_a_cell_counts_what_its_link_finds(engine: Engine, chosen: Filter):
    choice = Choice(queries.all_dimensions(chosen))
    found = queries.dimension_touchpoints(engine, chosen)
    assert len(found) == 5 * len(chosen.touchpoints or Touchpoint)
    assert any(one.n for one in found)
    for one in found:
        assert leads_to(engine, meeting_texts(one, choice)) == one.n
        at = replace(choice.filter, touchpoints=(str(one.touchpoint),))
        assert one.counted == queries.counts(engine, at).counted
        alone = next(s for s in queries.dimension_scores(engine, at) if s.dimension is one.dimension)
        assert one.score == alone.score
        assert one.salience == share(one.n, one.counted)


@pytest.mark.parametrize(
    "query", [{}, {"touchpoint": "delivery"}, {"dimension": "rational:negative"}, {"brand": "sib"}]
)
def test_every_number_of_the_page_leads_to_its_texts(sample_url: str, engine: Engine, query: dict[str, str]):
    body = shown(page(sample_url, lang="en", **query))
    told = [
        *re.findall(r'<a class="sh-chip (?:positive|negative)" href="([^"]*)">\w+ <b>(\d+)</b>', body),
        *re.findall(r'<a class="sh-dim-measures" href="([^"]*)">.*?(\d+) of \d+ texts', body),
        *re.findall(r'<a class="sh-meet-cell" href="([^"]*)".*?(\d+) texts', body),
        *re.findall(r'<a class="sh-more" href="([^"]*)">Read all (\d+) texts', body),
        *re.findall(r'<a href="([^"]*)"><span>(?:Direct|Indirect)</span>.*?(\d+) texts', body),
    ]
    assert len(told) >= 5
    assert {re.sub(r"\?.*", "", href) for href, _ in told} == {"explore"}
    for href, n in told:
        assert leads_to(engine, href) == int(n) > 0, href


def test_direct_and_indirect_add_up(engine: Engine):
    every = queries.dimension_scores(engine, Filter())
    parts = [queries.dimension_scores(engine, Filter(contacts=(c,))) for c in ("direct", "indirect")]
    for whole, direct, indirect in zip(every, *parts, strict=True):
        assert whole.n == direct.n + indirect.n


def test_the_strongest_theme_speaks_of_its_dimension(engine: Engine):
    found = queries.dimension_themes(engine, Filter())
    hurt, delight = found["rational", "negative"], found["rational", "positive"]
    assert (hurt.shared.theme.polarity, delight.shared.theme.polarity) == ("negative", "positive")
    assert hurt.quote and hurt.quote.experience.rational in ("negative", "both")
    counted = {
        one.theme.id: one for one in queries.theme_counts(engine, Filter(usable=("experience",), confident=True))
    }
    best = max((one for one in counted.values() if one.theme.polarity == "negative"), key=lambda one: one.authors)
    assert hurt.shared == best
    assert 0 < hurt.people <= hurt.shared.authors
    assert not [key for key in found if key[0] != "rational"]


def test_a_chosen_dimension_is_shown_but_narrows_no_number(sample_url: str, engine: Engine):
    chosen = Filter(dimensions=("rational:negative",))
    assert shown_of(Choice(chosen)) == [Dimension.RATIONAL]
    assert queries.dimension_touchpoints(engine, chosen) == queries.dimension_touchpoints(engine, Filter())
    body = shown(page(sample_url, lang="en", dimension="rational:negative"))
    assert body.count('class="sh-dim"') == 1
    assert "the numbers are of all texts" in body


@pytest.mark.parametrize("language", ["fa", "en"])
def test_the_page_shows(sample_url: str, language: str):
    app = page(sample_url, lang=language)
    assert not app.exception
    assert app.session_state["shown"]
    body = shown(app)
    for dimension in Dimension:
        assert f"<h2>{dimension.title(language)}</h2>" in body
        assert say(language, "need of", need=dimension.need.title(language)) in body


def test_hostile_words_stay_words(sample_url: str):
    body = shown(page(sample_url))
    assert "دیر رسیدن &lt;u&gt;سفارش&lt;/u&gt;" in body
    assert "<u>" not in body
    assert "<script" not in body


def test_nothing_counted_shows_the_way_out(sample_url: str):
    assert "sh-state" in shown(page(sample_url, **{"from": "2030-01-01"}))


def test_the_cells_can_tell_salience_instead(sample_url: str):
    app = page(sample_url, lang="en")
    app.segmented_control(key="cells show").set_value("salience").run()
    assert not app.exception
    assert app.segmented_control(key="cells show").value == "salience"


def scores(good: int, bad: int) -> list[DimensionScore]:
    return [DimensionScore(dimension, good, bad, 5, 200) for dimension in Dimension]


def test_rings_of_brands_share_one_scale_and_are_those_of_each_brand():
    brands = {"سیب": scores(40, 20), "<b>انار</b>": scores(100, 10)}
    option = dimension_charts.brand_radar(brands, Sentiment.POSITIVE, "fa")
    rings = option["series"][0]["data"]
    for place, (name, ring) in enumerate(zip(brands, rings, strict=True)):
        alone = charts.dimension_radar(brands[name], "fa")["series"][0]["data"][0]
        assert ring["value"] == alone["value"]
        assert (ring["name"], ring["itemStyle"]["color"]) == (name, theme.brand_colour(place))
    assert {axis["max"] for axis in option["radar"]["indicator"]} == {60}
    assert rings[0]["lineStyle"]["type"] != rings[1]["lineStyle"]["type"]
    assert "<b>انار</b>" not in rings[1]["tooltip"]["formatter"]
    blame = dimension_charts.brand_radar(brands, Sentiment.NEGATIVE, "fa")["series"][0]["data"]
    assert blame[0]["value"] == [12.5] * 5
    json.dumps(option)


def test_rivals_on_the_radar_are_counted_in_common_sources(engine: Engine):
    found = queries.brand_dimensions(engine, Filter(), ("sib", "anar"))
    common = queries.common_sources(engine, Filter(), ("sib", "anar"))
    for brand, each in found.items():
        there = queries.counts(engine, Filter(brands=(brand,), sources=common.sources))
        assert each[0].counted == there.counted > 0
    assert queries.brand_dimensions(engine, Filter(), ("sib", "nobody")) == {}


def test_what_is_too_few_has_no_score_and_what_is_0_no_colour():
    few = Meeting(Dimension.SENSORY, Touchpoint.PLACE, 5, 1, 0, 40)
    even = Meeting(Dimension.RATIONAL, Touchpoint.PLACE, 20, 20, 0, 40)
    clear = Meeting(Dimension.PHYSICAL, Touchpoint.PLACE, 2, 38, 0, 40)
    made = dimension_charts.matrix([few, even, clear], list(Dimension), lambda one: "explore", "en")
    cells = re.findall(r"<td style=.*?</td>", made)
    assert "Too few: 6 texts" in cells[0] and "<b>" not in cells[0]
    assert cells[1].startswith('<td style="">')
    assert "var(--negative)" in cells[2]
    assert even.score == net_share(20, 20, 40)
