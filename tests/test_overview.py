"""The front page answers what changed, why, and what to read first; its numbers are those of the texts behind them."""

import html
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from digest_store import LATE, SATURDAY, fill, steady
from sample_store import HOSTILE
from sqlalchemy import Engine, select
from streamlit.testing.v1 import AppTest

from dashboard import changed
from dashboard.filters import Choice, from_query
from domain.digest import Changes, Headline
from domain.text import ascii_digits
from domain.vocabulary import Severity, Usable
from jobs import lent
from store import queries, tables, writes
from store.database import writing
from store.filter import Filter

TODAY = date(2026, 11, 22)
FRIDAY = SATURDAY + timedelta(days=6)
#: What was asked of the lent work, by the tests that count it.
ASKED: list[tuple[object, ...]] = []


def show(url: str, how: str = "real", **query: str | list[str]) -> AppTest:
    """The overview by itself; `how` is the work that is lent to it: the real one, one that fails, one that counts."""

    def script(url: str, how: str) -> None:
        import test_overview

        from dashboard import overview, sidebar
        from dashboard.reads import Reader

        read = Reader(url)
        overview.show(read, sidebar.choose(read), 3, getattr(test_overview, how))

    app = AppTest.from_function(script, kwargs={"url": url, "how": how}, default_timeout=60)
    for key, values in query.items():
        app.query_params[key] = values
    return app.run()


def real(*asked):
    return lent.changes(*asked)


def fails(*asked):
    raise RuntimeError("no week today")


def counts(engine: Engine, *asked: object) -> None:
    ASKED.append(asked)


def body(app: AppTest) -> str:
    return "\n".join(str(element.proto.body) for element in app.main.get("html"))


def leads_to(href: str) -> Filter:
    return from_query(parse_qs(urlsplit(html.unescape(href)).query), TODAY).filter


def number_of(words: str) -> int:
    return int(re.sub(r"\D", "", ascii_digits(words)))


@pytest.fixture(scope="module")
def risen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A store in which lateness rose, with hostile names, and one severe text."""
    weeks = steady()
    weeks[-1].themes[LATE] = (60, 4)
    folder = tmp_path_factory.mktemp("overview")
    engine = fill(f"sqlite:///{folder / 'shenava.db'}", weeks, name="سیب <b>سرخ</b>", more=(HOSTILE[0],))
    [text] = [t for t in queries.stream(engine, Filter()) if t.mention.text.startswith(HOSTILE[0])]
    labels = {name: getattr(text.prediction, name) for name in tables.Labels.model_fields}
    with writing(engine) as session:
        passage = tables.Experience(
            mention_id=text.mention.id, start=0, end=len(text.mention.text), embedding=b"\0" * 8, place="verdict",
            severe=str(Severity.HEALTH), **labels,
        )  # fmt: skip
        session.add(passage)
        [theme] = [one for one in session.scalars(select(tables.Theme)) if one.label == LATE]
        theme.title = "دیر <i>رسیدن</i> سفارش"
        writes.readings.touch(session, [text.mention.id])
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def url(risen: Engine) -> str:
    return risen.url.render_as_string(hide_password=False)


# What changed


@pytest.mark.parametrize("language", ["fa", "en"])
def test_a_change_is_told_with_its_number_its_why_and_its_texts(risen: Engine, language: str):
    found = lent.changes(risen, ("sib",), None, TODAY, language, 3)
    assert found and (found.first, found.last) == (SATURDAY, FRIDAY)
    shown = html.unescape(changed.card(found, Choice(language=language), TODAY))
    assert ("از هفتهٔ پیش چه عوض شد؟" if language == "fa" else "What changed since last week?") in shown
    assert ("چرا:" if language == "fa" else "Why:") in shown
    assert "<b>سرخ" not in shown
    for one in found.headlines:
        assert one.what in shown
        assert number_of(re.search(r"([\d۰-۹٬,]+) متن|texts: (\d+)", one.numbers)[0]) == one.n
        assert queries.counts(risen, leads_to(one.url)).mentions == one.n > 0
    foreign = re.sub(r"<bdi>.*?</bdi>|<q.*?</q>|title=\"[^\"]*\"|\u2068[^\u2069]*\u2069", "", shown)
    assert not re.search(r"[0-9]{2}" if language == "fa" else "[ء-ی۰-۹]", re.sub("<[^>]+>", "", foreign))


def test_a_week_of_long_ago_is_named_in_both_calendars(risen: Engine):
    found = lent.changes(risen, (), None, TODAY, "fa", 3)
    shown = changed.card(found, Choice(), TODAY)
    assert 'title="20 Jun 2025">۳۰ خرداد ۱۴۰۴</time>' in shown
    assert "تازه‌ترین نظر از <time" in shown
    assert "تازه‌ترین نظر" not in changed.card(found, Choice(), FRIDAY + timedelta(days=1))
    # Whoever asks for the days up to then has no newer text to miss.
    assert "تازه‌ترین نظر" not in changed.card(found, Choice(Filter(until=FRIDAY)), TODAY)


def test_today_is_not_over_and_later_days_do_not_count(risen: Engine):
    for until, today, last in (
        (None, FRIDAY, FRIDAY - timedelta(days=1)),
        (None, FRIDAY + timedelta(days=1), FRIDAY),
        (SATURDAY, TODAY, SATURDAY),
    ):
        found = lent.changes(risen, (), until, today, "fa", 3)
        assert found and (found.last, (found.last - found.first).days) == (last, 6)


def test_a_week_like_the_others_says_so_with_its_number(tmp_path: Path):
    engine = fill(f"sqlite:///{tmp_path / 'quiet.db'}", steady())
    found = lent.changes(engine, (), None, TODAY, "fa", 3)
    assert found and not found.headlines and found.tested >= 6
    shown = changed.card(found, Choice(), TODAY)
    assert "sh-calm" in shown and "تغییر معناداری نبود" in shown and "خالص احساس هفته" in shown
    [href] = re.findall(r'href="([^"]*)"', shown)
    assert queries.counts(engine, leads_to(href)).mentions == found.counted
    engine.dispose()


def test_few_texts_make_no_change_and_no_dated_text_makes_no_week(tmp_path: Path):
    weeks = steady()
    weeks[-1].themes, weeks[-1].others = {LATE: (10, 5)}, (0, 0)
    engine = fill(f"sqlite:///{tmp_path / 'few.db'}", weeks)
    found = lent.changes(engine, (), None, TODAY, "fa", 3)
    assert found and not found.headlines and "۱۵ متن" in found.calm
    assert "خالص احساس" not in changed.card(found, Choice(), TODAY)
    assert lent.changes(engine, (), SATURDAY - timedelta(days=999), TODAY, "fa", 3) is None
    assert "sh-few" in changed.card(None, Choice(), TODAY)
    engine.dispose()


def test_strangers_words_in_a_change_stay_words(risen: Engine):
    found = lent.changes(risen, (), None, TODAY, "fa", 3)
    words = {
        "what": "<img src=x>",
        "numbers": "<b>n</b>",
        "why": "",
        "side": "گلایه",
        "quote": "<script>\u202eبد</script>",
    }
    evil = Headline("grew", "negative", up=True, n=3, url='x"y', **words)
    shown = changed.card(Changes(**{**_fields(found), "headlines": [evil] * 7}), Choice(), TODAY)
    assert not re.search("<script|<img|<b>n|\u202e", shown)
    assert 'href="x&quot;y"' in shown
    assert shown.count("<li") == 7 and shown.index("<details") < shown.rindex("<li")


def _fields(found: Changes) -> dict[str, object]:
    return {name: getattr(found, name) for name in Changes.__slots__}


def test_filters_that_the_week_does_not_heed_are_told(risen: Engine):
    found = lent.changes(risen, (), None, TODAY, "fa", 3)
    note = "از پالایه‌ها تنها برند و پایان بازه"
    assert note not in changed.card(found, Choice(Filter(brands=("sib",), until=FRIDAY)), TODAY)
    assert note in changed.card(found, Choice(Filter(sentiments=("negative",))), TODAY)


def test_the_numbers_stand_before_the_week_is_tested(url: str):
    app = show(url, "fails")
    assert app.exception
    assert "sh-tally" in body(app) and "sh-first" in body(app) and "sh-changed-waits" in body(app)


def test_the_week_is_tested_once_for_the_same_question(url: str):
    ASKED.clear()
    for query in ({}, {"sentiment": "negative"}, {"touchpoint": "delivery"}):
        assert not show(url, "counts", **query).exception
    assert len(ASKED) == 1
    show(url, "counts", brand="sib")
    assert [asked[0] for asked in ASKED] == [(), ("sib",)]


# What to read first, and the line of counts


@pytest.mark.parametrize("query", [{}, {"sentiment": "negative"}, {"touchpoint": "delivery", "lang": "en"}])
def test_every_number_of_the_line_is_that_of_its_texts(url: str, risen: Engine, query: dict[str, str]):
    shown = body(show(url, "real", **query))
    [line] = re.findall(r'<div class="sh-tally">(.*?)</div></div>', shown)
    cards = re.findall(r'<a class="sh-count[^>]*href="([^"]*)"[^>]*><b>([^<]*)</b>', line)
    assert len(cards) >= 3
    for href, n in cards:
        if href.startswith("queue"):
            assert queries.queue_numbers(risen, leads_to(href)).open == number_of(n)
        else:
            assert queries.counts(risen, leads_to(href)).mentions == number_of(n), href
    assert "status=open" in cards[-1][0]


def test_what_to_read_first_comes_in_order_and_counts_its_texts(url: str, risen: Engine):
    shown = body(show(url, "real", brand="sib"))
    [first] = re.findall(r'<ol class="sh-first">.*?</ol>', shown, re.DOTALL)
    severe, late, hurt, delight = re.findall(r"<li.*?</li>", first, re.DOTALL)
    href, n = re.search(r'href="([^"]*)"><b>([^<]*)</b>', severe).groups()
    assert queries.counts(risen, leads_to(href)).mentions == number_of(n) == 1
    assert "<script" not in severe and "window.stolen" in severe
    href, n = re.search(r'href="([^"]*)"><b>([^<]*)</b>', late).groups()
    assert href.startswith("queue?") and "status=late" in href
    assert queries.queue_numbers(risen, leads_to(href)).late == number_of(n) > 0
    for side, item in (("negative", hurt), ("positive", delight)):
        [card, texts] = [leads_to(one) for one in re.findall(r'href="([^"]*)"', item)]
        best = queries.shared_experiences(risen, Filter(brands=("sib",)), side, 3)[0]
        assert card.theme == texts.theme == best.theme.id
        assert queries.counts(risen, texts).mentions == best.mentions == number_of(item.rpartition(">خواندن")[2])
    assert "&lt;i&gt;" in hurt


def test_nothing_pressing_is_said(tmp_path: Path):
    weeks = steady()
    for week in weeks:
        week.themes = {}
    url = f"sqlite:///{tmp_path / 'calm.db'}"
    fill(url, weeks).dispose()
    assert "چیزی فوری نیست" in body(show(url, "real"))


def test_only_texts_that_tell_nothing_make_a_page_all_the_same(sample_url: str):
    app = show(sample_url, "real", usable=str(Usable.SPAM))
    assert not app.exception
    assert "sh-tally" in body(app)


def test_the_store_of_the_sample_is_shown_whole(sample_url: str):
    app = show(sample_url, "real", lang="en")
    assert not app.exception
    shown = body(app)
    parts = ("What changed since", "Read first", "sh-tally", "Net sentiment", "over time")
    order = [shown.index(part) for part in parts]
    assert order == sorted(order)
