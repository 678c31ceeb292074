"""Which texts are not for this model: scoring them would only look like an answer."""

import re
import unicodedata

_ARABIC_SCRIPT = re.compile("[\u0620-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufefc]")
_LEAST_PERSIAN = 0.2


def unscored_reason(text: str) -> str:
    """Why a text (in its form for the model) is not scored; empty if it is.

    "empty": nothing that says anything, neither a letter nor a picture.
    "not_persian": under one in five letters are of the Persian alphabet.

    >>> unscored_reason("great food"), unscored_reason("..."), unscored_reason("😍"), unscored_reason("OK بود")
    ('not_persian', 'empty', '', '')
    """
    letters = [char for char in text if char.isalpha()]
    if not letters:
        return "" if any(unicodedata.category(char) == "So" for char in text) else "empty"
    persian = sum(1 for char in letters if _ARABIC_SCRIPT.match(char))
    return "" if persian >= _LEAST_PERSIAN * len(letters) else "not_persian"
