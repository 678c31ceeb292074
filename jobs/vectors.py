"""Vectors: embeddings as the store keeps them, and back."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt


def pack(embedding: npt.NDArray[np.float32]) -> bytes:
    """An embedding as the store keeps it: float16 bytes."""
    return embedding.astype(np.float16).tobytes()


def unpack(stored: Sequence[bytes]) -> npt.NDArray[np.float32]:
    """Embeddings (rows, hidden) from the store's bytes."""
    return np.stack([np.frombuffer(one, np.float16) for one in stored]).astype(np.float32)
