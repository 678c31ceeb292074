"""All that a recipe trains on, drawn before the first step: a run that continues sees the same texts."""

from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import numpy as np

from domain.errors import BadInput
from nlp.training import data
from nlp.training.batches import draw
from nlp.training.compose import Grammar
from nlp.training.data import Array, Example
from nlp.training.losses import transitions
from nlp.training.recipe import Recipe, Stage


@dataclass(frozen=True, slots=True)
class Sets:
    """The examples by how much is known of them; none of them is in cx/test."""

    #: Annotated by the sets' own annotators, annotated by this project, and written by it.
    given: list[Example]
    own: list[Example]
    written: list[Example]
    #: With a customer's mark, by set; and without any label.
    marked: dict[str, list[Example]]
    unlabelled: list[Example]
    #: Annotated, never trained on: for calibration.
    dev: list[Example]
    #: Of each set with marks, the share of each mark under each sentiment.
    shares: dict[str, Array]
    #: What composes texts, if a stage wants some.
    grammar: Grammar | None = None

    @property
    def annotated(self) -> list[Example]:
        """Every annotated example that is trained on."""
        return [*self.given, *self.own, *self.written]

    def epoch(self, recipe: Recipe, stage: Stage, number: int) -> list[Example]:
        """The examples of an epoch of a stage, in their order."""
        rng = np.random.default_rng((recipe.seed, number, *stage.name.encode()))
        pool = [example for examples in self.marked.values() for example in examples]
        odds = [np.full(len(examples), recipe.marked_sets[name]) for name, examples in self.marked.items()]
        examples = [*self.given, *self.own] if stage.own_labels else self.given
        if stage.annotated_rows:
            examples = draw(examples, np.ones(len(examples)), stage.annotated_rows, rng)
        examples = [*examples, *(self.written if stage.own_labels else [])]
        examples = [*examples, *draw(pool, np.concatenate([*odds, np.empty(0)]), stage.marked_rows, rng)]
        examples += draw(self.unlabelled, np.ones(len(self.unlabelled)), stage.unlabelled_rows, rng)
        examples += self.grammar.draw(stage.composed_rows, rng) if self.grammar else []
        return [examples[row] for row in rng.permutation(len(examples))]

    def every(self, recipe: Recipe) -> list[Example]:
        """Each example that any epoch of any stage holds, once, by id; without composed ones, which never recur."""
        seen = {
            example.id: example
            for stage in recipe.stages
            for number in range(stage.epochs)
            for example in self.epoch(recipe, replace(stage, composed_rows=0), number)
        }
        return [seen[name] for name in sorted(seen)]

    def fingerprint(self) -> str:
        """Changes with the texts and with their labels."""
        digest = sha256()
        for example in (*self.annotated, *self.unlabelled, *(e for some in self.marked.values() for e in some)):
            digest.update(repr((example.id, example.text, example.mark)).encode("utf-8", "replace"))
            digest.update(example.target.tobytes() if example.target is not None else b"")
            for part in example.parts:
                digest.update(repr((part.start, part.end)).encode() + part.target.tobytes())
        digest.update(self.grammar.fingerprint.encode() if self.grammar else b"")
        return digest.hexdigest()[:16]


def read_sets(recipe: Recipe, datasets: Path) -> Sets:
    """Read all sets of a recipe.

    Raises:
        BadInput: a set is not there, or nothing is left to calibrate on.
    """
    test = data.annotated(datasets / "cx" / "test.jsonl.gz")
    raw = {name: data.marked(datasets, name) for name in (*recipe.marked_sets, *recipe.unlabelled_sets)}
    texts = {example.id: example.text for examples in raw.values() for example in examples}
    given = data.without(data.annotated(datasets / "cx" / "train.jsonl.gz", data.annotated_parts()), test)
    ours = any(stage.own_labels for stage in recipe.stages)
    own = data.without(data.labelled(texts), [*test, *given]) if ours else []
    (given, dev), (own, more) = data.split(given, recipe.dev_share), data.split(own, recipe.dev_share)
    dev += more
    if not any(example.random for example in dev):
        raise BadInput("the dev split holds no text drawn at random: nothing to calibrate on; raise dev_share")
    shares = transitions([*given, *own], [example for name in recipe.marked_sets for example in raw[name]])
    written = data.without(data.written(), [*test, *dev]) if ours else []
    # A text that somebody read is learned from the reading, not from its author's mark as well.
    rest = {name: data.without(examples, [*given, *own, *dev, *test]) for name, examples in raw.items()}
    marked = {name: [e for e in rest[name] if e.mark] for name in recipe.marked_sets}
    unlabelled = [e for name in recipe.unlabelled_sets for e in rest[name] if not e.mark]
    grammar = Grammar.read() if any(stage.composed_rows for stage in recipe.stages) else None
    return Sets(given, own, written, marked, unlabelled, dev, shares, grammar)
