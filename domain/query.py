"""Query: under which spellings a brand is talked about, and which words mean something else."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from domain.errors import BadInput
from domain.text import fold

#: What Persian hangs on a name without a space: plural, "my", "your", "is", the object's را, …
_ENDINGS = "ها|های|هایی|هاشون|هاش|ی|م|ت|ش|مون|تون|شون|مان|تان|شان|و|رو|را|ه|یه|ست|اینا"
_SEPARATORS = re.compile("[\\s\u200c_\\-]+")
_ARABIC = str.maketrans("یک", "يك")
#: A rough reading aloud; vowels that Persian does not write stay out, so these are guesses.
_LATIN = {
    "ا": "a", "آ": "a", "ب": "b", "پ": "p", "ت": "t", "ث": "s", "ج": "j", "چ": "ch", "ح": "h", "خ": "kh", "د": "d",
    "ذ": "z", "ر": "r", "ز": "z", "ژ": "zh", "س": "s", "ش": "sh", "ص": "s", "ض": "z", "ط": "t", "ظ": "z", "ع": "a",
    "غ": "gh", "ف": "f", "ق": "gh", "ک": "k", "گ": "g", "ل": "l", "م": "m", "ن": "n", "و": "o", "ه": "h", "ی": "i",
}  # fmt: skip
_LONGEST, _MOST = 80, 40  # characters of a term, terms


def variants(name: str) -> list[str]:
    """The ways in which people write a name: half-space, space, underscore, joined, Arabic letters, Latin, hashtags.

    The first is the name itself. Latin is a guess unless the name holds it: look at the hits before you keep it.

    >>> variants("دیجی‌کالا")[:4]
    ['دیجی\u200cکالا', 'دیجی کالا', 'دیجی_کالا', 'دیجیکالا']

    Raises:
        BadInput: the name is empty or endless.
    """
    name = name.strip().lstrip("#").strip()
    parts = [part for part in _SEPARATORS.split(name) if part]
    if not parts or not fold(name.lstrip("#")) or len(name) > _LONGEST:
        raise BadInput(f"{name[:40]!r} is no name; give one of 1 to {_LONGEST} characters")
    joined = [name, *(mark.join(parts) for mark in ("\u200c", " ", "_", ""))] if len(parts) > 1 else [name]
    arabic = [form.translate(_ARABIC) for form in joined]
    tags = [f"#{form}" for form in joined if not re.search("[\\s\u200c\\-]", form)]
    forms = dict.fromkeys([*joined, *arabic, *_latin(parts), *tags])
    return [form for form in forms if len(form) <= _LONGEST and fold(form.lstrip("#"))]


def _latin(parts: list[str]) -> list[str]:
    words = ["".join(_LATIN.get(char, char) for char in part).casefold() for part in parts]
    if not all(word.isascii() and word.isalnum() for word in words):
        return []
    return ["".join(words), "".join(words).replace("j", "g"), " ".join(words)]


def tag(term: str) -> str:
    """A term as a hashtag without its #: what separates words becomes one underscore."""
    return _SEPARATORS.sub("_", term.strip().lstrip("#"))


@dataclass(frozen=True)
class Query:
    """Terms of which one must occur, and terms of which none may. Spelling habits do not matter (domain.text.fold)."""

    terms: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for term in (*self.terms, *self.exclude):
            if not fold(term.lstrip("#")) or len(term) > _LONGEST:
                raise BadInput(f"{term[:40]!r} is no search term; give one of 1 to {_LONGEST} characters")
        if len(self.terms) + len(self.exclude) > _MOST:
            raise BadInput(f"at most {_MOST} terms")

    def found_by(self, text: str) -> str:
        """The term that occurs in a text, in the spelling that stands there if it is among them; empty if none does."""
        folded = fold(text)
        found = [term for term, pattern in self._wanted if pattern.search(folded)]
        return next((term for term in found if term in text), found[0] if found else "")

    def excluded(self, text: str) -> bool:
        """Whether a text holds an excluded term."""
        folded = fold(text)
        return any(pattern.search(folded) for _, pattern in self._unwanted)

    @cached_property
    def _wanted(self) -> list[tuple[str, re.Pattern[str]]]:
        return _patterns(self.terms)

    @cached_property
    def _unwanted(self) -> list[tuple[str, re.Pattern[str]]]:
        return _patterns(self.exclude)


def _patterns(terms: Iterable[str]) -> list[tuple[str, re.Pattern[str]]]:
    found = []
    for term in terms:
        words = re.escape(fold(term.lstrip("#")))
        found.append((term, re.compile(rf"(?<!\w){words}(?: ?(?:{_ENDINGS}))?(?!\w)")))
    return found
