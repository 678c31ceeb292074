"""The digest as one HTML page that a mail client, a phone and a printer can show: tables, and styles on the elements.

Strangers' text is escaped, cannot turn the page around, and is cut to a line or two: the page leads to the whole.
"""

import base64
import html
from collections.abc import Sequence
from functools import lru_cache

from domain.dates import show_day
from domain.digest import FADED, NEW, Digest, Finding, Said, Severe
from domain.settings import ROOT
from domain.sources import title_of_source
from domain.text import without_bidi_controls
from domain.vocabulary import Severity
from jobs.digest import sentences
from jobs.digest.numerals import age, number, signed
from jobs.digest.phrases import say

_INK, _SOFT, _LINE, _GROUND, _LINK = "#1d2528", "#5d676c", "#dcd8ce", "#fbfaf7", "#0b6e75"
#: The colours of the app, told apart by colour-blind eyes; white text on each reaches 4.5:1.
_SIDES = {"positive": "#14757a", "negative": "#b8460f", "": "#33699f"}
_CROWDED = 3  # sentences beyond which severe experiences must share the page
_CUT = 105  # characters of a quote
#: Sentences up to which a printed page has this scale: it must stay one page.
_ZOOMS = ((3, 0.86), (5, 0.76), (99, 0.66))
_FONT = "Vazirmatn, Tahoma, 'Segoe UI', sans-serif"


def page(digest: Digest, language: str, *, font: bool = True) -> str:
    """The whole page. `font` embeds Vazirmatn: for files; mail clients drop it, and shorten what is large."""
    way = "rtl" if language == "fa" else "ltr"
    full = len(digest.findings) + len(_in_full(digest)) / 3
    zoom = next(zoom for most, zoom in _ZOOMS if full <= most)
    body = "".join(
        [
            _head(digest, language), _figures(digest, language), _notes(digest, language),
            _changes(digest, language), _severe(digest, language), _foot(digest, language),
        ]
    )  # fmt: skip
    return (
        f'<!doctype html><html lang="{language}" dir="{way}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{_safe(sentences.subject(digest, language))}</title>"
        f"<style>{_font() if font else ''}{_style(zoom)}</style></head>"
        f'<body dir="{way}" style="margin:0;background:{_GROUND};color:{_INK};font-family:{_FONT};font-size:14px;'
        f'line-height:1.65"><div class="sheet" style="max-width:720px;margin:0 auto;padding:20px 18px">'
        f"{body}</div></body></html>"
    )


def _style(zoom: float) -> str:
    return (
        "@page{size:A4;margin:11mm 12mm}a{color:" + _LINK + "}"
        "@media print{body{background:#fff!important}.sheet{max-width:none!important;padding:0!important;"
        f"zoom:{zoom}}}.one{{break-inside:avoid}}}}"
        "@media(max-width:480px){.sheet{padding:14px 12px!important}.figure b{font-size:20px!important}}"
    )


@lru_cache(maxsize=1)
def _font() -> str:
    data = base64.b64encode((ROOT / "static" / "vazirmatn.woff2").read_bytes()).decode()
    return (
        "@font-face{font-family:Vazirmatn;font-weight:100 900;"
        f"src:url(data:font/woff2;base64,{data}) format('woff2')}}"
    )


def _head(digest: Digest, language: str) -> str:
    about = _safe(sentences.brand(digest, language))
    return (
        f'<div style="border-bottom:3px solid {_LINK};padding-bottom:8px">'
        f'<div style="color:{_SOFT};font-size:13px">{say(language, "shenava")} · {say(language, "title")}</div>'
        f'<h1 style="font-size:22px;line-height:1.4;margin:0"><bdi>{about}</bdi></h1>'
        f'<div style="font-size:14px">{sentences.week(digest, language)}</div></div>'
    )


def _figures(digest: Digest, language: str) -> str:
    """Four numbers with what they rest on; the net sentiment only where it is one."""
    now = digest.net.now
    shown = "—" if now.too_few else signed(now.value, language)
    below = say(language, "net before", before=signed(digest.net.before.value, language))
    net = f"{sentences.interval(now, language)}<br>{below}" if not now.too_few else ""
    if not now.too_few and digest.net.before.too_few:
        net = sentences.interval(now, language)
    told = say(language, "n of", n=number(digest.counted, language))
    cells = [
        _figure(number(digest.mentions, language), say(language, "texts"), told, digest.url),
        _figure(shown, say(language, "net"), net, digest.url),
    ]
    if waits := digest.waiting:
        median = say(language, "median", age=age(waits.median_age, language)) if waits.median_age is not None else ""
        cells.append(_figure(number(waits.open, language), say(language, "open"), median, waits.url))
        day = show_day(digest.made, language, year=False)
        late = say(language, "as of", day=day)
        cells.append(_figure(number(waits.late, language), say(language, "late"), late, waits.url))
    rows = "".join(f'<td width="25%" valign="top" style="padding:10px 4px">{cell}</td>' for cell in cells)
    return (
        '<table role="presentation" width="100%" style="border-collapse:collapse;table-layout:fixed;'
        f'border-bottom:1px solid {_LINE}"><tr>{rows}</tr></table>'
    )


def _figure(value: str, title: str, below: str, url: str) -> str:
    return (
        f'<a class="figure" href="{html.escape(url)}" style="color:{_INK};text-decoration:none">'
        f'<b style="font-size:24px;line-height:1.3;display:block;color:{_LINK}">{value}</b>'
        f'<span style="display:block;font-weight:600;font-size:13px;line-height:1.4">{title}</span>'
        f'<span style="display:block;color:{_SOFT};font-size:11.5px;line-height:1.5">{below}</span></a>'
    )


def _notes(digest: Digest, language: str) -> str:
    told = sentences.notes(digest, language)
    if not told:
        return ""
    first = not digest.findings and not digest.severe
    return "".join(
        f'<p style="margin:12px 0 0;padding:10px 12px;background:#f1efe9;border-radius:6px;'
        f'font-size:{16 if first and place == 0 else 13}px">{_safe(text)}</p>'
        for place, text in enumerate(told)
    )


def _changes(digest: Digest, language: str) -> str:
    if not digest.findings:
        return ""
    return _title(say(language, "changes")) + "".join(_finding(one, language) for one in digest.findings)


def _title(text: str, link: str = "") -> str:
    return f'<h2 style="font-size:15px;margin:16px 0 6px;color:{_SOFT};font-weight:600">{text}{link}</h2>'


def _finding(one: Finding, language: str) -> str:
    colour = _SIDES.get(one.polarity, _SIDES[""])
    # What fades or vanishes is drawn with a broken line: colour alone must not say it.
    line = "dashed" if one.kind == FADED else "double" if one.kind == NEW else "solid"
    edge = "right" if language == "fa" else "left"
    reason = sentences.why(one, language)
    said = "".join(_quote(quote, language) for quote in one.quotes)
    address, headline = html.escape(one.url), _safe(sentences.headline(one, language))
    return (
        f'<div class="one" style="border-{edge}:4px {line} {colour};padding:1px 12px 2px;margin:0 0 12px">'
        f'<div style="font-size:15.5px;font-weight:700;line-height:1.5">'
        f'<a href="{address}" style="color:{_INK};text-decoration:none">{headline}</a> '
        f"{_chip(say(language, sentences.side(one)), colour)}</div>"
        f'<div style="font-size:13px"><a href="{address}" style="color:{_LINK}">'
        f"{_safe(sentences.detail(one, language))}</a></div>"
        + (f'<div style="font-size:13px;color:{_SOFT}">{_safe(reason)}</div>' if reason else "")
        + f"{said}</div>"
    )


def _chip(text: str, colour: str) -> str:
    return (
        f'<span style="display:inline-block;font-size:11px;font-weight:600;line-height:1.6;color:#fff;'
        f'background:{colour};border-radius:9px;padding:0 8px;white-space:nowrap">{_safe(text)}</span>'
    )


def _quote(said: Said, language: str, chip: str = "") -> str:
    about = f"<bdi>{_strange(said.brand)}</bdi> · <bdi>{_strange(title_of_source(said.source, language))}</bdi>"
    if said.day:
        about += f" · {show_day(said.day, language, year=False)}"
    marks = "«»" if language == "fa" else "“”"
    return (
        f'<div style="font-size:12.5px;line-height:1.6;margin-top:3px">{chip}'
        f'<bdi dir="auto">{marks[0]}{_strange(_cut(said.words))}{marks[1]}</bdi> '
        f'<span style="color:{_SOFT};font-size:11px;white-space:nowrap">{about}</span></div>'
    )


def _in_full(digest: Digest) -> Sequence[Severe]:
    return digest.severe[: 4 if len(digest.findings) > _CROWDED else 10]


def _severe(digest: Digest, language: str) -> str:
    """All of them, however few; what does not fit on the page is behind one link."""
    if not digest.severe:
        return ""
    shown = _in_full(digest)
    count = number(len(digest.severe), language)
    link = f' · <a href="{html.escape(digest.severe_url)}" style="color:{_LINK};font-weight:400">{count}</a>'
    rows = "".join(
        f'<div class="one">{_quote(one.said, language, _chip(Severity.of(one.kind).title(language), _INK) + " ")}</div>'
        for one in shown
    )
    if more := len(digest.severe) - len(shown):
        rest = say(language, "more", n=number(more, language))
        address = html.escape(digest.severe_url)
        rows += f'<div style="font-size:12.5px"><a href="{address}" style="color:{_LINK}">{rest}</a></div>'
    return _title(say(language, "severe"), link) + rows


def _foot(digest: Digest, language: str) -> str:
    if not digest.tested:
        return ""
    told = say(language, "method", tests=number(digest.tested, language))
    return (
        f'<p style="border-top:1px solid {_LINE};margin:16px 0 0;padding-top:8px;color:{_SOFT};font-size:11px;'
        f'line-height:1.6">{_safe(told)}</p>'
    )


def _cut(words: str) -> str:
    line = " ".join(words.split())
    if len(line) <= _CUT:
        return line
    return line[: line.rfind(" ", _CUT // 2, _CUT) if " " in line[_CUT // 2 : _CUT] else _CUT] + "…"


def _safe(text: str) -> str:
    """A sentence of ours, whose numbers stand in isolates; what strangers named in it was cleaned before."""
    return html.escape(text)


def _strange(text: str) -> str:
    """What somebody else wrote: escaped, and without the controls that make text show what it does not say."""
    return html.escape(without_bidi_controls(text))
