"""The loop as HTML: the ring of stages with the way back, and what goes out and comes in by week."""

import html
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import quote

from dashboard import theme
from dashboard.journey_charts import Lead, linked, reading, title_of, tone
from dashboard.numerals import day, interval, number, signed
from dashboard.words import say
from domain.indices import Index
from domain.vocabulary import Intent, Stage
from store.queries import Feelings, Flow, Journey, Loop

#: The ring in units of its own: half axes, centre, smallest and largest disc.
_RX, _RY, _X, _Y, _LEAST, _MOST = 62.0, 36.0, 100.0, 58.0, 10.0, 21.0
#: Weeks drawn: as many as a phone's width holds.
WEEKS = 26


def ring(found: Journey, around: Loop, lead: Lead, language: str) -> str:
    """The stages as a ring, a disc's area after its texts, with the way back into others' awareness.

    The ring turns with the direction of the page; in a narrow place it becomes a column.
    """
    most = max((one.n for one in found.stages.values()), default=0) or 1
    sizes = [_LEAST + (_MOST - _LEAST) * math.sqrt(found.stages[stage].n / most) for stage in Stage]
    nodes = "".join(
        _node(place, stage, found.stages[stage], sizes[place], lead, language) for place, stage in enumerate(Stage)
    )
    whole = linked(say(language, "n texts", n=number(found.whole.n, language)), found.whole.n, lead(), "sh-j-n")
    net = "" if found.whole.net.too_few else f"<small>{_net(found.whole.net, language)}</small>"
    return (
        f'<div class="sh-j-ring"><div class="sh-j-loop">{_arcs(sizes)}'
        f'<div class="sh-j-whole">{whole}{net}</div>{nodes}{_return(around, lead, language)}</div></div>'
    )


def _node(place: int, stage: Stage, one: Feelings, size: float, lead: Lead, language: str) -> str:
    angle = _angle(place)
    side = "top" if place == 0 else "bottom" if math.sin(angle) > 0.7 else "end" if math.cos(angle) > 0 else "start"
    where = f"--x:{_X + _RX * math.cos(angle):.1f};--y:{_Y + _RY * math.sin(angle):.1f};--u:{size:.1f}"
    net = say(language, "journey few") if one.net.too_few else signed(one.net.value, language)
    inside = (
        f'<b class="sh-j-disc">{number(one.n, language)}</b>'
        f'<span class="sh-j-name">{title_of(stage, language)} <small>{net}</small></span>'
    )
    node = linked(
        inside, one.n, lead(stages=(str(stage),)), "sh-j-node-in", reading(stage.title(language), one, language)
    )
    return f'<div class="sh-j-node at-{side} {tone(one.net)}" style="{where}">{node}</div>'


def _angle(place: float) -> float:
    return math.tau * (place / len(Stage) - 0.25)


def _arcs(sizes: list[float]) -> str:
    """The lines of the ring as a picture behind it: drawings inside a page's HTML are taken out on their way."""
    lines = "".join(_arc(place, sizes[place], sizes[(place + 1) % len(sizes)]) for place in range(len(sizes)))
    drawn = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 112">{lines}</svg>'
    return f'<div class="sh-j-lines" style="background-image:url(data:image/svg+xml,{quote(drawn, safe="")})"></div>'


def _arc(place: int, from_: float, to: float) -> str:
    """The part of the ring between two discs, with an arrow head; the last one, back to the first, is dashed."""
    start = _angle(place) + _turn(_angle(place), from_ / 2 + 1.5)
    end = _angle(place + 1) - _turn(_angle(place + 1), to / 2 + 3)
    steps = [start + (end - start) * step / 12 for step in range(13)]
    points = [(_X + _RX * math.cos(angle), _Y + _RY * math.sin(angle)) for angle in steps]
    (x0, y0), (x1, y1) = points[-2:]
    turn = math.degrees(math.atan2(y1 - y0, x1 - x0))
    back = place == len(Stage) - 1
    paint, dashes = (theme.ACCENT, "2.2 1.6") if back else (theme.NEUTRAL, "none")
    line = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    head = f"translate({x1:.1f} {y1:.1f}) rotate({turn:.0f})"
    return (
        f'<path d="{line}" fill="none" stroke="{paint}" stroke-width="{0.9 if back else 0.6}" '
        f'stroke-dasharray="{dashes}"/><path d="M-1.6 -1.5L1.2 0L-1.6 1.5Z" fill="{paint}" transform="{head}"/>'
    )


def _turn(angle: float, length: float) -> float:
    """The angle that covers a length on the ring, near an angle."""
    return length / math.hypot(_RX * math.sin(angle), _RY * math.cos(angle))


def _return(around: Loop, lead: Lead, language: str) -> str:
    said = []
    for intent, kind in ((Intent.RECOMMEND, "positive"), (Intent.WARN, "negative")):
        if flow := around.out.get(str(intent)):
            text = f"{title_of(intent, language)} <b>{number(flow.feelings.n, language)}</b>"
            said.append(linked(text, flow.feelings.n, lead(intents=flow.labels), f"sh-chip {kind}"))
    return f'<div class="sh-j-return"><span>{say(language, "journey return")}</span><div>{"".join(said)}</div></div>'


def _net(net: Index, language: str) -> str:
    return f"{say(language, 'net sentiment')} {signed(net.value, language)} ({interval(net.low, net.high, language)})"


def last_weeks(flows: Sequence[Flow]) -> list[date]:
    """The last WEEKS weeks, up to the newest of some flows; weeks of silence too."""
    known = [week for flow in flows for week in flow.weeks]
    if not known:
        return []
    first = max(min(known), max(known) - timedelta(weeks=WEEKS - 1))
    return [first + timedelta(weeks=n) for n in range((max(known) - first).days // 7 + 1)]


@dataclass(frozen=True, slots=True)
class Line:
    """One count by week: its name, Saturday -> texts, all its texts (undated ones too), and the filter behind it."""

    name: str
    weeks: Mapping[date, int]
    n: int
    changes: Mapping[str, object]


def columns(weeks: Sequence[date], lines: Sequence[Line], dated: Lead, language: str) -> str:
    """Weeks side by side, oldest at the left: the first line up, the second down, each half a link of its own."""
    most = max(1, *(line.weeks.get(week, 0) for line in lines for week in weeks))
    made = []
    for week in weeks:
        halves = "".join(
            _half(line, week, most, kind, dated, language) for line, kind in zip(lines, ("up", "down"), strict=True)
        )
        made.append(f'<span class="sh-j-week">{halves}</span>')
    ends = f"<bdi>{day(weeks[0], language)}</bdi><bdi>{day(weeks[-1], language)}</bdi>"
    return f'<div class="sh-j-weeks" dir="ltr">{"".join(made)}</div><div class="sh-j-days" dir="ltr">{ends}</div>'


def _half(line: Line, week: date, most: int, kind: str, dated: Lead, language: str) -> str:
    n = line.weeks.get(week, 0)
    paint = "positive" if kind == "up" else "negative"
    title = f"{say(language, 'journey week')} {day(week, language)} · {line.name}: {number(n, language)}"
    return linked(
        f'<i class="{paint}" style="height:{100 * n / most:.0f}%"></i>', n, _of(line, week, dated), kind, title
    )


def _of(line: Line, week: date, dated: Lead) -> str:
    return dated(week, week + timedelta(days=6), **line.changes)


def week_table(weeks: Sequence[date], lines: Sequence[Line], dated: Lead, language: str) -> str:
    """The weeks as numbers, newest first; what is older, and what has no day, is told so that columns add up."""

    def row(name: str, ns: Sequence[int], hrefs: Sequence[str]) -> str:
        cells = "".join(f"<td>{linked(number(n, language), n, href)}</td>" for n, href in zip(ns, hrefs, strict=True))
        return f'<tr><th scope="row">{html.escape(name)}</th>{cells}</tr>'

    made = [
        row(
            day(week, language), [line.weeks.get(week, 0) for line in lines], [_of(line, week, dated) for line in lines]
        )
        for week in reversed(weeks)
    ]
    before = weeks[0] - timedelta(days=1)
    earlier = [sum(n for week, n in line.weeks.items() if week < weeks[0]) for line in lines]
    if any(earlier):
        hrefs = [dated(None, before, **line.changes) for line in lines]
        made.append(row(say(language, "journey earlier"), earlier, hrefs))
    undated = [line.n - sum(line.weeks.values()) for line in lines]
    if any(undated):
        # No filter asks for undated texts alone: a number without a link, and the row of all leads to them.
        cells = "".join(f"<td>{number(n, language)}</td>" for n in undated)
        made.append(f'<tr><th scope="row">{say(language, "journey undated")}</th>{cells}</tr>')
    hrefs = [dated(None, None, **line.changes) for line in lines]
    made.append(row(say(language, "journey all"), [line.n for line in lines], hrefs))
    heads = "".join(f'<th scope="col">{html.escape(line.name)}</th>' for line in lines)
    return (
        f'<div class="sh-table sh-j-table"><table><thead><tr><th></th>{heads}</tr></thead>'
        f"<tbody>{''.join(made)}</tbody></table></div>"
    )
