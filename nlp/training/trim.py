"""Trim: a multilingual encoder keeps only the vocabulary that Persian texts need.

multilingual-e5-small has 250,002 pieces for a hundred languages: 96 of its 118 million weights are their embeddings.
Dropping rows that no Persian text asks for changes no answer (Abdaoui et al. 2020, "Load what you need",
arXiv:2010.05609): what is kept, is kept exactly.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import AutoModel, AutoTokenizer

from domain.errors import BadInput
from nlp.normalise import for_model

#: Pieces of Latin letters that are kept beside those the texts use: brands, models, English words.
LATIN = 4000
#: Vocabularies of fewer pieces are of one language, or trimmed already.
LARGE = 60_000
_PERSIAN = frozenset("ءآأؤئابتثجحخدذرزسشصضطظعغفقلمنهوپچژکگیۀة0123456789۰۱۲۳۴۵۶۷۸۹")
_SPACE = "▁"


def trimmable(base: str) -> bool:
    """Whether an encoder has a vocabulary of many languages that can be cut."""
    tokenizer: Any = AutoTokenizer.from_pretrained(base)
    kind = json.loads(tokenizer.backend_tokenizer.to_str())["model"]["type"]
    return bool(kind == "Unigram" and len(tokenizer) > LARGE)


def trim(base: str, texts: Iterable[str], folder: Path, latin: int = LATIN) -> Path:
    """Write an encoder with a smaller vocabulary to a folder; returns the folder.

    Kept are the special pieces, all single characters that occur in the texts or are Persian, every piece that the
    texts are cut into, every piece of Persian letters and the likeliest Latin ones.

    Args:
        base: folder or hub name of an encoder with a Unigram tokenizer (SentencePiece), as multilingual-e5-small has.
        texts: what it shall read.
        folder: where the smaller encoder is written.
        latin: how many Latin pieces are kept.

    Raises:
        BadInput: the tokenizer is of another kind.
    """
    tokenizer: Any = AutoTokenizer.from_pretrained(base)
    plan = json.loads(tokenizer.backend_tokenizer.to_str())
    if plan["model"]["type"] != "Unigram":
        raise BadInput(
            f"{base} has a {plan['model']['type']} tokenizer; only Unigram ones can be trimmed: set trim = false"
        )
    pieces: list[list[Any]] = plan["model"]["vocab"]
    used, characters = _used(tokenizer, texts)
    special = {entry["id"] for entry in plan["added_tokens"]} | {plan["model"]["unk_id"]}
    kept = sorted(
        special
        | used
        | {place for place, (piece, _) in enumerate(pieces) if _needed(piece, characters)}
        | set(_likeliest_latin(pieces, latin))
    )
    new = {old: place for place, old in enumerate(kept)}
    plan["model"]["vocab"] = [pieces[old] for old in kept if old < len(pieces)]
    plan["model"]["unk_id"] = new[plan["model"]["unk_id"]]
    _renumber(plan, new)
    _save(base, tokenizer, plan, kept, new, folder)
    return folder


def _used(tokenizer: Any, texts: Iterable[str]) -> tuple[set[int], set[str]]:
    used: set[int] = set()
    characters: set[str] = set()
    for text in texts:
        form = for_model(text)
        characters.update(form)
        used.update(tokenizer.backend_tokenizer.encode(form).ids)
    return used, characters


def _needed(piece: str, characters: set[str]) -> bool:
    letters = piece.replace(_SPACE, "")
    if len(letters) <= 1:
        return letters in characters or letters in _PERSIAN or not letters
    return set(letters) <= _PERSIAN


def _likeliest_latin(pieces: list[list[Any]], count: int) -> list[int]:
    found = [
        (-score, place)
        for place, (piece, score) in enumerate(pieces)
        if (letters := piece.replace(_SPACE, "")) and letters.isascii() and letters.isalpha()
    ]
    return [place for _, place in sorted(found)[:count]]


def _renumber(plan: dict[str, Any], new: dict[int, int]) -> None:
    """New ids wherever the tokenizer's file names old ones."""
    for entry in plan["added_tokens"]:
        entry["id"] = new[entry["id"]]
    for entry in (plan.get("post_processor") or {}).get("special_tokens", {}).values():
        entry["ids"] = [new[old] for old in entry["ids"]]
    if plan.get("padding"):
        plan["padding"]["pad_id"] = new[plan["padding"]["pad_id"]]


def _save(base: str, tokenizer: Any, plan: dict[str, Any], kept: list[int], new: dict[int, int], folder: Path) -> None:
    model: Any = AutoModel.from_pretrained(base, add_pooling_layer=False, dtype=torch.float32)
    rows = model.get_input_embeddings().weight.detach()[kept]
    words = nn.Embedding(len(rows), rows.shape[1], padding_idx=new[tokenizer.pad_token_id])
    words.weight = nn.Parameter(rows)
    model.set_input_embeddings(words)
    model.config.vocab_size = len(kept)
    for name in ("pad_token_id", "bos_token_id", "eos_token_id"):
        old = getattr(tokenizer, name)
        setattr(model.config, name, new[old] if old is not None else None)
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    (folder / "tokenizer.json").write_text(json.dumps(plan, ensure_ascii=False), encoding="utf-8")
