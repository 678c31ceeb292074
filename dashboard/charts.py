"""Figures: numbers in, a Plotly figure or an ECharts option out. Nothing here draws or reads the store."""

import html
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import plotly.graph_objects as go

from dashboard import theme
from dashboard.numerals import day as show
from dashboard.numerals import interval, number, percent, signed
from dashboard.words import say
from domain.dates import week_start
from domain.indices import Index
from domain.vocabulary import Dimension, Sentiment
from store.queries import DaySentiment, DimensionScore

#: A span longer than this is drawn by weeks.
_DAYS_BY_DAY = 45
_TICKS = 5


def is_weekly(days: Sequence[DaySentiment]) -> bool:
    """Too long a span for one bar a day."""
    return bool(days) and (days[-1].day - days[0].day).days > _DAYS_BY_DAY


def by_week(days: Sequence[DaySentiment]) -> dict[tuple[date, str], int]:
    """Texts by the Saturday of their week and by sentiment."""
    found: dict[tuple[date, str], int] = {}
    for one in days:
        key = (week_start(one.day), one.sentiment)
        found[key] = found.get(key, 0) + one.n
    return found


def trend(days: Sequence[DaySentiment], language: str) -> go.Figure:
    """Counted texts over time, stacked by sentiment; time runs from the left in both languages."""
    weekly = is_weekly(days)
    table = by_week(days) if weekly else {(one.day, one.sentiment): one.n for one in days}
    every = _calendar(sorted({when for when, _ in table}), 7 if weekly else 1)
    figure = go.Figure()
    for sentiment in (Sentiment.NEGATIVE, Sentiment.MIXED, Sentiment.NEUTRAL, Sentiment.POSITIVE):
        counts = [table.get((when, sentiment), 0) for when in every]
        title = sentiment.title(language)
        hover = [
            f"{_day(d, language)}<br>{_whole(f'{title}: {number(n, language)}', language)}"
            for d, n in zip(every, counts, strict=True)
        ]
        figure.add_bar(
            x=every, y=counts, name=title, marker_color=theme.colour(sentiment), hovertext=hover, hoverinfo="text"
        )
    step = max(1, -(-len(every) // _TICKS))
    ticks = every[::step]
    figure.update_layout(barmode="stack", bargap=0.25, **_frame(300))
    side = {"r" if language == "fa" else "l": 40}
    figure.update_layout(showlegend=False, margin=_margin(**side))
    figure.update_xaxes(
        tickvals=ticks,
        ticktext=[_day(d, language, year=False) for d in ticks],
        tickangle=0,
        showgrid=False,
        fixedrange=True,
    )
    most = max((sum(table.get((when, s), 0) for s in Sentiment) for when in every), default=0)
    _count_axis(figure, most, language)
    return figure


def _day(value: date, language: str, *, year: bool = True) -> str:
    return _whole(show(value, language, year=year), language)


def _whole(line: str, language: str) -> str:
    # Figures are laid out from left to right; an isolate keeps a Persian line in its own order.
    return f"\u2067{line}\u2069" if language == "fa" else line


def _calendar(days: Sequence[date], step: int) -> list[date]:
    # Days and weeks without a text are drawn as gaps, not left out.
    if not days:
        return []
    return [days[0] + timedelta(days=n) for n in range(0, (days[-1] - days[0]).days + 1, step)]


def _count_axis(figure: go.Figure, most: int, language: str) -> None:
    step = next(s for s in _steps() if most / s <= 5)
    ticks = list(range(0, most + step, step))
    figure.update_yaxes(
        tickvals=ticks,
        ticktext=[number(n, language) for n in ticks],
        side="right" if language == "fa" else "left",
        fixedrange=True,
        zeroline=False,
    )


def _steps() -> Any:
    scale = 1
    while True:
        yield from (scale, 2 * scale, 5 * scale)
        scale *= 10


def dimension_radar(scores: Sequence[DimensionScore], language: str, *, dark: bool = False) -> dict[str, Any]:
    """Shares of the counted texts that praise and blame each dimension; "both" counts on either side."""
    counted = max((score.counted for score in scores), default=0) or 1
    praise = [100 * (score.positive + score.both) / counted for score in scores]
    blame = [100 * (score.negative + score.both) / counted for score in scores]
    top = max(10, -(-max([*praise, *blame, 0]) // 10) * 10)
    names = [f"{_title(s.dimension, language)}\n{say(language, 'n texts', n=number(s.n, language))}" for s in scores]
    series = [
        _ring(Sentiment.POSITIVE, praise, scores, language),
        _ring(Sentiment.NEGATIVE, blame, scores, language),
    ]
    text = {"fontFamily": "Vazirmatn", "fontSize": 13, "color": theme.ink(dark=dark)}
    return {
        "animation": False,
        "textStyle": {"fontFamily": "Vazirmatn"},
        "legend": {"bottom": 0, "data": [ring["name"] for ring in series], "itemGap": 24, "textStyle": text},
        "tooltip": {
            "textStyle": {**text, "color": theme.ink(dark=False)},
            "confine": True,
            "backgroundColor": "#ffffff",
        },
        "radar": {
            "indicator": [{"name": name, "max": top, "min": 0} for name in names],
            "radius": "52%",
            "center": ["50%", "47%"],
            "splitNumber": 4,
            "axisName": {**text, "lineHeight": 19},
            "splitArea": {"show": False},
        },
        "series": [{"type": "radar", "data": series, "symbolSize": 7}],
    }


def _ring(
    sentiment: Sentiment, shares: Sequence[float], scores: Sequence[DimensionScore], language: str
) -> dict[str, Any]:
    paint = theme.colour(sentiment)
    lines = [
        f"{_title(s.dimension, language)}: {percent(v, language)}" for s, v in zip(scores, shares, strict=True)
    ]  # fmt: skip
    direction = "rtl" if language == "fa" else "ltr"
    title = sentiment.title(language)
    return {
        "name": title,
        "value": [round(share, 1) for share in shares],
        "itemStyle": {"color": paint},
        "lineStyle": {"color": paint, "width": 2.5, "type": "solid" if sentiment == "positive" else "dashed"},
        "areaStyle": {"color": paint, "opacity": 0.16},
        "symbol": "circle" if sentiment == "positive" else "diamond",
        "tooltip": {"formatter": f'<div dir="{direction}"><b>{title}</b><br>{"<br>".join(lines)}</div>'},
    }


def _title(dimension: Dimension, language: str) -> str:
    return dimension.title(language)


def dimension_scores(scores: Sequence[DimensionScore], language: str) -> go.Figure:
    """Each dimension's score with its interval; one of too few texts stays hollow and unnumbered."""
    rows = {_title(score.dimension, language): score.score for score in scores}
    return index_rows(rows, language)


def index_rows(rows: Mapping[str, Index], language: str, colours: Sequence[str] = ()) -> go.Figure:
    """Indices on -100..100 below each other, with intervals and n. Names are plain text."""
    names = [html.escape(name) for name in rows]
    figure = go.Figure()
    figure.add_vline(x=0, line_width=1, line_color=theme.NEUTRAL, opacity=0.6, layer="below")
    for place, (name, index) in enumerate(zip(names, rows.values(), strict=True)):
        paint = colours[place] if colours else theme.POSITIVE if index.value >= 0 else theme.NEGATIVE
        _index_row(figure, name, index, theme.NEUTRAL if index.too_few else paint, language)
    ticks = (-100, -50, 0, 50, 100)
    figure.update_xaxes(
        range=(-112, 112),
        tickvals=ticks,
        ticktext=[signed(n, language) for n in ticks],
        fixedrange=True,
        zeroline=False,
    )
    figure.update_yaxes(
        categoryorder="array", categoryarray=names[::-1], side="right" if language == "fa" else "left",
        fixedrange=True, showgrid=False, ticklabelstandoff=8,
    )  # fmt: skip
    longest = max(map(len, rows), default=0)
    side = {"r" if language == "fa" else "l": 26 + 8 * longest}
    figure.update_layout(showlegend=False, margin=_margin(**side), **_frame(90 + 54 * max(1, len(rows))))
    return figure


def _index_row(figure: go.Figure, name: str, index: Index, paint: str, language: str) -> None:
    n = number(index.n, language)
    label = _whole(say(language, "too few", n=n), language) if index.too_few else signed(index.value, language)
    reach = say(language, "interval", range=interval(index.low, index.high, language))
    lines = [f"{name}: {label}", *([] if index.too_few else [reach, say(language, "of n", n=n)])]
    hover = "<br>".join(_whole(line, language) for line in lines)
    figure.add_scatter(
        x=[0 if index.too_few else index.value],
        y=[name],
        mode="markers+text",
        text=[label],
        textposition="top center",
        marker={"color": paint, "size": 11, "symbol": "circle-open" if index.too_few else "circle"},
        error_x=None if index.too_few else {
            "type": "data", "symmetric": False, "array": [index.high - index.value],
            "arrayminus": [index.value - index.low], "thickness": 2.5, "width": 6, "color": paint,
        },
        hovertext=[hover],
        hoverinfo="text",
        cliponaxis=False,
    )  # fmt: skip


def _frame(height: int) -> dict[str, Any]:
    return {
        "height": height,
        "font": {"family": "Vazirmatn", "size": 13},
        "hoverlabel": {"font": {"family": "Vazirmatn", "size": 13}},
        "dragmode": False,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
    }


def _margin(**sides: int) -> dict[str, Any]:
    return {"l": 8, "r": 8, "t": 16, "b": 8} | sides
