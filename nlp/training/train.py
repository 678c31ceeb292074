"""Training: recipe in, checkpoint out. A killed run continues at its last whole epoch."""

import logging
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor

from nlp.normalise import for_model
from nlp.training import data, losses, network
from nlp.training.data import Array, Example
from nlp.training.recipe import Recipe

logger = logging.getLogger(__name__)
Tick = Callable[[int, int, str], None]


class Texts:
    """Texts as token ids, padded in batches."""

    def __init__(self, tokenizer_file: Path, pad_id: int, max_tokens: int) -> None:
        self.tokenizer = Tokenizer.from_file(str(tokenizer_file))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(max_tokens)
        self.pad_id = pad_id

    def encode(self, texts: Sequence[str], prefix: str = "") -> list[list[int]]:
        """Token ids of each text in its form for the model."""
        return [code.ids for code in self.tokenizer.encode_batch([prefix + for_model(text) for text in texts])]

    def pad(self, rows: Sequence[list[int]]) -> tuple[Tensor, Tensor]:
        """Token ids and attention mask, (texts, tokens)."""
        width = max(map(len, rows))
        ids = torch.tensor([row + [self.pad_id] * (width - len(row)) for row in rows])
        mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows])
        return ids, mask


def base_embeddings(base: str, texts: Texts, rows: Sequence[str], folder: Path, tick: Tick) -> Array:
    """The pretrained encoder's own sentence embeddings, (texts, hidden): what distillation keeps."""
    cache = folder / f"base-{sha256(chr(0).join([base, *rows]).encode()).hexdigest()[:16]}.npy"
    if cache.exists():
        return np.asarray(np.load(cache), np.float32)
    from transformers import AutoModel

    encoder = AutoModel.from_pretrained(base, add_pooling_layer=False, dtype=torch.float32).eval()
    codes = texts.encode(rows, prefix="query: ")
    out: Array = np.zeros((len(rows), encoder.config.hidden_size), np.float32)
    order = sorted(range(len(codes)), key=lambda row: len(codes[row]))
    for start in range(0, len(order), 32):
        some = order[start : start + 32]
        ids, mask = texts.pad([codes[row] for row in some])
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
            states = encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        out[some] = network.pool(states.float(), mask).numpy()
        tick(start, len(order), "embedding with the base")
    cache.parent.mkdir(parents=True, exist_ok=True)
    np.save(cache, out.astype(np.float16))
    return out


def load_training_sets(recipe: Recipe, datasets: Path) -> tuple[list[Example], list[Example], dict[str, list[Example]]]:
    """Annotated train and dev examples, and the sentiment-marked sets without the annotated texts."""
    test = data.annotated(datasets / "cx" / "test.jsonl.gz")
    train, dev = data.split(data.without(data.annotated(datasets / "cx" / "train.jsonl.gz"), test), recipe.dev_share)
    held = [*train, *dev, *test]
    return train, dev, {name: data.without(data.marked(datasets, name), held) for name in recipe.sentiment_sets}


def train(recipe: Recipe, base: str, datasets: Path, work: Path, tick: Tick) -> tuple[Any, list[Example]]:
    """Train by a recipe; returns the model and the dev examples for calibration.

    Args:
        recipe: every choice.
        base: folder of the pretrained encoder with its tokenizer.json.
        datasets: folder with cx/ and train/.
        work: where the caches and the last whole epoch are kept.
        tick: called with (done, total, what).
    """
    torch.manual_seed(recipe.seed)
    rng = np.random.default_rng(recipe.seed)
    annotated, dev, marked = load_training_sets(recipe, datasets)
    pool = [example for name in marked for example in marked[name]]
    odds = np.concatenate([np.full(len(marked[name]), recipe.sentiment_sets[name]) for name in marked])
    # The rows of all epochs are drawn now, so that a run that continues sees the same ones.
    draws = [
        rng.choice(len(pool), min(recipe.sentiment_rows, len(pool)), replace=False, p=odds / odds.sum())
        for _ in range(recipe.epochs)
    ]
    shuffles = [rng.permutation(len(annotated) + len(draw)) for draw in draws]

    model = network.build(base, recipe.layers, recipe.dropout)
    texts = Texts(Path(base) / "tokenizer.json", model.config.pad_token_id, recipe.max_tokens)
    distilled = sorted(set(np.concatenate(draws).tolist()))[:: max(1, len(pool) // max(1, recipe.distil_rows))][
        : recipe.distil_rows
    ]
    teacher_rows = [example.text for example in annotated] + [pool[row].text for row in distilled]
    teacher = torch.from_numpy(base_embeddings(base, texts, teacher_rows, work, tick))
    teacher_of = {annotated[row].id: row for row in range(len(annotated))}
    teacher_of |= {pool[row].id: len(annotated) + position for position, row in enumerate(distilled)}

    weights = losses.label_weights(annotated)
    steps = sum(-(-len(shuffle) // recipe.batch) for shuffle in shuffles)
    optimiser, schedule = _optimiser(model, recipe, steps)
    done = _resume(work, model, optimiser, schedule)
    step = sum(-(-len(shuffle) // recipe.batch) for shuffle in shuffles[:done])
    for epoch in range(done, recipe.epochs):
        model.train()
        examples = annotated + [pool[row] for row in draws[epoch]]
        examples = [examples[row] for row in shuffles[epoch]]
        running = 0.0
        for batch in _batches(examples, texts, recipe.batch, rng):
            loss = _step(model, batch, weights, teacher, teacher_of, recipe)
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            optimiser.zero_grad(set_to_none=True)
            step += 1
            running = 0.98 * running + 0.02 * float(loss) if running else float(loss)
            tick(step, steps, f"epoch {epoch + 1} of {recipe.epochs}, loss {running:.2f}")
        work.mkdir(parents=True, exist_ok=True)
        state = {
            "model": model.state_dict(),
            "optimiser": optimiser.state_dict(),
            "schedule": schedule.state_dict(),
            "done": epoch + 1,
        }
        torch.save(state, work / "last.tmp")
        (work / "last.tmp").replace(work / "last.pt")
    return model.eval(), dev


Batch = tuple[list[Example], Tensor, Tensor]


def _batches(examples: Sequence[Example], texts: Texts, size: int, rng: np.random.Generator) -> Iterator[Batch]:
    """Batches of similar length from a shuffled list: sorted within windows, so padding is small and order random."""
    window = size * 40
    for start in range(0, len(examples), window):
        part = examples[start : start + window]
        codes = texts.encode([example.text for example in part])
        order = sorted(range(len(part)), key=lambda row: len(codes[row]))
        batches = [order[first : first + size] for first in range(0, len(order), size)]
        for which in rng.permutation(len(batches)):
            rows = batches[which]
            yield [part[row] for row in rows], *texts.pad([codes[row] for row in rows])


def _step(
    model: Any, batch: Batch, weights: Tensor, teacher: Tensor, teacher_of: dict[str, int], recipe: Recipe
) -> Tensor:
    examples, ids, mask = batch
    target = torch.from_numpy(np.stack([example.target for example in examples]))
    known = torch.from_numpy(np.stack([example.known for example in examples]))
    with torch.autocast("cpu", torch.bfloat16):
        logits, embedding = network.forward(model, ids, mask)
    row_weight = torch.where(known.min(-1).values > 0, 1.0, recipe.sentiment_weight)
    loss: Tensor = (losses.row_losses(logits.float(), target, known, weights) * row_weight).mean()
    taught = [row for row, example in enumerate(examples) if example.id in teacher_of]
    if taught:
        goal = teacher[[teacher_of[examples[row].id] for row in taught]]
        loss = loss + recipe.distil_weight * (1 - (embedding[taught].float() * goal).sum(-1)).mean()
    return loss


def _optimiser(model: Any, recipe: Recipe, steps: int) -> tuple[Any, Any]:
    groups: dict[tuple[bool, bool], list[Tensor]] = {}
    for name, parameter in model.named_parameters():
        fresh = "classifier" in name or "pooler" in name
        decays = parameter.ndim > 1
        groups.setdefault((fresh, decays), []).append(parameter)
    optimiser = torch.optim.AdamW(
        [
            {
                "params": parameters,
                "lr": recipe.head_rate if fresh else recipe.body_rate,
                "weight_decay": recipe.weight_decay if decays else 0.0,
            }
            for (fresh, decays), parameters in groups.items()
        ]
    )
    warm = max(1, int(steps * recipe.warmup))

    def rate(step: int) -> float:
        return step / warm if step < warm else max(0.0, (steps - step) / max(1, steps - warm))

    return optimiser, torch.optim.lr_scheduler.LambdaLR(optimiser, rate)


def _resume(work: Path, model: Any, optimiser: Any, schedule: Any) -> int:
    last = work / "last.pt"
    if not last.exists():
        return 0
    state = torch.load(last, weights_only=True)
    model.load_state_dict(state["model"])
    optimiser.load_state_dict(state["optimiser"])
    schedule.load_state_dict(state["schedule"])
    logger.info("continuing after epoch %d", state["done"])
    return int(state["done"])
