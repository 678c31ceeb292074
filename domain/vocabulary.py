"""Every label of the product, once: key, Persian title, English title, meaning.

The database, the classifier's heads, charts, filters, the data dictionary and the
README's tables derive from here. A new label is one line. Order here is order on screen.

The five dimensions follow Gentile, Spiller & Noci 2007 (rational, emotional, sensorial,
physical and spiritual involvement); needs (basic, symbolic, experiential) follow Park,
Jaworski & MacInnis 1986. Every label is defined for annotators in the guideline, v1.1.
"""

from enum import StrEnum
from typing import Self

from domain.errors import BadInput


class Label(StrEnum):
    """A word of the vocabulary. Its value is a stable key; the rest is for people."""

    fa: str
    en: str
    meaning: str
    meaning_fa: str

    def __new__(cls, key: str, fa: str, en: str, meaning: str, meaning_fa: str = "") -> Self:  # noqa: D102
        label = str.__new__(cls, key)
        label._value_ = key
        label.fa, label.en, label.meaning, label.meaning_fa = fa, en, meaning, meaning_fa or meaning
        return label

    @classmethod
    def of(cls, key: str) -> Self:
        """The label of a key.

        Raises:
            BadInput: there is no such label; the message names those that there are.
        """
        for label in cls:
            if label == key:
                return label
        raise BadInput(f"no {cls.__name__.lower()} {key[:40]!r}; choose one of {', '.join(cls)}")

    def title(self, language: str = "fa") -> str:
        """The name of the label in the language of the screen."""
        return self.fa if language == "fa" else self.en


class Usable(Label):
    """Whether the text tells anything about an experience."""

    EXPERIENCE = (
        "experience",
        "تجربه",
        "Experience",
        "an experience, a judgement or an expectation is told",
        "از تجربه، داوری یا انتظاری می‌گوید",
    )
    NONE = (
        "none",
        "بدون تجربه",
        "No experience",
        "a bare question, a tag of a friend, news; or not Persian",
        "پرسش خالی، نام بردن از دوست، خبر؛ یا فارسی نیست",
    )
    SPAM = "spam", "هرزنامه", "Spam", "an advertisement, a link, copied product text", "تبلیغ، پیوند، رونوشت متن کالا"


class Sentiment(Label):
    """The writer's feeling, on balance, toward the thing reviewed."""

    POSITIVE = "positive", "مثبت", "Positive", "clearly pleased", "آشکارا خشنود"
    NEGATIVE = "negative", "منفی", "Negative", "clearly displeased", "آشکارا ناخشنود"
    MIXED = (
        "mixed",
        "آمیخته",
        "Mixed",
        "a clear plus and a clear minus that both matter",
        "یک خوبی و یک بدی روشن که هر دو مهم‌اند",
    )
    NEUTRAL = "neutral", "خنثی", "Neutral", "lukewarm, factual, or no lean", "ولرم، خبری، یا بی‌گرایش"


class Need(Label):
    """What kind of need an experience touches; derived from its dimension."""

    BASIC = "basic", "نیاز پایه", "Basic", "it has to work: worth, correctness, effort, time, safety"
    EXPERIENTIAL = "experiential", "نیاز تجربی", "Experiential", "it has to feel good: senses and feelings"
    SYMBOLIC = "symbolic", "نیاز نمادین", "Symbolic", "it has to mean something: values, dignity, belonging"


class Dimension(Label):
    """The five levels at which a customer is involved."""

    RATIONAL = (
        "rational",
        "عقلایی",
        "Rational",
        "worth, quality, function, correctness, information, a promise kept",
        "ارزش، کیفیت، کارکرد، درستی، آگاهی، وفای به وعده",
    )
    EMOTIONAL = (
        "emotional",
        "عاطفی",
        "Emotional",
        "a feeling named or acted out; warmth or coldness of a person",
        "احساسی که گفته یا نشان داده شده؛ گرمی یا سردی یک آدم",
    )
    SENSORY = "sensory", "حسی", "Sensory", "what one of the five senses perceived", "آنچه یکی از پنج حس دریافته"
    PHYSICAL = (
        "physical",
        "فیزیکی",
        "Physical",
        "body, effort, time, access, the condition of a thing",
        "تن، زحمت، زمان، دسترسی، سلامت چیزها",
    )
    SPIRITUAL = (
        "spiritual",
        "معنوی",
        "Spiritual",
        "a value, a right, a meaning or a belonging",
        "ارزش، حق، معنا یا تعلق",
    )

    @property
    def need(self) -> Need:
        """The kind of need this dimension speaks of."""
        if self in (Dimension.RATIONAL, Dimension.PHYSICAL):
            return Need.BASIC
        return Need.SYMBOLIC if self is Dimension.SPIRITUAL else Need.EXPERIENTIAL


class Polarity(Label):
    """How a dimension is spoken of."""

    ABSENT = "absent", "—", "Absent", "not mentioned, or mentioned without evaluation", "از آن نگفته، یا بی‌داوری گفته"
    POSITIVE = "positive", "مثبت", "Positive", "mentioned with praise", "با ستایش گفته"
    NEGATIVE = "negative", "منفی", "Negative", "mentioned with blame", "با سرزنش گفته"
    BOTH = "both", "هر دو", "Both", "praise and blame inside the same dimension", "ستایش و سرزنش در همان بُعد"


class Contact(Label):
    """How the writer met the brand."""

    DIRECT = "direct", "مستقیم", "Direct", "own purchase, use or service", "خرید، مصرف یا خدمتِ خود نویسنده"
    INDIRECT = (
        "indirect",
        "غیرمستقیم",
        "Indirect",
        "advertising, news, word of mouth, criticism by others",
        "تبلیغ، خبر، گفتهٔ دیگران، نقد",
    )


class Touchpoint(Label):
    """Where customer and brand meet."""

    PRODUCT = (
        "product",
        "محصول",
        "Product",
        "the food, the item, the room, the account itself",
        "غذا، کالا، اتاق، خود حساب",
    )
    PRICE = "price", "قیمت", "Price", "price, discount, fee, value for money", "قیمت، تخفیف، هزینه، ارزش در برابر پول"
    DELIVERY = (
        "delivery",
        "ارسال و تحویل",
        "Delivery",
        "speed, tracking, arrived or not",
        "زمان، پیگیری، رسیدن یا نرسیدن",
    )
    PACKAGING = "packaging", "بسته‌بندی", "Packaging", "box, seal, leak, wrapping", "جعبه، پلمب، نشت، بسته"
    STAFF = (
        "staff",
        "کارکنان",
        "Staff",
        "courier, waiter, clerk, seller as a person",
        "پیک، پیش‌خدمت، کارمند، فروشنده همچون یک آدم",
    )
    SUPPORT = (
        "support",
        "پشتیبانی",
        "Support",
        "call centre, chat, complaints, after-sales",
        "مرکز تماس، گفت‌وگو، شکایت، پس از فروش",
    )
    DIGITAL = "digital", "سایت و اپ", "Site and app", "site or app as a channel", "سایت یا برنامه همچون راه خرید"
    PLACE = "place", "مکان", "Place", "branch, hall, hotel building, parking", "شعبه، سالن، ساختمان هتل، پارکینگ"
    ADS = "ads", "تبلیغ و وعده", "Ads and promises", "advertisement, campaign, promise, news", "تبلیغ، پویش، وعده، خبر"
    PAYMENT = "payment", "پرداخت", "Payment", "gateway, charge, refund, invoice", "درگاه، برداشت، بازگشت پول، فاکتور"
    WOM = (
        "wom",
        "تجربهٔ دیگران",
        "Word of mouth",
        "a friend's advice, other reviews, «I heard»",
        "سفارش دوست، نظر دیگران، «شنیده‌ام»",
    )
    NONE = "none", "نامشخص", "Unspecified", "a verdict only, nothing named", "تنها داوری؛ از چیزی نام نبرده"

    @property
    def contact(self) -> Contact:
        """Direct or indirect contact, by the guideline's default."""
        return Contact.INDIRECT if self in (Touchpoint.ADS, Touchpoint.WOM) else Contact.DIRECT


class Stage(Label):
    """Where on the journey the main thing happened. Loyalty feeds others' awareness."""

    AWARENESS = "awareness", "آگاهی", "Awareness", "saw an ad, heard of it", "تبلیغی دید یا از آن شنید"
    CONSIDERATION = (
        "consideration",
        "بررسی",
        "Consideration",
        "comparing, asking, reading reviews",
        "سنجیدن، پرسیدن، خواندن نظرها",
    )
    PURCHASE = (
        "purchase",
        "خرید",
        "Purchase",
        "ordering, price at checkout, payment, booking",
        "سفارش، قیمت هنگام خرید، پرداخت، رزرو",
    )
    RECEIPT = "receipt", "دریافت", "Receipt", "delivery, opening the parcel, the courier", "تحویل، باز کردن بسته، پیک"
    USE = "use", "استفاده", "Use", "eating, wearing, staying, using", "خوردن، پوشیدن، ماندن، به کار بردن"
    SUPPORT = "support", "پشتیبانی", "Support", "complaint, refund, repair, warranty", "شکایت، بازگشت پول، تعمیر، ضمانت"
    LOYALTY = (
        "loyalty",
        "وفاداری",
        "Loyalty",
        "staying, leaving or advocating is the message",
        "سخن از ماندن، رفتن یا سفارش به دیگران است",
    )


class Gap(Label):
    """Experience against a stated expectation."""

    NONE = (
        "none",
        "بدون معیار",
        "No standard",
        "no promise, photo or expectation is named",
        "از وعده، عکس یا انتظاری نام نبرده",
    )
    EXCEEDS = "exceeds", "فراتر از انتظار", "Exceeds", "better than expected or promised", "بهتر از انتظار یا وعده"
    MEETS = "meets", "مطابق انتظار", "Meets", "as expected or promised", "همان که انتظار می‌رفت یا وعده شده بود"
    SHORT = "short", "کمتر از انتظار", "Falls short", "worse than expected or promised", "بدتر از انتظار یا وعده"


class Intent(Label):
    """What the writer says they will do, or tells others to do."""

    REPURCHASE = "repurchase", "خرید دوباره", "Buy again", "will buy or come again", "باز می‌خرد یا می‌آید"
    RECOMMEND = "recommend", "توصیه", "Recommend", "advises others to buy", "به دیگران سفارش می‌کند که بخرند"
    WARN = "warn", "هشدار", "Warn", "advises others not to buy", "دیگران را از خرید بازمی‌دارد"
    LEAVE = "leave", "ترک", "Leave", "has left or will not come back", "رفته است یا دیگر نمی‌آید"


class ThemeState(Label):
    """How a theme has fared of late, for the experiences told in the same sources."""

    NEW = "new", "تازه", "New", "first told within the last four weeks"
    GROWING = "growing", "رو به رشد", "Growing", "told more often in the last 4 weeks than in the 12 before"
    STEADY = "steady", "پایدار", "Steady", "no change beyond noise"
    FADING = "fading", "رو به کاهش", "Fading", "told less often in the last 4 weeks than in the 12 before"
    GONE = "gone", "خاموش", "Gone", "not told for eight weeks, though it should have been"


class Place(Label):
    """Where discovery put an experience."""

    MEMBER = "member", "در یک تجربهٔ مشترک", "In a theme", "it says what the others of its theme say"
    NEAR = "near", "نزدیک به یک تجربه", "Near a theme", "akin to a theme, not surely of it; not counted there"
    ALONE = "alone", "هنوز تنها", "Alone", "nobody else has told it so far"
    WAITING = "waiting", "در نوبت", "Waiting", "discovery was stopped before it compared it"
    VERDICT = "verdict", "حکم کلی", "Verdict only", "it judges, and names nothing: «عالی بود»"
    BALANCED = "balanced", "بی‌سو", "No side", "neither praise nor blame, or both at once"
    UNSURE = "unsure", "نامشخص", "Unsure", "the reader is not sure of it"
    COPY = "copy", "رونوشت", "Copy", "another text said it in the same words before"


class CaseStatus(Label):
    """How far the answer to a complaint is."""

    WAITING = "waiting", "در انتظار", "Waiting", "nobody has taken it up"
    TAKEN = "taken", "در دست رسیدگی", "Taken up", "somebody owns it"
    ANSWERED = "answered", "پاسخ داده شد", "Answered", "the customer got an answer; cause and action are still open"
    CLOSED = "closed", "بسته شد", "Closed", "cause and action are known"
    DISMISSED = "dismissed", "بی‌مورد", "Dismissed", "it needs no answer, and a person said why"


class Severity(Label):
    """What is rare but grave, most serious first: volume must never hide it."""

    HEALTH = "health", "سلامت", "Health", "poisoning, foreign bodies, mould or expiry in food, an allergic reaction"
    SAFETY = "safety", "ایمنی", "Safety", "fire, explosion, shock, injury, dangerous driving, threats, a privacy leak"
    DISCRIMINATION = "discrimination", "تبعیض", "Discrimination", "worse treatment for who a customer is"
    DIGNITY = "dignity", "کرامت", "Dignity", "insult, humiliation, harassment, an accusation to one's face"
    FRAUD = "fraud", "کلاهبرداری", "Fraud", "money taken for nothing, fakes sold as real, forgery, a scam"


class CrawlOutcome(Label):
    """How a crawl ended."""

    RUNNING = "running", "در حال اجرا", "Running", "not finished; or it was killed, if no process holds it"
    OK = "ok", "موفق", "OK", "the source was read to its end or to what was known"
    LIMITED = "limited", "محدود", "Limited", "stopped early by a limit that the operator gave"
    SUSPECT = "suspect", "مشکوک", "Suspect", "it answered, but not as it used to: nothing, much less, a field gone"
    REFUSED = "refused", "منع robots", "Refused", "robots.txt forbids it or could not be read"
    BLOCKED = "blocked", "مسدود", "Blocked", "401, 403, 429, a challenge: the source does not want us now"
    FAILED = "failed", "ناموفق", "Failed", "unreachable, or an error that a person should read"
    INTERRUPTED = "interrupted", "نیمه‌کاره", "Interrupted", "stopped before its end; the next run continues"


class Role(Label):
    """What a user of the app may do; each may also do what those above may."""

    VIEWER = "viewer", "بیننده", "Viewer", "reads every page"
    ANALYST = "analyst", "تحلیل‌گر", "Analyst", "also takes texts out as files"
    ANNOTATOR = "annotator", "بازبین", "Annotator", "also corrects readings, edits themes and follows complaints"
    ADMIN = "admin", "مدیر", "Administrator", "also decides where we listen, the settings and who has an account"
