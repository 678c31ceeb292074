"""The sentences of a digest, as plain text: one headline for each change, and what stands below it."""

from datetime import date

from domain.dates import show_day
from domain.digest import FADED, GREW, NET, NEW, SPIKED, VOICE, Cause, Digest, Finding, Outage
from domain.indices import Index
from domain.text import without_bidi_controls
from domain.vocabulary import CrawlOutcome, Touchpoint
from jobs.digest.numerals import number, percent, signed

WORDS = {
    "shenava": ("شنوا", "Shenava"),
    "title": ("گزارش هفتگی", "Weekly digest"),
    "all brands": ("همهٔ برندها", "All brands"),
    "quiet": ("این هفته تغییر معناداری نبود.", "Nothing significant changed this week."),
    "quiet of": (
        "{tests} چیز سنجیده شد و نوسانِ هیچ‌کدام از معمول بیشتر نبود.",
        "{tests} things were tested, and none moved more than it usually does.",
    ),
    "calm": ("جز این، تغییر معناداری نبود.", "Beside this, nothing significant changed."),
    "too few": (
        "این هفته فقط {n} متن سنجیدنی بود؛ با کمتر از ۳۰ متن از تغییر چیزی نمی‌گوییم.",
        "Only {n} texts could be counted this week; below 30 we do not speak of changes.",
    ),
    "silence": (
        "از این هفته هیچ متنی گردآوری نشده است؛ این به معنای آرام بودن هفته نیست.",
        "No text of this week was collected; that does not mean that the week was calm.",
    ),
    "changes": ("چه تغییر کرد", "What changed"),
    "severe": ("کم‌شمار ولی سنگین", "Rare but severe"),
    "more": ("{n} مورد دیگر", "{n} more"),
    "texts": ("متن این هفته", "texts this week"),
    "net": ("خالص احساس", "net sentiment"),
    "net before": ("چهار هفتهٔ پیش: {before}", "4 weeks before: {before}"),
    "n of": ("{n} متن در شاخص‌ها", "{n} texts in the indices"),
    "open": ("شکایت باز", "open complaints"),
    "median": ("میانهٔ انتظار: {age}", "median wait: {age}"),
    "late": ("بیش از ۴۸ ساعت", "older than 48 hours"),
    "net down": (
        "خالص احساس پایین آمد: از {before} به {now}", "Net sentiment fell: from {before} to {now}"
    ),
    "net up": ("خالص احساس بالا رفت: از {before} به {now}", "Net sentiment rose: from {before} to {now}"),
    "change": ("تغییر {change} واحد (بازهٔ ۹۵٪: {range})؛ {n} متن", "{change} points (95% interval: {range}); texts: {n}"),
    "range": ("{low} تا {high}", "{low} to {high}"),
    "grew": ("از «{what}» بیشتر گفتند: {times} برابرِ انتظار", "“{what}” was told more: {times} times the expected"),
    "grew from none": ("از «{what}» بیشتر گفتند", "“{what}” was told more"),
    "faded": ("از «{what}» کمتر گفتند", "“{what}” was told less"),
    "new": ("تازه: «{what}»", "New: “{what}”"),
    "spiked": ("جهش «{what}» در {days}", "“{what}” spiked on {days}"),
    "count": ("{n} متن{people}؛ {expected} متن انتظار می‌رفت", "texts: {n}{people}; {expected} were expected"),
    "count new": ("{n} متن{people}؛ پیش از این هفته گفته نشده بود", "texts: {n}{people}; never told before this week"),
    "people": (" از {n} نفر", ", people: {n}"),
    "impact": ("اثر بر خالص احساس: {value} ({range})", "effect on net sentiment: {value} ({range})"),
    "voice": ("سهم صدای «{what}» از {before} به {now} رسید", "“{what}”: share of voice went from {before} to {now}"),
    "why": ("چرا: ", "Why: "),
    "why source": ("{share} {more} از {what}", "{share} of the {more} from {what}"),
    "why brand": ("{share} {more} دربارهٔ {what}", "{share} of the {more} about {what}"),
    "why touchpoint": ("{share} {more} دربارهٔ {what}", "{share} of the {more} about {what}"),
    "why words": ("واژهٔ پررنگ‌شده: {what}", "wording on the rise: {what}"),
    "rise": ("افزایش", "rise"),
    "fall": ("کاهش", "fall"),
    "blame": ("گلایه", "blame"),
    "praise": ("ستایش", "praise"),
    "rivals": ("رقیبان", "rivals"),
    "out": ("خوانده نشد", "Not read to the end"),
    "outage": ("{source} برای {brand} ({outcome}؛ {good})", "{source} for {brand} ({outcome}; {good})"),
    "good": ("آخرین خوانش کامل {day}", "last whole reading {day}"),
    "never": ("هنوز یک بار هم کامل خوانده نشده", "never read to its end so far"),
    "not crawled": ("از آن پس پیمایش نشده", "not crawled since"),
    "outage means": (
        "سکوتِ این منبع‌ها خبر خوب نیست: نرخ‌ها فقط بر پایهٔ متن‌هایی است که رسیده‌اند.",
        "Their silence is no good news: rates rest on the texts that did arrive.",
    ),
    "behind": (
        "{n} متنِ این هفته هنوز خوانده یا با تجربه‌ها سنجیده نشده است.",
        "{n} texts of this week are not yet read, or not yet compared with the themes.",
    ),
    "open texts": ("متن‌ها", "texts"),
    "method": (
        "هفته با چهار هفتهٔ پیش سنجیده شده، به نسبت حجم متن هر منبع، نه به شمار خام. از میان {tests} سنجش، تنها آن‌ها "
        "آمده‌اند که پس از تصحیح بنیامینی–هوخبرگ (۵٪) تصادفی نیستند.",
        "The week is held against the four before it, by rate of each source’s texts, never by bare counts. Of {tests} "
        "tests, only those are told that chance does not explain after Benjamini and Hochberg’s correction (5%).",
    ),
    "as of": ("شکایت‌ها تا {day}", "complaints as of {day}"),
    "subject quiet": ("تغییر معناداری نبود", "nothing significant"),
    "subject few": ("متن کم بود", "too few texts"),
    "subject changes": ("{n} تغییر", "changes: {n}"),
    "subject severe": ("{n} تجربهٔ سنگین", "severe experiences: {n}"),
    "joiner": ("، ", ", "),
    "and": (" و ", " and "),
}  # fmt: skip


def say(language: str, key: str, /, **values: str) -> str:
    """A phrase in the language of the digest."""
    return WORDS[key][language != "fa"].format(**values)


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
    known = cause.what == "touchpoint"
    what = Touchpoint.of(cause.key).title(language) if known else _isolated(cause.key)
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
        language, "outage", source=one.source, brand=without_bidi_controls(one.brand), outcome=outcome, good=good
    )


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
