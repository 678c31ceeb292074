"""Characters, dates and identities: what the everyday Persian web sends."""

import subprocess
import sys
from contextlib import suppress
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.dates import Precision, local_day, read_date, show_day, week_start
from domain.errors import BadInput
from domain.identity import author_hash, project_key
from domain.indices import net_share, share
from domain.mention import Mention
from domain.text import fold, persian_digits, storable


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("مي‌خواهم", "می خواهم"),
        ("كتاب‌هاي", "کتاب های"),
        ("دیجی_کالا", "دیجی‌کالا"),
        ("۱۲۳", "123"),
        ("سَلامٌ", "سلام"),
        ("مـــمنون", "ممنون"),
        ("OK", "ok"),
        ("ﺳﻼﻡ", "سلام"),
        ("رئيس", "رییس"),
    ],
)
def test_search_sees_no_difference(one, other):
    assert fold(one) == fold(other)


def test_search_keeps_what_differs():
    assert fold("آب") != fold("اب")
    assert fold("نمی‌ارزه") != fold("می‌ارزه")


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_any_text_can_be_stored_and_folded(text):
    storable(text).encode("utf-8")
    assert "\x00" not in storable(text)
    assert fold(fold(text)) == fold(text)


def test_a_text_of_letters_is_stored_as_it_is():
    raw = "سلام\u200cها \u202eabc\u202c 👩‍👩‍👧 é"
    assert storable(raw) == raw


@pytest.mark.parametrize(
    ("raw", "day", "precision"),
    [
        ("8 شهریور 1405", date(2026, 8, 30), Precision.DAY),
        ("۱۴۰۵/۰۶/۲۱", date(2026, 9, 12), Precision.DAY),
        ("۱۴۰۲/۶/۵", date(2023, 8, 27), Precision.DAY),
        ("2026/10/04", date(2026, 10, 4), Precision.DAY),
        ("2026-10-02 21:28:51", date(2026, 10, 2), Precision.SECOND),
        ("2026-10-02T02:00:07.8344403+03:30", date(2026, 10, 2), Precision.SECOND),
        ("2026-10-02T21:28:51Z", date(2026, 10, 3), Precision.SECOND),
        ("Sun, 22 Nov 2026 04:22:23 +0000", date(2026, 11, 22), Precision.SECOND),
        ("شنبه ۸ آذر ۱۴۰۴ ساعت ۱۲:۳۰", date(2025, 11, 29), Precision.MINUTE),
        ("30 اسفند 1403", date(2025, 3, 20), Precision.DAY),
        ("1795000000", date(2026, 11, 18), Precision.SECOND),
    ],
)
def test_dates_of_persian_sources(raw, day, precision):
    moment = read_date(raw)
    assert (local_day(moment.at), moment.precision, moment.raw) == (day, precision, raw)


def test_a_summer_before_2023_had_another_offset():
    assert read_date("2021-07-01 10:00").at == datetime(2021, 7, 1, 5, 30, tzinfo=UTC)
    assert read_date("2025-07-01 10:00").at == datetime(2025, 7, 1, 6, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "raw", ["", "دیروز خوب بود", "30 اسفند 1404", "1405/13/01", "2026-02-30", "9" * 500, "۱۴۰۵/۰۶"]
)
def test_what_is_no_date_is_refused(raw):
    with pytest.raises(BadInput, match="not a date"):
        read_date(raw)


@given(st.text(max_size=60))
def test_no_text_breaks_the_date_reader(raw):
    with suppress(BadInput):
        assert read_date(raw).at.tzinfo is UTC


def test_days_are_shown_in_the_language_of_the_screen():
    assert show_day(date(2026, 8, 30)) == "۸ شهریور ۱۴۰۵"
    assert show_day(date(2026, 8, 30), "en") == "30 Aug 2026"
    assert persian_digits("12.5%") == "۱۲.۵%"
    assert week_start(date(2026, 11, 22)) == date(2026, 11, 21)  # Saturday


def test_authors_are_counted_and_not_named(tmp_path):
    key = project_key(tmp_path / "secret.key")
    assert author_hash(key, "wordpress", "سارا") == author_hash(key, "wordpress", " سارا ")
    assert author_hash(key, "wordpress", "سارا") != author_hash(key, "feed", "سارا")
    assert author_hash(key, "wordpress", "سارا") != author_hash(b"other", "wordpress", "سارا")
    assert author_hash(key, "wordpress", "  ") == ""
    assert "سارا" not in author_hash(key, "wordpress", "سارا")


def test_the_secret_is_made_once_even_by_many_at_once(tmp_path):
    path = tmp_path / "data" / "secret.key"
    make = f"print(project_key(Path({str(path)!r})).hex())"
    code = f"from pathlib import Path; from domain.identity import project_key; {make}"
    running = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) for _ in range(5)]
    keys = {process.communicate()[0].strip() for process in running}
    assert len(keys) == 1 and len(keys.pop()) == 64
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(list(path.parent.iterdir())) == 1


@pytest.mark.parametrize("wrong", [{"native_id": ""}, {"rating": 1.5}, {"published_at": datetime(2026, 1, 1)}])
def test_a_mention_that_cannot_be_is_refused(wrong):
    with pytest.raises(BadInput):
        Mention(**({"source": "x", "native_id": "1", "brand": "b", "text": "خوب"} | wrong))


def test_intervals_hold_their_value_and_their_ends():
    for positive, negative, n in [(0, 0, 0), (5, 0, 5), (0, 5, 5), (300, 200, 600), (1, 1, 2)]:
        index = net_share(positive, negative, n)
        assert -100 <= index.low <= index.value <= index.high <= 100
    assert net_share(60, 40, 100).value == pytest.approx(20)
    assert net_share(600, 400, 1000).high - net_share(600, 400, 1000).low < 15
    assert net_share(10, 5, 20).too_few and not net_share(20, 5, 30).too_few
    wilson = share(8, 10)  # Wilson 1927, worked example: 0.490 .. 0.943
    assert (round(wilson.low, 1), round(wilson.high, 1)) == (49.0, 94.3)
