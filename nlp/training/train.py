"""Training: recipe in, checkpoint out. A killed run continues at its last whole epoch."""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
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
    folder.mkdir(parents=True, exist_ok=True)
    draft = cache.with_suffix(".tmp.npy")
    np.save(draft, out.astype(np.float16))
    draft.replace(cache)
    return out


def load_training_sets(recipe: Recipe, datasets: Path) -> tuple[list[Example], list[Example], dict[str, list[Example]]]:
    """Annotated train and dev examples, and the sentiment-marked sets without the annotated texts."""
    test = data.annotated(datasets / "cx" / "test.jsonl.gz")
    train, dev = data.split(data.without(data.annotated(datasets / "cx" / "train.jsonl.gz"), test), recipe.dev_share)
    held = [*train, *dev, *test]
    return train, dev, {name: data.without(data.marked(datasets, name), held) for name in recipe.sentiment_sets}


@dataclass(frozen=True, slots=True)
class Plan:
    """All texts of all epochs, drawn before the first step: a run that continues sees the same ones."""

    annotated: list[Example]
    #: Every marked example, and for each epoch which of them are drawn and in which order all are read.
    pool: list[Example]
    draws: list[npt.NDArray[np.int64]]
    shuffles: list[npt.NDArray[np.int64]]
    batch: int

    def epoch(self, number: int) -> list[Example]:
        """The examples of an epoch, in their order."""
        examples = self.annotated + [self.pool[row] for row in self.draws[number]]
        return [examples[row] for row in self.shuffles[number]]

    def steps(self, epochs: int) -> int:
        """Steps of so many epochs."""
        return sum(-(-len(shuffle) // self.batch) for shuffle in self.shuffles[:epochs])

    def taught(self, most: int) -> list[Example]:
        """The examples whose embedding is distilled: all annotated ones, and some of those drawn."""
        drawn = sorted(set(np.concatenate(self.draws).tolist()))
        some = drawn[:: max(1, len(drawn) // max(1, most))][:most]
        return self.annotated + [self.pool[row] for row in some]


def _plan(recipe: Recipe, annotated: list[Example], marked: dict[str, list[Example]]) -> Plan:
    rng = np.random.default_rng(recipe.seed)
    pool = [example for name in marked for example in marked[name]]
    odds = np.concatenate([np.full(len(marked[name]), recipe.sentiment_sets[name]) for name in marked])
    size = min(recipe.sentiment_rows, len(pool))
    draws = [rng.choice(len(pool), size, replace=False, p=odds / odds.sum()) for _ in range(recipe.epochs)]
    shuffles = [rng.permutation(len(annotated) + size) for _ in draws]
    return Plan(annotated, pool, draws, shuffles, recipe.batch)


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
    annotated, dev, marked = load_training_sets(recipe, datasets)
    plan = _plan(recipe, annotated, marked)
    model = network.build(base, recipe.layers, recipe.dropout)
    texts = Texts(Path(base) / "tokenizer.json", model.config.pad_token_id, recipe.max_tokens)
    taught = plan.taught(recipe.distil_rows)
    teacher = torch.from_numpy(base_embeddings(base, texts, [example.text for example in taught], work, tick))
    teacher_of = {example.id: row for row, example in enumerate(taught)}
    weights = losses.label_weights(annotated)
    total = plan.steps(recipe.epochs)
    optimiser, schedule = _optimiser(model, recipe, total)
    last = work / f"last-{_fingerprint(recipe, base, plan)}.pt"
    done = _resume(last, model, optimiser, schedule)
    for epoch in range(done, recipe.epochs):
        model.train()
        running, step = 0.0, plan.steps(epoch)
        for batch in _batches(plan.epoch(epoch), texts, recipe.batch, np.random.default_rng((recipe.seed, epoch))):
            loss = _step(model, batch, weights, teacher, teacher_of, recipe)
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            optimiser.zero_grad(set_to_none=True)
            step += 1
            running = 0.98 * running + 0.02 * loss.item() if running else loss.item()
            tick(step, total, f"epoch {epoch + 1} of {recipe.epochs}, loss {running:.2f}")
        _keep(last, model, optimiser, schedule, epoch + 1)
    return model.eval(), dev


def _fingerprint(recipe: Recipe, base: str, plan: Plan) -> str:
    """Changes with the recipe, the base and the texts: another training never continues this one."""
    ids = ",".join(example.id for example in (*plan.annotated, *plan.pool))
    return sha256(f"{recipe}|{base}|{ids}".encode()).hexdigest()[:16]


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


def _resume(last: Path, model: Any, optimiser: Any, schedule: Any) -> int:
    """Epochs that an earlier run of this very training finished; its state is loaded."""
    if not last.exists():
        return 0
    state = torch.load(last, weights_only=True)
    model.load_state_dict(state["model"])
    optimiser.load_state_dict(state["optimiser"])
    schedule.load_state_dict(state["schedule"])
    logger.info("continuing after epoch %d", state["done"])
    return int(state["done"])


def _keep(last: Path, model: Any, optimiser: Any, schedule: Any, done: int) -> None:
    """Keep the state after a whole epoch; the file appears whole or not at all."""
    last.parent.mkdir(parents=True, exist_ok=True)
    parts = {"model": model, "optimiser": optimiser, "schedule": schedule}
    draft = last.with_suffix(".tmp")
    torch.save({name: part.state_dict() for name, part in parts.items()} | {"done": done}, draft)
    draft.replace(last)
