"""From the torch network to ONNX int8: what CPUs run by default."""

import tempfile
import warnings
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from nlp.training.network import Answers, forward


class _Outputs(nn.Module):
    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def forward(self, ids: Tensor, mask: Tensor, spans: Tensor) -> Answers:
        return forward(self.model, ids, mask, spans)


def export_onnx(folder: Path) -> Path:
    """Write `model.int8.onnx` of a checkpoint folder: dynamic int8 weights, logits and embedding as outputs."""
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from transformers import AutoModelForSequenceClassification

    model = AutoModelForSequenceClassification.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager")
    # .eval() on the wrapper: exporting a fresh one would leave dropout on.
    outputs = _Outputs(model).eval()
    ids = torch.tensor([[0, 5, 6, 2], [0, 7, 2, 1]])
    mask = torch.tensor([[1, 1, 1, 1], [1, 1, 1, 0]])
    spans = torch.tensor([[[0.0, 0.5, 0.5, 0.0], [0.0, 0.0, 1.0, 0.0]], [[0.0, 1.0, 0.0, 0.0], [0.0] * 4]])
    axes = {name: {0: "texts", 1: "tokens"} for name in ("input_ids", "attention_mask")}
    with tempfile.TemporaryDirectory() as scratch, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the legacy exporter announces its retirement
        plain = Path(scratch) / "model.onnx"
        torch.onnx.export(
            outputs, (ids, mask, spans), str(plain), dynamo=False, opset_version=17, input_names=[*axes, "spans"],
            output_names=list(Answers._fields),
            dynamic_axes={**axes, "spans": {0: "texts", 1: "spans", 2: "tokens"},
                          **{name: {0: "texts"} for name in Answers._fields}},
        )  # fmt: skip
        target = folder / "model.int8.onnx"
        quantize_dynamic(plain, target, per_channel=True, weight_type=QuantType.QInt8)
    return target
