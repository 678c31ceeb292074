"""What is learned beside labels: the pretrained encoder's sense of meaning, and a bigger reader's answers."""

from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from tokenizers import Tokenizer

from domain.settings import ROOT
from nlp.normalise import for_model
from nlp.training import network
from nlp.training.batches import Texts
from nlp.training.data import WIDTH, Array, Example

Tick = Callable[[int, int, str], None]


class Lesson(NamedTuple):
    """A teacher's word on a text."""

    #: Calibrated probability of each label, (labels,).
    scores: Array
    #: Its sentence embedding, unit length, (hidden,).
    embedding: Array


def tokenizer_of(base: str) -> Tokenizer:
    """The fast tokenizer of an encoder; one that has none is converted."""
    from transformers import AutoTokenizer

    tokenizer: Any = AutoTokenizer.from_pretrained(base)
    return Tokenizer.from_str(tokenizer.backend_tokenizer.to_str())


def base_embeddings(
    base: str, texts: Texts, examples: Sequence[Example], work: Path, device: str, tick: Tick
) -> dict[str, Array]:
    """The pretrained encoder's own sentence embeddings, (hidden,) by id: what training shall not forget."""
    cache = _cache(work, "meaning", f"{base} {texts.max_tokens}", examples)
    if not cache.exists():
        from transformers import AutoModel

        encoder = AutoModel.from_pretrained(base, add_pooling_layer=False, dtype=torch.float32).to(device).eval()
        # multilingual-e5 wants to be told that a text is a query.
        codes = texts.encode([example.text for example in examples], prefix="query: ")
        out: Array = np.zeros((len(codes), encoder.config.hidden_size), np.float32)
        order = sorted(range(len(codes)), key=lambda row: len(codes[row]))
        for start in range(0, len(order), 32):
            some = order[start : start + 32]
            ids, mask = (tensor.to(device) for tensor in texts.pad([codes[row] for row in some]))
            with torch.inference_mode(), torch.autocast(device, torch.bfloat16):
                states = encoder(input_ids=ids, attention_mask=mask).last_hidden_state
            out[some] = network.pool(states.float(), mask).cpu().numpy()
            tick(start, len(order), "embedding with the base")
        _write(cache, out)
    rows = np.load(cache)
    return {example.id: row for example, row in zip(examples, rows, strict=True)}


def lessons(teacher: str, examples: Sequence[Example], work: Path, tick: Tick) -> dict[str, Lesson]:
    """What another reader of models/ says of every example, by id."""
    from nlp.classifier import Classifier

    classifier = Classifier.load(ROOT / "models" / teacher, "onnx")
    cache = _cache(work, "lessons", classifier.version, examples)
    if not cache.exists():
        out: list[Array] = []
        for start in range(0, len(examples), 1000):
            forms = [for_model(example.text) for example in examples[start : start + 1000]]
            logits, embeddings = classifier.raw(forms)
            out.append(np.hstack([classifier.checkpoint.calibration.probabilities(logits), embeddings]))
            tick(start, len(examples), "asking the teacher")
        _write(cache, np.concatenate(out))
    rows = np.load(cache)
    return {e.id: Lesson(row[:WIDTH], row[WIDTH:]) for e, row in zip(examples, rows, strict=True)}


def _cache(work: Path, what: str, who: str, examples: Sequence[Example]) -> Path:
    told = chr(0).join([who, *(f"{example.id} {example.text}" for example in examples)])
    return work / f"{what}-{sha256(told.encode('utf-8', 'replace')).hexdigest()[:16]}.npy"


def _write(cache: Path, rows: Array) -> None:
    cache.parent.mkdir(parents=True, exist_ok=True)
    draft = cache.with_suffix(".tmp.npy")
    np.save(draft, rows.astype(np.float16))
    draft.replace(cache)
