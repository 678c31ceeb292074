"""The network: a BERT encoder, one linear layer for all heads, and a mean-pooled sentence embedding."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AutoConfig, AutoModel, AutoTokenizer, BertForSequenceClassification

from nlp.heads import keys


def build(base: str, layers: Sequence[int], dropout: float) -> Any:
    """A plain `BertForSequenceClassification` that starts from some layers of a pretrained encoder.

    Args:
        base: folder or hub name of a BERT-shaped encoder.
        layers: which of its layers to keep, in order.
        dropout: of the classification head; the encoder keeps its own.
    """
    config = AutoConfig.from_pretrained(base)
    config.num_hidden_layers = len(layers)
    config.id2label = dict(enumerate(keys()))
    config.label2id = {key: index for index, key in enumerate(keys())}
    config.problem_type = "multi_label_classification"
    config.classifier_dropout = dropout
    config.dtype = torch.float32
    model = BertForSequenceClassification(config)
    encoder = AutoModel.from_pretrained(base, add_pooling_layer=False, dtype=torch.float32)
    encoder.encoder.layer = nn.ModuleList(encoder.encoder.layer[layer] for layer in layers)
    model.bert.load_state_dict(encoder.state_dict(), strict=False)
    return model


def forward(model: Any, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """Logits (texts, labels) and unit-length embeddings (texts, hidden) of token ids (texts, tokens)."""
    encoded = model.bert(input_ids=ids, attention_mask=mask)
    logits = model.classifier(model.dropout(encoded.pooler_output))
    return logits, pool(encoded.last_hidden_state, mask)


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
