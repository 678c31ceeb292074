"""A theme over time: numbers in, a Plotly figure out."""

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from dashboard import theme
from dashboard.numerals import day, number
from dashboard.theme_card import times
from dashboard.words import say
from domain.trend import Week
from domain.vocabulary import Sentiment

_TICKS = 5
_STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)


def weeks(found: Sequence[Week], polarity: str, language: str) -> go.Figure:
    """Texts per 1,000 of traffic by week with their 95 % interval; weeks of outage are hatched, unknown ones empty.

    Time runs from the left in both languages.
    """
    at, paint = [one.start for one in found], theme.colour(Sentiment.of(polarity))
    rates = [one.rate for one in found]
    # One wide interval of a week with little traffic must not flatten all others.
    tallest = max((rate for rate in rates if rate is not None), default=0.0)
    ends = sorted(one.high for one in found if one.high is not None)
    top = min(1000.0, 1.08 * max(tallest, ends[int(0.9 * (len(ends) - 1))] if ends else 1.0, 1.0))
    figure = go.Figure()
    _hatch(figure, found, top, language)
    figure.add_bar(
        x=at,
        y=rates,
        marker={"color": paint, "opacity": 0.75},
        hovertext=[_whole(f"{day(one.start, language)}: {line(one, language)}", language) for one in found],
        hoverinfo="text",
        error_y={
            "type": "data", "symmetric": False, "thickness": 1, "width": 0, "color": "rgba(128,138,144,.9)",
            "array": [(one.high or 0) - (one.rate or 0) for one in found],
            "arrayminus": [(one.rate or 0) - (one.low or 0) for one in found],
        },
    )  # fmt: skip
    _lay_out(figure, found, top, language)
    return figure


def _hatch(figure: go.Figure, found: Sequence[Week], top: float, language: str) -> None:
    out = [one.start for one in found if one.outage]
    figure.add_bar(
        x=out,
        y=[top] * len(out),
        marker={"color": "rgba(0,0,0,0)", "pattern": {"shape": "/", "fgcolor": "#808a90", "size": 7, "solidity": 0.2}},
        hovertext=_whole(say(language, "theme outage"), language),
        hoverinfo="text",
    )


def line(one: Week, language: str) -> str:
    """A week in words: texts, traffic and the rate with its interval."""
    if one.rate is None or one.low is None or one.high is None:
        return say(language, "week quiet")
    return say(
        language, "week line", n=number(one.n, language), of=number(one.exposure, language),
        rate=times(one.rate, language), low=times(one.low, language), high=times(one.high, language),
    )  # fmt: skip


def _lay_out(figure: go.Figure, found: Sequence[Week], top: float, language: str) -> None:
    side = "right" if language == "fa" else "left"
    margin: dict[str, Any] = {"l": 8, "r": 8, "t": 12, "b": 8} | {side[0]: 44}
    figure.update_layout(
        barmode="overlay", bargap=0.2, height=260, showlegend=False, margin=margin, dragmode=False,
        font={"family": "Vazirmatn", "size": 13}, hoverlabel={"font": {"family": "Vazirmatn", "size": 13}},
        paper_bgcolor="rgba(0,0,0,0)", plot_bgcolor="rgba(0,0,0,0)",
    )  # fmt: skip
    ticks = [one.start for one in found][:: max(1, -(-len(found) // _TICKS))]
    figure.update_xaxes(
        tickvals=ticks,
        ticktext=[_whole(day(tick, language, year=False), language) for tick in ticks],
        tickangle=0,
        showgrid=False,
        fixedrange=True,
    )
    step = next(step for step in _STEPS if top / step <= _TICKS or step == _STEPS[-1])
    values = list(range(0, int(top) + 1, step))
    figure.update_yaxes(
        range=[0, top], tickvals=values, ticktext=[number(value, language) for value in values], side=side,
        fixedrange=True, zeroline=False,
    )  # fmt: skip


def _whole(words: str, language: str) -> str:
    # Figures are laid out from left to right; an isolate keeps a Persian line in its own order.
    return f"\u2067{words}\u2069" if language == "fa" else words
