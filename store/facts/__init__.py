"""Facts: the labels of all mentions and experiences as columns in memory, so that any number is counted in moments.

36 bytes a mention. Texts stay in the database; what changed there is read again before each use.
"""

from store.facts.facts import Column, Facts, Table
from store.facts.fresh import facts

__all__ = ["Column", "Facts", "Table", "facts"]
