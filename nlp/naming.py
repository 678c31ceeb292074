"""Names of themes: short Persian statements that are true of what people say, from a phrasebook or from their words."""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from domain.settings import ROOT
from domain.vocabulary import Sentiment, Touchpoint
from nlp.normalise import normalise
from nlp.terms import Floats, claims, known, silent, weight

FOLDER = ROOT / "data" / "phrasebook"
#: A statement must fit so well to be a name; else the theme is called by its concepts.
GOOD = 0.32
#: People's own words must fit better than a written statement by so much.
_RAW = 0.15
#: A statement for another touchpoint must fit better by so much.
_ELSEWHERE = 0.10
#: A concept is characteristic of a theme if so many of its experiences have it.
_COMMON = 0.25
#: A concept that a statement claims and so few experiences mention, if it is one of those that tell much, costs it.
_HEARD_OF, _TELLING, _UNHEARD = 0.03, 0.5, 0.12
#: An experience says a statement if it says so much of what the statement claims.
_SAID = 0.25
#: What nearly every text speaks of, and how little of its weight it keeps as a claim.
_GENERIC, _LITTLE = frozenset({"کالا", "خریدن", "استفاده", "مشتری", "نظر", "محصول"}), 0.3
#: A written statement that fits so well needs no comparison with people's own words.
SURE = 0.55
_SAMPLE, _HEARD = 80, 20


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
    written: bool = True


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
    return _Options(words, touchpoints, _matrix([claims(line) for line in words]))


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
    said = _matrix([claims(passage) for passage in passages])
    written = _fitting(phrasebook(theme.polarity), said, theme, _ELSEWHERE)
    if not written or written[0].fit < SURE:
        own = list(dict.fromkeys(phrase for passage in passages[:_HEARD] for phrase in phrases(passage)))
        options = _Options(own, [theme.touchpoint] * len(own), _matrix([claims(words) for words in own]), written=False)
        written = sorted([*written, *_fitting(options, said, theme, 0.0)], key=lambda name: (-name.fit, name.words))
    yield from written
    yield from (Name(words, 0.0, False) for words in _by_concepts(theme, passages))


def _fitting(options: _Options, said: Floats, theme: Unnamed, elsewhere: float) -> list[Name]:
    """Those that fit well enough, the best first."""
    if not options.words:
        return []
    here = np.array([touchpoint == theme.touchpoint for touchpoint in options.touchpoints])
    fits = _fits(options.claims, said) - np.where(here, 0, elsewhere) - (0.0 if options.written else _RAW)
    good = [
        Name(options.words[row], float(fits[row]), options.written, options.touchpoints[row])
        for row in np.flatnonzero(fits >= GOOD)
    ]
    return sorted(good, key=lambda name: (-name.fit, name.words))


def free(theme: Unnamed, taken: Collection[str]) -> str:
    """The best name of a theme that no other has; a statement of another touchpoint says where this theme is."""
    place = Touchpoint.of(theme.touchpoint).fa
    for name in ranked(theme):
        elsewhere = name.written and name.touchpoint != theme.touchpoint
        words = f"{name.words} ({place})" if elsewhere else name.words
        if words not in taken:
            return words
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
    # «خریدهای درون بازی گران است» is a bad name where nobody plays.
    unheard = (some[:, (rate < _HEARD_OF)] >= _TELLING).sum(1)
    fits[rows] = 2 * precision * recall / np.maximum(precision + recall, 1e-9) - _UNHEARD * unheard
    return fits


def _by_concepts(theme: Unnamed, passages: Sequence[str]) -> Iterator[str]:
    """«گلایه از باتری و شارژ»: less than a statement, and always true."""
    lead = "خشنودی از" if theme.polarity == Sentiment.POSITIVE else "گلایه از"
    common = Counter(term for passage in passages for term in claims(passage) - _NO_TOPIC if not term.startswith("~"))
    ranked_ = sorted(common, key=lambda term: (-common[term] * weight(term), term))
    topics = [topic.replace("_", " ") for topic in ranked_[:8]]
    place = Touchpoint.of(theme.touchpoint).fa
    for first, one in enumerate(topics):
        yield from (f"{lead} {one} و {other}" for other in topics[first + 1 :])
    for topic in topics:
        yield f"{lead} {topic} در {place}"
    yield f"{lead} {place}"
    count = 2
    while True:
        yield f"{lead} {place} ({count})"
        count += 1


_NO_TOPIC = frozenset({"نفی", "نبود", "زیاد", "کم", "دادن", "گفتن", "دیدن", "نظر", "کالا", "استفاده"})

# People's own words as a name: whole clauses with a verb at the end, told of a thing and not of themselves.
_PAUSE = re.compile(r"[.،,!؟?؛:;()«»\"\n…]+|[^\w\s\u200c.-]+")
_WORD = re.compile(r"[\w\u200c]+")
_VERB = re.compile(
    r"(?:ن?می\u200c?\w+[هد]|(?:نا?|بی)?(?:است|نیست|بود|نبود|شد|نشد|شده|نشده|دارد|ندارد|داشت|نداشت|کرد|نکرد|داد|نداد"
    r"|رسید|نرسید|آمد|نیامد|رفت|ریخت|شکست|افتاد|سوخت|ماند|گرفت|می‌شود|نمی‌شود))"
)
_LOOSE = frozenset(
    re.findall(
        r"\S+",
        "و که از به با در تا را ولی اما هم یا اگر چون یک این آن همین چه هر تو من ما شما خیلی پر دیگر البته مثل بعد"
        " قبل بدون سر روی حتی فقط چند پس بین طبق نسبت خودم خودشان بود شد کرد واقعا متاسفانه کلا سلام لطفا اصلا همه",
    )
)
_WRITTEN_FORMS = {
    "میشه": "می‌شود", "نمیشه": "نمی‌شود", "داره": "دارد", "نداره": "ندارد", "میاد": "می‌آید", "نمیاد": "نمی‌آید",
    "میکنه": "می‌کند", "نمیکنه": "نمی‌کند", "میده": "می‌دهد", "نمیده": "نمی‌دهد", "میرسه": "می‌رسد",
    "نمیرسه": "نمی‌رسد", "هستش": "است", "هست": "است", "نیستش": "نیست", "رو": "را", "اون": "آن", "واسه": "برای",
    "یه": "یک", "گرون": "گران", "گرونه": "گران است", "نون": "نان", "خوبه": "خوب است", "بده": "بد است",
    "عالیه": "عالی است", "کمه": "کم است", "زیاده": "زیاد است", "سرده": "سرد است", "اومد": "آمد", "نیومد": "نیامد",
    "می‌شه": "می‌شود", "نمی‌شه": "نمی‌شود", "می‌کنه": "می‌کند", "نمی‌کنه": "نمی‌کند", "می‌ده": "می‌دهد",
    "نمی‌ده": "نمی‌دهد", "می‌رسه": "می‌رسد", "نمی‌رسه": "نمی‌رسد", "می‌آد": "می‌آید", "می‌ره": "می‌رود",
}  # fmt: skip
_DEGREE = frozenset(
    re.findall(
        r"\S+",
        "خیلی بسیار کاملا واقعا اصلا اصلأ ابدا هم همه کلا فقط تقریبا حتما قطعا احتمالا متاسفانه همچنین درضمن دیگه دیگر"
        " بازم باز الان هنوز اینو اونو این اون آن",
    )
)
# Questions, relative clauses and words to somebody are talk, no statement.
_TALK = re.compile(r"که|چی|چه|چرا|کجا|کی|کدوم|پس|کنید|کنین|دارن|میشن|منو?|تو|شما|\w{2,}(?:تون|مون|تان|مان|شون)")
_YOU = re.compile(r"(?:ید|ین|یم)$")
_SHORTEST, _LONGEST = 2, 6


def phrases(passage: str) -> list[str]:
    """Clauses of a passage that can stand alone: two to six known words that tell two things, a verb at the end.

    Half-spaces and negation are kept; spoken verbs are written out, words of degree and of address are left out.

    >>> phrases("وقتی رسید، غذا خیلی سرد بود و دیگه نمیخرم")
    ['غذا سرد بود']
    """
    found = []
    for part in _PAUSE.split(normalise(passage)):
        for clause in re.split(r" و ", part):
            words = [word for word in _WORD.findall(clause) if word not in _DEGREE]
            words = " ".join(_WRITTEN_FORMS.get(word, word) for word in words).split()
            while words and (words[0] in _LOOSE or silent(words[0])):
                words = words[1:]
            if _SHORTEST <= len(words) <= _LONGEST and _VERB.fullmatch(words[-1]) and _plain(words):
                found.append(" ".join(words))
    return found


def _plain(words: Sequence[str]) -> bool:
    if any(re.search(r"[\dA-Za-z]", word) or len(word) > 14 or _TALK.fullmatch(word) for word in words):
        return False
    if _YOU.search(words[-1]):
        return False
    return all(map(known, words)) and len(claims(" ".join(words)) - {"نفی"}) > 1
