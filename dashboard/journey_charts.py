"""Drawings of the journey as HTML: the matrix of stages and touchpoints, and gaps against expectation.

Every number is a link to its texts, but a zero, which leads nowhere; `lead` makes the address of a changed filter.
"""

import html
from collections.abc import Callable, Mapping

from dashboard.numerals import interval, number, signed
from dashboard.words import say
from domain.indices import Index
from domain.vocabulary import Contact, Label, Stage, Touchpoint
from store.queries import Against, Feelings, Gaps, Journey

Lead = Callable[..., str]


def linked(text: str, n: int, href: str, kind: str = "", title: str = "") -> str:
    """A number that leads to its texts; a zero is told and leads nowhere."""
    said = f' title="{html.escape(title)}"' if title else ""
    if not n:
        return f'<span class="{kind}"{said}>{text}</span>'
    return f'<a class="{kind}" href="{html.escape(href)}"{said}>{text}</a>'


def tone(net: Index) -> str:
    """Class of a net sentiment: its side if the interval leaves out 0, and grey where texts are too few."""
    if net.too_few:
        return "few"
    return "positive" if net.low > 0 else "negative" if net.high < 0 else "neutral"


def reading(name: str, one: Feelings, language: str) -> str:
    """The name of a count with its net sentiment, interval and n, as plain text."""
    said = [f"{name}: {say(language, 'n texts', n=number(one.n, language))}"]
    if not one.net.too_few:
        said.append(f"{say(language, 'net sentiment')} {signed(one.net.value, language)}")
        said.append(say(language, "interval", range=interval(one.net.low, one.net.high, language)))
    return say(language, "joiner").join(said)


def section(key: str, language: str, note: str = "") -> str:
    """The title of a section, with a note beside it."""
    small = f" <small>{say(language, note)}</small>" if note else ""
    return f'<h2 class="sh-section">{say(language, key)}{small}</h2>'


def title_of(label: Label, language: str) -> str:
    """The name of a label, as HTML."""
    return html.escape(label.title(language))


def matrix(found: Journey, lead: Lead, language: str) -> str:
    """Touchpoints by stages: n, and net sentiment as colour and number; in a narrow place a list of touchpoints."""
    heads = "".join(f'<th scope="col">{html.escape(stage.title(language))}</th>' for stage in Stage)
    named = [key for key, one in found.touchpoints.items() if one.n]
    # What names no touchpoint comes last, however often.
    named.sort(key=lambda key: (key == Touchpoint.NONE, -found.touchpoints[key].n))
    rows = "".join(_line(found, key, lead, language) for key in named)
    foot = "".join(_cell(found.stages[stage], stage, lead(stages=(str(stage),)), language) for stage in Stage)
    whole = _cell(found.whole, None, lead(), language)
    every, once = say(language, "journey all"), say(language, "journey once")
    return (
        f'<div class="sh-j-matrix"><table><thead><tr><th></th>{heads}<th scope="col">{every}</th></tr></thead>'
        f'<tbody>{rows}</tbody><tfoot><tr><th scope="row">{once}</th>{foot}{whole}</tr></tfoot></table></div>'
    )


def _line(found: Journey, key: str, lead: Lead, language: str) -> str:
    cells = "".join(
        _cell(found.cells.get((str(s), key), Feelings()), s, lead(stages=(str(s),), touchpoints=(key,)), language)
        for s in Stage
    )
    name = Touchpoint.of(key).title(language)
    whole = _cell(found.touchpoints[key], None, lead(touchpoints=(key,)), language)
    return f'<tr><th scope="row">{html.escape(name)}</th>{cells}{whole}</tr>'


def _cell(one: Feelings, stage: Stage | None, href: str, language: str) -> str:
    if not one.n:
        return '<td class="none"><span aria-hidden="true">·</span></td>'
    name = stage.title(language) if stage else say(language, "journey all")
    net = "" if one.net.too_few else f"<small>{signed(one.net.value, language)}</small>"
    inside = f'<span class="sh-j-where">{html.escape(name)}</span><b>{number(one.n, language)}</b>{net}'
    cell = linked(inside, one.n, href, f"sh-j-cell {tone(one.net)}", reading(name, one, language))
    return f'<td class="{"" if stage else "sum"}">{cell}</td>'


def gap_rows(found: Gaps, named: tuple[str, ...], lead: Lead, language: str) -> str:
    """Shares that fall short and that exceed, either side of 0, with the gap index and its interval.

    Args:
        found: the counts.
        named: the gaps that a total counts, as the filter of its link takes them.
        lead: changes of the filter -> address.
        language: of the screen.
    """
    zero = number(0, language)
    ends = f"<span>{say(language, 'journey short')}</span><b>{zero}</b><span>{say(language, 'journey exceeds')}</span>"
    first = _gap(say(language, "journey all touchpoints"), found.contacts, {}, named, lead, language)
    rows = [
        (key, parts) for key, parts in found.touchpoints.items() if sum(parts.values(), Against()).n
    ]  # fmt: skip
    rows.sort(key=lambda row: (row[0] == Touchpoint.NONE, -sum(row[1].values(), Against()).n))
    lines = "".join(
        _gap(Touchpoint.of(key).title(language), parts, {"touchpoints": (key,)}, named, lead, language)
        for key, parts in rows
    )
    return f'<div class="sh-j-gaps"><div class="sh-j-ends" dir="ltr">{ends}</div>{first}{lines}</div>'


def _gap(
    title: str, parts: Mapping[str, Against], at: Mapping[str, object], named: tuple[str, ...], lead: Lead,
    language: str,
) -> str:  # fmt: skip
    whole = sum(parts.values(), Against())
    total = linked(
        say(language, "n texts", n=number(whole.n, language)), whole.n, lead(**at, gaps=named), "sh-j-link"
    )  # fmt: skip
    kinds = say(language, "joiner").join(
        linked(
            f"{title_of(contact, language)} {number(parts[contact].n, language)}"
            + ("" if parts[contact].index.too_few else f" ({signed(parts[contact].index.value, language)})"),
            parts[contact].n, lead(**at, gaps=named, contacts=(str(contact),)), "sh-j-link",
        )
        for contact in Contact
    )  # fmt: skip
    return (
        f'<div class="sh-j-gap{" few" if whole.index.too_few else ""}"><div class="sh-j-gap-title"><b>'
        f"{html.escape(title)}</b>{total}<small>{kinds}</small></div>"
        f'{_axis(whole, at, lead, language)}<div class="sh-j-gap-index">{_index(whole.index, language)}</div></div>'
    )


def _axis(whole: Against, at: Mapping[str, object], lead: Lead, language: str) -> str:
    n, index = whole.n or 1, whole.index
    short = linked(number(whole.short, language), whole.short, lead(**at, gaps=("short",)), "short")
    exceeds = linked(number(whole.exceeds, language), whole.exceeds, lead(**at, gaps=("exceeds",)), "exceeds")
    text = f"{say(language, 'journey meets')} {number(whole.meets, language)}"
    meets = linked(text, whole.meets, lead(**at, gaps=("meets",)), "sh-j-link")
    reach = "" if index.too_few else (
        f'<i class="reach" style="left:{50 + index.low / 2:.1f}%;width:{(index.high - index.low) / 2:.1f}%"></i>'
        f'<i class="dot" style="left:{50 + index.value / 2:.1f}%"></i>'
    )  # fmt: skip
    return (
        f'<div class="sh-j-axis" dir="ltr"><span class="sh-j-track">'
        f'<i class="negative" style="right:50%;width:{50 * whole.short / n:.1f}%"></i>'
        f'<i class="positive" style="left:50%;width:{50 * whole.exceeds / n:.1f}%"></i>{reach}</span>'
        f'<span class="sh-j-ns">{short}<bdi>{meets}</bdi>{exceeds}</span></div>'
    )


def _index(index: Index, language: str) -> str:
    if index.too_few:
        return f"<small>{say(language, 'too few', n=number(index.n, language))}</small>"
    return f"<b>{signed(index.value, language)}</b><small>{interval(index.low, index.high, language)}</small>"
