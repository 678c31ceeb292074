"""How people type: with a slip of the thumb, and with some words in Latin letters. For training only."""

from functools import lru_cache
from pathlib import Path

import numpy as np

from domain.settings import ROOT
from nlp.normalise import for_model

#: A Persian word and the ways in which people write it in Latin letters.
LATIN = ROOT / "data" / "grammar" / "latin.tsv"
#: Share of the known words of a text that are read in Latin letters, at most.
_MOST_LATIN = 0.6


def misspelt(form: str, rng: np.random.Generator) -> str:
    """A normal form as a hurried thumb would have typed it: one letter lost or two swapped, or a half-space gone."""
    chars = list(form)
    half = [place for place, char in enumerate(chars) if char == "\u200c"]
    if half and rng.random() < 0.5:
        chars[half[rng.integers(len(half))]] = "" if rng.random() < 0.5 else " "
        return "".join(chars)
    inside = [i for i in range(1, len(chars) - 2) if all(chars[j].isalpha() for j in (i - 1, i, i + 1, i + 2))]
    if not inside:
        return form
    place = int(inside[rng.integers(len(inside))])
    if rng.random() < 0.5:
        del chars[place]
    else:
        chars[place], chars[place + 1] = chars[place + 1], chars[place]
    return "".join(chars)


def romanised(form: str, rng: np.random.Generator) -> str:
    """A normal form with some of its common words in Latin letters («غذاش kheili خوب بود»)."""
    known, share = _latin(), rng.random() * _MOST_LATIN
    words = form.split(" ")
    for place, word in enumerate(words):
        bare = word.rstrip(".!؟,")
        if bare in known and rng.random() < share:
            ways = known[bare]
            words[place] = ways[rng.integers(len(ways))] + word[len(bare) :]
    return " ".join(words)


@lru_cache(maxsize=1)
def _latin(path: Path = LATIN) -> dict[str, list[str]]:
    lines = (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines())
    return {for_model(word): ways.split() for word, ways in lines}
