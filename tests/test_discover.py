"""Discovery with the real checkpoint: experiences find their themes, and stay where they are."""

import shutil
from pathlib import Path

import pytest
from sqlalchemy import text, update
from sqlmodel import Session, col, select
from told import COLD, EVERYTHING, LATE, MORE, SEVERE, told

from domain.settings import Settings
from domain.vocabulary import Place
from jobs import discover as job
from jobs.classify import classify
from jobs.discover import discover
from nlp.classifier import Classifier
from store import queries, tables, writes
from store.database import open_store
from store.filter import Filter


@pytest.fixture(scope="module")
def reader():
    return Classifier.load()


@pytest.fixture(scope="module")
def read(reader, tmp_path_factory):
    """A store whose texts are read; nothing is discovered yet."""
    return _store(tmp_path_factory.mktemp("read"), reader, lambda engine, settings: None)


@pytest.fixture(scope="module")
def placed(reader, tmp_path_factory):
    """The same store after discovery."""
    return _store(tmp_path_factory.mktemp("placed"), reader, lambda engine, s: discover(engine, reader, s))


def _store(folder: Path, reader, then) -> Path:
    settings = Settings(data=folder)
    engine = open_store(settings.url)
    writes.add_brand(engine, "nan", "نان")
    writes.save_mentions(engine, told(EVERYTHING))
    classify(engine, reader, settings)
    then(engine, settings)
    with engine.connect() as connection:
        connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    engine.dispose()
    return folder / "shenava.db"


class Store:
    """A store of its own for a test, with what the tests ask of it."""

    def __init__(self, file: Path, folder: Path, reader) -> None:
        folder.mkdir(exist_ok=True)
        shutil.copy(file, folder / "shenava.db")
        self.settings, self.reader = Settings(data=folder), reader
        self.engine = open_store(self.settings.url)

    def discover(self, **how):
        return discover(self.engine, self.reader, self.settings, **how)

    def add(self, texts, **more):
        writes.save_mentions(self.engine, told(texts, **({"first": 1000} | more)))
        classify(self.engine, self.reader, self.settings)
        return self.discover()

    def experiences(self) -> dict[int, tables.Experience]:
        with Session(self.engine) as session:
            return {one.id: one for one in session.scalars(select(tables.Experience)) if one.id}

    def places(self) -> dict[int, tuple[str, int | None]]:
        return {number: (one.place, one.theme_id) for number, one in self.experiences().items()}

    def rows(self) -> dict[str, list[tuple]]:
        """All that discovery writes, without the clock."""
        tables_ = {
            "theme": "id, label, title, polarity, touchpoint, model, hex(centroid), size, named_at, locked",
            "experience": "id, mention_id, place, theme_id, closeness, severe",
            "anchor": "theme_id, mention_id, start",
            "sketch": "band, mention_id",
            "mention": "id, copy_of",
        }
        with self.engine.connect() as connection:
            return {
                name: sorted(map(tuple, connection.execute(text(f"SELECT {what} FROM {name}"))), key=repr)
                for name, what in tables_.items()
            }

    def of(self, words: str) -> tables.Experience:
        """The first experience of the first mention that is told in these words."""
        with Session(self.engine) as session:
            query = select(tables.Experience).join(
                tables.Mention, col(tables.Mention.id) == col(tables.Experience.mention_id)
            )
            query = query.where(col(tables.Mention.text) == words).order_by(col(tables.Experience.id))
            found = session.scalars(query).first()
            assert found, words
            return found

    def theme_of(self, texts) -> int:
        """The theme that most of some texts are in."""
        ids = [one.theme_id for one in map(self.of, texts) if one.place == Place.MEMBER]
        assert ids
        return max(set(ids), key=ids.count)

    def mentions(self, **chosen) -> int:
        return queries.counts(self.engine, Filter(**chosen)).mentions


@pytest.fixture
def unplaced(read, reader, tmp_path):
    return Store(read, tmp_path / "unplaced", reader)


@pytest.fixture
def store(placed, reader, tmp_path):
    return Store(placed, tmp_path / "store", reader)


def test_what_is_said_alike_is_one_theme(store):
    cold, late = store.theme_of(COLD), store.theme_of(LATE)
    assert cold != late
    inside = [one.place == Place.MEMBER and one.theme_id == cold for one in map(store.of, COLD)]
    assert sum(inside) >= 5
    names = {theme.id: theme.name for theme in queries.themes(store.engine)}
    assert len(set(names.values())) == len(names) >= 4
    assert "سرد" in names[cold]
    assert not [one for one in map(store.of, LATE) if one.theme_id == cold and one.place == Place.MEMBER]


def test_every_experience_has_exactly_one_place(store):
    found = store.experiences()
    for one in found.values():
        assert one.place in set(map(str, Place)) - {Place.WAITING}
        assert (one.theme_id is not None) == (one.place in (Place.MEMBER, Place.NEAR))
        assert (one.closeness is not None) == (one.theme_id is not None)
    places = queries.places(store.engine, Filter())
    assert "" not in places.counts and places.told == len(found)


def test_themes_count_what_is_in_them(store):
    told_in = store.places().values()
    for theme in queries.themes(store.engine):
        members = sum(place == (Place.MEMBER, theme.id) for place in told_in)
        assert theme.size == members >= 2
        assert len({one.author for one in queries.members(store.engine, theme.id)}) >= 2
        assert queries.anchors(store.engine, [theme.id])[theme.id]


def test_a_second_run_changes_nothing(store):
    before = store.rows()
    counts = store.discover()
    assert counts["looked"] == counts["new"] == counts["copies"] == 0
    assert store.rows() == before


def test_two_stores_of_the_same_texts_are_the_same(store, unplaced):
    unplaced.discover()
    assert unplaced.rows() == store.rows()


def test_what_is_new_moves_nobody(store):
    before, themes = store.places(), {theme.id for theme in queries.themes(store.engine)}
    store.add(MORE)
    after = store.places()
    assert not [n for n, place in before.items() if place[0] == Place.MEMBER and after[n] != place]
    assert len([n for n, place in before.items() if after[n] != place]) <= 0.02 * len(before)
    joined = [after[n] for n in after.keys() - before.keys()]
    assert sum(place == Place.MEMBER and theme in themes for place, theme in joined) >= 4


def test_one_author_forty_times_opens_no_theme(store):
    before = {theme.id for theme in queries.themes(store.engine)}
    places = ["تهران", "شیراز", "اصفهان", "مشهد", "تبریز", "رشت", "یزد", "کرمان", "قم", "ساری"]
    own = [f"دستشویی شعبه {place} {why}" for place in places for why in ("کثیف بود", "بو می‌دهد", "آب نداشت", "قفل بود")]
    counts = store.add(own, author="one")
    assert counts["looked"] >= 38  # one or two may tell nothing, as they are read
    with Session(store.engine) as session:
        mine = set(session.scalars(select(tables.Mention.id).where(tables.Mention.author == "one")))
    new = {theme.id for theme in queries.themes(store.engine)} - before
    for theme in new:
        assert {one.author for one in queries.members(store.engine, theme)} - {"one", ""}
    alone = [one for one in store.experiences().values() if one.mention_id in mine and one.place == Place.ALONE]
    assert len(alone) >= 10


def test_texts_without_an_author_open_no_theme(store):
    before = len(queries.themes(store.engine))
    store.add(["پارکینگ تنگ و تاریک است", "پارکینگ خیلی تنگ است", "پارکینگ تنگ بود"], author=None)
    assert len(queries.themes(store.engine)) == before


def test_a_renamed_theme_keeps_its_title_and_takes_members(store):
    cold = store.theme_of(COLD)
    writes.rename_theme(store.engine, cold, "غذای یخ‌زده", "sara")
    size = queries.theme(store.engine, cold).size
    label = queries.theme(store.engine, cold).label
    # Four times as many: a theme that is not locked would be named anew.
    foods = "پیتزا کباب برنج ساندویچ ناهار شام سوپ مرغ ماهی خورشت جوجه برگر لازانیا پاستا قیمه".split()  # noqa: SIM905
    store.add([f"{food} {state}" for food in foods for state in ("سرد بود", "یخ کرده بود", "سرد رسید")])
    theme = queries.theme(store.engine, cold)
    assert theme.size >= 4 * size and theme.named_at == theme.size
    assert (theme.name, theme.title, theme.label, theme.locked) == ("غذای یخ‌زده", "غذای یخ‌زده", label, True)
    store.discover(afresh=True)
    assert queries.theme(store.engine, cold).name == "غذای یخ‌زده"
    assert store.theme_of(COLD) == cold


def test_a_merged_theme_takes_nothing_and_its_whole_does(store):
    cold, late = store.theme_of(COLD), store.theme_of(LATE)
    both = sum(theme in (cold, late) and place == Place.MEMBER for place, theme in store.places().values())
    writes.merge_themes(store.engine, cold, late, "sara")
    store.add(["غذا سرد بود متاسفانه", "غذای ما سرد بود", "غذا سرد رسید", "پیک خیلی دیر رسید"])
    after = [theme for place, theme in store.places().values() if place == Place.MEMBER]
    assert cold not in after
    assert after.count(late) >= both + 3
    assert "سرد" not in [theme.label for theme in queries.themes(store.engine) if theme.id not in (cold, late)]
    assert queries.theme(store.engine, cold).id == late
    store.discover(afresh=True)
    again = [theme for place, theme in store.places().values() if place == Place.MEMBER]
    assert cold not in again and again.count(late) >= both


def test_another_checkpoint_finds_the_themes_again(store):
    """Everything was read and grouped by a checkpoint of another version; this one reads all of it anew."""
    before = {theme.id: theme.label for theme in queries.themes(store.engine)}
    cold = store.theme_of(COLD)
    with store.engine.begin() as connection:
        connection.execute(update(tables.Prediction).values(model="older"))
        connection.execute(update(tables.Theme).values(model="older"))
    assert classify(store.engine, store.reader, store.settings)["read"] == len(EVERYTHING)
    store.discover()
    themes = {theme.id: theme for theme in queries.themes(store.engine)}
    assert {number: themes[number].label for number in before} == before
    assert {theme.model for theme in themes.values()} == {store.reader.version}
    assert store.theme_of(COLD) == cold
    kept = [one.theme_id in before for one in store.experiences().values() if one.place == Place.MEMBER]
    assert sum(kept) >= 0.9 * len(kept)


def test_all_afresh_keeps_the_ids_of_what_is_found_again(store):
    before = {theme.id: theme.label for theme in queries.themes(store.engine)}
    groups = store.places()
    store.discover(afresh=True)
    after = {theme.id: theme.label for theme in queries.themes(store.engine)}
    assert after == before
    assert store.places() == groups
    store.discover(afresh=True)
    sizes = {theme.id: theme.size for theme in queries.themes(store.engine)}
    members = [theme for place, theme in store.places().values() if place == Place.MEMBER]
    assert sizes == {number: members.count(number) for number in sizes}


def test_a_locked_theme_does_not_grow_by_beginning_afresh(store):
    cold = store.theme_of(COLD)
    writes.lock_theme(store.engine, cold, True, "sara")
    for _ in range(2):
        store.discover(afresh=True)
    theme = queries.theme(store.engine, cold)
    members = [number for place, number in store.places().values() if place == Place.MEMBER]
    assert theme.size == members.count(cold)


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("moment", [1, 2, 3, 5, 8])
def test_killed_between_two_blocks_it_ends_the_same(read, reader, tmp_path, monkeypatch, moment):
    monkeypatch.setattr(job, "BLOCK", 6)
    whole, broken = (Store(read, tmp_path / name, reader) for name in ("whole", "broken"))
    whole.discover()
    writings = iter(range(1, 1000))

    def dying(*args, **more):
        ids = writes.save_themes(*args, **more)
        if next(writings) == moment:
            raise Killed
        return ids

    with monkeypatch.context() as patch:
        patch.setattr(job, "save_themes", dying)
        with pytest.raises(Killed):
            broken.discover()
    broken.discover()
    assert broken.rows() == whole.rows()


def test_what_is_severe_is_marked_though_alone(store):
    one = store.of(SEVERE)
    assert one.severe == "health"
    assert queries.severities(store.engine, Filter()) == {"health": 1}
    assert {quote.mention.text for quote in queries.severe(store.engine, Filter())} == {SEVERE}
    assert store.mentions(severe=("health",)) == 1


def test_a_mark_goes_when_a_person_says_that_it_was_praise(store):
    words = "توی غذا سوسک بود"
    store.add([words])
    assert store.of(words).severe == "health"
    writes.correct(store.engine, store.of(words).mention_id, "sentiment", "positive", "sara")
    store.discover()
    assert store.of(words).severe == ""


def test_spam_leaves_the_counts_and_its_theme_stays(store):
    cold = store.theme_of(COLD)
    words = next(one for one in COLD if store.of(one).theme_id == cold and store.of(one).place == Place.MEMBER)
    (before,) = [one for one in queries.theme_counts(store.engine, Filter()) if one.theme.id == cold]
    writes.correct(store.engine, store.of(words).mention_id, "usable", "spam", "sara")
    store.discover()
    (after,) = [one for one in queries.theme_counts(store.engine, Filter()) if one.theme.id == cold]
    assert (after.mentions, after.authors) == (before.mentions - 1, before.authors - 1)
    assert words not in [quote.mention.text for quote in queries.quotes(store.engine, Filter(), cold)]
    for theme in [one for one in COLD if store.of(one).theme_id == cold]:
        writes.correct(store.engine, store.of(theme).mention_id, "usable", "spam", "sara")
    assert queries.theme(store.engine, cold) is not None


def test_a_copy_is_in_no_theme_until_its_original_is_forgotten(store):
    long = "غذا سرد بود و رستوران هم هیچ توضیحی برای سرد بودن آن به ما نداد"
    writes.add_brand(store.engine, "sib")
    store.add([long], brand="sib")
    store.add([long], first=1001)
    copied = [one for one in store.experiences().values() if one.place == Place.COPY]
    assert copied and {one.theme_id for one in copied} == {None}
    assert queries.places(store.engine, Filter()).copies == 1
    assert store.mentions(copied=True) == 1
    writes.forget_brand(store.engine, "sib")
    store.discover()
    freed = store.experiences()
    assert not [one for one in copied if freed[one.id].place == Place.COPY]
    assert store.mentions(copied=True) == 0


def test_strangers_tricks_do_not_stop_it(store):
    tricks = [
        "<script>alert(1)</script> غذا سرد بود",
        "سرد " * 3000,
        "\u202eغذا سرد بود\u202c",
        "=cmd|'/c calc'!A1 غذا سرد بود",
        "😡" * 500 + " غذا سرد بود",
        "ـ" * 100 + "غذا سرد بود",
    ]
    store.add(tricks)
    assert all(place for place, _ in store.places().values())
