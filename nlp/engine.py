"""Engines: token ids in, logits and embeddings out. ONNX Runtime on CPUs, torch on GPUs and for training."""

import os
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from domain.errors import ModelMissing

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]


class Engine(Protocol):
    """Runs one padded batch."""

    def run(self, ids: Ints, mask: Ints) -> tuple[Floats, Floats]:
        """Logits (texts, labels) and unit-length embeddings (texts, hidden) of token ids (texts, tokens)."""
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

    def run(self, ids: Ints, mask: Ints) -> tuple[Floats, Floats]:
        """See Engine."""
        logits, embeddings = self.session.run(None, {"input_ids": ids, "attention_mask": mask})
        return logits, embeddings


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

    def run(self, ids: Ints, mask: Ints) -> tuple[Floats, Floats]:
        """See Engine."""
        from nlp.training.network import forward

        to = self.torch.from_numpy
        with self.torch.inference_mode():
            logits, embeddings = forward(self.model, to(ids).to(self.device), to(mask).to(self.device))
        return logits.float().cpu().numpy(), embeddings.float().cpu().numpy()


ENGINES: dict[str, type[OnnxEngine] | type[TorchEngine]] = {"onnx": OnnxEngine, "torch": TorchEngine}
