"""«رقبا»: brands side by side, over the same sources, and only differences that are beyond noise."""

import html
from collections.abc import Mapping, Sequence
from dataclasses import replace

import streamlit as st

from dashboard import bars, compare_charts, states
from dashboard.compare_cells import FORMULA, SHARES, cell, formula, title
from dashboard.compare_charts import RATE, Cell, Line, Look
from dashboard.filters import Choice, link
from dashboard.frame import head
from dashboard.numerals import number
from dashboard.overview import texts_of
from dashboard.reads import Reader
from dashboard.texts import safe
from dashboard.words import say
from domain.formulas import FORMULAS
from domain.indices import TOO_FEW
from domain.sources import title_of_source
from domain.text import without_bidi_controls
from domain.vocabulary import Contact, Dimension, Sentiment
from store import queries
from store.queries import Common


def show(read: Reader, choice: Choice) -> None:
    """Choose (in the sidebar), count, show; the first brand is ours."""
    language = choice.language
    head(read, "compare", choice, say(language, "compare lead"))
    compared = read(queries.compared_brands, choice.filter)
    if len(compared.brands) < 2:
        _state(say(language, "compare two"), say(language, "compare two long"))
        return
    names = {brand.key: brand.name for brand in read(queries.brands)}
    looks = [Look(key, names.get(key, key), place) for place, key in enumerate(compared.brands)]
    common = read(queries.common_sources, choice.filter, compared.brands)
    _ours(looks, choice)
    _base(compared, common, names, choice)
    if not common.sources:
        _state(say(language, "no common"), say(language, "no common long"))
    elif not common.n:
        states.no_match("compare", choice)
    else:
        scope = replace(
            choice, filter=replace(choice.filter, brands=compared.brands, sources=common.sources)
        )  # fmt: skip
        _numbers(read, looks, scope, choice)
        _themes(read, looks, scope, choice)
        formulas(language)


def _ours(looks: Sequence[Look], choice: Choice) -> None:
    """Each brand can be made ours: it then comes first in the address."""
    keys = [look.key for look in looks]
    chips = []
    for look in looks:
        order = (look.key, *(key for key in keys if key != look.key))
        kind = "chosen" if look is looks[0] else ""
        chips.append(bars.Link(without_bidi_controls(look.name), link("compare", choice, brands=order), kind=kind))
    st.html(bars.links(say(choice.language, "our brand"), chips))


def _base(compared: queries.Compared, common: Common, names: Mapping[str, str], choice: Choice) -> None:
    """What is compared, and what was left out so that it is fair."""
    language, said = choice.language, []
    if common.sources:
        listed = _listed([title_of_source(key, language) for key in common.sources], language)
        said.append(html.escape(say(language, "same sources", sources=listed, n=number(common.n, language))))
    if common.left_out:
        n = number(sum(common.left_out.values()), language)
        away = " ".join(_away(source, n, compared, choice) for source, n in common.left_out.items())
        said.append(f"{html.escape(say(language, 'left out', n=n))} {away}")
    for key, brands in (("silent brands", compared.silent), ("brands over", compared.over)):
        if brands:
            listed = _listed([names.get(brand, brand) for brand in brands], language)
            said.append(html.escape(without_bidi_controls(say(language, key, brands=listed))))
    st.html("".join(f'<p class="sh-small sh-cmp-base">{line}</p>' for line in said))


def _away(source: str, n: int, compared: queries.Compared, choice: Choice) -> str:
    name = f"<bdi>{safe(title_of_source(source, choice.language))}</bdi> <b>{number(n, choice.language)}</b>"
    if not n:
        return f'<span class="sh-chip">{name}</span>'
    href = texts_of(choice, copied=False, brands=compared.brands, sources=(source,))
    return f'<a class="sh-chip" href="{html.escape(href)}">{name}</a>'


def _listed(words: Sequence[str], language: str) -> str:
    return say(language, "joiner").join(words)


def _numbers(read: Reader, looks: Sequence[Look], scope: Choice, choice: Choice) -> None:
    language, brands = choice.language, tuple(look.key for look in looks)
    numbers = read(queries.brand_numbers, choice.filter, brands)
    with st.container(border=True):
        _section(say(language, "shares"), say(language, "shares note"))
        for column, key in zip(st.columns(3, gap="medium"), SHARES, strict=True):
            rows = [(look, cell(one, key, scope)) for look, one in zip(looks, numbers, strict=True)]
            name = html.escape(title(key, language))
            column.html(f'<h3 class="sh-dots-title">{name}</h3>{compare_charts.shares(rows, language)}')
    with st.container(border=True):
        _section(say(language, "dimension scores"))
        groups = {
            dimension.title(language): [
                (look, cell(one, f"score:{dimension}", scope)) for look, one in zip(looks, numbers, strict=True)
            ]
            for dimension in Dimension
        }
        st.html(compare_charts.dots(groups, language))
    with st.container(border=True):
        _section(say(language, "indices"))
        st.html(f'<p class="sh-small">{html.escape(say(language, "marks note"))}</p>')
        contacts = choice.filter.contacts or tuple(map(str, Contact))
        splits = ["", *contacts] if len(contacts) > 1 else [""]
        titles = [Contact.of(split).title(language) if split else say(language, "all contacts") for split in splits]
        for tab, split in zip(st.tabs(titles), splits, strict=True):
            with tab:
                st.html(_table(read, looks, split, scope, choice))


def _table(read: Reader, looks: Sequence[Look], split: str, scope: Choice, choice: Choice) -> str:
    language, brands = choice.language, tuple(look.key for look in looks)
    if split:
        scope = replace(scope, filter=replace(scope.filter, contacts=(split,)))
    chosen = replace(choice.filter, contacts=scope.filter.contacts)
    numbers = read(queries.brand_numbers, chosen, brands)
    ahead = {(one.key, one.rival): one for one in queries.differences(numbers, brands[0]) if one.marked}
    lines: list[Line] = []
    for group, keys in _GROUPS.items():
        lines += [Line(say(language, group))] if group else []
        for key in keys:
            cells = [cell(one, key, scope, ahead.get((key, one.brand))) for one in numbers]
            lines.append(Line(title(key, language), formula(key, language), cells))
    heads = [
        f"<small>{say(language, 'n texts', n=number(one.counted, language))}</small>"
        + (f'<small class="sh-label">{say(language, "ours")}</small>' if one.brand == brands[0] else "")
        for one in numbers
    ]
    return compare_charts.table(looks, heads, lines, language)


_GROUPS = {
    "": ("net", "gap", "advocacy"),
    "dimension score": tuple(f"score:{dimension}" for dimension in Dimension),
    "salience": tuple(f"salience:{dimension}" for dimension in Dimension),
    "shares": SHARES,
}


def _themes(read: Reader, looks: Sequence[Look], scope: Choice, choice: Choice) -> None:
    language, brands = choice.language, tuple(look.key for look in looks)
    with st.container(border=True):
        _section(say(language, "themes across"), say(language, "themes across note"))
        for side, polarity in (("delights", Sentiment.POSITIVE), ("hurts", Sentiment.NEGATIVE)):
            st.html(f'<h3 class="sh-side {polarity}">{say(language, side)}</h3>')
            found = read(queries.themes_across, choice.filter, brands, str(polarity))
            if not found:
                st.html(f'<p class="sh-few">{say(language, "no themes")}</p>')
                continue
            lines = [_theme(one, brands, scope) for one in found]
            st.html(compare_charts.table(looks, [""] * len(looks), lines, language))


def _theme(one: queries.ThemeAcross, brands: Sequence[str], scope: Choice) -> Line:
    language, cells = scope.language, []
    for brand in brands:
        n, rate = one.mentions[brand], one.rates[brand]
        href = texts_of(scope, copied=False, brands=(brand,), theme=one.theme.id) if n else ""
        base = say(language, "k of n", k=number(n, language), n=number(rate.n, language))
        cells.append(Cell(rate, RATE, base, href))
    people = f"<small>{say(language, 'n people', n=number(one.people, language))}</small>"
    return Line(one.theme.name, "", cells, people)


def formulas(language: str) -> None:
    """How each number of the page is reckoned, when somebody asks."""
    with st.expander(say(language, "formulas")):
        named = dict.fromkeys(FORMULA.values())
        said = "".join(
            f"<dt>{html.escape(one.title(language))}</dt><dd>{html.escape(one.formula(language))}</dd>"
            for one in FORMULAS
            if one.key in named
        )
        st.html(
            f'<dl class="sh-formulas">{said}</dl>'
            f'<p class="sh-small">{html.escape(say(language, "noise note", least=number(TOO_FEW, language)))}</p>'
        )


def _section(title: str, note: str = "") -> None:
    st.html(f'<h2 class="sh-section">{title}{f" <small>{note}</small>" if note else ""}</h2>')


def _state(title: str, text: str) -> None:
    st.html(f'<div class="sh-state"><h2>{html.escape(title)}</h2><p>{html.escape(text)}</p></div>')
