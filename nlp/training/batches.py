"""Batches: texts as padded token ids, with the tokens of each passage, in an order that a seed decides."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from tokenizers import Tokenizer
from torch import Tensor

from nlp.normalise import for_model, located
from nlp.tokens import Code, codes, padded
from nlp.training.data import Example
from nlp.training.slips import misspelt, romanised


@dataclass(frozen=True, slots=True)
class Batch:
    """Examples with their tokens. `spans` is (texts, 1 + most parts, tokens): the whole text first, then its parts."""

    examples: list[Example]
    ids: Tensor
    mask: Tensor
    spans: Tensor


class Texts:
    """Texts as token ids, padded in batches."""

    def __init__(
        self, tokenizer: Tokenizer, pad_id: int, max_tokens: int, typos: float = 0.0, latin: float = 0.0
    ) -> None:
        self.tokenizer = tokenizer
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(max_tokens)
        self.max_tokens = max_tokens
        self.pad_id = pad_id
        self.typos, self.latin = typos, latin

    def encode(self, texts: Sequence[str], prefix: str = "") -> list[list[int]]:
        """Token ids of each text in its form for the model."""
        return [code.ids for code in self.tokenizer.encode_batch([prefix + for_model(text) for text in texts])]

    def pad(self, rows: Sequence[list[int]]) -> tuple[Tensor, Tensor]:
        """Token ids and attention mask, (texts, tokens)."""
        ids, mask, _ = padded([Code(row, []) for row in rows], self.pad_id)
        return torch.from_numpy(ids), torch.from_numpy(mask)

    def batches(self, examples: Sequence[Example], size: int, rng: np.random.Generator) -> Iterator[Batch]:
        """Batches of similar length from a shuffled list: sorted within windows, so padding is small, order random."""
        window = size * 40
        for start in range(0, len(examples), window):
            part = examples[start : start + window]
            read = codes(self.tokenizer, [self._form(example, rng) for example in part])
            order = sorted(range(len(part)), key=lambda row: len(read[row].ids))
            groups = [order[first : first + size] for first in range(0, len(order), size)]
            for which in rng.permutation(len(groups)):
                rows = groups[which]
                # The whole text is a passage, too: what is learned from one serves the other.
                whole = [Code(read[row].ids, [(0, len(read[row].ids)), *read[row].spans]) for row in rows]
                yield Batch([part[row] for row in rows], *map(torch.from_numpy, padded(whole, self.pad_id)))

    def _form(self, example: Example, rng: np.random.Generator) -> tuple[str, list[int]]:
        if example.parts:
            return located(example.text, [offset for part in example.parts for offset in (part.start, part.end)])
        form = for_model(example.text)
        if rng.random() < self.latin:
            form = romanised(form, rng)
        return (misspelt(form, rng) if rng.random() < self.typos else form), []


def draw(pool: Sequence[Example], odds: npt.NDArray[np.float64], size: int, rng: np.random.Generator) -> list[Example]:
    """So many of a pool, without repetition."""
    size = min(size, len(pool))
    return [pool[row] for row in rng.choice(len(pool), size, replace=False, p=odds / odds.sum())] if size else []
