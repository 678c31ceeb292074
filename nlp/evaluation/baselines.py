"""Baselines trained on the same data: a model that cannot beat them is not worth its megabytes."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion, Pipeline

from domain.vocabulary import Dimension, Intent
from nlp.classifier import Classifier
from nlp.evaluation.metrics import SINGLE
from nlp.normalise import for_model

Row = dict[str, Any]
# scikit-learn's own pattern cuts at the half-space, which loses negation: «نمی‌ارزه» -> «نمی», «ارزه».
_WORD = r"(?u)[\w\u200c]+"


def majority(train: Sequence[Row], test: Sequence[Row]) -> list[Row]:
    """The commonest answer to every question, for every text."""
    answer: Row = {name: Counter(_value(row, name) for row in train).most_common(1)[0][0] for name in _questions()}
    return [_row(answer)] * len(test)


def tfidf(train: Sequence[Row], test: Sequence[Row]) -> list[Row]:
    """Character 2-5-grams and word 1-2-grams into one logistic regression a question."""
    features = _features()
    seen = features.fit_transform([for_model(row["text"]) for row in train])
    unseen = features.transform([for_model(row["text"]) for row in test])
    answers = {}
    for name in _questions():
        values = [_value(row, name) for row in train]
        if len(set(values)) == 1:
            answers[name] = values[:1] * len(test)
            continue
        model = LogisticRegression(C=4, max_iter=300, class_weight="balanced")
        answers[name] = model.fit(seen, values).predict(unseen).tolist()
    return [_row({name: answers[name][number] for name in answers}) for number in range(len(test))]


def tfidf_sentiment(texts: Sequence[str], marks: Sequence[str]) -> Pipeline:
    """The same features into one logistic regression over sentiment marks."""
    model = Pipeline(
        [("features", _features()), ("model", LogisticRegression(C=4, max_iter=300, class_weight="balanced"))]
    )
    return model.fit([for_model(text) for text in texts], marks)


def linear_head(classifier: Classifier, train: Sequence[Row], test: Sequence[Row]) -> list[str]:
    """A benchmark's marks by one logistic regression over a reader's frozen sentence embeddings.

    Published figures are of models trained on the benchmark's own texts, so that they know how its people mark; the
    reader's plain answers follow another guideline. This is the reader with that knowledge and no other.

    Args:
        classifier: the reader.
        train: the benchmark's own training rows, with `sentiment` neg, neu or pos.
        test: its test rows; only their texts are read.
    """
    # Tenfold: the embedding is of unit length, and the penalty counts in units.
    seen, unseen = (10 * classifier.raw([for_model(row["text"]) for row in rows])[1] for rows in (train, test))
    model = LogisticRegression(C=0.3, max_iter=1000)
    return [str(mark) for mark in model.fit(seen, [row["sentiment"] for row in train]).predict(unseen)]


def _features() -> FeatureUnion:
    words = TfidfVectorizer(ngram_range=(1, 2), min_df=2, token_pattern=_WORD, sublinear_tf=True)
    chars = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), min_df=3, max_features=150_000, sublinear_tf=True)
    return FeatureUnion([("words", words), ("chars", chars)])


def _questions() -> list[str]:
    return [*SINGLE, *Dimension, *(f"intent:{intent}" for intent in Intent), "needs_response"]


def _value(row: Row, name: str) -> Any:
    if name == "touchpoint":
        return row["touchpoints"][0]
    if name.startswith("intent:"):
        return name.removeprefix("intent:") in row["intents"]
    return row[name]


def _row(answer: Row) -> Row:
    said = [str(intent) for intent in Intent if answer[f"intent:{intent}"]]
    return {**answer, "touchpoints": [answer["touchpoint"]], "intents": said}
