"""The journey: its numbers agree with the texts they lead to, and the page shows them."""

import html
import re
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from sample_store import HOSTILE, NEWEST, prediction
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from dashboard.filters import from_query
from dashboard.words import say
from domain.dates import Precision
from domain.mention import Mention
from domain.vocabulary import Contact, Gap, Intent, Sentiment, Stage, Touchpoint
from store import queries, writes
from store.database import open_store
from store.filter import Filter

GOOD, BAD = Sentiment.POSITIVE, Sentiment.NEGATIVE
AD = "در عکس تازه بود؛ <b>دروغ</b> از آب درآمد."
#: How many, their text and the labels of text and passage.
TOLD = (
    (20, "زودتر از وعده رسید و جعبه سالم بود.", GOOD, [Touchpoint.DELIVERY, Touchpoint.PACKAGING], Stage.RECEIPT,
     {"gap": Gap.EXCEEDS, "intents": [Intent.RECOMMEND]}),
    (12, AD, BAD, [Touchpoint.PRODUCT, Touchpoint.ADS], Stage.USE, {"gap": Gap.SHORT, "intents": [Intent.WARN]}),
    (5, "همان بود که گفته بودند.", GOOD, [Touchpoint.PRODUCT], Stage.USE, {"gap": Gap.MEETS, "intents": []}),
    (4, "از دوستم شنیدم که خوب نیست.", BAD, [Touchpoint.WOM], Stage.AWARENESS,
     {"gap": Gap.NONE, "contact": Contact.INDIRECT, "intents": []}),
    (3, "قرار بود فردا برسد و نرسید.", BAD, [Touchpoint.DELIVERY], Stage.RECEIPT,
     {"gap": Gap.SHORT, "intents": [Intent.WARN, Intent.LEAVE]}),
    (2, "باز هم می‌خرم ولی به دیگران نمی‌گویم بخرند.", Sentiment.MIXED, [Touchpoint.NONE], Stage.LOYALTY,
     {"gap": Gap.NONE, "intents": [Intent.REPURCHASE, Intent.WARN]}),
)  # fmt: skip


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A store of 46 told texts over half a year, one of them undated; the ads are one theme, one of them a fraud."""
    url = f"sqlite:///{tmp_path_factory.mktemp('journey') / 'shenava.db'}"
    engine = open_store(url)
    writes.add_brand(engine, "sib", "سیب")
    kinds = [kind for kind in TOLD for _ in range(kind[0])]
    writes.save_mentions(engine, [_mention(place, kind[1]) for place, kind in enumerate(kinds)])
    stored = sorted(queries.stream(engine, Filter()), key=lambda text: int(text.mention.native_id))
    readings = []
    for text, (_, words, sentiment, touchpoints, stage, more) in zip(stored, kinds, strict=True):
        whole = prediction(sentiment, touchpoints[0], stage=stage, **more)
        whole.touchpoints[:] = touchpoints
        part = writes.Passage(0, len(words) // 2, whole, b"\0" * 8)
        readings.append(writes.Reading(text.mention.id, text.mention.revision, whole, [part]))
    writes.save_readings(engine, readings, "by hand")
    ads = [one for one in queries.told(engine, "by hand", "") if one.touchpoint == "product" and one.polarity == BAD]
    label = "فرق با <u>عکس</u>"
    theme = writes.NewTheme(label, "negative", "product", b"\0" * 8, {one.id: (one.mention_id, 0.9) for one in ads})
    writes.save_themes(engine, "by hand", opened=[theme])
    engine.dispose()
    return url


def _mention(place: int, text: str) -> Mention:
    return Mention(
        source="wordpress" if place % 3 else "telegram", native_id=str(place), brand="sib", text=text,
        author=f"author {place % 15}", published_at=NEWEST - timedelta(days=4 * place),
        date_precision=Precision.UNKNOWN if place == 25 else Precision.SECOND,
    )  # fmt: skip


@pytest.fixture(scope="module")
def engine(url: str) -> Engine:
    return open_store(url)


def page(url: str, **query: str) -> AppTest:
    def script(url: str) -> None:
        import streamlit as st

        from dashboard import journey, sidebar
        from dashboard.reads import Reader

        read = Reader(url)
        journey.show(read, sidebar.choose(read))
        st.session_state["shown"] = True

    app = AppTest.from_function(script, kwargs={"url": url}, default_timeout=60)
    for key, value in query.items():
        app.query_params[key] = value
    return app.run()


def shown(app: AppTest) -> str:
    return "\n".join(str(element.proto.body) for element in app.main.get("html"))


def leads(body: str) -> list[tuple[str, str]]:
    """Address and visible words of every link into the texts, as the page spells them."""
    found = re.findall(r'<a [^>]*?href="(explore\?[^"]*)"[^>]*>(.*?)</a>', body, re.S)
    return [(html.unescape(href), html.unescape(re.sub(r"<[^>]+>", " ", inside))) for href, inside in found]


def behind(engine: Engine, href: str) -> int:
    chosen = from_query(parse_qs(urlsplit(href).query), date(2026, 11, 22)).filter
    return queries.counts(engine, chosen).mentions


def test_stages_add_up_and_touchpoints_tell_what_they_count_twice(engine: Engine):
    found = queries.journey(engine, Filter())
    assert found.whole.n == 46 == sum(one.n for one in found.stages.values())
    assert found.twice == 32
    assert found.touchpoints["ads"] == found.cells["use", "ads"] == queries.Feelings(negative=12)
    assert found.cells["use", "product"] == queries.Feelings(positive=5, negative=12)
    for stage in Stage:
        cells = sum(one.n for (at, _), one in found.cells.items() if at == stage)
        assert cells >= found.stages[stage].n


def test_the_gap_index_by_hand(engine: Engine):
    found = queries.gaps(engine, Filter())
    delivery = found.touchpoints["delivery"]["direct"]
    assert (delivery.exceeds, delivery.meets, delivery.short) == (20, 0, 3)
    assert delivery.index.value == pytest.approx(100 * (20 - 3) / 23)
    assert found.whole == queries.Against(20, 5, 15)
    assert found.whole.index.value == pytest.approx(12.5)
    assert not found.whole.index.too_few
    assert found.touchpoints["product"]["direct"].index.too_few
    assert (found.twice, found.unnamed) == (32, 6)
    assert found.contacts["indirect"].n == 0


def test_broken_promises_quote_the_passage_and_tell_promises_from_other_expectations(engine: Engine):
    found = queries.broken_promises(engine, Filter(), 50)
    assert (found.texts, found.promised, len(found.first)) == (15, 12, 15)
    ad = next(one for one in found.first if one.promised)
    assert ad.quote.words == AD[: len(AD) // 2]
    assert ad.theme is not None
    days = [one.quote.mention.published_at for one in queries.broken_promises(engine, Filter(), 50, "newest").first]
    assert days == sorted(days, reverse=True)
    other = queries.broken_promises(engine, Filter(), 50, promised=False)
    assert {one.touchpoint for one in other.first} == {"delivery"}
    assert (len(other.first), other.texts) == (3, 15)


def test_a_broken_theme_counts_people(engine: Engine):
    (theme,) = queries.broken_themes(engine, Filter())
    assert (theme.people, theme.texts) == (12, 12)
    chosen = Filter(usable=("experience",), confident=True, gaps=("short",), theme=theme.theme.id)
    assert queries.counts(engine, chosen).mentions == theme.texts
    assert queries.broken_themes(engine, Filter(theme=99)) == []


def test_the_loop_counts_what_goes_out_and_what_comes_in(engine: Engine):
    found = queries.loop(engine, Filter())
    assert {intent: flow.feelings.n for intent, flow in found.out.items()} == {
        "repurchase": 2, "recommend": 20, "warn": 17, "leave": 3,
    }  # fmt: skip
    # Two texts say both, so they are on neither side: (20 - 15)/37.
    assert (found.advocacy.value, found.advocacy.n) == (pytest.approx(100 * 5 / 37), 37)
    assert found.out["recommend"].people == 15
    assert {kind: flow.feelings.n for kind, flow in found.come.items()} == {"contact": 4, "touchpoint": 16, "stage": 4}
    assert found.out["warn"].undated == 1
    assert all(week.weekday() == 5 for flow in found.out.values() for week in flow.weeks)


def test_direct_and_indirect_are_the_whole(engine: Engine):
    found = queries.contact_split(engine, Filter())
    assert [one.feelings.n for one in found.values()] == [42, 4]
    assert sum(one.share.value for one in found.values()) == pytest.approx(100)
    for one in found.values():
        assert sum(part.n for part in one.sources.values()) == one.feelings.n


@pytest.mark.parametrize(
    "query",
    [{}, {"touchpoint": "packaging"}, {"stage": "awareness"}, {"intent": "warn"}, {"gap": "short"},
     {"contact": "indirect"}, {"from": "2026-08-05", "to": "2026-11-03"}],
    ids=str,
)  # fmt: skip
def test_every_number_of_the_page_leads_to_as_many_texts(url: str, engine: Engine, query: dict[str, str]):
    app = page(url, lang="en", **query)
    assert not app.exception
    found = leads(shown(app))
    assert len(found) > 10
    bars = re.findall(r'<a class="(?:up|down)" href="([^"]*)" title="[^"]*: (\d+)"', shown(app))
    told = [(html.unescape(href), n) for href, n in bars]
    for href, said in found:
        # Net sentiment and people stand beside some numbers: signed, in brackets, or behind another word.
        plain = re.sub(r"\([^)]*\)|[+−]\d+|\u2066[^\u2069]*\u2069", " ", said)
        numbers = re.findall(r"\d+", plain)
        if numbers:
            told.append((href, numbers[-1]))
    assert len(told) > 8
    for href, n in told:
        assert behind(engine, href) == int(n), (href, n)


def test_every_number_of_the_sample_leads_to_as_many_texts(sample: str):
    engine, body = open_store(sample), shown(page(sample, lang="en"))
    cells = re.findall(r'class="sh-j-cell[^"]*" href="([^"]*)".*?<b>(\d+)</b>', body)
    assert len(cells) > 5
    for href, n in cells:
        assert behind(engine, html.unescape(href)) == int(n), href


@pytest.mark.parametrize("language", ["fa", "en"])
def test_the_page_shows_in_both_languages(url: str, language: str):
    app = page(url, lang=language)
    assert not app.exception
    assert app.session_state["shown"]
    body = shown(app)
    assert f">{say(language, 'journey')}</h1>" in body
    assert all(stage.title(language) in body for stage in Stage)
    assert body.count('class="sh-j-node ') == 7
    assert say(language, "journey weeks") in body


def test_more_broken_promises(url: str):
    app = page(url)
    before = shown(app).count("sh-j-broken")
    app.button(key="more broken").click().run()
    assert (before, shown(app).count("sh-j-broken")) == (6, 12)


def test_texts_that_went_between_two_reads_leave_no_empty_piece(url: str, monkeypatch: pytest.MonkeyPatch):
    real = queries.broken_promises

    def gone(*asked, **more):
        return replace(real(*asked, **more), first=[])

    monkeypatch.setattr(queries, "broken_promises", gone)
    app = page(url)
    assert not app.exception
    assert app.session_state["shown"]
    assert "sh-j-broken" not in shown(app)


def test_strangers_texts_stay_texts(url: str, sample: str):
    body = shown(page(url))
    assert "<b>دروغ" not in body
    assert "فرق با &lt;u&gt;عکس&lt;/u&gt;" in body
    app = page(sample)
    for _ in range(2):
        app.button(key="more broken").click().run()
    body = shown(app)
    assert html.escape(HOSTILE[4].split("(")[0]) in body
    assert "<script" not in body
    assert "دیر رسیدن &lt;u&gt;" in body
    assert not re.search("[\u202a-\u202e]", body)
    assert not [href for href in re.findall(r'href="([^"]*)"', body) if href.startswith("javascript")]


def test_nothing_found_and_nothing_counted_have_their_own_states(url: str):
    nothing = page(url, q="هرگزنیامده")
    assert say("fa", "no match") in shown(nothing)
    unsure = page(url, sure="0", usable="experience")
    assert not unsure.exception
    assert say("fa", "no match") in shown(unsure)
    no_gap = shown(page(url, lang="en", gap="none"))
    assert say("en", "journey no gaps") in no_gap
    assert say("en", "journey no broken") in no_gap


def test_an_empty_store_has_no_journey(tmp_path: Path):
    engine = open_store(f"sqlite:///{tmp_path / 'empty.db'}")
    assert queries.journey(engine, Filter()).whole.n == 0
    assert queries.gaps(engine, Filter()).whole.n == 0
    assert queries.broken_promises(engine, Filter()).first == []
    assert queries.broken_themes(engine, Filter()) == []
    assert not queries.loop(engine, Filter()).out["warn"].weeks
    assert queries.contact_split(engine, Filter())["direct"].share.n == 0
