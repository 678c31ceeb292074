"""Names: short statements in good Persian that are true of what people say, and never the same twice."""

import re
from itertools import islice

import pytest

from domain.vocabulary import Sentiment, Touchpoint
from nlp import naming
from nlp.naming import Unnamed, free, ranked

SIDES = (Sentiment.NEGATIVE, Sentiment.POSITIVE)
COLD = [
    "غذا سرد بود",
    "غذا کاملا سرد بود",
    "غذاش سرد رسید",
    "پیتزا یخ کرده بود",
    "غذا سرد شده بود",
    "غذای سرد آوردند",
    "غذا سرد بود متاسفانه",
    "غذا اصلا گرم نبود، سرد بود",
    "کباب سرد بود",
    "غذا سرد به دستم رسید",
]
HOSTILE = [
    "",
    "😡" * 100_000,
    "<script>alert(1)</script>",
    "=cmd|'/c calc'!A1",
    "\u202eوارونه\u202c",
    "buy now http://example.org",
    "\x00\ud800",
    "غذا سرد بود " * 9_000,
    "ا" * 100_000,
    "و و و و و",
]


def cold(polarity="negative", touchpoint="product", passages=COLD):
    return Unnamed(polarity, touchpoint, passages)


@pytest.mark.parametrize("polarity", SIDES)
def test_the_phrasebook_is_written_well(polarity):
    lines = (naming.FOLDER / f"{polarity}.tsv").read_text(encoding="utf-8").splitlines()
    fields = [line.split("\t") for line in lines]
    assert [line for line, parts in zip(lines, fields, strict=True) if len(parts) != 2] == []
    assert {place for place, _ in fields} <= set(map(str, Touchpoint)) - {Touchpoint.NONE} | {"any"}
    words = [said for _, said in fields]
    assert len(words) > 1000
    assert sorted({said for said in words if words.count(said) > 1}) == []
    assert [said for said in words if not 2 <= len(said.split()) <= 7] == []
    assert [said for said in words if re.search(r"[^ء-غف-قل-وپچژکگیآأإئؤۀ\u064b\u200c ]", said)] == []
    assert [said for said in words if said != " ".join(said.split())] == []


#: Endings of finite verbs: is, was, became, has, does, gives, goes, …, and the third persons of the rest.
_FINITE = re.compile(
    r"(?:^|\S*\u200c)?(?:است|هست|نیست|بود|نبود|شد|نشد|شود|نشود|دارد|ندارد|داشت|نداشت|دارند|ندارند"
    r"|(?:بر|در|ور|باز)?ن?می\u200c\S+[دن]د?|\S+(?:ند|اند|است)|شده|نشده|\S*(?:کرد|داد|رسید|آمد|رفت|ریخت|شکست|افتاد|سوخت|ماند|گرفت"
    r"|خورد|زد|کند|دهد|باشد|\u200cگوست|گفت|فروخت|گذاشت|برد|دید|کشید|خواست|انداخت|توانست))"
)


@pytest.mark.parametrize("polarity", SIDES)
def test_statements_end_in_a_finite_verb(polarity):
    lines = (naming.FOLDER / f"{polarity}.tsv").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not _FINITE.fullmatch(line.split()[-1])] == []


def test_a_clear_group_has_a_clear_name():
    best = next(ranked(cold()))
    assert "سرد" in best.words and best.fit >= naming.GOOD
    assert best.words.split()[-1] != "و" and 2 <= len(best.words.split()) <= 7


def test_praise_and_blame_have_other_names():
    blame = free(cold(passages=["پشتیبانی جواب نمی‌دهد", "پشتیبانی پاسخگو نیست"] * 5, touchpoint="support"), ())
    praise = free(
        cold("positive", "support", ["پشتیبانی جواب می‌دهد", "پشتیبانی پاسخگو است", "پشتیبانی سریع جواب داد"] * 5), ()
    )
    assert blame != praise
    assert re.search(r"(?:^|\s)(?:ن\S+|گلایه|بی\S+|دیر)", blame), blame
    assert not re.search(r"(?:^|\s)نمی|نیست|گلایه", praise), praise


def test_no_group_of_warm_food_is_called_cold():
    name = free(cold("positive", "product", ["غذا داغ بود", "غذا گرم رسید", "غذا داغ و تازه بود"] * 4), ())
    assert "سرد" not in name


def test_names_never_end_and_are_never_the_same():
    for passages in (COLD, [], [""], ["و"]):
        names = [name.words for name in islice(ranked(cold(passages=passages)), 300)]
        assert len(names) == 300
        taken: set[str] = set()
        for _ in range(40):
            name = free(cold(passages=passages), taken)
            assert name not in taken and name.strip()
            taken.add(name)


def test_the_best_come_first():
    fits = [name.fit for name in islice(ranked(cold()), 50)]
    assert fits == sorted(fits, reverse=True)


def test_the_same_group_has_the_same_name():
    first = [name.words for name in islice(ranked(cold()), 100)]
    assert first == [name.words for name in islice(ranked(cold(passages=list(COLD))), 100)]


def test_a_statement_of_elsewhere_says_where_it_is():
    name = free(cold(touchpoint="wom"), ())
    best = next(ranked(cold(touchpoint="wom")))
    assert name.endswith(f"({Touchpoint.WOM.fa})") or not best.written or best.touchpoint == "wom"
    assert free(cold(touchpoint="product"), ()) != name


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_passages_have_a_name(text):
    for passages in ([text], [text] * 3, [text, *COLD]):
        name = free(cold(passages=passages), ())
        assert 2 <= len(name.split()) <= 12
        assert not re.search(r"[<>=|A-Za-z\d\x00\u202a-\u202e]", name), name


@pytest.mark.parametrize("touchpoint", [place for place in Touchpoint if place is not Touchpoint.NONE])
@pytest.mark.parametrize("polarity", SIDES)
def test_every_cell_can_be_named(polarity, touchpoint):
    assert free(Unnamed(polarity, touchpoint, []), ())


def test_a_statement_claims_nothing_that_is_unheard():
    told = ["با این قیمت به صرفه است", "خیلی به صرفه هست", "قیمتش به صرفه است", "عالی و به صرفه"] * 5
    assert "عمده" not in free(cold("positive", "price", told), ())
    late = ["خیلی دیر رسید", "غذا خیلی دیر رسید", "دو ساعت دیر رسید", "بسیار دیر رسید"] * 5
    assert "سرد" not in free(cold(touchpoint="delivery", passages=late), ())


def test_what_is_new_is_called_by_its_word():
    told = ["این گلمپک افتضاح بود", "گلمپک بد", "از گلمپک بدم آمد", "گلمپک را نخواستم"] * 3
    assert "گلمپک" in free(cold(passages=told), ())
