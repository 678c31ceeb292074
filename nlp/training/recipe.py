"""Recipe: every choice of a training, in one readable file beside its result."""

import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from domain.errors import BadInput


@dataclass(frozen=True, slots=True)
class Stage:
    """A part of the training with its own data and rates. Rates are per step."""

    name: str
    epochs: int
    #: Rows with a mark, drawn anew for each epoch.
    marked_rows: int
    body_rate: float
    head_rate: float
    #: Whether what this project labelled and wrote is read too.
    own_labels: bool = True
    #: Annotated rows that are drawn anew for each epoch; all of them if none. What this project wrote is always read.
    annotated_rows: int = 0
    #: Texts composed from data/grammar, other ones in each epoch.
    composed_rows: int = 0
    #: Rows without any label, drawn anew for each epoch; only a teacher gives them something to say.
    unlabelled_rows: int = 0


@dataclass(frozen=True, slots=True)
class Recipe:
    """`models/<name>/recipe.toml`, flat. Weights multiply losses, shares are 0..1."""

    layers: tuple[int, ...]
    max_tokens: int
    seed: int
    dev_share: float
    marked_sets: dict[str, float]
    unlabelled_sets: tuple[str, ...]
    stages: tuple[Stage, ...]
    batch: int
    warmup: float
    weight_decay: float
    dropout: float
    averaging: float
    typos: float
    mark_weight: float
    part_weight: float
    embedding_weight: float
    distil_rows: int
    precision: float
    intended_use: str
    limits: str
    data_licence: str
    #: Another folder of models/ that this one learns from, and how much its answers count beside the labels.
    teacher: str = ""
    teacher_weight: float = 0.0
    #: Public encoder to start from when no other is given, and whether its vocabulary is cut to Persian.
    base: str = "intfloat/multilingual-e5-small"
    trim: bool = True
    #: Share of texts of which some words are read in Latin letters.
    latin: float = 0.0
    published: dict[str, Any] = field(default_factory=dict)


def read_recipe(folder: Path) -> Recipe:
    """Read `recipe.toml` of a checkpoint folder.

    Raises:
        BadInput: there is none, or a key is missing or unknown.
    """
    path = folder / "recipe.toml"
    try:
        parts = tomllib.loads(path.read_text(encoding="utf-8"))
        stages = tuple(Stage(**stage) for stage in parts.pop("stages"))
        if len({stage.name for stage in stages}) < len(stages):
            raise TypeError("two stages of one name")
        flat = {key: value for part in parts.values() for key, value in part.items()}
        flat |= {"layers": tuple(flat["layers"]), "unlabelled_sets": tuple(flat["unlabelled_sets"])}
        return Recipe(**flat, stages=stages)
    except FileNotFoundError as error:
        raise BadInput(f"no recipe at {path}; copy one from models/ and change it") from error
    except (tomllib.TOMLDecodeError, TypeError, KeyError, AttributeError) as error:
        names = ", ".join(part.name for part in fields(Recipe))
        raise BadInput(f"{path}: {error}; the keys are those of nlp.training.recipe.Recipe: {names}") from error
