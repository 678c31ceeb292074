"""Engines: token ids in, logits and embeddings out. ONNX Runtime on CPUs, torch on GPUs and for training."""

import os
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from domain.errors import ModelMissing

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]


class Outputs(NamedTuple):
    """What one pass says of a batch of texts, and of passages inside them; embeddings have unit length."""

    logits: Floats  # (texts, labels)
    embeddings: Floats  # (texts, hidden)
    span_logits: Floats  # (texts, spans, labels)
    span_embeddings: Floats  # (texts, spans, hidden)


class Engine(Protocol):
    """Runs one padded batch."""

    def run(self, ids: Ints, mask: Ints, spans: Floats) -> Outputs:
        """Read token ids and their mask (texts, tokens), and the share of each token in each passage.

        `spans` is (texts, spans, tokens); a row sums to one, or is empty where a text has fewer passages.
        """
        ...


class OnnxEngine:
    """`model.int8.onnx` of a checkpoint."""

    def __init__(self, folder: Path, threads: int | None = None) -> None:
        import onnxruntime

        path = folder / "model.int8.onnx"
        if not path.is_file():
            raise ModelMissing(
                f"no {path.name} in {folder}; train it with: shenava train {folder}, or use --engine torch"
            )
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads or os.cpu_count() or 1
        # Spinning threads starve whatever else runs on the machine: cron shares it.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self.session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def run(self, ids: Ints, mask: Ints, spans: Floats) -> Outputs:
        """See Engine."""
        return Outputs(*self.session.run(None, {"input_ids": ids, "attention_mask": mask, "spans": spans}))


class TorchEngine:
    """The plain transformers checkpoint, on a GPU if there is one."""

    def __init__(self, folder: Path) -> None:
        try:
            import torch
            from transformers import AutoModelForSequenceClassification
        except ImportError as error:
            raise ModelMissing("the torch engine needs: pip install 'shenava[train]'") from error
        self.torch = torch
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        model: Any = AutoModelForSequenceClassification.from_pretrained(folder, dtype=torch.float32)
        self.model = model.to(self.device).eval()

    def run(self, ids: Ints, mask: Ints, spans: Floats) -> Outputs:
        """See Engine."""
        from nlp.training.network import forward

        ids_, mask_, spans_ = (self.torch.from_numpy(array).to(self.device) for array in (ids, mask, spans))
        with self.torch.inference_mode():
            answers = forward(self.model, ids_, mask_, spans_)
        return Outputs(*(tensor.float().cpu().numpy() for tensor in answers))


ENGINES: dict[str, type[OnnxEngine] | type[TorchEngine]] = {"onnx": OnnxEngine, "torch": TorchEngine}
