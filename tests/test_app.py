"""The app on a small real store, run as Streamlit runs it."""

import html
import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import texts
from dashboard.first_paint import painted
from dashboard.words import say
from domain.text import persian_digits
from domain.vocabulary import CrawlOutcome
from store import queries
from store.database import open_store
from store.filter import Filter
from store.writes import add_brand, add_target, finish_run, start_run

APP = str(Path(__file__).parent.parent / "app.py")
PAGES = ("overview", "experiences", "explore", "export", "crawls")


def run(**query: str | list[str]) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=60)
    for name, values in query.items():
        app.query_params[name] = values
    return app.run()


def page(name: str, url: str, **query: str | list[str]) -> AppTest:
    """One page by itself: the test client cannot follow addresses of pages."""

    def script(name: str, url: str) -> None:
        import streamlit as st

        from dashboard import crawls, experiences, explore, export_page, overview, sidebar
        from dashboard.reads import Reader
        from jobs import export, lent

        read = Reader(url)
        choice = sidebar.choose(read)
        if name == "overview":
            overview.show(read, choice, 3, lent.changes)
        elif name == "experiences":
            experiences.show(read, choice, 3)
        elif name == "explore":
            explore.show(read, choice)
        elif name == "crawls":
            crawls.show(read, choice)
        else:
            export_page.show(read, choice, export_page.Exporter(export.export, export.FORMATS, export.data_dictionary))
        st.session_state["shown"] = True

    app = AppTest.from_function(script, kwargs={"name": name, "url": url}, default_timeout=60)
    for key, values in query.items():
        app.query_params[key] = values
    return app.run()


def shown(app: AppTest) -> str:
    """All HTML of the main part."""
    return "\n".join(str(element.proto.body) for element in app.main.get("html"))


def words_of(app: AppTest) -> str:
    return html.unescape(re.sub(r"<[^>]+>", " ", shown(app)))


def test_the_front_page_is_the_overview_in_persian(sample: str):
    app = run()
    assert not app.exception
    assert "نمای کلی" in words_of(app)
    counts = queries.counts(open_store(sample), Filter())
    assert f"<b>{persian_digits(counts.mentions)}</b>" in shown(app)


def test_the_front_page_speaks_english(sample: str):
    app = run(lang="en")
    assert not app.exception
    text = words_of(app)
    assert "Net sentiment" in text
    assert "Delivery" in text
    strange = r"<bdi>.*?</bdi>|<q .*?</q>|<div class=\"sh-words\">.*?</div>|\u2068[^\u2069]*\u2069"
    ours = html.unescape(re.sub("<[^>]+>", " ", re.sub(strange, " ", shown(app))))
    ours = ours.replace("انار", "").replace("سیب <b>سرخ</b>", "").replace("فارسی", "")
    assert not re.search("[ء-ی۰-۹]", ours)


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("language", ["fa", "en"])
def test_every_page_shows(sample: str, name: str, language: str):
    app = page(name, sample, lang=language)
    assert not app.exception
    assert app.session_state["shown"]
    assert f">{say(language, name)}</h1>" in shown(app)


def test_an_empty_store_says_what_to_type(empty: str):
    app = run()
    assert not app.exception
    assert "هنوز چیزی گردآوری نشده است" in words_of(app)
    assert "make run" in app.code[0].value


def test_a_store_that_cannot_be_opened_is_said_in_a_box(monkeypatch: pytest.MonkeyPatch, empty: str):
    from domain.settings import get_settings

    monkeypatch.setenv("SHENAVA_DATABASE_URL", "nonsense://nowhere")
    get_settings.cache_clear()
    app = run()
    assert not app.exception
    assert 'role="alert"' in shown(app)
    assert "SHENAVA_DATABASE_URL" in shown(app)


def test_a_filter_that_nothing_passes_shows_the_way_out(sample: str):
    app = page("explore", sample, q="هرگزنیامده")
    assert "هیچ نظری با این پالایش نیست" in words_of(app)


def test_too_few_texts_make_no_index(sample: str):
    app = page("overview", sample, sentiment="mixed")
    assert "sh-index" not in shown(app)
    assert "sh-few" in shown(app)


def test_the_address_fills_the_filters_and_they_fill_it(sample: str):
    app = run(sentiment=["negative", "mixed"], touchpoint="delivery")
    assert app.sidebar.multiselect(key="touchpoint").value == ["delivery"]
    assert app.session_state["sentiment"] == ["negative", "mixed"]
    app.sidebar.multiselect(key="brand").select("anar").run()
    assert app.query_params["brand"] == "anar"
    assert app.query_params["touchpoint"] == "delivery"
    assert not app.exception


def test_search_finds_and_keeps_the_other_filters(sample: str):
    app = page("explore", sample, sentiment="negative")
    app.text_input(key="q").input("دروغ").run()
    assert app.query_params["q"] == "دروغ"
    assert app.query_params["sentiment"] == "negative"
    assert shown(app).count("<article") == 1


def test_more_shows_the_next_page_once(sample: str):
    app = page("explore", sample)
    first = shown(app).count("<article")
    app.button(key="more").click().run()
    total = queries.counts(open_store(sample), Filter()).mentions
    assert (first, shown(app).count("<article")) == (20, min(40, total))


def test_hostile_texts_stay_texts(sample: str):
    app = page("explore", sample)
    app.button(key="more").click().run()
    body = shown(app)
    assert "<script" not in body
    assert "<img src=x" not in body
    assert "javascript:alert" not in re.findall(r'href="([^"]*)"', body)
    assert not re.search("[\u202a-\u202e]", body)
    assert "=cmd|" in html.unescape(body)


def test_delights_stand_beside_hurts(sample: str):
    body = shown(page("experiences", sample))
    assert "دیر رسیدن &lt;u&gt;سفارش&lt;/u&gt;" in body
    assert "خوش‌رویی پیک" in body
    assert "explore?usable=experience&amp;theme=1" in body
    assert body.index("خوش‌رویی پیک") < body.index("دیر رسیدن")


def test_a_theme_opens_into_every_text_behind_it(sample: str):
    engine = open_store(sample)
    shared = queries.shared_experiences(engine, Filter(), "negative", 3)[0]
    body = shown(page("explore", sample, theme=str(shared.theme.id)))
    assert body.count("<article") == min(20, shared.mentions)


def test_passages_carry_their_own_colour(sample: str):
    body = shown(page("explore", sample, sentiment="mixed"))
    assert '<mark class="positive"' in body
    assert '<mark class="negative"' in body


def test_export_makes_the_file_of_the_filter(sample: str):
    app = page("export", sample, sentiment="negative")
    app.button(key="make").click().run()
    assert not app.exception
    n = queries.counts(open_store(sample), Filter(sentiments=("negative",))).mentions
    assert persian_digits(n) in app.success[0].value


def test_only_web_addresses_become_links():
    assert texts.web_address("https://example.ir/a?b=c#d") == "https://example.ir/a?b=c#d"
    for bad in (
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "//x",
        "",
        "http://[",
        " JavaScript:x",
    ):
        assert texts.web_address(bad) == ""


def test_the_first_paint_has_a_language_and_a_direction():
    index = b'<!DOCTYPE html><html lang="en"><head><title>Streamlit</title></head></html>'
    assert '<html lang="fa" dir="rtl">' in painted(index, "fa").decode()
    assert '<html lang="en" dir="ltr">' in painted(index, "en").decode()
    assert "<title>شنوا</title>" in painted(index, "fa").decode()


def test_crawls_that_need_somebody_come_first_and_stay_text(tmp_path: Path):
    url = f"sqlite:///{tmp_path / 'shenava.db'}"
    engine = open_store(url)
    add_brand(engine, "shop", "فروشگاه")
    for path, outcome, message in (
        ("good", CrawlOutcome.OK, ""),
        ("odd", CrawlOutcome.SUSPECT, "a sudden drop <script>alert(1)</script>"),
    ):
        target = add_target(engine, "woocommerce", f"https://{path}.example/", "shop")
        finish_run(engine, start_run(engine, target.id or 0), outcome, {"mentions/new": 3}, message)
    app = page("crawls", url)
    assert not app.exception
    seen = shown(app)
    assert seen.index("odd.example") < seen.index("good.example")
    assert "۱ خزش نیاز به رسیدگی دارد" in seen
    assert "<script>" not in seen
    assert "&lt;script&gt;" in seen
