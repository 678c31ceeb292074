"""Which column of a file is what: as a person says, or guessed from Persian and English titles."""

from collections.abc import Mapping, Sequence

from domain.errors import BadInput
from domain.text import fold
from jobs.import_file.report import visible

#: Field -> titles that mean it, the surest first. Our own exports are among them.
_TITLES: dict[str, tuple[str, ...]] = {
    "id": ("native_id", "شناسه در منبع", "Id at the source", "شناسه", "شناسه نظر", "کد نظر", "کد", "آیدی",
           "id", "comment id", "review id"),
    "parent": ("parent", "پاسخ به", "در پاسخ به", "Answers", "reply to", "parent id", "in reply to"),
    "date": ("published_at", "زمان انتشار", "تاریخ", "تاریخ ثبت", "تاریخ نظر", "تاریخ ثبت نظر", "زمان", "زمان ثبت",
             "date", "created at", "timestamp", "submitted at", "time", "datetime"),
    "rating": ("rating_raw", "امتیاز خام", "Raw rating", "امتیاز", "نمره", "ستاره", "امتیاز کاربر", "رضایت",
               "rating", "score", "stars", "rate"),
    "url": ("نشانی", "لینک", "پیوند", "آدرس اینترنتی", "url", "link", "address", "permalink"),
    "title": ("عنوان", "عنوان نظر", "موضوع", "title", "subject"),
    "author": ("نویسنده", "کاربر", "نام کاربر", "نام کاربری", "نام مشتری", "مشتری", "نام", "نام و نام خانوادگی",
               "author", "user", "username", "user name", "customer", "name", "reviewer"),
    "text": ("متن", "متن نظر", "نظر", "نظرات", "متن دیدگاه", "دیدگاه", "کامنت", "متن کامنت", "بازخورد", "تجربه",
             "پیام", "متن پیام", "توضیحات", "شرح", "text", "comment", "review", "review text", "comment text", "body",
             "content", "message", "feedback"),
}  # fmt: skip

#: Fields that are also known by one word of a longer title: «تاریخ خرید», «متن نظر مشتری».
_WORDS: dict[str, tuple[str, ...]] = {
    "date": ("تاریخ", "date"),
    "rating": ("امتیاز", "نمره", "rating", "stars"),
    "text": ("متن", "نظر", "نظرات", "دیدگاه", "کامنت", "بازخورد", "text", "comment", "review", "feedback"),
}
#: … unless another word says that the title speaks of something else.
_NOT = frozenset(
    map(fold, ("تعداد", "وضعیت", "نوع", "عنوان", "شناسه", "کد", "نام", "کاربر", "پاسخ", "لینک", "count", "status",
               "type", "title", "id", "name", "user", "author", "reply", "url"))
)  # fmt: skip

FIELDS = tuple(_TITLES)


def read_mapping(text: str) -> dict[str, str]:
    """Field -> title, from what a person types.

    >>> read_mapping("text=متن نظر, date=تاریخ")
    {'text': 'متن نظر', 'date': 'تاریخ'}

    Raises:
        BadInput: a part is not FIELD=TITLE.
    """
    mapping = {}
    for part in filter(None, map(str.strip, text.split(","))):
        field, sign, title = part.partition("=")
        if not sign or not title.strip():
            raise BadInput(f"{part[:60]!r} is not FIELD=TITLE; write e.g. text=متن نظر,date=تاریخ")
        mapping[field.strip()] = title.strip()
    return mapping


def choose(header: Sequence[str], mapping: Mapping[str, str] | None) -> dict[str, int]:
    """Field -> number of its column, by the mapping, or by guessing where there is none.

    Raises:
        BadInput: a field or a title of the mapping does not exist, or no column holds the text.
    """
    columns = _given(header, mapping) if mapping else _guessed(header)
    if "text" not in columns:
        wanted = header[-1] if header else "متن"
        raise BadInput(f"which column holds the text? Found: {_list(header)}. Say it, e.g. text={_shown(wanted)}")
    return columns


def _given(header: Sequence[str], mapping: Mapping[str, str]) -> dict[str, int]:
    places = _places(header)
    columns = {}
    for field, title in mapping.items():
        if field not in _TITLES:
            raise BadInput(f"no field {_shown(field)}; choose among {', '.join(FIELDS)}")
        if fold(title) not in places:
            raise BadInput(f"no column {_shown(title)} for {field}. Found: {_list(header)}")
        columns[field] = header.index(title) if title in header else places[fold(title)]
    return columns


def _guessed(header: Sequence[str]) -> dict[str, int]:
    places = _places(header)
    columns: dict[str, int] = {}
    for field, titles in _TITLES.items():
        place = next((places[fold(title)] for title in titles if fold(title) in places), None)
        if place is not None:
            columns[field] = place
    for field, words in _WORDS.items():
        wanted = set(map(fold, words))
        for title, place in places.items():
            said = set(title.split())
            if field not in columns and place not in columns.values() and said & wanted and not said & _NOT:
                columns[field] = place
    return columns


def _places(header: Sequence[str]) -> dict[str, int]:
    places: dict[str, int] = {}
    for number, title in enumerate(header):
        if fold(title):
            places.setdefault(fold(title), number)
    return places


def _list(header: Sequence[str]) -> str:
    more = f" and {len(header) - 20} more" if len(header) > 20 else ""
    return ", ".join(map(_shown, header[:20])) + more


def _shown(title: str) -> str:
    return f"«{visible(title)}»"
