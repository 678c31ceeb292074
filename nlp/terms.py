"""Terms: what a passage is about, as concepts: «پیتزا یخ کرده بود» and «غذاش سرد رسید» share غذا and سرد.

The reader's embedding tells praise from blame and touchpoints apart, and much less a cold meal from a salty one.
A lexicon of concepts (data/concepts, written for this project) says what words mean; each word
that tells something stands for itself, too, by its first letters.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from math import log
from zlib import crc32

import numpy as np
import numpy.typing as npt

from domain.settings import ROOT
from nlp.normalise import for_model

Floats = npt.NDArray[np.float32]

FOLDER = ROOT / "data" / "concepts"
#: Concepts are hashed into so many places, with a sign each, so that chance meetings cancel out (Weinberger 2009).
WIDTH = 512
_WORD = re.compile(r"[^\W\d_]+")
_ENDINGS = re.compile(r"(?:های|ها|ترین|تر|هاش|هاشون|شون|مون|تون|ش|م|ت|ی|ه|و|رو|ای)$")
_PREFIX = re.compile(r"(?<!\w)(ن?می)\u200c")
#: Words that mean another thing than their parts: «رسانی» alone means delivery, «سیم» a cable.
_COMPOUNDS = {
    "بروزرسانی": re.compile(r"(?<!\w)به?[ \u200c]?روز[ \u200c]?رسانی"),
    "سیمکارت": re.compile(r"(?<!\w)سیم[ \u200c]?کارت"),
    "سختافزار": re.compile(r"(?<!\w)سخت[ \u200c]?افزار"),
    "نرمافزار": re.compile(r"(?<!\w)نرم[ \u200c]?افزار"),
    "دیجیکالا": re.compile(r"(?<!\w)دیجی[ \u200c]کالا"),
    "کارنکردن": re.compile(r"(?<!\w)کار[ \u200c]?(?:نمیکن|نکن|نمیکرد|نکرد)\w*"),
    "دورریختن": re.compile(r"(?<!\w)(?:دور(?:ش|شون)?[ \u200c]\w{0,3}ری[زخ]\w*|\w{0,3}ری[زخ]\w*[ \u200c]دور)(?!\w)"),
    "بدردنخوردن": re.compile(r"(?<!\w)به?[ \u200c]?درد[ \u200c](?:\w+[ \u200c])?(?:نمی|ن)خور\w*"),
    "بدردخوردن": re.compile(r"(?<!\w)به?[ \u200c]?درد[ \u200c](?:\w+[ \u200c])?(?:می|ب)?خور\w*"),
}
_STEM, _BEGINNING = 5, 4
_SHORTEST = 3
#: Weight of a word's own letters beside its concepts: it may be a name or a slip.
_LETTERS = 0.9


@lru_cache(maxsize=1)
def lexicon() -> tuple[dict[str, tuple[str, ...]], dict[str, float]]:
    """Word -> its concepts (none: it says nothing of an experience), and concept -> its weight, rare ones more."""
    words: dict[str, tuple[str, ...]] = {}
    for line in (FOLDER / "words.tsv").read_text(encoding="utf-8").splitlines():
        word, _, concepts = line.partition("\t")
        words[word] = () if concepts == "-" else tuple(concepts.split())
    weights = {}
    for line in (FOLDER / "weights.tsv").read_text(encoding="utf-8").splitlines():
        concept, _, weight = line.partition("\t")
        weights[concept] = float(weight)
    return words, weights


def terms(text: str) -> frozenset[str]:
    """The concepts of a raw text, and its telling words as "~" and their first five letters.

    >>> sorted(terms("پیتزا سرد بود"))
    ['~سرد', '~پیتزا', 'سرد', 'غذا', 'پیتزا']
    """
    found: set[str] = set()
    for word in words_of(text):
        meant = _looked_up(word)
        found.update(meant or ())
        if meant != () and len(word) >= _SHORTEST:
            found.add("~" + word[:_STEM])
    return frozenset(found)


def claims(text: str) -> frozenset[str]:
    """The concepts of a raw text, and the letters of those words alone that the lexicon lacks."""
    found: set[str] = set()
    for word in words_of(text):
        meant = _looked_up(word)
        found.update(["~" + word[:_STEM]] if meant is None and len(word) >= _SHORTEST else meant or ())
    return frozenset(found)


def said(text: str) -> frozenset[str]:
    """What a raw text can be shown to say: the beginnings of its words, and what each of them means most of all.

    >>> sorted(said("پیتزا سرد بود"))
    ['^بود', '^سرد', '^پیتز', 'سرد', 'پیتزا']
    """
    words = words_of(text)
    return frozenset(map(beginning, words)) | frozenset(map(specific, words)) - {""}


def beginning(word: str) -> str:
    """The beginning of a word, in which its forms agree: «کتابش» and «کتاب‌ها»."""
    return "^" + word[:_BEGINNING]


def specific(word: str) -> str:
    """The concept that says most of what a word means, or nothing."""
    return next(iter(_looked_up(word) or ()), "")


@lru_cache(maxsize=20_000)
def words_of(text: str) -> tuple[str, ...]:
    """The words of a raw text as the lexicon spells them, parts of compounds one by one."""
    # «می‌کند» is one word: «کند» alone means slow.
    whole = _PREFIX.sub(r"\1", for_model(text))
    for word, parts in _COMPOUNDS.items():
        whole = parts.sub(word, whole)
    return tuple(_WORD.findall(whole.replace("\u200c", " ")))


def known(word: str) -> bool:
    """Whether the lexicon holds a word, with or without an ending."""
    return all(_looked_up(part) is not None for part in word.split("\u200c") if len(part) >= _SHORTEST)


def _looked_up(word: str) -> tuple[str, ...] | None:
    words, _ = lexicon()
    found = words.get(word)
    if found is None and (stem := _ENDINGS.sub("", word)) != word and len(stem) > 1:
        found = words.get(stem)
    return found


def weight(term: str) -> float:
    """How much a term tells: rare concepts more than common ones."""
    return lexicon()[1].get(term, _LETTERS if term.startswith("~") else 1.0)


def weights_of(documents: Sequence[frozenset[str]]) -> dict[str, float]:
    """Weights of the lexicon's concepts over a corpus: inverse document frequency, 1 for one in a hundred texts."""
    counts: dict[str, int] = {}
    for document in documents:
        for term in document:
            counts[term] = counts.get(term, 0) + 1
    return {
        term: round(min(1.5, max(0.2, log(len(documents) / n) / log(100))), 2)
        for term, n in sorted(counts.items())
        if not term.startswith("~")
    }


@lru_cache(maxsize=50_000)
def _place(term: str) -> tuple[int, float]:
    number = crc32(term.encode())
    return number % WIDTH, weight(term) * (1.0 if number & 0x8000_0000 else -1.0)


def vectors(documents: Iterable[frozenset[str]]) -> Floats:
    """Terms of texts as vectors of unit length, (texts, WIDTH); a text without terms is all zeros."""
    rows = list(documents)
    out = np.zeros((len(rows), WIDTH), np.float32)
    for line, document in zip(out, rows, strict=True):
        # In one order: the order of a set of words differs from process to process, and sums with it.
        for term in sorted(document):
            at, value = _place(term)
            line[at] += value
    norms = np.linalg.norm(out, axis=1, keepdims=True)
    return np.asarray(out / np.maximum(norms, 1e-9), np.float32)
