"""Lent: the work that the app lends to its pages. What it needs is imported when a person first asks for it."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from domain.digest import Changes
from domain.query import Query
from domain.settings import Settings, get_settings


def changes(
    engine: Engine, brands: Sequence[str], until: date | None, today: date, language: str, least: int
) -> Changes | None:  # fmt: skip
    """What changed in the newest seven whole days, in sentences; see `jobs.changes.changes`."""
    from jobs.changes import changes as job

    return job(engine, brands, until, today, language, least)


def can_explain() -> bool:
    """Whether the reader, and what it runs on, is installed here."""
    settings = get_settings()
    runs = "onnxruntime" if settings.engine == "onnx" else "torch"
    return bool(find_spec("tokenizers") and find_spec(runs)) and Path(settings.model_path).is_dir()


def explain(text: str, label: str) -> list[tuple[int, int, float]]:
    """The stretches of a raw text that carry a label, strongest first: (start, end, weight).

    Raises:
        ModelMissing, BadInput: the reader cannot be loaded, or has no such label.
    """
    return [(part.start, part.end, part.weight) for part in _classifier().explain(text, label)]


@lru_cache(maxsize=1)
def _classifier() -> Any:
    from nlp import Classifier

    return Classifier.load()


def can_split() -> bool:
    """Whether what splitting a theme needs is installed here."""
    return find_spec("sklearn") is not None and find_spec("tokenizers") is not None


def split(engine: Engine, theme_id: int, made_by: str) -> int:
    """Take the odder half of a theme out as a theme of its own; see `jobs.split`."""
    from jobs.split import split as job

    return job(engine, theme_id, made_by)


def can_track() -> bool:
    """Whether the crawlers are installed here."""
    return find_spec("scrapy") is not None


@lru_cache(maxsize=1)
def sources() -> Sequence[Mapping[str, Any]]:
    """What each source declares of itself, and whether the operator may crawl it as things stand."""
    from jobs.sources import table

    return table()


def check(settings: Settings, source: str, url: str, brand: str, wanted: Query | None) -> str:
    """The one form of an address at which we may listen; see `jobs.track.check`."""
    from jobs import track

    return track.check(settings, source, url, brand, wanted)


def hits(engine: Engine, name: str) -> dict[str, int]:
    """How many stored texts hold each spelling of a name; see `jobs.track.hits`."""
    from jobs import track

    return track.hits(engine, name)


def save(
    engine: Engine, settings: Settings, source: str, url: str, brand: str, name: str, wanted: Query | None
) -> int:  # fmt: skip
    """Listen there from now on; the id of the target. See `jobs.track.track`."""
    from jobs import track

    return track.track(engine, settings, source, url, brand, name, wanted).id or 0
