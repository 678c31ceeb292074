"""The card of a theme: people first, how it fares, what it does to net sentiment, and three of its quotes."""

import html
import math
from collections.abc import Mapping, Sequence

from dashboard import bars, texts
from dashboard.filters import Choice, link
from dashboard.numerals import day, number
from dashboard.overview import texts_of
from dashboard.theme_numbers import Standing, own
from dashboard.words import say
from domain.indices import Index
from domain.text import persian_digits
from domain.vocabulary import ThemeState, Touchpoint
from store import queries
from store.tables import Theme

#: Weeks that a sparkline shows.
_WEEKS = 26
_SIGNS = {
    ThemeState.NEW: "●",
    ThemeState.GROWING: "▲",
    ThemeState.STEADY: "–",
    ThemeState.FADING: "▼",
    ThemeState.GONE: "○",
}
_KINDS = ("central", "different", "recent")


def card(
    one: queries.SharedExperience,
    said: Mapping[str, queries.Quote],
    weeks: Sequence[int],
    fares: Standing | None,
    effect: Index,
    choice: Choice,
) -> str:
    """A theme within a filter.

    Args:
        one: the theme as counted.
        said: its quotes, by what each of them is ("central", "different", "recent").
        weeks: its texts a week, oldest first.
        fares: how it fares; None if none of its texts is dated.
        effect: its impact on net sentiment.
        choice: the filter of the page.
    """
    language, theme = choice.language, one.theme
    spark = bars.sparkline(weeks[-_WEEKS:], theme.polarity, say(language, "by week spark")) if len(weeks) > 1 else ""
    more = say(language, "read all", n=number(one.mentions, language))
    return (
        f'<article class="sh-theme {theme.polarity}"><header><h3 dir="auto">{name(theme, choice)}</h3>{spark}</header>'
        f'<p class="sh-facts">{facts(one, language)}{badge(fares, language)}</p>'
        f'<p class="sh-small">{impact(effect, theme.id or 0, choice)}</p>{quotes(said, language)}'
        f'<a class="sh-more" href="{all_texts(one, choice)}">{more}</a></article>'
    )


def name(theme: Theme, choice: Choice) -> str:
    """The name of a theme, which leads to its own view."""
    href = html.escape(link("experiences", own(choice), theme=theme.id))
    return f'<a href="{href}">{texts.safe(theme.name)}</a>'


def all_texts(one: queries.SharedExperience, choice: Choice) -> str:
    """The address of all texts that tell a theme, escaped."""
    return html.escape(link("explore", own(choice), theme=one.theme.id, usable=("experience",)))


def facts(one: queries.SharedExperience, language: str) -> str:
    """People, texts, sources, where, and from when to when."""
    said = [
        f"<b>{say(language, 'n people', n=number(one.authors, language))}</b>",
        f"<span>{say(language, 'n texts', n=number(one.mentions, language))}</span>",
        f"<span>{say(language, 'n sources', n=number(one.sources, language))}</span>",
    ]
    if one.theme.touchpoint != Touchpoint.NONE:
        said.append(texts.chip(Touchpoint.of(one.theme.touchpoint).title(language)))
    if one.first and one.last:
        days = say(language, "first last", first=day(one.first, language), last=day(one.last, language))
        said.append(f"<span>{days}</span>")
    return "".join(said)


def badge(fares: Standing | None, language: str) -> str:
    """The state of a theme, by word and by sign; the change behind it shows on hovering."""
    if fares is None:
        return ""
    title = fares.state.title(language)
    return (
        f'<span class="sh-state-badge {fares.state}" title="{html.escape(change(fares, language))}">'
        f'<i aria-hidden="true">{_SIGNS[fares.state]}</i> {html.escape(title)}</span>'
    )


def change(fares: Standing, language: str) -> str:
    """The rate of late over the rate before, with its interval and its n."""
    found = fares.change
    return say(
        language, "change help", ratio=times(found.ratio, language), low=times(found.low, language),
        high=times(found.high, language), n=number(found.n, language), day=day(fares.as_of, language),
    )  # fmt: skip


def impact(effect: Index, theme_id: int, choice: Choice) -> str:
    """Points of net sentiment with their interval and n, or that there is too little to say."""
    language, n = choice.language, number(effect.n, choice.language)
    href = html.escape(texts_of(own(choice), theme=theme_id))
    if effect.too_few:
        words = say(language, "impact few", n=n)
        return f'<a href="{href}">{words}</a>' if effect.n else words
    value = say(language, "impact points", value=f"<b>{points(effect.value, language)}</b>")
    ends = {"low": points(effect.low, language), "high": points(effect.high, language)}
    return f'{value} ({say(language, "impact reach", **ends)}) · <a href="{href}">{say(language, "of n", n=n)}</a>'


def quotes(said: Mapping[str, queries.Quote], language: str) -> str:
    """Up to three quotes, each with what it stands for."""
    return "".join(
        f'<div class="sh-said"><small>{say(language, f"quote {kind}")}</small>{texts.quote(said[kind], language)}</div>'
        for kind in _KINDS
        if kind in said
    )


def points(value: float, language: str) -> str:
    """Points with one decimal and a sign: «−۱٫۲», «+۰٫۳»."""
    rounded = round(value, 1)
    sign = "+" if rounded > 0 else "−" if rounded < 0 else ""
    return f"\u2066{sign}{_decimal(abs(rounded), language)}\u2069"


def times(ratio: float, language: str) -> str:
    """A ratio with one decimal: «۱٫۸»."""
    return _decimal(ratio, language) if math.isfinite(ratio) else say(language, "change unbounded")


def share_of(value: float, language: str) -> str:
    """A small share with one decimal: «۰٫۱٪»."""
    return f"\u2066{_decimal(value, language)}{'٪' if language == 'fa' else '%'}\u2069"


def _decimal(value: float, language: str) -> str:
    written = f"{value:,.1f}"
    return persian_digits(written.translate(str.maketrans(".,", "٫٬"))) if language == "fa" else written
