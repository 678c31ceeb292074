"""From a raw text to tokens, passages and evidence: every offset points where it says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from domain.errors import BadInput
from domain.settings import ROOT
from nlp import Classifier
from nlp.evidence import evidence, word_weights
from nlp.heads import keys
from nlp.normalise import for_model, located
from nlp.passages import passages
from nlp.tokens import codes

LATE = "غذا عاااالی بود ولي پیک خیلی دیر کرد و نوشابه هم گرم بود."


@pytest.fixture(scope="module")
def reader() -> Classifier:
    return Classifier.load(ROOT / "models" / "reader", "onnx")


def test_offsets_of_passages_survive_normalising():
    spans = passages(LATE)
    form, places = located(LATE, [offset for span in spans for offset in span])
    assert form == for_model(LATE)
    pieces = [form[start:end] for start, end in zip(places[::2], places[1::2], strict=True)]
    assert pieces == ["غذا عالی بود", "پیک خیلی دیر کرد", "نوشابه هم گرم بود."]


def test_an_address_is_read_as_one_word_and_never_cut():
    text = "از اینجا خریدم https://a.ir/x?id=5&utm=abc. خیلی راضی هستم. بسته‌بندی خوب بود"
    spans = passages(text)
    assert any("utm=abc" in text[start:end] and "https" in text[start:end] for start, end in spans)
    form, _ = located(text, [offset for span in spans for offset in span])
    assert form == for_model(text)


def test_marks_that_touch_are_all_kept():
    assert located("a\u200b\u200b\u200b\u200b\u200bb", [1, 2, 3, 4, 5]) == ("ab", [1] * 5)


@given(st.text(max_size=200), st.lists(st.integers(0, 300), max_size=8))
def test_any_text_and_any_offsets_can_be_located(text, offsets):
    form, places = located(text, offsets)
    assert len(places) == len(offsets)
    assert all(0 <= place <= len(form) for place in places)
    ordered = [place for _, place in sorted(zip(offsets, places, strict=True))]
    assert ordered == sorted(ordered)


def test_tokens_of_passages_are_their_words_and_none_beyond_the_cut():
    tokenizer = Tokenizer.from_file(str(ROOT / "models" / "reader" / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(10)
    text = "خوب بود. پیک دیر کرد. نوشابه هم کاملاً گرم شده بود و کسی جواب نداد."
    form = located(text, [offset for span in passages(text) for offset in span])
    (code,) = codes(tokenizer, [form])
    words = tokenizer.encode(form[0]).tokens
    first, second, *_ = [words[start:end] for start, end in code.spans]
    assert "".join(first).replace("▁", " ").strip() == "خوب بود."
    assert "".join(second).replace("▁", " ").strip() == "پیک دیر کرد."
    assert code.spans[-1][0] == code.spans[-1][1], "what was cut off has no tokens"
    assert len(code.ids) == 10


def test_one_pass_reads_the_whole_and_its_passages(reader):
    (whole,) = reader.read([LATE])
    assert [LATE[start:end] for (start, end), _ in whole.passages] == [
        "غذا عاااالی بود", "پیک خیلی دیر کرد", "نوشابه هم گرم بود.",
    ]  # fmt: skip
    good, late, warm = (read.prediction for _, read in whole.passages)
    assert (good.sentiment, late.sentiment) == ("positive", "negative")
    assert warm.sentiment != "positive"
    assert late.dimensions["physical"] == "negative"
    assert whole.read.prediction.sentiment == reader.predict([LATE])[0].sentiment
    for _, read in whole.passages:
        assert np.linalg.norm(read.embedding) == pytest.approx(1, abs=1e-4)


def test_a_passage_beyond_the_window_is_read_on_its_own(reader):
    text = "این جمله چیزی نمی‌گوید و فقط جا پر می‌کند. " * 60 + "غذا سرد و بدمزه بود."
    (whole,) = reader.read([text])
    span, last = whole.passages[-1]
    assert text[span.start : span.end].endswith("غذا سرد و بدمزه بود.")
    assert np.isfinite(list(last.prediction.scores.values())).all()


def test_evidence_points_into_the_raw_text(reader):
    text = "سلام، دیروز سفارش دادم؛ غذا کاملاً یخ کرده بود."
    found = reader.explain(text, "sentiment:negative")
    assert found and all(0 <= part.start < part.end <= len(text) and part.weight > 0 for part in found)
    assert "یخ" in text[found[0].start : found[0].end]
    assert [part.weight for part in found] == sorted((part.weight for part in found), reverse=True)


def test_a_long_text_is_searched_in_two_steps(reader):
    text = "ما هفته‌ی پیش با خانواده رفتیم و سفارش دادیم " * 8 + "پیک بی‌ادب بود و داد زد " + "بعد هم برگشتیم خانه " * 8
    asked = []

    def scores(texts):
        asked.append(len(texts))
        return reader.scores(texts)

    weights = word_weights(text, "sentiment:negative", scores)
    assert len(weights) == len(text.split()) and sum(asked) <= 50
    best = evidence(text, "sentiment:negative", reader.scores)[0]
    assert set(text[best.start : best.end].split()) & {"بی‌ادب", "داد", "زد", "پیک"}


def test_an_unknown_label_is_refused_with_the_known_ones(reader):
    with pytest.raises(BadInput, match="sentiment:negative"):
        reader.explain("متن", "anger")
    assert reader.explain("", keys()[0]) == []
