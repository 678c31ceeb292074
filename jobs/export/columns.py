"""The columns of an export, once: the header, the data dictionary and the Parquet schema derive from here."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from operator import attrgetter
from typing import Any, NamedTuple

import jdatetime

from domain.dates import Precision
from domain.mention import Kind
from domain.text import storable
from domain.vocabulary import (
    Contact,
    Dimension,
    Gap,
    Intent,
    Label,
    Place,
    Polarity,
    Sentiment,
    Stage,
    Touchpoint,
    Usable,
)
from store.queries import Text
from store.tables import Experience, Prediction


@dataclass(frozen=True, slots=True)
class Row:
    """What one line of an export is made of."""

    text: Text
    passages: Sequence[Experience]
    #: What the themes of its passages are called, by id.
    themes: Mapping[int, str]


Value = Callable[[Row], Any]


@dataclass(frozen=True, slots=True)
class Column:
    """One column; `type` is text, label, boolean, integer, number, time, day or json."""

    key: str
    fa: str
    en: str
    type: str
    value: Value
    meaning_fa: str
    meaning_en: str
    #: The labels that may stand in it.
    labels: Iterable[Label] = ()

    def title(self, language: str = "fa") -> str:
        """What stands over the column, for people."""
        return self.fa if language == "fa" else self.en

    def meaning(self, language: str = "fa") -> str:
        """One sentence for the data dictionary."""
        return self.meaning_fa if language == "fa" else self.meaning_en


class Entry(NamedTuple):
    """One row of the data dictionary: a column, or (with `label`) one of the labels that stand in it."""

    column: str
    label: str
    title: str
    type: str
    meaning: str


def data_dictionary(language: str = "fa") -> list[Entry]:
    """Every column, each followed by its labels, which mean what the vocabulary says."""
    entries = []
    for column in COLUMNS:
        entries.append(Entry(column.key, "", column.title(language), column.type, column.meaning(language)))
        for label in column.labels:
            meaning = label.meaning_fa if language == "fa" else label.meaning
            entries.append(Entry(column.key, label.value, label.title(language), "label", meaning))
    return entries


def _mention(name: str) -> Value:
    return lambda row: getattr(row.text.mention, name)


def _when_read(value: Callable[[Prediction], Any]) -> Value:
    """None where the mention has not been read."""
    return lambda row: value(row.text.prediction) if row.text.prediction is not None else None


def _read(name: str) -> Value:
    return _when_read(attrgetter(name))


def _published(row: Row) -> datetime | None:
    mention = row.text.mention
    if mention.date_precision == Precision.UNKNOWN:
        return None
    at = mention.published_at
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def _day(row: Row) -> date | None:
    return row.text.mention.day if _published(row) else None


def _jalali_day(row: Row) -> str | None:
    day = _day(row)
    if day is None or not 622 < day.year < 9999:
        return None
    jalali = jdatetime.date.fromgregorian(date=day)
    return f"{jalali.year:04}/{jalali.month:02}/{jalali.day:02}"


def _intents(prediction: Prediction) -> str:
    return " ".join(intent for intent in Intent if getattr(prediction, intent))


def _label_source(prediction: Prediction) -> str:
    return "person" if prediction.overruled else "model"


def _overruled(prediction: Prediction) -> dict[str, Any]:
    said = sorted(prediction.overruled.items())
    return {field: storable(value) if isinstance(value, str) else value for field, value in said}


def _score(prediction: Prediction) -> float | None:
    return prediction.scores.get(f"sentiment:{prediction.sentiment}")


def _themes(row: Row) -> str | None:
    told = dict.fromkeys(one.theme_id for one in row.passages if one.place == Place.MEMBER and one.theme_id)
    return " | ".join(row.themes[number] for number in told if number in row.themes) if row.text.prediction else None


def _passages(row: Row) -> list[dict[str, Any]] | None:
    return [_passage(row.text.mention.text, passage) for passage in row.passages] if row.text.prediction else None


def _passage(text: str, passage: Experience) -> dict[str, Any]:
    spoken = {dimension.value: getattr(passage, dimension) for dimension in Dimension}
    return {
        "start": passage.start,
        "end": passage.end,
        "words": text[passage.start : passage.end],
        "sentiment": passage.sentiment,
        "touchpoint": passage.touchpoint,
        "dimensions": {key: way for key, way in spoken.items() if way != Polarity.ABSENT},
        "theme_id": passage.theme_id,
    }


def _dimension(dimension: Dimension) -> Column:
    fa, en = f"بُعد {dimension.fa}", f"{dimension.en} dimension"
    meaning_fa = f"از بُعد {dimension.fa} چگونه سخن رفته است"
    return Column(dimension.value, fa, en, "label", _read(dimension), meaning_fa, dimension.meaning, Polarity)


_KINDS = ", ".join(Kind)
_PRECISIONS = ", ".join(Precision)

# fmt: off
COLUMNS: tuple[Column, ...] = (
    Column("id", "شماره", "Id", "integer", _mention("id"),
           "شمارهٔ نظر در این پایگاه", "number of the mention in this store"),
    Column("source", "منبع", "Source", "text", _mention("source"),
           "کلید منبع", "key of the source"),
    Column("native_id", "شناسه در منبع", "Id at the source", "text", _mention("native_id"),
           "شناسه‌ای که خود منبع داده است", "the source's own id"),
    Column("brand", "برند", "Brand", "text", lambda row: row.text.brand.key,
           "کلید برند", "key of the brand"),
    Column("url", "نشانی", "Address", "text", _mention("url"),
           "نشانی عمومی متن", "public address of the text"),
    Column("title", "عنوان", "Title", "text", _mention("title"),
           "عنوان صفحه یا کالایی که نظر زیر آن است", "title of what it stands under"),
    Column("kind", "گونه", "Kind", "text", _mention("kind"),
           f"یکی از: {_KINDS}", f"one of: {_KINDS}"),
    Column("parent", "پاسخ به", "Answers", "text", _mention("parent"),
           "شناسهٔ نظری که پاسخ آن است", "native id of the mention that it answers"),
    Column("author", "نویسنده", "Author", "text", _mention("author"),
           "درهم‌سازی کلیددار نویسنده؛ هرگز نام نیست", "keyed hash of the author, never a name"),
    Column("published_at", "زمان انتشار", "Published at", "time", _published,
           "به وقت جهانی (UTC)؛ خالی اگر منبع نگفته", "UTC; empty if the source does not tell"),
    Column("day", "روز", "Day", "day", _day,
           "روز میلادی به وقت تهران", "calendar day in Tehran, Gregorian"),
    Column("jalali_day", "روز شمسی", "Jalali day", "text", _jalali_day,
           "روز شمسی به وقت تهران", "calendar day in Tehran, Jalali"),
    Column("date_precision", "دقت تاریخ", "Date precision", "text", _mention("date_precision"),
           f"یکی از: {_PRECISIONS}", f"one of: {_PRECISIONS}"),
    Column("rating", "امتیاز", "Rating", "number", _mention("rating"),
           "از ۰ (بدترین) تا ۱ (بهترین)", "0 (worst) to 1 (best)"),
    Column("rating_raw", "امتیاز خام", "Raw rating", "text", _mention("rating_raw"),
           "امتیاز چنان که منبع داده", "the rating as the source gave it"),
    Column("rating_scale", "مقیاس امتیاز", "Rating scale", "text", _mention("rating_scale"),
           "مقیاس امتیاز خام", "scale of the raw rating"),
    Column("found_by", "یافته با", "Found by", "text", _mention("found_by"),
           "عبارت جستجویی که آن را یافته؛ خالی اگر جستجویی نبوده", "the search term that found it; empty if none did"),
    Column("text", "متن", "Text", "text", _mention("text"),
           "متن خام، دست‌نخورده", "the raw text, exactly as it was stored"),
    Column("revision", "ویرایش", "Revision", "integer", _mention("revision"),
           "چندمین ویرایش متن در منبع", "1 as first seen; each edit adds one"),
    Column("deleted_at", "حذف در منبع", "Deleted at", "time", _mention("deleted_at"),
           "کی دیده شد که در منبع حذف شده؛ متنش پاک شده", "when its source was seen to have deleted it"),
    Column("usable", "تجربه دارد؟", "Usable", "label", _read("usable"),
           "آیا متن از تجربه‌ای می‌گوید", "does the text tell an experience", Usable),
    Column("sentiment", "احساس", "Sentiment", "label", _read("sentiment"),
           "احساس نویسنده در مجموع", "the writer's feeling, on balance", Sentiment),
    *map(_dimension, Dimension),
    Column("touchpoint", "نقطهٔ تماس", "Touchpoint", "label", _read("touchpoint"),
           "نقطهٔ تماس اصلی", "the main touchpoint", Touchpoint),
    Column("touchpoint2", "نقطهٔ تماس دوم", "Second touchpoint", "label", _read("touchpoint2"),
           "نقطهٔ تماس دوم با همان اهمیت، یا خالی", "a second, equal one, or empty", Touchpoint),
    Column("stage", "مرحلهٔ سفر", "Stage", "label", _read("stage"),
           "مرحلهٔ سفر مشتری", "where on the journey it happened", Stage),
    Column("contact", "نوع تماس", "Contact", "label", _read("contact"),
           "نویسنده چگونه با برند روبه‌رو شده", "how the writer met the brand", Contact),
    Column("gap", "فاصله با انتظار", "Gap", "label", _read("gap"),
           "تجربه در برابر انتظاری که گفته شده", "experience against a stated expectation", Gap),
    Column("intents", "قصدها", "Intents", "label", _when_read(_intents),
           "با فاصله از هم جدا", "separated by spaces", Intent),
    Column("needs_response", "پاسخ می‌خواهد", "Needs a response", "boolean", _read("needs_response"),
           "آیا باید به آن پاسخ داد", "should somebody answer it"),
    Column("confident", "مطمئن", "Confident", "boolean", _read("confident"),
           "اگر نه، در شاخص‌ها نیامده است", "if false, it is left out of the indices"),
    Column("unscored", "چرا سنجیده نشد", "Unscored", "text", _read("unscored"),
           "خالی اگر سنجیده شده", "why it was not scored; empty if it was"),
    Column("model", "مدل", "Model", "text", _read("model"),
           "نسخهٔ مدلی که متن را خوانده؛ خالی اگر خوانده نشده", "the model that read it; empty while unread"),
    Column("label_source", "برچسب از", "Labels from", "text", _when_read(_label_source),
           "model، یا person اگر کسی دست‌کم یکی را اصلاح کرده", "model; person where a person overruled one"),
    Column("overruled", "پاسخ خود مدل", "Overruled", "json", _when_read(_overruled),
           "آنچه مدل گفته بود و کسی اصلاح کرد", "the model's own answers where a person said otherwise"),
    Column("score_sentiment", "احتمال احساس", "Sentiment score", "number", _when_read(_score),
           "احتمال برچسب احساس به گفتهٔ مدل", "the model's probability of the sentiment shown"),
    Column("themes", "تجربه‌های مشترک", "Shared experiences", "text", _themes,
           "نام تجربه‌های مشترکی که متن از آن‌ها می‌گوید، با | از هم جدا",
           "names of the shared experiences that it tells, separated by |"),
    Column("passages", "تجربه‌ها", "Passages", "json", _passages,
           "تجربه‌های درون متن، با جای آن‌ها در متن خام", "experiences in the text, with offsets into it"),
)
# fmt: on
