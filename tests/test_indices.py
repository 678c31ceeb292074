"""Indices: values worked out elsewhere, what always holds, and intervals that hold what they promise."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.formulas import FORMULAS
from domain.indices import Index, advocacy_index, difference, gap_index, impact, net_share, share

PLEASED, ANGRY, MIXED = (0.6, 0.3, 0.1), (0.05, 0.9, 0.05), (0.3, 0.3, 0.4)


@st.composite
def groups(draw):
    positive, negative, other = (draw(st.integers(0, 300)) for _ in range(3))
    return positive, negative, positive + negative + other


@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    [  # Newcombe 1998, Statistics in Medicine 17:873, table II, method 10
        ((56, 70), (48, 80), 5.24, 33.39),
        ((9, 10), (3, 10), 17.05, 80.90),
        ((6, 7), (2, 7), 5.82, 80.62),
        ((5, 56), (0, 29), -3.81, 19.26),
        ((0, 10), (0, 20), -16.11, 27.75),
        ((10, 10), (0, 10), 60.75, 100.0),
    ],
)
def test_a_difference_of_shares_is_newcombes(first, second, low, high):
    found = difference(share(*first), share(*second))
    assert (found.low, found.high) == (pytest.approx(low, abs=0.006), pytest.approx(high, abs=0.006))
    assert found.clear is (low > 0) and found.n == min(first[1], second[1])


@given(groups(), groups())
def test_a_difference_turns_round_with_its_sides(first, second):
    there, back = difference(net_share(*first), net_share(*second)), difference(net_share(*second), net_share(*first))
    assert (there.value, there.low, there.high) == pytest.approx((-back.value, -back.high, -back.low))
    assert -200 <= there.low <= there.value <= there.high <= 200
    assert there.clear is back.clear


def test_nothing_is_known_of_a_difference_from_nothing():
    found = difference(net_share(90, 0, 100), net_share(0, 0, 0))
    assert (found.value, found.low, found.high, found.n) == (0, -200, 200, 0)
    assert found.too_few and not found.clear


def test_an_interval_that_only_touches_zero_is_not_clear():
    assert not Index(5, 0, 10, 50).clear and not Index(-5, -10, 0, 50).clear
    assert Index(5, 0.1, 10, 50).clear and Index(-5, -10, -0.1, 50).clear


def test_gap_and_advocacy_are_net_shares_of_those_who_say_so():
    assert gap_index(30, 50, 20) == net_share(30, 20, 100)
    assert gap_index(0, 0, 0).too_few
    assert advocacy_index(50, 20, 80).value == pytest.approx(100 * 30 / 80)  # ten texts have both


def test_the_impact_is_what_the_score_gains_when_the_theme_is_left_out():
    # by hand: NS(all) = (120 - 60)/200 = 30; without = (110 - 20)/150 = 60
    found = impact((120, 60, 200), (10, 40, 50))
    assert found.value == pytest.approx(-30)
    assert found.n == 50 and found.clear and found.high < 0


@given(groups(), groups())
def test_an_impact_is_the_difference_of_both_scores(part, rest):
    whole = tuple(map(sum, zip(part, rest, strict=True)))
    found = impact(whole, part)
    if not part[2] or not rest[2]:
        assert found == Index(0, -200, 200, 0)
        return
    assert found.value == pytest.approx(net_share(*whole).value - net_share(*rest).value, abs=1e-9)
    assert -200 <= found.low <= found.value <= found.high <= 200


@given(groups())
def test_a_theme_like_all_others_has_no_impact(part):
    found = impact((3 * part[0], 3 * part[1], 3 * part[2]), part)
    assert found.value == pytest.approx(0, abs=1e-9) and not found.clear


@pytest.mark.parametrize(("first", "n", "second", "m"), [(PLEASED, 300, ANGRY, 30), (MIXED, 40, MIXED, 60)])
def test_the_interval_of_a_difference_covers_the_truth(first, n, second, m):
    noise, truth = np.random.default_rng(1), 100 * (first[0] - first[1] - second[0] + second[1])
    pairs = zip(noise.multinomial(n, first, 1500).tolist(), noise.multinomial(m, second, 1500).tolist(), strict=True)
    found = [difference(net_share(a[0], a[1], n), net_share(b[0], b[1], m)) for a, b in pairs]
    assert sum(it.low <= truth <= it.high for it in found) / len(found) >= 0.92


@pytest.mark.parametrize(
    ("weight", "inside", "outside", "n"),
    [(0.1, ANGRY, PLEASED, 300), (0.02, ANGRY, PLEASED, 1500), (0.3, *[MIXED] * 2, 200)],
)
def test_the_interval_of_an_impact_covers_the_truth(weight, inside, outside, n):
    noise, held = np.random.default_rng(2), 0
    truth = 100 * weight * (inside[0] - inside[1] - outside[0] + outside[1])
    for size in noise.binomial(n, weight, 1500).tolist():
        part, rest = noise.multinomial(size, inside).tolist(), noise.multinomial(n - size, outside).tolist()
        found = impact((part[0] + rest[0], part[1] + rest[1], n), (part[0], part[1], size))
        held += found.low <= truth <= found.high
    assert held / 1500 >= 0.92


def test_every_formula_is_told_in_both_languages():
    assert len({formula.key for formula in FORMULAS}) == len(FORMULAS) == 8
    for formula in FORMULAS:
        assert formula.title() == formula.fa and formula.formula("en") == formula.formula_en
        assert not any("a" <= char <= "z" for char in (formula.fa + formula.formula_fa).lower())
        assert formula.key.isidentifier() and formula.en and formula.formula_en.isprintable()
    assert "NPS" not in str(FORMULAS)
