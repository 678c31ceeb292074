"""Explore: what stands under a text, texts like it, the words that carried a reading, and who may correct."""

import html
import re
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from sample_store import NEWEST, prediction
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from dashboard import texts
from dashboard.why import within
from dashboard.words import say
from domain.mention import Mention
from domain.vocabulary import Sentiment, Touchpoint
from store import queries, tables, writes
from store.database import open_store, writing
from store.filter import Filter

FLOODS = (
    "<script>window.stolen=1</script> بد بود ![x](http://evil.example/x.png)",
    "\u202eوارونه\u202c \u2067بد\u2069 بود",
    "بد" + "\u200b\u200c" * 5_000 + "بود",
    "بد بود " * 14_300,
)


def explore_page(url: str, role: str = "", *, explains: bool = False, **query: str) -> AppTest:
    def script(url: str, role: str, explains: bool) -> None:
        from datetime import UTC, datetime

        import streamlit as st

        from dashboard import access, explore, sidebar
        from dashboard.reads import Reader
        from store.tables import User

        if role:
            access.user = lambda read: User(name="sara", role=role, created_at=datetime.now(UTC))

        def explain(text: str, label: str) -> list[tuple[int, int, float]]:
            st.session_state.setdefault("asked", []).append((text, label))
            return [(0, 3, 2.0), (4, 6, 0.5), (-4, 10**9, 1.0), (2, 2, 1.0), (7, 8, float("nan"))]

        read = Reader(url)
        explore.show(read, sidebar.choose(read), explain if explains else None)

    from dashboard import access

    user = access.user
    app = AppTest.from_function(script, kwargs={"url": url, "role": role, "explains": explains}, default_timeout=120)
    for name, value in query.items():
        app.query_params[name] = value
    try:
        return app.run()
    finally:
        access.user = user


def shown(app: AppTest) -> str:
    return "\n".join(str(element.proto.body) for element in app.main.get("html"))


def vector(angle: float) -> bytes:
    """A unit vector at an angle to the first axis."""
    return np.array([np.cos(angle), np.sin(angle), 0, 0], np.float16).tobytes()


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    """Twelve complaints at growing angles from the first, one praise in the very same direction."""
    engine = open_store(f"sqlite:///{tmp_path / 'shenava.db'}")
    writes.add_brand(engine, "nan", "نان")
    writes.add_brand(engine, "ab", "آب")
    told = [f"نان شمارهٔ {n} دیر رسید" for n in range(12)] + ["نان خوب بود"]
    writes.save_mentions(
        engine,
        [
            Mention(
                source="shop", native_id=str(n), brand="ab" if n == 2 else "nan", text=text, author=f"a{n}",
                published_at=NEWEST - timedelta(days=n),
            )
            for n, text in enumerate(told)
        ],
    )  # fmt: skip
    readings = []
    for n, text in enumerate(told):
        said = prediction(Sentiment.POSITIVE if n == 12 else Sentiment.NEGATIVE, Touchpoint.DELIVERY)
        part = writes.Passage(0, len(text), said, vector(0.0 if n == 12 else 0.1 * n))
        readings.append(writes.Reading(n + 1, 1, said, [part]))
    writes.save_readings(engine, readings, "m")
    return engine


def url_of(engine: Engine) -> str:
    return str(engine.url)


def test_the_nearest_come_first_within_one_sentiment(engine: Engine):
    found = queries.similar(engine, Filter(), 1)
    assert [one.text.mention.id for one in found.found] == [2, 3, 4, 5, 6, 7, 8, 9, 10, 11]
    assert (found.compared, found.of) == (11, 11)
    assert found.found[0].closeness == pytest.approx(np.cos(0.1), abs=2e-3)


def test_similar_texts_are_those_of_the_filter(engine: Engine):
    found = queries.similar(engine, Filter(brands=("nan",)), 1)
    assert 3 not in [one.text.mention.id for one in found.found]
    assert queries.similar(engine, Filter(sentiments=("positive",)), 1).of == 0


def test_only_the_newest_are_compared_and_that_is_said(engine: Engine):
    found = queries.similar(engine, Filter(), 12, most=3)
    assert sorted(one.text.mention.id for one in found.found) == [1, 2, 3]
    assert (found.compared, found.of) == (3, 11)


def test_copies_deleted_texts_and_other_models_are_not_alike(engine: Engine):
    writes.save_copies(engine, {3: 2}, {})
    writes.bury_mentions(engine, [("shop", "3")])
    with writing(engine) as session:
        session.get_one(tables.Prediction, 5).model = "another"
    ids = [one.text.mention.id for one in queries.similar(engine, Filter(), 1).found]
    assert ids[0] == 2
    assert not {3, 4, 5} & set(ids)


def test_embeddings_of_nothing_are_like_nothing(sample: str):
    found = queries.similar(open_store(sample), Filter(), 1)
    assert found.found == ()
    assert queries.similar(open_store(sample), Filter(), 10**6) == queries.Similar()


def test_the_address_shows_texts_like_one(engine: Engine):
    app = explore_page(url_of(engine), similar="1", lang="en")
    assert not app.exception
    body = shown(app)
    assert body.count("<article") == 11
    assert body.index("شمارهٔ 1 ") < body.index("شمارهٔ 2 ")
    assert "closeness 1.00" in body or "closeness 0.99" in body
    for odd in ("999999", "x", "-1", "۱"):
        assert not explore_page(url_of(engine), similar=odd).exception


def test_the_origin_of_a_text_is_told(engine: Engine):
    writes.save_copies(engine, {2: 1}, {})
    writes.review(engine, 2, {"sentiment": "neutral"}, "سارا <b>", "")
    body = shown(explore_page(url_of(engine), lang="en"))
    card = next(one for one in body.split("</article>") if "شمارهٔ 1 " in one)
    said = html.unescape(re.sub(r"<[^>]+>", " ", card))
    for part in ("shop", "Read by model", "1 (0 earlier ones are kept)", "shop 0", "Sentiment: Neutral"):
        assert part in said
    assert "سارا &lt;b&gt;" in card
    assert 'href="explore?lang=en&amp;similar=1"' in card


def test_revisions_are_counted(engine: Engine):
    edited = Mention(source="shop", native_id="0", brand="nan", text="حالا چیز دیگری می‌گوید")
    writes.save_mentions(engine, [edited])
    assert queries.origins(engine, [1, 2])[1].earlier == 1
    assert queries.origins(engine, [1, 2])[2] == queries.Origin()


def test_nothing_is_explained_unasked(engine: Engine):
    app = explore_page(url_of(engine), explains=True)
    assert "asked" not in app.session_state
    assert "sh-why" not in shown(app)
    app.button(key="why-1").click().run()
    assert app.session_state["asked"] == [("نان شمارهٔ 0 دیر رسید", "sentiment:negative")]
    assert '<b class="sh-why strong">نان</b>' in shown(app)
    assert '<b class="sh-why">شم</b>' in shown(app)
    app.run()
    assert len(app.session_state["asked"]) == 1
    app.button(key="why-1").click().run()
    assert "sh-why" not in shown(app)


def test_without_a_reader_nothing_asks_why(engine: Engine):
    assert not [one for one in explore_page(url_of(engine)).button if str(one.key).startswith("why-")]


def test_odd_offsets_of_evidence_are_dropped():
    assert within([(0, 3, 1.0), (-1, 2, 1.0), (2, 9, 1.0), (1, 1, 1.0), (0, 2, float("inf")), (0, 2, -1.0)], 5) == [
        (0, 3, 1.0)
    ]


@pytest.mark.parametrize("raw", FLOODS)
def test_what_carried_a_label_is_set_off_safely(raw: str):
    parts = [(0, 4, 1.0), (2, 9, 3.0), (8, 30, 0.2)]
    body = texts.words(raw, (), "fa", parts)
    assert "<script" not in body and "<img" not in body
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", body)
    plain = html.unescape(re.sub(r"<[^>]+>", "", body))
    assert plain == texts.without_bidi_controls(raw)


def test_hostile_texts_stay_text_on_the_page(engine: Engine):
    new = [
        Mention(source="shop", native_id=f"h{n}", brand="nan", text=raw, found_by=raw[:70])
        for n, raw in enumerate(FLOODS)
    ]
    writes.save_mentions(engine, new)
    app = explore_page(url_of(engine))
    assert not app.exception
    body = shown(app)
    assert "<script" not in body and "<img" not in body and "\u202e" not in body
    assert "sh-words long" in body


def test_copies_and_severe_experiences_are_counted_and_lead_to_as_many(engine: Engine):
    writes.save_copies(engine, {2: 1, 3: 1}, {})
    with writing(engine) as session:
        for one in (4, 5):
            session.get_one(tables.Experience, one).severe = "health"
            session.get_one(tables.Mention, one).touched = tables.stamp()
    assert queries.copy_counts(engine, Filter()) == {True: 2, False: 11}
    assert queries.counts(engine, Filter(copied=True)).mentions == 2
    body = html.unescape(shown(explore_page(url_of(engine), lang="en")))
    assert re.search(r'copies=1&lang=en"><bdi>Copies only</bdi> <b>2</b>', body)
    assert re.search(r'severe=health[^"]*"><bdi>Health</bdi> <b>2</b>', body)
    chosen = Filter(usable=("experience",), copied=False, severe=("health",))
    assert queries.counts(engine, chosen).mentions == 2


def test_who_may_not_correct_has_no_controls(engine: Engine):
    app = explore_page(url_of(engine), "viewer")
    assert not [one for one in app.button_group if str(one.key).startswith("correct")]


def test_a_correction_is_noted(engine: Engine):
    app = explore_page(url_of(engine))
    group = next(one for one in app.button_group if one.key == "correct-1-sentiment-negative")
    group.set_value("positive").run()
    assert not app.exception
    entry = queries.audit(engine, action="correct")[0]
    assert entry.detail == {"mention": 1, "field": "sentiment"}
    found = queries.text_of(engine, 1)
    assert found and found.prediction and found.prediction.sentiment == "positive"


def test_who_may_not_is_refused_where_it_is_written(engine: Engine, monkeypatch: pytest.MonkeyPatch):
    from datetime import UTC, datetime

    from dashboard import access
    from dashboard.correction import corrected
    from dashboard.reads import Reader

    monkeypatch.setattr(access, "user", lambda read: tables.User(name="x", role="viewer", created_at=datetime.now(UTC)))
    ran: list[int] = []
    assert not corrected(Reader(url_of(engine)), "fa", "correct", 1, ["sentiment"], lambda: ran.append(1))
    assert not ran and not queries.audit(engine)
    assert say("fa", "why")
