"""Brands side by side: the same sources, shares of one whole, marks beyond noise, and numbers that lead to texts."""

import html
import re
from dataclasses import replace
from datetime import date, timedelta
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from sample_store import NEWEST, prediction
from sqlalchemy import Engine, text
from streamlit.testing.v1 import AppTest

from dashboard.filters import from_query
from domain.dates import Precision
from domain.indices import Index, share
from domain.mention import Mention
from domain.vocabulary import Contact, Gap, Intent, Polarity, Sentiment, Touchpoint
from store import queries, writes
from store.database import open_store
from store.facts.facts import EXPERIENCE_LABELS, FLAGS, MENTION_LABELS, Column, Facts, Table
from store.filter import Filter
from store.queries.brand_differences import holm
from store.queries.compare import INDICES, SHARES, Part, numbers_of

HOSTILE = "انار <img src=x onerror=alert(1)>\u202e"
BRANDS = ("sib", "anar", "beh")
COUNTED = {"usable": ("experience",), "confident": True, "copied": False}


@pytest.fixture(scope="session")
def market(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Three brands in two sources; a third source knows two of them, and a fourth brand is silent."""
    url = f"sqlite:///{tmp_path_factory.mktemp('market') / 'shenava.db'}"
    engine = open_store(url)
    for key, name in (("sib", "سیب"), ("anar", HOSTILE), ("beh", "به"), ("silent", "خاموش")):
        writes.add_brand(engine, key, name)
    rng = np.random.default_rng(7)
    writes.save_mentions(engine, [_mention(place, rng) for place in range(420)])
    texts = list(queries.stream(engine, Filter()))
    writes.save_readings(engine, [_read(t.mention, t.brand.key) for t in texts], "by hand")
    groups: dict[str, dict[int, tuple[int, float]]] = {}
    for told in queries.told(engine, "by hand", ""):
        groups.setdefault(told.polarity, {})[told.id] = (told.mention_id, 0.9)
    opened = [
        writes.NewTheme(f"مضمون <u>{polarity}</u>", polarity, "delivery", b"\0" * 8, groups[polarity])
        for polarity in ("positive", "negative")
    ]
    writes.save_themes(engine, "by hand", opened=opened)
    with engine.begin() as connection:  # some say what the first one said
        connection.execute(text("UPDATE mention SET copy_of = 1, touched = touched + 1 WHERE id BETWEEN 2 AND 25"))
    engine.dispose()
    return url


def _mention(place: int, rng: np.random.Generator) -> Mention:
    brand = BRANDS[place % 3]
    source = ("wordpress", "telegram", "feed")[int(rng.integers(3))]
    if brand == "beh" and source == "feed":
        source = "telegram"
    return Mention(
        source=source,
        native_id=f"m{place}",
        brand=brand,
        text="غذا گرم بود و به موقع رسید" if rng.random() < (0.8 if brand == "sib" else 0.35) else "دیر رسید و سرد بود",
        author=f"author {place % 90}",
        published_at=NEWEST - timedelta(days=place % 50),
        date_precision=Precision.SECOND,
    )


def _read(mention, brand: str) -> writes.Reading:
    good = "گرم" in mention.text
    way = Sentiment.POSITIVE if good else Sentiment.NEGATIVE
    whole = prediction(
        way, Touchpoint.DELIVERY,
        gap=Gap.EXCEEDS if good and mention.id % 2 else Gap.MEETS if good else Gap.SHORT,
        contact=Contact.INDIRECT if mention.id % 5 == 0 else Contact.DIRECT,
        intents=[Intent.RECOMMEND] if good else [Intent.WARN, Intent.LEAVE],
        confident=mention.id % 20 != 0,
    )  # fmt: skip
    whole.dimensions["sensory"] = Polarity(str(way))
    whole.dimensions["physical"] = Polarity.BOTH if mention.id % 9 == 0 else Polarity(str(way))
    passages = [writes.Passage(0, len(mention.text), whole, b"\0" * 8)]
    return writes.Reading(mention.id, mention.revision, whole, passages)


@pytest.fixture(scope="module")
def engine(market: str) -> Engine:
    return open_store(market)


def page(url: str, **query: str | list[str]) -> AppTest:
    def script(url: str) -> None:
        import streamlit as st

        from dashboard import compare, sidebar
        from dashboard.reads import Reader

        read = Reader(url)
        compare.show(read, sidebar.choose(read))
        st.session_state["shown"] = True

    app = AppTest.from_function(script, kwargs={"url": url}, default_timeout=60)
    for key, values in query.items():
        app.query_params[key] = values
    return app.run()


def shown(app: AppTest) -> str:
    return "\n".join(str(element.proto.body) for element in app.main.get("html"))


def leads_to(engine: Engine, href: str) -> int:
    query = parse_qs(urlsplit(html.unescape(href)).query)
    return queries.counts(engine, from_query(query, date(2026, 11, 22)).filter).mentions


def test_only_sources_that_know_every_brand_are_compared(engine: Engine):
    common = queries.common_sources(engine, Filter(), BRANDS)
    assert common.sources == ("telegram", "wordpress")
    away = queries.counts(engine, Filter(brands=BRANDS, sources=("feed",))).counted
    assert common.left_out == {"feed": away}
    for one in queries.brand_numbers(engine, Filter(), BRANDS):
        there = queries.counts(engine, Filter(brands=(one.brand,), sources=common.sources))
        assert one.counted == there.counted
        assert one.indices["net"] == there.net_sentiment
    two = queries.common_sources(engine, Filter(), BRANDS[:2])
    assert two.sources == ("feed", "telegram", "wordpress")
    assert not two.left_out


def test_a_label_in_the_filter_does_not_take_a_source_away(engine: Engine):
    assert queries.common_sources(engine, Filter(gaps=("none",)), BRANDS).sources == ("telegram", "wordpress")
    assert queries.common_sources(engine, Filter(gaps=("none",)), BRANDS).n == 0


def test_without_a_common_source_nothing_is_compared(engine: Engine):
    assert queries.common_sources(engine, Filter(sources=("feed",)), BRANDS).sources == ()
    assert queries.brand_numbers(engine, Filter(sources=("feed",)), BRANDS) == []
    assert queries.themes_across(engine, Filter(sources=("feed",)), BRANDS, "negative") == []


def test_a_silent_brand_is_named_and_left_aside(engine: Engine):
    found = queries.compared_brands(engine, Filter())
    assert (set(found.brands), found.silent) == (set(BRANDS), ("silent",))
    assert queries.compared_brands(engine, Filter(brands=("beh",))).brands[0] == "beh"
    assert queries.compared_brands(engine, Filter(brands=("beh", "sib"))).brands == ("beh", "sib")
    assert len(queries.compared_brands(engine, Filter(), 2).over) == 1


@pytest.mark.parametrize("chosen", [Filter(), Filter(contacts=("indirect",)), Filter(dimensions=("sensory:negative",))])
def test_shares_add_up_to_100(engine: Engine, chosen: Filter):
    numbers = queries.brand_numbers(engine, chosen, BRANDS)
    for key in SHARES:
        whole = sum(one.indices[key].value for one in numbers)
        assert whole == pytest.approx(100) or not numbers[0].parts[key].n
    voice = queries.share_of_voice(engine, chosen, BRANDS)
    assert voice["sib"] == share(numbers[0].counted, sum(one.counted for one in numbers))
    assert sum(i.value for i in queries.share_of_experience(engine, Filter(), BRANDS, "praise").values()) == 100


def test_passages_of_one_text_widen_the_interval():
    alone, together = Part(30, 100, 100).share, Part(30, 100, 50).share
    assert alone == share(30, 100)
    assert together.value == alone.value
    assert together.low < alone.low < alone.high < together.high


@pytest.mark.parametrize("store", ["sample_url", "market"])
@pytest.mark.parametrize("query", [{}, {"contact": "direct"}, {"dimension": "physical:negative"}, {"gap": "short"}])
def test_every_number_leads_to_just_its_texts(request: pytest.FixtureRequest, store: str, query: dict[str, str]):
    url = request.getfixturevalue(store)
    body = shown(page(url, lang="en", **query))
    anchors = re.findall(r'<a class="sh-(?:cmp-cell|share|dots-row)" href="([^"]*)">(.*?)</a>', body, re.DOTALL)
    assert len(anchors) > 20 or (store == "sample_url" and "sh-state" in body)
    for href, inside in anchors:
        said = re.sub(r"<[^>]+>", " ", inside)
        n = re.search(r"experiences, in (\d+) texts|(\d+) of \d+ texts|(?:of|Too few:) (\d+) texts", said)
        assert n, said
        assert leads_to(open_store(url), href) == int(next(filter(None, n.groups()))), (said, href)


def test_texts_left_out_are_said_and_led_to(market: str, engine: Engine):
    body = shown(page(market, lang="en"))
    href, n = re.search(r'<a class="sh-chip" href="([^"]*)"><bdi>RSS and Atom</bdi> <b>(\d+)</b>', body).groups()
    assert leads_to(engine, href) == int(n) > 0


def test_a_theme_across_brands_counts_what_its_link_finds(engine: Engine):
    common = queries.common_sources(engine, Filter(), BRANDS)
    for polarity in ("positive", "negative"):
        one = queries.themes_across(engine, Filter(), BRANDS, polarity)[0]
        for brand in BRANDS:
            there = Filter(brands=(brand,), sources=common.sources, **COUNTED)
            assert one.rates[brand].n == queries.counts(engine, there).mentions
            assert one.mentions[brand] == queries.counts(engine, replace(there, theme=one.theme.id)).mentions
            assert one.rates[brand] == share(one.mentions[brand], one.rates[brand].n)


def test_holm_is_stricter_than_one_by_one():
    assert holm([0.04]) == [True]
    assert holm([0.04, 0.04]) == [False, False]
    assert holm([0.04, 0.02, 0.001]) == [True, True, True]
    assert holm([0.001, 0.03, 0.04]) == [True, False, False]
    assert holm([]) == []


def _market(seed: int, better: float = 0.0, n: int = 150) -> Facts:
    """Three brands whose texts come from one and the same distribution; the first is praised `better` more."""
    rng = np.random.default_rng(seed)
    size = 3 * n
    brand = np.repeat(np.arange(3), n)[rng.permutation(size)]
    codes = {name: rng.integers(len(labels), size=size) for name, labels in MENTION_LABELS.items()}
    codes["usable"] = np.zeros(size, int)
    good = rng.random(size) < 0.4 + better * (brand == 0)
    codes["sentiment"] = np.where(good, 0, rng.integers(1, 4, size))
    columns = {name: Column(code, MENTION_LABELS[name]) for name, code in codes.items()}
    columns |= {"brand": Column(brand, BRANDS), "source": Column(np.zeros(size, int), ("feed",))}
    flags = {name: np.zeros(size, bool) for name in FLAGS}
    flags |= {str(intent): rng.random(size) < 0.15 for intent in Intent}
    flags |= {"confident": np.ones(size, bool), "scored": np.ones(size, bool)}
    mentions = Table(np.arange(1, size + 1), columns, {"day": np.ones(size), "author": np.ones(size)}, flags)
    # A text tells up to four passages, all in its own mood: they are not independent.
    of = np.repeat(np.arange(size), rng.integers(1, 5, size))
    told_codes = {name: np.full(len(of), -1) for name in EXPERIENCE_LABELS} | {"sentiment": codes["sentiment"][of]}
    told = Table(
        np.arange(1, len(of) + 1),
        {name: Column(code, EXPERIENCE_LABELS[name]) for name, code in told_codes.items()},
        {"mention_id": of + 1, "theme": np.zeros(len(of))},
        {"confident": np.ones(len(of), bool)},
    )
    return Facts(mentions, told, {key: place for place, key in enumerate(BRANDS, 1)}, 0)


def _marks(facts: Facts) -> list[str]:
    numbers = numbers_of(facts, facts.counted, facts.counted, BRANDS)
    found = queries.differences(numbers, "sib")
    assert len(found) == 2 * len(INDICES)
    return [one.key for one in found if one.marked]


def test_equal_brands_are_marked_in_at_most_5_percent_of_samples():
    assert sum(bool(_marks(_market(seed))) for seed in range(200)) <= 10


def test_a_real_difference_is_marked():
    assert all("net" in _marks(_market(seed, better=0.35)) for seed in range(10))


def test_a_mark_has_an_interval_without_0_and_enough_texts(engine: Engine):
    numbers = queries.brand_numbers(engine, Filter(), BRANDS)
    found = queries.differences(numbers, "sib")
    marked = [one for one in found if one.marked]
    assert {"net", "gap", "advocacy"} <= {one.key for one in marked}
    assert all(one.value.clear for one in marked)
    assert not any(isinstance(one.value, Index) and one.value.n < 30 for one in found)


@pytest.mark.parametrize("language", ["fa", "en"])
@pytest.mark.parametrize("store", ["sample_url", "market"])
def test_the_page_shows(request: pytest.FixtureRequest, store: str, language: str):
    app = page(request.getfixturevalue(store), lang=language)
    assert not app.exception
    assert app.session_state["shown"]
    body = shown(app)
    assert '<h1 class="sh-title">' + {"fa": "رقبا", "en": "Compare"}[language] in body
    assert "شاخص حمایت متنی" in body if language == "fa" else "Text advocacy index" in body
    assert "NPS" not in body


def test_hostile_names_stay_names(market: str):
    body = shown(page(market))
    assert "<img" not in body
    assert "<u>" not in body
    assert "\u202e" not in body
    assert "&lt;img src=x" in body


def test_the_first_brand_of_the_address_is_ours(market: str):
    app = page(market, brand=["beh", "sib"], lang="en")
    assert app.query_params["brand"] == ["beh", "sib"]
    chips = re.findall(r'<a class="sh-chip (chosen|)" href="(compare[^"]*)"><bdi>([^<]*)</bdi>', shown(app))
    ours = [(kind, name) for kind, href, name in chips if "brand" in href and "×" not in name]
    assert ours == [("chosen", "به"), ("", "سیب")]
    assert "compare?brand=sib&amp;brand=beh" in shown(app)


def test_too_few_brands_or_texts_are_told(market: str, sample_url: str):
    assert "Too few:" in shown(page(sample_url, lang="en"))
    assert 'class="sh-state"' in shown(page(market, **{"from": "2030-01-01"}))
