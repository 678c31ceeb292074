"""Numbers for people to read: Persian digits in Persian, Latin in English; a sign never jumps."""

from domain.text import persian_digits

# An isolate keeps "-12 %" in one piece inside right-to-left text.
_ISOLATE, _END = "\u2066", "\u2069"
_SEPARATORS = str.maketrans({",": "٬", ".": "٫", "%": "٪"})


def _local(text: str, language: str) -> str:
    return persian_digits(text.translate(_SEPARATORS)) if language == "fa" else text


def number(value: float, language: str, decimals: int = 0) -> str:
    """12345 -> «۱۲٬۳۴۵» or "12,345"; 2.4 with one decimal -> «۲٫۴»."""
    return _local(f"{value:,.{decimals}f}", language)


def percent(value: float, language: str) -> str:
    """A share on 0..100 without decimals: «۴۸٪»."""
    return _ISOLATE + _local(f"{value:.0f}%", language) + _END


def signed(value: float, language: str) -> str:
    """An index on -100..100 with its sign: «−۱۲», «+۸», «۰»."""
    whole = round(value)
    sign = "+" if whole > 0 else "−" if whole < 0 else ""
    return _ISOLATE + sign + _local(str(abs(whole)), language) + _END


def interval(low: float, high: float, language: str) -> str:
    """Both ends of an interval, lower first: «−۲۰ تا −۴»."""
    return f"{signed(low, language)} {'تا' if language == 'fa' else 'to'} {signed(high, language)}"
