"""A large store with texts of our own: what the app is timed on. The same arguments make the same store.

Two years, eight brands, six sources, about 1.5 experiences a mention, themes from a few texts to tens of thousands,
complaints, copies and crawls. Texts are put together from the statements of data/phrasebook.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Connection

from domain.settings import ROOT
from domain.vocabulary import (
    CaseStatus,
    Contact,
    CrawlOutcome,
    Dimension,
    Gap,
    Intent,
    Label,
    Place,
    Polarity,
    Sentiment,
    Severity,
    Stage,
    Touchpoint,
    Usable,
)
from store.database import open_store
from store.filter import words

BRANDS = {"bamdad": "بامداد", "sepidar": "سپیدار", "narvan": "نارون", "kolbeh": "کلبه", "dorna": "درنا",
          "setareh": "ستاره", "kavir": "کویر", "mahtab": "مهتاب"}  # fmt: skip
SOURCES = ("snappfood", "digikala", "telegram", "cafebazaar", "wordpress", "youtube")
MODEL = "reader@bench"
THEMES = 3_000
DAYS = 730
_BATCH = 20_000
_OPENINGS = ("", "سلام", "به نظر من", "تجربهٔ من این بود که", "بار سومی است که سفارش می‌دهم و", "متأسفانه",
             "خدا را شکر", "برای مادرم خریدم،", "دیروز گرفتم،", "واقعاً", "خلاصه بگویم:")  # fmt: skip
_JOINTS = (" و ", "، ", " ولی ", ". از آن طرف ", "؛ تازه ", " با این حال ")
_ENDINGS = ("", ".", "!", " ممنون.", " دیگر خودتان می‌دانید.", " امیدوارم بهتر شود.", " به بقیه هم گفتم.", " 🙏")
_ASIDE = ("این را کسی امتحان کرده؟", "کد تخفیف در کانال ما، همین حالا عضو شوید", "ساعت کار شعبهٔ مرکزی چند است؟")
_FLAGS = (*map(str, Intent), "needs_response")
_MENTION = (
    "id", "source", "native_id", "brand_id", "target_id", "kind", "text", "folded", "url", "title", "parent", "author",
    "published_at", "day", "date_raw", "date_precision", "rating", "rating_raw", "rating_scale", "found_by",
    "content_hash", "revision", "collected_at", "deleted_at", "copy_of", "touched",
)  # fmt: skip
_LABELS = ("sentiment", *map(str, Dimension), "touchpoint", "touchpoint2", "stage", "contact", "gap", "confident")
_PREDICTION = ("mention_id", "model", "usable", *_FLAGS, "unscored", "scores", "overruled", "predicted_at", *_LABELS)
_EXPERIENCE = ("mention_id", "start", "end", "embedding", "theme_id", "closeness", "place", "severe", *_LABELS)
_CASE = ("mention_id", "status", "owner", "cause", "action", "taken_at", "closed_at")
Row = tuple[Any, ...]


def large_store(path: Path, mentions: int) -> str:
    """The URL of a store with so many mentions; it is made if it is not there yet."""
    url = f"sqlite:///{path}"
    if path.exists():
        return url
    made = path.with_suffix(".making")
    for old in path.parent.glob(f"{made.name}*"):
        old.unlink()
    engine = open_store(f"sqlite:///{made}")
    with engine.connect().execution_options(write=True) as connection:
        slow = _without_indexes(connection)
        _fill(connection, mentions)
        for statement in ("INSERT INTO mention_search(mention_search) VALUES ('rebuild')", *slow):
            with connection.begin():
                connection.exec_driver_sql(statement)
    engine.dispose()  # the last connection takes the log into the file
    made.rename(path)
    return url


def _without_indexes(connection: Connection) -> list[str]:
    """Drop what slows writing down; the statements that come back make it again."""
    query = "SELECT type, name, sql FROM sqlite_master WHERE type IN ('index', 'trigger') AND sql IS NOT NULL"
    with connection.begin():
        found = connection.exec_driver_sql(query).all()
        for kind, name, _ in found:
            connection.exec_driver_sql(f"DROP {kind} {name}")
    return [statement for _, _, statement in found]


def _fill(connection: Connection, mentions: int) -> None:
    maker = _Maker(mentions)
    with connection.begin():
        _fill_around(connection, maker)
    for first in range(0, mentions, _BATCH):
        with connection.begin():
            texts, readings, told, cases = maker.batch(first, min(_BATCH, mentions - first))
            _insert(connection, "mention", _MENTION, texts)
            _insert(connection, "prediction", _PREDICTION, readings)
            _insert(connection, "experience", _EXPERIENCE, told)
            _insert(connection, "complaint", _CASE, cases)
    reviewed = [(int(n), "sentiment", '"negative"', "سارا", "queue:random", _time(maker.now))
                for n in maker.rng.integers(1, mentions, 300)]  # fmt: skip
    with connection.begin():
        _insert(connection, "correction", ("mention_id", "field", "value", "made_by", "note", "made_at"), reviewed)


def _fill_around(connection: Connection, maker: "_Maker") -> None:
    """Brands, targets, their crawls, and themes."""
    now = _time(maker.now)
    _insert(connection, "brand", ("id", "key", "name", "created_at"),
            [(n, key, name, now) for n, (key, name) in enumerate(BRANDS.items(), 1)])  # fmt: skip
    _insert(connection, "target", ("id", "source", "url", "brand_id", "active", "state", "query", "created_at"),
            [(8 * s + b + 1, source, f"https://example.ir/{source}/{b}", b + 1, 1, "{}", "{}", now)
             for s, source in enumerate(SOURCES) for b in range(8)])  # fmt: skip
    _insert(connection, "crawl_run", ("target_id", "started_at", "finished_at", "outcome", "counts", "message"),
            [(target, _time(at), _time(at), CrawlOutcome.FAILED if (target + n) % 19 == 0 else CrawlOutcome.OK,
              '{"mentions/new": 40}', "") for n in range(60) for target in range(1, 49)
             for at in [maker.now - timedelta(hours=12 * (60 - n))]])  # fmt: skip
    _insert(connection, "theme", ("id", "label", "title", "polarity", "touchpoint", "model", "centroid", "size",
            "named_at", "locked", "created_at"), list(maker.themes()))  # fmt: skip


def _insert(connection: Connection, table: str, columns: Sequence[str], rows: list[Row]) -> None:
    if rows:
        names = ", ".join(f'"{column}"' for column in columns)
        connection.exec_driver_sql(f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(columns))})", rows)


def _time(at: datetime) -> str:
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds")


def _stars(feeling: str, draw: float) -> Row:
    """A rating, as it stood there, and its scale; two in five texts have one, and a few of them say otherwise."""
    given = {"positive": (5, 5, 5, 5, 5, 4, 4, 4, 3, 1), "negative": (1, 1, 1, 1, 2, 2, 2, 3, 3, 5)}
    if draw >= 0.4:
        return None, "", ""
    stars = given.get(feeling, (2, 3, 3, 3, 4, 4, 4, 5, 5, 2))[int(draw * 25)]
    return (stars - 1) / 4, str(stars), "1-5"


class _Maker:
    """Draws mentions, readings and experiences, batch by batch."""

    def __init__(self, mentions: int) -> None:
        self.rng, self.mentions = np.random.default_rng(7), mentions
        self.now = datetime.combine(date.today(), datetime.min.time(), UTC)
        phrases = [
            (*line.split("\t"), polarity)
            for polarity in (Sentiment.NEGATIVE, Sentiment.POSITIVE)
            for line in (ROOT / f"data/phrasebook/{polarity}.tsv").read_text(encoding="utf-8").splitlines()
        ]
        phrases = [one for one in phrases if one[0] in set(map(str, Touchpoint))]
        order = self.rng.permutation(THEMES) % len(phrases)
        #: Touchpoint, statement and polarity of each theme; a few are told very often, most are rare.
        self.told = [phrases[n] for n in order]
        self.share = 1 / (np.arange(1, THEMES + 1) + 8) ** 1.05
        self.sides = {p: np.array([n for n, one in enumerate(self.told) if one[2] == p]) for p in Sentiment}
        noise = self.rng.normal(size=(THEMES, 384)).astype(np.float32)
        self.centres = (noise / np.linalg.norm(noise, axis=1, keepdims=True)).astype(np.float16)

    def themes(self) -> Iterator[Row]:
        for n, (touchpoint, words_, polarity) in enumerate(self.told):
            name = words_ if n < 2_500 else f"{words_} ({n})"
            yield (n + 1, name, "", polarity, touchpoint, MODEL, self.centres[n].tobytes(), 50, 50, n % 40 == 0,
                   _time(self.now - timedelta(days=n % DAYS)))  # fmt: skip

    def pick(self, labels: type[Label], weights: Sequence[float], n: int) -> list[str]:
        """So many labels, drawn by weight."""
        names = [str(label) for label in labels]
        return [names[code] for code in self.rng.choice(len(names), n, p=np.array(weights) / sum(weights))]

    @cached_property
    def embeddings(self) -> list[bytes]:
        """Passages scatter around the centre of their theme; four for each are enough."""
        near = np.tile(self.centres.astype(np.float32), (4, 1))
        near += self.rng.normal(0, 0.02, near.shape).astype(np.float32)
        return [one.tobytes() for one in (near / np.linalg.norm(near, axis=1, keepdims=True)).astype(np.float16)]

    @cached_property
    def scores(self) -> list[str]:
        """Probabilities as a reader writes them."""
        heads = (
            ("usable", Usable),
            ("sentiment", Sentiment),
            ("touchpoint", Touchpoint),
            ("stage", Stage),
            ("gap", Gap),
        )
        flags = [f"{d}:{way}" for d in Dimension for way in ("positive", "negative")] + [f"intent:{i}" for i in Intent]
        made = []
        for _ in range(2_000):
            said = {key: round(float(self.rng.beta(0.3, 2)), 4) for key in [*flags, "needs_response:yes"]}
            for head, labels in heads:
                parts = self.rng.dirichlet(np.full(len(labels), 0.3))
                said |= {f"{head}:{label}": round(float(p), 4) for label, p in zip(labels, parts, strict=True)}
            made.append(json.dumps(said))
        return made

    def batch(self, first: int, n: int) -> tuple[list[Row], list[Row], list[Row], list[Row]]:
        """Mentions, predictions, experiences and cases of so many mentions after the first ones."""
        rng = self.rng
        usable = self.pick(Usable, (85, 10, 5), n)
        feeling = self.pick(Sentiment, (46, 34, 12, 8), n)
        # The last year has more; what a crawl finds is newest on the whole, and never in order.
        place = (first + np.arange(n)) / self.mentions
        back = DAYS * (1 - place**0.7) + rng.exponential(12, n)
        seconds = np.clip(back, 0, DAYS - 1) * 86_400
        brand, source = (rng.choice(k, n, p=np.arange(k, 0, -1) / (k * (k + 1) / 2)) for k in (8, 6))
        author = (self.mentions * 0.35 * rng.random(n) ** 1.6).astype(int)
        known, dated, gone, copies, rated = (rng.random(n) for _ in range(5))
        doors = [self._labels(feeling[row]) for row in range(n)]
        flags = self._flags(feeling, usable)
        texts, readings, told, cases = [], [], [], []
        for row in range(n):
            number, at = first + row + 1, self.now - timedelta(seconds=float(seconds[row]))
            said, folded, parts = self._text(usable[row], feeling[row])
            name, key = SOURCES[source[row]], f"{number:08}"
            touchpoint = parts[0][2] if parts else "none"
            copy = int(number * rng.random()) + 1 if copies[row] < 0.03 else number
            deleted = _time(self.now) if gone[row] < 0.004 else None
            texts.append((
                number, name, key, int(brand[row]) + 1, int(source[row]) * 8 + int(brand[row]) + 1, "review", said,
                folded, f"https://example.ir/{name}/{key}", "", "",
                f"{author[row] * 2654435761 % 2**32:032x}" if known[row] < 0.85 and not deleted else "", _time(at),
                (at + timedelta(hours=3, minutes=30)).date().isoformat(), "",
                "second" if dated[row] < 0.98 else "unknown",
                *_stars(feeling[row], rated[row]), "", key, 1, _time(at + timedelta(hours=5)), deleted, copy,
                int(self.now.timestamp() * 1e6) - (self.mentions - number) * 20_000,
            ))  # fmt: skip
            labels = (feeling[row], *doors[row][:5], touchpoint, "", *doors[row][5:])
            readings.append((number, MODEL, usable[row], *flags[row], "", self.scores[number % 2_000], "{}",
                             _time(at + timedelta(hours=6)), *labels))  # fmt: skip
            for start, end, where, theme, polarity in parts if not deleted else ():
                told.append(self._experience(number, start, end, theme, copy != number,
                                             (polarity, *doors[row][:5], where, "", *doors[row][5:])))  # fmt: skip
            if flags[row][-1] and number % 12 == 0:
                cases.append(self._case(number, at))
        return texts, readings, told, cases

    def _labels(self, feeling: str) -> tuple[Any, ...]:
        """The five dimensions, stage, contact, gap, and whether the reader is sure."""
        draw = self.rng.random(9)
        way = {"positive": "positive", "negative": "negative", "mixed": "both"}.get(feeling, "absent")
        ways = [way if d < p else "absent" for d, p in zip(draw, (0.75, 0.35, 0.3, 0.15, 0.06), strict=False)]
        stages, gaps = list(map(str, Stage)), list(map(str, Gap))
        stage = stages[min(6, int(draw[5] ** 0.8 * 7))]
        gap = gaps[0] if draw[6] < 0.8 else gaps[3] if way == Polarity.NEGATIVE else gaps[1 + (draw[6] < 0.9)]
        return (*ways, stage, str(Contact.INDIRECT if draw[7] < 0.08 else Contact.DIRECT), gap, bool(draw[8] < 0.88))

    def _flags(self, feeling: list[str], usable: list[str]) -> list[tuple[bool, ...]]:
        draw = self.rng.random((len(feeling), 5))
        good, bad = np.array(feeling) == "positive", np.array(feeling) == "negative"
        tells = np.array(usable) == "experience"
        columns = [tells & side & (draw[:, k] < p) for k, (side, p) in enumerate(
            ((good, 0.1), (good, 0.15), (bad, 0.12), (bad, 0.12), (bad, 0.3)))]  # fmt: skip
        return [tuple(map(bool, row)) for row in zip(*columns, strict=True)]

    def _text(self, usable: str, feeling: str) -> tuple[str, str, list[tuple[int, int, str, int, str]]]:
        """A text, its folded words, and its passages: start, end, touchpoint, theme (from 0), polarity."""
        rng = self.rng
        if usable != Usable.EXPERIENCE:
            said = _ASIDE[int(rng.integers(len(_ASIDE)))]
            return said, self.folded(said), []
        said = _OPENINGS[int(rng.integers(len(_OPENINGS)))]
        said, folded, parts = said + " " * bool(said), [self.folded(said)], []
        for turn in range(1 + int(rng.geometric(0.53) - 1) % 4):
            if turn:
                joint = _JOINTS[int(rng.integers(len(_JOINTS)))]
                said, folded = said + joint, [*folded, self.folded(joint)]
            side = feeling if feeling in ("positive", "negative") else ("positive", "negative")[int(rng.integers(2))]
            theme = self.draw(side)
            touchpoint, phrase, _ = self.told[theme]
            parts.append((len(said), len(said) + len(phrase), touchpoint, theme, side))
            said, folded = said + phrase, [*folded, self.folded(phrase)]
        ending = _ENDINGS[int(rng.integers(len(_ENDINGS)))]
        return said + ending, " ".join(filter(None, [*folded, self.folded(ending)])), parts

    def folded(self, piece: str) -> str:
        """The words of a piece, folded once."""
        if piece not in self._folded:
            self._folded[piece] = " ".join(words(piece))
        return self._folded[piece]

    @cached_property
    def _folded(self) -> dict[str, str]:
        return {}

    def draw(self, side: str) -> int:
        """A theme of a polarity, often a large one."""
        drawn = self._drawn.get(side)
        if not drawn:
            of_side = self.sides[Sentiment(side)]  # type: ignore[call-arg]
            weights = self.share[of_side] / self.share[of_side].sum()
            drawn = self._drawn[side] = self.rng.choice(of_side, 200_000, p=weights).tolist()
        return int(drawn.pop())

    @cached_property
    def _drawn(self) -> dict[str, list[int]]:
        return {}

    def _experience(self, number: int, start: int, end: int, theme: int, copied: bool, labels: Row) -> Row:
        draw = float(self.rng.random())
        where = Place.COPY if copied else next(
            place for place, until in ((Place.MEMBER, 0.6), (Place.NEAR, 0.68), (Place.ALONE, 0.82),
                                       (Place.VERDICT, 0.9), (Place.UNSURE, 0.99), (Place.WAITING, 1.1)) if draw < until
        )  # fmt: skip
        inside = where in (Place.MEMBER, Place.NEAR)
        severe = str(list(Severity)[number % 5]) if number % 700 == 0 else ""
        return (number, start, end, self.embeddings[theme + THEMES * (number % 4)], theme + 1 if inside else None,
                0.4 + 0.55 * draw if inside else None, str(where), severe, *labels)  # fmt: skip

    def _case(self, number: int, at: datetime) -> Row:
        status = list(CaseStatus)[1 + number // 12 % 4]
        over = status in (CaseStatus.CLOSED, CaseStatus.DISMISSED)
        return (number, str(status), ("سارا", "امید", "نگار")[number % 3], "تأخیر پیک" if over else "",
                "تماس و جبران" if over else "", _time(at + timedelta(hours=9)),
                _time(at + timedelta(hours=9 + number % 90)) if over else None)  # fmt: skip
