"""YouTube, Aparat, Virgool and Zoomit: their addresses, their paging, and bodies that are no answer."""

import json
from pathlib import Path

import pytest
from paging import walk

from crawlers.page import Ask, LogicalError, Shut
from crawlers.spiders.aparat import Aparat
from crawlers.spiders.virgool import Virgool
from crawlers.spiders.youtube import YouTube
from crawlers.spiders.zoomit import Zoomit
from domain.errors import BadInput

CASES = Path(__file__).parent / "sources"
ALL = (YouTube, Aparat, Virgool, Zoomit)
CHANNEL = "UC" + "x" * 22
VIDEO = "https://youtu.be/Qx7abc_dE-1"
POST = "https://virgool.io/@writer/x-abcdef123456"
ARTICLE = "https://www.zoomit.ir/mobile/402115-phone/"


def spider(source, url, **more):
    return source(url=url, brand="shop", key=bytes(32), credentials={"youtube_key": "SECRET"}, **more)


def case(name):
    return (CASES / name / "body.json").read_bytes()


def serve(pages):
    """Answer by what an address holds; the first that fits."""
    return lambda ask: next(body for part, body in pages.items() if part in ask.url)


def ids(mentions):
    return [mention.native_id for mention in mentions]


@pytest.mark.parametrize(
    ("source", "url", "asked"),
    [
        (YouTube, "https://www.youtube.com/watch?v=Qx7abc_dE-1&t=4s", "videoId=Qx7abc_dE-1"),
        (YouTube, "m.youtube.com/watch?list=PL1&v=Qx7abc_dE-1#x", "videoId=Qx7abc_dE-1"),
        (YouTube, "https://youtu.be/Qx7abc_dE-1?si=abc", "videoId=Qx7abc_dE-1"),
        (YouTube, "https://youtube.com/shorts/Qx7abc_dE-1/", "videoId=Qx7abc_dE-1"),
        (YouTube, "Qx7abc_dE-1", "videoId=Qx7abc_dE-1"),
        (YouTube, f"https://www.youtube.com/channel/{CHANNEL}/videos", f"allThreadsRelatedToChannelId={CHANNEL}"),
        (YouTube, CHANNEL, f"allThreadsRelatedToChannelId={CHANNEL}"),
        (Aparat, "https://www.aparat.com/v/k3dA9?t=3", "/video/comment/list/videohash/k3dA9?"),
        (Aparat, "aparat.com/v/k3dA9/title", "/video/comment/list/videohash/k3dA9?"),
        (Aparat, "https://www.aparat.com/video/video/embed/videohash/k3dA9/vt/frame", "/videohash/k3dA9?"),
        (Aparat, "https://www.aparat.com/my.shop/", "/user/video/list/username/my.shop"),
        (
            Virgool,
            "https://virgool.io/@a.b/%D9%85%D9%86-%D9%88-abcdef123456?x=1",
            "/posts/abcdef123456/comments?page=1",
        ),
        (Virgool, "virgool.io/some-pub/عنوان-پست-abcdef123456#c", "/posts/abcdef123456/comments?page=1"),
        (Zoomit, ARTICLE, "/feedbacks?topicId=402115&"),
        (
            Zoomit,
            "https://api2.zoomit.ir/discussion/api/feedbacks?size=10&topicId=402115",
            "/feedbacks?topicId=402115&",
        ),
        (Zoomit, "zoomit.ir/tech-iran/گزارش/", "https://www.zoomit.ir/tech-iran/گزارش/"),
    ],
)
def test_an_address_is_understood_in_its_usual_forms(source, url, asked):
    [ask] = spider(source, url).asks()
    assert asked in ask.url
    assert "SECRET" not in ask.url


@pytest.mark.parametrize("source", ALL)
@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://[",
        "https://evil.example/watch?v=Qx7abc_dE-1",
        "https://youtube.com.evil.example/watch?v=Qx7abc_dE-1",
    ],
)
def test_what_is_none_of_a_source_is_refused_with_an_example(source, url):
    with pytest.raises(BadInput, match="https://"):
        list(spider(source, url).asks())


@pytest.mark.parametrize(
    ("source", "url", "words"),
    [
        (YouTube, "https://www.youtube.com/@shop", "Copy channel ID"),
        (YouTube, "https://www.youtube.com/watch?v=short", "watch"),
        (Aparat, "https://www.aparat.com/api/fa/v1", "aparat.com/v/"),
        (Aparat, "https://www.aparat.com/v/../../x", "aparat.com/v/"),
        (Virgool, "https://virgool.io/@writer", "virgool.io/@user"),
        (Zoomit, "https://www.zoomit.ir/", "zoomit.ir/mobile"),
    ],
)
def test_a_near_miss_is_told_what_to_write(source, url, words):
    with pytest.raises(BadInput, match=words):
        list(spider(source, url).asks())


@pytest.mark.parametrize("source", ALL)
@pytest.mark.parametrize(
    "body", [b"", b"<html><title>x</title></html>", b"[]", b"{}", b"null", b'{"data": null}', b'{"items": {}}', b"\x00"]
)
def test_what_is_no_answer_is_never_taken_for_no_comments(source, body):
    reader = spider(source, "")
    for url in ("", "http://[", reader.api):
        with pytest.raises(LogicalError):
            reader.page(body, url)


@pytest.mark.parametrize(
    ("source", "name", "key"),
    [
        (YouTube, "youtube/threads", "items"),
        (Aparat, "aparat/comments", "data"),
        (Virgool, "virgool/comments", "data"),
        (Zoomit, "zoomit/comments", "allFeedback"),
    ],
)
@pytest.mark.parametrize("odd", [None, True, 7, 1e400, "x\x00", [], [[]], {}, {"id": []}], ids=repr)
def test_no_value_at_any_place_of_a_row_breaks_a_page(source, name, key, odd):
    whole = json.loads(case(name))

    def spoil(value):
        """Every copy of a value with one part of it replaced."""
        for place in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
            copy = dict(value) if isinstance(value, dict) else list(value)
            copy[place] = odd
            yield copy
            for inner in spoil(value[place]):
                copy[place] = inner
                yield copy

    url = (CASES / name / "url.txt").read_text().strip()
    reader = spider(source, "")
    for row in spoil(whole[key]):
        page = reader.page(json.dumps(whole | {key: row}).encode(), url)
        assert all(isinstance(mention.text, str) and isinstance(mention.title, str) for mention in page.mentions)
    for rest in spoil({name: value for name, value in whole.items() if name != key}):
        try:
            reader.page(json.dumps({**rest, key: whole[key]}).encode(), url)
        except LogicalError:
            assert source in (YouTube, Aparat)


# YouTube


def test_youtube_reads_threads_and_the_replies_that_were_left_out():
    replies = case("youtube/replies")
    first, last = json.loads(case("youtube/threads")), {"items": []}
    asked: list[Ask] = []

    def answer(ask):
        asked.append(ask)
        return serve(
            {"parentId=UgwA1": replies, "pageToken=": json.dumps(last).encode(), "videoId": json.dumps(first).encode()}
        )(ask)

    found = walk(spider(YouTube, VIDEO), answer)
    assert ids(found)[-2:] == ["UgwA1.r3", "UgwA1.r4"]
    assert {mention.parent for mention in found[-2:]} == {"UgwA1"}
    assert [(ask.listing, ask.optional) for ask in asked] == [
        ("comments", False),
        ("replies/UgwA1", True),
        ("comments", False),
    ]
    assert all(ask.headers == {"X-goog-api-key": "SECRET"} and "SECRET" not in ask.url for ask in asked)
    assert "order=time" in asked[2].url
    assert "pageToken=QURTSl9p" in asked[2].url


def test_youtube_asks_for_replies_again_when_their_number_changes():
    reader, body = spider(YouTube, VIDEO), case("youtube/threads")
    assert list(reader.page(body, "").asks) == ["replies/UgwA1@7"]
    assert list(reader.page(body.replace(b'"totalReplyCount": 7', b'"totalReplyCount": 8'), "").asks) == [
        "replies/UgwA1@8"
    ]
    assert list(reader.page(body.replace(b'"totalReplyCount": 7', b'"totalReplyCount": 2'), "").asks) == []


def test_youtube_replies_go_on_in_their_own_listing():
    body = json.dumps({**json.loads(case("youtube/replies")), "nextPageToken": "T"}).encode()
    url = (CASES / "youtube/replies/url.txt").read_text().strip()
    ask = spider(YouTube, VIDEO).page(body, url).next
    assert (ask.listing, ask.optional) == ("replies/UgwA1", True)
    assert "parentId=UgwA1" in ask.url


@pytest.mark.parametrize(
    ("code", "reason", "kind", "words"),
    [
        (403, "commentsDisabled", LogicalError, "turned off"),
        (403, "quotaExceeded", Shut, "quotaExceeded"),
        (404, "videoNotFound", LogicalError, "404 videoNotFound"),
        (None, None, LogicalError, "error"),
    ],
)
def test_youtube_errors_are_named(code, reason, kind, words):
    error = {"code": code, "message": "x", "errors": [{"reason": reason, "domain": "youtube"}]} if code else "odd"
    with pytest.raises(LogicalError, match=words) as caught:
        spider(YouTube, VIDEO).page(json.dumps({"error": error, "items": []}).encode(), "")
    assert caught.type is kind


# Aparat


def test_aparat_reads_a_channel_down_to_the_replies():
    asked = []
    empty = json.dumps({"data": [], "included": []}).encode()
    second = json.dumps({"data": [{"type": "Row", "attributes": {"total": 0, "link": None}}], "included": []}).encode()

    def answer(ask):
        asked.append((ask.listing, ask.optional))
        return serve({
            "/nextid/7/": second, "/username/": case("aparat/videos"), "comment_id/9003": case("aparat/replies"),
            "lastid=9008": empty, "videohash/k3dA9": case("aparat/comments"), "videohash/zz1": empty,
        })(ask)  # fmt: skip

    found = walk(spider(Aparat, "https://www.aparat.com/shop"), answer)
    assert {mention.native_id: mention.parent for mention in found} == {
        "9001": "", "9002": "9001", "9003": "", "9004": "", "9005": "9004", "9008": "", "9010": "9003", "9011": "9003",
    }  # fmt: skip
    assert asked == [
        ("videos", False), ("comments/k3dA9", True), ("comments/zz1", True), ("videos", False),
        ("replies/9003", True), ("comments/k3dA9", True),
    ]  # fmt: skip


def test_aparat_looks_at_a_video_again_only_after_new_views():
    page = spider(Aparat, "https://www.aparat.com/shop").page(case("aparat/videos"), "")
    assert list(page.asks) == ["comments/k3dA9@120", "comments/zz1@۱.۲ هزار"]


def test_aparat_tells_what_is_gone_and_follows_no_link_elsewhere():
    reader, body = spider(Aparat, "https://www.aparat.com/v/k3dA9"), case("aparat/comments")
    url = (CASES / "aparat/comments/url.txt").read_text().strip()
    assert reader.page(body, url).gone == ("9007",)
    assert reader.page(body, url).next.url.endswith("?lastid=9008&perpage=100")
    away = json.loads(body) | {"links": {"next": "https://evil.example/", "more": None}}
    assert reader.page(json.dumps(away).encode(), url).next is None


@pytest.mark.parametrize(("status", "kind"), [("403", Shut), ("404", LogicalError), (None, LogicalError)])
def test_aparat_errors_are_no_empty_lists(status, kind):
    with pytest.raises(LogicalError) as caught:
        spider(Aparat, "").page(json.dumps({"errors": [{"status": status, "detail": "x"}], "data": []}).encode(), "")
    assert caught.type is kind


# Virgool


def test_virgool_reads_pages_and_replies_at_any_depth():
    end = json.dumps({"data": []}).encode()
    deeper = (
        case("virgool/replies")
        .replace(b"r1aaaaaaaaaaaaa", b"r3bbbbbbbbbbbbb")
        .replace(b'"replies": 1', b'"replies": 0')
    )
    pages = {
        "comments?page=1": case("virgool/comments"), "comments?page=2": end,
        "/c1aaaaaaaaaaaaa": case("virgool/replies"), "/c3ccccccccccccc": end, "/r1aaaaaaaaaaaaa": deeper,
    }  # fmt: skip
    found = walk(spider(Virgool, POST), serve(pages))
    assert ids(found) == ["c1aaaaaaaaaaaaa", "c2bbbbbbbbbbbbb", "c7ggggggggggggg", "r1aaaaaaaaaaaaa", "r3bbbbbbbbbbbbb"]
    assert {mention.url for mention in found} == {POST}
    assert "reader00" not in str([(mention.text, mention.url, mention.author) for mention in found])


def test_virgool_marks_and_deletions():
    page = spider(Virgool, POST).page(case("virgool/comments"), "")
    assert list(page.asks) == ["replies/c1aaaaaaaaaaaaa@2", "replies/c3ccccccccccccc@1"]
    assert all(ask.optional and mark.startswith(ask.listing + "@") for mark, ask in page.asks.items())
    assert page.gone == ("c5eeeeeeeeeeeee",)


# Zoomit


def test_zoomit_reads_every_page_with_what_is_nested():
    second = json.dumps({"allFeedback": [{"id": 801, "content": "یک\nدو", "user": None}], "hasNext": True}).encode()
    pages = {"offset=1&": case("zoomit/comments"), "offset=2&": second, "offset=3&": case("zoomit/last")}
    found = walk(spider(Zoomit, ARTICLE), serve(pages))
    assert [(mention.native_id, mention.parent) for mention in found] == [
        ("701", ""), ("702", "701"), ("703", "702"), ("704", ""), ("706", ""), ("801", ""),
    ]  # fmt: skip
    assert found[-1].text == "یک\nدو"
    assert {mention.url for mention in found} == {ARTICLE}


@pytest.mark.parametrize(
    "head",
    [
        '<link rel="canonical" href="https://www.zoomit.ir/mobile/402115-phone/">',
        '<script>{"topicId": "402115"}</script>',
    ],
)
def test_zoomit_finds_the_number_on_the_article(head):
    reader = spider(Zoomit, "https://www.zoomit.ir/mobile/phone/")
    html = f"<!doctype html><html><head>{head}</head><a href='/mobile/9-other/'>x</a></html>".encode()
    found = walk(reader, serve({"topicId=402115": case("zoomit/last"), "/mobile/phone/": html}))
    assert found == []
    with pytest.raises(LogicalError, match="HTML"):  # where JSON belongs, an article would lead here again
        reader.page(html, f"{reader.api}?topicId=402115&offset=1")
