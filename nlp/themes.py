"""Themes: experiences that say the same thing, grouped by meaning and named in words that people used."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment
from sklearn.cluster import AgglomerativeClustering

from nlp.normalise import normalise

Floats = npt.NDArray[np.float32]

#: Two experiences are of one theme if, on average, they are at least so near (cosine).
NEAR = 0.62
#: A theme of the last run lives on in the group whose centre is at least so near to its own.
SAME = 0.85
#: Agglomerative clustering needs n² memory: more experiences are joined to the groups of so many.
_SAMPLE = 4_000
_FEWEST = 2


@dataclass(frozen=True, slots=True)
class Group:
    """Experiences that belong together: rows of the input, their cosines to the centre, and the centre."""

    rows: npt.NDArray[np.int64]
    closeness: Floats
    centre: Floats


def group(embeddings: Floats) -> list[Group]:
    """Group unit-length embeddings (experiences, hidden) by average cosine. Lone experiences are in no group.

    Deterministic: the same experiences in the same order give the same groups, largest first.
    """
    if len(embeddings) < _FEWEST:
        return []
    # Sentence embeddings share a direction that says nothing; without it, cosines spread.
    centred = _unit(embeddings - embeddings.mean(0))
    sample = np.linspace(0, len(centred) - 1, min(len(centred), _SAMPLE)).astype(np.int64)
    clustering = AgglomerativeClustering(
        n_clusters=None, metric="cosine", linkage="average", distance_threshold=1 - NEAR
    )
    labels = np.full(len(centred), -1)
    labels[sample] = clustering.fit_predict(centred[sample].astype(np.float64))
    if len(sample) < len(centred):
        _join_rest(labels, centred)
    groups = []
    for label in np.unique(labels[labels >= 0]):
        rows = np.flatnonzero(labels == label)
        if len(rows) >= _FEWEST:
            centre = _unit(embeddings[rows].mean(0, keepdims=True))[0]
            groups.append(Group(rows, embeddings[rows] @ centre, centre))
    return sorted(groups, key=lambda found: (-len(found.rows), int(found.rows[0])))


def _join_rest(labels: npt.NDArray[np.int64], centred: Floats) -> None:
    known = np.unique(labels[labels >= 0])
    centres = _unit(np.stack([centred[labels == label].mean(0) for label in known]))
    for start in range(0, len(centred), 10_000):
        block = slice(start, start + 10_000)
        near = centred[block] @ centres.T
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
_PAUSE = re.compile(r"[.،,!؟?؛:;()«»\"\n…]+")
# A phrase that begins or ends with one of these hangs in the air.
_LOOSE = frozenset(
    re.findall(
        r"\S+",
        "و که از به با در تا را رو برای واسه ولی اما هم یا اگه اگر چون یه یک این اون آن همون همین چه هر تو من ما شما"
        " خیلی بی پر هی دیگه البته مثل بعد قبل بدون سر روی توی حتی فقط چند پس بین طبق نسبت واقعا واقعاً خودم خودشون",
    )
)
_LONGEST_PHRASE = 6


def phrases(passage: str) -> list[str]:
    """Runs of two to six words of a passage that can stand alone, half-spaces and negation kept."""
    found = []
    for part in _PAUSE.split(normalise(passage)):
        words = _WORD.findall(part)
        for size in range(2, _LONGEST_PHRASE + 1):
            for start in range(len(words) - size + 1):
                run = words[start : start + size]
                if run[0] not in _LOOSE and run[-1] not in _LOOSE and not run[0].isdigit():
                    found.append(" ".join(run))
    return found


def candidates(groups: Mapping[int, Sequence[str]], most: int = 25) -> dict[int, list[str]]:
    """Phrases that are common in a group and rare elsewhere (class-based TF-IDF, Grootendorst 2022).

    Args:
        groups: group number -> its passages, raw.
        most: how many phrases to give for each.
    """
    within: dict[int, Counter[str]] = {}
    elsewhere: Counter[str] = Counter()
    for number, passages in groups.items():
        counts: Counter[str] = Counter()
        for passage in passages:
            counts.update(set(phrases(passage)))
        within[number] = counts
        elsewhere.update(counts.keys())
    scores: dict[int, list[str]] = {}
    for number, counts in within.items():
        size = max(1, len(groups[number]))
        weight = {
            phrase: (count / size) * np.log(1 + len(groups) / elsewhere[phrase]) * np.sqrt(min(len(phrase.split()), 4))
            for phrase, count in counts.items()
        }
        scores[number] = sorted(weight, key=lambda phrase: (-weight[phrase], phrase))[:most]
    return scores


def choose_labels(
    centres: Mapping[int, Floats], options: Mapping[int, Sequence[str]], embedded: Mapping[str, Floats]
) -> dict[int, str]:
    """One phrase for each group: near to its centre, nearer than to other centres, and nobody else's.

    Args:
        centres: group number -> centre.
        options: group number -> phrases, best first.
        embedded: phrase -> unit-length embedding.
    """
    taken: set[str] = set()
    chosen: dict[int, str] = {}
    for number in centres:
        ranked = sorted(
            (phrase for phrase in options.get(number, ()) if phrase not in taken),
            key=lambda phrase: (-float(embedded[phrase] @ centres[number]), phrase),
        )
        if ranked:
            chosen[number] = ranked[0]
            taken.add(ranked[0])
    return chosen


def by_cell(cells: Sequence[tuple[str, str]]) -> dict[tuple[str, str], npt.NDArray[np.int64]]:
    """Row numbers of each cell (polarity, touchpoint), cells in a fixed order."""
    rows: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row, cell in enumerate(cells):
        rows[cell].append(row)
    return {cell: np.array(rows[cell], np.int64) for cell in sorted(rows)}
