"""«خروجی»: the filter of the screen as a file."""

import html
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

import streamlit as st

from dashboard import states
from dashboard.filters import Choice
from dashboard.frame import head
from dashboard.numerals import number
from dashboard.reads import Reader
from dashboard.words import known, say
from domain.dates import today
from store import queries


class Format(Protocol):
    """A kind of file, as the menu and the browser need it."""

    @property
    def suffix(self) -> str:
        """Of the file's name: ".csv"."""

    @property
    def mime(self) -> str:
        """What the browser is told."""

    def title(self, language: str = "fa") -> str:
        """What the menu shows."""


class Entry(Protocol):
    """A line of the data dictionary: a column, or one label that may stand in it."""

    @property
    def column(self) -> str:
        """Key of the column."""

    @property
    def label(self) -> str:
        """A label that may stand in it; empty for the column itself."""

    @property
    def title(self) -> str:
        """For people."""

    @property
    def meaning(self) -> str:
        """One sentence."""


@dataclass(frozen=True, slots=True)
class Exporter:
    """What the door hands in: the work itself is no business of a page."""

    #: (engine, filter, path, format, language) -> rows written.
    export: Callable[..., int]
    formats: Mapping[str, Format]
    #: language -> every column with its labels.
    dictionary: Callable[[str], Sequence[Entry]]


def show(read: Reader, choice: Choice, exporter: Exporter) -> None:
    """Choose (a format; the filter in the sidebar), count, show."""
    language = choice.language
    counts = read(queries.counts, choice.filter)
    head(read, "export", choice, say(language, "export lead", n=number(counts.mentions, language)))
    if not counts.mentions:
        states.no_match("export", choice)
        return
    chosen = st.radio(
        say(language, "format"),
        list(exporter.formats),
        format_func=lambda name: exporter.formats[name].title(language),
        captions=[say(language, f"{name} help") if known(f"{name} help") else "" for name in exporter.formats],
        key="format",
    )
    _made(read, choice, exporter, chosen)
    st.html(f'<h2 class="sh-section">{say(language, "dictionary")}</h2>')
    st.html(_dictionary(exporter, language))


def _made(read: Reader, choice: Choice, exporter: Exporter, chosen: str) -> None:
    language = choice.language
    if st.button(say(language, "make file"), type="primary", key="make"):
        with st.spinner(say(language, "making")):
            st.session_state["made"] = (choice, chosen, *_file(read, choice, exporter, chosen))
    made = st.session_state.get("made")
    # A file of another filter is never offered under this one.
    if made is None or made[:2] != (choice, chosen):
        return
    _, _, rows, content = made
    name = f"shenava-{today().isoformat()}{exporter.formats[chosen].suffix}"
    st.success(say(language, "rows made", n=number(rows, language)))
    st.download_button(
        say(language, "download", name=name), content, name, exporter.formats[chosen].mime, key="download"
    )


def _file(read: Reader, choice: Choice, exporter: Exporter, chosen: str) -> tuple[int, bytes]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"shenava{exporter.formats[chosen].suffix}"
        rows = exporter.export(read.engine, choice.filter, path, chosen, choice.language)
        return rows, path.read_bytes()


def _dictionary(exporter: Exporter, language: str) -> str:
    names = "".join(f"<th>{say(language, key)}</th>" for key in ("column", "title", "meaning"))
    rows = "".join(_entry(entry) for entry in exporter.dictionary(language))
    return f'<div class="sh-table"><table><thead><tr>{names}</tr></thead><tbody>{rows}</tbody></table></div>'


def _entry(entry: Entry) -> str:
    key = f"<code>{html.escape(entry.label or entry.column)}</code>"
    title, meaning = html.escape(entry.title), html.escape(entry.meaning)
    kind = ' class="value"' if entry.label else ""
    return f'<tr{kind}><td>{key}</td><td dir="auto">{title}</td><td dir="auto">{meaning}</td></tr>'
