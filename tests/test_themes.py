"""Themes: what is about the same belongs together, the same again tomorrow; and what a passage is about."""

import numpy as np
import pytest

from nlp import terms, themes
from nlp.terms import WIDTH, claims, known, lexicon
from nlp.themes import MEMBER, SAME, assign, group, halves, meaning, moved, same, with_embedding


def bundle(centres: int, each: int, noise: float = 0.25, seed: int = 0):
    """Unit rows about some axes of 64, axis after axis."""
    rng = np.random.default_rng(seed)
    axes = np.eye(64, dtype=np.float32)[:centres]
    rows = np.repeat(axes, each, 0) + noise * rng.normal(size=(centres * each, 64)).astype(np.float32) / 8
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def unit(*degrees: float):
    """Unit vectors in a plane of the concepts."""
    turned = np.radians(degrees)
    plane = np.stack([np.cos(turned), np.sin(turned)], 1)
    return np.pad(plane, ((0, 0), (0, WIDTH + 3))).astype(np.float32)


# Terms.


def test_one_meaning_in_other_words_shares_concepts():
    assert {"غذا", "سرد"} <= terms.terms("پیتزا یخ کرده بود") & terms.terms("غذاش سرد رسید")
    assert "سرد" not in terms.terms("غذا شور بود")


def test_nearer_in_meaning_is_nearer_in_space():
    cold, ice, salty = terms.vectors(map(terms.terms, ["غذا سرد بود", "پیتزا یخ کرده بود", "غذا شور بود"]))
    assert cold @ ice > cold @ salty


def test_unknown_words_stand_for_themselves():
    assert terms.terms("قلمبوره") == claims("قلمبوره") == {"~قلمبو"}
    assert not known("قلمبوره") and known("غذا") and known("غذاهاش")
    assert terms.terms("او") == frozenset()


def test_verbs_and_updates_are_one_word():
    assert "کند" in terms.terms("سایت کند است") and "کند" not in terms.terms("درست کار نمی‌کند")
    assert "به_روزرسانی" in terms.terms("به روز رسانی کردم") and "ارسال" not in terms.terms("به روز رسانی کردم")


def test_arabic_letters_and_half_spaces_do_not_matter():
    assert terms.terms("كيفيت پايين") == terms.terms("کیفیت پایین")
    assert terms.terms("بسته‌بندی پاره بود") == terms.terms("بسته بندی پاره بود")


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\t",
        "سرد" * 35_000,
        "غذا سرد بود " * 9_000,
        "😡" * 100_000,
        "\u202e\u2067\u200c" * 5_000,
        "\x00\ud800\udfff",
        "ﷺ" * 20_000,
        "<script>alert(1)</script>",
        "=cmd|'/c calc'!A1",
        "ـ" * 100_000,
    ],
)
def test_hostile_texts_have_terms_of_finite_vectors(text):
    (row,) = terms.vectors([terms.terms(text)])
    norm = np.linalg.norm(row)
    assert np.isfinite(row).all() and (norm == pytest.approx(1, abs=1e-5) or norm == 0)
    assert claims(text) is not None


def test_vectors_are_of_unit_length_and_depend_on_nothing_else():
    said = [terms.terms(text) for text in ("غذا سرد بود", "", "پیک دیر کرد")]
    rows = terms.vectors(said)
    assert np.linalg.norm(rows, axis=1) == pytest.approx([1, 0, 1], abs=1e-6)
    assert (terms.vectors(said[2:])[0] == rows[2]).all()
    assert terms.vectors([]).shape == (0, terms.WIDTH)


@pytest.mark.parametrize("name", ["words.tsv", "weights.tsv"])
def test_the_lexicon_is_written_well(name):
    lines = (terms.FOLDER / name).read_text(encoding="utf-8").splitlines()
    fields = [line.split("\t") for line in lines]
    assert [line for line, parts in zip(lines, fields, strict=True) if len(parts) != 2 or not all(parts)] == []
    assert len({parts[0] for parts in fields}) == len(fields)
    assert not [line for line in lines if line != line.strip() or "ي" in line or "ك" in line]


def test_every_concept_weighs_something():
    words, weights = lexicon()
    concepts = {concept for meant in words.values() for concept in meant}
    assert len(concepts) > 500
    assert not [concept for concept, weight in weights.items() if not 0.2 <= weight <= 1.5]
    assert not [concept for concept in concepts if not np.any(terms.vectors([frozenset([concept])]))]
    assert sorted(set(weights) - concepts) == []


def test_words_of_the_lexicon_are_found_as_the_model_reads_them():
    """A key that is never what a text is looked up by would be dead."""
    from nlp.normalise import for_model

    assert [word for word in lexicon()[0] if for_model(word) != word] == []


def test_rare_concepts_weigh_more():
    documents = [frozenset({"غذا", "~غذا"})] * 99 + [frozenset({"سوسک", "غذا"})]
    weights = terms.weights_of(documents)
    assert weights == {"غذا": 0.2, "سوسک": 1.0}


# Themes.


def test_groups_are_what_was_put_in():
    found = group(bundle(5, 20))
    assert sorted(len(one.rows) for one in found) == [20] * 5
    for one in found:
        assert len({row // 20 for row in one.rows}) == 1
        assert (one.closeness > MEMBER).all()


def test_closeness_is_the_mean_cosine_to_the_group():
    rows = bundle(1, 4, noise=0.5)
    (one,) = group(rows)
    assert one.closeness == pytest.approx((rows @ rows.T).mean(1), abs=1e-5)
    assert one.centre == pytest.approx(rows.mean(0), abs=1e-6)


def test_groups_come_largest_first_and_lone_ones_in_none():
    rows = np.vstack([bundle(1, 3), np.eye(64, dtype=np.float32)[63:], np.roll(bundle(1, 7), 5, axis=1)])
    found = group(rows)
    assert [one.rows.tolist() for one in found] == [[4, 5, 6, 7, 8, 9, 10], [0, 1, 2]]
    assert group(rows[:1]) == [] and group(rows[:0]) == []


def test_what_is_too_far_apart_on_average_is_no_group():
    assert len(group(unit(0, 60))) == 1  # cosine 0.5
    assert group(unit(0, 70)) == []  # 0.34


def test_the_same_in_gives_the_same_out():
    rows = bundle(6, 50)
    first = [one.rows.tolist() for one in group(rows)]
    assert first == [one.rows.tolist() for one in group(rows.copy())]


def test_an_experience_goes_where_its_mean_cosine_is_largest():
    tight, wide = unit(0, 0), unit(60, 120)
    centres = np.stack([tight.mean(0), wide.mean(0)])
    best, near = assign(unit(10, 80), centres)
    assert best.tolist() == [0, 1]
    by_hand = [(unit(10) @ tight.T).mean(), (unit(80) @ wide.T).mean()]
    assert near == pytest.approx(by_hand, abs=1e-5)
    # The direction of the wide theme's centre is near; its experiences are less so on average.
    assert near[1] < float((unit(80) @ unit(90).T).item())


def test_nothing_is_assigned_to_nothing():
    best, near = assign(unit(0, 90), np.zeros((0, 0), np.float32))
    assert best.shape == near.shape == (2,) and (near == -1).all()
    assert assign(np.zeros((0, 2), np.float32), unit(0))[0].shape == (0,)


def test_a_centre_stays_the_mean_of_its_experiences():
    rows = bundle(1, 9, noise=0.8)
    centre = moved(rows[:4].mean(0), 4, rows[4:])
    assert centre == pytest.approx(rows.mean(0), abs=1e-6)
    assert moved(centre, 9, rows[:0]) == pytest.approx(centre)


def test_a_theme_is_found_again_by_its_centre():
    assert pytest.approx(np.cos(np.radians(31.8)), abs=1e-3) == SAME
    before = np.stack([3 * unit(90)[0], 0.2 * unit(0)[0]])
    assert same(unit(30)[0], before) == 1
    assert same(0.01 * unit(100)[0], before) == 0
    assert same(unit(45)[0], before) is None
    assert same(0 * unit(0)[0], before) is None


def test_halves_fall_where_the_gap_is():
    larger, smaller = halves(unit(80, 0, 5, 90, 10))
    assert (larger.tolist(), smaller.tolist()) == ([1, 2, 4], [0, 3])


def test_meanings_are_of_unit_length_and_parted_by_words():
    embeddings = np.ones((3, 16), np.float32) / 4
    said = [terms.terms(text) for text in ("غذا سرد بود", "غذا یخ کرده بود", "پیک دیر رسید")]
    rows = meaning(embeddings, said, [{"sensory"}, {"sensory"}, {"physical"}])
    assert rows.shape == (3, 16 + terms.WIDTH + 5)
    assert np.linalg.norm(rows, axis=1) == pytest.approx(1, abs=1e-5)
    near = rows @ rows.T
    assert near[0, 1] > MEMBER > near[0, 2]
    silent_ = meaning(embeddings[:1], [frozenset()], [()])
    assert np.linalg.norm(silent_) == pytest.approx(np.sqrt(0.30), abs=1e-5)


def test_another_checkpoint_replaces_the_embedding_only():
    said = [terms.terms("غذا سرد بود")] * 2
    dimensions = [{"sensory"}] * 2
    old, new = np.eye(4, dtype=np.float32)[:2], np.eye(6, dtype=np.float32)[2:4]
    centre = meaning(old, said, dimensions).mean(0)
    assert with_embedding(centre, new) == pytest.approx(meaning(new, said, dimensions).mean(0), abs=1e-6)


def test_large_sets_have_a_limit():
    assert themes.MOST**2 * 8 <= 130e6
