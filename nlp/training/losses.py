"""The loss of a row: one question a head, summed, so that rare labels are not starved.

A customer's mark is not a reading: of SnappFood's texts, one in four happy smileys stands on a mixed one, and seven
in ten middling marks stand on plain complaints. What a mark of each set says of a reader's label is counted on the
texts that have both, and the model is corrected by it (gold loss correction, Hendrycks et al. 2018, arXiv:1802.05300).
"""

from collections.abc import Iterable, Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from domain.vocabulary import Sentiment
from nlp.heads import HEADS, Kind
from nlp.training.data import MARKS, SLICES, WIDTH, Array, Example

_MOST_WEIGHT = 4.0
_SENTIMENT = SLICES["sentiment"]


def corrected(scores: Array, target: Array) -> Array:
    """A teacher's probabilities, (labels,), with the annotator's word wherever the teacher is wrong by it.

    Args:
        scores: the teacher's word on a text.
        target: the annotator's; what nobody was asked is NaN and stays the teacher's.
    """
    goal = scores.copy()
    for head in HEADS:
        where = SLICES[head.name]
        said, true = scores[where], target[where]
        if head.kind is Kind.ANY:
            wrong = ~np.isnan(true) & ((said > 0.5) != (true > 0.5))
            goal[where] = np.where(wrong, true, said)
        elif not np.isnan(true).any() and said.argmax() != true.argmax():
            goal[where] = true
    return goal


def label_weights(targets: Array) -> Tensor:
    """Square-root inverse frequency of each label, (labels,), at most 4: rare labels count more, not everything."""
    weights = np.ones(WIDTH, np.float32)
    for head in HEADS:
        share: Array = np.nanmean(targets[:, SLICES[head.name]], 0).clip(1e-4)
        rarity = 1 / (share * len(head.labels)) if head.kind is Kind.ONE else (1 - share) / share
        weights[SLICES[head.name]] = np.sqrt(rarity).clip(0.3 if head.kind is Kind.ONE else 1.0, _MOST_WEIGHT)
    return torch.from_numpy(weights)


def row_losses(logits: Tensor, target: Tensor, weights: Tensor) -> Tensor:
    """Loss of each row, (rows,), over all heads; targets may be soft, and NaN where nobody was asked."""
    asked = ~target.isnan()
    target = target.nan_to_num()
    total = logits.new_zeros(len(logits))
    for head in HEADS:
        where = SLICES[head.name]
        one = _softmax_loss if head.kind is Kind.ONE else _sigmoid_loss
        total = total + (one(logits[:, where], target[:, where], weights[where]) * asked[:, where]).sum(-1)
    return total


def _softmax_loss(logits: Tensor, target: Tensor, weights: Tensor) -> Tensor:
    return -(target * weights * functional.log_softmax(logits, -1))


def _sigmoid_loss(logits: Tensor, target: Tensor, weights: Tensor) -> Tensor:
    return functional.binary_cross_entropy_with_logits(logits, target, pos_weight=weights, reduction="none")


def mark_losses(logits: Tensor, likelihood: Tensor) -> Tensor:
    """Loss of marked rows, (rows,): minus the log of how likely their marks are.

    Args:
        logits: (rows, labels).
        likelihood: (rows, sentiments), how likely each row's mark is if that sentiment holds.
    """
    said = functional.log_softmax(logits[:, _SENTIMENT], -1)
    return -torch.logsumexp(said + likelihood.clamp_min(1e-4).log(), -1)


def transitions(read: Iterable[Example], marks: Iterable[Example]) -> dict[str, Array]:
    """For each set, the share of each mark under each sentiment, (sentiments, marks), from texts that have both.

    Only texts drawn at random are counted; shares are drawn toward one half for the mark of the same name by four
    counts, so that rare pairs stay possible.
    """
    truth = {example.id: example.target for example in read if example.target is not None and example.random}
    prior = np.full((len(Sentiment), len(MARKS)), 1.0, np.float32)
    own = {Sentiment.NEGATIVE: "neg", Sentiment.NEUTRAL: "neu", Sentiment.MIXED: "neu", Sentiment.POSITIVE: "pos"}
    for row, sentiment in enumerate(Sentiment):
        prior[row, MARKS.index(own[sentiment])] = 2.0
    counts: dict[str, Array] = {}
    for example in marks:
        if example.mark:
            name, mark = example.mark
            count = counts.setdefault(name, prior.copy())
            target = truth.get(example.id)
            if target is not None:
                count[:, mark] += target[_SENTIMENT]
    return {name: count / count.sum(-1, keepdims=True) for name, count in counts.items()}


def likelihoods(examples: Sequence[Example], shares: dict[str, Array]) -> Tensor:
    """Of marked examples, (rows, sentiments)."""
    return torch.from_numpy(np.stack([shares[e.mark[0]][:, e.mark[1]] for e in examples if e.mark]))
