"""Every number the app shows and every row it lists: one typed function each."""

from store.queries.facets import FACETS, facet, facet_sentiments, intent_sentiments, need_sentiments
from store.queries.numbers import Counts, DaySentiment, DimensionScore, counts, daily_sentiment, dimension_scores
from store.queries.rows import Text, experiences_of, stream, texts
from store.queries.scope import COUNTED
from store.queries.shared import Quote, SharedExperience, quotes, shared_experiences, theme, theme_days
from store.queries.work import (
    Told,
    Watched,
    brands,
    good_runs,
    raw_texts,
    sources,
    span,
    texts_like,
    themes,
    told,
    unread,
    watched,
)

__all__ = [
    "COUNTED",
    "FACETS",
    "Counts",
    "DaySentiment",
    "DimensionScore",
    "Quote",
    "SharedExperience",
    "Text",
    "Told",
    "Watched",
    "brands",
    "counts",
    "daily_sentiment",
    "dimension_scores",
    "experiences_of",
    "facet",
    "facet_sentiments",
    "good_runs",
    "intent_sentiments",
    "need_sentiments",
    "quotes",
    "raw_texts",
    "shared_experiences",
    "sources",
    "span",
    "stream",
    "texts",
    "texts_like",
    "theme",
    "theme_days",
    "themes",
    "told",
    "unread",
    "watched",
]
