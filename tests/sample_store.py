"""The small store that many tests look into: four brands, hostile texts, a prediction for each."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from domain.dates import Precision
from domain.mention import Mention
from domain.prediction import Prediction
from domain.vocabulary import Contact, Dimension, Gap, Intent, Polarity, Sentiment, Stage, Touchpoint, Usable
from store import queries, writes
from store.filter import Filter

NEWEST = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)

LATE = "سفارش دو ساعت دیر رسید و غذا یخ کرده بود."
WARM = "پیک با خوش‌رویی تا دم در آورد، ممنون از شما."
BOTH = "غذا عالی بود ولی پیک خیلی دیر کرد."
HOSTILE = [
    "<script>window.stolen = 1</script> <img src=x onerror='window.stolen = 1'> کیفیت خوب بود",
    "\u202eاین متن وارونه است\u202c و \u2067این هم\u2069 بد بود",
    "خرید iPhone 15 Pro Max از app شما عالی بود 😍👍🏽\nvery good service! ممنون",
    "=cmd|'/c calc'!A1 +HYPERLINK(\"http://example.org\") دروغ گفتند",
    "**پررنگ** [کلیک](javascript:alert(1)) $x^2$ :red[قرمز] افتضاح بود",
]


def prediction(sentiment: Sentiment, touchpoint: Touchpoint, **changes) -> Prediction:
    """Labels by hand: the rational dimension follows the sentiment, the rest is silent."""
    ways = {"positive": "positive", "negative": "negative", "mixed": "both", "neutral": "absent"}
    dimensions = {str(dimension): Polarity.ABSENT for dimension in Dimension}
    dimensions["rational"] = Polarity(ways[sentiment])
    fields = {
        "usable": Usable.EXPERIENCE,
        "stage": Stage.RECEIPT,
        "contact": Contact.DIRECT,
        "gap": Gap.SHORT if sentiment is Sentiment.NEGATIVE else Gap.NONE,
        "intents": [Intent.LEAVE] if sentiment is Sentiment.NEGATIVE else [],
        "needs_response": sentiment is Sentiment.NEGATIVE,
    }
    return Prediction(sentiment=sentiment, dimensions=dimensions, touchpoints=[touchpoint], **(fields | changes))


def fill(engine: Engine) -> None:
    """Write the sample into an empty store."""
    writes.add_brand(engine, "sib", "سیب <b>سرخ</b>")
    writes.add_brand(engine, "anar", "انار")
    writes.save_mentions(engine, _mentions())
    texts = list(queries.stream(engine, Filter()))
    writes.save_readings(engine, [_reading(t.mention) for t in texts if t.mention.native_id != "unread"], "by hand")
    _share(engine)


def _mentions() -> list[Mention]:
    told = [
        *[LATE] * 14,
        *[WARM] * 12,
        *[BOTH] * 6,
        *HOSTILE,
        "خوب بود",
        "معمولی بود",
        "سلام قیمت چنده؟",
        "تبلیغ تبلیغ",
    ]
    found = []
    for place, text in enumerate(told):
        found.append(
            Mention(
                source="wordpress" if place % 3 else "telegram",
                native_id=f"example.ir#{place}",
                brand="anar" if place % 4 == 0 else "sib",
                text=text,
                url="javascript:alert(1)" if text in HOSTILE else f"https://example.ir/post#c{place}",
                title="<i>عنوان</i>" if text in HOSTILE else "",
                author=f"author {place % 20}",
                published_at=NEWEST - timedelta(days=2 * place),
                date_precision=Precision.SECOND,
                rating=0.75 if place % 5 == 0 else None,
                rating_raw="4" if place % 5 == 0 else "",
                rating_scale="1-5" if place % 5 == 0 else "",
            )
        )
    return [*found, Mention(source="feed", native_id="unread", brand="sib", text="هنوز خوانده نشده")]


def _reading(mention) -> writes.Reading:
    text = mention.text
    aside = Usable.SPAM if "تبلیغ" in text else Usable.NONE if "؟" in text else Usable.EXPERIENCE
    if text == BOTH:
        cut = text.index("ولی")
        parts = [
            (0, cut, Sentiment.POSITIVE, Touchpoint.PRODUCT),
            (cut, len(text), Sentiment.NEGATIVE, Touchpoint.DELIVERY),
        ]
        whole = prediction(Sentiment.MIXED, Touchpoint.PRODUCT)
    else:
        bad = any(word in text for word in ("دیر", "بد بود", "دروغ", "افتضاح"))
        sentiment = Sentiment.NEGATIVE if bad else Sentiment.NEUTRAL if "معمولی" in text else Sentiment.POSITIVE
        touchpoint = Touchpoint.DELIVERY if text == LATE else Touchpoint.STAFF if text == WARM else Touchpoint.NONE
        whole = prediction(sentiment, touchpoint, usable=aside, confident=text != "خوب بود")
        parts = [(0, len(text), sentiment, touchpoint)] if aside is Usable.EXPERIENCE else []
    passages = [writes.Passage(start, end, prediction(s, t), b"\0" * 8) for start, end, s, t in parts]
    return writes.Reading(mention.id, mention.revision, whole, passages)


def _share(engine) -> None:
    groups: dict[tuple[str, str], dict[int, tuple[int, float]]] = {}
    for told in queries.told(engine, "by hand", ""):
        groups.setdefault((told.polarity, told.touchpoint), {})[told.id] = (told.mention_id, 0.9)
    writes.save_themes(
        engine,
        "by hand",
        opened=[
            writes.NewTheme(label, polarity, touchpoint, b"\0" * 8, groups[polarity, touchpoint])
            for label, polarity, touchpoint in (
                ("دیر رسیدن <u>سفارش</u>", "negative", "delivery"),
                ("خوش‌رویی پیک", "positive", "staff"),
            )
        ],
    )
