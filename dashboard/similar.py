"""«مشابه این»: one text, and those that tell nearly the same."""

import html
from collections.abc import Callable, Sequence

import streamlit as st

from dashboard import states
from dashboard.filters import Choice, link
from dashboard.numerals import number
from dashboard.reads import Reader
from dashboard.words import say
from domain.text import persian_digits
from store import queries

#: Draws cards: the texts, and beside each how near it is.
Draw = Callable[[Sequence[queries.Text], dict[int, str]], None]


def asked() -> int | None:
    """The text that the address asks about."""
    value = st.query_params.get("similar", "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else None


def show(read: Reader, choice: Choice, mention_id: int, draw: Draw) -> None:
    """The text itself, then the nearest ones of the filter, nearest first."""
    language = choice.language
    back = f'<a class="sh-chip" href="{html.escape(link("explore", choice))}">{say(language, "back to list")}</a>'
    st.html(f'<p class="sh-line">{back}</p>')
    text = queries.text_of(read.engine, mention_id)
    if text is None or text.mention.deleted_at:
        states.error(say(language, "no such text"), language)
        return
    draw([text], {})
    found = read(queries.similar, choice.filter, mention_id)
    st.html(
        f'<h2 class="sh-section">{html.escape(say(language, "similar to it"))}</h2>'
        f'<p class="sh-small">{html.escape(_said(found, language))}</p>'
    )
    near = {one.text.mention.id or 0: _closeness(one.closeness, language) for one in found.found}
    draw([one.text for one in found.found], near)


def _said(found: queries.Similar, language: str) -> str:
    if not found.of:
        return say(language, "similar none")
    n, of = number(found.compared, language), number(found.of, language)
    said = say(language, "similar among" if found.compared == found.of else "similar newest", n=n, of=of)
    return f"{said} {say(language, 'similar scale')}"


def _closeness(cosine: float, language: str) -> str:
    value = f"{cosine:.2f}"
    value = persian_digits(value.replace(".", "٫")) if language == "fa" else value
    return say(language, "closeness", value=value)
