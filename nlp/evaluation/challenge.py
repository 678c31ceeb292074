"""The challenge suite: cases by phenomenon, passed or failed (CheckList, Ribeiro et al. 2020, arXiv:2005.04118)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]


def passed(said: Row, expect: Row) -> bool:
    """Whether an answer holds all that a case expects; a list of values means any of them, `intents` all of them."""
    return all(_holds(said, name, value) for name, value in expect.items())


def _holds(said: Row, name: str, value: Any) -> bool:
    if name == "intents":
        return set(value) <= set(said["intents"])
    answer = said["touchpoints"][0] if name == "touchpoint" else said[name]
    return answer in value if isinstance(value, list) else bool(answer == value)


def challenge_metrics(said: Sequence[Row], cases: Sequence[Row]) -> dict[str, Any]:
    """Share of passed cases, over all and by phenomenon, and of groups of near twins that pass whole."""
    right = [passed(answer, case["expect"]) for answer, case in zip(said, cases, strict=True)]
    by: dict[str, list[bool]] = defaultdict(list)
    pairs: dict[str, list[bool]] = defaultdict(list)
    for case, ok in zip(cases, right, strict=True):
        by[case["phenomenon"]].append(ok)
        pairs[case["pair"]].append(ok)
    sentiment = [
        _holds(answer, "sentiment", case["expect"]["sentiment"]) for answer, case in zip(said, cases, strict=True)
    ]
    return {
        "n": len(right),
        "passed": round(sum(right) / max(1, len(right)), 4),
        "sentiment_passed": round(sum(sentiment) / max(1, len(sentiment)), 4),
        "groups_passed": round(sum(map(all, pairs.values())) / max(1, len(pairs)), 4),
        "by_phenomenon": {
            name: {"passed": round(sum(ok) / len(ok), 4), "n": len(ok)} for name, ok in sorted(by.items())
        },
    }
