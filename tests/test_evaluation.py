"""Measures that a reader is judged by: each is right on answers whose score is known beforehand."""

import json
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

from cli import app
from domain.errors import BadInput
from domain.settings import ROOT
from domain.vocabulary import Dimension, Gap, Intent, Sentiment, Touchpoint, Usable
from nlp.decision import unscored
from nlp.evaluation.challenge import challenge_metrics, passed
from nlp.evaluation.evaluate import marks
from nlp.evaluation.metrics import binary, calibration_error, compared, cx_metrics, single
from nlp.evaluation.suites import challenge, open_suite

PHENOMENA = {
    "negation", "idiom", "intensifier", "irony", "taarof", "comparison", "foil_brand", "half_space", "arabic_letters",
    "stretched_letters", "typos", "emoji", "finglish", "code_mixing", "numbers", "long_texts", "mixed_clauses",
    "reported_speech",
}  # fmt: skip


def row(**labels) -> dict:
    plain = {str(d): "absent" for d in Dimension} | {"usable": "experience", "sentiment": "positive"}
    plain |= {"touchpoints": ["product"], "stage": "use", "gap": "none", "intents": [], "needs_response": False}
    return plain | labels


ROWS = [
    row(),
    row(sentiment="negative", physical="negative", needs_response=True, intents=["leave"]),
    row(sentiment="mixed", sensory="both", touchpoints=["delivery", "staff"]),
    row(sentiment="neutral", rational="positive", gap="meets"),
]


def test_perfect_answers_score_one_and_wrong_ones_nothing():
    figures = cx_metrics(ROWS, ROWS)
    for name in ("usable", "sentiment", "touchpoint", "stage", "gap"):
        assert figures[name]["macro_f1"] == figures[name]["accuracy"] == 1
    assert figures["dimension_polarity_accuracy"] == figures["needs_response"]["f1"] == 1
    assert figures["intents"]["leave"] == {"precision": 1, "recall": 1, "f1": 1, "interval": [0, 1], "n": 1}
    turned = [ROWS[1], ROWS[2], ROWS[3], ROWS[0]]
    assert cx_metrics(turned, ROWS)["sentiment"]["macro_f1"] == 0


def test_questions_that_the_truth_does_not_answer_are_left_out():
    figures = cx_metrics(ROWS, [{"text": "", "sentiment": row["sentiment"]} for row in ROWS])
    assert set(figures) == {"sentiment"}


def test_figures_of_a_label_by_hand():
    said, truth = ["a"] * 6 + ["b"] * 4, ["a"] * 5 + ["b"] * 5
    figures = single(said, truth, ("a", "b", "c"))
    assert figures["by_label"]["a"]["precision"] == pytest.approx(5 / 6, abs=1e-4)
    assert figures["by_label"]["a"]["recall"] == 1
    assert figures["by_label"]["b"]["recall"] == 0.8
    assert figures["confusion"] == {"a": {"a": 5}, "b": {"a": 1, "b": 4}}
    assert set(figures["by_label"]) == {"a", "b"}, "a label that is not in the truth has no score"
    assert binary([True, True, False], [True, False, False])["precision"] == 0.5


def test_an_interval_holds_the_score_and_shrinks_with_more_texts():
    few = single(["a", "b"] * 10, ["a", "b"] * 8 + ["b", "a"] * 2, ("a", "b"))
    many = single(["a", "b"] * 500, ["a", "b"] * 400 + ["b", "a"] * 100, ("a", "b"))
    widths = []
    for figures in (few, many):
        low, high = figures["macro_f1_interval"]
        assert low <= figures["macro_f1"] <= high
        widths.append(high - low)
    assert widths[1] < widths[0] / 4


def test_calibration_error_by_hand():
    assert calibration_error([0.8] * 10, [True] * 8 + [False] * 2) == pytest.approx(0, abs=1e-9)
    assert calibration_error([1.0] * 10, [False] * 10) == 1


def test_two_readers_are_told_apart_only_beyond_luck():
    clear = compared([True] * 30, [False] * 20 + [True] * 10)
    assert clear["only_one_right"] == 20 and clear["p"] < 0.001
    assert compared([True, False], [False, True])["p"] == 1


def test_a_reading_becomes_the_mark_that_its_people_would_give():
    def said(**scores):
        return replace(unscored(""), scores={f"sentiment:{name}": score for name, score in scores.items()})

    read = [said(mixed=0.9, negative=0.1), said(positive=0.6, neutral=0.4), unscored("not_persian")]
    assert marks(read, ("neg", "neu", "pos"), None) == ["neu", "pos", "neu"]
    shares = np.full((4, 3), 0.1, np.float32)
    shares[list(Sentiment).index(Sentiment.MIXED)] = [0.8, 0.1, 0.1]  # here people with mixed feelings press "sad"
    assert marks(read[:1], ("neg", "pos"), shares) == ["neg"]


def test_a_case_passes_when_all_that_it_expects_holds():
    said = row(sentiment="negative", physical="negative", intents=["warn", "leave"])
    assert passed(said, {"sentiment": ["negative", "mixed"], "physical": "negative", "intents": ["leave"]})
    assert passed(said, {"touchpoint": "product", "needs_response": False})
    assert not passed(said, {"sentiment": "negative", "sensory": "negative"})
    assert not passed(said, {"intents": ["repurchase"]})


def test_a_group_passes_only_whole():
    cases = [
        {"pair": "x-1", "phenomenon": "x", "expect": {"sentiment": "positive"}},
        {"pair": "x-1", "phenomenon": "x", "expect": {"sentiment": "negative"}},
    ]
    figures = challenge_metrics([row(), row()], cases)
    assert (figures["passed"], figures["groups_passed"]) == (0.5, 0)


def test_the_challenge_suite_is_whole():
    cases = challenge()
    allowed = {
        "sentiment": set(Sentiment), "touchpoint": set(Touchpoint), "gap": set(Gap), "usable": set(Usable),
        "intents": set(Intent), "needs_response": {True, False},
        **{str(d): {"absent", "positive", "negative", "both"} for d in Dimension},
    }  # fmt: skip
    assert len(cases) >= 600
    counts = Counter(case["phenomenon"] for case in cases)
    assert set(counts) == PHENOMENA and min(counts.values()) >= 20
    assert len({case["text"] for case in cases}) == len(cases)
    for case in cases:
        assert "sentiment" in case["expect"], case
        for name, value in case["expect"].items():
            values = value if isinstance(value, list) else [value]
            assert set(values) <= {v if isinstance(v, bool) else str(v) for v in allowed[name]}, case


def test_nothing_of_the_challenge_is_trained_on_nor_what_is_called_unseen():
    from nlp.normalise import for_model
    from nlp.training.data import read_rows, written

    trained = {for_model(example.text) for example in written()}
    unseen = [row for path in (ROOT / "data" / "unseen").glob("*.jsonl") for row in read_rows(path)]
    assert trained and unseen
    assert not trained & {for_model(case["text"]) for case in (*challenge(), *unseen)}


def test_own_labels_are_of_the_vocabulary():
    from nlp.training.data import LABELLED, SLICES, WRITTEN, annotation_target, read_rows

    for path in (*LABELLED.glob("*.jsonl"), *WRITTEN.glob("*.jsonl")):
        for number, labels in enumerate(read_rows(path)):
            target = annotation_target(labels)
            asked = ("usable", "sentiment", "touchpoint", "stage", "gap") if "usable" in labels else ("sentiment",)
            assert len(asked) > 1 or path.parent == WRITTEN
            for head in asked:
                assert target[SLICES[head]].sum() == pytest.approx(1), (path.name, number, head)
            if path.parent == LABELLED:
                assert "text" not in labels, "third-party texts stay with their sets"


def test_a_file_of_ones_own_is_a_suite(tmp_path):
    path = tmp_path / "mine.jsonl"
    rows = [{"text": "غذا عالی بود", "sentiment": "positive"}, {"text": "پیک دو ساعت دیر کرد", "sentiment": "negative"}]
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    done = CliRunner().invoke(app, ["evaluate", "--suite", str(path), "--json"])
    assert done.exit_code == 0, done.output
    figures = json.loads(done.stdout)["suites"][str(path)]
    assert figures["n"] == 2 and figures["sentiment"]["accuracy"] == 1
    shown = CliRunner().invoke(app, ["evaluate", "--suite", str(path), "--against", str(ROOT / "models" / "reader")])
    assert shown.exit_code == 0 and "McNemar" in shown.output and "precision" in shown.output


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('{"text": "b"}', "line 2: 'sentiment'"),
        ('{"text": "b", "sentiment": "angry"}', "positive, negative"),
        ('{"text": "b", "sentiment": null}', "line 2: sentiment"),
        ('{"text": 5, "sentiment": "positive"}', "line 2"),
        ("5", "line 2"),
        ('{"text": "b", "sentiment": "positive", "physical": true}', "physical is one of"),
        ('{"text": "b", "sentiment": "positive", "touchpoints": []}', "touchpoints"),
        ('{"text": "b", "sentiment": "positive", "touchpoints": "price"}', "a list of"),
        ('{"text": "b", "sentiment": "positive", "intents": null}', "a list of"),
        ('{"text": "b", "sentiment": "positive", "needs_response": "no"}', "True, False"),
        ("not json", "JSON lines"),
    ],
)
def test_a_bad_line_of_a_suite_is_named(tmp_path, line, words):
    path = tmp_path / "mine.jsonl"
    path.write_text(f'{{"text": "a", "sentiment": "positive"}}\n{line}\n\n', encoding="utf-8")
    with pytest.raises(BadInput, match=words):
        open_suite(str(path), None)


def test_a_suite_that_is_not_there_says_what_to_do(tmp_path):
    with pytest.raises(BadInput, match="SHENAVA_DATASETS"):
        open_suite("cx", None)
    with pytest.raises(BadInput, match="challenge"):
        open_suite("cxx", None)
    path = tmp_path / "mine.jsonl"
    path.write_text('{"text": "a", "feeling": "good"}\n', encoding="utf-8")
    with pytest.raises(BadInput, match="at least one label"):
        open_suite(str(path), None)
    path.write_text('{"text": "a", "touchpoint": "price"}\n', encoding="utf-8")
    assert open_suite(str(path), None).rows == [{"text": "a", "touchpoints": ["price"]}]
