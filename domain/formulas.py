"""How every index is reckoned, in words: shown beside the number it explains."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Formula:
    """The name of an index and its formula for people, in both languages of the screen."""

    key: str
    fa: str
    en: str
    formula_fa: str
    formula_en: str

    def title(self, language: str = "fa") -> str:
        """The name of the index in the language of the screen."""
        return self.fa if language == "fa" else self.en

    def formula(self, language: str = "fa") -> str:
        """The formula in the language of the screen."""
        return self.formula_fa if language == "fa" else self.formula_en


#: Every index of the product; the functions behind them are in `domain.indices`.
FORMULAS = (
    Formula(
        "net_sentiment",
        "خالص احساس",
        "Net sentiment",
        "۱۰۰ × (مثبت − منفی) ÷ همهٔ نظرهای شمرده‌شده؛ آمیخته و خنثی فقط در مخرج‌اند",
        "100 × (positive − negative) ÷ all counted texts; mixed and neutral are in the denominator only",
    ),
    Formula(
        "dimension_score",
        "امتیاز بُعد",
        "Dimension score",
        "۱۰۰ × (مثبت − منفی) ÷ نظرهایی که از این بُعد می‌گویند؛ «هر دو» فقط در مخرج است",
        "100 × (positive − negative) ÷ texts that speak of the dimension; “both” is in the denominator only",
    ),
    Formula(
        "salience",
        "برجستگی بُعد",
        "Salience",
        "۱۰۰ × نظرهایی که از این بُعد می‌گویند ÷ همهٔ نظرهای شمرده‌شده",
        "100 × texts that speak of the dimension ÷ all counted texts",
    ),
    Formula(
        "gap_index",
        "شاخص شکاف انتظار",
        "Expectation gap index",
        "۱۰۰ × (فراتر − کمتر از انتظار) ÷ نظرهایی که انتظاری را نام می‌برند",
        "100 × (exceeds − falls short) ÷ texts that name an expectation",
    ),
    Formula(
        "advocacy_index",
        "شاخص حمایت متنی",
        "Text advocacy index",
        "۱۰۰ × (خرید دوباره یا توصیه − هشدار یا ترک) ÷ نظرهایی که قصدی را می‌گویند؛"
        " نظری که هر دو را دارد فقط در مخرج است",
        "100 × (buy again or recommend − warn or leave) ÷ texts that state an intent;"
        " a text with both is in the denominator only",
    ),
    Formula(
        "share_of_voice",
        "سهم صدا",
        "Share of voice",
        "۱۰۰ × نظرهای شمرده‌شدهٔ برند ÷ نظرهای شمرده‌شدهٔ همهٔ برندهای مقایسه، در همان منابع",
        "100 × the brand’s counted texts ÷ counted texts of all compared brands, in the same sources",
    ),
    Formula(
        "share_of_experience",
        "سهم تجربه",
        "Share of experience",
        "۱۰۰ × تجربه‌های مطمئن برند ÷ تجربه‌های مطمئن همهٔ برندهای مقایسه، در همان منابع؛ ستایش و گلایه جداگانه",
        "100 × the brand’s sure passages ÷ sure passages of all compared brands, in the same sources;"
        " praise and blame apart",
    ),
    Formula(
        "impact",
        "اثر بر خالص احساس",
        "Impact on net sentiment",
        "خالص احساسِ همهٔ نظرها − خالص احساس بدون نظرهای این مضمون؛ به واحد امتیاز",
        "net sentiment of all texts − net sentiment without the texts of this theme; in points",
    ),
)
