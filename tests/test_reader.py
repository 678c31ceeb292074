"""The reader: the real checkpoint, through its public face."""

import json

import numpy as np
import pytest

from domain.errors import ModelMissing
from domain.prediction import Prediction
from domain.settings import ROOT
from domain.vocabulary import Dimension, Sentiment
from nlp import Classifier
from nlp.checkpoint import open_checkpoint

MODEL = ROOT / "models" / "reader"
TEXTS = [
    "غذا سرد رسید و پیک هم یک ساعت دیر کرد، دیگه سفارش نمیدم",
    "عاشقش شدم، پارچه‌ش نرم و لطیفه و رنگش عالیه 😍",
    "پولم رو پس ندادید، سه هفته‌ست منتظرم، لطفا پیگیری کنید",
    "جنس تقلبی رو به اسم اصل می‌فروشن؛ دروغ و بی‌وجدانی",
    "کسی می‌دونه شعبهٔ شیراز کی باز میشه؟",
]
ODD = [
    "",
    " ",
    "a" * 100_000,
    "خوب بود " * 13_000,
    "\ud800\udfff",
    "\x00",
    "very good",
    "😍😍😍",
    "\u202e\u2066",
    "🏴‍☠️" * 3000,
]


@pytest.fixture(scope="module")
def classifier():
    return Classifier.load(MODEL, "onnx")


@pytest.fixture(scope="module")
def torch_classifier():
    return Classifier.load(MODEL, "torch")


def test_plain_texts_are_read_as_a_person_would(classifier):
    late, soft, refund, fake, question = classifier.predict(TEXTS)
    assert late.sentiment == "negative" and late.dimensions["physical"] == "negative" and "leave" in late.intents
    assert soft.sentiment == "positive" and soft.dimensions["sensory"] == "positive"
    assert refund.needs_response and refund.sentiment == "negative"
    assert fake.dimensions["spiritual"] == "negative"
    assert question.usable == "none"


@pytest.mark.parametrize("engine", ["onnx", "torch"])
def test_any_string_is_answered_in_order(engine):
    answers = Classifier.load(MODEL, engine).predict([*ODD, TEXTS[0]])
    assert len(answers) == len(ODD) + 1
    assert all(
        isinstance(answer, Prediction) and set(answer.dimensions) == set(map(str, Dimension)) for answer in answers
    )
    assert [answer.unscored for answer in answers[:3]] == ["empty", "empty", "not_persian"]
    assert not any(answer.confident for answer in answers if answer.unscored)
    assert answers[-1].sentiment == "negative"


def test_nothing_in_gives_nothing_out(classifier):
    assert classifier.predict([]) == []
    assert len(classifier.embed([])) == 0


def test_probabilities_are_probabilities(classifier):
    for answer in classifier.predict(TEXTS):
        assert sum(answer.scores[f"sentiment:{label}"] for label in Sentiment) == pytest.approx(1, abs=1e-4)
        assert all(0 <= score <= 1 for score in answer.scores.values())


def test_order_and_batch_never_change_an_answer(torch_classifier):
    alone = [torch_classifier.predict([text])[0].scores for text in TEXTS]
    together = [answer.scores for answer in torch_classifier.predict(TEXTS[::-1], batch=2)][::-1]
    for one, other in zip(alone, together, strict=True):
        assert max(abs(one[key] - other[key]) for key in one) < 1e-4


def test_int8_says_what_fp32_says(classifier, torch_classifier):
    for small, full in zip(classifier.predict(TEXTS), torch_classifier.predict(TEXTS), strict=True):
        assert small.sentiment == full.sentiment
        assert abs(small.scores[f"sentiment:{small.sentiment}"] - full.scores[f"sentiment:{full.sentiment}"]) < 0.15


def test_embeddings_keep_meaning(classifier):
    cold, cool, soft = classifier.embed(["غذا سرد رسید", "غذام یخ کرده بود وقتی آوردن", "پارچه‌ش خیلی نرم و لطیفه"])
    assert np.linalg.norm(cold) == pytest.approx(1, abs=1e-4)
    assert cold @ cool > cold @ soft


def test_plain_transformers_load_it_without_trusting_code():
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    model = AutoModelForSequenceClassification.from_pretrained(MODEL)
    assert model.config.id2label[0] == "usable:experience"
    assert model.config.label_groups["sentiment"]["activation"] == "softmax"
    assert AutoTokenizer.from_pretrained(MODEL)("غذا سرد رسید")["input_ids"]


@pytest.mark.parametrize(
    ("model", "engine", "words"),
    [
        ("models/none", "onnx", "shenava train"),
        (str(ROOT / "data"), "onnx", "no checkpoint of ours"),
        (str(MODEL), "tpu", "onnx, torch"),
    ],
)
def test_a_missing_model_says_what_to_do(model, engine, words):
    with pytest.raises(ModelMissing, match=words):
        Classifier.load(model, engine)


def test_its_metrics_are_its_own(classifier):
    metrics = json.loads((MODEL / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["model"] == classifier.version


def test_a_checkpoint_of_another_vocabulary_is_refused(tmp_path):
    config = (MODEL / "config.json").read_text(encoding="utf-8").replace("sentiment:mixed", "sentiment:unclear")
    (tmp_path / "config.json").write_text(config, encoding="utf-8")
    with pytest.raises(ModelMissing, match="another vocabulary"):
        open_checkpoint(str(tmp_path))
