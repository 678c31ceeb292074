"""Crawls: how sources fare, when the next crawl is, and adding a target with a look at what it would find."""

import html
import re
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from dashboard.words import say
from domain.errors import BadInput
from domain.mention import Mention
from domain.query import variants
from domain.settings import Settings
from domain.vocabulary import CrawlOutcome
from jobs import lent, schedule, track
from jobs.next_runs import from_crontab, from_units, next_runs
from store import queries, writes

NAME = "دیجی‌نان"


def crawls_page(url: str, role: str = "", **query: str) -> AppTest:
    """The page by itself, on the real jobs."""

    def script(url: str, role: str) -> None:
        from datetime import UTC, datetime
        from functools import partial

        from dashboard import access, crawls, sidebar, track_form
        from dashboard.reads import Reader
        from domain.settings import Settings
        from jobs import lent
        from store.tables import User

        if role:
            access.user = lambda read: User(name="sara", role=role, created_at=datetime.now(UTC))
        settings = Settings()
        tracker = track_form.Tracker(
            lent.sources,
            partial(lent.check, settings),
            lent.hits,
            lambda engine, *wanted: lent.save(engine, settings, *wanted),
            lambda: {"wordpress": datetime(2026, 11, 23, 3, 7, tzinfo=UTC)},
        )
        read = Reader(url)
        crawls.show(read, sidebar.choose(read), tracker)

    from dashboard import access

    user = access.user
    app = AppTest.from_function(script, kwargs={"url": url, "role": role}, default_timeout=120)
    for name, value in query.items():
        app.query_params[name] = value
    try:
        return app.run()
    finally:
        access.user = user


def shown(app: AppTest) -> str:
    return html.unescape(re.sub(r"<[^>]+>", " ", "\n".join(str(one.proto.body) for one in app.main.get("html"))))


def fill(app: AppTest, url: str, key: str, term: str = "", exclude: str = "") -> AppTest:
    app.selectbox(key="track-source").select("wordpress")
    app.selectbox(key="track-brand").select("").run()
    app.text_input(key="track-url").input(url)
    app.text_input(key="track-key").input(key)
    app.text_input(key="track-term").input(term)
    app.text_input(key="track-exclude").input(exclude)
    return app.button(key="track-preview").click().run()


def test_a_target_is_saved_only_after_a_look_at_its_hits(engine: Engine):
    texts = [f"{NAME} دیر رسید", "دیجی نان خوب بود", "چیزی دیگر"]
    writes.save_mentions(
        engine, [Mention(source="feed", native_id=str(n), brand="shop", text=t) for n, t in enumerate(texts)]
    )
    app = crawls_page(str(engine.url))
    assert not [one for one in app.button if one.key == "track-save"]
    fill(app, "Blog.Example/feed#top", "nan", NAME, "آگهی، استخدام")
    assert not app.exception
    assert "https://blog.example/feed" in shown(app)
    spellings = next(one for one in app.button_group if one.key == "track-terms")
    assert spellings.options[0].endswith("· ۱") and spellings.options[1].endswith("· ۱")
    assert not queries.watched(engine)
    spellings.set_value(spellings.value[:2]).run()
    app.button(key="track-save").click().run()
    target = queries.watched(engine)[0].target
    assert target.url == "https://blog.example/feed"
    assert target.query == {"terms": variants(NAME)[:2], "exclude": ["آگهی", "استخدام"]}
    entry = queries.audit(engine, action="track")[0]
    assert entry.detail == {"source": "wordpress", "url": target.url, "brand": "nan", "terms": 2}
    assert app.text_input(key="track-url").value == ""


def test_what_was_changed_is_looked_at_again(engine: Engine):
    app = fill(crawls_page(str(engine.url)), "https://blog.example/", "nan")
    assert [one for one in app.button if one.key == "track-save"]
    app.text_input(key="track-url").input("https://other.example/").run()
    assert not [one for one in app.button if one.key == "track-save"]


@pytest.mark.parametrize(
    ("url", "key", "said"),
    [
        ("", "nan", say("fa", "address missing")),
        ("https://blog.example/", "", say("fa", "brand missing")),
        ("javascript:alert(1)", "nan", "web address"),
        ("http://10.0.0.1/", "nan", "public internet"),
        ("https://blog.example/", "<b> x", "no key of a brand"),
        ("https://user:secret@blog.example/", "nan", "password"),
    ],
)
def test_faults_are_told_and_nothing_is_saved(engine: Engine, url: str, key: str, said: str):
    app = fill(crawls_page(str(engine.url)), url, key)
    assert not app.exception
    assert said in shown(app)
    assert not [one for one in app.button if one.key == "track-save"]
    assert not queries.watched(engine)


@pytest.mark.parametrize(("language", "other"), [("fa", "en"), ("en", "fa")])
def test_what_a_source_declares_is_in_the_language_of_the_page(engine: Engine, language: str, other: str):
    rows = {row["source"]: row for row in lent.sources()}
    field = {"fa": "{}_fa", "en": "{}"}
    app = crawls_page(str(engine.url), lang=language)
    for source in ("telegram", "digikala"):
        app.selectbox(key="track-source").select(source).run()
        body, example = shown(app), app.text_input(key="track-url").placeholder
        for name in ("collected", "dropped", "policy", "off"):
            if rows[source][name]:
                assert rows[source][field[language].format(name)] in body
                assert rows[source][field[other].format(name)] not in body
        plain = re.sub("[\u2066\u2069]", "", example)
        assert plain == rows[source][field[language].format("targets")]
        assert "\u2066https://" in example


def test_why_a_source_is_off_is_told_in_persian(engine: Engine):
    app = crawls_page(str(engine.url))
    app.selectbox(key="track-source").select("telegram")
    app.selectbox(key="track-brand").select("").run()
    app.text_input(key="track-url").input("https://t.me/channel")
    app.text_input(key="track-key").input("nan")
    app.button(key="track-preview").click().run()
    row = next(row for row in lent.sources() if row["source"] == "telegram")
    alert = next(str(one.proto.body) for one in app.main.get("html") if 'role="alert"' in str(one.proto.body))
    assert row["off_fa"] in html.unescape(alert) and "SHENAVA_ENABLED=telegram" in alert
    assert row["off"] not in html.unescape(alert)
    assert not queries.watched(engine)


def test_only_who_may_track_is_asked(engine: Engine):
    app = crawls_page(str(engine.url), "annotator")
    assert not [one for one in app.button if one.key == "track-preview"]


def test_sources_show_how_they_fare(engine: Engine):
    one = writes.add_target(engine, "wordpress", "https://a.example/", "shop").id or 0
    two = writes.add_target(engine, "telegram", "https://t.me/x", "shop").id or 0
    for outcome in (CrawlOutcome.OK, CrawlOutcome.BLOCKED):
        writes.finish_run(engine, writes.start_run(engine, one), outcome, {}, "<script>1</script>")
    writes.rest_target(engine, two)
    writes.save_mentions(engine, [Mention(source="wordpress", native_id="1", brand="shop", text="نان")])
    telegram, wordpress = queries.source_health(engine)
    assert [outcome for outcome, _ in wordpress.runs] == ["blocked", "ok"]
    assert (wordpress.targets, wordpress.texts, telegram.targets, telegram.runs) == (1, 1, 0, [])
    assert wordpress.last_good is not None and telegram.last_good is None
    app = crawls_page(str(engine.url))
    body = "\n".join(str(one.proto.body) for one in app.main.get("html"))
    assert "<script" not in body
    assert 'href="explore?source=wordpress">۱</a>' in body
    assert "خزش بعدی: ۲ آذر ۱۴۰۵ ۰۶:۳۷" in shown(app)


def test_check_saves_nothing(engine: Engine, settings: Settings):
    assert track.check(settings, "wordpress", "Blog.Example", "new") == "https://blog.example/"
    assert [brand.key for brand in queries.brands(engine)] == ["shop"]
    with pytest.raises(BadInput):
        lent.check(settings, "wordpress", "https://blog.example/", "no key", None)


def test_the_next_run_is_read_from_what_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    chosen = schedule.entries(["wordpress", "feed"], "6h")
    text = "1 1 * * * other --source nothing\n" + schedule.crontab(chosen, tmp_path / "it's 100% log")
    found = {source: (minute, hours) for source, minute, hours in from_crontab(text)}
    assert found.keys() == {"wordpress", "feed"}
    assert found["feed"] == (next(one.minute for one in chosen if "feed" in one.arguments), [0, 6, 12, 18])
    schedule.install_units(schedule.units(chosen), tmp_path)
    assert {source: (m, hours) for source, m, hours in from_units(tmp_path)} == found
    monkeypatch.setattr("jobs.next_runs._crontab", lambda: "")
    now = datetime(2026, 11, 22, 18, 59).astimezone()
    coming = next_runs(now, tmp_path)["feed"]
    assert (coming.date().isoformat(), coming.hour) == ("2026-11-23", 0)
    assert next_runs(now, tmp_path / "none") == {}
