"""The network: a BERT encoder, one linear layer for all heads, mean-pooled embeddings; one pass reads it all."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from transformers import AutoConfig, AutoModel, AutoTokenizer, BertForSequenceClassification

from domain.errors import BadInput
from nlp.heads import keys


class Answers(NamedTuple):
    """What one pass says of padded texts and of passages inside them."""

    logits: Tensor  # (texts, labels)
    embeddings: Tensor  # (texts, hidden), unit length
    span_logits: Tensor  # (texts, spans, labels)
    span_embeddings: Tensor  # (texts, spans, hidden), unit length


def build(base: str, layers: Sequence[int], dropout: float) -> Any:
    """A plain `BertForSequenceClassification` that starts from some layers of a pretrained encoder.

    Args:
        base: folder or hub name of a BERT-shaped encoder, or of a checkpoint of ours, whose heads are kept.
        layers: which of its layers to keep, in order; all of them if empty.
        dropout: of the classification head; the encoder keeps its own.

    Raises:
        BadInput: the encoder is not BERT-shaped.
    """
    config = AutoConfig.from_pretrained(base)
    if config.model_type != "bert":
        raise BadInput(f"{base} is a {config.model_type!r} model; only BERT-shaped encoders can be trained here")
    ours = list(getattr(config, "id2label", {}).values()) == keys()
    layers = list(layers) or list(range(config.num_hidden_layers))
    if max(layers) >= config.num_hidden_layers:
        raise BadInput(f"the recipe wants layer {max(layers)} of {base}, which has {config.num_hidden_layers}")
    config.num_hidden_layers = len(layers)
    config.id2label = dict(enumerate(keys()))
    config.label2id = {key: index for index, key in enumerate(keys())}
    config.problem_type = "multi_label_classification"
    config.classifier_dropout = dropout
    config.dtype = torch.float32
    model = BertForSequenceClassification(config)
    if ours:
        teacher: Any = BertForSequenceClassification.from_pretrained(base, dtype=torch.float32)
        model.classifier.load_state_dict(teacher.classifier.state_dict())
        encoder = teacher.bert
    else:
        encoder = AutoModel.from_pretrained(base, add_pooling_layer=False, dtype=torch.float32)
    encoder.encoder.layer = nn.ModuleList(encoder.encoder.layer[layer] for layer in layers)
    model.bert.load_state_dict(encoder.state_dict(), strict=False)
    return model


def forward(model: Any, ids: Tensor, mask: Tensor, spans: Tensor) -> Answers:
    """Read token ids (texts, tokens) whole, and their passages in the context of the whole.

    A passage is the mean of its tokens' states ("late chunking", Günther et al. 2024, arXiv:2409.04701), read by the
    same pooler and heads as the first token's state, which stands for the whole text.

    Args:
        model: what `build` gave.
        ids: token ids.
        mask: 1 where a token is real.
        spans: (texts, spans, tokens), the weight of each token in each passage; a row sums to one, or is empty.
    """
    encoded = model.bert(input_ids=ids, attention_mask=mask)
    states = encoded.last_hidden_state
    pooler = model.bert.pooler
    means = torch.bmm(spans.to(states.dtype), states)
    return Answers(
        model.classifier(model.dropout(encoded.pooler_output)),
        pool(states, mask),
        model.classifier(model.dropout(pooler.activation(pooler.dense(means)))),
        nn.functional.normalize(means, dim=-1),
    )


def pool(states: Tensor, mask: Tensor) -> Tensor:
    """Mean of the states of real tokens, unit length: multilingual-e5's sentence embedding."""
    weights = mask.unsqueeze(-1).to(states.dtype)
    mean = (states * weights).sum(1) / weights.sum(1)
    return nn.functional.normalize(mean, dim=-1)


def save(model: Any, base: str, folder: Path) -> None:
    """A plain transformers checkpoint in fp16, with the tokenizer."""
    half: Any = BertForSequenceClassification(model.config)
    half.to(torch.float16)
    half.load_state_dict({name: tensor.half() for name, tensor in model.state_dict().items()})
    half.save_pretrained(folder)
    AutoTokenizer.from_pretrained(base).save_pretrained(folder)
