"""Themes: what discovery finds, and what people make of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, bindparam, delete, func, insert, select, update
from sqlmodel import Session, col

from domain.errors import BadInput
from domain.vocabulary import Place
from store import tables
from store.database import writing
from store.writes.clock import chunks, now
from store.writes.readings import touch


@dataclass(frozen=True, slots=True)
class Placing:
    """Where discovery put an experience."""

    experience_id: int
    mention_id: int
    place: Place
    theme_id: int | None = None
    #: Cosine to the centre of the theme.
    closeness: float | None = None


@dataclass(frozen=True, slots=True)
class NewTheme:
    """A theme that discovery opens, with its first members: experience id -> (mention id, cosine)."""

    label: str
    polarity: str
    touchpoint: str
    centroid: bytes
    members: Mapping[int, tuple[int, float]]
    #: The theme that is found again, if it is one; it keeps its name.
    id: int | None = None
    #: Experiences that are shown beside it, uncounted: id -> (mention id, cosine).
    beside: Mapping[int, tuple[int, float]] = field(default_factory=dict)


def save_severities(engine: Engine, severe: Mapping[int, str], placings: Sequence[Placing]) -> None:
    """First look at some experiences: how severe they are, and which are compared with themes at all."""
    with writing(engine) as session:
        _place(session, placings)
        # Those that are not severe, too: a reading that was corrected may have been before.
        marked = [{"member": number, "value": kind} for number, kind in severe.items()]
        _each(session, {"severe": bindparam("value")}, marked)


def save_themes(
    engine: Engine,
    model: str,
    placings: Sequence[Placing] = (),
    moved: Mapping[int, tuple[bytes, int]] | None = None,
    opened: Sequence[NewTheme] = (),
) -> list[int]:
    """One step of discovery, all of it or nothing; experiences that are gone meanwhile are passed over.

    Args:
        engine: the store.
        model: version of the checkpoint whose embeddings made the centres.
        placings: experiences that were compared with the themes.
        moved: known theme -> its new centre and size.
        opened: themes that are new.

    Returns:
        The ids of the new themes, in order.
    """
    with writing(engine) as session:
        for theme_id, (centroid, size) in (moved or {}).items():
            change = update(tables.Theme).where(col(tables.Theme.id) == theme_id)
            session.execute(change.values(centroid=centroid, size=size, model=model))
        ids = [_open(session, new, model) for new in opened]
        members = [one for theme_id, new in zip(ids, opened, strict=True) for one in _members(new, theme_id)]
        _place(session, [*placings, *members])
        return ids


def _open(session: Session, new: NewTheme, model: str) -> int:
    theme = session.get(tables.Theme, new.id) if new.id else None
    if theme is None:
        theme = tables.Theme(
            label=new.label,
            polarity=new.polarity,
            touchpoint=new.touchpoint,
            model=model,
            centroid=b"",
            named_at=len(new.members),
            created_at=now(),
        )
    theme.model, theme.centroid, theme.size = model, new.centroid, len(new.members)
    session.add(theme)
    session.flush()
    assert theme.id is not None
    return theme.id


def _members(new: NewTheme, theme_id: int) -> list[Placing]:
    return [
        Placing(n, mention, place, theme_id, near)
        for place, some in ((Place.MEMBER, new.members), (Place.NEAR, new.beside))
        for n, (mention, near) in some.items()
    ]


def _place(session: Session, placings: Sequence[Placing]) -> None:
    rows = [{"member": p.experience_id, "to": str(p.place), "theme": p.theme_id, "near": p.closeness} for p in placings]
    _each(session, {"place": bindparam("to"), "theme_id": bindparam("theme"), "closeness": bindparam("near")}, rows)
    touch(session, sorted({p.mention_id for p in placings}))


def _each(session: Session, values: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        change = update(tables.Experience).where(col(tables.Experience.id) == bindparam("member")).values(**values)
        # On the connection: the session's own bulk update calls a missing row an error.
        session.connection().execute(change, list(rows))


def name_themes(engine: Engine, names: Mapping[int, str]) -> None:
    """Give themes their machine-made names; those that a person locked keep theirs."""
    with writing(engine) as session:
        for theme_id, label in names.items():
            change = update(tables.Theme).where(col(tables.Theme.id) == theme_id, col(tables.Theme.locked).is_(False))
            session.execute(change.values(label=label))
            named = update(tables.Theme).where(col(tables.Theme.id) == theme_id)
            session.execute(named.values(named_at=col(tables.Theme.size)))


def save_anchors(engine: Engine, anchors: Mapping[int, Sequence[tuple[int, int, int]]]) -> None:
    """Replace what themes are known by: theme -> passages as (mention id, start, end)."""
    with writing(engine) as session:
        for theme_id, passages in anchors.items():
            session.execute(delete(tables.Anchor).where(col(tables.Anchor.theme_id) == theme_id))
            rows = [
                {"theme_id": theme_id, "mention_id": mention_id, "start": start, "end": end}
                for mention_id, start, end in passages
            ]
            if rows:
                session.execute(insert(tables.Anchor), rows)


def forget_places(engine: Engine) -> None:
    """Begin anew: every experience is compared again; themes that a person looked after stay, the rest are closed.

    Their rows stay, so that addresses and history hold; a theme that is found again takes up its old row.
    """
    with writing(engine) as session:
        session.execute(update(tables.Experience).values(place="", theme_id=None, closeness=None))
        session.execute(update(tables.Theme).values(size=0))
        session.execute(update(tables.Mention).values(touched=tables.stamp()))


# What people do. Each is noted with who did it.


def rename_theme(engine: Engine, theme_id: int, title: str, made_by: str) -> None:
    """Call a theme what a person calls it; an empty title takes the machine's name back.

    Raises:
        BadInput: no such theme, the title is too long, or another theme has it.
    """
    title = " ".join(title.split())
    if len(title) > 80:
        raise BadInput("a title has at most 80 characters")
    with writing(engine) as session:
        theme = _theme(session, theme_id)
        same = select(col(tables.Theme.id)).where(
            func.coalesce(func.nullif(col(tables.Theme.title), ""), col(tables.Theme.label)) == title,
            col(tables.Theme.id) != theme_id,
            col(tables.Theme.merged_into).is_(None),
        )
        if title and session.scalar(same):
            raise BadInput("another shared experience has this name; merge the two, or choose another name")
        _note(session, theme_id, "rename", {"from": theme.name, "to": title}, made_by)
        theme.title, theme.locked = title, True


def lock_theme(engine: Engine, theme_id: int, locked: bool, made_by: str) -> None:
    """Keep the name of a theme, and its place when all begins anew; or leave it to the machine again."""
    with writing(engine) as session:
        _theme(session, theme_id).locked = locked
        _note(session, theme_id, "lock" if locked else "unlock", {}, made_by)


def merge_themes(engine: Engine, theme_id: int, into: int, made_by: str) -> None:
    """Make one theme part of another of the same polarity; new experiences like it will go there, too.

    Raises:
        BadInput: they are one, or one praises and the other blames.
    """
    with writing(engine) as session:
        theme, whole = _theme(session, theme_id), _theme(session, into)
        if theme_id == into:
            raise BadInput("a shared experience cannot be merged with itself")
        if theme.polarity != whole.polarity:
            raise BadInput("one of them is praise and the other is blame; they cannot be one")
        inside = select(col(tables.Experience.mention_id)).where(col(tables.Experience.theme_id) == theme_id)
        touch(session, sorted(set(session.scalars(inside))))
        session.execute(
            update(tables.Experience).where(col(tables.Experience.theme_id) == theme_id).values(theme_id=into)
        )
        theme.merged_into, whole.locked = into, True
        _note(session, theme_id, "merge", {"into": into}, made_by)


def split_theme(
    engine: Engine, theme_id: int, part: NewTheme, left: tuple[bytes, int], model: str, made_by: str
) -> int:
    """Take a part of a theme out as a theme of its own; returns its id. Both are locked.

    Args:
        engine: the store.
        theme_id: the theme.
        part: what is taken out.
        left: centre and size of what stays.
        model: version of the checkpoint that made the centres.
        made_by: who.
    """
    with writing(engine) as session:
        theme = _theme(session, theme_id)
        new = _open(session, part, model)
        _place(session, _members(part, new))
        theme.centroid, theme.size = left
        for one in (theme, session.get_one(tables.Theme, new)):
            one.locked = True
        _note(session, theme_id, "split", {"part": new}, made_by)
        return new


def _theme(session: Session, theme_id: int) -> tables.Theme:
    theme = session.get(tables.Theme, theme_id)
    if theme is None or theme.merged_into is not None:
        raise BadInput(f"there is no shared experience {theme_id} (any more); open the list again")
    return theme


def _note(session: Session, theme_id: int, action: str, detail: dict[str, Any], made_by: str) -> None:
    session.add(tables.ThemeEdit(theme_id=theme_id, action=action, detail=detail, made_by=made_by, made_at=now()))


def keep_apart(engine: Engine, mention_id: int) -> None:
    """A person says that a mention copies no other: it counts by itself from now on."""
    with writing(engine) as session:
        change = update(tables.Mention).where(col(tables.Mention.id) == mention_id)
        session.execute(change.values(copy_of=mention_id, touched=tables.stamp()))
        again = update(tables.Experience).where(col(tables.Experience.mention_id) == mention_id)
        session.execute(again.values(place=""))


def save_copies(engine: Engine, roots: Mapping[int, int], bands: Mapping[int, Sequence[int]]) -> None:
    """Note which mentions copy which (itself: none), and where copies of the others may lie.

    A mention that was edited meanwhile is looked at again in the next run.
    """
    with writing(engine) as session:
        for some in chunks(list(roots), 500):
            query = select(col(tables.Mention.id), col(tables.Mention.revision)).where(
                col(tables.Mention.id).in_(some), col(tables.Mention.copy_of).is_(None)
            )
            there: dict[int, int] = dict(session.execute(query).all())
            _let_go(session, [number for number, revision in there.items() if revision > 1])
            rows = [{"member": n, "root": roots[n], "at": tables.stamp()} for n in some if n in there]
            if rows:
                change = update(tables.Mention).where(col(tables.Mention.id) == bindparam("member"))
                session.connection().execute(change.values(copy_of=bindparam("root"), touched=bindparam("at")), rows)
                _free(session, [n for n in some if n in there and roots[n] == n])
            session.execute(delete(tables.Sketch).where(col(tables.Sketch.mention_id).in_(some)))
            sketches = [{"band": b, "mention_id": n} for n in some if n in there for b in bands.get(n, ())]
            if sketches:
                session.execute(insert(tables.Sketch), sketches)


def _free(session: Session, mention_ids: Sequence[int]) -> None:
    """What was a copy, and is none any more, is looked at again."""
    freed = update(tables.Experience).where(
        col(tables.Experience.mention_id).in_(mention_ids), col(tables.Experience.place) == Place.COPY
    )
    session.execute(freed.values(place=""))


def _let_go(session: Session, edited: Sequence[int]) -> None:
    """Copies of what these texts said before they were edited are looked at again."""
    if edited:
        copies = update(tables.Mention).where(
            col(tables.Mention.copy_of).in_(edited), col(tables.Mention.copy_of) != col(tables.Mention.id)
        )
        session.execute(copies.values(copy_of=None, touched=tables.stamp()))
