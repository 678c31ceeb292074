"""Passages: a text is cut where one experience ends and the next begins, with exact offsets into the raw text."""

import re
from typing import NamedTuple

#: A text of thousands of sentences is cut into so many passages; the last one takes the rest.
MOST = 40
_FEWEST_WORDS = 2


class Span(NamedTuple):
    """Offsets of a passage: raw[start:end]."""

    start: int
    end: int


# A stop between digits or Latin letters (2.5, a.ir) ends no sentence.
_SENTENCE = r"(?<![\dA-Za-z])[.](?=\s|$|[^\w.])|(?<=[\dA-Za-z])[.](?=\s|$)|[!?؟…]+|[.]{2,}|[\r\n]+|[؛;]"
# Words that turn from one experience to another; they belong to neither.
_TURN = (
    r"(?<![\w\u200c])(?:ولی|اما|ولیکن|لیکن|منتها|منتهی|درعوض|در عوض|از طرفی|از طرف دیگه|از اون طرف"
    r"|با این حال|با این وجود)"
    r"(?![\w\u200c])[،, ]*"
)
# A finite verb that closes a clause, in written and spoken forms.
_VERB = (
    r"(?:(?:ن)?(?:بود|شد|کرد|داد|رسید|اومد|آمد|رفت|گفت|دید|خورد|خرید|گرفت|زد|موند|ماند|افتاد|ریخت|فرستاد"
    r"|گذاشت|تونست|خواست|داشت)"
    r"(?:م|ی|یم|ید|ین|ن|ند|ه)?|است|هست(?:ش|م|ن|ند)?|نیست(?:ش|م|ن|ند)?|(?:ن)?دار(?:ه|م|ن|ند|د|یم|ید)"
    r"|(?:ن?می)[\u200c ]?\w+|ن?می\w{2,}"
    r"|(?:ن)?(?:شده|کرده|داده|رسیده|اومده|رفته|خورده|مونده|بوده)(?:\u200c?(?:م|ی|ن|اند))?"
    r"|ممنون|مرسی|راضی(?:م|ام)?|\w{2,}ه)"
)
_CLAUSE = rf"(?<=\s){_VERB}(?P<cut>\s*[،,]\s*|\s+و\s+)(?=\S)"


def _either_keyboard(pattern: str) -> re.Pattern[str]:
    # Raw text may hold the Arabic forms of two Persian letters.
    return re.compile(pattern.replace("ی", "[یيى]").replace("ک", "[کك]"))


# Inside an address, a stop or a question mark ends nothing.
_ADDRESS = r"(?:https?://|www\.)\S+"
_BOUNDARY = _either_keyboard(f"(?P<address>{_ADDRESS})|(?P<sentence>{_SENTENCE})|(?P<turn>{_TURN})")
_CLAUSE_END = _either_keyboard(_CLAUSE)
_HAS_VERB = _either_keyboard(rf"(?:^|\s){_VERB}(?=$|[\s،,.!؟?])")
_WORD = re.compile(r"\w[\w\u200c]*")
_CLAUSE_WORDS = 3
#: So many characters around a cut are looked at: enough for three words, and linear on hostile input.
_NEAR = 120


def passages(text: str) -> list[Span]:
    """Cut a raw text into passages that each tell one experience.

    Cuts are made at sentence ends, at words that turn («ولی», «اما», …) and between clauses
    («… بود، … رسید», «… بود و … رسید»). Pieces of fewer than two words join their neighbour.

    >>> raw = "غذا عالی بود ولی پیک دیر کرد."
    >>> [raw[start:end] for start, end in passages(raw)]
    ['غذا عالی بود', 'پیک دیر کرد']
    """
    spans: list[Span] = []
    start = 0
    for match in _BOUNDARY.finditer(text):
        if match.lastgroup == "address":
            continue
        end = match.end() if match.lastgroup == "sentence" else match.start()
        spans += _clauses(text, start, end)
        start = match.end()
        if len(spans) >= MOST:
            break
    spans += _clauses(text, start, len(text))
    spans = _joined(text, [span for span in (_trimmed(text, *span) for span in spans) if span])
    return spans if len(spans) <= MOST else [*spans[: MOST - 1], Span(spans[MOST - 1].start, spans[-1].end)]


def _clauses(text: str, start: int, end: int) -> list[Span]:
    spans = []
    for match in _CLAUSE_END.finditer(text, start, end):
        cut, after = match.span("cut")
        left, right = text[max(start, cut - _NEAR) : cut], text[after : min(end, after + _NEAR)]
        if _count(left) >= _CLAUSE_WORDS and _count(right) >= _CLAUSE_WORDS and _HAS_VERB.search(right):
            spans.append(Span(start, cut))
            start = after
        if len(spans) >= MOST:
            break
    return [*spans, Span(start, end)]


def _trimmed(text: str, start: int, end: int) -> Span | None:
    piece = text[start:end]
    left = len(piece) - len(piece.lstrip().lstrip("،,.-–—").lstrip())
    right = len(piece.rstrip())
    return Span(start + left, start + right) if right > left else None


def _joined(text: str, spans: list[Span]) -> list[Span]:
    """Pieces too short to tell anything join the one before, the first of all the one after."""
    whole: list[Span] = []
    for span in spans:
        if whole and min(_count(text[slice(*span)]), _count(text[slice(*whole[-1])])) < _FEWEST_WORDS:
            whole[-1] = Span(whole[-1].start, span.end)
        else:
            whole.append(span)
    return whole


def _count(piece: str) -> int:
    return sum(1 for _ in _WORD.finditer(piece))
