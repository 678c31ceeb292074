"""Copies: who says the same in nearly the same words counts once; a short verdict is everybody's own."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import Session, col, func, select
from told import told

from jobs import copies as job
from jobs.copies import mark_copies
from nlp.copies import ALIKE, LEAST_LETTERS, alike, bands, pieces
from store import queries, tables, writes
from store.filter import Filter

LONG = "این گوشی را یک ماه پیش از این فروشگاه خریدم و باتری آن خیلی زود خالی می‌شود و پشتیبانی هم جواب نداد"
NEAR = "این گوشی را یک ماه پیش از این فروشگاه خریدم؛ باتری آن خیلی زود خالی میشود و پشتیبانی هم جواب نداد!!"
OTHER = "سفارش من با سه روز تاخیر رسید و وقتی زنگ زدم هیچ‌کس توضیح نداد که چرا این‌قدر دیر کرده است"


def like(first: str, second: str) -> float:
    return alike(pieces(first), pieces(second))


def test_likeness_is_of_letters_alone():
    assert like(LONG, LONG) == 1
    assert like(LONG, f"  {LONG}!!! 😍") == 1
    assert like(LONG.replace("ی", "ي").replace("ک", "ك"), LONG) == 1
    assert ALIKE <= like(LONG, NEAR) < 1
    assert like(LONG, OTHER) < 0.2


def test_likeness_is_jaccards():
    first, second = frozenset({1, 2, 3}), frozenset({2, 3, 4, 5})
    assert alike(first, second) == alike(second, first) == 2 / 5
    assert alike(frozenset(), frozenset()) == 0


def test_short_texts_are_exempt():
    assert pieces("عالی بود" + " " * 500) == frozenset() and bands(frozenset()) == []
    assert not pieces("ا" * (LEAST_LETTERS - 1)) and pieces("ا" * LEAST_LETTERS)
    assert like("عالی بود", "عالی بود") == 0


def test_copies_meet_in_a_band_and_others_seldom():
    chosen = random.Random(1)
    letters = "ابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهی"
    met = {0.9: 0, 0.2: 0}
    for _ in range(200):
        words = ["".join(chosen.choices(letters, k=5)) for _ in range(60)]
        for share in met:
            kept = [w if chosen.random() < share**0.5 else "".join(chosen.choices(letters, k=5)) for w in words]
            met[share] += bool(set(bands(pieces(" ".join(words)))) & set(bands(pieces(" ".join(kept)))))
    assert met[0.2] < 60 < met[0.9]
    hundred = [" ".join(f"{w}{'x' if n == 7 else ''}" for n, w in enumerate(words)) for words in [LONG.split()] * 3]
    assert set(bands(pieces(LONG))) & set(bands(pieces(hundred[0])))


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300))
def test_any_text_has_bands_that_a_database_holds(text):
    found = bands(pieces(text))
    assert len(found) in (0, 8) and all(-(2**63) <= band < 2**63 for band in found)
    assert found == bands(pieces(text)) and len(set(found)) == len(found)


@pytest.mark.parametrize("text", ["😡" * 100_000, "ا" * 100_000, "\x00\ud800" * 50_000, "ﷺ" * 50_000, LONG * 2_000])
def test_hostile_texts_are_looked_at(text):
    assert len(pieces(text)) <= 4_000
    assert len(bands(pieces(text))) in (0, 8)


@pytest.fixture
def brands(engine):
    for key in ("nan", "sib"):
        writes.add_brand(engine, key)
    return engine


def roots(engine) -> dict[str, int | None]:
    with Session(engine) as session:
        query = select(tables.Mention.native_id, tables.Mention.copy_of).order_by(col(tables.Mention.id))
        return {native_id.partition("#")[2]: root for native_id, root in session.exec(query)}


def sketched(engine) -> set[int]:
    with Session(engine) as session:
        return set(session.exec(select(tables.Sketch.mention_id)))


def test_near_copies_are_found_and_the_first_is_itself(brands):
    writes.save_mentions(brands, told([OTHER, LONG, "عالی بود", NEAR, "عالی بود", LONG]))
    assert mark_copies(brands) == {"looked": 6, "copies": 2}
    assert list(roots(brands).values()) == [1, 2, 3, 2, 5, 2]
    assert sketched(brands) == {1, 2}
    assert mark_copies(brands) == {}
    assert queries.counts(brands, Filter(copied=True)).mentions == 2


def test_copies_across_brands_and_sources_are_copies(brands):
    writes.save_mentions(brands, told([LONG]))
    writes.save_mentions(brands, told([NEAR], brand="sib"))
    mark_copies(brands)
    assert list(roots(brands).values()) == [1, 1]


@pytest.mark.parametrize("block", [1, 2, 3, 100])
def test_blocks_do_not_matter(brands, monkeypatch, block):
    monkeypatch.setattr(job, "_BLOCK", block)
    writes.save_mentions(brands, told([LONG, OTHER, NEAR, OTHER, LONG, NEAR]))
    mark_copies(brands)
    assert list(roots(brands).values()) == [1, 2, 1, 2, 1, 1]


def test_what_shares_a_band_and_is_not_alike_is_no_copy(brands, monkeypatch):
    monkeypatch.setattr(job, "bands", lambda some: [1, 2] if some else [])
    writes.save_mentions(brands, told([LONG, OTHER, NEAR]))
    mark_copies(brands)
    assert list(roots(brands).values()) == [1, 2, 1]


def test_an_edit_is_looked_at_again(brands):
    writes.save_mentions(brands, told([LONG, NEAR]))
    mark_copies(brands)
    assert writes.save_mentions(brands, told([OTHER], first=1))["edited"] == 1
    assert roots(brands)["nan1"] is None
    assert mark_copies(brands) == {"looked": 1, "copies": 0}
    assert list(roots(brands).values()) == [1, 2]
    writes.save_mentions(brands, told([NEAR], first=1))
    mark_copies(brands)
    assert list(roots(brands).values()) == [1, 1] and sketched(brands) == {1}


def test_copies_of_what_was_edited_are_looked_at_again(brands):
    writes.save_mentions(brands, told([LONG, NEAR, LONG]))
    mark_copies(brands)
    writes.save_mentions(brands, told([OTHER]))
    mark_copies(brands)
    assert list(roots(brands).values()) == [1, 2, 2]
    writes.save_mentions(brands, told([LONG]))
    mark_copies(brands)
    assert mark_copies(brands) == {}
    assert queries.counts(brands, Filter(copied=True)).mentions >= 1


def test_a_person_keeps_two_apart(brands):
    writes.save_mentions(brands, told([LONG, LONG]))
    mark_copies(brands)
    writes.keep_apart(brands, 2)
    writes.save_mentions(brands, told([LONG], first=2))
    mark_copies(brands)
    assert list(roots(brands).values()) == [1, 2, 1]
    assert queries.counts(brands, Filter(copied=False)).mentions == 2


def test_a_forgotten_brand_frees_its_copies(brands):
    writes.save_mentions(brands, told([LONG]))
    writes.save_mentions(brands, told([NEAR, LONG], brand="sib"))
    mark_copies(brands)
    writes.forget_brand(brands, "nan")
    assert list(roots(brands).values()) == [None, None] and sketched(brands) == set()
    mark_copies(brands)
    assert list(roots(brands).values()) == [2, 2]


def test_a_buried_text_is_no_ones_copy(brands):
    writes.save_mentions(brands, told([LONG]))
    mark_copies(brands)
    writes.bury_mentions(brands, [("wordpress", "a.ir#nan0")])
    writes.save_mentions(brands, told([LONG], first=1))
    mark_copies(brands)
    assert roots(brands)["nan1"] == 2 and sketched(brands) == {2}


def test_an_edit_during_the_look_is_looked_at_in_the_next_run(brands):
    writes.save_mentions(brands, told([LONG, NEAR]))
    mark_copies(brands)
    writes.save_copies(brands, {2: 2}, {2: [5]})  # of a text that has been looked at meanwhile
    assert list(roots(brands).values()) == [1, 1]


def test_boilerplate_of_thousands_is_looked_at_in_time(brands):
    start = "سفارش شما ثبت شد و به زودی برای شما فرستاده می‌شود؛ از خرید شما سپاس‌گزاریم. شماره "
    writes.save_mentions(brands, told(f"{start}{number * 7919}" for number in range(1500)))
    assert mark_copies(brands)["looked"] == 1500
    with Session(brands) as session:
        assert session.scalar(select(func.count(func.distinct(tables.Mention.copy_of)))) < 50
