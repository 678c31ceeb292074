"""Rejected: the one word for a row that is no mention."""

from domain.errors import BadInput


class Rejected(BadInput):
    """A row that is no mention; it is counted as rejected/<reason> and the page goes on."""
