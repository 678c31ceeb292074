"""Facts: what is counted in memory is what the database holds, now."""

import tempfile
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from engines import postgresql, postgresql_bin
from hypothesis import HealthCheck, example, given
from hypothesis import settings as how
from hypothesis import strategies as st
from sample_store import fill, prediction
from sqlmodel import Session, col, select
from told import COLD, told

from domain.vocabulary import (
    Contact,
    Dimension,
    Gap,
    Intent,
    Place,
    Polarity,
    Sentiment,
    Severity,
    Stage,
    Touchpoint,
    Usable,
)
from store import facts as package
from store import queries, tables, writes
from store.database import open_store
from store.facts import facts
from store.facts.facts import Column, Table
from store.filter import Filter
from store.queries.scope import about, chosen_facts

DIMENSIONS = [str(dimension) for dimension in Dimension]
WAYS = [f"{dimension}:{way}" for dimension in DIMENSIONS for way in Polarity if way != Polarity.ABSENT]


def some(labels):
    return st.lists(st.sampled_from([str(label) for label in labels]), max_size=3, unique=True).map(tuple)


def any_day():
    return st.none() | st.dates(date(2026, 7, 1), date(2026, 12, 31))


FILTERS = st.builds(
    Filter,
    brands=some(["sib", "anar", "nobody"]),
    since=any_day(),
    until=any_day(),
    sources=some(["wordpress", "telegram", "feed", "nowhere"]),
    usable=some(Usable),
    sentiments=some(Sentiment),
    dimensions=some([*DIMENSIONS, *WAYS]),
    touchpoints=some(Touchpoint),
    stages=some(Stage),
    contacts=some(Contact),
    gaps=some(Gap),
    intents=some(Intent),
    needs_response=st.none() | st.booleans(),
    confident=st.none() | st.booleans(),
    copied=st.none() | st.booleans(),
    severe=some(Severity),
    theme=st.none() | st.integers(0, 4),
    search=st.sampled_from(["", "", "", "غذا", "پیک -دیر", '"دم در"', "هیچ", "!", "-غذا"]),
)


def in_database(engine, chosen: Filter) -> list[int]:
    with Session(engine) as session:
        return list(session.scalars(about(chosen, engine, col(tables.Mention.id)).order_by(col(tables.Mention.id))))


def in_memory(engine, chosen: Filter) -> list[int]:
    known, rows = chosen_facts(engine, chosen)
    return known.mentions.id[rows].tolist()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def varied(request, tmp_path_factory):
    """The sample with what it lacks: copies, severe ones, buried, undated and corrected ones."""
    folder = tmp_path_factory.mktemp("varied")
    if request.param == "sqlite":
        yield filled(f"sqlite:///{folder / 'shenava.db'}")
    elif not postgresql_bin():
        pytest.skip("PostgreSQL is not installed (Debian: postgresql)")
    else:
        # The path of a socket has at most a hundred letters.
        with tempfile.TemporaryDirectory(prefix="pg") as short, postgresql(Path(short) / "server") as url:
            engine = filled(url)
            yield engine
            engine.dispose()


def filled(url: str):
    engine = open_store(url)
    fill(engine)
    vary(engine)
    return engine


def vary(engine) -> None:
    with Session(engine) as session:
        ids = list(session.scalars(select(tables.Experience.id).order_by(tables.Experience.id)))
        owners = dict(session.execute(select(tables.Experience.id, tables.Experience.mention_id)).all())
        first, second, *_ = session.scalars(select(tables.Mention.id).order_by(tables.Mention.id))
    writes.save_copies(engine, {first: first, second: first}, {first: [1, 2]})
    severe = {number: str(list(Severity)[n % 5]) for n, number in enumerate(ids[::4])}
    placed = [
        writes.Placing(ids[0], owners[ids[0]], Place.NEAR, 1, 0.35),
        writes.Placing(ids[8], owners[ids[8]], Place.ALONE),
    ]
    writes.save_severities(engine, severe, placed)
    sampled = [
        (1, "sentiment", "neutral"),
        (3, "usable", "spam"),
        (5, "touchpoint2", "price"),
        (7, "spiritual", "both"),
    ]
    for mention_id, field, value in [*sampled, (9, "confident", False), (11, "recommend", True)]:
        writes.correct(engine, mention_id, field, value, "sara")
    undated = told(["بی‌تاریخ", "این هم"], brand="anar", first=50, published_at=None)
    writes.save_mentions(engine, undated)
    writes.bury_mentions(engine, [("wordpress", "example.ir#10")])


@how(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chosen=FILTERS)
@example(chosen=Filter())
@example(chosen=Filter(theme=1))
@example(chosen=Filter(theme=1, confident=False, copied=False))
@example(chosen=Filter(severe=("health", "fraud")))
@example(chosen=Filter(copied=True))
@example(chosen=Filter(since=date(2026, 11, 1), until=date(2026, 11, 1)))
@example(chosen=Filter(dimensions=("rational:positive", "spiritual")))
@example(chosen=Filter(touchpoints=("none", "price")))
def test_memory_chooses_what_the_database_does(varied, chosen):
    assert in_memory(varied, chosen) == in_database(varied, chosen)


@pytest.mark.parametrize("name", ["brands", "sources", "usable", "sentiments", "touchpoints", "theme", "severe"])
def test_no_part_of_a_filter_is_without_effect(varied, name):
    tried = {"brands": ("sib",), "sources": ("telegram",), "usable": ("spam",), "sentiments": ("mixed",)}
    tried |= {"touchpoints": ("staff",), "theme": 1, "severe": ("safety",)}
    found = in_memory(varied, Filter(**{name: tried[name]}))
    assert 0 < len(found) < len(in_memory(varied, Filter()))


def test_columns_say_what_the_rows_say(varied):
    known = facts(varied)
    with Session(varied) as session:
        rows = session.execute(
            select(tables.Mention, tables.Prediction, tables.Brand.key)
            .join(tables.Prediction, isouter=True)
            .join(tables.Brand)
            .order_by(tables.Mention.id)
        ).all()
        experiences = list(session.scalars(select(tables.Experience).order_by(tables.Experience.id)))
    table = known.mentions

    def label(name: str, row: int) -> str:
        code = table.columns[name].codes[row]
        return "" if code < 0 else table.columns[name].labels[code]

    for row, (mention, said, brand) in enumerate(rows):
        assert table.id[row] == mention.id and label("brand", row) == brand and label("source", row) == mention.source
        assert date.fromordinal(int(table.numbers["day"][row])) == mention.day
        assert table.flags["deleted"][row] == (mention.deleted_at is not None)
        assert table.flags["copied"][row] == (mention.copy_of not in (None, mention.id))
        for name in ("usable", "sentiment", "touchpoint", "touchpoint2", "gap", "stage", "contact", *DIMENSIONS):
            assert label(name, row) == (getattr(said, name) if said else "")
        for name in ("confident", "needs_response", *map(str, Intent)):
            assert table.flags[name][row] == bool(said and getattr(said, name))
    assert len(rows) == len(table) and len(experiences) == len(known.told)
    for row, one in enumerate(experiences):
        assert (known.told.id[row], table.id[known.mention_of[row]]) == (one.id, one.mention_id)
        code = known.told.columns["place"].codes[row]
        assert (known.told.columns["place"].labels[code] if code >= 0 else "") == one.place
        assert known.told.numbers["theme"][row] == (one.theme_id or 0)


def test_counting_leaves_out_what_has_no_label(varied):
    known = facts(varied)
    everything = np.ones(len(known.mentions), bool)
    assert known.mentions.count(everything, "sentiment").sum() == known.read.sum() < len(known.mentions)
    crossed = known.mentions.count(everything, "usable", "sentiment")
    assert crossed.shape == (len(Usable), len(Sentiment))
    assert crossed.sum(0).tolist() == known.mentions.count(everything, "sentiment").tolist()
    assert known.mentions.count(~everything, "sentiment").tolist() == [0] * len(Sentiment)


# What changed is there at once.


@pytest.fixture
def fresh(engine):
    """A store that was counted once, before anything happened."""
    writes.save_mentions(engine, told(COLD[:6], brand="shop"))
    facts(engine)
    return engine


def numbers(engine) -> tuple[int, int]:
    """Mentions, and those that are read; the same in memory and in the database."""
    for chosen in (Filter(), Filter(brands=("shop",)), Filter(sentiments=("negative",)), Filter(copied=True)):
        assert in_memory(engine, chosen) == in_database(engine, chosen)
    known = facts(engine)
    return len(known.mentions), int(known.read.sum())


def read_by_hand(engine, mention_id: int, revision: int = 1) -> None:
    said = prediction(Sentiment.NEGATIVE, Touchpoint.PRODUCT)
    passages = [writes.Passage(0, 4, said, b"\0" * 8), writes.Passage(5, 8, said, b"\0" * 8)]
    writes.save_readings(engine, [writes.Reading(mention_id, revision, said, passages)], "by hand")


def test_nothing_is_read_again_when_nothing_changed(fresh):
    assert facts(fresh) is facts(fresh)
    assert package.facts is facts


def test_new_texts_and_readings_are_there_at_once(fresh):
    assert numbers(fresh) == (6, 0)
    read_by_hand(fresh, 3)
    assert numbers(fresh) == (6, 1) and len(facts(fresh).told) == 2
    writes.save_mentions(fresh, told(["یک متن دیگر"], brand="shop", first=90))
    assert numbers(fresh) == (7, 1)
    read_by_hand(fresh, 3)
    assert numbers(fresh) == (7, 1) and len(facts(fresh).told) == 2


def test_a_correction_is_there_at_once(fresh):
    read_by_hand(fresh, 3)
    assert in_memory(fresh, Filter(sentiments=("negative",))) == [3]
    writes.correct(fresh, 3, "sentiment", "positive", "sara")
    assert in_memory(fresh, Filter(sentiments=("negative",))) == []
    assert in_memory(fresh, Filter(sentiments=("positive",))) == [3]
    numbers(fresh)


def test_an_edit_and_a_deletion_are_there_at_once(fresh):
    read_by_hand(fresh, 3)
    facts(fresh)
    writes.save_mentions(fresh, told(["حالا چیز دیگری می‌گوید"], brand="shop", first=2))
    assert numbers(fresh) == (6, 0) and len(facts(fresh).told) == 0
    read_by_hand(fresh, 4)
    assert numbers(fresh) == (6, 1)
    writes.bury_mentions(fresh, [("wordpress", "a.ir#shop3")])
    assert numbers(fresh) == (6, 1) and len(facts(fresh).told) == 0
    assert facts(fresh).mentions.flags["deleted"].sum() == 1


def test_themes_and_copies_are_there_at_once(fresh):
    read_by_hand(fresh, 3)
    facts(fresh)
    (first, second) = [int(number) for number in facts(fresh).told.id]
    new = writes.NewTheme("سرد", "negative", "product", b"", {first: (3, 0.9)})
    (theme,) = writes.save_themes(fresh, "by hand", [writes.Placing(second, 3, Place.ALONE)], opened=[new])
    assert in_memory(fresh, Filter(theme=theme)) == [3]
    writes.save_copies(fresh, {3: 1}, {})
    assert in_memory(fresh, Filter(copied=True)) == [3]
    writes.keep_apart(fresh, 3)
    assert in_memory(fresh, Filter(copied=True)) == []
    (other,) = writes.save_themes(
        fresh, "by hand", opened=[writes.NewTheme("یخ", "negative", "product", b"", {second: (3, 0.9)})]
    )
    assert in_memory(fresh, Filter(theme=other)) == [3]
    writes.merge_themes(fresh, theme, other, "sara")
    assert in_memory(fresh, Filter(theme=theme)) == [] and in_memory(fresh, Filter(theme=other)) == [3]
    writes.forget_places(fresh)
    assert in_memory(fresh, Filter(theme=other)) == []


def test_brands_that_come_and_go_are_there_at_once(fresh):
    writes.add_brand(fresh, "other")
    assert facts(fresh).brands == {"shop": 1, "other": 2} and in_memory(fresh, Filter(brands=("other",))) == []
    writes.save_mentions(fresh, told(COLD[:3], brand="other"))
    assert len(in_memory(fresh, Filter(brands=("other",)))) == 3
    writes.forget_brand(fresh, "shop")
    assert numbers(fresh) == (3, 0)
    assert in_memory(fresh, Filter(brands=("shop",))) == []


def test_a_brand_that_was_forgotten_and_made_anew_has_its_new_texts_only(fresh):
    writes.forget_brand(fresh, "shop")
    writes.add_brand(fresh, "shop")
    assert numbers(fresh) == (0, 0)
    writes.save_mentions(fresh, told(COLD[:2], brand="shop"))
    assert numbers(fresh) == (2, 0)
    writes.add_brand(fresh, "other")
    writes.save_mentions(fresh, told(COLD[:4], brand="other"))
    facts(fresh)
    writes.forget_brand(fresh, "shop")
    writes.add_brand(fresh, "shop")  # now it comes after the other one
    writes.save_mentions(fresh, told(COLD[:1], brand="shop"))
    assert numbers(fresh) == (5, 0)
    assert len(in_memory(fresh, Filter(brands=("other",)))) == 4


def test_two_threads_get_equal_answers(varied):
    other = open_store(varied.url.render_as_string(hide_password=False))

    def answer(number: int) -> tuple[int, ...]:
        known, rows = chosen_facts(other, Filter(sentiments=("negative",)))
        return len(known.mentions), int(rows.sum()), len(known.told), queries.counts(other, Filter()).positive

    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(answer, range(64)))
    assert answers == {answer(0)}


def test_readers_beside_a_writer_see_whole_states(fresh):
    def write() -> None:
        for number in range(20):
            writes.save_mentions(fresh, told(COLD[:5], brand="shop", first=100 + 5 * number))

    def read(number: int) -> int:
        known = facts(fresh)
        assert len(known.mentions) == len(set(known.mentions.id.tolist()))
        return len(known.mentions)

    with ThreadPoolExecutor(4) as pool:
        writer = pool.submit(write)
        seen = list(pool.map(read, range(100)))
        writer.result()
    assert all((n - 6) % 5 == 0 for n in seen)
    assert numbers(fresh) == (106, 0)


@pytest.mark.parametrize(("first", "second"), [(3, 4), (15, 14), (50, 6), (255, 300)])
@pytest.mark.parametrize("share", [0.0, 0.01, 0.6, 1.0])
def test_a_count_of_many_rows_is_the_plain_one(first, second, share):
    """Whatever road is taken: bytes two at once (an odd number of them), wider codes, or a few rows picked out."""
    rng, n = np.random.default_rng(7), 70_001
    codes = {"a": rng.integers(-1, first, n).astype(np.int16), "b": rng.integers(-1, second, n).astype(np.int16)}
    sizes = {"a": first, "b": second}
    table = Table(np.arange(n), {k: Column(c, tuple(map(str, range(sizes[k])))) for k, c in codes.items()}, {})
    rows = rng.random(n) < share
    plain = np.zeros((first + 1, second + 1), int)
    np.add.at(plain, (codes["a"][rows], codes["b"][rows]), 1)
    assert (table.count(rows, "a", "b") == plain[:first, :second]).all()
    assert (table.count(rows, "b") == plain[:, :second].sum(axis=0)).all()
