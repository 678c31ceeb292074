"""One text on the screen. What a stranger wrote stays text: escaped, and unable to turn the page around."""

import html
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from dashboard.numerals import day
from dashboard.words import say
from domain.dates import Precision
from domain.sources import title_of_source
from domain.text import persian_digits, without_bidi_controls
from domain.vocabulary import Dimension, Gap, Intent, Polarity, Sentiment, Touchpoint, Usable
from store.queries import Quote, Text
from store.tables import Experience, Mention, Prediction

#: A stretch of the raw text that carried a label, and how much: (start, end, weight).
Carried = tuple[int, int, float]
#: From so many characters on a text scrolls in its card.
_LONG = 2_000


def card(
    text: Text, passages: Sequence[Experience], language: str, carried: Sequence[Carried] = (), more: str = ""
) -> str:
    """A mention with its labels, its passages in their colours, and the way to its source.

    Args:
        text: the mention.
        passages: its experiences.
        language: of the labels.
        carried: what is set off in the text: the words that carried a label.
        more: HTML of ours for the end of the card.
    """
    said = words(text.mention.text, passages, language, carried)
    if text.mention.deleted_at:
        said = f"<p>{say(language, 'deleted')}</p>"
    return (
        f'<article class="sh-text"><header>{_chips(text.prediction, language)}</header>'
        f'<div class="sh-words{" long" if len(text.mention.text) > _LONG else ""}">{said}</div>'
        f"<footer>{_about(text.mention, text.brand.name, language)}</footer>{more}</article>"
    )


def quote(said: Quote, language: str) -> str:
    """A passage of a theme, with when and about whom it was said."""
    return (
        f'<blockquote class="sh-quote"><div class="sh-words">{words(said.words, (), language)}</div>'
        f"<footer>{_about(said.mention, said.brand.name, language, titled=False)}</footer></blockquote>"
    )


def words(raw: str, passages: Sequence[Experience], language: str, carried: Sequence[Carried] = ()) -> str:
    """Raw text as paragraphs, each in its own direction; passages and what carried a label are offsets into it."""
    paragraphs, carried = [], sorted(carried)
    for start, line in _lines(raw):
        inside = "".join(_pieces(raw, start, start + len(line), passages, language, carried))
        if inside.strip():
            paragraphs.append(f'<p dir="auto">{inside}</p>')
    return "".join(paragraphs) or "<p>—</p>"


def _lines(raw: str) -> Iterator[tuple[int, str]]:
    start = 0
    for line in raw.split("\n"):
        yield start, line
        start += len(line) + 1


def _pieces(
    raw: str, start: int, end: int, passages: Sequence[Experience], language: str, carried: Sequence[Carried]
) -> Iterator[str]:
    at = start
    for passage in passages:
        first, last = max(passage.start, at), min(passage.end, end)
        if first >= last:
            continue
        yield _set_off(raw, at, first, carried)
        kind = passage.sentiment if passage.confident else "unsure"
        title = html.escape(_reading(passage, language))
        yield f'<mark class="{_key(kind)}" title="{title}">{_set_off(raw, first, last, carried)}</mark>'
        at = last
    yield _set_off(raw, at, end, carried)


def _set_off(raw: str, start: int, end: int, carried: Sequence[Carried]) -> str:
    """A stretch of the raw text, escaped piece by piece, with what carried a label in bold."""
    most = max((weight for _, _, weight in carried), default=0.0) or 1.0
    made, at = [], start
    for first, last, weight in carried:
        first, last = max(first, at), min(last, end)
        if first < last:
            strong = " strong" if weight >= most / 2 else ""
            made += [safe(raw[at:first]), f'<b class="sh-why{strong}">{safe(raw[first:last])}</b>']
            at = last
    return "".join([*made, safe(raw[at:end])])


def safe(text: str) -> str:
    """Escaped, and without the controls that make text show what it does not say."""
    return html.escape(without_bidi_controls(text))


def plain(text: str) -> str:
    """A stranger's text as the label of a widget: such a label is Markdown, what people wrote is not."""
    return "".join(f"\\{c}" if c in r"\`*_{}[]()#+-.!|<>$:~^" else c for c in without_bidi_controls(text))


def _key(kind: str) -> str:
    return kind if kind in {*map(str, Sentiment), "unsure"} else "neutral"


def _reading(passage: Experience, language: str) -> str:
    named = [Sentiment(passage.sentiment).title(language)]  # type: ignore[call-arg]
    named += [label for label, _ in _dimensions(passage, language)]
    if passage.touchpoint and passage.touchpoint != Touchpoint.NONE:
        named.append(Touchpoint(passage.touchpoint).title(language))  # type: ignore[call-arg]
    if not passage.confident:
        named.append(say(language, "unsure"))
    return say(language, "joiner").join(named)


def _dimensions(labels: Prediction | Experience, language: str) -> Iterator[tuple[str, str]]:
    for dimension in Dimension:
        polarity = getattr(labels, dimension)
        if polarity != Polarity.ABSENT:
            yield dimension.title(language), {"both": "mixed"}.get(polarity, polarity)


def _chips(prediction: Prediction | None, language: str) -> str:
    if prediction is None:
        return chip(say(language, "not read"))
    if prediction.usable != Usable.EXPERIENCE:
        return chip(Usable(prediction.usable).title(language))  # type: ignore[call-arg]
    made = [chip(Sentiment(prediction.sentiment).title(language), prediction.sentiment, strong=True)]  # type: ignore[call-arg]
    if not prediction.confident:
        made.append(chip(say(language, "unsure"), "unsure"))
    made += [chip(title, way) for title, way in _dimensions(prediction, language)]
    for touchpoint in (prediction.touchpoint, prediction.touchpoint2):
        if touchpoint and touchpoint != Touchpoint.NONE:
            made.append(chip(Touchpoint(touchpoint).title(language)))  # type: ignore[call-arg]
    if prediction.gap != Gap.NONE:
        made.append(chip(Gap(prediction.gap).title(language)))  # type: ignore[call-arg]
    made += [chip(intent.title(language)) for intent in Intent if getattr(prediction, intent)]
    if prediction.needs_response:
        made.append(chip(say(language, "awaiting"), "awaiting"))
    if prediction.overruled:
        made.append(chip(say(language, "corrected")))
    return "".join(made)


def chip(title: str, kind: str = "", *, strong: bool = False) -> str:
    """A label on a coloured ground; a dot of the same colour helps where grounds look alike."""
    classes = " ".join(filter(None, ("sh-label", _key(kind) if kind != "awaiting" else kind, "strong" * strong)))
    return f'<span class="{classes if kind else "sh-label"}">{safe(title)}</span>'


def _about(mention: Mention, brand: str, language: str, *, titled: bool = True) -> str:
    source = title_of_source(mention.source, language)
    said = [f"<bdi>{safe(brand)}</bdi>", f"<bdi>{safe(source)}</bdi>", _date(mention, language)]
    if mention.title and titled:
        said.append(f"<bdi>{safe(mention.title)}</bdi>")
    if mention.rating_raw:
        said.append(_rating(mention, language))
    if address := web_address(mention.url):
        said.append(
            f'<a href="{html.escape(address)}" target="_blank" rel="noopener noreferrer nofollow">'
            f"{say(language, 'open source')}</a>"
        )
    return '<span class="sh-dot">·</span>'.join(f"<span>{part}</span>" for part in said)


def _date(mention: Mention, language: str) -> str:
    if mention.date_precision == Precision.UNKNOWN:
        return say(language, "date unknown")
    other = day(mention.day, "en" if language == "fa" else "fa")
    return f'<time datetime="{mention.day.isoformat()}" title="{other}">{day(mention.day, language)}</time>'


def _rating(mention: Mention, language: str) -> str:
    raw, scale = mention.rating_raw, mention.rating_scale
    best = scale.replace("–", "-").split("-")[-1].split("/")[-1]
    shown = say(language, "rating of" if best else "rating", raw=raw, scale=best)
    return safe(persian_digits(shown) if language == "fa" else shown)


def web_address(url: str) -> str:
    """The address if a browser may open it, else nothing: no javascript:, data: or file:."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return ""
    return url.strip() if parts.scheme in ("http", "https") and parts.netloc else ""
