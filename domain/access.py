"""Who may do what, and how long somebody who keeps guessing must wait."""

import unicodedata
from datetime import timedelta

from domain.errors import BadInput
from domain.text import without_bidi_controls
from domain.vocabulary import Role

#: The person at this computer, before anybody has an account.
LOCAL = "local"
LONGEST_NAME = 80

#: Action -> the least role that may do it.
ACTIONS: dict[str, Role] = {
    "read": Role.VIEWER,
    "export": Role.ANALYST,
    "correct": Role.ANNOTATOR,
    "theme": Role.ANNOTATOR,
    "case": Role.ANNOTATOR,
    "track": Role.ADMIN,
    "users": Role.ADMIN,
}

#: So many wrong passwords are forgiven; from then on each one doubles the wait, up to the longest.
FORGIVEN = 5
_FIRST_WAIT = timedelta(seconds=30)
_LONGEST_WAIT = timedelta(minutes=15)


def may(role: str, action: str) -> bool:
    """Whether a role may do something; an unknown role may do nothing.

    >>> may("viewer", "export"), may("analyst", "export"), may("stranger", "read")
    (False, True, False)
    """
    order = list(Role)
    return role in order and order.index(Role.of(role)) >= order.index(ACTIONS[action])


def wait_after(failures: int) -> timedelta:
    """How long after the last failure nobody may try again.

    >>> [int(wait_after(n).total_seconds()) for n in (4, 5, 6, 7, 99)]
    [0, 30, 60, 120, 900]
    """
    if failures < FORGIVEN:
        return timedelta(0)
    doubled: int = 2 ** min(failures - FORGIVEN, 10)
    return min(_FIRST_WAIT * doubled, _LONGEST_WAIT)


def user_name(typed: str) -> str:
    """The one form of a name: case, Arabic letters and stray spaces make no second person.

    Raises:
        BadInput: it cannot be a name.
    """
    name = unicodedata.normalize("NFKC", typed).translate(str.maketrans("يك", "یک")).strip().casefold()
    hidden = any(unicodedata.category(letter) in ("Cc", "Cs", "Co", "Cn", "Zl", "Zp") for letter in name)
    if not name or len(name) > LONGEST_NAME or hidden or name != without_bidi_controls(name):
        raise BadInput(f"a user's name has 1 to {LONGEST_NAME} visible characters")
    if name == LOCAL or name.startswith("?"):
        raise BadInput(f"{name[:20]!r} is kept for the app itself; choose another name")
    return name
