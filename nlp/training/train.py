"""Training: recipe in, checkpoint out. A killed run continues at its last whole epoch."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from domain.errors import BadInput
from nlp.training import losses, network
from nlp.training.batches import Batch, Texts
from nlp.training.data import WIDTH, Array, Example
from nlp.training.recipe import Recipe, Stage
from nlp.training.sets import Sets
from nlp.training.teachers import Lesson, base_embeddings, lessons, tokenizer_of

logger = logging.getLogger(__name__)
Tick = Callable[[int, int, str], None]
#: Steps between two steps of the running average.
_EVERY = 10


@dataclass(frozen=True, slots=True)
class Course:
    """What every step needs beside its batch."""

    recipe: Recipe
    weights: Tensor
    shares: dict[str, Array]
    meaning: dict[str, Array]
    lessons: dict[str, Lesson]
    device: str


def train(recipe: Recipe, base: str, sets: Sets, work: Path, tick: Tick) -> tuple[Any, list[float]]:
    """Train by a recipe; returns the model and the mean loss of each epoch.

    Args:
        recipe: every choice.
        base: folder or hub name of the pretrained encoder, or of the checkpoint of ours to start from.
        sets: what is learned from.
        work: where the caches and the last whole epoch are kept.
        tick: called with (done, total, what).
    """
    torch.manual_seed(recipe.seed)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = network.build(base, recipe.layers, recipe.dropout).to(device)
    texts = Texts(tokenizer_of(base), model.config.pad_token_id, recipe.max_tokens, recipe.typos, recipe.latin)
    course = _course(recipe, base, sets, texts, work, device, tick)
    if any(len(vector) != model.config.hidden_size for vector in course.meaning.values()):
        raise BadInput(f"{recipe.teacher} is of another width than {base}: take the recipe without a teacher")
    epochs = [(stage, number) for stage in recipe.stages for number in range(stage.epochs)]
    steps = {stage.name: len(sets.epoch(recipe, stage, 0)) // recipe.batch + 1 for stage in recipe.stages}
    total = sum(steps[stage.name] for stage, _ in epochs)
    last = work / f"last-{_key(recipe, base, sets)}.pt"
    state = State(model, recipe)
    done, curve = state.resume(last, device)
    for place, (stage, number) in enumerate(epochs):
        if number == 0:
            state.start(stage, steps[stage.name] * stage.epochs, fresh=place >= done)
        if place < done:
            continue
        # Each epoch has its own dice, so that a run which continues throws what an unbroken one would.
        torch.manual_seed(1000 * recipe.seed + place)
        rng = np.random.default_rng((recipe.seed, place))
        step, sum_ = sum(steps[s.name] for s, _ in epochs[:place]), 0.0
        model.train()
        for count, batch in enumerate(texts.batches(sets.epoch(recipe, stage, number), recipe.batch, rng), 1):
            loss = _loss(model, batch, course)
            state.step(loss)
            sum_ += loss.item()
            tick(step + count, total, f"{stage.name} {number + 1}/{stage.epochs}, loss {sum_ / count:.3f}")
        curve.append(round(sum_ / count, 4))
        logger.info("%s %d: loss %.4f", stage.name, number + 1, curve[-1])
        state.keep(last, place + 1, curve)
    return state.averaged(), curve


def _key(recipe: Recipe, base: str, sets: Sets) -> str:
    """Changes with whatever changes the weights, and with nothing else: another training never continues this one."""
    plain = replace(recipe, intended_use="", limits="", data_licence="", precision=0.0)
    weights = Path(base) / "model.safetensors"
    start = sha256(weights.read_bytes()).hexdigest() if weights.is_file() else base
    return sha256(repr((plain, start, sets.fingerprint())).encode()).hexdigest()[:16]


def _course(recipe: Recipe, base: str, sets: Sets, texts: Texts, work: Path, device: str, tick: Tick) -> Course:
    every = sets.every(recipe)
    targets = [example.target for example in sets.annotated if example.target is not None]
    told: dict[str, Lesson] = {}
    if recipe.teacher:
        told = lessons(recipe.teacher, every, work, tick)
        meaning = {name: lesson.embedding for name, lesson in told.items()}
    else:
        kept = {example.id: example for example in sets.given}
        kept |= {example.id: example for example in every[:: max(1, len(every) // max(1, recipe.distil_rows))]}
        meaning = base_embeddings(base, texts, list(kept.values()), work, device, tick)
    weights = losses.label_weights(np.stack(targets)).to(device)
    return Course(recipe, weights, sets.shares, meaning, told, device)


def _loss(model: Any, batch: Batch, course: Course) -> Tensor:
    """Labels where there are labels, marks where there are marks, the teacher's word and the base's meaning."""
    recipe, device = course.recipe, course.device
    with torch.autocast(device, torch.bfloat16):
        said = network.forward(model, batch.ids.to(device), batch.mask.to(device), batch.spans.to(device))
    logits, spans = said.logits.float(), said.span_logits.float()
    rows = len(batch.examples)
    loss = logits.new_zeros(())
    read = [row for row, example in enumerate(batch.examples) if example.target is not None]
    if read:
        goal = _stack([batch.examples[row].target for row in read], device)
        loss = loss + losses.row_losses(logits[read], goal, course.weights).sum() / rows
        loss = loss + recipe.part_weight * losses.row_losses(spans[read, 0], goal, course.weights).sum() / rows
    parts = [(row, n, part) for row, e in enumerate(batch.examples) for n, part in enumerate(e.parts, 1)]
    parts = [(row, n, part) for row, n, part in parts if batch.spans[row, n].any()]
    if parts:
        goal = _stack([part.target for _, _, part in parts], device)
        where = spans[[row for row, _, _ in parts], [n for _, n, _ in parts]]
        loss = loss + recipe.part_weight * losses.row_losses(where, goal, course.weights).sum() / rows
    marked = [row for row, example in enumerate(batch.examples) if example.mark and example.target is None]
    if marked:
        likely = losses.likelihoods([batch.examples[row] for row in marked], course.shares).to(device)
        loss = loss + recipe.mark_weight * losses.mark_losses(logits[marked], likely).sum() / rows
    return loss + _taught(said, logits, spans, batch, course) / rows


def _taught(said: network.Answers, logits: Tensor, spans: Tensor, batch: Batch, course: Course) -> Tensor:
    loss = logits.new_zeros(())
    known = [row for row, example in enumerate(batch.examples) if example.id in course.meaning]
    if known:
        goal = _stack([course.meaning[batch.examples[row].id] for row in known], course.device)
        loss = loss + course.recipe.embedding_weight * (1 - (said.embeddings[known].float() * goal).sum(-1)).sum()
    told = [row for row, example in enumerate(batch.examples) if example.id in course.lessons]
    if told:
        goal = _stack([_lesson(batch.examples[row], course) for row in told], course.device)
        plain = torch.ones(WIDTH, device=course.device)
        both = losses.row_losses(logits[told], goal, plain) + losses.row_losses(spans[told, 0], goal, plain)
        loss = loss + course.recipe.teacher_weight * both.sum() / 2
    return loss


def _lesson(example: Example, course: Course) -> Array:
    scores = course.lessons[example.id].scores.astype(np.float32)
    return scores if example.target is None else losses.corrected(scores, example.target)


def _stack(rows: list[Any], device: str) -> Tensor:
    return torch.from_numpy(np.stack(rows).astype(np.float32)).to(device)


class State:
    """The model, its optimiser and schedule, and the running average of its weights."""

    def __init__(self, model: Any, recipe: Recipe) -> None:
        self.model, self.recipe = model, recipe
        self.mean = {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}
        self.seen = 0
        self.kept: dict[str, Any] = {}

    def start(self, stage: Stage, steps: int, fresh: bool) -> None:
        """Begin a stage: new rates, warmed up; or take up the kept one."""
        self.optimiser = torch.optim.AdamW(list(self._groups(stage)))
        warm = max(1, int(steps * self.recipe.warmup))

        def rate(step: int) -> float:
            return (step + 1) / warm if step < warm else max(0.0, (steps - step) / max(1, steps - warm))

        self.schedule = torch.optim.lr_scheduler.LambdaLR(self.optimiser, rate)
        if not fresh and self.kept.get("stage") == stage.name:
            self.optimiser.load_state_dict(self.kept["optimiser"])
            self.schedule.load_state_dict(self.kept["schedule"])
            self.kept = {}
        self.stage = stage.name

    def _groups(self, stage: Stage) -> Iterator[dict[str, Any]]:
        for fresh in (False, True):
            for decays in (False, True):
                chosen = [
                    parameter
                    for name, parameter in self.model.named_parameters()
                    if ("classifier" in name or "pooler" in name) is fresh and (parameter.ndim > 1) is decays
                ]
                rate = stage.head_rate if fresh else stage.body_rate
                yield {"params": chosen, "lr": rate, "weight_decay": self.recipe.weight_decay if decays else 0.0}

    def step(self, loss: Tensor) -> None:
        """One step of the optimiser, and of the average."""
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimiser.step()
        self.schedule.step()
        self.optimiser.zero_grad(set_to_none=True)
        self.seen += 1
        if self.recipe.averaging and self.seen % _EVERY == 0:
            keep = min(self.recipe.averaging, self.seen / (self.seen + 100)) ** _EVERY
            for name, tensor in self.model.state_dict().items():
                self.mean[name].lerp_(tensor, 1 - keep) if tensor.is_floating_point() else None

    def averaged(self) -> Any:
        """The model with its averaged weights, on the CPU, ready to read."""
        if self.recipe.averaging and self.seen >= _EVERY:
            self.model.load_state_dict(self.mean)
        return self.model.cpu().eval()

    def resume(self, last: Path, device: str) -> tuple[int, list[float]]:
        """Epochs that an earlier run of this very training finished, and their losses; its state is loaded."""
        if not last.exists():
            return 0, []
        self.kept = torch.load(last, map_location=device, weights_only=True)
        self.model.load_state_dict(self.kept["model"])
        self.mean, self.seen = self.kept["mean"], self.kept["seen"]
        logger.info("continuing after epoch %d", self.kept["done"])
        return int(self.kept["done"]), list(self.kept["curve"])

    def keep(self, last: Path, done: int, curve: list[float]) -> None:
        """Keep the state after a whole epoch; the file appears whole or not at all."""
        last.parent.mkdir(parents=True, exist_ok=True)
        state = {name: getattr(self, name).state_dict() for name in ("model", "optimiser", "schedule")}
        state |= {"mean": self.mean, "seen": self.seen, "stage": self.stage, "done": done, "curve": curve}
        draft = last.with_suffix(".tmp")
        torch.save(state, draft)
        draft.replace(last)
