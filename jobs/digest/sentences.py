"""The sentences of a digest, as plain text: one headline for each change, and what stands below it."""

from datetime import date

from domain.dates import show_day
from domain.digest import FADED, GREW, NET, NEW, SPIKED, VOICE, Cause, Digest, Finding, Outage
from domain.indices import Index
from domain.sources import title_of_source
from domain.text import without_bidi_controls
from domain.vocabulary import CrawlOutcome, Touchpoint
from jobs.digest.numerals import number, percent, signed
from jobs.digest.phrases import say


def week(digest: Digest, language: str) -> str:
    """«۲۳ تا ۲۹ آبان ۱۴۰۵»."""
    return between(digest.first, digest.last, language)


def between(first: date, last: date, language: str) -> str:
    """A span of days, with the year."""
    if first == last:
        return show_day(first, language)
    start, end = show_day(first, language), show_day(last, language)
    if start.split()[1:] == end.split()[1:]:
        start = start.split()[0]
    elif start.split()[-1] == end.split()[-1]:
        start = " ".join(start.split()[:-1])
    return say(language, "range", low=start, high=end)


def brand(digest: Digest, language: str) -> str:
    """Whom the digest is about."""
    return without_bidi_controls(digest.name) or say(language, "all brands")


def subject(digest: Digest, language: str) -> str:
    """The subject of the message; no line break can be in it."""
    parts = []
    if digest.severe:
        parts.append(say(language, "subject severe", n=number(len(digest.severe), language)))
    if digest.findings:
        parts.append(say(language, "subject changes", n=number(len(digest.findings), language)))
    if not parts:
        parts.append(say(language, "subject few" if digest.too_few else "subject quiet"))
    line = f"{say(language, 'title')} · {brand(digest, language)} · {week(digest, language)} · " + say(
        language, "and"
    ).join(parts)
    return " ".join(line.split())


def headline(one: Finding, language: str) -> str:
    """What changed, in one sentence."""
    what = _isolated(" ".join(one.title.split()))
    if one.kind in (NET, VOICE) and one.estimate:
        show = signed if one.kind == NET else percent
        ends = {"before": show(one.estimate.before.value, language), "now": show(one.estimate.now.value, language)}
        if one.kind == VOICE:
            return say(language, "voice", what=what, **ends)
        return say(language, "net down" if one.estimate.change.value < 0 else "net up", **ends)
    if one.kind == SPIKED and one.days:
        return say(language, "spiked", what=what, days=between(*one.days, language))
    if one.kind == GREW and one.expected < 0.5:
        return say(language, "grew from none", what=what)
    times = number(one.n / one.expected, language, 1) if one.expected else ""
    return say(language, one.kind, what=what, times=times)


def detail(one: Finding, language: str) -> str:
    """The numbers behind a headline."""
    if one.estimate:
        change = one.estimate.change
        return say(
            language, "change", change=signed(change.value, language), range=interval(change, language),
            n=number(one.n, language),
        )  # fmt: skip
    people = say(language, "people", n=number(one.people, language)) if one.people else ""
    key = "count new" if one.kind == NEW else "count"
    told = say(language, key, n=number(one.n, language), people=people, expected=number(one.expected, language))
    if one.impact is None:
        return told
    effect = say(
        language, "impact", value=signed(one.impact.value, language), range=interval(one.impact, language)
    )  # fmt: skip
    return told + (" · " + effect)


def interval(index: Index, language: str) -> str:
    """The 95 % interval."""
    return say(language, "range", low=signed(index.low, language), high=signed(index.high, language))


def why(one: Finding, language: str) -> str:
    """Where a change comes from; empty if nothing stands out."""
    told = [_cause(cause, one, language) for cause in one.causes if cause.what != "words"]
    marks = "«»" if language == "fa" else "“”"
    used = [f"{marks[0]}{_isolated(cause.key)}{marks[1]}" for cause in one.causes if cause.what == "words"]
    if used:
        told.append(say(language, "why words", what=say(language, "joiner").join(used)))
    return say(language, "why") + " · ".join(told) if told else ""


def _cause(cause: Cause, one: Finding, language: str) -> str:
    what = _isolated(cause.key)
    if cause.what == "touchpoint":
        what = Touchpoint.of(cause.key).title(language)
    elif cause.what == "source":
        what = _isolated(title_of_source(cause.key, language))
    more = say(language, "fall" if one.kind == FADED else "rise")
    if one.kind == NET:
        more = f"{more} {say(language, side(one))}" if language == "fa" else f"{more} of {say(language, side(one))}"
    return say(language, f"why {cause.what}", share=percent(100 * (cause.share or 0), language), more=more, what=what)


def side(one: Finding) -> str:
    """What a finding is about: blame, praise, or the rivals."""
    return {"negative": "blame", "positive": "praise"}.get(one.polarity, "rivals")


def outage(one: Outage, language: str) -> str:
    """A target that was not read to its end."""
    known = {str(outcome) for outcome in CrawlOutcome} - {CrawlOutcome.OK}
    outcome = CrawlOutcome.of(one.outcome).title(language) if one.outcome in known else say(language, "not crawled")
    good = say(language, "good", day=show_day(one.last_good, language)) if one.last_good else say(language, "never")
    return say(
        language, "outage", source=title_of_source(one.source, language), brand=without_bidi_controls(one.brand),
        outcome=outcome, good=good,
    )  # fmt: skip


def _isolated(text: str) -> str:
    """What somebody else named, in its own direction, and without controls that would turn what follows."""
    return f"\u2068{without_bidi_controls(text)}\u2069"


def message(digest: Digest, language: str, most: int = 3500) -> str:
    """The digest as plain text, for a bot and for readers of plain mail; quotes are left to the page."""
    lines = [subject(digest, language), ""]
    for one in digest.findings:
        lines += [f"• {headline(one, language)}", f"  {detail(one, language)}"]
        lines += [f"  {reason}"] if (reason := why(one, language)) else []
        lines += [f"  {one.url}"]
    if digest.severe:
        lines += [f"• {say(language, 'severe')}: {number(len(digest.severe), language)}", f"  {digest.severe_url}"]
    lines += [f"• {text}" for text in notes(digest, language)]
    if digest.waiting:
        waits = f"{say(language, 'open')}: {number(digest.waiting.open, language)}"
        late = f"{say(language, 'late')}: {number(digest.waiting.late, language)}"
        lines += [f"• {waits} · {late}", f"  {digest.waiting.url}"]
    text = "\n".join(lines)
    return text if len(text) <= most else text[: text.rindex("\n", 0, most)] + "\n…"


def notes(digest: Digest, language: str) -> list[str]:
    """What a reader must know before anything else: quiet, too few, silent, outages, texts that wait to be read."""
    told = []
    if not digest.mentions:
        told.append(say(language, "silence"))
    elif digest.too_few:
        told.append(say(language, "too few", n=number(digest.counted, language)))
    elif not digest.findings:
        told.append(say(language, "calm" if digest.severe else "quiet"))
        if not digest.severe:
            told[-1] += " " + say(language, "quiet of", tests=number(digest.tested, language))
    if digest.outages:
        missing = say(language, "joiner").join(outage(one, language) for one in digest.outages)
        told.append(f"{say(language, 'out')}: {missing}. {say(language, 'outage means')}")
    if digest.behind:
        told.append(say(language, "behind", n=number(digest.behind, language)))
    return told
