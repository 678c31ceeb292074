"""Severe experiences: found with few false alarms, on sentences held back as well as on those tuned on."""

import json
import time
from typing import NamedTuple

import pytest

from domain.settings import ROOT
from domain.vocabulary import Severity
from nlp.severity import severity

SENTENCES = [json.loads(line) for line in (ROOT / "data/severity.jsonl").read_text(encoding="utf-8").splitlines()]


class Score(NamedTuple):
    precision: float
    recall: float


def score(part):
    pairs = [(row["severity"], severity(row["text"]) or "") for row in SENTENCES if row["part"] == part]
    right = sum(gold == found != "" for gold, found in pairs)
    return Score(right / sum(found != "" for _, found in pairs), right / sum(gold != "" for gold, _ in pairs))


@pytest.mark.parametrize("part", ["held", "tuned"])
def test_severe_things_are_found_and_the_list_is_not_noise(part):
    precision, recall = score(part)
    assert precision >= 0.93
    assert recall >= 0.85


def test_every_kind_is_well_represented_and_found():
    for kind in Severity:
        of_kind = [row["text"] for row in SENTENCES if row["severity"] == kind]
        assert len(of_kind) >= 22
        assert sum(severity(text) is kind for text in of_kind) >= 0.8 * len(of_kind)
    assert {row["severity"] for row in SENTENCES} == {"", *Severity}
    assert len({row["text"] for row in SENTENCES}) == len(SENTENCES) >= 260


def test_the_most_serious_kind_wins():
    assert severity("فحش داد و غذا هم مسموممون کرد، همه مسموم شدیم") is Severity.HEALTH
    assert severity("کالای تقلبی فرستادن و سرم داد زدن") is Severity.DIGNITY


@pytest.mark.parametrize("same", ["کپک زده بود", "کپک‌زده بود", "كپك زده بود", "کپک  زدههههه بود", "کپـک زده بود"])
def test_one_phrase_in_many_spellings(same):
    assert severity(f"پنیرش {same}") is Severity.HEALTH


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "\ud800",
        "ا" * 100_000,
        "غذا سوسک " * 11_000,
        "تو غذا سوسک و " * 7_000,
        "چون خانم " * 11_000,
        "پول " * 25_000,
        "\u200c" * 100_000,
        "\u200b\u200c" * 50_000,
        "م\u200cس\u200cم\u200c" * 17_000,
        "شماره و آدرس " * 8_000,
        "بدون اجازه " * 9_000,
        "ها" * 50_000,
        "دست ها ها ها " * 8_000,
        "تقلبی بود نیست؟ " * 6_000,
    ],
)
def test_a_hostile_text_returns_at_once(raw):
    start = time.perf_counter()
    severity(raw)
    assert time.perf_counter() - start < 5
