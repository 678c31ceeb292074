"""Themes: experiences that say the same thing, grouped by what they mean."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.cluster import AgglomerativeClustering

from domain.vocabulary import Dimension
from nlp import terms

Floats = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]

#: An experience belongs to a theme if its mean cosine to the theme's experiences is at least this …
MEMBER = 0.44
#: … and its concepts alone are so near to theirs: embeddings of one polarity and touchpoint are alike already …
SPOKEN = 0.12
#: … and is shown beside it, uncounted, from here on, if their concepts touch at all.
NEAR, TOUCHED = 0.30, 0.05
#: A theme is found again, where all begins afresh, in a group whose centre lies so near to its own.
SAME = 0.85
#: What meanings are made of: the reader's embedding, the concepts, the dimensions that are spoken of.
_EMBEDDING, _TERMS, _DIMENSIONS = 0.30, 0.60, 0.10
#: Agglomerative clustering needs n² memory: at most so many experiences are grouped at once (130 MB).
MOST = 4_000
_FEWEST = 2


def meaning(embeddings: Floats, words: Sequence[frozenset[str]], dimensions: Sequence[Collection[str]]) -> Floats:
    """What experiences are compared by, about unit length, (experiences, hidden + terms.WIDTH + 5).

    Args:
        embeddings: of the passages, unit length, (experiences, hidden).
        words: their terms (nlp.terms).
        dimensions: which of the five each of them speaks of.
    """
    spoken = np.array([[float(d in said) for d in Dimension] for said in dimensions], np.float32).reshape(-1, 5)
    parts = ((_EMBEDDING, embeddings), (_TERMS, terms.vectors(words)), (_DIMENSIONS, _unit(spoken)))
    return np.asarray(np.hstack([np.sqrt(share) * part for share, part in parts]), np.float32)


def with_embedding(centre: Floats, embeddings: Floats) -> Floats:
    """A theme's centre with the embedding of another checkpoint in the place of the old one, (features,)."""
    kept = centre[-(terms.WIDTH + len(Dimension)) :]
    return np.asarray(np.concatenate([np.sqrt(_EMBEDDING) * embeddings.mean(0), kept]), np.float32)


@dataclass(frozen=True, slots=True)
class Group:
    """Experiences that belong together: rows of the input, their mean cosines to the group, and its centre."""

    rows: Rows
    closeness: Floats
    centre: Floats


def group(meanings: Floats) -> list[Group]:
    """Group experiences whose meanings (experiences, features) are near on average; lone ones are in no group.

    Deterministic: the same experiences in the same order give the same groups, largest first. At most MOST at once.
    """
    if len(meanings) < _FEWEST:
        return []
    clustering = AgglomerativeClustering(
        n_clusters=None, metric="cosine", linkage="average", distance_threshold=1 - MEMBER
    )
    labels = clustering.fit_predict(meanings.astype(np.float64))
    order = np.argsort(labels, kind="stable")
    edges = np.flatnonzero(np.diff(labels[order])) + 1
    found = (_group(meanings, rows) for rows in np.split(order, edges) if len(rows) >= _FEWEST)
    return sorted((one for one in found if one), key=lambda found: (-len(found.rows), int(found.rows[0])))


def _group(meanings: Floats, rows: Rows) -> Group | None:
    """A group without those who share no words with it; None if less than two are left."""
    kept = rows[_spoken(meanings[rows], meanings[rows].mean(0, keepdims=True))[:, 0] >= SPOKEN]
    if len(kept) < _FEWEST:
        return None
    centre = meanings[kept].mean(0)
    return Group(kept, meanings[kept] @ centre, centre)


def _spoken(meanings: Floats, centres: Floats) -> Floats:
    """Mean cosine of concepts alone, (experiences, themes)."""
    concepts = slice(-(terms.WIDTH + len(Dimension)), -len(Dimension))
    return np.asarray(meanings[:, concepts] @ centres[:, concepts].T / _TERMS, np.float32)


def assign(meanings: Floats, centres: Floats) -> tuple[Rows, Floats]:
    """The nearest theme of each experience, and the mean cosine to that theme's experiences; -1 if none is near.

    Args:
        meanings: (experiences, features).
        centres: mean meanings of the themes' experiences, not scaled to unit length, (themes, features).
    """
    if not len(centres) or not len(meanings):
        return np.zeros(len(meanings), np.int64), np.full(len(meanings), -1.0, np.float32)
    near, spoken = meanings @ centres.T, _spoken(meanings, centres)
    near = np.where(spoken >= SPOKEN, near, np.minimum(near, np.nextafter(MEMBER, 0, dtype=np.float32)))
    near[spoken < TOUCHED] = -1.0
    best = near.argmax(1)
    return best, near[np.arange(len(near)), best]


def moved(centre: Floats, size: int, meanings: Floats) -> Floats:
    """The centre of a theme of `size` experiences after more of them (more, features) joined."""
    return np.asarray((centre * size + meanings.sum(0)) / (size + len(meanings)), np.float32)


def same(centre: Floats, before: Floats) -> int | None:
    """Which of some earlier themes a group is, by its centre; None if none of them (earlier, features)."""
    near = _unit(before) @ (centre / max(float(np.linalg.norm(centre)), 1e-9))
    best = int(near.argmax())
    return best if near[best] >= SAME else None


def halves(meanings: Floats) -> tuple[Rows, Rows]:
    """The two parts into which a theme falls most naturally: rows of each, the larger first."""
    labels = AgglomerativeClustering(n_clusters=2, metric="cosine", linkage="average").fit_predict(
        meanings.astype(np.float64)
    )
    parts = sorted((np.flatnonzero(labels == 0), np.flatnonzero(labels == 1)), key=lambda rows: -len(rows))
    return parts[0], parts[1]


def _unit(rows: Floats) -> Floats:
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 1e-9), np.float32)
