"""How far people agree with the model, and with each other: what the model is worth, and the ceiling for any model."""

import html

import streamlit as st

from dashboard.correction import field_title
from dashboard.numerals import number, percent
from dashboard.reads import Reader
from dashboard.words import say
from domain.text import persian_digits
from store import queries


def agreement(read: Reader, language: str) -> None:
    """Three tables at most: on the random sample, on picked texts, and between people."""
    found = read(queries.agreement)
    st.html(f'<h2 class="sh-section">{say(language, "agreement")}</h2>')
    if not (found.random or found.picked):
        st.html(f'<p class="sh-few">{say(language, "no agreement")}</p>')
        return
    st.html(f'<p class="sh-small">{say(language, "agreement note")}</p>')
    for key, rows in (("random", found.random), ("picked", found.picked), ("people", found.people)):
        if rows:
            note = f" <small>{say(language, 'agreement picked note')}</small>" if key == "picked" else ""
            st.html(f'<h2 class="sh-section">{say(language, f"agreement {key}")}{note}</h2>{_table(rows, language)}')


def _table(rows: tuple[queries.Agreement, ...], language: str) -> str:
    heads = "".join(f"<th>{say(language, key)}</th>" for key in ("field", "mentions", "same answer", "kappa"))
    return (
        f'<div class="sh-table"><table><thead><tr>{heads}</tr></thead><tbody>'
        + "".join(f"<tr>{_cells(row, language)}</tr>" for row in rows)
        + "</tbody></table></div>"
    )


def _cells(row: queries.Agreement, language: str) -> str:
    n = number(row.same.n, language)
    if row.same.too_few:
        few = html.escape(say(language, "too few", n=n))
        return f'<td>{field_title(row.field, language)}</td><td>{n}</td><td colspan="2">{few}</td>'
    ends = say(language, "first last", first=percent(row.same.low, language), last=percent(row.same.high, language))
    kappa = "—" if row.kappa is None else _kappa(row.kappa, language)
    same = f"<b>{percent(row.same.value, language)}</b> ({ends})"
    return f"<td>{field_title(row.field, language)}</td><td>{n}</td><td>{same}</td><td>{kappa}</td>"


def _kappa(kappa: float, language: str) -> str:
    """A kappa with two decimals, its sign in place."""
    said = f"{abs(kappa):.2f}".replace(".", "٫" if language == "fa" else ".")
    sign = "−" if kappa < -0.005 else ""
    return f"\u2066{sign}{persian_digits(said) if language == 'fa' else said}\u2069"
