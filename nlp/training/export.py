"""From the torch network to ONNX int8: what CPUs run by default."""

import tempfile
import warnings
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from nlp.training.network import forward


class _Outputs(nn.Module):
    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def forward(self, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        return forward(self.model, ids, mask)


def export_onnx(folder: Path) -> Path:
    """Write `model.int8.onnx` of a checkpoint folder: dynamic int8 weights, logits and embedding as outputs."""
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from transformers import AutoModelForSequenceClassification

    model = AutoModelForSequenceClassification.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager")
    # .eval() on the wrapper: exporting a fresh one would leave dropout on.
    outputs = _Outputs(model).eval()
    ids = torch.tensor([[0, 5, 6, 2], [0, 7, 2, 1]])
    mask = torch.tensor([[1, 1, 1, 1], [1, 1, 1, 0]])
    names = ["input_ids", "attention_mask"]
    with tempfile.TemporaryDirectory() as scratch, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the legacy exporter announces its retirement
        plain = Path(scratch) / "model.onnx"
        torch.onnx.export(
            outputs, (ids, mask), str(plain), dynamo=False, opset_version=17, input_names=names,
            output_names=["logits", "embedding"], dynamic_axes={name: {0: "texts", 1: "tokens"} for name in names},
        )  # fmt: skip
        target = folder / "model.int8.onnx"
        quantize_dynamic(plain, target, per_channel=True, weight_type=QuantType.QInt8)
    return target
