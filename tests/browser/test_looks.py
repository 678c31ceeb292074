"""How every page looks: small grey pictures, beside those that somebody looked at and kept.

`make looks` (or SHENAVA_LOOKS=1 pytest tests/browser/test_looks.py) keeps the pictures of all pages anew: look at what
changed before committing it. A picture that differs is left in pytest's temporary folder, beside the kept one.

A picture is the whole page, shrunk to a quarter; two are compared in blocks of 12 points of the screen: letters turn
into grey, so that neither another edge of a font nor another word counts, and what moved, vanished, overlaps or lost
its style does. With it goes what needs no picture (structure.py), on light and dark pages. The clock of the app stands
(on_a_day.py), animations are off and the fonts are our own.
"""

import io
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from on_a_day import clock_stopped
from PIL import Image, ImageChops
from sample_store import fill
from structure import complaints, tabbed
from test_browser import CHROMIUM, FLAGS, PAGES, ROOT, Visit, wait_for

from domain.vocabulary import CrawlOutcome
from store import writes
from store.database import open_store

KEPT = Path(__file__).with_name("looks")
#: Width and height of the window, and how much of a long page a picture holds.
SIZES = {"desktop": (1360, 900, 2000), "phone": (390, 844, 2400)}
LANGUAGES = ("fa", "en")
DIRECTIONS = {"fa": "rtl", "en": "ltr"}
#: The kept pictures are so many times smaller than the screen, and the blocks that are compared once more.
SMALLER, BLOCK = 4, 3
#: Of the blocks that are not empty, this share may differ by this much grey (of 255).
SHARE, GREY = 0.06, 20
RENEW = bool(os.environ.get("SHENAVA_LOOKS"))

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no browser at {CHROMIUM} (Debian: chromium)")


@contextmanager
def app_then(url: str, data: Path) -> Iterator[str]:
    """The app on a store, on a day of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, str(Path(__file__).with_name("on_a_day.py")), "--server.port", str(port)]
    settings = {"SHENAVA_DATABASE_URL": url, "SHENAVA_DATA": str(data), "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **settings}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_for(f"http://127.0.0.1:{port}/_stcore/health")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="module")
def then(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app on the sample store with one crawl that ended well and one that was shut out."""
    data = tmp_path_factory.mktemp("then")
    url = f"sqlite:///{data / 'shenava.db'}"
    with clock_stopped():
        engine = open_store(url)
        fill(engine)
        for address, outcome, counts in (
            ("https://blog.example/", CrawlOutcome.OK, {"new": 30, "seen": 34}),
            ("https://shop.example/", CrawlOutcome.BLOCKED, {"new": 0, "seen": 0}),
        ):
            target = writes.add_target(engine, "wordpress", address, "sib")
            writes.finish_run(engine, writes.start_run(engine, target.id), outcome, counts)
        engine.dispose()
    with app_then(url, data) as address:
        yield address


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app on a store with an account: it asks who is there."""
    data = tmp_path_factory.mktemp("locked")
    url = f"sqlite:///{data / 'shenava.db'}"
    engine = open_store(url)
    writes.add_user(engine, "sara", "admin", "a long secret of hers")
    engine.dispose()
    with app_then(url, data) as address:
        yield address


@pytest.fixture(scope="module")
def window():
    """One browser for all pictures."""
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser.new_context(locale="fa-IR", color_scheme="light", reduced_motion="reduce")
        browser.close()


@pytest.fixture
def visit(window) -> Iterator[Visit]:
    visit = Visit(window)
    yield visit
    visit.page.close()


def resize(visit: Visit, size: str, *, whole: bool = False) -> None:
    """A window of a size, or one that is so high that the whole page stands in it."""
    width, height, most = SIZES[size]
    visit.page.set_viewport_size({"width": width, "height": height})
    if whole:
        long = visit.page.evaluate(
            "Math.max(...[document.documentElement, ...document.querySelectorAll('[data-testid=stMain]')]"
            ".map(e => e.scrollHeight))"
        )
        visit.page.set_viewport_size({"width": width, "height": max(height, min(long, most))})


def small(visit: Visit) -> Image.Image:
    """What the window shows, in grey, shrunk, once it holds still."""
    # On a busy machine a field's code may come late: until then a grey bar stands there, which holds still, too.
    visit.page.wait_for_function("!document.querySelector('[data-testid=stSkeleton]')", timeout=30_000)
    before = b""
    for _ in range(20):
        now = visit.page.screenshot(animations="disabled", caret="hide")
        if now == before:
            break
        before = now
        visit.page.wait_for_timeout(150)
    picture = Image.open(io.BytesIO(now)).convert("L")
    return picture.resize((picture.width // SMALLER, picture.height // SMALLER), Image.Resampling.BOX)


def difference(one: Image.Image, other: Image.Image) -> float:
    """Share of the blocks with something in them that differ, 0..1; where one page is longer, the other is empty."""
    size = max(one.width, other.width), max(one.height, other.height)
    first, second = (_blocks(picture, size) for picture in (one, other))
    filled = np.maximum(*(np.abs(blocks - np.median(blocks)) for blocks in (first, second))) >= GREY / 4
    return float((np.abs(first - second) >= GREY)[filled].mean()) if filled.any() else 0.0


def _blocks(picture: Image.Image, size: tuple[int, int]) -> "np.ndarray":
    page = Image.new("L", size, int(np.median(np.asarray(picture))))
    page.paste(picture)
    # A line of text that stands one point lower is the same line.
    return np.asarray(page.resize((size[0] // BLOCK, size[1] // BLOCK), Image.Resampling.BOX), np.int16)


def compare(visit: Visit, name: str, tmp_path: Path) -> None:
    """Hold a picture against the kept one, or keep it."""
    now, kept = small(visit), KEPT / f"{name}.webp"
    if RENEW:
        KEPT.mkdir(exist_ok=True)
        now.save(kept, quality=45, method=6)
        return
    assert kept.exists(), f"no picture {kept.name}: look at the page, then say: make looks"
    before = Image.open(kept).convert("L")
    share = difference(now, before)
    if share > SHARE:
        now.save(tmp_path / f"{name}.png")
        if now.size == before.size:
            ImageChops.difference(now, before).save(tmp_path / f"{name}-changed.png")
    assert share <= SHARE, f"{name}: {share:.1%} of what is on the page changed; see {tmp_path}"


def address(base: str, path: str, language: str) -> str:
    """A page in a language."""
    return f"{base}/{path}{'&' if '?' in path else '?'}lang={language}"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_looks_as_it_was_kept(then: str, visit: Visit, name: str, language: str, tmp_path: Path):
    visit.open(address(then, PAGES[name], language))
    assert visit.page.locator("html").get_attribute("dir") == DIRECTIONS[language]
    for size in SIZES:
        resize(visit, size)
        assert visit.overflow() <= 0
        resize(visit, size, whole=True)
        compare(visit, f"{name}-{language}-{size}", tmp_path)
        assert complaints(visit) == []
    visit.page.emulate_media(color_scheme="dark")
    visit.page.wait_for_function("matchMedia('(prefers-color-scheme: dark)').matches")
    visit.page.wait_for_timeout(400)
    assert complaints(visit) == []
    assert visit.errors == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_door_looks_as_it_was_kept(locked: str, visit: Visit, language: str, tmp_path: Path):
    visit.page.goto(address(locked, "", language))
    visit.page.wait_for_selector("input[type=password]", timeout=30_000)
    for size in SIZES:
        resize(visit, size)
        compare(visit, f"sign-in-{language}-{size}", tmp_path)
        assert complaints(visit) == []
    visit.page.emulate_media(color_scheme="dark")
    assert complaints(visit) == []
    assert tabbed(visit, 6)[-4:] != [""] * 4


HARMS = {
    "another direction": "html, html * { direction: ltr !important; text-align: left !important }",
    "covered by the filters": "section[data-testid=stSidebar] { width: 600px !important; min-width: 600px !important }",
    "overlapping": ".stHtml { height: 8px !important }",
    "wider gaps": ".stHtml { margin-top: 40px }",
    "dark ground": ".stApp { background: #345 !important }",
}
_OURS_AWAY = "document.querySelectorAll('head > style').forEach(e => e.sheet.cssRules.length > 150 && e.remove())"


def test_a_page_that_is_harmed_does_not_pass(then: str, visit: Visit):
    visit.open(address(then, PAGES["journey"], "fa"))
    resize(visit, "desktop", whole=True)
    whole = small(visit)
    changed = {}
    for harm, style in HARMS.items():
        tag = visit.page.add_style_tag(content=style)
        changed[harm] = difference(small(visit), whole)
        tag.evaluate("element => element.remove()")
    assert difference(small(visit), whole) < SHARE / 4
    visit.page.evaluate(_OURS_AWAY)
    changed["no style of ours"] = difference(small(visit), whole)
    assert {harm: share for harm, share in changed.items() if share <= 1.5 * SHARE} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_other_words_and_another_edge_of_the_font_pass(then: str, visit: Visit, language: str):
    visit.open(address(then, "", language))
    whole = small(visit)
    visit.page.evaluate("document.querySelector('h1.sh-title').textContent = 'x'.repeat(8)")
    visit.page.add_style_tag(content="* { -webkit-font-smoothing: none; text-rendering: geometricPrecision; }")
    visit.page.add_style_tag(content=".stHtml { position: relative; top: 1px; opacity: .97 }")
    assert difference(small(visit), whole) <= SHARE


@pytest.mark.parametrize(
    ("harm", "complaint"),
    [
        ("<p style='color: #bbb; background: #fff'>pale words</p>", "contrast"),
        ("<p style='position: fixed; left: 95vw; white-space: nowrap'>words beyond the edge</p>", "outside the window"),
        ("<p style='width: 60px; overflow: hidden; white-space: nowrap'>words that are cut off</p>", "cut"),
        ("<input>", "no name"),
        ("<button tabindex='-1' style='width: 50px'>for the mouse</button>", "no keyboard"),
    ],
)
def test_what_is_wrong_is_complained_of(then: str, visit: Visit, harm: str, complaint: str):
    visit.open(address(then, "settings", "en"))
    visit.page.evaluate("html => document.querySelector('h1.sh-title').insertAdjacentHTML('afterend', html)", harm)
    assert any(one.startswith(complaint) for one in complaints(visit)), complaints(visit)
