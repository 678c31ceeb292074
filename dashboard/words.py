"""Every word of the interface, Persian and English. Labels come from domain.vocabulary."""

LANGUAGES = ("fa", "en")

_WORDS: dict[str, tuple[str, str]] = {
    "shenava": ("شنوا", "Shenava"),
    "other language": ("English", "فارسی"),
    # pages
    "overview": ("نمای کلی", "Overview"),
    "experiences": ("تجربه‌های مشترک", "Shared experiences"),
    "explore": ("کاوش", "Explore"),
    "export": ("خروجی", "Export"),
    "crawls": ("خزش‌ها", "Crawls"),
    "crawls well": ("همهٔ خزش‌ها خوب پایان یافته‌اند.", "Every crawl ended well."),
    "crawls bad": ("{n} خزش نیاز به رسیدگی دارد.", "Crawls that need somebody: {n}."),
    "no targets": (
        "هنوز جایی دنبال نمی‌شود؛ با «shenava track» آغاز کنید.",
        "Nothing is tracked yet; begin with `shenava track`.",
    ),
    "never crawled": ("هنوز خزیده نشده", "Not crawled yet"),
    "last crawl": ("آخرین خزش: {day}", "last crawl: {day}"),
    "at rest": ("دیگر خزیده نمی‌شود", "at rest"),
    "n new": ("{n} نظر تازه", "{n} new"),
    "searched for": ("جست‌وجوی «{term}» و {n} نوشتار دیگر", "searches for «{term}» and {n} more spellings"),
    # filters
    "filters": ("پالایش", "Filters"),
    "brand": ("برند", "Brand"),
    "range": ("بازهٔ زمانی", "Period"),
    "last days": ("{n} روز", "{n} days"),
    "all time": ("همه", "All"),
    "custom": ("دلخواه", "Custom"),
    "since": ("از", "From"),
    "until": ("تا", "To"),
    "source": ("منبع", "Source"),
    "sentiment": ("احساس", "Sentiment"),
    "dimension": ("بُعد تجربه", "Dimension"),
    "touchpoint": ("نقطهٔ تماس", "Touchpoint"),
    "stage": ("مرحلهٔ سفر مشتری", "Journey stage"),
    "contact": ("نوع تماس", "Contact"),
    "gap": ("فاصله با انتظار", "Against expectation"),
    "intent": ("قصد رفتاری", "Intent"),
    "usable": ("نوع متن", "Kind of text"),
    "state": ("وضعیت", "State"),
    "awaiting": ("چشم‌به‌راه پاسخ", "Awaiting an answer"),
    "sure": ("خوانش مطمئن", "Sure reading"),
    "unsure": ("نامشخص", "Unsure"),
    "more filters": ("پالایه‌های بیشتر", "More filters"),
    "any": ("همه", "Any"),
    "search": ("جست‌وجو", "Search"),
    "search hint": ("مثلاً: پیک «دیر رسید» -تخفیف", 'for example: پیک "دیر رسید" -تخفیف'),
    "search help": (
        "واژه‌ها همه باید باشند؛ عبارت در «گیومه» عیناً؛ منها پیش از واژه یعنی نباشد.",
        "All words must occur; a phrase in quotes as it is; a minus before a word leaves it out.",
    ),
    "clear": ("پاک کردن همه", "Clear all"),
    "positive in": ("{what}: مثبت", "{what}: positive"),
    "negative in": ("{what}: منفی", "{what}: negative"),
    "shared experience": ("تجربهٔ مشترک", "Shared experience"),
    # counts
    "mentions": ("نظر", "Mentions"),
    "mentions help": ("هر نظر، دیدگاه یا پستی که گردآوری شده است", "Every review, comment or post collected"),
    "authors": ("نویسندهٔ یکتا", "Distinct authors"),
    "counted": ("در شاخص‌ها", "In the indices"),
    "aside": ("کنار گذاشته", "Set aside"),
    "aside help": ("پرسش، خبر، هرزنامه یا متن بی‌تجربه", "Questions, news, spam, or no experience told"),
    "unsure help": ("تجربه‌ای می‌گوید، ولی مدل از خوانش خود مطمئن نیست", "Tells an experience, but the model is unsure"),
    "deleted": ("(متن این نظر در منبع حذف شده و اینجا هم پاک شده است)", "(deleted at its source, and purged here)"),
    "unread": ("خوانده‌نشده", "Unread"),
    "unread help": ("هنوز مدل آن را نخوانده؛ «shenava classify» را اجرا کنید", "Not read yet; run `shenava classify`"),
    "n texts": ("{n} نظر", "{n} texts"),
    "n people": ("{n} نفر", "{n} people"),
    "of n": ("از {n} نظر", "of {n} texts"),
    "too few": ("کم‌داده: {n} نظر", "Too few: {n} texts"),
    "too few long": (
        "با {n} نظر نمی‌توان شاخصی گفت؛ دست‌کم {least} نظر لازم است. متن‌ها را بخوانید.",
        "{n} texts are too few for an index; at least {least} are needed. Read the texts instead.",
    ),
    "interval": ("بازهٔ ۹۵٪: {range}", "95% interval: {range}"),
    # overview
    "net sentiment": ("خالص احساس", "Net sentiment"),
    "net help": (
        "سهم مثبت منهای سهم منفی",
        "share of positive minus share of negative",
    ),
    "headlines": ("در یک نگاه", "At a glance"),
    "five dimensions": ("پنج بُعد تجربه", "Five dimensions of experience"),
    "dimension shares": ("چند درصد نظرها از هر بُعد می‌گویند، و چگونه", "Share of texts that speak of each, and how"),
    "dimension scores": ("امتیاز هر بُعد با بازهٔ ۹۵٪", "Score of each dimension with its 95% interval"),
    "trend": ("روند احساس", "Sentiment over time"),
    "by day": ("به روز", "by day"),
    "by week": ("به هفته، از شنبه", "by week, from Saturday"),
    "by touchpoint": ("کجا: نقطه‌های تماس", "Where: touchpoints"),
    "by contact": ("تماس مستقیم و غیرمستقیم", "Direct and indirect contact"),
    "by need": ("کدام نیاز", "Which need"),
    "by gap": ("تجربه در برابر انتظار", "Experience against expectation"),
    "by intent": ("چه خواهند کرد", "What they will do"),
    "by brand": ("برندها کنار هم", "Brands side by side"),
    "awaiting help": ("گلایه‌هایی که پاسخ می‌خواهند", "Complaints that ask for an answer"),
    "read texts": ("خواندن متن‌ها", "Read the texts"),
    "say split": (
        "از {n} نظر شمرده‌شده، {negative} ناخشنود و {positive} خشنودند.",
        "Of {n} counted texts, {negative} are displeased and {positive} pleased.",
    ),
    "say pain": (
        "بیشترین ناخشنودی دربارهٔ «{what}» است: {n} نظر منفی.",
        "Most displeasure is about {what}: {n} negative texts.",
    ),
    "say joy": ("بیشترین خشنودی دربارهٔ «{what}» است: {n} نظر مثبت.", "Most praise is for {what}: {n} positive texts."),
    "say low": (
        "پایین‌ترین امتیاز از آنِ بُعد {what} است: {score} (از {n} نظر).",
        "The lowest score is of the {what} dimension: {score} (of {n} texts).",
    ),
    "say short": (
        "{n} نظر می‌گویند تجربه کمتر از انتظار بود؛ {over} نظر فراتر از انتظار.",
        "{n} texts say it fell short of expectation; {over} say it exceeded it.",
    ),
    # experiences
    "delights": ("آنچه دلشاد می‌کند", "What delights"),
    "hurts": ("آنچه می‌آزارد", "What hurts"),
    "experiences lead": (
        "هر کارت تجربه‌ای است که دست‌کم {n} نویسندهٔ یکتا گفته‌اند.",
        "Each card is an experience that at least {n} distinct authors tell.",
    ),
    "first last": ("{first} تا {last}", "{first} to {last}"),
    "read all": ("خواندن همهٔ {n} نظر", "Read all {n} texts"),
    "none shared": (
        "در این پالایش تجربه‌ای نیست که {n} نفر گفته باشند.",
        "No experience told by {n} people within these filters.",
    ),
    "by week spark": ("نظر در هفته", "Texts a week"),
    # explore
    "newest first": ("تازه‌ترین‌ها در آغاز", "Newest first"),
    "more": ("بیشتر", "More"),
    "facets note": ("شمار برچسب‌ها از خوانش‌های مطمئن است.", "Labels are counted over sure readings."),
    "open source": ("دیدن در منبع", "Open the source"),
    "rating": ("امتیاز {raw}", "Rating {raw}"),
    "rating of": ("امتیاز {raw} از {scale}", "Rating {raw} of {scale}"),
    "date unknown": ("تاریخ نامعلوم", "Date unknown"),
    "not read": ("هنوز خوانده نشده", "Not read yet"),
    "corrected": ("بازبینی‌شده", "Corrected by a person"),
    "passage legend": ("رنگ درون متن: هر تجربه، جدا خوانده", "Colour inside a text: each experience, read by itself"),
    # export
    "format": ("قالب", "Format"),
    "make file": ("ساختن پرونده", "Make the file"),
    "making": ("در حال ساختن پرونده…", "Making the file…"),
    "download": ("دریافت {name}", "Download {name}"),
    "rows made": ("{n} ردیف آماده شد.", "{n} rows are ready."),
    "export lead": ("{n} نظر در این پالایش است.", "{n} mentions are within these filters."),
    "dictionary": ("فرهنگ داده‌ها", "Data dictionary"),
    "column": ("ستون", "Column"),
    "title": ("عنوان", "Title"),
    "meaning": ("معنی", "Meaning"),
    "csv help": ("با BOM تا فارسی درست باز شود", "With a BOM, so that Excel reads Persian"),
    "csv-plain help": ("بی BOM و بی هیچ دست‌کاری؛ در صفحه‌گسترده باز نکنید", "No BOM, exact; not for spreadsheets"),
    "jsonl help": ("هر سطر یک نظر", "One mention a line"),
    "parquet help": ("برای تحلیل داده‌های بزرگ", "For analysis at size"),
    # states
    "no data": ("هنوز چیزی گردآوری نشده است", "Nothing has been collected yet"),
    "no data long": (
        "برای دیدن نمونه‌ای آماده یکی از این‌ها را در پایانه بزنید، یا برند خود را دنبال کنید:",
        "For a ready sample type the first line in a terminal, or track your own brand:",
    ),
    "no match": ("هیچ نظری با این پالایش نیست", "No mention matches these filters"),
    "no match long": ("بازهٔ زمانی را بازتر کنید یا پالایه‌ای را بردارید.", "Widen the period or remove a filter."),
    "error": ("کاری از پیش نرفت", "That did not work"),
    "unexpected": (
        "خطایی پیش آمد که انتظارش را نداشتیم؛ جزئیات در گزارش برنامه است.",
        "Something unexpected happened; the details are in the log.",
    ),
    "joiner": ("، ", ", "),
}


def say(language: str, key: str, **values: object) -> str:
    """The words of a key in a language, with its blanks filled.

    >>> say("en", "n texts", n=3)
    '3 texts'
    """
    return _WORDS[key][LANGUAGES.index(language)].format(**values)


def known(key: str) -> bool:
    """Whether the table holds these words."""
    return key in _WORDS
