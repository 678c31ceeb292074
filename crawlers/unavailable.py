"""What is not crawled, and why: somebody will ask. No spider of ours goes there by another name."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Unavailable:
    """A place with reviews that a polite crawler cannot or must not read."""

    title: str
    why: str
    title_fa: str
    why_fa: str
    #: The day on which a person last checked it, ISO.
    checked: str = "2026-11-22"


UNAVAILABLE = (
    Unavailable(
        "Google Play",
        "robots.txt forbids the only address that gives reviews (Disallow: /_, /store/getreviews)",
        "گوگل‌پلی",
        "robots.txt یگانه نشانی‌ای را که نظرها را می‌دهد منع می‌کند (Disallow: /_, /store/getreviews)",
    ),
    Unavailable(
        "App Store",
        "robots.txt forbids the reviews feed (Disallow: /*/rss/*), and there is no Iranian storefront",
        "اپ‌استور",
        "robots.txt خوراک نظرها را منع می‌کند (Disallow: /*/rss/*) و فروشگاهی برای ایران هم ندارد",
    ),
    Unavailable(
        "Reddit",
        "the open JSON was closed in May 2026, and robots.txt forbids everything",
        "ردیت",
        "JSON باز آن در مهٔ ۲۰۲۶ بسته شد و robots.txt همه چیز را منع می‌کند",
    ),
    Unavailable(
        "X (Twitter)",
        "search and replies need a login; the terms forbid collecting",
        "ایکس (توییتر)",
        "جست‌وجو و پاسخ‌ها ورود می‌خواهند؛ شرایط استفاده گردآوری را منع می‌کند",
    ),
    Unavailable(
        "Instagram",
        "profiles and comments are behind a login; for your own account use Meta's Graph API",
        "اینستاگرام",
        "نمایه‌ها و دیدگاه‌ها بی ورود دیده نمی‌شوند؛ برای حساب خودتان Graph API شرکت متا را به کار ببرید",
    ),
    Unavailable(
        "Google Maps",
        "the Places API gives five reviews a place, and its terms forbid keeping them",
        "گوگل‌مپس",
        "Places API از هر مکان پنج نظر می‌دهد و شرایطش نگه‌داشتن آن‌ها را منع می‌کند",
    ),
    Unavailable(
        "Trustpilot",
        "robots.txt forbids everything, and a challenge guards the pages",
        "تراست‌پایلت",
        "robots.txt همه چیز را منع می‌کند و آزمونی ضدربات نگهبان صفحه‌هاست",
    ),
    Unavailable(
        "Myket",
        "its API wants the token of a device: that is pretending to be the app",
        "مایکت",
        "API آن توکن یک دستگاه را می‌خواهد: این یعنی خود را به جای برنامهٔ مایکت جا زدن",
    ),
    Unavailable(
        "Torob, Divar, Sheypoor",
        "no reviews to collect; bursts are answered by a captcha",
        "ترب، دیوار، شیپور",
        "نظری برای گردآوری ندارند؛ به درخواست‌های پیاپی با کپچا پاسخ می‌دهند",
    ),
    Unavailable(
        "Paziresh24, Doctoreto, Nobat",
        "reviews of doctors tell the patient's illness: health data is never collected",
        "پذیرش۲۴، دکترتو، نوبت",
        "نظر دربارهٔ پزشک از بیماریِ بیمار می‌گوید: دادهٔ سلامت هرگز گردآوری نمی‌شود",
    ),
)
