"""The five dimensions drawn: radars of several brands, and where each dimension is met."""

import html
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dashboard import charts, theme
from dashboard.compare_charts import SHARE, SIGNED, reach, written
from dashboard.numerals import number
from dashboard.texts import safe
from dashboard.words import say
from domain.indices import Index
from domain.vocabulary import Dimension, Sentiment
from store.queries import DimensionScore, Meeting

_LINES = ("solid", "dashed", "dotted", [8, 3, 2, 3])
_SYMBOLS = ("circle", "rect", "diamond", "triangle")


def brand_radar(
    brands: Mapping[str, Sequence[DimensionScore]], way: Sentiment, language: str, *, dark: bool = False
) -> dict[str, Any]:
    """What share of each brand's texts praises (or blames) each dimension: a ring a brand, on one scale.

    Rings are those of `charts.dimension_radar`; names are plain text.
    """
    options = [charts.dimension_radar(scores, language, dark=dark) for scores in brands.values()]
    rings = []
    for place, (name, option) in enumerate(zip(brands, options, strict=True)):
        ring = option["series"][0]["data"][0 if way is Sentiment.POSITIVE else 1]
        rings.append(_ring(ring, name, place, way, language))
    option = options[0]
    highest = max(value for ring in rings for value in ring["value"])
    top = max(10, -(-highest // 10) * 10)
    option["radar"]["indicator"] = [{"name": d.title(language), "max": top, "min": 0} for d in Dimension]
    option["legend"]["data"] = [ring["name"] for ring in rings]
    option["series"][0]["data"] = rings
    return option


def _ring(ring: dict[str, Any], name: str, place: int, way: Sentiment, language: str) -> dict[str, Any]:
    paint = theme.brand_colour(place)
    # The title of a ring is its sentiment; among brands it is the brand, which is a stranger's word in HTML.
    title = f"<b>{way.title(language)}</b>"
    tip = ring["tooltip"]["formatter"].replace(title, f"<b>{safe(name)}</b> · {way.title(language)}", 1)
    return ring | {
        "name": name,
        "itemStyle": {"color": paint},
        "lineStyle": {"color": paint, "width": 2.5, "type": _LINES[place % len(_LINES)]},
        "areaStyle": {"color": paint, "opacity": 0.06},
        "symbol": _SYMBOLS[place % len(_SYMBOLS)],
        "tooltip": {"formatter": tip},
    }


def matrix(
    meetings: Sequence[Meeting], dimensions: Sequence[Dimension], lead: Callable[[Meeting], str], language: str,
    *, salience: bool = False,
) -> str:  # fmt: skip
    """Touchpoints by dimensions; a cell leads to its texts. On a narrow screen: a list, without what nobody tells."""
    names = "".join(f'<th scope="col">{html.escape(d.title(language))}</th>' for d in dimensions)
    lines: dict[str, list[str]] = {}
    titles: dict[str, str] = {}
    for one in meetings:
        if one.dimension in dimensions and one.counted:
            lines.setdefault(one.touchpoint, []).append(_meeting(one, lead(one), language, salience=salience))
            titles[one.touchpoint] = (
                f"{html.escape(one.touchpoint.title(language))}"
                f"<small>{say(language, 'n texts', n=number(one.counted, language))}</small>"
            )
    body = "".join(f'<tr><th scope="row">{titles[key]}</th>{"".join(cells)}</tr>' for key, cells in lines.items())
    return f'<table class="sh-meet"><thead><tr><td></td>{names}</tr></thead><tbody>{body}</tbody></table>'


def _meeting(one: Meeting, href: str, language: str, *, salience: bool) -> str:
    name = f'<span class="sh-meet-name">{html.escape(one.dimension.title(language))}</span>'
    if not one.n:
        return f'<td class="none">{name}<span class="sh-meet-cell">·</span></td>'
    index, kind = (one.salience, SHARE) if salience else (one.score, SIGNED)
    said = say(language, "n texts", n=number(one.n, language))
    if index.too_few:
        inside, shade = f'<small class="sh-cmp-few">{say(language, "too few", n=number(one.n, language))}</small>', ""
    else:
        value = written(index.value, kind, language)
        inside = f"<b>{value}</b><small>{reach(index, kind, language)}</small><small>{said}</small>"
        shade = _shade(index, salience=salience)
    title = html.escape(told(one.positive, one.negative, one.both, language))
    return (
        f'<td style="{shade}">{name}<a class="sh-meet-cell" href="{html.escape(href)}" title="{title}">'
        f"{inside}{parts(one)}</a></td>"
    )


def _shade(index: Index, *, salience: bool) -> str:
    """The farther from 0, the deeper; what may as well be 0 has no colour."""
    if not index.clear:
        return ""
    paint = "accent" if salience else "positive" if index.value > 0 else "negative"
    depth = 6 + round(abs(index.value) * 0.22)
    return f"background:color-mix(in srgb, var(--{paint}) {depth}%, transparent)"


def parts(one: Meeting | DimensionScore) -> str:
    """Praise, both and blame as one thin bar."""
    n = one.n or 1
    each = (("positive", one.positive), ("mixed", one.both), ("negative", one.negative))
    bits = "".join(f'<i class="{key}" style="width:{100 * part / n:.1f}%"></i>' for key, part in each if part)
    return f'<span class="sh-meet-parts">{bits}</span>'


def told(positive: int, negative: int, both: int, language: str) -> str:
    """Praise, blame and both, in words."""
    each = (("praised", positive), ("blamed", negative), ("both ways", both))
    return say(language, "joiner").join(f"{say(language, key)} {number(n, language)}" for key, n in each)
