"""UNDERSTAND: strings in, predictions out. The only torch, transformers, onnxruntime and hazm; may import domain.

>>> from nlp import Classifier                          # doctest: +SKIP
>>> Classifier.load().predict(["غذا سرد رسید"])[0].sentiment   # doctest: +SKIP
<Sentiment.NEGATIVE: 'negative'>
"""

from nlp.classifier import Classifier
from nlp.passages import Span, passages

__all__ = ["Classifier", "Span", "passages"]
