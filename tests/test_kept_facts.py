"""Facts in a file beside the store, the order of members, and answers that are kept: copies that must never lie."""

from datetime import UTC, datetime
from threading import Barrier, Thread

import numpy as np
import pytest
from digest_store import LATE, SATURDAY, fill, steady
from sqlalchemy import create_engine, text, update
from sqlmodel import col

from dashboard.reads import Answers
from domain.mention import Mention
from domain.vocabulary import Place
from store import queries, tables, writes
from store.database import open_store, writing
from store.facts import facts, kept
from store.facts.names import Names, hashed
from store.filter import Filter
from store.queries.shared import in_themes


@pytest.fixture
def url(tmp_path, monkeypatch) -> str:
    """A store whose facts were kept in their file."""
    monkeypatch.setattr(kept, "FEWEST", 10)
    place = f"sqlite:///{tmp_path / 'shenava.db'}"
    engine = fill(place, steady())
    facts(engine)
    with kept._busy:  # the writer gives it back when the file is there
        assert kept.file_of(engine).exists()
    return place


def counted(engine) -> tuple:
    """Numbers that come from every part of the facts."""
    return queries.counts(engine, Filter()), queries.theme_labels(engine, Filter(), "source")


def test_a_new_process_reads_the_file_and_only_what_changed(url, monkeypatch):
    engine = open_store(url)
    writes.save_mentions(engine, [Mention(source="feed", native_id="new", brand="sib", text="دیر رسید", author="x")])
    before = counted(open_store(url))
    read = []
    monkeypatch.setattr("store.facts.fresh.mentions", _spied(read))
    assert counted(engine) == before
    assert max(read) >= 0, "everything was read again"


def _spied(read: list[int]):
    from store.facts.reading import mentions

    def spy(session, since, *more):
        read.append(since)
        return mentions(session, since, *more)

    return spy


def test_a_file_of_another_state_is_not_believed(url):
    engine = open_store(url)
    with writing(engine) as session:  # as from a backup: older labels, and no word of it
        first = session.scalar(text("SELECT min(id) FROM mention"))
        change = update(tables.Mention).where(col(tables.Mention.id) == first)
        session.execute(change.values(author="nobody else", touched=1))
    assert queries.counts(engine, Filter()).authors == _people(url)
    with writing(engine) as session:
        session.execute(text("DELETE FROM experience WHERE id = (SELECT min(id) FROM experience)"))
    other = open_store(url)
    assert len(facts(other).told) == queries.places(other, Filter()).told == _count(url, "experience")


def _people(url: str) -> int:
    with create_engine(url).connect() as connection:
        return connection.execute(text("SELECT count(DISTINCT author) FROM mention WHERE author != ''")).scalar_one()


def _count(url: str, table: str) -> int:
    with create_engine(url).connect() as connection:
        return connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()


def test_a_broken_file_is_read_over(url):
    engine = open_store(url)
    kept.file_of(engine).write_bytes(b"PK\x03\x04 half a file")
    assert queries.counts(engine, Filter()).mentions == _count(url, "mention")


def test_members_are_counted_as_one_by_one(url):
    engine = open_store(url)
    known = facts(engine)
    rows = known.mentions.numbers["day"] >= SATURDAY.toordinal()
    members, inside = known.members, in_themes(known, rows)
    people = members.people(inside)
    assert (np.diff(members.theme) >= 0).all() and len(members.themes) == 5
    for place, theme_id in enumerate(members.themes):
        told = known.told.among("place", [Place.MEMBER]) & (known.told.numbers["theme"] == theme_id)
        row = known.mention_of[told & known.told_in(rows)]
        authors = known.mentions.numbers["author"][row]
        assert people[place] == len(set(authors[authors != 0].tolist())) > 0
        part = members.rows_of(int(theme_id))
        assert sorted(members.told[part]) == np.flatnonzero(told).tolist()
    assert members.rows_of(999) == slice(0, 0)


def test_of_many_themes_the_days_are_those_of_each(url):
    engine = open_store(url)
    ids = tuple(int(number) for number in facts(engine).members.themes)
    every = queries.theme_days(engine, Filter(), ids)
    first = min(min(days) for days in every.values())
    of_late = queries.lately(engine, Filter(), ids, SATURDAY, first, datetime.now(UTC).date())
    for theme_id, (begun, days) in of_late.items():
        assert begun == min(every[theme_id])
        assert days == {day: n for day, n in every[theme_id].items() if day >= SATURDAY}
    silent = queries.lately(engine, Filter(), ids, SATURDAY, datetime.now(UTC).date(), datetime.now(UTC).date())
    assert {theme_id: days for theme_id, (_, days) in silent.items()} == every
    assert LATE in {theme.name for theme in queries.themes(engine)}


def test_authors_keep_their_numbers():
    first, names = Names().numbered(hashed(["b", "", "a", "b"]))
    assert first[0] == first[3] != first[2] and first[1] == 0
    later, more = names.numbered(hashed(["c", "a", "b"]))
    assert later[1] == first[2] and later[2] == first[0] and later[0] not in first
    assert len(more.hashes) == 3 and len(names.hashes) == 2


def test_answers_are_counted_once_and_forgotten_by_size():
    answers, asked, start = Answers(most=80_000), [], Barrier(5)

    def ask() -> str:
        asked.append(1)
        return "x" * 5_000

    def one() -> None:
        start.wait()
        assert len(answers.get("same", ask)) == 5_000

    people = [Thread(target=one) for _ in range(5)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert len(asked) == 1
    for number in range(10):
        answers.get(number, ask)
    assert answers.size <= 80_000 and len(asked) == 11
    answers.get(9, ask)
    assert len(asked) == 11, "the newest ones stay"
    answers.get("same", ask)
    assert len(asked) == 12, "the oldest one went"
    with pytest.raises(ZeroDivisionError):
        answers.get("bad", lambda: 1 // 0)
    assert answers.get("bad", lambda: 1) == 1
