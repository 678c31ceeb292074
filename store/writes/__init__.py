"""Everything that changes the store. Each function is one transaction and may be repeated without harm."""

from store.writes.clock import now
from store.writes.mentions import bury_mentions, save_mentions, stored_ids
from store.writes.readings import CORRECTABLE, Passage, Reading, correct, save_readings
from store.writes.targets import add_brand, add_target, finish_run, forget_brand, rest_target, start_run
from store.writes.themes import (
    NewTheme,
    Placing,
    forget_places,
    keep_apart,
    lock_theme,
    merge_themes,
    name_themes,
    rename_theme,
    save_anchors,
    save_copies,
    save_severities,
    save_themes,
    split_theme,
)

__all__ = [
    "CORRECTABLE",
    "NewTheme",
    "Passage",
    "Placing",
    "Reading",
    "add_brand",
    "add_target",
    "bury_mentions",
    "correct",
    "finish_run",
    "forget_brand",
    "forget_places",
    "keep_apart",
    "lock_theme",
    "merge_themes",
    "name_themes",
    "now",
    "rename_theme",
    "rest_target",
    "save_anchors",
    "save_copies",
    "save_mentions",
    "save_readings",
    "save_severities",
    "save_themes",
    "split_theme",
    "start_run",
    "stored_ids",
]
