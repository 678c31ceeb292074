"""The filter and its address say the same."""

from datetime import date
from urllib.parse import parse_qs, urlsplit

from hypothesis import given
from hypothesis import strategies as st

from dashboard.filters import CHOICES, Choice, from_query, link, to_query, without
from domain.vocabulary import Dimension, Intent, Sentiment, Touchpoint
from store.filter import Filter

TODAY = date(2026, 11, 22)
WORDS = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=30).map(str.strip).filter(bool)


DAYS = st.none() | st.dates(date(1990, 1, 1), date(2100, 12, 31))


def several(options):
    return st.lists(options, max_size=3, unique=True).map(tuple)


FILTERS = st.builds(
    Filter,
    brands=several(WORDS),
    since=DAYS,
    until=DAYS,
    sources=several(WORDS),
    sentiments=several(st.sampled_from(list(map(str, Sentiment)))),
    dimensions=several(st.sampled_from([f"{d}{way}" for d in Dimension for way in ("", ":negative", ":positive")])),
    touchpoints=several(st.sampled_from(list(map(str, Touchpoint)))),
    intents=several(st.sampled_from(list(map(str, Intent)))),
    needs_response=st.none() | st.just(True),
    confident=st.none() | st.booleans(),
    theme=st.none() | st.integers(0, 10**9 - 1),
    search=st.just("") | WORDS,
)


@given(FILTERS, st.sampled_from(["fa", "en"]))
def test_an_address_brings_back_what_was_chosen(chosen: Filter, language: str):
    choice = Choice(chosen, language=language)
    assert from_query(to_query(choice), TODAY) == choice


@given(FILTERS)
def test_a_link_is_an_address(chosen: Filter):
    href = link("explore", Choice(chosen))
    assert href.split("?")[0] == "explore"
    assert from_query(parse_qs(urlsplit(href).query, keep_blank_values=True), TODAY).filter == chosen


def test_a_quick_range_stays_relative():
    choice = from_query({"days": ["30"], "from": ["2020-01-01"]}, TODAY)
    assert choice.filter.since == date(2026, 10, 24)
    assert choice.filter.until is None
    assert to_query(choice) == {"days": ["30"]}


def test_what_cannot_be_read_is_left_out():
    query = {"sentiment": ["angry", "negative", "negative"], "dimension": ["rational:both", "sensory:negative", "x"]}
    query |= {
        "from": ["yesterday"],
        "to": ["0001-01-01"],
        "days": ["31"],
        "theme": ["-1"],
        "lang": ["de"],
        "sure": ["maybe"],
        "zzz": ["1"],
    }
    choice = from_query(query, TODAY)
    assert choice == Choice(Filter(sentiments=("negative",), dimensions=("sensory:negative",)))


def test_a_long_address_is_cut():
    choice = from_query({"brand": [str(n) for n in range(500)], "q": ["آ" * 5000]}, TODAY)
    assert len(choice.filter.brands) == 50
    assert len(choice.filter.search) == 200


def test_a_chip_takes_one_thing_back():
    chosen = Filter(sentiments=("negative", "mixed"), theme=3, since=TODAY, until=TODAY)
    choice = Choice(chosen)
    assert without(choice, "sentiments", "negative").filter.sentiments == ("mixed",)
    assert without(choice, "theme").filter.theme is None
    assert without(choice, "since").filter == Filter(sentiments=("negative", "mixed"), theme=3)


def test_every_parameter_names_a_field():
    assert all(hasattr(Filter(), name) for name, _ in CHOICES.values())
