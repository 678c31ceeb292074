"""Stores for the digest's tests: thirteen weeks of two sources, with what is told in each week by choice."""

import random
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from sample_store import prediction

from domain.dates import TEHRAN, Precision
from domain.mention import Mention
from domain.vocabulary import Sentiment, Touchpoint
from store import queries, writes
from store.database import open_store
from store.filter import Filter

#: The Saturday of the week that digests are about; its Friday night has long passed.
SATURDAY = date(2025, 6, 14)
WEEKS = 13
#: Theme -> polarity, touchpoint, what its texts say.
TOLD = {
    "دیر رسیدن سفارش": ("negative", "delivery", "سفارش خیلی دیر رسید"),
    "خوش‌رویی پیک": ("positive", "staff", "پیک با خوش‌رویی آورد"),
    "خرابی بسته‌بندی": ("negative", "packaging", "جعبه پاره بود"),
    "گرانی ارسال": ("negative", "price", "هزینهٔ ارسال زیاد است"),
    "کیفیت خوب": ("positive", "product", "جنسش همان بود که می‌خواستم"),
}
LATE, WARM, TORN, DEAR, FINE = TOLD


@dataclass
class Week:
    """What one week tells: theme -> texts of each source, and texts without a theme of each source."""

    themes: dict[str, tuple[int, int]]
    others: tuple[int, int] = (30, 20)
    words: dict[str, str] = field(default_factory=dict)


def steady(rng: random.Random | None = None, scale: float = 1.0, spread: float = 0.0) -> list[Week]:
    """Weeks in which nothing changes but the dice; `spread` is φ beyond Poisson."""
    return [Week({name: (_dice(rng, 8 * scale, spread), _dice(rng, 4 * scale, spread)) for name in TOLD},
                 (_dice(rng, 30 * scale, spread), _dice(rng, 20 * scale, spread))) for _ in range(WEEKS)]  # fmt: skip


def _dice(rng: random.Random | None, mean: float, spread: float) -> int:
    if rng is None:
        return round(mean)
    rate = rng.gammavariate(1 / spread, spread * mean) if spread else mean
    n, left = 0, rng.expovariate(1.0)
    while left < rate:
        n, left = n + 1, left + rng.expovariate(1.0)
    return n


def fill(url: str, weeks: list[Week], brand: str = "sib", name: str = "سیب", more: tuple[str, ...] = ()):
    """An engine of a store with these weeks, the last of which begins on SATURDAY; `more` texts are told in it."""
    engine = open_store(url)
    writes.add_brand(engine, brand, name)
    told: list[tuple[str, int, int, str]] = []
    for at, week in enumerate(weeks):
        for theme, counts in week.themes.items():
            text = week.words.get(theme, TOLD[theme][2])
            told += [(theme, at, source, text) for source, n in enumerate(counts) for _ in range(n)]
        told += [("", at, source, "معمولی بود") for source, n in enumerate(week.others) for _ in range(n)]
    told += [("", len(weeks) - 1, 0, text) for text in more]
    first = SATURDAY - timedelta(weeks=len(weeks) - 1)
    writes.save_mentions(engine, [_mention(brand, first, place, *one) for place, one in enumerate(told)])
    stored = {t.mention.native_id: t.mention for t in queries.stream(engine, Filter(brands=(brand,)))}
    readings = [_reading(stored[f"{brand}{place}"], one[0]) for place, one in enumerate(told)]
    writes.save_readings(engine, readings, "by hand")
    _share(engine)
    return engine


def _mention(brand: str, first: date, place: int, _: str, week: int, source: int, text: str) -> Mention:
    day = datetime.combine(first + timedelta(weeks=week, days=place % 7), time(12), TEHRAN)
    return Mention(
        source=("wordpress", "telegram")[source], native_id=f"{brand}{place}", brand=brand, text=f"{text} {place}",
        author=f"a{place % 401}", published_at=day, date_precision=Precision.DAY, url=f"https://example.ir/c{place}",
    )  # fmt: skip


def _reading(mention, theme: str) -> writes.Reading:
    polarity, touchpoint, _ = TOLD.get(theme, ("neutral", "none", ""))
    whole = prediction(Sentiment(polarity), Touchpoint(touchpoint))
    parts = [writes.Passage(0, len(mention.text), whole, b"\0" * 8)] if theme else []
    return writes.Reading(mention.id, mention.revision, whole, parts)


def _share(engine) -> None:
    groups: dict[tuple[str, str], dict[int, tuple[int, float]]] = {}
    for told in queries.told(engine, "by hand", "", limit=100_000):
        groups.setdefault((told.polarity, told.touchpoint), {})[told.id] = (told.mention_id, 0.9)
    writes.save_themes(
        engine, "by hand",
        opened=[
            writes.NewTheme(name, polarity, touchpoint, b"\0" * 8, groups[polarity, touchpoint])
            for name, (polarity, touchpoint, _) in TOLD.items() if (polarity, touchpoint) in groups
        ],
    )  # fmt: skip
