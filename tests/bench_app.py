"""`make bench-app`: how long a click takes on a large store, what memory the app needs, and ten people at once.

The app runs as `streamlit run app.py` starts it; each person is a websocket that speaks Streamlit's protocol, so that
no browser takes part of the two cores. A click is timed until the last number of the page is there.
Arguments: mentions in the store (1,000,000; made once, kept in data/bench), clicks on a page (15).
"""

import os
import random
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import quantiles
from urllib.parse import urlencode

from large_store import BRANDS, SOURCES, large_store
from rich.console import Console
from rich.table import Table
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets import Origin, Subprotocol
from websockets.sync.client import ClientConnection, connect

from domain.mention import Mention
from domain.settings import ROOT
from domain.vocabulary import Dimension, Sentiment, Stage, Touchpoint
from store import writes
from store.database import open_store

KEPT = ROOT / "data" / "bench"
PEOPLE = 10
WORDS = ("پیک", "غذا", "گران", "پشتیبانی جواب", "کیفیت محصول", '"دیر رسید"', "نوزاد", "فیلترشکن", "هتل -غذا")
#: The card of the overview that is made last, when everything else can be read: what changed since the week before.
LAST = "sh-changed"
#: Page -> its own part of the address, one of them a click.
PAGES: dict[str, tuple[dict[str, str], ...]] = {
    "overview": ({},),
    "experiences": ({},),
    "experiences, sorted": tuple({"sort": sort} for sort in ("growing", "impact", "newest")),
    "experiences, laid out": tuple({"by": by} for by in ("touchpoint", "dimension", "stage", "brand")),
    "experiences, one theme": tuple({"theme": str(n)} for n in (1, 2, 5, 40, 300, 1500)),
    "dimensions": ({},),
    "journey": ({},),
    "compare": ({},),
    "explore": ({},),
    "explore, a word": tuple({"q": word} for word in WORDS),
    "explore, a theme": tuple({"theme": str(n)} for n in (1, 3, 30, 400)),
    "queue": tuple({"status": status} for status in ("waiting", "late", "open", "closed")),
    "review": ({},),
    "export": ({},),
    "crawls": ({},),
    "settings": ({},),
}  # fmt: skip
out = Console()


class Person:
    """One browser tab, without the browser."""

    def __init__(self, port: int) -> None:
        host = f"127.0.0.1:{port}"
        self._line: ClientConnection = connect(
            f"ws://{host}/_stcore/stream", subprotocols=[Subprotocol("streamlit")], origin=Origin(f"http://{host}"),
            max_size=None, legacy=True,
        )  # fmt: skip
        self.faults: list[str] = []

    def click(self, page: str, query: dict[str, str], patience: float = 120) -> tuple[float, float]:
        """Seconds until all numbers of a page are there, and until the last card is."""
        message, began = BackMsg(), time.perf_counter()
        there = began
        asked = message.rerun_script
        asked.page_name, asked.query_string = page.partition(",")[0].replace("overview", ""), urlencode(query)
        asked.context_info.timezone, asked.context_info.locale = "Asia/Tehran", "fa-IR"
        self._line.send(message.SerializeToString())
        titled = False
        while True:
            said = ForwardMsg()
            said.ParseFromString(self._line.recv(timeout=patience))
            if said.WhichOneof("type") == "delta":
                element = said.delta.new_element
                if LAST not in element.html.body:
                    there = time.perf_counter()
                titled |= "sh-title" in element.html.body
                if element.WhichOneof("type") == "exception" or "sh-state error" in element.html.body:
                    self.faults.append(f"{page} {query}: {element.html.body or element.exception.message}")
            elif said.WhichOneof("type") == "page_not_found":
                self.faults.append(f"{page}: not found")
            elif said.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY and said.HasField("script_finished"):
                if not titled:
                    self.faults.append(f"{page} {query}: nothing was shown")
                return there - began, time.perf_counter() - began

    def leave(self) -> None:
        """Close the tab."""
        self._line.close()


class Filters:
    """What people filter by: mostly what nobody chose before, sometimes what somebody did."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)
        self._seen: list[dict[str, str]] = [{}]

    def next(self) -> dict[str, str]:
        """A filter as the address has it; every fourth one was there before."""
        rng = self._rng
        if rng.random() < 0.25:
            return rng.choice(self._seen)
        parts = [
            ("brand", rng.choice(list(BRANDS))), ("days", rng.choice(["30", "90"])), ("source", rng.choice(SOURCES)),
            ("dimension", rng.choice(list(Dimension)) + rng.choice(["", ":negative"])),
            ("sentiment", rng.choice(list(Sentiment))), ("touchpoint", rng.choice(list(Touchpoint)[:7])),
            ("stage", rng.choice(list(Stage)[2:5])),
        ]  # fmt: skip
        found = {name: str(value) for name, value in rng.sample(parts, rng.choice([1, 1, 2, 2, 3]))}
        self._seen.append(found)
        return found


@contextmanager
def app(url: str) -> Iterator[tuple[int, int, float]]:
    """The app on a free port: port, process id, and seconds until it answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    began = time.perf_counter()
    log = (KEPT / "app.log").open("w")
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port),
         "--server.fileWatcherType", "none"],
        cwd=ROOT, env=os.environ | {"SHENAVA_DATABASE_URL": url}, stdout=log, stderr=log,
    )  # fmt: skip
    try:
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2)
                break
            except OSError:
                time.sleep(0.1)
        yield port, process.pid, time.perf_counter() - began
    finally:
        process.terminate()
        process.wait(20)
        log.close()


def memory(process: int) -> tuple[float, float]:
    """MiB that a process holds now, and the most that it held."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    said = {line.split(":")[0]: int(line.split()[1]) / 1024 for line in lines if line.startswith(("VmRSS", "VmHWM"))}
    return said["VmRSS"], said["VmHWM"]


def alone(port: int, clicks: int) -> tuple[dict[str, list[float]], list[str]]:
    """One person, page after page: seconds of each click."""
    person, filters, found = Person(port), Filters(1), defaultdict(list)
    for page, own in PAGES.items():
        for n in range(clicks):
            chosen = {} if n == 0 or page == "settings" else filters.next()
            there, whole = person.click(page, chosen | own[n % len(own)])
            found[page].append(there)
            if page == "overview":
                found["overview, its last card too"].append(whole)
    person.leave()
    return dict(found), person.faults


def while_texts_come(port: int, url: str, clicks: int) -> tuple[list[float], list[str]]:
    """The overview, with new texts in the store before each click."""
    engine, person, filters, took = open_store(url), Person(port), Filters(2), []
    for n in range(clicks):
        at = datetime.now(UTC) - timedelta(minutes=n)
        texts = [Mention(source="telegram", native_id=f"late-{time.time_ns()}-{m}", brand="dorna", published_at=at,
                         text="سفارش دیر رسید و کسی جواب نداد") for m in range(200)]  # fmt: skip
        writes.save_mentions(engine, texts)
        took.append(person.click("overview", filters.next())[0])
    person.leave()
    engine.dispose()
    return took, person.faults


def together(port: int, clicks: int, pause: float) -> tuple[list[float], list[str]]:
    """Ten people on any pages; between two clicks each looks for `pause` seconds on average."""
    took, faults, start = list[float](), list[str](), threading.Barrier(PEOPLE)

    def one(seed: int) -> None:
        rng, filters = random.Random(seed), Filters(seed)
        person = Person(port)
        try:
            start.wait()
            for _ in range(clicks):
                time.sleep(pause and rng.uniform(0.5, 1.5) * pause)
                page = rng.choice(list(PAGES))
                took.append(person.click(page, filters.next() | rng.choice(PAGES[page]))[0])
        except Exception as fault:
            faults.append(f"a person was thrown out: {fault!r}")
        faults.extend(person.faults)
        person.leave()

    people = [threading.Thread(target=one, args=(100 * int(pause + 1) + seed,)) for seed in range(PEOPLE)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    return took, faults


def row(table: Table, name: str, took: Sequence[float]) -> None:
    """A line: clicks, median, 95th percentile, worst."""
    cuts = quantiles(took, n=20, method="inclusive")
    table.add_row(name, str(len(took)), *(f"{value:.2f}" for value in (cuts[9], cuts[18], max(took))))


def main(mentions: int = 1_000_000, clicks: int = 15) -> None:
    """Make the store, click through it, print what was found."""
    KEPT.mkdir(parents=True, exist_ok=True)
    began = time.perf_counter()
    path = KEPT / f"app-{mentions}.db"
    url = large_store(path, mentions)
    out.print(f"store: {mentions:,} mentions, {path.stat().st_size / 1e9:.1f} GB, ready in "
              f"{time.perf_counter() - began:.0f} s; load average {os.getloadavg()[0]:.1f}")  # fmt: skip
    times = Table("page", "clicks", "p50 s", "p95 s", "worst s", title="Seconds from a click to a whole page")
    held = Table("when", "MiB now", "MiB at most", title="Memory of the server")
    for kept in path.parent.glob(f"{path.name}.facts*"):
        kept.unlink()
    for start in ("nothing kept", "facts kept"):
        with app(url) as (port, process, up):
            first = Person(port)
            took, _ = first.click("overview", {})
            out.print(f"start with {start}: answers after {up:.1f} s, the first page after {took:.1f} s more")
            first.leave()
            held.add_row(f"first page, {start}", *(f"{value:.0f}" for value in memory(process)))
            if start == "nothing kept":
                continue
            found, faults = alone(port, clicks)
            for name, some in found.items():
                row(times, name, some)
            row(times, "every page", [one for some in found.values() for one in some])
            held.add_row("one person, every page", *(f"{value:.0f}" for value in memory(process)))
            some, more = while_texts_come(port, url, clicks)
            row(times, "overview while texts come in", some)
            faults += more
            for pause, name in ((5.0, "ten people, a click in 5 s each"), (0.0, "ten people, without a pause")):
                some, more = together(port, clicks, pause)
                row(times, name, some)
                faults += more
                held.add_row(name, *(f"{value:.0f}" for value in memory(process)))
    out.print(times, held)
    out.print(f"faults: {len(faults)}", *faults[:10], sep="\n")


if __name__ == "__main__":
    main(*(int(argument.replace(",", "").replace("_", "")) for argument in sys.argv[1:]))
