"""Numbers of a digest: Persian digits in Persian, Latin in English; a sign never jumps."""

from domain.text import persian_digits

_ISOLATE, _END = "\u2066", "\u2069"
_SEPARATORS = str.maketrans({",": "٬", ".": "٫", "%": "٪"})


def _local(text: str, language: str) -> str:
    return persian_digits(text.translate(_SEPARATORS)) if language == "fa" else text


def number(value: float, language: str, decimals: int = 0) -> str:
    """12345 -> «۱۲٬۳۴۵»; 2.4 with one decimal -> «۲٫۴»."""
    return _local(f"{value:,.{decimals}f}", language)


def percent(value: float, language: str) -> str:
    """A share on 0..100: «۴۸٪»."""
    return _ISOLATE + _local(f"{value:.0f}%", language) + _END


def signed(value: float, language: str) -> str:
    """Points with their sign: «−۱۲», «+۸», «۰»."""
    whole = round(value)
    sign = "+" if whole > 0 else "−" if whole < 0 else ""
    return _ISOLATE + sign + _local(str(abs(whole)), language) + _END


def age(hours: float, language: str) -> str:
    """Hours up to two days, days from there on: «۳۰ ساعت», «۳ روز»."""
    if hours < 48:
        n = round(hours)
        return f"{number(n, language)} {'ساعت' if language == 'fa' else 'hour' if n == 1 else 'hours'}"
    return f"{number(round(hours / 24), language)} {'روز' if language == 'fa' else 'days'}"
