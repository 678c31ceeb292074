"""The words: complete, unique, and enough for everything that derives from them."""

import pytest

from domain import vocabulary
from domain.errors import BadInput
from domain.vocabulary import Contact, Dimension, Label, Need, Sentiment, Touchpoint
from store import tables
from store.writes import CORRECTABLE

LABELS = [
    kind
    for kind in vars(vocabulary).values()
    if isinstance(kind, type) and issubclass(kind, Label) and kind is not Label
]


@pytest.mark.parametrize("labels", LABELS)
def test_every_label_has_two_titles_and_a_meaning(labels):
    for label in labels:
        assert label.fa and label.en and label.meaning
        assert label.isidentifier() and label == label.lower()
    assert len({label.fa for label in labels}) == len({label.en for label in labels}) == len(list(labels))


def test_there_are_the_five_dimensions_and_each_touches_a_need():
    assert [dimension.fa for dimension in Dimension] == ["عقلایی", "عاطفی", "حسی", "فیزیکی", "معنوی"]
    assert {dimension.need for dimension in Dimension} == set(Need)
    assert Dimension.SPIRITUAL.need is Need.SYMBOLIC


def test_only_advertising_and_word_of_mouth_are_indirect():
    indirect = {touchpoint for touchpoint in Touchpoint if touchpoint.contact is Contact.INDIRECT}
    assert indirect == {Touchpoint.ADS, Touchpoint.WOM}


def test_an_unknown_key_names_those_that_there_are():
    assert Sentiment.of("mixed") is Sentiment.MIXED
    with pytest.raises(BadInput, match="positive, negative, mixed, neutral"):
        Sentiment.of("happy")


def test_every_dimension_is_a_column_and_may_be_corrected():
    for dimension in Dimension:
        assert dimension in tables.Labels.model_fields
        assert dimension in CORRECTABLE
