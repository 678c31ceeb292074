"""Shared experiences: numbers that add up and lead to their texts, trends and impacts by hand, edits that hold."""

import html
import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from sample_store import prediction
from sqlalchemy import Engine, update
from sqlmodel import Session
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

import cli
from dashboard import theme_card, theme_charts
from dashboard.experiences import adds_up
from dashboard.filters import Choice, from_query
from dashboard.numerals import number
from dashboard.theme_numbers import SORTS, Numbers, ordered
from dashboard.theme_pairs import WAYS, homes
from dashboard.words import say
from domain.dates import Precision
from domain.indices import impact
from domain.mention import Mention
from domain.settings import get_settings
from domain.sources import title_of_source
from domain.spikes import Spike
from domain.trend import Week
from domain.vocabulary import CrawlOutcome, Place, Sentiment, Severity, ThemeState, Touchpoint
from jobs.export import export
from jobs.split import parts
from jobs.split import split as split_job
from jobs.vectors import pack
from nlp.terms import WIDTH
from store import queries, writes
from store.database import open_store
from store.filter import Filter

LAST = date(2026, 11, 20)
TODAY = date(2026, 11, 22)
SLOW, WARM = "سفارش دیر به دست ما رسید", "برخورد کارمند شعبه گرم بود"


class Reads:
    """A reader without a cache."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def __call__(self, query, *args, **named):
        return query(self.engine, *args, **named)


def page(url: str, **query: str) -> AppTest:
    def script(url: str) -> None:
        import streamlit as st

        from dashboard import experiences, sidebar
        from dashboard.reads import Reader

        read = Reader(url)
        experiences.show(read, sidebar.choose(read), 3, lambda engine, theme, who: 0)
        st.session_state["shown"] = True

    app = AppTest.from_function(script, kwargs={"url": url}, default_timeout=60)
    for key, value in query.items():
        app.query_params[key] = value
    return app.run()


def shown(app: AppTest) -> str:
    assert not app.exception
    return "\n".join(str(element.proto.body) for element in app.main.get("html"))


def leads_to(engine: Engine, href: str) -> int:
    query = parse_qs(urlsplit(html.unescape(href)).query)
    return queries.counts(engine, from_query(query, TODAY).filter).mentions


def told(n: int, text: str, day: date, brand: str = "sib", source: str = "feed") -> Mention:
    at = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
    return Mention(
        source=source, native_id=f"{n}", brand=brand, text=f"{text}، بار {n}", author=f"author {n}", published_at=at,
        date_precision=Precision.SECOND,
    )  # fmt: skip


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Two themes: one told once a week and daily of late, one told once a week throughout; one severe experience."""
    url = f"sqlite:///{tmp_path / 'shenava.db'}"
    monkeypatch.setenv("SHENAVA_DATABASE_URL", url)
    monkeypatch.setenv("SHENAVA_DATA", str(tmp_path))
    get_settings.cache_clear()
    engine = open_store(url)
    for key in ("sib", "anar"):
        writes.add_brand(engine, key)
    days = [LAST - timedelta(days=n) for n in range(140)]
    slow = [when for n, when in enumerate(days) if n < 28 or n % 7 == 0]
    warm = days[:130:7]
    rest = [when for when in days for _ in range(3)]
    mentions = [told(n, SLOW, when) for n, when in enumerate(slow)]
    mentions += [told(1000 + n, WARM, when, "anar", "shop") for n, when in enumerate(warm)]
    mentions += [told(2000 + n, "معمولی بود", when) for n, when in enumerate(rest)]
    writes.save_mentions(engine, mentions)
    writes.save_readings(engine, [_reading(text.mention) for text in queries.stream(engine, Filter())], "by hand")
    groups: dict[str, dict[int, tuple[int, float]]] = {}
    for one in queries.told(engine, "by hand", "", limit=9_000):
        groups.setdefault(one.polarity, {})[one.id] = (one.mention_id, 0.5 + one.id / 10_000)
    themes = [("دیر می‌رسد", "negative", "delivery"), ("برخورد گرم است", "positive", "staff")]
    writes.save_themes(
        engine, "by hand", opened=[writes.NewTheme(*one, b"\0" * 8, groups[one[1]]) for one in themes]
    )  # fmt: skip
    yield url
    get_settings.cache_clear()


def _reading(mention) -> writes.Reading:
    sentiment = Sentiment.NEUTRAL
    touchpoint = Touchpoint.NONE
    if SLOW in mention.text:
        sentiment, touchpoint = Sentiment.NEGATIVE, Touchpoint.DELIVERY
    elif WARM in mention.text:
        sentiment, touchpoint = Sentiment.POSITIVE, Touchpoint.STAFF
    whole = prediction(sentiment, touchpoint)
    vector = np.zeros(4, np.float32)
    vector[mention.id % 2] = 1
    return writes.Reading(mention.id, 1, whole, [writes.Passage(0, len(mention.text), whole, pack(vector))])


def mark_severe(url: str) -> None:
    engine = open_store(url)
    one = queries.members(engine, 1)[-1]
    writes.save_severities(engine, {one.id: "health"}, [writes.Placing(one.id, one.mention_id, Place.MEMBER, 1, 0.9)])


@pytest.mark.parametrize("chosen", [Filter(), Filter(brands=("anar",)), Filter(sentiments=("negative",))])
@pytest.mark.parametrize("least", [3, 999])
def test_the_line_adds_up(sample_url: str, chosen: Filter, least: int):
    engine = open_store(sample_url)
    line = adds_up(Reads(engine), Choice(chosen, language="en"), queries.theme_counts(engine, chosen), least)
    whole, *each = (int(n.replace(",", "")) for n in re.findall(r"<b>([\d,]+)</b>", line))
    assert whole == sum(each) == queries.places(engine, chosen).told > 0
    assert (each[0] == 0) == (least == 999)


@pytest.mark.parametrize("query", [{}, {"brand": "sib"}, {"by": "stage"}, {"theme": "1"}, {"show": "fewer"}])
def test_every_count_leads_to_as_many_texts(sample_url: str, query: dict[str, str]):
    engine = open_store(sample_url)
    body = shown(page(sample_url, lang="en", **query))
    links = re.findall(r'<a[^>]* href="(explore[^"]*)">(?:Read all |of |Impact: too few, )?(\d+) ', body)
    for href, n in links:
        assert leads_to(engine, href) == int(n) > 0, href
    assert len(links) >= (1 if "show" in query else 3)


def test_people_who_are_not_enough_are_behind_the_link(made: str):
    writes.save_themes(open_store(made), "by hand")
    body = shown(page(made, lang="en", show="fewer"))
    assert "no such experience within" in body
    assert "sh-theme " not in body


def test_what_is_severe_shows_though_one(made: str):
    assert say("en", "severe title") not in shown(page(made, lang="en"))
    mark_severe(made)
    body = shown(page(made, lang="en"))
    block = body[body.index(say("en", "severe title")) : body.index(say("en", "delights"))]
    ((href, n),) = re.findall(rf'href="([^"]*)"><bdi>{Severity.HEALTH.en}</bdi> <b>(\d+)', block)
    assert leads_to(open_store(made), href) == int(n) == 1
    assert block.count("<blockquote") == 1


def test_state_and_impact_by_hand(made: str):
    numbers = Numbers(Reads(open_store(made)), Filter())
    fares = numbers.standings([1, 2])
    assert (fares[1].state, fares[2].state) == (ThemeState.GROWING, ThemeState.STEADY)
    # 28 texts in 4 weeks of 84 + 28 + 4 texts, against 12 in 12 weeks of 252 + 12 + 12.
    assert fares[1].change.n == 40
    assert fares[1].change.ratio == pytest.approx((28 / 116) / (12 / 276))
    # 44 of 483 texts are of the theme, all negative; 19 of the others are positive.
    effect = numbers.impact(1)
    assert effect == impact((19, 44, 483), (0, 44, 44))
    assert effect.value == pytest.approx(100 * ((19 - 44) / 483 - 19 / 439))
    assert not effect.too_few and numbers.impact(2).too_few
    since = Numbers(Reads(open_store(made)), Filter(since=LAST - timedelta(days=7)))
    assert since.standings([1])[1].state is ThemeState.GROWING


def test_a_failed_source_is_an_outage_until_it_is_crawled_again(made: str):
    engine = open_store(made)
    target = writes.add_target(engine, "feed", "https://sib.example/feed", "sib")
    run = writes.start_run(engine, target.id or 0)
    writes.finish_run(engine, run, CrawlOutcome.FAILED, {})
    with Session(engine) as session:
        from store.tables import CrawlRun

        begun = datetime(LAST.year, LAST.month, LAST.day, 9, tzinfo=UTC) - timedelta(days=3)
        session.execute(update(CrawlRun).values(started_at=begun))
        session.commit()
    assert Numbers(Reads(engine), Filter()).outages == {LAST - timedelta(days=n) for n in range(4)}
    assert Numbers(Reads(engine), Filter(brands=("anar",))).outages == frozenset()
    assert say("en", "theme outage") in shown(page(made, lang="en", theme="1"))
    writes.finish_run(engine, writes.start_run(engine, target.id or 0), CrawlOutcome.OK, {})
    assert Numbers(Reads(engine), Filter()).outages == frozenset()


def test_the_orders_and_layouts(made: str):
    engine = open_store(made)
    numbers, found = Numbers(Reads(engine), Filter()), queries.theme_counts(engine, Filter())
    first = {sort: ordered(found[::-1], sort, numbers)[0].theme.id for sort in SORTS[1:]}
    assert first == {"impact": 1, "growing": 1, "newest": 2}
    for by, labels in (("touchpoint", ("delivery", "staff")), ("brand", ("sib", "anar")), ("dimension", ("rational",))):
        home = homes(Reads(engine), Choice(), by)
        assert (home[1], home[2]) == (labels[0], labels[-1])
    for way in WAYS:
        body = shown(page(made, lang="en", by=way, sort="growing"))
        assert "برخورد گرم است" in body and "دیر می‌رسد" in body
        assert ("sh-pair" in body) == (way != "all")


def test_a_choice_of_order_is_in_the_address(made: str):
    app = page(made, lang="en")
    app.segmented_control(key="themes sort").set_value("impact").run()
    assert app.query_params["sort"] in ("impact", ["impact"])


@pytest.mark.parametrize("language", ["fa", "en"])
def test_a_theme_by_itself(made: str, language: str):
    engine = open_store(made)
    body = shown(page(made, lang=language, theme="1"))
    for words in ("theme weeks", "theme brands", "theme stages", "theme quotes", "no edits"):
        assert say(language, words) in body
    weeks = re.findall(r'<li><span>[^<]*</span> <a href="([^"]*)">', body)
    assert sum(leads_to(engine, href) for href in weeks) == 44
    assert say(language, "theme gone") in shown(page(made, lang=language, theme="77"))


def test_a_spike_leads_to_its_texts_and_says_where_it_comes_from(made: str, monkeypatch: pytest.MonkeyPatch):
    spike = Spike(LAST - timedelta(days=27), LAST, 28, 1.0, 0, 3, 0.001, 116)
    monkeypatch.setattr("domain.spikes.spikes", lambda *args: [spike])
    body = shown(page(made, lang="en", theme="1"))
    most = r'<small>Most of it from <a href="[^"]*"><bdi>RSS and Atom</bdi></a> \('
    ((href, said),) = re.findall(rf'<li><a href="([^"]*)">([^<]*)</a> {most}', body)
    assert ": 28 texts, expected 1.0 (95%: 0.0 to 3.0)" in said
    assert leads_to(open_store(made), href) == 28


@pytest.mark.parametrize("language", ["fa", "en"])
def test_a_theme_that_grows_says_why(made: str, language: str):
    body = shown(page(made, lang=language, theme="1"))
    [why] = re.findall(f"<b>{re.escape(say(language, 'rise why'))}</b> (.*?)</p>", body)
    source = title_of_source("feed", language)
    href, said = re.search(rf'<a href="([^"]*)"><bdi>{source}</bdi></a> \(([^)]*)\)', why).groups()
    assert number(leads_to(open_store(made), href), language) in said
    assert say(language, "rise why") not in shown(page(made, lang=language, theme="2"))


def test_an_export_names_what_its_texts_share(made: str, tmp_path: Path):
    engine = open_store(made)
    assert export(engine, Filter(theme=1), tmp_path / "theirs.jsonl", "jsonl") == 44
    rows = [json.loads(line) for line in (tmp_path / "theirs.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {row["themes"] for row in rows} == {queries.theme(engine, 1).name}


def test_people_edit_and_the_next_reading_shows_it(made: str):
    app = page(made, lang="en", theme="1")
    app.text_input(key="theme name 1").input("<b>کند</b>").run()
    app.button(key="rename 1").click().run()
    body = shown(app)
    assert "&lt;b&gt;کند&lt;/b&gt;" in body and "<b>کند</b>" not in body
    assert queries.theme(open_store(made), 1).locked
    app.button(key="unlock 1").click().run()
    assert [one.action for one in queries.theme_edits(open_store(made), 1)] == ["unlock", "rename"]
    assert queries.audit(open_store(made), 9)[0].action == "theme unlock"


def test_a_merged_theme_counts_in_the_other_and_its_address_holds(made: str):
    engine = open_store(made)
    parted = split_by_hand(engine)
    before = {one.theme.id: one.mentions for one in queries.theme_counts(engine, Filter())}
    assert before == {1: 34, 2: 19, parted: 10}
    app = page(made, lang="en", theme=str(parted))
    app.selectbox(key=f"merge into {parted}").select_index(0).run()
    app.button(key=f"merge {parted}").click().run()
    assert say("en", "theme merged") in shown(app)
    assert {one.theme.id: one.mentions for one in queries.theme_counts(engine, Filter())} == {1: 44, 2: 19}


def split_by_hand(engine: Engine) -> int:
    some = queries.members(engine, 1)[:10]
    part = writes.NewTheme("بسیار دیر", "negative", "delivery", b"\0" * 8, {o.id: (o.mention_id, 0.9) for o in some})
    return writes.split_theme(engine, 1, part, (b"\0" * 8, 34), "by hand", "ann")


def test_a_split_takes_part_of_the_experiences_out(made: str):
    engine = open_store(made)
    new = split_job(engine, 1, "ann")
    found = {one.theme.id: one.mentions for one in queries.theme_counts(engine, Filter())}
    assert found[1] == found[new] == 22
    assert queries.theme(engine, new).locked and queries.theme(engine, new).name not in ("", "دیر می‌رسد")
    assert queries.theme_edits(engine, 1)[0].detail == {"part": new}
    assert say("en", "edit split", into=queries.theme(engine, new).name) in shown(page(made, lang="en", theme="1"))


def test_odd_ones_are_no_part():
    rng = np.random.default_rng(1)
    apart = np.zeros((61, WIDTH), np.float32)
    apart[:30, 0] = apart[30:60, 1] = 1
    apart[:60, 2] = 2
    apart[60, 9] = 1
    apart += 0.05 * rng.normal(size=apart.shape).astype(np.float32)[:, :1]
    stays, goes = parts(apart / np.linalg.norm(apart, axis=1, keepdims=True))
    assert len(goes) >= 6 and len(stays) + len(goes) == 61


def test_hostile_names_stay_names(sample_url: str):
    for query in ({}, {"theme": "1"}, {"by": "brand"}):
        body = shown(page(sample_url, **query))
        assert "دیر رسیدن &lt;u&gt;سفارش&lt;/u&gt;" in body
        assert "<u>" not in body and "<script" not in body and "سیب <b>" not in body


@pytest.mark.parametrize("language", ["fa", "en"])
def test_nothing_and_too_little_have_their_words(sample_url: str, empty: str, language: str):
    assert "sh-state" in shown(page(sample_url, lang=language, q="هرگزنیامده"))
    assert say(language, "none found") in shown(page(sample_url, lang=language, usable="spam"))
    assert "sh-theme " in shown(page(sample_url, lang=language))


def test_numbers_are_written_with_a_decimal_and_a_sign():
    assert theme_card.points(-1.24, "fa") == "\u2066−۱٫۲\u2069"
    assert theme_card.points(0.04, "en") == "\u20660.0\u2069"
    assert theme_card.times(float("inf"), "en") == "unbounded"
    assert theme_card.share_of(0.07, "fa") == "\u2066۰٫۱٪\u2069"


def test_weeks_without_traffic_are_no_zero():
    found = [Week(LAST, 2, 40, 50.0, 14.0, 165.0, False), Week(LAST + timedelta(days=7), 0, 0, None, None, None, True)]
    hatched, bars = theme_charts.weeks(found, "negative", "en").data
    assert list(bars.y) == [50.0, None]
    assert list(hatched.x) == [found[1].start]
    assert theme_charts.line(found[1], "en") == say("en", "week quiet")


def test_the_verbs(made: str):
    run = CliRunner().invoke
    assert '"people": 44' in run(cli.app, ["themes", "list", "--json"]).stdout
    assert '"people": 44' not in run(cli.app, ["themes", "list", "--brand", "anar", "--json"]).stdout
    assert run(cli.app, ["themes", "rename", "1", "کندی ارسال"]).exit_code == 0
    assert '"name": "کندی ارسال", "locked": false' in run(cli.app, ["themes", "unlock", "1", "--json"]).stdout
    assert run(cli.app, ["themes", "lock", "2"]).exit_code == 0
    assert run(cli.app, ["themes", "merge", "1", "2"]).exit_code == 1
    assert run(cli.app, ["themes", "split", "1", "--json"]).exit_code == 0
    assert run(cli.app, ["themes", "merge", "3", "1"]).exit_code == 0
    assert [one.theme.id for one in queries.theme_counts(open_store(made), Filter())] == [1, 2]
    assert "--afresh" in run(cli.app, ["discover", "--help"], env={"COLUMNS": "120"}).stdout
