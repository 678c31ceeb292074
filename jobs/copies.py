"""Copies: which texts say the same as an earlier one. They count once, there."""

from collections import Counter

from sqlalchemy import Engine

from nlp.copies import ALIKE, alike, bands, pieces
from store import queries
from store.writes import save_copies

_BLOCK = 1_000
#: So many earlier texts of a band are compared; only first texts lie in bands, so more are boilerplate.
_COMPARED = 20


def mark_copies(engine: Engine) -> Counter[str]:
    """Look at the texts that are new or edited; each is compared with the earlier ones that may be like it.

    Returns:
        Counts: "looked", "copies".
    """
    counts: Counter[str] = Counter()
    while block := queries.unsketched(engine, _BLOCK):
        roots, lain = _roots(engine, block)
        save_copies(engine, roots, lain)
        counts["looked"] += len(block)
        counts["copies"] += sum(root != number for number, root in roots.items())
    return counts


def _roots(engine: Engine, block: list[tuple[int, str]]) -> tuple[dict[int, int], dict[int, list[int]]]:
    """The first text of each, and the bands of those that are first."""
    said = {number: pieces(text) for number, text in block}
    lie = {number: bands(some) for number, some in said.items()}
    near = queries.in_bands(engine, sorted({band for some in lie.values() for band in some}))
    wanted = {earlier for found in near.values() for earlier in found[:_COMPARED]} - said.keys()
    said |= {number: pieces(text) for number, (text, _) in queries.raw_texts(engine, sorted(wanted)).items()}
    roots: dict[int, int] = {}
    for number, _ in block:
        earlier = {one for band in lie[number] for one in near.get(band, ())[:_COMPARED] if one < number}
        roots[number] = next((one for one in sorted(earlier) if alike(said[number], said[one]) >= ALIKE), number)
        if roots[number] == number:
            for band in lie[number]:
                near.setdefault(band, []).append(number)
    return roots, {number: lie[number] for number, root in roots.items() if root == number}
