"""The app in a real browser: direction, fonts, silence on the network, and a phone's width."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).parent.parent.parent
CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
PAGES = {
    "overview": "", "experiences": "experiences", "theme": "experiences?theme=1", "dimensions": "dimensions",
    "journey": "journey", "compare": "compare", "explore": "explore", "queue": "queue", "review": "review",
    "export": "export", "crawls": "crawls", "settings": "settings",
}  # fmt: skip

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no browser at {CHROMIUM} (Debian: chromium)")


@contextmanager
def app(environment: dict[str, str]) -> Iterator[str]:
    """The app as `streamlit run app.py` starts it, on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    process = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **environment},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        wait_for(f"http://127.0.0.1:{port}/_stcore/health")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="module")
def server(sample_url: str) -> Iterator[str]:
    """The app on the sample store."""
    with app({"SHENAVA_DATABASE_URL": sample_url}) as address:
        yield address


def wait_for(address: str) -> None:
    """Until a server answers; half a minute at most."""
    for _ in range(120):
        try:
            urllib.request.urlopen(address, timeout=2)
        except OSError:
            time.sleep(0.25)
        else:
            return
    raise TimeoutError(address)


@pytest.fixture(scope="module")
def browser():
    """One window for all tests: the bundle of 11 MB is fetched once."""
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser.new_context(locale="fa-IR")
        browser.close()


class Visit:
    """A tab that remembers where it was sent and what it complained about."""

    def __init__(self, browser, width: int = 1360, height: int = 900) -> None:
        self.page = browser.new_page()
        self.page.set_viewport_size({"width": width, "height": height})
        self.hosts: set[str] = set()
        self.errors: list[str] = []
        self.page.on("request", self._asked)
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _asked(self, request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob"):
            self.hosts.add(parts.hostname or "")

    def _said(self, message) -> None:
        # Streamlit finds its base path by asking below the page first; it expects that 404.
        probe = "/_stcore/" in message.location.get("url", "")
        if message.type == "error" and not probe:
            self.errors.append(message.text)

    def open(self, address: str, ready: str = "h1.sh-title") -> "Visit":
        self.page.goto(address)
        self.page.wait_for_selector(ready, timeout=30_000)
        self.settle()
        return self

    def overflow(self) -> int:
        """Pixels by which the page is wider than the window, once the charts have found their new size."""
        wide = (
            "Math.max(...[document.documentElement, document.querySelector('[data-testid=stMain]')]"
            ".map(e => e.scrollWidth - e.clientWidth))"
        )
        for _ in range(40):
            if (pixels := self.page.evaluate(wide)) <= 0:
                break
            self.page.wait_for_timeout(250)
        return pixels

    def settle(self) -> None:
        self.page.wait_for_selector("[data-test-script-state=notRunning]", timeout=30_000)
        self.page.wait_for_timeout(200)


@pytest.fixture
def visit(browser) -> Iterator[Visit]:
    visit = Visit(browser)
    yield visit
    visit.page.close()


@pytest.mark.parametrize(("query", "language", "direction"), [("", "fa", "rtl"), ("?lang=en", "en", "ltr")])
def test_the_first_bytes_have_the_direction(server: str, query: str, language: str, direction: str):
    for path in PAGES.values():
        with urllib.request.urlopen(f"{server}/{path.partition('?')[0]}{query}") as answer:
            assert f'<html lang="{language}" dir="{direction}">' in answer.read().decode()


def test_without_scripts_the_page_is_already_right_to_left(server: str, browser):
    page = browser.browser.new_page(java_script_enabled=False)
    page.goto(server)
    assert page.locator("html").get_attribute("dir") == "rtl"
    assert page.title() == "شنوا"
    page.close()


@pytest.mark.parametrize("language", ["fa", "en"])
@pytest.mark.parametrize("name", PAGES)
def test_every_page_opens_by_its_address_in_silence_and_fits_a_phone(
    server: str, visit: Visit, name: str, language: str
):
    visit.open(f"{server}/{PAGES[name]}{'&' if '?' in PAGES[name] else '?'}lang={language}")
    assert visit.hosts == {"127.0.0.1"}
    assert visit.errors == []
    assert visit.page.locator(".sh-state.error").count() == 0
    assert visit.page.locator("html").get_attribute("dir") == ("rtl" if language == "fa" else "ltr")
    visit.page.set_viewport_size({"width": 390, "height": 844})
    visit.page.wait_for_timeout(300)
    assert visit.overflow() <= 0


def test_charts_are_drawn_in_our_own_font(server: str, visit: Visit):
    visit.open(server)
    loaded = visit.page.evaluate("[...document.fonts].filter(f => f.status === 'loaded').map(f => f.family)")
    assert any("Vazirmatn" in family for family in loaded)
    visit.page.wait_for_selector("[data-testid=stPlotlyChart] svg.main-svg", timeout=30_000)
    visit.page.wait_for_selector("canvas", timeout=30_000)
    assert visit.errors == []


def test_hostile_texts_are_inert(server: str, visit: Visit):
    visit.open(f"{server}/explore?brand=sib&brand=anar")
    visit.page.locator(".st-key-more button").click()
    visit.page.wait_for_function("document.querySelectorAll('article').length > 20")
    visit.settle()
    assert visit.page.evaluate("window.stolen") is None
    assert visit.page.locator("article :is(script, img, u, b b)").count() == 0
    assert visit.page.locator("a[href^='javascript']").count() == 0
    assert "<script>window.stolen = 1</script>" in visit.page.locator("article").all_inner_texts().__str__()
    assert visit.errors == []


def test_filters_survive_a_reload(server: str, visit: Visit):
    visit.open(f"{server}/explore?sentiment=mixed&touchpoint=product")
    before = visit.page.locator("article").count()
    assert before == 6
    visit.page.reload()
    visit.page.wait_for_selector("article")
    visit.settle()
    assert visit.page.locator("article").count() == before
    assert "sentiment=mixed" in visit.page.url
    assert visit.page.locator(".sh-chip.chosen").count() == 2


def test_a_widget_writes_the_address_and_pages_keep_it(server: str, visit: Visit):
    visit.open(f"{server}/explore")
    visit.page.get_by_role("button", name="منفی", exact=True).click()
    visit.page.wait_for_url("**sentiment=negative**")
    visit.page.get_by_role("link", name="تجربه‌های مشترک").click()
    visit.page.wait_for_url("**/experiences?**sentiment=negative**")
    visit.settle()
    assert visit.page.locator(".sh-chip.chosen").count() == 1
    assert visit.errors == []


def test_the_language_switch_turns_the_page(server: str, visit: Visit):
    visit.open(f"{server}/explore?sentiment=negative")
    visit.page.locator("a.sh-language").click()
    visit.page.wait_for_url("**lang=en**")
    visit.page.wait_for_selector("h1.sh-title:has-text('Explore')")
    assert visit.page.locator("html").get_attribute("dir") == "ltr"
    assert "sentiment=negative" in visit.page.url


def test_the_filters_open_and_close_on_a_phone(server: str, browser):
    visit = Visit(browser, 390, 844)
    visit.open(server)
    assert visit.page.get_by_test_id("stSidebar").is_visible() is False
    assert visit.overflow() <= 0
    visit.page.get_by_test_id("stExpandSidebarButton").click()
    visit.page.wait_for_selector("[data-testid=stSidebar][aria-expanded=true]")
    visit.page.wait_for_timeout(500)
    box = visit.page.get_by_test_id("stSidebar").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 391
    visit.page.close()
