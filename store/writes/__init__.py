"""Everything that changes the store. Each function is one transaction and may be repeated without harm."""

from store.writes.clock import now
from store.writes.mentions import bury_mentions, save_mentions, stored_ids
from store.writes.readings import CORRECTABLE, Passage, Reading, correct, save_readings
from store.writes.targets import add_brand, add_target, finish_run, forget_brand, rest_target, start_run
from store.writes.themes import ThemeDraft, save_themes

__all__ = [
    "CORRECTABLE",
    "Passage",
    "Reading",
    "ThemeDraft",
    "add_brand",
    "add_target",
    "bury_mentions",
    "correct",
    "finish_run",
    "forget_brand",
    "now",
    "rest_target",
    "save_mentions",
    "save_readings",
    "save_themes",
    "start_run",
    "stored_ids",
]
