"""Composed texts: the project's grammar holds together, and what it composes is no exam."""

from collections import Counter

import numpy as np
import pytest

from domain.errors import BadInput
from domain.settings import ROOT
from nlp.evaluation.suites import challenge
from nlp.normalise import for_model
from nlp.training.compose import Grammar
from nlp.training.data import SLICES, read_rows

FORMS = "قطع شد|قطع نشد|قطع می‌شه|قطع نمی‌شه|قطع بشه|قطعی"


@pytest.fixture(scope="module")
def composed():
    return Grammar.read().draw(4000, np.random.default_rng(1))


def grammar(folder, templates, clauses):
    (folder / "templates.tsv").write_text(templates, encoding="utf-8")
    (folder / "clauses.tsv").write_text(clauses, encoding="utf-8")
    return Grammar.read(folder)


def test_every_template_of_the_project_can_be_filled_for_every_trade():
    rng = np.random.default_rng(0)
    read = Grammar.read()
    texts = [read.text(template, rng) for some in read.templates.values() for template in some for _ in range(5)]
    assert not [text for text in texts if set("{}()|\t") & set(text)]


def test_the_same_dice_compose_the_same_texts_and_others_other_ones(composed):
    again = Grammar.read().draw(4000, np.random.default_rng(1))
    assert [(a.id, a.text) for a in again] == [(a.id, a.text) for a in composed]
    other = Grammar.read().draw(4000, np.random.default_rng(2))
    assert len({a.text for a in other} & {a.text for a in composed}) < 400
    assert len({a.text for a in composed}) > 3600


def test_only_the_sentiment_of_a_composed_text_is_taught(composed):
    for example in composed:
        asked = ~np.isnan(example.target)
        assert asked[SLICES["sentiment"]].all() and asked.sum() == 4
    verdicts = Counter(int(example.target[SLICES["sentiment"]].argmax()) for example in composed)
    assert all(share > 0.1 for share in (count / len(composed) for count in verdicts.values())) and len(verdicts) == 4


def test_no_composed_text_is_a_case_that_the_reader_is_measured_on(composed):
    unseen = [row for path in (ROOT / "data" / "unseen").glob("*.jsonl") for row in read_rows(path)]
    exam = {for_model(row["text"]).rstrip(".! ") for row in (*challenge(), *unseen)}
    assert not exam & {for_model(example.text).rstrip(".!🙏 ") for example in composed}


def test_a_filling_takes_one_trade_its_forms_and_its_numbers(tmp_path):
    clauses = f"phone\tevent\t{FORMS}\nphone\tplain\tدیروز خریدم\nany\trival\tتیرگان\n"
    read = grammar(
        tmp_path, "p\tnegation\t(هیچ‌وقت|تا حالا) {event.past-}، {rival} {num 3-3} بار {event.past}\n", clauses
    )
    texts = [read.text(read.templates["p"][0], np.random.default_rng(seed)) for seed in range(30)]
    assert all("قطع نشد، تیرگان" in text and "بار قطع شد" in text for text in texts)
    assert {word for text in texts for word in ("هیچ‌وقت", "تا حالا", " 3 ", " ۳ ") if word in text} > {" 3 ", " ۳ "}


@pytest.mark.parametrize(
    ("template", "says"),
    [
        ("p\tx\t{nothing} بود", "nothing"),
        ("x\tx\tخوب", "verdict"),
        ("p\tخوب", "three fields"),
        ("p\tx\t{a.hm}", "hm"),
    ],
)
def test_a_grammar_that_cannot_be_filled_says_where(tmp_path, template, says):
    with pytest.raises(BadInput, match=says):
        grammar(tmp_path, template + "\n", "phone\ta\tb\nphone\tplain\tc\n")
