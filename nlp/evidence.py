"""Evidence: the words of a text that carry a label, found by leaving words out and reading again (occlusion).

Occlusion (Zeiler & Fergus 2014, arXiv:1311.2901) asks the very model that answered, so it needs no gradients and
works with ONNX. A long text is first searched by stretches of words, then word by word where it matters.
"""

import re
from collections.abc import Callable, Sequence
from itertools import islice
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from domain.errors import BadInput
from nlp.heads import keys
from nlp.normalise import MAX_CHARS

Floats = npt.NDArray[np.float32]
Scores = Callable[[Sequence[str]], Floats]
#: A text is read at most this often at each of the two levels, a long one less often: so many words in all.
_MOST = 24
_WORDS = 1500
_WORD = re.compile(r"\S+")
#: Words beyond are not read by the model anyway: each is a token at least.
_READ = 256
#: Less than this change of the log-odds is noise of int8.
_LEAST = 0.05


class Evidence(NamedTuple):
    """raw[start:end] carries the label; without it, the log-odds of the label would be lower by `weight`."""

    start: int
    end: int
    weight: float


def evidence(text: str, label: str, scores: Scores, most: int = 5) -> list[Evidence]:
    """The stretches of a raw text that carry a label, strongest first.

    Args:
        text: raw; offsets point into it.
        label: a score key, like "sentiment:negative" or "sensory:positive".
        scores: the classifier's calibrated probabilities of texts.
        most: how many stretches at most.

    Raises:
        BadInput: there is no such label.
    """
    if label not in keys():
        raise BadInput(f"no label {label!r}; it is one of {', '.join(keys())}")
    weights = word_weights(text, label, scores)
    found: list[Evidence] = []
    for (start, end), weight in weights:
        if weight < _LEAST:
            continue
        if found and not text[found[-1].end : start].strip():
            found[-1] = Evidence(found[-1].start, end, found[-1].weight + weight)
        else:
            found.append(Evidence(start, end, weight))
    return sorted(found, key=lambda part: -part.weight)[:most]


def word_weights(text: str, label: str, scores: Scores) -> list[tuple[tuple[int, int], float]]:
    """Offsets of each word that is read, and how much the log-odds of the label fall without it, in their order."""
    words = [match.span() for match in islice(_WORD.finditer(text[:MAX_CHARS]), _READ)]
    column = keys().index(label)
    most = max(4, min(_MOST, _WORDS // max(1, len(words))))
    if len(words) <= most:
        falls = _falls(text, [[place] for place in range(len(words))], words, column, scores)
        return list(zip(words, falls, strict=True))
    stretches = _groups(list(range(len(words))), most)
    coarse = _falls(text, stretches, words, column, scores)
    weight = {place: fall / len(stretch) for stretch, fall in zip(stretches, coarse, strict=True) for place in stretch}
    ranked = sorted(zip(coarse, stretches, strict=True), key=lambda pair: -pair[0])
    best = sorted(place for _, stretch in ranked[: max(1, most // len(stretches[0]))] for place in stretch)
    close = _groups(best, most)
    for group, fall in zip(close, _falls(text, close, words, column, scores), strict=True):
        weight |= dict.fromkeys(group, fall / len(group))
    return [(span, weight[place]) for place, span in enumerate(words)]


def _groups(places: list[int], most: int) -> list[list[int]]:
    """Neighbours together, in at most so many groups of one size."""
    size = -(-len(places) // most)
    return [places[first : first + size] for first in range(0, len(places), size)]


def _falls(
    text: str, groups: Sequence[Sequence[int]], words: Sequence[tuple[int, int]], column: int, scores: Scores
) -> list[float]:
    """How much the log-odds fall when each group of neighbouring words is left out."""
    without = [text[: words[group[0]][0]] + text[words[group[-1]][1] :] for group in groups]
    odds = scores([text, *without])[:, column].astype(float).clip(1e-6, 1 - 1e-6)
    odds = np.log(odds / (1 - odds))
    return [float(odds[0] - part) for part in odds[1:]]
