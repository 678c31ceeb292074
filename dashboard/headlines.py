"""A few sentences that a manager reads first; each has its number and leads to its texts."""

import html
from collections.abc import Callable, Mapping

from dashboard import states
from dashboard.filters import Choice
from dashboard.numerals import number, percent, signed
from dashboard.reads import Reader
from dashboard.words import say
from domain.vocabulary import Gap, Sentiment, Touchpoint
from store import queries

#: Choice and changed fields of the Filter -> the address of the texts.
Lead = Callable[..., str]


def headlines(read: Reader, counts: queries.Counts, choice: Choice, lead: Lead) -> str:
    """An HTML list; what rests on too few texts is not said."""
    language = choice.language
    if counts.net_sentiment.too_few:
        return states.too_few(counts.counted, language)
    said = [(_split(counts, language), lead(choice))]
    touchpoints = read(queries.facet_sentiments, choice.filter, "touchpoint")
    for key, sentiment in (("say pain", Sentiment.NEGATIVE), ("say joy", Sentiment.POSITIVE)):
        if touchpoint := _most(touchpoints, sentiment):
            text = say(
                language, key, what=touchpoint.title(language),
                n=number(touchpoints[touchpoint][sentiment], language),
            )  # fmt: skip
            said.append((text, lead(choice, touchpoints=(str(touchpoint),), sentiments=(str(sentiment),))))
    said += _lowest(read, choice, lead) + _gap(read, choice, lead)
    items = "".join(f'<li><a href="{html.escape(href)}">{html.escape(text)}</a></li>' for text, href in said)
    return f'<ul class="sh-says">{items}</ul>'


def _split(counts: queries.Counts, language: str) -> str:
    return say(
        language,
        "say split",
        n=number(counts.counted, language),
        positive=percent(100 * counts.positive / counts.counted, language),
        negative=percent(100 * counts.negative / counts.counted, language),
    )


def _most(found: Mapping[str, Mapping[str, int]], sentiment: Sentiment) -> Touchpoint | None:
    named = {key: parts.get(sentiment, 0) for key, parts in found.items() if key != Touchpoint.NONE}
    best = max(named, key=named.__getitem__, default=None)
    return Touchpoint(best) if best and named[best] else None  # type: ignore[call-arg]


def _lowest(read: Reader, choice: Choice, lead: Lead) -> list[tuple[str, str]]:
    scores = [score for score in read(queries.dimension_scores, choice.filter) if not score.score.too_few]
    if len(scores) < 2:
        return []
    low, language = min(scores, key=lambda score: score.score.value), choice.language
    text = say(
        language, "say low", what=low.dimension.title(language),
        score=signed(low.score.value, language), n=number(low.n, language),
    )  # fmt: skip
    return [(text, lead(choice, dimensions=(str(low.dimension),)))]


def _gap(read: Reader, choice: Choice, lead: Lead) -> list[tuple[str, str]]:
    found = read(queries.facet, choice.filter, "gap")
    short, over = found.get(Gap.SHORT, 0), found.get(Gap.EXCEEDS, 0)
    told = (("say short", Gap.SHORT, short), ("say over", Gap.EXCEEDS, over))
    return [
        (say(choice.language, key, n=number(n, choice.language)), lead(choice, gaps=(str(gap),)))
        for key, gap, n in told
        if n
    ]
