"""The phrases of a digest: key -> (Persian, English)."""

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
    "change": (
        "تغییر {change} واحد (بازهٔ ۹۵٪: {range})؛ {n} متن",
        "{change} points (95% interval: {range}); texts: {n}",
    ),
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
    "why source": ("{share} از {more} در {what} است", "{share} of the {more} from {what}"),
    "why brand": ("{share} از {more} دربارهٔ {what} است", "{share} of the {more} about {what}"),
    "why touchpoint": ("{share} از {more} دربارهٔ {what} است", "{share} of the {more} about {what}"),
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
