"""`make screenshots`: the READMEs' pictures from the demo's data; with a folder, every page in every way, to look at.

python tests/browser/screenshots.py [FOLDER]
"""

import io
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import BrowserContext, sync_playwright
from test_browser import CHROMIUM, FLAGS, PAGES, ROOT, Visit, app

#: Page, language and size of the pictures that the READMEs show.
SHOWN = (
    ("overview", "fa", "desktop"),
    ("experiences", "fa", "desktop"),
    ("dimensions", "fa", "desktop"),
    ("journey", "fa", "desktop"),
    ("compare", "fa", "desktop"),
    ("queue", "fa", "desktop"),
    ("explore", "en", "desktop"),
)
#: These stand beside each other in one picture.
PHONES = (("overview", "fa"), ("experiences", "fa"), ("journey", "fa"), ("explore", "en"))
SIZES = {"desktop": (1360, 900), "phone": (390, 844)}
_GAP = 24


def main() -> None:
    """Crawl and read the demo into a scratch store, open the app on it, and take the pictures."""
    static = ROOT / "static" / "screenshots"
    static.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        there = os.environ | {"SHENAVA_DATA": scratch}
        subprocess.run([sys.executable, "-m", "cli", "demo", "--no-open"], cwd=ROOT, env=there, check=True)
        with app({"SHENAVA_DATA": scratch}) as base, sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
            context = browser.new_context(locale="fa-IR", reduced_motion="reduce")
            for page, language, size in SHOWN:
                picture(context, base, page, language, size).save(static / f"{page}-{language}.webp", quality=80)
            phones = [picture(context, base, page, language, "phone") for page, language in PHONES]
            beside(phones).save(static / "phone.webp", quality=80)
            if len(sys.argv) > 1:
                everything(context, base, Path(sys.argv[1]))
            browser.close()


def picture(context: BrowserContext, base: str, page: str, language: str, size: str) -> Image.Image:
    """What a window of that size shows of a page."""
    path = PAGES[page]
    visit = Visit(context, *SIZES[size]).open(f"{base}/{path}{'&' if '?' in path else '?'}lang={language}")
    visit.page.wait_for_timeout(2500)
    taken = Image.open(io.BytesIO(visit.page.screenshot(animations="disabled", caret="hide"))).convert("RGB")
    visit.page.close()
    return taken


def beside(pictures: list[Image.Image]) -> Image.Image:
    """Pictures in one row, on a grey that both kinds of README bear."""
    width = sum(one.width + _GAP for one in pictures) + _GAP
    row = Image.new("RGB", (width, max(one.height for one in pictures) + 2 * _GAP), "#c9c6be")
    place = _GAP
    for one in pictures:
        row.paste(one, (place, _GAP))
        place += one.width + _GAP
    return row


def everything(context: BrowserContext, base: str, out: Path) -> None:
    """Every page, language and size, to be looked at."""
    out.mkdir(parents=True, exist_ok=True)
    for size in SIZES:
        for language in ("fa", "en"):
            for page in PAGES:
                picture(context, base, page, language, size).save(out / f"{page}-{language}-{size}.png")


if __name__ == "__main__":
    main()
