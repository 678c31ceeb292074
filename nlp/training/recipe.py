"""Recipe: every choice of a training, in one readable file beside its result."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from domain.errors import BadInput


@dataclass(frozen=True, slots=True)
class Recipe:
    """`models/<name>/recipe.toml`, flat. Rates are per step, weights multiply losses, shares are 0..1."""

    layers: tuple[int, ...]
    max_tokens: int
    seed: int
    dev_share: float
    sentiment_rows: int
    distil_rows: int
    sentiment_sets: dict[str, float]
    epochs: int
    batch: int
    body_rate: float
    head_rate: float
    warmup: float
    weight_decay: float
    dropout: float
    sentiment_weight: float
    distil_weight: float
    precision: float
    intended_use: str
    limits: str
    data_licence: str


def read_recipe(folder: Path) -> Recipe:
    """Read `recipe.toml` of a checkpoint folder.

    Raises:
        BadInput: there is none, or a key is missing or unknown.
    """
    path = folder / "recipe.toml"
    try:
        parts = tomllib.loads(path.read_text(encoding="utf-8"))
        flat = {key: value for part in parts.values() for key, value in part.items()}
        return Recipe(**{**flat, "layers": tuple(flat["layers"])})
    except FileNotFoundError as error:
        raise BadInput(f"no recipe at {path}; copy one from models/ and change it") from error
    except (tomllib.TOMLDecodeError, TypeError, KeyError, AttributeError) as error:
        raise BadInput(f"{path}: {error}; the keys are those of nlp.training.recipe.Recipe") from error
