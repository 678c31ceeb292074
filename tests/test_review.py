"""People correct the machine: both answers kept, everything follows the person, and the queue asks what it should."""

import csv
import gzip
import html
import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, update
from sqlmodel import Session
from streamlit import cache_data
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

from dashboard.review import KINDS, TOUCHPOINTS
from dashboard.words import say
from domain.errors import BadInput
from domain.mention import Mention
from domain.prediction import Prediction
from domain.settings import get_settings
from domain.vocabulary import Contact, Dimension, Gap, Intent, Place, Polarity, Sentiment, Stage, Touchpoint, Usable
from jobs.export import export
from jobs.reviewed import text_id, write_reviewed
from nlp.training.data import labelled, marked
from store import queries, tables, writes
from store.database import open_store, writing
from store.filter import Filter

HOSTILE = "<script>window.stolen = 1</script> **پررنگ** بد بود"


def said(sentiment: str = "positive", **more) -> Prediction:
    fields = {
        "usable": Usable.EXPERIENCE,
        "sentiment": Sentiment.of(sentiment),
        "dimensions": {str(dimension): Polarity.ABSENT for dimension in Dimension},
        "touchpoints": [Touchpoint.PRODUCT],
        "stage": Stage.USE,
        "contact": Contact.DIRECT,
        "gap": Gap.NONE,
        "intents": [],
        "needs_response": False,
        "scores": {"sentiment:positive": 0.6, "sentiment:negative": 0.3, "usable:experience": 0.9},
    }
    return Prediction(**(fields | more))


def store(folder: Path) -> Engine:
    engine = open_store(f"sqlite:///{folder / 'store.db'}")
    writes.add_brand(engine, "nan", "نان")
    return engine


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return store(tmp_path)


def fill(engine: Engine, *read: Prediction, ratings: tuple[float, ...] = (), parts: int = 1) -> None:
    """Mentions 1, 2, …, each read as given, in `parts` passages that say the same as the whole."""
    first = len(list(queries.stream(engine, Filter())))
    texts = [f"نان شمارهٔ {first + number} چنین بود" for number in range(len(read))]
    mentions = [
        Mention(source="shop", native_id=str(first + n), brand="nan", text=text, rating=dict(enumerate(ratings)).get(n))
        for n, text in enumerate(texts)
    ]
    writes.save_mentions(engine, mentions)
    passages = [[writes.Passage(4 * n, 4 * n + 3, one, b"\0\0") for n in range(parts)] for one in read]
    rows = zip(read, passages, strict=True)
    writes.save_readings(
        engine, [writes.Reading(first + n + 1, 1, one, some) for n, (one, some) in enumerate(rows)], "m"
    )


def prediction(engine: Engine, mention_id: int = 1) -> tables.Prediction:
    found = queries.text_of(engine, mention_id)
    assert found and found.prediction
    return found.prediction


def passages(engine: Engine, mention_id: int = 1) -> list[tables.Experience]:
    return queries.experiences_of(engine, [mention_id])[mention_id]


def test_counts_filters_and_the_export_follow_the_person(engine: Engine, tmp_path: Path):
    fill(engine, said(), said(confident=False))
    assert (queries.counts(engine, Filter()).positive, queries.counts(engine, Filter()).unsure) == (1, 1)
    writes.correct(engine, 2, "sentiment", "mixed", "sara", "طعنه است")
    counts = queries.counts(engine, Filter())
    assert (counts.positive, counts.mixed, counts.unsure) == (1, 1, 0)
    assert queries.facet(engine, Filter(), "sentiment") == {"positive": 1, "mixed": 1}
    assert [one.mention.id for one in queries.texts(engine, Filter(sentiments=("mixed",), confident=True))] == [2]
    export(engine, Filter(sentiments=("mixed",)), tmp_path / "out.csv", "csv-plain")
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        row = next(csv.DictReader(file))
    assert (row["sentiment"], row["label_source"], row["confident"]) == ("mixed", "person", "true")
    assert json.loads(row["overruled"]) == {"confident": False, "sentiment": "positive"}


def test_undo_gives_back_what_the_model_said_and_keeps_the_history(engine: Engine):
    fill(engine, said(confident=False))
    before = prediction(engine).model_dump()
    writes.correct(engine, 1, "sentiment", "mixed", "sara")
    writes.correct(engine, 1, "gap", "short", "sara")
    writes.undo_correction(engine, 1, ["sentiment"], "omid", "اشتباه کلیک شد")
    now = prediction(engine)
    assert (now.sentiment, now.gap, now.confident, now.overruled) == (
        "positive", "short", True, {"gap": "none", "confident": False},
    )  # fmt: skip
    writes.undo_correction(engine, 1, ["gap"], "omid")
    assert prediction(engine).model_dump() == before
    history = [(one.field, one.value, one.made_by) for one in queries.corrections_of(engine, [1])[1]]
    assert history == [
        ("gap", None, "omid"), ("sentiment", None, "omid"), ("gap", "short", "sara"), ("sentiment", "mixed", "sara"),
    ]  # fmt: skip
    with pytest.raises(BadInput):
        writes.undo_correction(engine, 1, ["text"], "omid")


def test_what_was_undone_stays_undone_for_the_next_model(engine: Engine):
    fill(engine, said())
    writes.correct(engine, 1, "sentiment", "mixed", "sara")
    writes.undo_correction(engine, 1, ["sentiment"], "sara")
    writes.correct(engine, 1, "gap", "short", "sara")
    writes.save_readings(engine, [writes.Reading(1, 1, said("negative"), [])], "m2")
    now = prediction(engine)
    assert (now.sentiment, now.gap, now.overruled) == ("negative", "short", {"gap": "none"})


def test_the_only_passage_follows_and_discovery_looks_again(engine: Engine):
    fill(engine, said(confident=False))
    with writing(engine) as session:
        session.execute(update(tables.Experience).values(place=str(Place.ALONE), sentiment="neutral"))
    writes.correct(engine, 1, "rational", "negative", "sara")
    one = passages(engine)[0]
    assert (one.sentiment, one.rational, one.confident, one.place) == ("neutral", "negative", True, "")
    writes.correct(engine, 1, "sentiment", "mixed", "sara")
    assert passages(engine)[0].sentiment == "mixed"
    writes.undo_correction(engine, 1, ["sentiment", "rational"], "sara")
    one = passages(engine)[0]
    assert (one.sentiment, one.rational, one.confident) == ("neutral", "absent", False)
    assert prediction(engine).overruled == {}


def test_several_passages_stay_as_they_were_read(engine: Engine):
    fill(engine, said(), parts=2)
    with writing(engine) as session:
        session.execute(update(tables.Experience).values(place=str(Place.ALONE)))
    writes.correct(engine, 1, "sentiment", "negative", "sara")
    assert {(one.sentiment, one.place) for one in passages(engine)} == {("positive", "alone")}


def test_a_confirmation_overrules_nothing_and_makes_sure(engine: Engine):
    fill(engine, said(confident=False))
    writes.review(engine, 1, {"usable": "experience", "sentiment": "positive", "touchpoint": "product"}, "sara")
    assert prediction(engine).overruled == {"confident": False}
    assert prediction(engine).confident
    with pytest.raises(BadInput):
        writes.review(engine, 1, {"sentiment": "mixed", "stage": "moon"}, "sara")
    assert len(queries.corrections_of(engine, [1])[1]) == 3
    writes.save_readings(engine, [writes.Reading(1, 1, said("negative"), [])], "m2")
    assert (prediction(engine).sentiment, prediction(engine).overruled) == ("positive", {"sentiment": "negative"})


def test_a_second_touchpoint_is_not_named_twice(engine: Engine):
    fill(engine, said(touchpoints=[Touchpoint.PRODUCT, Touchpoint.PRICE]))
    writes.review(engine, 1, {"touchpoint": "price"}, "sara")
    assert (prediction(engine).touchpoint, prediction(engine).touchpoint2) == ("price", "")


def test_taking_back_ones_own_answer_leaves_what_others_said(engine: Engine):
    fill(engine, said())
    writes.review(engine, 1, {"sentiment": "mixed"}, "sara", writes.QUEUE + "random")
    writes.review(engine, 1, {"sentiment": "negative"}, "omid", writes.QUEUE + "random")
    writes.undo_review(engine, 1, ["sentiment"], "omid")
    assert prediction(engine).sentiment == "mixed"


def test_the_least_sure_come_first(engine: Engine):
    for lead in (0.5, 0.1, 0.3):
        fill(engine, said(scores={"sentiment:positive": 0.4 + lead / 2, "sentiment:mixed": 0.4 - lead / 2}))
    fill(engine, said(scores={"sentiment:positive": 1.0, "usable:experience": 0.5, "usable:none": 0.49}))
    assert queries.review_queue(engine, Filter(), "unsure", "sara") == [4, 2, 3, 1]


def test_stars_that_disagree(engine: Engine):
    read = said(), said("negative"), said("negative"), said(), said("mixed")
    fill(engine, *read, ratings=(0.25, 0.95, 0.2, 0.8, 0.0))
    assert sorted(queries.review_queue(engine, Filter(), "stars", "sara")) == [1, 2]


def test_rare_labels_come_in_turn_the_rarest_first(engine: Engine):
    absent = {str(dimension): Polarity.ABSENT for dimension in Dimension}
    short = [said(gap=Gap.SHORT) for _ in range(4)]
    fill(
        engine, said(), *short, said(dimensions=absent | {"spiritual": Polarity.NEGATIVE}), said(intents=[Intent.WARN])
    )
    found = queries.review_queue(engine, Filter(), "rare", "sara")
    assert set(found[:2]) == {6, 7}
    assert sorted(found[2:]) == [2, 3, 4, 5]


def test_random_is_the_same_for_all_and_in_no_order(engine: Engine):
    fill(engine, *[said() for _ in range(40)])
    drawn = queries.review_queue(engine, Filter(), "random", "sara", limit=40)
    assert sorted(drawn) == list(range(1, 41)) != drawn
    assert drawn[:20] == queries.review_queue(engine, Filter(), "random", "omid")
    assert queries.review_queue(engine, Filter(), "random", "omid", {drawn[0]})[0] == drawn[1]


def test_nobody_is_asked_twice_and_two_people_only_in_the_overlap(engine: Engine):
    fill(engine, *[said() for _ in range(40)])
    for mention_id in range(1, 41):
        writes.review(engine, mention_id, {"sentiment": "positive"}, "sara", writes.QUEUE + "random")
    assert queries.review_queue(engine, Filter(), "random", "sara", overlap=1) == []
    assert queries.review_queue(engine, Filter(), "random", "omid", overlap=0) == []
    shared = queries.review_queue(engine, Filter(), "random", "omid", overlap=0.3, limit=40)
    assert 3 <= len(shared) <= 24
    for mention_id in shared:
        writes.review(engine, mention_id, {"sentiment": "mixed"}, "omid")
    assert queries.review_queue(engine, Filter(), "random", "mina", overlap=0.3) == []
    writes.undo_review(engine, 7, ["sentiment"], "sara")
    assert queries.review_queue(engine, Filter(), "random", "sara", overlap=1) == [7]


def test_kappa_by_hand():
    # Cohen 1960's way on 50 pairs: 20 + 15 agree; p = 0.7, e = 0.5·0.6 + 0.5·0.4 = 0.5.
    pairs = [("yes", "yes")] * 20 + [("yes", "no")] * 5 + [("no", "yes")] * 10 + [("no", "no")] * 15
    assert queries.kappa(pairs) == pytest.approx(0.4)
    assert queries.kappa([("yes", "yes")] * 3) is None
    assert queries.kappa([]) is None


def test_agreement_tells_random_texts_from_picked_ones(engine: Engine):
    fill(engine, *[said() for _ in range(4)])
    for mention_id, sentiment in ((1, "positive"), (2, "negative")):
        answers = {"usable": "experience", "sentiment": sentiment}
        writes.review(engine, mention_id, answers, "sara", writes.QUEUE + "random")
    writes.review(engine, 3, {"usable": "none"}, "sara", writes.QUEUE + "unsure")
    writes.review(engine, 2, {"usable": "experience", "sentiment": "negative"}, "omid", writes.QUEUE + "random")
    found = queries.agreement(engine)
    assert {one.field: (one.same.n, one.same.value) for one in found.random} == {
        "usable": (2, 100), "sentiment": (2, 50),
    }  # fmt: skip
    assert {one.field: (one.same.n, one.same.value) for one in found.picked} == {"usable": (1, 0)}
    assert {one.field: one.same.n for one in found.people} == {"usable": 1, "sentiment": 1}


def test_progress_counts_todays_texts_and_leaves_pauses_out(engine: Engine):
    fill(engine, *[said() for _ in range(5)])
    at = [datetime(2026, 11, 22, 8, 0, second, tzinfo=UTC) for second in (0, 12, 30)]
    at += [datetime(2026, 11, 22, 9, 0, tzinfo=UTC), datetime(2026, 11, 20, 9, 0, tzinfo=UTC)]
    for mention_id in range(1, 6):
        writes.review(engine, mention_id, {"usable": "experience", "sentiment": "positive"}, "sara")
    with writing(engine) as session:
        for mention_id, moment in enumerate(at, 1):
            session.execute(
                update(tables.Correction).where(tables.Correction.mention_id == mention_id).values(made_at=moment)
            )
    found = queries.review_progress(engine, "sara", datetime(2026, 11, 22, 12, 0, tzinfo=UTC))
    assert (found.today, found.seconds) == (4, 15)
    assert queries.review_progress(engine, "omid", datetime(2026, 11, 22, 12, 0, tzinfo=UTC)).today == 0


def test_the_next_training_reads_what_was_reviewed(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    fill(engine, said(), said(), said())
    writes.review(engine, 1, {"sentiment": "mixed", "usable": "experience"}, "sara", writes.QUEUE + "random")
    writes.correct(engine, 2, "touchpoint2", "delivery", "sara")
    out, texts = tmp_path / "labelled" / "texts-reviewed.jsonl", tmp_path / "sets" / "train" / "reviewed.jsonl.gz"
    assert dict(write_reviewed(engine, out, texts)) == {"texts": 2, "random": 1}
    assert "نان" not in out.read_text(encoding="utf-8")
    rows = {row["id"]: row for row in map(json.loads, out.read_text(encoding="utf-8").splitlines())}
    first = rows[text_id("نان شمارهٔ 0 چنین بود")]
    assert (first["sentiment"], first["sampling"], first["by_person"]) == ("mixed", "random", ["sentiment", "usable"])
    given = {example.id: example.text for example in marked(tmp_path / "sets", "reviewed")}
    examples = {example.text: example for example in labelled(given, tmp_path / "labelled")}
    assert examples["نان شمارهٔ 0 چنین بود"].random and not examples["نان شمارهٔ 1 چنین بود"].random
    with gzip.open(texts, "rt", encoding="utf-8") as lines:
        assert [set(json.loads(line)) for line in lines] == [{"id", "text", "sentiment", "raw", "domain"}] * 2

    import cli

    monkeypatch.setenv("SHENAVA_DATABASE_URL", str(engine.url))
    get_settings.cache_clear()
    ended = CliRunner().invoke(cli.app, ["reviewed", "--out", str(tmp_path / "again.jsonl"), "--json"])
    get_settings.cache_clear()
    assert json.loads(ended.stdout) == {"texts": 2, "random": 1}
    assert (tmp_path / "again.jsonl").read_bytes() == out.read_bytes()


def test_ids_are_those_of_the_training_sets():
    # Letters, digits, half-space, harakat and case make no other text; the value is the sets' own for this form.
    assert text_id("كتاب‌هايِ Ali ۱۲") == text_id("کتاب های ali  12") != text_id("کتابهای ali 12")


def page(url: str, what: str = "review", **query: str) -> AppTest:
    def script(url: str, what: str) -> None:
        import streamlit as st

        from dashboard import review, sidebar, texts
        from dashboard.correction import correct_control
        from dashboard.reads import Reader
        from store import queries

        read = Reader(url)
        choice = sidebar.choose(read)
        if what == "review":
            review.show(read, choice)
            return
        for text in read(queries.texts, choice.filter, 20):
            st.html(texts.card(text, (), choice.language))
            correct_control(read, text, choice, "sara")

    app = AppTest.from_function(script, kwargs={"url": url, "what": what}, default_timeout=60)
    for key, value in query.items():
        app.query_params[key] = value
    return app.run()


def shown(app: AppTest) -> str:
    return "\n".join(str(element.proto.body) for element in app.main.get("html"))


@pytest.mark.parametrize("language", ["fa", "en"])
def test_the_page_asks_and_shows_its_keys(engine: Engine, language: str):
    fill(engine, said())
    app = page(str(engine.url), lang=language)
    assert not app.exception
    assert f">{say(language, 'review')}</h1>" in shown(app)
    keys = {button.proto.shortcut for button in app.button}
    assert {*KINDS, *map(str.lower, TOUCHPOINTS), "s", "u", "enter", "space"} <= keys
    assert ("(۱)" in app.button(key="review-1").label) == (language == "fa")
    if language == "en":
        assert not re.search("[ء-ی۰-۹]", "".join(button.label for button in app.button))


def test_a_text_is_reviewed_by_keys_and_taken_back(engine: Engine):
    fill(engine, said(), said())
    app = page(str(engine.url))
    app.button(key="review-3").click().run()
    assert queries.corrections_of(engine, [1, 2]) == {}  # a choice is written when it is confirmed
    app.button(key="review-E").click().run()
    app.button(key="review-space").click().run()
    made = queries.corrections_of(engine, [1, 2])
    (mention_id,) = made
    assert {one.field: one.value for one in made[mention_id]} == {
        "usable": "experience", "sentiment": "mixed", "touchpoint": "delivery",
    }  # fmt: skip
    assert {one.note for one in made[mention_id]} == {"queue:unsure"}
    assert "۱ از ۵۰ امروز" in shown(app)
    app.button(key="review-confirm").click().run()
    assert not app.exception
    assert say("fa", "queue empty") in shown(app)
    app.button(key="review-undo").click().run()
    assert say("fa", "queue empty") not in shown(app)
    assert "۱ از ۵۰ امروز" in shown(app)


def test_no_experience_says_nothing_of_sentiment(engine: Engine):
    fill(engine, said())
    app = page(str(engine.url))
    app.button(key="review-0").click().run()
    app.button(key="review-confirm").click().run()
    assert [(one.field, one.value) for one in queries.corrections_of(engine, [1])[1]] == [("usable", "none")]


def test_a_click_corrects_and_is_seen_at_once(engine: Engine):
    fill(engine, said())
    app = page(str(engine.url), "cards")
    app.button_group[0].set_value("mixed").run()
    assert not app.exception
    assert prediction(engine).sentiment == "mixed"
    words = html.unescape(re.sub("<[^>]+>", "", shown(app)))
    assert "مدل: مثبت ← بازبین: آمیخته" in words
    assert "sara" in words
    assert 'class="sh-label mixed strong"' in shown(app)
    app.button_group[0].set_value("positive").run()
    assert "sh-corrections" not in shown(app)


@pytest.mark.parametrize("what", ["review", "cards"])
def test_hostile_texts_and_names_stay_text(engine: Engine, what: str):
    writes.save_mentions(engine, [Mention(source="shop", native_id="x", brand="nan", text=HOSTILE, title="<b>عنوان")])
    writes.save_readings(engine, [writes.Reading(1, 1, said(), [])], "m")
    if what == "cards":
        writes.correct(engine, 1, "gap", "short", "<script>who</script>", "<img src=x onerror=alert(1)>")
    app = page(str(engine.url), what)
    assert not app.exception
    body = shown(app)
    assert "&lt;script&gt;window" in body
    assert "<script" not in body and "<img" not in body and "<b>عنوان" not in body
    assert ("&lt;script&gt;who" in body) == (what == "cards")


def test_agreement_shows_too_few_and_then_the_ceiling(engine: Engine):
    fill(engine, *[said() for _ in range(31)])
    assert say("fa", "no agreement") in shown(page(str(engine.url)))
    for mention_id in range(1, 32):
        writes.review(
            engine, mention_id, {"sentiment": "positive" if mention_id > 3 else "negative"}, "sara", "queue:random"
        )
        if mention_id == 1:
            cache_data.clear()
            assert say("en", "too few", n=1) in shown(page(str(engine.url), lang="en"))
    cache_data.clear()
    body = shown(page(str(engine.url), lang="en"))
    assert say("en", "agreement random") in body
    assert "90%" in body
    assert "ceiling" in body


def test_corrections_are_rows_that_hold_null_for_an_undo(engine: Engine):
    fill(engine, said())
    writes.undo_correction(engine, 1, ["sentiment"], "sara")
    with Session(engine) as session:
        assert session.scalars(select(tables.Correction)).one().value is None
