"""The store, on a real SQLite and a real PostgreSQL: what is written is there once, and stays."""

import multiprocessing
import sys
import tempfile
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import ModuleType

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from engines import postgresql, postgresql_bin
from sqlalchemy import create_engine, func, make_url, select, text
from sqlmodel import Session, SQLModel

from domain.dates import Precision
from domain.errors import BadInput
from domain.mention import Mention
from domain.prediction import Prediction
from domain.vocabulary import (
    Contact,
    CrawlOutcome,
    Dimension,
    Gap,
    Intent,
    Polarity,
    Sentiment,
    Stage,
    Touchpoint,
    Usable,
)
from store import queries, tables, writes
from store.database import open_store
from store.filter import Filter, terms


@pytest.fixture(scope="session")
def postgresql_url():
    if not postgresql_bin():
        pytest.skip("PostgreSQL is not installed (Debian: postgresql)")
    with tempfile.TemporaryDirectory(prefix="pg") as folder, postgresql(Path(folder) / "server") as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request, tmp_path):
    if request.param == "sqlite":
        yield open_store(f"sqlite:///{tmp_path / 'a folder' / 'store.db'}")
        return
    opened = open_store(request.getfixturevalue("postgresql_url"))
    yield opened
    with opened.begin() as connection:
        names = ", ".join(table.name for table in SQLModel.metadata.sorted_tables)
        connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
    opened.dispose()


def mention(number: int, words: str = "غذا سرد رسید", **more) -> Mention:
    at = datetime(2026, 10, 1, 8, tzinfo=UTC) + timedelta(days=number)
    fields = {
        "native_id": f"a.ir#{number}",
        "brand": "nan",
        "author": f"author{number}",
        "published_at": at,
        "date_precision": Precision.SECOND,
        "rating": 0.25,
        "rating_raw": "2",
    }
    return Mention(source="wordpress", text=words, **(fields | more))


def prediction(sentiment: str = "negative", **more) -> Prediction:
    fields = {
        "usable": Usable.EXPERIENCE,
        "sentiment": Sentiment.of(sentiment),
        "dimensions": {str(d): Polarity.ABSENT for d in Dimension} | {"sensory": Polarity.NEGATIVE},
        "touchpoints": [Touchpoint.PRODUCT, Touchpoint.DELIVERY],
        "stage": Stage.USE,
        "contact": Contact.DIRECT,
        "gap": Gap.SHORT,
        "intents": [Intent.WARN],
        "needs_response": True,
        "scores": {"sentiment:negative": 0.9},
    }
    return Prediction(**(fields | more))


def reading(mention_id: int, said: Prediction | None = None, revision: int = 1) -> writes.Reading:
    said = said or prediction()
    return writes.Reading(mention_id, revision, said, [writes.Passage(0, 3, said, b"\x00\x3c")])


@pytest.fixture
def brand(engine):
    return writes.add_brand(engine, "nan", "نان")


def rows(engine, table) -> int:
    with Session(engine) as session:
        return session.scalar(select(func.count()).select_from(table))


def test_migrations_make_exactly_the_tables_of_the_code(engine):
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"include_name": lambda name, *_: "search" not in str(name)}
        )
        assert compare_metadata(context, SQLModel.metadata) == []


def test_writing_twice_doubles_nothing(engine, brand):
    some = [mention(number) for number in range(700)]
    assert writes.save_mentions(engine, some)["new"] == 700
    again = writes.save_mentions(engine, some)
    assert (again["new"], again["edited"], again["unchanged"]) == (0, 0, 700)
    assert rows(engine, tables.Mention) == 700


def test_ids_that_no_database_can_hold_are_known_again(engine, brand):
    odd = [mention(1, native_id="a\x00"), mention(2, native_id="b\ud800", parent="a\x00"), mention(3)]
    assert writes.save_mentions(engine, odd)["new"] == 3
    assert writes.save_mentions(engine, [*odd, mention(4)]) == Counter(new=1, unchanged=3)
    kept = {one.mention.native_id: one.mention.parent for one in queries.texts(engine, Filter())}
    assert kept == {"a\ufffd": "", "b\ufffd": "a\ufffd", "a.ir#3": "", "a.ir#4": ""}


def test_what_an_index_cannot_hold_is_put_aside_alone(engine, brand):
    words = " ".join(map(str, range(200_000)))
    too_much = [mention(1, native_id="x" * 6_000), mention(2, words)]
    longest = [mention(3, native_id="ش" * 500), mention(4, words[:200_000])]
    grows = "".join(f"ﷺ{number}" for number in range(199_999 // 6))
    assert writes.save_mentions(engine, [*too_much, *longest, mention(5, grows)]) == Counter(new=3, refused=2)
    assert writes.save_mentions(engine, too_much) == Counter(refused=2)


def test_one_identity_twice_in_a_batch_is_one_mention(engine, brand):
    assert writes.save_mentions(engine, [mention(1, "یک"), mention(1, "دو")])["new"] == 1
    assert [one.mention.text for one in queries.texts(engine, Filter())] == ["دو"]


def test_an_edit_keeps_the_earlier_revision_and_asks_for_a_new_reading(engine, brand):
    writes.save_mentions(engine, [mention(1, "خوب بود")])
    writes.save_readings(engine, [reading(1)], "m1")
    assert queries.unread(engine, "m1") == []
    assert writes.save_mentions(engine, [mention(1, "بد بود")])["edited"] == 1
    with Session(engine) as session:
        kept = session.scalars(select(tables.Revision)).one()
        now = session.get_one(tables.Mention, 1)
    assert (kept.text, kept.revision) == ("خوب بود", 1)
    assert (now.text, now.revision) == ("بد بود", 2)
    assert queries.unread(engine, "m1") == [1]
    writes.save_readings(engine, [reading(1)], "m1")  # it was being read when the edit came
    assert queries.unread(engine, "m1") == [1]
    assert [t.mention.id for t in queries.texts(engine, Filter(search="بد"))] == [1]
    assert queries.texts(engine, Filter(search="خوب")) == []


def test_changed_stars_are_an_edit_too(engine, brand):
    writes.save_mentions(engine, [mention(1)])
    assert writes.save_mentions(engine, [mention(1, rating=1.0, rating_raw="5")])["edited"] == 1
    assert queries.texts(engine, Filter())[0].mention.rating == 1.0


def test_a_brand_must_exist_before_anything_is_written(engine):
    with pytest.raises(BadInput, match="shenava track"):
        writes.save_mentions(engine, [mention(1)])
    assert rows(engine, tables.Mention) == 0


def test_hostile_text_is_data(engine, brand):
    words = "'; DROP TABLE mention; -- <script>alert(1)</script> \x00 \ud800 \u202eمتن"
    writes.save_mentions(engine, [mention(1, words)])
    kept = queries.texts(engine, Filter(search='"drop table" -نیست'))[0].mention.text
    assert kept == words.replace("\x00", "\ufffd").replace("\ud800", "\ufffd")


@pytest.mark.parametrize(
    "query",
    [
        "مي‌خواهم", "می خواهم", "کتاب", '"کتاب‌های خوب"', "«كتاب های»", "12", "عالی -نان", "12.5", "۱۲٫۵", "a.ir",
        '"A.ir/خرید"', 'خوب -"تازه بود"',
    ],
)  # fmt: skip
def test_search_forgives_spelling(engine, brand, query):
    words = "می‌خواهم كتاب‌هاي خوب ۱۲٫۵ عالي! a.ir/خرید"
    writes.save_mentions(engine, [mention(1, words), mention(2, "نان خوب تازه بود")])
    found = [one.mention.id for one in queries.texts(engine, Filter(search=query))]
    assert found == [1]


def test_search_never_takes_a_part_for_the_whole(engine, brand):
    writes.save_mentions(engine, [mention(1, "۱۲٫۵ هزار"), mention(2, "5.12 هزار")])
    assert [one.mention.id for one in queries.texts(engine, Filter(search="12.5"))] == [1]


@pytest.mark.parametrize(
    "query", ['"', "AND", "a:b", "x -y", "NEAR(", "*", "'", "😀", "-", "--", '"-"', "%", "\ud800", "(" * 50]
)
def test_search_has_no_syntax_to_break(engine, brand, query):
    writes.save_mentions(engine, [mention(1, "متن")])
    assert isinstance(queries.texts(engine, Filter(search=query)), list)


def test_terms_of_a_query():
    assert terms('پيک "دیر رسید" -تخفیف «خیلی بد»') == (["پیک", "دیر رسید", "خیلی بد"], ["تخفیف"])
    assert terms('پیک -"دیر رسید" -«خیلی بد» "گرم"') == (["پیک", "گرم"], ["دیر رسید", "خیلی بد"])


def test_a_correction_wins_everywhere_and_survives_the_next_model(engine, brand):
    writes.save_mentions(engine, [mention(1)])
    writes.save_readings(engine, [reading(1, prediction(confident=False))], "m1")
    assert queries.counts(engine, Filter()).unsure == 1
    writes.correct(engine, 1, "sentiment", "positive", made_by="sara")
    writes.save_readings(engine, [reading(1, prediction("mixed"))], "m2")
    now = queries.texts(engine, Filter())[0].prediction
    assert (now.sentiment, now.overruled, now.confident) == ("positive", {"sentiment": "mixed"}, True)
    assert queries.counts(engine, Filter()).positive == 1
    with pytest.raises(BadInput, match="cannot be corrected"):
        writes.correct(engine, 1, "text", "دیگر", made_by="sara")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("sentiment", "angry"), ("sentiment", None), ("sensory", "mixed"), ("touchpoint", ""), ("touchpoint2", "moon"),
        ("stage", 3), ("contact", "none"), ("gap", ["short"]), ("usable", True), ("needs_response", "yes"),
        ("warn", 1), ("confident", None),
    ],
)  # fmt: skip
def test_a_correction_speaks_the_vocabulary(engine, brand, field, value):
    writes.save_mentions(engine, [mention(1)])
    writes.save_readings(engine, [reading(1)], "m")
    with pytest.raises(BadInput):
        writes.correct(engine, 1, field, value, made_by="sara")
    assert rows(engine, tables.Correction) == 0


def test_every_label_can_be_corrected(engine, brand):
    assert set(tables.Labels.model_fields) | {"usable", "needs_response", *Intent} == writes.CORRECTABLE
    writes.save_mentions(engine, [mention(1)])
    writes.save_readings(engine, [reading(1)], "m")
    said = {
        "usable": "none", "sentiment": Sentiment.MIXED, "rational": "both", "touchpoint": "price", "touchpoint2": "",
        "stage": "use", "contact": "indirect", "gap": "none", "warn": False, "needs_response": False,
        "confident": False,
    }  # fmt: skip
    for field, value in said.items():
        writes.correct(engine, 1, field, value, made_by="sara")
    now = queries.texts(engine, Filter())[0].prediction
    assert {field: getattr(now, field) for field in said} == said


def test_counts_add_up_and_the_unsure_are_outside_the_index(engine, brand):
    writes.save_mentions(engine, [mention(number) for number in range(7)])
    said = [
        prediction("positive"), prediction("negative"), prediction("mixed"), prediction("neutral"),
        prediction("positive", confident=False), prediction(usable=Usable.SPAM),
    ]  # fmt: skip
    writes.save_readings(engine, [reading(number, one) for number, one in enumerate(said, 1)], "m")
    counts = queries.counts(engine, Filter())
    assert (counts.mentions, counts.counted, counts.unsure, counts.aside, counts.unread) == (7, 4, 1, 1, 1)
    assert counts.net_sentiment.value == 0 and counts.net_sentiment.n == 4
    assert sum(day.n for day in queries.daily_sentiment(engine, Filter())) == 4
    sensory = next(score for score in queries.dimension_scores(engine, Filter()) if score.dimension == "sensory")
    assert (sensory.n, sensory.negative, sensory.counted, sensory.score.value) == (4, 4, 4, -100)


def test_filters_narrow_and_combine(engine, brand):
    writes.add_brand(engine, "ab", "آب")
    writes.save_mentions(engine, [mention(1), mention(2), mention(3, brand="ab")])
    writes.save_readings(
        engine, [reading(1), reading(2, prediction("positive", intents=[], needs_response=False)), reading(3)], "m"
    )

    def found(**chosen):
        return sorted(one.mention.native_id[-1] for one in queries.texts(engine, Filter(**chosen)))

    assert found(brands=("nan",)) == ["1", "2"]
    assert found(sentiments=("negative",), brands=("nan",)) == ["1"]
    assert found(dimensions=("sensory:negative",)) == ["1", "2", "3"]
    assert found(dimensions=("sensory:positive", "rational")) == []
    assert found(touchpoints=("delivery",)) == ["1", "2", "3"]
    assert found(intents=("warn",), needs_response=True) == ["1", "3"]
    assert found(since=date(2026, 10, 3), until=date(2026, 10, 3)) == ["2"]
    assert found(search="سرد", brands=("ab",)) == ["3"]


@pytest.mark.parametrize(
    "chosen",
    [
        {"usable": ("experince",)}, {"sentiments": ("angry",)}, {"dimensions": ("no_such_column",)},
        {"dimensions": ("sensory:mixed",)}, {"dimensions": ("sensory:absent",)}, {"touchpoints": ("moon",)},
        {"stages": ("",)}, {"contacts": ("x",)}, {"gaps": ("wide",)}, {"intents": ("text",)},
    ],
)  # fmt: skip
def test_a_misspelt_label_is_no_empty_answer(chosen):
    with pytest.raises(BadInput):
        Filter(**chosen)


def test_undated_texts_are_of_no_day(engine, brand):
    writes.save_mentions(engine, [mention(1), mention(2, published_at=None)])
    writes.save_readings(engine, [reading(1), reading(2)], "m")
    long_ago, far = date(2000, 1, 1), date(2100, 1, 1)
    assert queries.counts(engine, Filter(since=long_ago)).mentions == 1
    assert queries.counts(engine, Filter(until=far)).mentions == 1
    assert queries.counts(engine, Filter()).mentions == 2
    members = {one.id: (one.mention_id, 0.9) for one in queries.told(engine, "m", "")}
    writes.save_themes(engine, "m", opened=[writes.NewTheme("سرد", "negative", "product", b"", members)])
    (shared,) = queries.theme_counts(engine, Filter())
    assert (shared.mentions, shared.first, shared.last) == (2, date(2026, 10, 2), date(2026, 10, 2))


def test_placeholders_of_texts_that_were_not_scored_are_no_labels(engine, brand):
    writes.save_mentions(engine, [mention(1), mention(2)])
    aside = prediction("neutral", usable=Usable.NONE, unscored="not_persian", needs_response=False)
    writes.save_readings(engine, [reading(1), writes.Reading(2, 1, aside, [])], "m")
    for chosen in (
        {"sentiments": ("neutral",)}, {"dimensions": ("sensory",)}, {"touchpoints": ("product",)}, {"stages": ("use",)},
        {"contacts": ("direct",)}, {"gaps": ("short",)}, {"intents": ("warn",)}, {"needs_response": False},
    ):  # fmt: skip
        assert 2 not in [one.mention.id for one in queries.texts(engine, Filter(**chosen))]
    assert [one.mention.id for one in queries.texts(engine, Filter(usable=("none",)))] == [2]


def test_pages_follow_each_other_without_gap_or_double(engine, brand):
    same = datetime(2026, 10, 5, tzinfo=UTC)
    writes.save_mentions(engine, [mention(number, published_at=same) for number in range(25)] + [mention(40)])
    seen, before = [], None
    while page := queries.texts(engine, Filter(), limit=7, before=before):
        seen += [one.mention.id for one in page]
        before = (page[-1].mention.published_at, page[-1].mention.id)
    assert len(seen) == len(set(seen)) == 26 and seen[0] == 26
    assert [one.mention.id for one in queries.stream(engine, Filter(), size=4)] == list(range(1, 27))


def test_shared_means_distinct_people(engine, brand):
    one_person = [mention(number, author="forty-times") for number in range(40)]
    many = [mention(number) for number in (100, 107, 114)]
    writes.save_mentions(engine, [*one_person, *many])
    writes.save_readings(engine, [reading(number) for number in range(1, 44)], "m")
    told = queries.told(engine, "m", "")
    assert queries.told(engine, "another", "") == []
    drafts = [
        writes.NewTheme(label, "negative", "product", b"", {one.id: (one.mention_id, 0.9) for one in some})
        for label, some in (("یک نفر", told[:40]), ("سه نفر", told[40:]))
    ]
    writes.save_themes(engine, "m", opened=drafts)
    shared = queries.shared_experiences(engine, Filter(), "negative", least=3)
    assert [(one.theme.label, one.authors) for one in shared] == [("سه نفر", 3)]
    assert len(queries.quotes(engine, Filter(), shared[0].theme.id)) == 3
    assert queries.quotes(engine, Filter(), shared[0].theme.id)[0].words == "غذا"


def test_a_passage_made_anew_never_takes_the_theme_of_one_that_is_gone(engine, brand):
    writes.save_mentions(engine, [mention(1)])
    writes.save_readings(engine, [reading(1)], "m")
    (read,) = queries.told(engine, "m", "")
    writes.save_readings(engine, [reading(1)], "m")  # meanwhile
    (now,) = queries.told(engine, "m", "")
    draft = writes.NewTheme("سرد", "negative", "product", b"", {read.id: (1, 0.9), 999: (1, 0.9)})
    assert writes.save_themes(engine, "m", opened=[draft]) == [1]
    assert read.id != now.id and queries.experiences_of(engine, [1])[1][0].theme_id is None


def test_a_run_moves_the_state_only_with_its_end(engine, brand):
    target = writes.add_target(engine, "wordpress", "http://a.ir/", "nan")
    assert writes.add_target(engine, "wordpress", "http://a.ir/", "nan").id == target.id
    first = writes.start_run(engine, target.id)
    second = writes.start_run(engine, target.id)  # the first was killed
    writes.finish_run(engine, second, CrawlOutcome.OK, {"mentions/new": 3}, state={"mark": 9})
    (one,) = queries.watched(engine)
    assert (one.run.id, one.run.outcome, one.target.state) == (second, "ok", {"mark": 9})
    with Session(engine) as session:
        assert session.get_one(tables.CrawlRun, first).outcome == CrawlOutcome.INTERRUPTED
    writes.rest_target(engine, target.id)
    woken = writes.add_target(engine, "wordpress", "http://a.ir/", "nan")
    assert (woken.id, woken.active, woken.state) == (target.id, True, {"mark": 9})


def test_a_brand_can_be_forgotten_whole(engine, brand):
    writes.add_brand(engine, "ab")
    writes.save_mentions(engine, [mention(1), mention(2, brand="ab")])
    writes.save_mentions(engine, [mention(1, "ویرایش")])
    writes.save_readings(engine, [reading(1, revision=2)], "m")
    writes.correct(engine, 1, "sentiment", "positive", "sara")
    assert writes.forget_brand(engine, "nan") == 1
    assert [one.mention.native_id for one in queries.texts(engine, Filter())] == ["a.ir#2"]
    assert rows(engine, tables.Experience) == rows(engine, tables.Revision) == rows(engine, tables.Correction) == 0


def test_errors_never_carry_peoples_words(engine, brand):
    with pytest.raises(Exception) as caught, writes.writing(engine) as session:
        session.execute(text("INSERT INTO mention(text) VALUES (:words)"), {"words": "راز مردم"})
    assert "راز" not in str(caught.value)


def _write_some(url: str, start, first: int, words: str) -> None:
    start.wait(60)
    engine = open_store(url)
    writes.add_brand(engine, "nan")
    target = writes.add_target(engine, "wordpress", "http://a.ir/", "nan")
    for number in range(first, first + 40):
        writes.save_mentions(engine, [mention(number + 1), mention(number), mention(0, words)], target.id)


@pytest.fixture(params=["sqlite", "postgresql"])
def fresh_url(request, tmp_path):
    """The URL of a database that nobody has opened."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.db'}"
    url = make_url(request.getfixturevalue("postgresql_url"))
    with create_engine(url, isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text("DROP DATABASE IF EXISTS fresh WITH (FORCE)"))
        connection.execute(text("CREATE DATABASE fresh"))
    return url.set(database="fresh").render_as_string()


def test_two_writers_at_once_lose_and_double_nothing(fresh_url, monkeypatch):
    # A test of the app may have left its script as the main module, which a spawned process would run again.
    monkeypatch.setitem(sys.modules, "__main__", ModuleType("__main__"))
    context = multiprocessing.get_context("spawn")
    start = context.Barrier(3)
    running = [
        context.Process(target=_write_some, args=(fresh_url, start, first, words))
        for first, words in ((1, "یک"), (21, "دو"), (1, "سه"))
    ]
    for process in running:
        process.start()
    for process in running:
        process.join()
        assert process.exitcode == 0
    engine = open_store(fresh_url)
    assert rows(engine, tables.Mention) == 62
    assert rows(engine, tables.Brand) == rows(engine, tables.Target) == 1
    engine.dispose()


def test_a_store_that_cannot_be_opened_says_what_to_do():
    with pytest.raises(BadInput, match="SHENAVA_DATABASE_URL"):
        open_store("postgresql+psycopg://nobody@127.0.0.1:1/none")
    with pytest.raises(BadInput, match="SHENAVA_DATABASE_URL"):
        open_store("not a url")
    with pytest.raises(BadInput, match="SQLite or PostgreSQL"):
        open_store("mysql://nobody@127.0.0.1/none")
