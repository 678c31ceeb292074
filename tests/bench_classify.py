"""`make bench-classify`: our readers against a BERT of base size in transformers' own pipeline, one thread each.

The whole way is timed on both sides: from raw texts to labels, ours with normalising and passages. Absolute figures
depend on the machine; the ratios are of one run on one thread.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"  # read when torch is loaded

from rich.console import Console
from rich.table import Table

from domain.settings import ROOT
from jobs.demo.site import demo_sites
from nlp.checkpoint import open_checkpoint
from nlp.classifier import Classifier
from nlp.engine import OnnxEngine

TEXTS = [comment["text"] for site in demo_sites() for comment in site.comments]
READERS = ("reader", "reader-full")
_MEMORY = r"""
import json, re, sys
from nlp import Classifier
texts = json.load(sys.stdin)
reader = Classifier.load(sys.argv[1], "onnx")
for _ in range(3):
    reader.read(texts)
# ru_maxrss would count the parent's memory, too.
print(int(re.search(r"VmHWM:\s+(\d+)", open("/proc/self/status").read())[1]) / 1024)
"""


def rate(work: Callable[[Sequence[str]], object], texts: Sequence[str], runs: int = 3) -> float:
    """Texts a second: the best of some runs, after one of a few texts."""
    work(texts[:8])
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        work(texts)
        seconds.append(time.perf_counter() - start)
    return len(texts) / min(seconds)


def bert_pipeline() -> Callable[[Sequence[str]], object]:
    """A classifier of the size of ParsBERT (12 layers of 768, 100,000 pieces) as most people run one.

    Its weights are random: they cost as much time as trained ones. Its tokenizer is ours, which is as fast as its own.
    """
    import torch
    from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification, pipeline

    torch.set_num_threads(1)
    model = BertForSequenceClassification(BertConfig(vocab_size=100_000, num_labels=3)).eval()
    tokenizer = AutoTokenizer.from_pretrained(str(ROOT / "models" / "reader"))
    plain = pipeline("text-classification", model=model, tokenizer=tokenizer)
    return lambda texts: [plain(text, truncation=True, max_length=256) for text in texts]


def reader(name: str) -> Classifier:
    """One of our readers on one thread."""
    folder = ROOT / "models" / name
    return Classifier(open_checkpoint(str(folder)), OnnxEngine(folder, threads=1))


def memory(name: str, texts: Sequence[str]) -> float:
    """Most memory of a process that reads, MiB."""
    command = [sys.executable, "-c", _MEMORY, str(ROOT / "models" / name)]
    done = subprocess.run(command, input=json.dumps(list(texts)), capture_output=True, text=True, check=True, cwd=ROOT)
    return float(done.stdout)


def texts(arguments: Sequence[str]) -> list[str]:
    """The demo's texts, or those of a JSON-lines file."""
    if not arguments:
        return TEXTS
    from nlp.training.data import read_rows

    return [row["text"] for row in read_rows(Path(arguments[0]))]


def main() -> None:
    """The comparison, about two minutes."""
    some = texts(sys.argv[1:])
    rates = {"BERT 12 x 768, transformers.pipeline": (rate(bert_pipeline(), some[:80], runs=2), None)}
    for name in READERS:
        if (ROOT / "models" / name / "model.int8.onnx").is_file():
            rates[f"models/{name}, whole texts and passages"] = (rate(reader(name).read, some), memory(name, some))
    first = next(iter(rates.values()))[0]
    table = Table("what", "texts/s", "x", "most memory", title=f"{len(some)} texts, one thread each, one run")
    for what, (value, peak) in rates.items():
        table.add_row(what, f"{value:.1f}", f"{value / first:.1f}", f"{peak:.0f} MiB" if peak else "")
    Console().print(table)


if __name__ == "__main__":
    main()
