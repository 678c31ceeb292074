"""`make bench-crawl`: mentions stored a second, beside a bare Scrapy spider on the same pages, in one run.

Both read a WooCommerce-shaped server on loopback with every pause lifted. Ours turns HTML into text, hashes authors,
tells duplicates and edits apart and stores each review with its search index; the bare one yields the rows as dicts to
a JSONL feed. Arguments: how many reviews (200,000).
"""

import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from rich.console import Console

from domain.settings import ROOT, Settings
from domain.vocabulary import CrawlOutcome
from jobs import crawl_process
from jobs.collect import collect
from store.database import open_store
from store.writes import add_brand, add_target

ROUTE = "/wp-json/wc/store/v1/products/reviews"
GOAL = 0.7
SIZE = 100  # reviews a page
WORDS = ("پیک دیر رسید و جعبه پاره بود", "بوی قهوه‌اش عالی است 😀", "پشتیبانی دو هفته جواب نداد", "قیمتش می‌ارزد")

BARE = """
import json, scrapy
class Bare(scrapy.Spider):
    name = "bare"
    custom_settings = {"LOG_LEVEL": "ERROR", "TELNETCONSOLE_ENABLED": False, "REMOTE_CONTROL_ENABLED": False,
                       "ROBOTSTXT_OBEY": False, "DOWNLOAD_DELAY": 0}
    async def start(self):
        yield scrapy.Request(self.url + "1", cb_kwargs={"number": 1})
    def parse(self, response, number):
        rows = json.loads(response.body)
        yield from rows
        if number < int(response.headers["X-WP-TotalPages"]):
            yield scrapy.Request(self.url + str(number + 1), cb_kwargs={"number": number + 1})
"""


def serve(total: int, ready: "multiprocessing.Queue[int]") -> None:
    """A shop with so many reviews, newest first, in a process of its own."""
    from tests.loopback import Site

    def page(query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        first = total - (int(query["page"]) - 1) * SIZE
        rows = [
            {
                "id": number, "date_created_gmt": f"2026-{1 + number % 12:02}-{1 + number % 28:02}T08:00:00",
                "product_name": f"کالای {number % 900}", "product_permalink": f"https://shop.example/p/{number % 900}/",
                "reviewer": f"خریدار {number % 40_000}", "review": f"<p>{WORDS[number % 4]}، نظر {number}</p>\n",
                "rating": 1 + number % 5, "verified": True,
            }
            for number in range(first, max(0, first - SIZE), -1)
        ]  # fmt: skip
        return (
            200,
            {"Content-Type": "application/json", "X-WP-TotalPages": str(-(-total // SIZE))},
            json.dumps(rows).encode(),
        )

    site = Site()
    site.routes[ROUTE] = page
    ready.put(site.server_address[1])
    threading.Event().wait()


def ours(url: str, folder: Path) -> tuple[float, int, list[int]]:
    """Seconds, mentions stored, and the crawler's memory in MiB along the way."""
    settings = Settings(data=folder, delay=0, allow_hosts="127.0.0.1")
    engine = open_store(settings.url)
    add_brand(engine, "shop")
    add_target(engine, "woocommerce", url, "shop")
    memory: list[int] = []
    listen = crawl_process.listen

    def watched(process, job, show):  # type: ignore[no-untyped-def]
        def look(report):  # type: ignore[no-untyped-def]
            status = Path(f"/proc/{process.pid}/status").read_text()
            memory.append(int(status.partition("VmRSS:")[2].split()[0]) // 1024)
            show(report)

        return listen(process, job, look)

    import jobs.collect

    jobs.collect.listen = watched
    began = time.monotonic()
    [result] = collect(engine, settings, progress=False)
    assert result.outcome is CrawlOutcome.OK, result.message
    return time.monotonic() - began, result.new, memory


def bare(url: str, folder: Path) -> float:
    """Seconds of a spider that keeps rows as they are."""
    spider = folder / "bare.py"
    spider.write_text(BARE)
    address = f"{url.rstrip('/')}{ROUTE}?page="
    command = [
        sys.executable,
        "-m",
        "scrapy",
        "runspider",
        str(spider),
        "-a",
        f"url={address}",
        "-O",
        f"{folder}/o.jsonl",
    ]
    began = time.monotonic()
    subprocess.run(command, check=True, cwd=folder, env=os.environ | {"PYTHONPATH": str(ROOT)})
    return time.monotonic() - began


def main() -> None:
    """Run both, print the ratio."""
    total = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    ready: multiprocessing.Queue[int] = multiprocessing.Queue()
    server = multiprocessing.Process(target=serve, args=(total, ready), daemon=True)
    server.start()
    url = f"http://127.0.0.1:{ready.get()}/"
    out = Console(width=120)
    with tempfile.TemporaryDirectory() as folder:
        plain = bare(url, Path(folder))
        seconds, stored, memory = ours(url, Path(folder))
    server.terminate()
    assert stored == total
    quarter = len(memory) // 4
    out.print(f"bare Scrapy to JSONL   {total / plain:8.0f} rows/s")
    out.print(f"shenava, all stored    {stored / seconds:8.0f} mentions/s   ratio {plain / seconds:.2f} (goal {GOAL})")
    out.print(f"memory of the crawl    {memory[quarter]} MiB after a quarter, {memory[-1]} MiB at the end")


if __name__ == "__main__":
    main()
