"""Names of themes: short Persian statements that are true of what people say, or else what they speak of."""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import numpy as np

from domain.settings import ROOT
from domain.vocabulary import Sentiment, Touchpoint
from nlp.terms import FOLDER as CONCEPTS
from nlp.terms import Floats, beginning, claims, known, said, specific, weight, words_of

FOLDER = ROOT / "data" / "phrasebook"
#: A statement must fit so well to be a name; else the theme is called by its concepts.
GOOD = 0.32
#: A statement for another touchpoint must fit better by so much.
_ELSEWHERE = 0.20
#: A concept is characteristic of a theme if so many of its experiences have it.
_COMMON = 0.25
#: A word of a statement that so few experiences say costs it; where two things are claimed at once, more must say it.
_SELDOM, _OFTEN, _ASSERTED, _UNHEARD = 0.10, 0.30, 0.40, 0.15
#: What so few of them assert is not said of them at all; a word that so few of them say costs as much again.
_HARDLY, _NOBODY = 0.20, 0.04
#: A touchpoint of the phrasebook: true wherever the theme is, and a little less welcome than what was written for it.
_ANYWHERE, _PALE = "any", 0.04
#: A concept that so many of its experiences have stands alone for a theme that no statement fits.
_MAINLY = 0.6
#: An experience says a statement if it says so much of what the statement claims.
_SAID = 0.25
#: What nearly every text speaks of, and how little of its weight it keeps as a claim.
_GENERIC, _LITTLE = frozenset({"کالا", "خریدن", "استفاده", "مشتری", "نظر", "محصول"}), 0.3
_SAMPLE = 80
#: So many of the statements that fit best are held against each word that people say.
_CLOSER = 12
#: «آنجا زیبا است» is said of places alone.
_THERE = "آنجا"
#: Who speaks of a pizza speaks of food.
_IMPLIED = frozenset({"غذا"})
#: A concept is the word itself if so many letters agree.
_ALIKE = 3
#: These words of a statement say no more than how it is meant.
_VERDICT = re.compile(
    r"(?:رضایت\u200cبخش|خوب|مناسب|دل\u200cچسب|دل\u200cنشین) (?:نیستند|نیست|است|هستند)$"
    r"|(?:نا)?راضی\u200cاند$|مشکل دارد$|دردسرساز است$"
)
_PLAIN = frozenset(
    re.findall(
        r"\S+",
        "است نیست بود نبود شد نشد هستند نیستند دارد ندارد دارند ندارند شود کند از به با در برای را و هم آن خود هر همه"
        " خوب خوبی بد بدی مناسب نامناسب عالی ضعیف رضایت بخش مشکل دردسرساز دل چسب نشین راضی ناراضی اند محصول کالا ظاهر"
        " مشتری مشتریان خرید سفارش دست بسیار آنجا"
        " کسی هیچ یک داده انجام عمل رو محل مکان بخشی قابل اوقات گذاشته ها های هایی هایش هایشان تر ترین اش اند ای"
        " میشود نمیشود میکند نمیکند میکنند نمیکنند میدهد نمیدهد میرسد نمیرسد ممکن بیش حد",
    )
)


@dataclass(frozen=True, slots=True)
class Unnamed:
    """A theme that needs a name: whose it is, and passages of it, raw, the most typical first."""

    polarity: str
    touchpoint: str
    passages: Sequence[str]


@dataclass(frozen=True, slots=True)
class Name:
    """A name and how well it fits, 0..1; a written statement means the same wherever it stands."""

    words: str
    fit: float
    written: bool
    touchpoint: str = ""


@dataclass(frozen=True, slots=True)
class _Options:
    """Possible names with what they claim: concepts × weights, one row each (options, concepts)."""

    words: Sequence[str]
    touchpoints: Sequence[str]
    claims: Floats


@lru_cache(maxsize=1)
def _concepts() -> dict[str, int]:
    """Concept -> column."""
    every = {term for polarity in Sentiment for _, words in _lines(polarity) for term in claims(words)}
    return {term: place for place, term in enumerate(sorted(every))}


@lru_cache(maxsize=4)
def _lines(polarity: str) -> tuple[tuple[str, str], ...]:
    path = FOLDER / f"{polarity}.tsv"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return tuple((touchpoint, words) for touchpoint, _, words in (line.partition("\t") for line in lines))


@lru_cache(maxsize=4)
def phrasebook(polarity: str) -> _Options:
    """The written statements of a polarity (data/phrasebook/<polarity>.tsv)."""
    touchpoints, words = zip(*_lines(polarity), strict=True)
    return _Options(words, touchpoints, _matrix([claims(_VERDICT.sub("", line)) for line in words]))


def _matrix(documents: Sequence[frozenset[str]]) -> Floats:
    columns = _concepts()
    out = np.zeros((len(documents), len(columns)), np.float32)
    for line, document in zip(out, documents, strict=True):
        for term in document:
            if term in columns:
                line[columns[term]] = weight(term) * (_LITTLE if term in _GENERIC else 1)
    return out


def ranked(theme: Unnamed) -> Iterator[Name]:
    """Names of a theme, the best first; there is always another one."""
    passages = theme.passages[:_SAMPLE]
    spoken = _matrix([claims(passage) for passage in passages])
    written = _fitting(phrasebook(theme.polarity), theme, spoken, _ELSEWHERE)
    yield from written
    yield from (Name(words, 0.0, False) for words in _by_concepts(theme, passages))


def _fitting(options: _Options, theme: Unnamed, spoken: Floats, elsewhere: float) -> list[Name]:
    """Those that fit well enough, the best first."""
    cost = {theme.touchpoint: 0.0, _ANYWHERE: _PALE}
    away = np.array([cost.get(touchpoint, elsewhere) for touchpoint in options.touchpoints])
    fits = _fits(options.claims, spoken) - away
    heard = _heard(theme.passages[:_SAMPLE])
    closer = np.argsort(-fits, kind="stable")[:_CLOSER]
    good = [
        Name(options.words[row], fit, True, options.touchpoints[row])
        for row in closer
        if (fit := float(fits[row]) - (_unheard(options.words[row], heard) if fits[row] >= GOOD else 0)) >= GOOD
    ]
    return sorted(good, key=lambda name: (-name.fit, name.words))


def _heard(passages: Sequence[str]) -> dict[str, float]:
    """Beginnings of words, and concepts -> the share of the passages that say them."""
    found = Counter(thing for passage in passages for thing in said(passage) | claims(passage) & _IMPLIED)
    return {thing: n / len(passages) for thing, n in found.items()}


def _unheard(words: str, heard: Mapping[str, float]) -> float:
    """What a statement loses for words that hardly anybody says: «خرید عمده به‌صرفه است» where nobody buys much.

    The last word is what it asserts («پنیر پیتزا کم است»): it must be said, or meant, by many.
    """
    least = _OFTEN if " و " in words else _SELDOM
    content = _content(words)
    shares = [max(heard.get(beginning(word), 0.0), heard.get(_own(word), 0.0)) for word in content]
    lost = _UNHEARD * sum(share < least for share in shares)
    asserted = max(shares[-1], heard.get(specific(content[-1]), 0.0)) if content else 1.0
    if asserted < _HARDLY:
        return 1.0
    lost += _UNHEARD * (min(shares, default=1.0) < _NOBODY)
    return lost + _UNHEARD * (asserted < _ASSERTED)


def _own(word: str) -> str:
    """The concept that a word is the name of: «شامپو» means hair, too, and who speaks of hair names no shampoo."""
    concept = specific(word)
    return concept if concept[:_ALIKE] == word[:_ALIKE] else ""


@lru_cache(maxsize=10_000)
def _content(words: str) -> tuple[str, ...]:
    return tuple(word for word in words_of(words) if word not in _PLAIN)


def free(theme: Unnamed, taken: Collection[str]) -> str:
    """The best name of a theme that no other has; a statement of another touchpoint says where this theme is."""
    place = Touchpoint.of(theme.touchpoint).fa
    for name in ranked(theme):
        placed = f"{name.words} ({place})"
        here = not name.written or name.touchpoint == theme.touchpoint
        choices = [name.words] if here else [name.words, placed] if name.touchpoint == _ANYWHERE else [placed]
        if not here and _THERE in name.words:
            continue
        if found := next((words for words in choices if words not in taken), ""):
            return found
    raise AssertionError("names never end")


def _fits(claimed: Floats, said: Floats) -> Floats:
    """How well statements fit: what they claim is said (precision), and what is mostly said they claim (recall).

    Args:
        claimed: (statements, concepts), weights of the concepts.
        said: the same of the passages, (passages, concepts).

    Returns:
        Harmonic means, 0..1, (statements,).
    """
    fits = np.zeros(len(claimed), np.float32)
    if not len(said):
        return fits
    mentioned = (said > 0).astype(np.float32)
    rate = mentioned.mean(0)
    typical = np.where(rate >= _COMMON, rate * said.max(0), 0)
    # Only statements that claim something typical can fit.
    rows = np.flatnonzero((claimed[:, typical > 0] > 0).any(1))
    some = claimed[rows]
    shares = some @ mentioned.T / np.maximum(some.sum(1), 1e-9)[:, None]
    precision = np.where(shares >= _SAID, shares, 0).mean(1)
    recall = (some > 0).astype(np.float32) @ typical / max(float(typical.sum()), 1e-9)
    fits[rows] = 2 * precision * recall / np.maximum(precision + recall, 1e-9)
    return fits


def _by_concepts(theme: Unnamed, passages: Sequence[str]) -> Iterator[str]:
    """«گلایه از باتری و شارژ»: less than a statement, and always true."""
    lead = "خشنودی از" if theme.polarity == Sentiment.POSITIVE else "گلایه از"
    common = Counter(topic for passage in passages for topic in _topics(passage))
    topics = sorted(common, key=lambda term: (-common[term] * weight(term), term))[:8]
    nouns = [_spelt(topic) for topic in topics if topic not in qualities() and _there(topic, theme, passages)]
    place = Touchpoint.of(theme.touchpoint).fa
    if topics and topics[0] in qualities():
        yield from (f"{lead} {_spelt(topics[0])} {being} آن" for being in _being(topics[0], passages))
    elif nouns and nouns[0] == _spelt(topics[0]) and common[topics[0]] >= _MAINLY * len(passages):
        yield f"{lead} {nouns[0]}"
    yield from (f"{lead} {one} و {other}" for one, other in combinations(nouns, 2))
    yield from (f"{lead} {topic} در {place}" for topic in nouns)
    yield f"{lead} {place}"
    count = 2
    while True:
        yield f"{lead} {place} ({count})"
        count += 1


def _being(quality: str, passages: Sequence[str]) -> list[str]:
    """Whether people say that a thing is so, or that it is not; nothing if some say this and some that."""
    said = [terms for passage in passages if quality in (terms := claims(passage))]
    denied = sum(bool(terms & _DENIED) for terms in said) / max(len(said), 1)
    return ["بودن"] * (denied < 1 - _MAINLY) + ["نبودن"] * (denied > _MAINLY)


def _there(topic: str, theme: Unnamed, passages: Sequence[str]) -> bool:
    """Whether people can be pleased with a thing: of what they say it lacks, they are pleased that it is not there."""
    return theme.polarity != Sentiment.POSITIVE or "نبودن" not in _being(topic, passages)


def _topics(passage: str) -> set[str]:
    """The concepts of a passage, and the words that the lexicon lacks: what is new has a name, too."""
    concepts = {term for term in claims(passage) - _NO_TOPIC if not term.startswith("~")}
    return concepts | {word for word in words_of(passage) if _NEW.fullmatch(word) and not known(word)}


def _spelt(topic: str) -> str:
    return topic.replace("_", "\u200c" if topic.startswith(("بی_", "به_")) else " ")


@lru_cache(maxsize=1)
def qualities() -> frozenset[str]:
    """The concepts that say how a thing is, and name none."""
    return frozenset((CONCEPTS / "qualities.txt").read_text(encoding="utf-8").split())


_NEW = re.compile(r"[ء-غف-قل-وپچژکگیآأإئؤۀ]{3,14}")
_DENIED = frozenset({"نفی", "نبود"})
_NO_TOPIC = frozenset({"نفی", "نبود", "زیاد", "کم", "دادن", "گفتن", "دیدن", "نظر", "کالا", "استفاده"})
