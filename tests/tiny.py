"""Everything for a training of seconds: a recipe, two words' worth of data, and no progress bar."""

import gzip
import json
import random
from pathlib import Path

from domain.vocabulary import Dimension

RECIPE = """
[model]
base = "nobody/nothing"
trim = false
layers = [0, 1]
max_tokens = 32
[data]
seed = 1
dev_share = 0.3
distil_rows = 10
unlabelled_sets = ["tweets"]
[data.marked_sets]
deepsentipers = 1.0
[[stages]]
name = "broad"
epochs = 2
marked_rows = 30
body_rate = 2e-3
head_rate = 1e-2
own_labels = false
[[stages]]
name = "fine"
epochs = 10
marked_rows = 20
unlabelled_rows = 4
own_labels = false
body_rate = 2e-3
head_rate = 1e-2
[training]
batch = 8
warmup = 0.1
weight_decay = 0.0
dropout = 0.0
averaging = 0.9
typos = 0.1
mark_weight = 0.5
part_weight = 0.5
embedding_weight = 0.1
[calibration]
precision = 0.5
[card]
intended_use = "a test"
limits = "many"
data_licence = "our own"
"""
GOOD, BAD = ("خوب", "عالی", "راضی", "خوشمزه"), ("بد", "سرد", "دیر", "خراب")


def quiet(done, total, what):
    """No progress bar."""


def annotation(number: int) -> dict:
    rng = random.Random(number)
    bad = number % 2
    words = " ".join(rng.choices(BAD if bad else GOOD, k=4)) + f" غذا {number}"
    row = {
        "id": f"{number:016x}",
        "text": words,
        "usable": "experience",
        "sentiment": "negative" if bad else "positive",
    }
    row |= {str(d): "absent" for d in Dimension} | {"sensory": "negative" if bad else "positive"}
    return row | {"touchpoints": ["product"], "stage": "use", "gap": "none", "intents": [], "needs_response": bool(bad)}


def write_datasets(folder: Path) -> Path:
    """The folders and files that SHENAVA_DATASETS points to, in small."""

    def write(name, rows):
        path = folder / f"{name}.jsonl.gz"
        path.parent.mkdir(exist_ok=True)
        with gzip.open(path, "wt", encoding="utf-8") as file:
            file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)

    mark = {"negative": "neg", "positive": "pos"}
    rows = [annotation(number) for number in range(160)]
    write("cx/train", rows[:100])
    write("cx/test", rows[100:120])
    write(
        "train/deepsentipers",
        [{"id": r["id"], "text": r["text"], "sentiment": mark[r["sentiment"]]} for r in rows[:10] + rows[110:]],
    )
    write("train/tweets", [{"id": f"t{n}", "text": f"غذا {n}", "sentiment": None} for n in range(9)])
    marked = [
        {"text": r["text"], "sentiment": mark[r["sentiment"]], "twin_in_original_train": False} for r in rows[100:120]
    ]
    write("benchmarks/deepsentipers_test", marked)
    happy = {"neg": "SAD", "pos": "HAPPY"}
    write("benchmarks/snappfood_test", [{"text": r["text"], "label": happy[r["sentiment"]]} for r in marked])
    agreement = {"fields": {"sentiment": {"macro_f1_between_annotators": 0.9}}}
    (folder / "cx" / "agreement.json").write_text(json.dumps(agreement), encoding="utf-8")
    return folder
