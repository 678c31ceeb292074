"""The loss of a row: one question a head, summed, so that rare labels are not starved."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from nlp.heads import HEADS, Kind
from nlp.training.data import SLICES, WIDTH, Array, Example

_MOST_WEIGHT = 4.0


def label_weights(examples: Sequence[Example]) -> Tensor:
    """Square-root inverse frequency of each label, (labels,), at most 4: rare labels count more, not everything."""
    targets = np.stack([example.target for example in examples])
    weights = np.ones(WIDTH, np.float32)
    for head in HEADS:
        share: Array = targets[:, SLICES[head.name]].mean(0).clip(1e-4)
        rarity = 1 / (share * len(head.labels)) if head.kind is Kind.ONE else (1 - share) / share
        weights[SLICES[head.name]] = np.sqrt(rarity).clip(0.3 if head.kind is Kind.ONE else 1.0, _MOST_WEIGHT)
    return torch.from_numpy(weights)


def row_losses(logits: Tensor, target: Tensor, known: Tensor, weights: Tensor) -> Tensor:
    """Loss of each row, (rows,), over the heads that were annotated for it."""
    total = logits.new_zeros(len(logits))
    for head in HEADS:
        where = SLICES[head.name]
        one = _softmax_loss if head.kind is Kind.ONE else _sigmoid_loss
        total = total + known[:, where.start] * one(logits[:, where], target[:, where], weights[where])
    return total


def _softmax_loss(logits: Tensor, target: Tensor, weights: Tensor) -> Tensor:
    log_probabilities = functional.log_softmax(logits, -1)
    shared = -(target * weights * log_probabilities).sum(-1)
    # A target that sums to more than one is a set: any of its labels may be the right one.
    inside = torch.logsumexp(log_probabilities.masked_fill(target == 0, -1e4), -1)
    return torch.where(target.sum(-1) > 1.01, -inside, shared)


def _sigmoid_loss(logits: Tensor, target: Tensor, weights: Tensor) -> Tensor:
    return functional.binary_cross_entropy_with_logits(logits, target, pos_weight=weights, reduction="none").sum(-1)
