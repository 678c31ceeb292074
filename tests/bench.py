"""`make bench`: speeds on the demo's texts, as ratios within one run; absolute figures depend on the machine."""

import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from domain.mention import Mention
from domain.settings import ROOT
from jobs.demo.site import demo_sites
from jobs.export import FORMATS, export
from nlp import Classifier, passages
from nlp.normalise import for_model, normalise
from store.database import open_store
from store.filter import Filter
from store.writes import add_brand, save_mentions

TEXTS = [comment["text"] for site in demo_sites() for comment in site.comments]


def rate(work: Callable[[Sequence[str]], object], texts: Sequence[str]) -> float:
    """Texts a second: the best of two runs, after one of a few texts."""
    work(texts[:8])
    best = float("inf")
    for _ in range(2):
        start = time.perf_counter()
        work(texts)
        best = min(best, time.perf_counter() - start)
    return len(texts) / best


def table(title: str, rates: dict[str, float]) -> None:
    """Print rates beside their ratio to the first."""
    first = next(iter(rates.values()))
    shown = Table("what", "texts/s", "x", title=title)
    for name, value in rates.items():
        shown.add_row(name, f"{value:,.0f}", f"{value / first:.1f}")
    Console().print(shown)


def main() -> None:
    """All benchmarks, about a minute."""
    from transformers import pipeline

    model = str(ROOT / "models" / "reader")
    plain = pipeline("text-classification", model=model, top_k=None, dtype="float32")
    torch, onnx = Classifier.load(model, "torch"), Classifier.load(model, "onnx")
    reading = {
        "transformers pipeline(), one by one": rate(lambda some: [plain(text) for text in some], TEXTS[:150]),
        "Classifier, torch fp32, sorted batches": rate(torch.predict, TEXTS),
        "Classifier, ONNX int8, sorted batches": rate(onnx.predict, TEXTS),
    }
    table("Reading", reading)
    table(
        "Normal forms",
        {
            "hazm, masked": rate(lambda s: [*map(normalise, s)], TEXTS),
            "for_model": rate(lambda s: [*map(for_model, s)], TEXTS),
        },
    )
    table("Passages", {"passages": rate(lambda s: [*map(passages, s)], TEXTS)})
    with tempfile.TemporaryDirectory() as folder:
        engine = open_store(f"sqlite:///{folder}/bench.db")
        add_brand(engine, "bench")
        many = [
            Mention(source="bench", native_id=str(n), brand="bench", text=TEXTS[n % len(TEXTS)]) for n in range(20_000)
        ]
        start = time.perf_counter()
        for first in range(0, len(many), 500):
            save_mentions(engine, many[first : first + 500])
        new = len(many) / (time.perf_counter() - start)
        start = time.perf_counter()
        for first in range(0, len(many), 500):
            save_mentions(engine, many[first : first + 500])
        table("Store", {"new mentions": new, "known mentions": len(many) / (time.perf_counter() - start)})
        exports = {}
        for name, form in FORMATS.items():
            start = time.perf_counter()
            rows = export(engine, Filter(), Path(folder) / f"out{form.suffix}", name)
            exports[name] = rows / (time.perf_counter() - start)
        table("Export", exports)


if __name__ == "__main__":
    main()
