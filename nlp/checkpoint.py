"""Checkpoint: a folder that plain transformers loads; how its logits are read lies in its config.json."""

import json
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from domain.errors import ModelMissing
from nlp import heads

Floats = npt.NDArray[np.float32]
ONNX = "model.int8.onnx"


@dataclass(frozen=True, slots=True)
class Calibration:
    """Chosen on the dev split: how logits become honest probabilities, and which are sure enough."""

    #: Temperature of each head: its logits are divided by it.
    temperatures: dict[str, float]
    #: Probability from which a label of a sigmoid head holds, by score key.
    thresholds: dict[str, float]
    #: Probability from which a second touchpoint is named.
    second_touchpoint: float
    #: Probability of "no experience or spam" from which a text is set aside: losing an experience is the worse error.
    set_aside: float
    #: Least probability of the sentiment at which a prediction is `confident`.
    sure_sentiment: float
    #: Added to the scaled logit of a label before it becomes a probability, by score key.
    shifts: dict[str, float] = field(default_factory=dict)
    #: What a label's probability is multiplied by when labels compete, by score key: macro-F1 wants rare ones found.
    leaning: dict[str, float] = field(default_factory=dict)

    def probabilities(self, logits: Floats) -> Floats:
        """Calibrated probabilities, (texts, labels), of logits of the same shape."""
        out = np.empty_like(logits, dtype=np.float32)
        for head, where in zip(heads.HEADS, heads.slices().values(), strict=True):
            shift = np.array([self.shifts.get(key, 0.0) for key in head.keys], np.float32)
            scaled = logits[:, where] / self.temperatures[head.name] + shift
            if head.kind is heads.Kind.ONE:
                scaled = np.exp(scaled - scaled.max(-1, keepdims=True))
                out[:, where] = scaled / scaled.sum(-1, keepdims=True)
            else:
                out[:, where] = 1 / (1 + np.exp(-scaled.clip(-30, 30)))
        return out


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Where a model lies, what it is called, and how to read it."""

    folder: Path
    #: "reader@<8 hex digits of the SHA-256 of weights and calibration>": stored with every prediction.
    version: str
    pad_id: int
    calibration: Calibration
    #: Of each set that it was trained on, the share of each mark under each sentiment: (sentiments, marks).
    marks: dict[str, Floats]
    #: What all sentence embeddings of this encoder share, (hidden,): see `distinct`.
    common: Floats

    @property
    def width(self) -> int:
        """Number of labels."""
        return len(heads.keys())

    def distinct(self, embeddings: Floats) -> Floats:
        """Embeddings (texts, hidden) without their common direction, unit length.

        All of an encoder's embeddings point nearly the same way (cosines of 0.86 to 0.96); what they share says
        nothing. Without it, unrelated texts stand near 0 and texts of one meaning near 0.5 (all-but-the-top,
        Mu & Viswanath 2018, its first step).
        """
        apart = embeddings - self.common
        return np.asarray(apart / np.maximum(np.linalg.norm(apart, axis=-1, keepdims=True), 1e-9), np.float32)


def open_checkpoint(model: str) -> Checkpoint:
    """Open a local folder, or fetch a hub name.

    Raises:
        ModelMissing: nothing is there, or it was trained for another vocabulary.
    """
    folder = Path(model) if Path(model).is_dir() else _fetch(model)
    try:
        config: dict[str, Any] = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        known = [config["id2label"][str(index)] for index in range(len(config["id2label"]))]
        shenava = config["shenava"]
        calibration = Calibration(**shenava["calibration"])
        marks = {name: np.array(shares, np.float32) for name, shares in shenava["marks"].items()}
        common, pad_id = np.array(shenava["common"], np.float32), int(config["pad_token_id"])
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise ModelMissing(
            f"{folder} holds no checkpoint of ours ({error}); make one with: shenava train {folder}"
        ) from error
    if known != heads.keys():
        odd = sorted(set(known) ^ set(heads.keys())) or ["their order"]
        raise ModelMissing(
            f"{folder} was trained for another vocabulary ({odd[0]} differs); run: shenava train {folder}"
        )
    version = str(shenava["version"])
    if (folder / ONNX).is_file() and not version.endswith(f"@{fingerprint(folder, calibration)}"):
        raise ModelMissing(
            f"the files in {folder} are not of one training; if one is just ending, try again in a minute"
        )
    return Checkpoint(folder, version, pad_id, calibration, marks, common)


def fingerprint(folder: Path, calibration: Calibration) -> str:
    """First 8 hex digits of the SHA-256 of the weights that serve and of how they are read."""
    how = json.dumps(asdict(calibration), sort_keys=True).encode()
    return sha256((folder / ONNX).read_bytes() + how).hexdigest()[:8]


def _fetch(name: str) -> Path:
    if "/" not in name or Path(name).is_absolute() or name.startswith((".", "models/")):
        raise ModelMissing(
            f"no checkpoint at {name}; give a folder with config.json, or make it with: shenava train {name}"
        )
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name))
    except Exception as error:
        raise ModelMissing(f"no folder {name}, and the hub does not give it ({type(error).__name__})") from error
