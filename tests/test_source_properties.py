"""What holds for every source, whatever a stranger's server sends: no crash, no empty mention, no name."""

import copy
import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawlers.addresses import joined
from crawlers.catalogue import sources
from crawlers.page import query_of, with_query
from domain.dates import read_date
from domain.errors import BadInput
from domain.query import Query, variants
from domain.rating import read_rating

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SOURCES = sources()
BODIES = {name: sorted((Path(__file__).parent / "sources" / name).glob("*/body.*")) for name in SOURCES}
#: Where a body may have come from: nowhere (a saved file), or some page with a query of another source.
ADDRESSES = ("", "https://shop.example/", "http://127.0.0.1:8080/a/b?page=x&offset=²&limit=-1&cursor=#c")
LINKS = (*ADDRESSES, "https://[", "http://a:99999999/", "نشانی", "?page=²", "//[::1]/", "mailto:x@shop.example")

HOSTILE = (
    "", " ", "\x00", "\ud800", "می\u200cخرم كيفيت بد بود", "۱۴۰۵/۱۳/۴۵", "٣ روز پیش", "\u202eوارونه\u202c",
    "<b>x</b>" * 9, "<![CDATA[", "&#xD800;", "javascript:alert(1)", "http://[", "http://a:99999999/", "-1", "1e999",
    "NaN", "0" * 400, "0001-01-01T00:00:00+14:00", "9999-12-31 23:59:59", "None", "😀" * 50, "x" * 3_000,
)  # fmt: skip
TEXT = st.one_of(
    st.sampled_from(HOSTILE),
    st.text("ابپتی يكآ\u200c۰۵٣_#-<>&/:%?=.[]@", max_size=30),
    st.text(st.characters(), max_size=20),
)
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([0, -1, 10**30, -(10**400), 1785672451]),
    st.floats(),
    TEXT,
)
NESTED: object = "ته"
for _ in range(100):
    NESTED = {"id": [NESTED]}
JSON = st.one_of(
    st.recursive(
        LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4), max_leaves=12
    ),
    st.just(NESTED),
)


def few(examples):
    """Few examples, the same ones in every run."""
    return settings(
        max_examples=examples, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
    )


def read(name, body, url):
    """Read a body as a crawl does; a refusal is an answer, all else a bug."""
    spider = SOURCES[name](brand="shop", key=bytes(32))
    spider.now = NOW
    try:
        mentions = spider.read(body, url)
    except BadInput:
        return
    for mention in mentions:
        assert mention.text.strip()
        assert mention.native_id
        assert mention.source == name
        assert not mention.url or mention.url.startswith(("http://", "https://"))
        assert mention.rating is None or 0 <= mention.rating <= 1
        assert re.fullmatch("(?:[0-9a-f]{32})?", mention.author)
        assert mention.published_at is None or mention.published_at.tzinfo is not None


def places(value, path=()):
    """The path of every node of a JSON value."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in inner:
        yield from places(child, (*path, key))


def changed(value, path, new, *, gone):
    """A copy in which one node is another, or is gone."""
    if not path:
        return new
    found = copy.deepcopy(value)
    parent = found
    for key in path[:-1]:
        parent = parent[key]
    if gone:
        del parent[path[-1]]
    else:
        parent[path[-1]] = new
    return found


def with_body(*, is_json):
    """The sources that have a case with such a body."""
    return [name for name, bodies in BODIES.items() if any((body.suffix == ".json") == is_json for body in bodies)]


def case(data, name, *, is_json):
    """The body and the address of one of a source's cases."""
    path = data.draw(st.sampled_from([body for body in BODIES[name] if (body.suffix == ".json") == is_json]))
    return path.read_bytes(), data.draw(st.sampled_from([(path.parent / "url.txt").read_text().strip(), *ADDRESSES]))


@pytest.mark.parametrize("name", SOURCES)
@few(30)
@given(
    body=st.binary(max_size=200) | TEXT.map(lambda text: text.encode("utf-8", "surrogatepass")),
    url=st.sampled_from(ADDRESSES),
)
def test_any_bytes_are_read_or_refused(name, body, url):
    read(name, body, url)


@pytest.mark.parametrize("name", SOURCES)
@pytest.mark.parametrize(
    "body", [b"[" * 100_000, b'{"a":' * 5_000 + b"1" + b"}" * 5_000, b"<b>" * 50_000, b"", b"\xef\xbb\xbf"]
)
def test_deep_and_empty_bodies_are_read_or_refused(name, body):
    read(name, body, "https://shop.example/")


@pytest.mark.parametrize("name", SOURCES)
@few(40)
@given(value=JSON, url=st.sampled_from(ADDRESSES))
def test_any_json_is_read_or_refused(name, value, url):
    read(name, json.dumps(value).encode(), url)


@pytest.mark.parametrize("name", with_body(is_json=True))
@few(60)
@given(data=st.data())
def test_a_case_with_wrong_values_is_read_or_refused(name, data):
    body, url = case(data, name, is_json=True)
    value = json.loads(body)
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(list(places(value))))
        value = changed(value, path, data.draw(JSON), gone=data.draw(st.booleans()))
    read(name, json.dumps(value).encode(), url)


@pytest.mark.parametrize("name", with_body(is_json=False))
@few(60)
@given(data=st.data())
def test_a_case_cut_and_spliced_is_read_or_refused(name, data):
    body, url = case(data, name, is_json=False)
    start, end = sorted(data.draw(st.lists(st.integers(0, len(body)), min_size=2, max_size=2)))
    middle = data.draw(st.binary(max_size=20) | TEXT.map(lambda text: text.encode("utf-8", "surrogatepass")))
    tail = body[end:] if data.draw(st.booleans()) else b""
    read(name, body[:start] + middle + tail, url)


DATE_LIKE = st.from_regex(
    r"\A[0-9۰-۹]{1,5}[-/. ]([0-9۰-۹]{1,2}|مهر|اسفند|ماه|روز|h?our|days?) ?[-/.]?( ?[0-9]{1,5}|پیش|ago)?"
    r"([ T,][0-9]{1,2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?)?( ?[AP]M|Z|[+-][0-9:]{2,9})?\Z"
)


@few(300)
@given(text=TEXT | DATE_LIKE | st.text("0123456789", max_size=14), now=st.sampled_from([NOW, None]))
def test_a_date_is_read_or_refused(text, now):
    try:
        moment = read_date(text, now)
    except BadInput:
        return
    assert moment.at.tzinfo is UTC


@few(300)
@given(
    raw=LEAVES | st.floats(-1, 12).map(str),
    scale=st.sampled_from(["1..5", "0..10", "0..100", "5..1", "", "۱..۵"]) | TEXT,
)
def test_a_rating_is_read_or_refused(raw, scale):
    try:
        rating = read_rating(raw, scale)
    except BadInput:
        return
    assert rating is None or 0 <= rating <= 1


NAMES = st.text("ابپتیکآدژ \u200c_-#ك", max_size=12) | TEXT


@few(300)
@given(name=NAMES)
def test_variants_begin_with_the_name_or_are_refused(name):
    try:
        found = variants(name)
    except BadInput:
        return
    assert found[0] == name.strip().lstrip("#").strip()
    assert len(set(found)) == len(found)


@few(200)
@given(
    parts=st.lists(st.text("ابپتیکآدژ", min_size=1, max_size=6), min_size=1, max_size=3),
    mark=st.sampled_from(" \u200c_-"),
)
def test_spacing_and_letters_do_not_hide_a_name(parts, mark):
    name = mark.join(parts)
    query = Query((name,))
    forms = {other.join(parts) for other in (" ", "\u200c", "_")}
    forms |= {form.replace("ی", "ي").replace("ک", "ك") for form in forms}
    if len(parts) > 1:
        assert forms <= set(variants(name))
    for form in forms:
        assert query.found_by(f"از {form} خریدم، {form}ها بد بود") == name


@few(200)
@given(base=TEXT | st.sampled_from(LINKS), link=TEXT | st.sampled_from(LINKS))
def test_any_link_is_resolved_or_dropped(base, link):
    assert isinstance(joined(base, link), str)


@few(200)
@given(url=TEXT | st.sampled_from(LINKS), value=TEXT)
def test_an_address_takes_a_parameter_or_is_refused(url, value):
    try:
        found = with_query(url, page=value, gone=None)
    except (BadInput, ValueError):  # brackets without an IPv6 address, half a surrogate pair
        return
    assert query_of(found, "page") == value
