"""Split: a person says that a theme holds two experiences; it falls apart where it does so most naturally."""

import numpy as np
import numpy.typing as npt
from sqlalchemy import Engine

from domain.errors import BadInput
from domain.settings import get_settings
from jobs.lock import alone
from jobs.vectors import pack, unpack
from nlp import naming, themes
from nlp.terms import terms
from store import queries
from store.queries import Told
from store.writes import NewTheme, save_anchors, split_theme

Floats = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]
_ALL = 1_000_000
#: A part is at least so much of the theme: one odd passage is no experience that people share.
_LEAST = 0.1
_FEWEST = 2
_ROUNDS, _SPOKEN = 20, 200


def split(engine: Engine, theme_id: int, made_by: str) -> int:
    """Take the smaller part of a theme out as a theme of its own; both are locked.

    Args:
        engine: the store.
        theme_id: the theme.
        made_by: who says so.

    Returns:
        The id of the new theme.

    Raises:
        BadInput: no such theme, or too few of its experiences to part.
        Busy: discovery or classifying is at work.
    """
    with alone(get_settings(), "classify"):
        theme = queries.theme(engine, theme_id)
        if theme is None or theme.id != theme_id:
            raise BadInput(f"there is no shared experience {theme_id} (any more); open the list again")
        told = queries.members(engine, theme_id, _ALL)
        if len(told) < 2 * _FEWEST:
            raise BadInput("too few experiences to part; a theme needs at least four")
        embeddings = unpack([one.embedding for one in told])
        meanings = themes.meaning(embeddings, [terms(one.words) for one in told], [one.dimensions for one in told])
        stays, goes = parts(meanings)
        if len(goes) < _FEWEST:
            raise BadInput("its experiences say the same thing; there are no two parts in it")
        taken = {name for one in queries.themes(engine) for name in (one.label, one.title)}
        part = _part(theme.polarity, theme.touchpoint, [told[row] for row in goes], meanings[goes], taken)
        left = pack(meanings[stays].mean(0)), len(stays)
        new = split_theme(engine, theme_id, part, left, theme.model, made_by)
        save_anchors(engine, {one: queries.central(engine, one) for one in (theme_id, new)})
        return new


def parts(meanings: Floats) -> tuple[Rows, Rows]:
    """Rows that stay and rows that go, fewer: the natural halves, or two balanced ones where these shed odd ones only.

    Experiences beyond those that can be grouped at once go where their nearest half goes.
    """
    stays, goes = themes.halves(meanings[: themes.MOST])
    if len(goes) >= max(_FEWEST, _LEAST * (len(stays) + len(goes))):
        centres = np.stack([meanings[stays].mean(0), meanings[goes].mean(0)])
        rest, _ = themes.assign(meanings[themes.MOST :], centres)
        side = np.zeros(len(meanings), np.int64)
        side[goes] = 1
        side[themes.MOST :] = rest
    else:
        side = _balanced(meanings)
    found = sorted(
        (np.flatnonzero(side == 0), np.flatnonzero(side == 1)), key=lambda rows: (-len(rows), rows[:1].sum())
    )
    return found[0], found[1]


def _balanced(meanings: Floats) -> Rows:
    """Two means, begun on either side of the direction in which experiences differ most (Lloyd 1982)."""
    apart = meanings - meanings.mean(0)
    direction = apart[int(np.argmax((apart**2).sum(1)))]
    for _ in range(_ROUNDS):
        direction = apart.T @ (apart @ direction)
        direction = direction / max(float(np.linalg.norm(direction)), 1e-9)
    side = (apart @ direction > 0).astype(np.int64)
    for _ in range(_ROUNDS):
        if not 0 < side.sum() < len(side):
            break
        centres = np.stack([meanings[side == one].mean(0) for one in (0, 1)])
        far = ((meanings[:, None, :] - centres[None]) ** 2).sum(2)
        side = far.argmin(1).astype(np.int64)
    return np.asarray(side, np.int64)


def _part(polarity: str, touchpoint: str, some: list[Told], meanings: Floats, taken: set[str]) -> NewTheme:
    centre = meanings.mean(0)
    near = meanings @ centre
    order = np.argsort(-near, kind="stable")[:_SPOKEN]
    name = naming.free(naming.Unnamed(polarity, touchpoint, [some[row].words for row in order]), taken)
    members = {one.id: (one.mention_id, round(float(n), 4)) for one, n in zip(some, near, strict=True)}
    return NewTheme(name, polarity, touchpoint, pack(centre), members)
