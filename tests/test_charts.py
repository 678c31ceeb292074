"""Figures are pure: what goes in is what is drawn, in the language of the screen."""

import json
from datetime import date, timedelta

import pytest

from dashboard import bars, charts, theme, words
from dashboard.numerals import interval, number, percent, signed
from domain.indices import net_share
from domain.vocabulary import Dimension, Label, Sentiment
from store.queries import DaySentiment, DimensionScore

SATURDAY = date(2026, 11, 21)
SCORES = [DimensionScore(dimension, 40, 20, 5, 200) for dimension in Dimension]
FEW = [DimensionScore(dimension, 2, 1, 0, 10) for dimension in Dimension]


def days(span: int) -> list[DaySentiment]:
    return [DaySentiment(SATURDAY - timedelta(days=n), "negative", 2) for n in reversed(range(0, span, 2))]


def test_a_short_span_is_drawn_by_day_with_its_gaps():
    figure = charts.trend(days(10), "fa")
    negative = next(bar for bar in figure.data if bar.name == Sentiment.NEGATIVE.fa)
    assert list(negative.y) == [2, 0, 2, 0, 2, 0, 2, 0, 2]
    assert negative.marker.color == theme.NEGATIVE


def test_a_long_span_is_drawn_by_weeks_from_saturday():
    figure = charts.trend(days(120), "fa")
    assert {when.weekday() for when in figure.data[0].x} == {5}
    assert sum(figure.data[0].y) == 2 * len(days(120))


def test_days_and_digits_follow_the_language():
    persian = charts.trend(days(10), "fa").layout.xaxis.ticktext
    english = charts.trend(days(10), "en").layout.xaxis.ticktext
    assert any("آبان" in tick for tick in persian)
    assert not any(char in "0123456789" for tick in persian for char in tick)
    assert any("Nov" in tick for tick in english)


def test_an_empty_trend_is_still_a_figure():
    assert charts.trend([], "fa").layout.height


def test_the_radar_counts_both_on_either_side():
    option = charts.dimension_radar(SCORES, "fa")
    praise, blame = option["series"][0]["data"]
    assert praise["value"] == [22.5] * 5
    assert blame["value"] == [12.5] * 5
    assert "۶۵ نظر" in option["radar"]["indicator"][0]["name"]
    json.dumps(option)


def test_the_radar_of_nothing_divides_by_nothing():
    option = charts.dimension_radar([DimensionScore(d, 0, 0, 0, 0) for d in Dimension], "en")
    assert option["radar"]["indicator"][0]["max"] == 10


def test_scores_show_their_interval():
    first = charts.dimension_scores(SCORES, "fa").data[0]
    index = SCORES[0].score
    assert first.x[0] + first.error_x.array[0] == pytest.approx(index.high)
    assert first.x[0] - first.error_x.arrayminus[0] == pytest.approx(index.low)


def test_too_few_texts_make_no_point_and_no_number():
    for trace in charts.dimension_scores(FEW, "fa").data:
        assert trace.marker.symbol == "circle-open"
        assert trace.error_x.array is None
        assert "کم‌داده" in trace.text[0]


def test_a_brand_called_by_a_tag_is_text():
    figure = charts.index_rows({"<a href='x'>نام</a>": net_share(40, 10, 60)}, "fa")
    assert figure.data[0].y == ("&lt;a href=&#x27;x&#x27;&gt;نام&lt;/a&gt;",)


def test_bars_are_links_and_their_words_are_text():
    page = bars.stacked([bars.Row('<b>"ارسال"</b>', {"negative": 3, "positive": 1}, 'explore?q="x"')], "fa")
    assert "<b>" not in page
    assert 'href="explore?q=&quot;x&quot;"' in page
    assert "منفی ۳" in page
    assert 'class="negative" style="width:75.00%"' in page


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (number(1234567, "fa"), "۱٬۲۳۴٬۵۶۷"),
        (number(1234567, "en"), "1,234,567"),
        (percent(48.4, "fa"), "\u2066۴۸٪\u2069"),
        (signed(-12.6, "fa"), "\u2066−۱۳\u2069"),
        (signed(0.2, "en"), "\u20660\u2069"),
        (interval(-20, 4, "en"), "\u2066−20\u2069 to \u2066+4\u2069"),
    ],
)
def test_numbers_on_the_screen(shown: str, expected: str):
    assert shown == expected


def luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("colour", {theme.colour(sentiment) for sentiment in Sentiment} | {theme.ACCENT})
@pytest.mark.parametrize("page", ["#fbfaf7", "#12181b"])
def test_colours_stand_out_on_both_pages(colour: str, page: str):
    light, dark = sorted((luminance(colour), luminance(page)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 3


def test_each_sentiment_has_its_own_colour():
    assert len({theme.colour(sentiment) for sentiment in Sentiment}) == len(Sentiment)


def test_every_word_is_there_in_both_languages():
    for persian, english in words._WORDS.values():
        assert persian
        assert english
        blanks = [sorted(part.split("}")[0] for part in text.split("{")[1:]) for text in (persian, english)]
        assert blanks[0] == blanks[1]


def test_labels_know_both_languages():
    for enum in Label.__subclasses__():
        for label in enum:
            assert label.title("fa")
            assert label.title("en")
