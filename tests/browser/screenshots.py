"""`make screenshots`: every page in Persian and English, on a desktop and a phone, from the demo's own data."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright
from test_browser import CHROMIUM, FLAGS, PAGES, ROOT, Visit, app

#: The READMEs show these; the rest goes where the first argument says, to be looked at.
SHOWN = {
    "overview-fa-desktop": "overview-fa",
    "experiences-fa-desktop": "experiences-fa",
    "explore-en-desktop": "explore-en",
}
SIZES = {"desktop": (1360, 900), "phone": (390, 844)}


def main() -> None:
    """Crawl and read the demo into a scratch store, open the app on it, and take the pictures."""
    static = ROOT / "static" / "screenshots"
    static.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(scratch) / "shots"
        out.mkdir(parents=True, exist_ok=True)
        there = os.environ | {"SHENAVA_DATA": scratch}
        subprocess.run([sys.executable, "-m", "cli", "demo", "--no-open"], cwd=ROOT, env=there, check=True)
        with app({"SHENAVA_DATA": scratch}) as base, sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
            context = browser.new_context(locale="fa-IR")
            for size, (width, height) in SIZES.items():
                for language in ("fa", "en"):
                    for page, path in PAGES.items():
                        visit = Visit(context, width, height).open(f"{base}/{path}?lang={language}")
                        visit.page.wait_for_timeout(1500)
                        name = f"{page}-{language}-{size}"
                        visit.page.screenshot(path=out / f"{name}.png")
                        if name in SHOWN:
                            visit.page.screenshot(path=static / f"{SHOWN[name]}.png")
                        visit.page.close()
            browser.close()


if __name__ == "__main__":
    main()
