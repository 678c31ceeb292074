"""What a page shows when there is nothing, too little, or something went wrong."""

import html
import logging
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from dashboard.bars import Link, links
from dashboard.filters import Choice, link
from dashboard.numerals import number
from dashboard.words import say
from domain.errors import ShenavaError
from domain.indices import TOO_FEW

logger = logging.getLogger(__name__)

_FIRST_STEPS = "make run\nshenava track SOURCE URL --brand KEY"


def no_data(language: str) -> None:
    """An empty store: what to type first."""
    _state(say(language, "no data"), say(language, "no data long"))
    st.code(_FIRST_STEPS, language="bash")


def no_match(page: str, choice: Choice) -> None:
    """A filter that nothing passes, with the way out of it."""
    _state(say(choice.language, "no match"), say(choice.language, "no match long"))
    st.html(links("", [Link(say(choice.language, "clear"), link(page, Choice(language=choice.language)))]))


def too_few(n: int, language: str) -> str:
    """In the place of an index that would claim more than its texts can carry."""
    text = say(language, "too few long", n=number(n, language), least=number(TOO_FEW, language))
    return f'<p class="sh-few">{html.escape(text)}</p>'


@contextmanager
def errors_in_a_box(language: str) -> Iterator[None]:
    """What a person can act on is told; anything else is a bug, and goes to the log."""
    try:
        yield
    except ShenavaError as fault:
        error(str(fault), language)
    except Exception:
        logger.exception("a page failed")
        error(say(language, "unexpected"), language)


def error(message: str, language: str) -> None:
    """A fault that a person can act on; `message` says how."""
    st.html(
        f'<div class="sh-state error" role="alert"><h2>{html.escape(say(language, "error"))}</h2>'
        f'<p dir="auto">{html.escape(message)}</p></div>'
    )


def _state(title: str, text: str) -> None:
    st.html(f'<div class="sh-state"><h2>{html.escape(title)}</h2><p>{html.escape(text)}</p></div>')
