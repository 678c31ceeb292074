"""Themes: what belongs together is together, the same again tomorrow, and named in whole phrases."""

import numpy as np
import pytest

from nlp import themes
from nlp.themes import NEAR, by_cell, candidates, choose_labels, group, meaning, phrases, same_as


def bundle(centres: int, each: int, noise: float = 0.25, seed: int = 0):
    rng = np.random.default_rng(seed)
    axes = np.eye(64, dtype=np.float32)[:centres]
    rows = np.repeat(axes, each, 0) + noise * rng.normal(size=(centres * each, 64)).astype(np.float32) / 8
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_groups_are_what_was_put_in():
    found = group(bundle(5, 20))
    assert sorted(len(one.rows) for one in found) == [20] * 5
    for one in found:
        assert len({row // 20 for row in one.rows}) == 1
        assert (one.closeness > NEAR).all()


def test_a_lone_experience_is_in_no_group():
    rows = np.vstack([bundle(2, 10), np.eye(64, dtype=np.float32)[63:]])
    assert 20 not in {row for one in group(rows) for row in one.rows}
    assert group(rows[:1]) == [] and group(rows[:0]) == []


def test_the_same_in_gives_the_same_out_and_large_sets_join(monkeypatch):
    rows = bundle(6, 50)
    first = [one.rows.tolist() for one in group(rows)]
    assert first == [one.rows.tolist() for one in group(rows)]
    monkeypatch.setattr(themes, "_SAMPLE", 60)
    assert [one.rows.tolist() for one in group(rows)] == first


def test_dimensions_part_what_words_do_not():
    words = bundle(1, 8, noise=0.6)
    apart = meaning(words, [{"sensory"}] * 4 + [{"physical"}] * 4)
    assert sorted(tuple(one.rows) for one in group(apart)) == [(0, 1, 2, 3), (4, 5, 6, 7)]


def test_a_theme_is_known_again():
    known, found = bundle(3, 1), bundle(3, 1, noise=0.4, seed=3)[::-1]
    assert same_as(known, found) == {0: 2, 1: 1, 2: 0}
    assert same_as(known, np.eye(64, dtype=np.float32)[40:43]) == {}
    assert same_as(known[:0], found) == {}


def test_cells_are_in_a_fixed_order():
    cells = by_cell([("positive", "price"), ("negative", "staff"), ("positive", "price")])
    assert {cell: rows.tolist() for cell, rows in cells.items()} == {
        ("negative", "staff"): [1],
        ("positive", "price"): [0, 2],
    }


@pytest.mark.parametrize(
    ("passage", "whole"),
    [
        ("غذا سرد بود", "غذا سرد بود"),
        ("که اصلا نمي ارزه", "اصلا نمی‌ارزه"),
        ("پشتیبانی جواب نمیده 😡😡", "پشتیبانی جواب نمیده"),
    ],
)
def test_phrases_keep_half_space_and_negation(passage, whole):
    assert whole in phrases(passage)


def test_phrases_never_hang_in_the_air():
    for phrase in phrases("من دیروز از این فروشگاه یه گوشی خریدم که بعد از دو روز خراب شد و"):
        assert 2 <= len(phrase.split()) <= 6
        assert phrase.split()[0] not in {"که", "از", "و", "من"} and phrase.split()[-1] not in {"و", "که", "از"}


def test_labels_are_unique_and_nearest():
    groups = {0: ["پیک دیر رسید", "سفارش دیر رسید"], 1: ["پیک دیر رسید", "غذا سرد بود"]}
    options = candidates(groups)
    rng = np.random.default_rng(1)
    embedded = {phrase: rng.normal(size=8).astype(np.float32) for some in options.values() for phrase in some}
    centres = {0: embedded["سفارش دیر رسید"], 1: embedded["غذا سرد بود"]}
    chosen = choose_labels(centres, options, embedded)
    assert chosen == {0: "سفارش دیر رسید", 1: "غذا سرد بود"}
    both = choose_labels({0: centres[0], 1: centres[0]}, {0: ["یک دو"], 1: ["یک دو"]}, {"یک دو": centres[0]})
    assert both == {0: "یک دو"}
