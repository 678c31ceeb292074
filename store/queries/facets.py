"""How many texts carry each label, and with which sentiment."""

import numpy as np
from sqlalchemy import Engine

from domain.vocabulary import Dimension, Intent, Need, Polarity, Sentiment
from store.facts import Facts
from store.facts.facts import Array, Mask
from store.filter import Filter
from store.queries.scope import chosen_facts

#: What may be counted label by label; brands and sources over texts of any kind, the rest over sure readings.
FACETS = ("brand", "source", "usable", "sentiment", "touchpoint", "stage", "contact", "gap")
_OF_ANY_TEXT = ("brand", "source", "usable")


def facet(engine: Engine, chosen: Filter, name: str) -> dict[str, int]:
    """How many texts of the filter carry each label of a facet, most first."""
    facts, rows = chosen_facts(engine, chosen)
    counted = _counted(facts, rows if name in _OF_ANY_TEXT else rows & facts.counted, name)
    found = zip(facts.mentions.columns[name].labels, map(int, counted), strict=True)
    return dict(sorted(((key, n) for key, n in found if n), key=lambda item: (-item[1], item[0])))


def _counted(facts: Facts, rows: Mask, name: str, *by: str) -> Array:
    """Texts by label; one of two touchpoints counts at both, as it is found by either."""
    counted = facts.mentions.count(rows, name, *by)
    return counted + facts.mentions.count(rows, "touchpoint2", *by) if name == "touchpoint" else counted


def copy_counts(engine: Engine, chosen: Filter) -> dict[bool, int]:
    """Texts of the filter, of any kind, that copy an earlier one (True), and that do not (False)."""
    facts, rows = chosen_facts(engine, chosen)
    copied = int((rows & facts.mentions.flags["copied"]).sum())
    return {True: copied, False: int(rows.sum()) - copied}


def facet_sentiments(engine: Engine, chosen: Filter, name: str) -> dict[str, dict[str, int]]:
    """Counted texts by label of a facet and by sentiment: {"delivery": {"negative": 12, …}}, most first."""
    facts, rows = chosen_facts(engine, chosen)
    table = _counted(facts, rows & facts.counted, name, "sentiment")
    found = {
        key: {str(s): int(n) for s, n in zip(Sentiment, line, strict=True) if n}
        for key, line in zip(facts.mentions.columns[name].labels, table, strict=True)
        if line.any()
    }
    return dict(sorted(found.items(), key=lambda item: (-sum(item[1].values()), item[0])))


def intent_sentiments(engine: Engine, chosen: Filter) -> dict[str, dict[str, int]]:
    """Counted texts that tell an intent, by sentiment; a text may tell several."""
    facts, rows = chosen_facts(engine, chosen)
    return {str(intent): _feelings(facts, rows & facts.mentions.flags[intent]) for intent in Intent}


def need_sentiments(engine: Engine, chosen: Filter) -> dict[str, dict[str, int]]:
    """Counted texts that touch a kind of need, through any of its dimensions, by sentiment."""
    facts, rows = chosen_facts(engine, chosen)
    touch = {
        need: np.any([~facts.mentions.among(d, [Polarity.ABSENT]) for d in Dimension if d.need is need], axis=0)
        for need in Need
    }
    return {str(need): _feelings(facts, rows & touched) for need, touched in touch.items()}


def _feelings(facts: Facts, rows: Mask) -> dict[str, int]:
    counted = facts.mentions.count(rows & facts.counted, "sentiment")
    return {str(sentiment): int(n) for sentiment, n in zip(Sentiment, counted, strict=True)}
