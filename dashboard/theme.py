"""Colours: one for each label, told apart by colour-blind eyes, at least 3:1 on the light and the dark page."""

from pathlib import Path

from domain.vocabulary import Gap, Label, Polarity, Sentiment

POSITIVE = "#1c8a8f"  # teal
NEGATIVE = "#d1571b"  # vermilion
MIXED = "#8b67b8"  # purple
NEUTRAL = "#808a90"  # grey
ACCENT = "#3d7fc4"  # blue: what has no polarity

_COLOURS: dict[Label, str] = {
    Sentiment.POSITIVE: POSITIVE,
    Sentiment.NEGATIVE: NEGATIVE,
    Sentiment.MIXED: MIXED,
    Sentiment.NEUTRAL: NEUTRAL,
    Polarity.BOTH: MIXED,
    Gap.EXCEEDS: POSITIVE,
    Gap.MEETS: NEUTRAL,
    Gap.SHORT: NEGATIVE,
}
#: Brands beside each other; order of choice. No reds and greens that look alike.
BRANDS = ("#3d7fc4", "#c98a14", "#8b67b8", "#1c8a8f", "#b8527a", "#6d7a35", "#808a90")


def colour(label: Label) -> str:
    """The colour of a label wherever it is drawn."""
    return _COLOURS.get(label, ACCENT)


def brand_colour(place: int) -> str:
    """The colour of the n-th brand beside others."""
    return BRANDS[place % len(BRANDS)]


def ink(*, dark: bool) -> str:
    """The colour of text on the page, for what is painted on a canvas."""
    return "#e8eae8" if dark else "#1d2528"


def style() -> str:
    """The style sheet of every page, with the colours as its variables."""
    colours = {"positive": POSITIVE, "negative": NEGATIVE, "mixed": MIXED, "neutral": NEUTRAL, "accent": ACCENT}
    variables = "".join(f"--{name}:{value};" for name, value in colours.items())
    return f":root{{{variables}}}\n" + Path(__file__).with_name("style.css").read_text("utf-8")
