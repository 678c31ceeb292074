"""Discover: experiences join the themes that they fit, and what fits none opens new ones. Nothing else moves."""

from collections import Counter
from collections.abc import Callable

from sqlalchemy import Engine

from domain.settings import Settings
from domain.vocabulary import Place, Polarity, Sentiment, Touchpoint
from jobs.copies import mark_copies
from jobs.lock import alone
from jobs.placing import Cell, Pair, Step
from jobs.vectors import pack, unpack
from nlp import naming, themes
from nlp.classifier import Classifier
from nlp.severity import severity
from store import queries
from store.queries import Told
from store.tables import Theme
from store.writes import Placing, forget_places, name_themes, save_anchors, save_severities, save_themes

Say = Callable[[str], None]

#: Experiences looked at, and written, at once.
BLOCK = 2_000
#: The newest experiences that fitted nothing so far are compared with new ones again: so many of a cell.
POOL = 600
#: A theme is named anew when it has grown so many times since.
_GROWN = 2
_SPOKEN = 200


def discover(
    engine: Engine, classifier: Classifier, settings: Settings, say: Say = lambda what: None, *, afresh: bool = False
) -> Counter[str]:
    """Set copies aside, mark what is severe, and place every new experience, within polarity x touchpoint.

    What was placed stays where it is: running twice changes nothing, and memory and time grow with what is new, not
    with what is there. Killed and started again, it goes on. Another checkpoint finds the themes again by the words
    that they are known by.

    Args:
        engine: the store.
        classifier: whose readings are looked at.
        settings: where the locks lie.
        say: told what is being done.
        afresh: place all experiences again. Themes that a person looked after are the beginning; the others open
            anew, under their old ids where they are found again.

    Returns:
        Counts: "looked" (new experiences), "member", "near", "alone", "aside", "copies", "new" themes, "themes".
    """
    # Classifying replaces experiences: it must not do so between our reading and our writing.
    with alone(settings, "classify"):
        counts: Counter[str] = Counter()
        say("looking for copies")
        counts["copies"] = mark_copies(engine)["copies"]
        if afresh:
            forget_places(engine)
        _first_look(engine, classifier.version, counts, say)
        cells = queries.cells(engine, Place.WAITING)
        known = _known(engine, classifier) if cells else []
        taken = {name for theme in known for name in (theme.label, theme.title)}
        for number, cell in enumerate(cells, 1):
            say(f"{number} of {len(cells)}: {cell[0]}, {cell[1]}")
            here = [theme for theme in known if _of(theme) == cell]
            standing = [theme for theme in here if not afresh or theme.locked or theme.merged_into]
            before = [theme for theme in here if afresh and not theme.locked and not theme.merged_into]
            _place_cell(engine, classifier.version, Cell(cell, standing, before), taken, counts)
        say("naming themes")
        _name(engine)
        counts["themes"] = len(queries.themes(engine))
    return counts


def _first_look(engine: Engine, model: str, counts: Counter[str], say: Say) -> None:
    """Mark what is severe, set aside what no theme can hold, and let the rest wait to be compared."""
    while block := queries.told(engine, model, "", limit=BLOCK):
        placings = [Placing(one.id, one.mention_id, _first_place(one)) for one in block]
        severe = {one.id: str(_severe(one) or "") for one in block}
        save_severities(engine, severe, placings)
        counts["looked"] += len(block)
        counts["aside"] += sum(placing.place is not Place.WAITING for placing in placings)
        counts["severe"] += sum(map(bool, severe.values()))
        say(f"looked at {counts['looked']} experiences")


def _severe(one: Told) -> str | None:
    return severity(one.words) if one.polarity != Sentiment.POSITIVE else None


def _first_place(one: Told) -> Place:
    if one.copied:
        return Place.COPY
    if not one.confident:
        return Place.UNSURE
    if one.polarity not in (Polarity.POSITIVE, Polarity.NEGATIVE):
        return Place.BALANCED
    # A verdict alone («عالی بود»), or a single word, tells nothing that people could share.
    if one.touchpoint == Touchpoint.NONE or not one.dimensions or len(one.words.split()) < 2:
        return Place.VERDICT
    return Place.WAITING


def _of(theme: Theme) -> Pair:
    return theme.polarity, theme.touchpoint


def _known(engine: Engine, classifier: Classifier) -> list[Theme]:
    """The themes that experiences may join, their centres in the embeddings of this checkpoint.

    A theme that was merged takes nothing up: what joins goes to the whole.
    """
    found = queries.themes(engine)
    parts = {theme.id: theme.merged_into for theme in found}
    for theme in found:
        while parts.get(theme.merged_into):  # the whole became part of another one
            theme.merged_into = parts[theme.merged_into]
    others = [theme for theme in found if theme.model != classifier.version and theme.id is not None]
    words = queries.anchors(engine, [theme.id for theme in others if theme.id is not None])
    for theme in others:
        if said := words.get(theme.id or 0):
            theme.centroid = pack(themes.with_embedding(unpack([theme.centroid])[0], classifier.embed(said)))
            theme.model = classifier.version
    again = {
        theme.id: (theme.centroid, theme.size) for theme in others if theme.id and theme.model == classifier.version
    }
    save_themes(engine, classifier.version, moved=again)
    return [theme for theme in found if theme.model == classifier.version]


def _place_cell(engine: Engine, model: str, cell: Cell, taken: set[str], counts: Counter[str]) -> None:
    """Place what waits in a cell, block by block; each block is one transaction."""
    while block := queries.told(engine, model, Place.WAITING, limit=BLOCK, cell=cell.cell):
        step = Step(cell, taken)
        rest = step.join(block)
        rest += queries.told(engine, model, Place.ALONE, limit=POOL, cell=cell.cell, newest=True)
        step.open(rest)
        ids = save_themes(engine, model, list(step.placings.values()), step.moved(), [new for new, _ in step.opened])
        for theme_id, (new, group) in zip(ids, step.opened, strict=True):
            cell.open(theme_id, group, new.label)
        counts.update(str(placing.place) for placing in step.placings.values())
        counts["member"] += sum(len(new.members) for new, _ in step.opened)
        counts["near"] += sum(len(new.beside) for new, _ in step.opened)
        counts["new"] += len(ids)


def _name(engine: Engine) -> None:
    """Name anew what has grown much since it was named, and note by which words themes are known."""
    found = [theme for theme in queries.themes(engine) if theme.merged_into is None and theme.id is not None]
    taken = {name for theme in found for name in (theme.label, theme.title)}
    anchored = queries.anchored(engine)
    names: dict[int, str] = {}
    anchors = {}
    for theme in found:
        assert theme.id is not None
        grown = theme.size > theme.named_at and theme.size >= _GROWN * theme.named_at
        if grown or theme.id not in anchored:
            anchors[theme.id] = queries.central(engine, theme.id)
        if grown:
            names[theme.id] = theme.label if theme.locked else _renamed(engine, theme, taken)
            taken.add(names[theme.id])
    name_themes(engine, names)
    save_anchors(engine, anchors)


def _renamed(engine: Engine, theme: Theme, taken: set[str]) -> str:
    assert theme.id is not None
    said = [one.words for one in queries.members(engine, theme.id, _SPOKEN)]
    return naming.free(naming.Unnamed(theme.polarity, theme.touchpoint, said), taken - {theme.label})
