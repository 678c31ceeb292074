"""Trends: a change is told against the traffic, beyond noise, and never from an outage."""

import math
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.excess import excess_by
from domain.spikes import spikes
from domain.tails import false_discovery
from domain.trend import rate_change, state, weekly
from domain.vocabulary import ThemeState

SATURDAY = date(2026, 1, 3)
WEEKDAYS = (1.0, 1.0, 1.2, 1.0, 0.8, 1.5, 1.3)
LEAST_TOLD = 1e-9


def on(number):
    return SATURDAY + timedelta(days=number)


def level(*spans):
    """Days with so many texts each: (first, last, texts), by number."""
    return {on(day): n for first, last, n in spans for day in range(first, last + 1)}


def series(seed, dispersion=0.0, share=0.05, length=200, extra=None):
    """A theme and its traffic: weekdays, growth, noisy traffic, texts with Poisson or gamma-Poisson noise."""
    noise, days, traffic = np.random.default_rng(seed), {}, {}
    for number in range(length):
        mean = 100 * WEEKDAYS[number % 7] * (1 + number / length) * noise.gamma(20, 1 / 20)
        told = int(noise.poisson(mean))
        own = share * told * (noise.gamma(1 / dispersion, dispersion) if dispersion else 1)
        n, more = min(int(noise.poisson(own)), told), (extra or {}).get(number, 0)
        days[on(number)], traffic[on(number)] = n + more, told + more
    return days, traffic


# rate_change


def test_a_rate_ratio_is_that_of_the_textbook():
    # R, poisson.test(c(11, 6+8+7), c(800, 1083+1050+878)): ratio 1.971488, exact interval 0.858 .. 4.277
    change = rate_change(11, 800, 21, 3011)
    assert change.ratio == pytest.approx(1.971488, abs=1e-6) and change.n == 32
    assert (change.low, change.high) == (pytest.approx(0.858, abs=0.15), pytest.approx(4.277, abs=0.4))
    # Wilson's ends for 11 of 32 (0.2041, 0.5169), as odds times 3011/800
    assert (change.low, change.high) == (pytest.approx(0.965, abs=0.005), pytest.approx(4.027, abs=0.02))


@given(st.integers(0, 120), st.integers(0, 120), st.floats(0.1, 10))
def test_p_is_twice_the_smaller_binomial_tail(now, before, ratio):
    n, null = now + before, ratio / (1 + ratio)
    mass = [math.comb(n, k) * null**k * (1 - null) ** (n - k) for k in range(n + 1)]
    expected = min(1, 2 * min(math.fsum(mass[: now + 1]), math.fsum(mass[now:])))
    assert rate_change(now, ratio, before, 1).p == pytest.approx(expected, rel=1e-6, abs=1e-12)


def test_p_stays_exact_for_large_counts():
    # scipy 1.15: 2 * binom.sf(100_699, 400_700, 0.25)
    assert rate_change(100_700, 1, 300_000, 3).p == pytest.approx(0.055783535, rel=1e-6)


@given(st.integers(0, 300), st.integers(0, 300), st.floats(1, 1000), st.floats(1, 1000))
def test_a_change_turned_round_is_its_inverse(now, before, first, second):
    there, back = rate_change(now, first, before, second), rate_change(before, second, now, first)
    assert there.p == pytest.approx(back.p, rel=1e-6)
    assert 0 <= there.low <= there.ratio <= there.high
    if now and before:
        assert there.ratio == pytest.approx(1 / back.ratio) and there.low == pytest.approx(1 / back.high)


def test_nothing_against_nothing_is_nothing_known():
    for change in (rate_change(0, 10, 0, 10), rate_change(4, 0, 3, 10), rate_change(4, 10, 0, 0)):
        assert (change.ratio, change.low, change.high, change.p) == (1, 0, math.inf, 1)
    assert rate_change(5, 10, 0, 10).ratio == math.inf and rate_change(0, 10, 5, 10).low == 0


def test_the_interval_of_a_ratio_covers_the_truth():
    noise, held = np.random.default_rng(3), 0
    for now, before in zip(noise.poisson(12, 2000).tolist(), noise.poisson(24, 2000).tolist(), strict=True):
        change = rate_change(now, 28, before, 84)
        held += change.low <= 1.5 <= change.high
    assert held / 2000 >= 0.93


# state

TRAFFIC = level((0, 300, 100))


@pytest.mark.parametrize(
    ("days", "first", "expected"),
    [
        (level((190, 200, 1)), 190, ThemeState.NEW),
        (level((0, 172, 1), (173, 200, 3)), 0, ThemeState.GROWING),
        (level((0, 172, 3), (173, 200, 1)), 0, ThemeState.FADING),
        (level((0, 200, 2)), 0, ThemeState.STEADY),
        (level((0, 140, 1)), 0, ThemeState.GONE),
        (level((0, 50, 1)), 0, ThemeState.GONE),  # still gone, months later
        (level((100, 100, 1)), 100, ThemeState.STEADY),  # told once: nothing is missing
    ],
)
def test_a_theme_is_as_it_fares(days, first, expected):
    assert state(days, TRAFFIC, on(200), on(first))[0] is expected


def test_the_change_beside_a_state_is_the_one_behind_it():
    kind, change = state(level((0, 172, 1), (173, 200, 3)), TRAFFIC, on(200), SATURDAY)
    assert kind is ThemeState.GROWING and change.ratio == pytest.approx(3) and change.n == 84 + 84
    kind, change = state(level((0, 140, 1)), TRAFFIC, on(200), SATURDAY)
    assert kind is ThemeState.GONE and change.ratio == 0 and change.p < 0.01


def test_an_outage_is_not_silence():
    days, out = level((0, 140, 1)), {on(day) for day in range(141, 201)}
    assert state(days, TRAFFIC, on(200), SATURDAY)[0] is ThemeState.GONE
    assert state(days, TRAFFIC, on(200), SATURDAY, out)[0] is ThemeState.STEADY
    assert state(days, level((0, 140, 100)), on(200), SATURDAY)[0] is ThemeState.STEADY  # nothing was collected


def test_a_theme_that_goes_with_all_others_is_steady():
    traffic = level((0, 172, 100), (173, 200, 300))
    assert state(level((0, 172, 2), (173, 200, 6)), traffic, on(200), SATURDAY)[0] is ThemeState.STEADY


# weekly


def test_weeks_begin_on_saturday_and_know_what_they_do_not_know():
    days, traffic = level((0, 6, 1), (14, 16, 2)), level((0, 6, 100), (14, 20, 50))
    weeks = weekly(days, traffic, on(2), on(16), {on(15)})
    assert [week.start for week in weeks] == [on(0), on(7), on(14)]
    first, silent, last = weeks
    assert (first.n, first.exposure, first.rate) == (5, 500, 10) and not first.outage
    # Wilson 1927 by hand for 5 of 500: 4.28 .. 23.19 per 1,000
    assert (first.low, first.high) == (pytest.approx(4.28, abs=0.01), pytest.approx(23.19, abs=0.01))
    assert silent.rate is silent.low is silent.high is None and silent.exposure == 0
    assert (last.n, last.exposure, last.rate, last.outage) == (6, 150, 40, True)


@given(st.dictionaries(st.integers(0, 60), st.integers(0, 20)), st.integers(0, 30), st.integers(0, 30))
def test_no_text_is_lost_between_weeks(texts, first, length):
    days = {on(number): n for number, n in texts.items()}
    weeks = weekly(days, TRAFFIC, on(first), on(first + length))
    assert sum(week.n for week in weeks) == sum(n for number, n in texts.items() if first <= number <= first + length)
    assert all(week.low <= week.rate <= week.high for week in weeks)


# spikes


def test_a_true_spike_is_found_alone():
    for seed in range(20):
        found = spikes(*series(seed, extra={150: 35}))
        assert [(spike.first, spike.last) for spike in found] == [(on(150), on(150))], seed
        assert found[0].low <= found[0].expected <= found[0].high < found[0].n and found[0].p < 0.01


@pytest.mark.parametrize("dispersion", [0, 0.3])
def test_noise_is_no_spike(dispersion):
    false = sum(bool(spikes(*series(seed, dispersion))) for seed in range(300))
    assert false / 300 <= 0.05


def test_neighbouring_days_are_one_spike():
    [spike] = spikes(*series(4, extra={150: 40, 151: 40, 152: 40}))
    assert (spike.first, spike.last) == (on(150), on(152))
    assert spike.excess > 100 and spike.high < spike.n


def test_traffic_that_rises_is_no_spike():
    days, traffic = series(5)
    for day in (on(150), on(151)):
        days[day], traffic[day] = 2 * days[day], 2 * traffic[day]
    assert spikes(days, traffic) == []
    flat = level((0, 149, 5), (150, 150, 50))
    assert spikes(flat, level((0, 149, 100), (150, 150, 1000))) == []
    assert len(spikes(flat, level((0, 150, 100)))) == 1


def test_a_weekday_is_held_against_its_own_kind():
    days = {on(number): 40 if number % 7 == 6 else 4 for number in range(100)}
    assert spikes(days, level((0, 99, 200))) == []


def test_days_of_outage_are_neither_tested_nor_a_baseline():
    days, traffic = series(6, extra={150: 40})
    assert spikes(days, traffic, {on(150)}) == []
    out = {on(day) for day in range(120, 150)}  # the crawler saw next to nothing
    for day in out:
        days[day], traffic[day] = 0, 100
    assert [spike.first for spike in spikes(days, traffic, out)] == [on(150)]


def test_a_short_history_makes_no_spike():
    days, traffic = level((0, 27, 0), (28, 28, 30)), level((0, 28, 100))
    assert len(spikes(days, traffic)) == 1  # four weekdays before it
    assert spikes(days, traffic, {on(0)}) == []  # three
    assert spikes({}, {}) == [] and spikes(days, {}) == []


def test_a_lasting_rise_ends_as_the_new_normal():
    found = spikes(level((0, 119, 3), (120, 250, 30)), level((0, 250, 200)))
    assert found[0].first == on(120) and found[-1].last < on(120 + 28)


def test_a_spike_does_not_hide_the_next():
    found = spikes(*series(7, extra={130: 60, 151: 60}))
    assert [spike.first for spike in found] == [on(130), on(151)]


def test_few_texts_are_no_spike_however_rare():
    assert spikes(level((0, 99, 0), (100, 100, 2)), level((0, 100, 1000))) == []
    assert len(spikes(level((0, 99, 0), (100, 100, 6)), level((0, 100, 1000)))) == 1


# excess_by


def test_an_excess_is_laid_to_what_rose():
    rows = excess_by({"a": 60, "b": 21, "c": 8}, {"a": 80, "b": 160, "c": 80}, 1 / 8)
    assert [row.key for row in rows] == ["a"]
    assert (rows[0].expected, rows[0].excess) == (10, 50)
    assert rows[0].share == pytest.approx(50 / 51) and rows[0].score > 0


def test_the_most_typical_comes_first_though_another_is_larger():
    rows = excess_by({"all": 900, "typical": 60, "calm": 1000}, {"all": 700, "typical": 5, "calm": 1000}, 1)
    assert [row.key for row in rows] == ["typical", "all"]


def test_noise_explains_nothing():
    noise, keys = np.random.default_rng(8), [f"k{number}" for number in range(200)]
    before = dict(zip(keys, noise.poisson(40, 200).tolist(), strict=True))
    assert excess_by(dict(zip(keys, noise.poisson(5, 200).tolist(), strict=True)), before, 1 / 8) == []
    assert excess_by({}, {}, 1) == [] and excess_by({"a": 5}, {"a": 1}, 0) == []


@given(st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 500)), st.floats(0.01, 10))
def test_shares_of_an_excess_are_shares(inside, ratio):
    rows = excess_by(inside, {"a": 5, "b": 50, "x": 0}, ratio)
    assert all(row.excess > 0 and 0 < row.share <= 1 and math.isfinite(row.score) for row in rows)
    assert sum(row.share for row in rows) <= 1 + LEAST_TOLD


def test_false_discovery_is_that_of_its_paper():
    # Benjamini & Hochberg 1995, section 4: fifteen p values, four rejected at 0.05
    ps = [
        0.0001,
        0.0004,
        0.0019,
        0.0095,
        0.0201,
        0.0278,
        0.0298,
        0.0344,
        0.0459,
        0.324,
        0.4262,
        0.5719,
        0.6528,
        0.759,
        1,
    ]
    adjusted = false_discovery(ps)
    assert sum(p < 0.05 for p in adjusted) == 4 and adjusted[3] == pytest.approx(0.0095 * 15 / 4)
    assert false_discovery(ps[::-1]) == adjusted[::-1] and false_discovery([]) == []
