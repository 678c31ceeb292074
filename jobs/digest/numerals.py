"""Numbers of a digest, and how long somebody has waited."""

from domain.numerals import number, percent, signed

__all__ = ["age", "number", "percent", "signed"]


def age(hours: float, language: str) -> str:
    """Hours up to two days, days from there on: «۳۰ ساعت», «۳ روز»."""
    if hours < 48:
        n = round(hours)
        return f"{number(n, language)} {'ساعت' if language == 'fa' else 'hour' if n == 1 else 'hours'}"
    return f"{number(round(hours / 24), language)} {'روز' if language == 'fa' else 'days'}"
