"""The numbers of one page agree with each other, and with the texts they lead to."""

import html
import re
from dataclasses import replace
from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import Engine

from dashboard import explore
from dashboard.filters import Choice, from_query
from domain.indices import net_share
from domain.vocabulary import Dimension, Need, Touchpoint
from store import queries
from store.database import open_store
from store.filter import Filter

COUNTED = Filter(usable=("experience",), confident=True, copied=False)


@pytest.fixture(scope="module")
def engine(sample_url: str) -> Engine:
    return open_store(sample_url)


@pytest.mark.parametrize("facet", ["touchpoint", "contact", "gap", "brand"])
def test_a_facet_adds_up_to_what_is_counted(engine: Engine, facet: str):
    found = queries.facet_sentiments(engine, Filter(), facet)
    counts = queries.counts(engine, Filter())
    assert sum(sum(parts.values()) for parts in found.values()) == counts.counted
    assert sum(parts.get("negative", 0) for parts in found.values()) == counts.negative


def test_a_row_leads_to_as_many_texts_as_it_says(engine: Engine):
    for gap, parts in queries.facet_sentiments(engine, Filter(), "gap").items():
        assert queries.counts(engine, replace(COUNTED, gaps=(gap,))).mentions == sum(parts.values())
    for intent, parts in queries.intent_sentiments(engine, Filter()).items():
        assert queries.counts(engine, replace(COUNTED, intents=(intent,))).mentions == sum(parts.values())
    for need, parts in queries.need_sentiments(engine, Filter()).items():
        through = tuple(str(dimension) for dimension in Dimension if dimension.need is Need(need))
        assert queries.counts(engine, replace(COUNTED, dimensions=through)).mentions == sum(parts.values())


def test_a_facet_leads_to_the_texts_that_it_counts(engine: Engine):
    shown = explore._facets(lambda query, *args: query(engine, *args), Choice(language="en"))  # type: ignore[arg-type]
    chips = re.findall(r'href="([^"]*)".*?<b>(\d+)</b>', shown)
    assert len(chips) > 8
    for href, n in chips:
        leads = from_query(parse_qs(urlsplit(html.unescape(href)).query), date(2026, 11, 22))
        assert queries.counts(engine, leads.filter).mentions == int(n), href


def test_a_brand_beside_others_is_what_it_is_alone(engine: Engine):
    for brand, parts in queries.facet_sentiments(engine, Filter(), "brand").items():
        alone = queries.counts(engine, Filter(brands=(brand,))).net_sentiment
        assert net_share(parts["positive"], parts["negative"], sum(parts.values())) == alone


def test_a_main_touchpoint_never_counts_more_than_its_texts(engine: Engine):
    for key, parts in queries.facet_sentiments(engine, Filter(), "touchpoint").items():
        assert queries.counts(engine, replace(COUNTED, touchpoints=(str(Touchpoint(key)),))).mentions >= sum(
            parts.values()
        )


def test_the_days_of_a_theme_add_up_to_its_texts(engine: Engine):
    shared = queries.shared_experiences(engine, Filter(), "negative", 3)[0]
    days = queries.theme_days(engine, Filter(), [shared.theme.id])[shared.theme.id]
    assert sum(days.values()) == shared.mentions
    assert (min(days), max(days)) == (shared.first, shared.last)
