"""Themes: experiences that say the same thing, grouped by meaning and named in words that people used."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment
from sklearn.cluster import AgglomerativeClustering

from domain.vocabulary import Dimension
from nlp.normalise import normalise

Floats = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]

#: Two experiences are of one theme if, on average, they are at least so near (cosine of `meaning`).
NEAR = 0.66
#: A theme of the last run lives on in the group whose centre is at least so near to its own.
SAME = 0.8
#: How much the dimensions weigh beside the words: what is cold and what is late differ more than their words do.
_DIMENSIONS_WEIGH = 0.3
#: Agglomerative clustering needs n² memory: more experiences are joined to the groups of so many.
_SAMPLE = 4_000
_FEWEST = 2


def meaning(embeddings: Floats, dimensions: Sequence[Collection[str]]) -> Floats:
    """What experiences are compared by, unit length, (experiences, hidden + 5).

    Args:
        embeddings: of the passages, unit length, (experiences, hidden).
        dimensions: which of the five each of them speaks of.
    """
    spoken = np.array([[float(d in said) for d in Dimension] for said in dimensions], np.float32)
    words, levels = np.sqrt(1 - _DIMENSIONS_WEIGH), np.sqrt(_DIMENSIONS_WEIGH)
    return _unit(np.hstack([words * embeddings, levels * _unit(spoken)]))


def by_cell(cells: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Rows]:
    """Row numbers of each cell (polarity, touchpoint), cells in a fixed order."""
    rows: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row, cell in enumerate(cells):
        rows[cell].append(row)
    return {cell: np.array(rows[cell], np.int64) for cell in sorted(rows)}


@dataclass(frozen=True, slots=True)
class Group:
    """Experiences that belong together: rows of the input, their cosines to the centre, and the centre."""

    rows: Rows
    closeness: Floats
    centre: Floats


def group(meanings: Floats) -> list[Group]:
    """Group experiences by average cosine of their meanings (experiences, features); lone ones are in no group.

    Deterministic: the same experiences in the same order give the same groups, largest first.
    """
    if len(meanings) < _FEWEST:
        return []
    sample = np.linspace(0, len(meanings) - 1, min(len(meanings), _SAMPLE)).astype(np.int64)
    clustering = AgglomerativeClustering(
        n_clusters=None, metric="cosine", linkage="average", distance_threshold=1 - NEAR
    )
    labels = np.full(len(meanings), -1)
    labels[sample] = clustering.fit_predict(meanings[sample].astype(np.float64))
    if len(sample) < len(meanings):
        _join_rest(labels, meanings)
    groups = []
    for label in np.unique(labels[labels >= 0]):
        rows = np.flatnonzero(labels == label)
        if len(rows) >= _FEWEST:
            centre = _unit(meanings[rows].mean(0, keepdims=True))[0]
            groups.append(Group(rows, meanings[rows] @ centre, centre))
    return sorted(groups, key=lambda found: (-len(found.rows), int(found.rows[0])))


def _join_rest(labels: Rows, meanings: Floats) -> None:
    known = np.unique(labels[labels >= 0])
    centres = _unit(np.stack([meanings[labels == label].mean(0) for label in known]))
    for start in range(0, len(meanings), 10_000):
        block = slice(start, start + 10_000)
        near = meanings[block] @ centres.T
        fits = (labels[block] < 0) & (near.max(1) >= NEAR)
        labels[block] = np.where(fits, known[near.argmax(1)], labels[block])


def _unit(rows: Floats) -> Floats:
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 1e-9), np.float32)


def same_as(known: Floats, found: Floats) -> dict[int, int]:
    """Which found group continues which known theme: index of found -> index of known, one to one, best overall."""
    if not len(known) or not len(found):
        return {}
    near = found @ known.T
    pairs = zip(*linear_sum_assignment(-near), strict=True)
    return {int(f): int(k) for f, k in pairs if near[f, k] >= SAME}


_WORD = re.compile(r"[\w\u200c]+")
_PAUSE = re.compile(r"[.،,!؟?؛:;()«»\"\n…]+|[^\w\s\u200c.-]+")
# A phrase that begins or ends with one of these hangs in the air.
_LOOSE = frozenset(
    re.findall(
        r"\S+",
        "و که از به با در تا را رو برای واسه ولی اما هم یا اگه اگر چون یه یک این اون آن همون همین چه هر تو من ما شما"
        " خیلی بی پر هی دیگه البته مثل بعد قبل بدون سر روی توی حتی فقط چند پس بین طبق نسبت خودم خودشون بود شد کرد",
    )
)
_LOOSE_END = _LOOSE - {"بود", "شد", "کرد"}
_SHORTEST, _LONGEST = 2, 6


def phrases(passage: str) -> list[str]:
    """Pieces of a passage that can stand alone: clauses of two to six words, and the ends of longer ones.

    Persian puts its verb last, so the end of a clause says what happened. Half-spaces and negation are kept.

    >>> phrases("وقتی بالاخره بعد از دو ساعت رسید، غذا سرد بود")
    ['غذا سرد بود', 'بعد از دو ساعت رسید', 'دو ساعت رسید', 'ساعت رسید']
    """
    whole, ends = [], []
    for part in _PAUSE.split(normalise(passage)):
        words = _WORD.findall(part)
        while words and words[0] in _LOOSE:
            words = words[1:]
        if len(words) < _SHORTEST or words[-1] in _LOOSE_END:
            continue
        if len(words) <= _LONGEST:
            whole.append(" ".join(words))
            continue
        runs = (words[-size:] for size in range(_LONGEST - 1, _SHORTEST - 1, -1))
        ends += [" ".join(run) for run in runs if run[0] not in _LOOSE]
    return whole + ends


def candidates(groups: Mapping[int, Sequence[str]], most: int = 40) -> dict[int, list[str]]:
    """Phrases of each group, those that several of its passages hold and other groups do not first.

    Args:
        groups: group number -> its passages, raw.
        most: how many phrases to give for each.
    """
    within = {
        number: Counter(p for passage in passages for p in set(phrases(passage))) for number, passages in groups.items()
    }
    everywhere = Counter(phrase for counts in within.values() for phrase in counts)
    return {
        number: sorted(counts, key=lambda phrase: (-counts[phrase] / everywhere[phrase], -counts[phrase], phrase))[
            :most
        ]
        for number, counts in within.items()
    }


def choose_labels(
    centres: Mapping[int, Floats], options: Mapping[int, Sequence[str]], embedded: Mapping[str, Floats]
) -> dict[int, str]:
    """One phrase for each group: the nearest to its centre that no other group has taken.

    Args:
        centres: group number -> mean embedding of its passages, (hidden,).
        options: group number -> phrases.
        embedded: phrase -> unit-length embedding.
    """
    taken: set[str] = set()
    chosen: dict[int, str] = {}
    for number, centre in centres.items():
        ranked = sorted(
            (phrase for phrase in options.get(number, ()) if phrase not in taken),
            key=lambda phrase: (-float(embedded[phrase] @ centre), phrase),
        )
        if ranked:
            chosen[number] = ranked[0]
            taken.add(ranked[0])
    return chosen
