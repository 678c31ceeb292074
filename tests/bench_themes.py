"""`make bench-themes`: discovery from scratch, an increment into a large history, and BERTopic beside it, in one run.

Embeddings are given: what is timed is copies, severity, grouping, naming and every write to the store. With
SHENAVA_DATASETS set, the experiences are real passages (read once, kept in data/bench) and quality is measured
against the annotations of cx/test; without it they are statements of the phrasebook with noise, and quality is left
out. Arguments: experiences from scratch (100,000), history (1,000,000), experiences for BERTopic (15,000).
"""

import gzip
import json
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table as Rows
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score
from sqlalchemy import insert, text
from sqlmodel import Session

from domain.settings import ROOT, Settings, get_settings
from domain.vocabulary import Dimension, Polarity
from jobs.discover import discover
from jobs.vectors import pack
from nlp import Classifier
from nlp.naming import FOLDER as PHRASES
from store import tables
from store.database import open_store
from store.facts import facts
from store.writes import add_brand

KEPT = ROOT / "data" / "bench"
SETS = ("snappfood_crawl", "digikala_ut", "digikala_tiny", "snappfood_dev", "sentifars_hotel", "neshan",
        "cafebazaar_banking", "taaghche_val", "sentipers_rest", "deepsentipers")  # fmt: skip
INCREMENT = 1_000
out = Console()


@dataclass(frozen=True)
class Told:
    """Experiences to be placed: words, labels and embeddings (experiences, hidden), row by row."""

    words: list[str]
    labels: list[dict[str, str]]
    embeddings: Any

    def __len__(self) -> int:
        return len(self.words)

    def part(self, rows: Any) -> "Told":
        return Told([self.words[n] for n in rows], [self.labels[n] for n in rows], self.embeddings[rows])


def read(classifier: Classifier, texts: list[str], *, whole: bool = False) -> Told:
    """Texts as the reader reads them: passage by passage, or whole."""
    words: list[str] = []
    labels: list[dict[str, str]] = []
    embeddings = []
    for start in range(0, len(texts), 500):
        some = texts[start : start + 500]
        for raw, answer in zip(some, classifier.read(some), strict=True):
            spans = [] if whole else [(slice(*span), one) for span, one in answer.passages]
            for where, one in spans or [(slice(None), answer.read)]:
                said = one.prediction
                words.append(raw[where])
                touchpoint = str(said.touchpoints[0]) if said.touchpoints else "none"
                labels.append({"sentiment": str(said.sentiment), "touchpoint": touchpoint, **said.dimensions})
                embeddings.append(one.embedding)
    return Told(words, labels, np.stack(embeddings))


def experiences(classifier: Classifier, size: int, datasets: Path | None) -> Told:
    """So many experiences; the same ones for the same arguments."""
    rng = np.random.default_rng(7)
    if datasets is None:
        known = [[*line.split("\t"), p] for p in ("negative", "positive")
                 for line in (PHRASES / f"{p}.tsv").read_text(encoding="utf-8").splitlines()]  # fmt: skip
        base = classifier.embed([words for _, words, _ in known])
        picked = rng.integers(0, len(known), size)
        noisy = base[picked] + rng.normal(0, 0.02, (size, base.shape[1]))
        absent = dict.fromkeys(map(str, Dimension), str(Polarity.ABSENT))
        labels = [
            {"sentiment": known[n][2], "touchpoint": known[n][0], **absent, "rational": known[n][2]} for n in picked
        ]
        words = [f"{known[n][1]} {known[m][1]}" for n, m in zip(picked, np.roll(picked, 1), strict=True)]
        return Told(words, labels, (noisy / np.linalg.norm(noisy, axis=1, keepdims=True)).astype(np.float32))
    kept = KEPT / f"passages-{classifier.version.replace('/', '-').replace('@', '-')}.npz"
    if not kept.exists():
        out.print("reading the texts of SHENAVA_DATASETS once …")
        texts = [row["text"] for name in SETS for row in _rows(datasets / "train" / f"{name}.jsonl.gz")]
        told = read(classifier, texts)
        KEPT.mkdir(parents=True, exist_ok=True)
        np.savez(kept, embeddings=told.embeddings.astype(np.float16), told=json.dumps([told.words, told.labels]))
    with np.load(kept) as file:
        words, labels = json.loads(str(file["told"]))
        told = Told(words, labels, file["embeddings"].astype(np.float32))
    return told.part(rng.choice(len(told), size, replace=size > len(told)))


def _rows(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def fill(url: str, told: Told, model: str, first: int = 1) -> None:
    """Write experiences, each a mention of its own by an author of its own, as if they had been read."""
    engine = open_store(url)
    brand = add_brand(engine, "bench", "bench")
    start = datetime(2025, 11, 1, tzinfo=UTC)
    with Session(engine.execution_options(write=True)) as session, session.begin():
        for at in range(0, len(told), 5_000):
            rows = range(at, min(at + 5_000, len(told)))
            mentions, predictions, passages = [], [], []
            for row in rows:
                number, words = first + row, told.words[row]
                when = start + timedelta(minutes=5 * row)
                labels = told.labels[row] | {"stage": "use", "contact": "direct", "gap": "none", "confident": True}
                mentions.append(_mention(number, words, when, brand.id))
                predictions.append(_prediction(number, labels, model))
                passages.append({"mention_id": number, "start": 0, "end": len(words), "touchpoint2": "", "place": "",
                                 "severe": "", "embedding": pack(told.embeddings[row]), **labels})  # fmt: skip
            for table, some in ((tables.Mention, mentions), (tables.Prediction, predictions),
                                (tables.Experience, passages)):  # fmt: skip
                session.execute(insert(table), some)
    engine.dispose()


def _mention(number: int, words: str, when: datetime, brand_id: int | None) -> dict[str, Any]:
    return {
        "id": number, "source": "bench", "native_id": str(number), "brand_id": brand_id, "kind": "review",
        "text": words, "folded": words, "url": "", "title": "", "parent": "", "author": f"author {number}",
        "published_at": when, "day": when.date(), "date_raw": "", "date_precision": "second", "rating_raw": "",
        "rating_scale": "", "found_by": "", "content_hash": str(number), "revision": 1, "collected_at": when,
        "touched": 1,
    }  # fmt: skip


def _prediction(number: int, labels: dict[str, Any], model: str) -> dict[str, Any]:
    flags = dict.fromkeys(("repurchase", "recommend", "warn", "leave", "needs_response"), False)
    return {"mention_id": number, "model": model, "usable": "experience", "unscored": "", "scores": {},
            "overruled": {}, "touchpoint2": "", "predicted_at": datetime.now(UTC), **flags, **labels}  # fmt: skip


def repeat(url: str, times: int) -> None:
    """Make a history of what is there, placed as it is, so many times over (search index left out)."""
    engine = open_store(url)
    with engine.connect().execution_options(write=True) as connection, connection.begin():
        connection.execute(text("DROP TRIGGER IF EXISTS mention_search_insert"))
        n = connection.execute(text("SELECT max(id) FROM mention")).scalar_one()
        for table, key in (("mention", "id"), ("prediction", "mention_id"), ("experience", "id")):
            names = [row[1] for row in connection.execute(text(f"PRAGMA table_info({table})"))]
            moved = {key, "copy_of", "mention_id"}
            for time_ in range(1, times):
                shift = f"+ {time_ * n}"
                values = [f'"{c}" {shift}' if c in moved else f'"{c}"' for c in names]
                values = [
                    f"'{time_}-' || native_id" if c == "native_id" else v for c, v in zip(names, values, strict=True)
                ]
                columns = ", ".join(f'"{c}"' for c in names)
                connection.execute(
                    text(f"INSERT INTO {table} ({columns}) SELECT {', '.join(values)} FROM {table} WHERE {key} <= {n}")
                )
    engine.dispose()


def _discover(url: str, afresh: bool, answer: "multiprocessing.Queue[Any]") -> None:
    classifier = Classifier.load()
    with tempfile.TemporaryDirectory() as folder:
        before = peak(reset=True)
        began = time.perf_counter()
        counts = discover(open_store(url), classifier, Settings(data=Path(folder)), afresh=afresh)
        took = time.perf_counter() - began
    answer.put((took, peak(), before, dict(counts)))


def peak(*, reset: bool = False) -> float:
    """The most memory that this process held, MiB, since the start or the last reset."""
    if reset:  # a process that was started by a large one inherits its peak
        Path("/proc/self/clear_refs").write_text("5")
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def apart(work: Callable[..., None], *arguments: Any) -> Any:
    """Run in a process of its own, so that memory is its own."""
    answer: multiprocessing.Queue[Any] = multiprocessing.get_context("spawn").Queue()
    process = multiprocessing.get_context("spawn").Process(target=work, args=(*arguments, answer))
    process.start()
    got = answer.get(timeout=3600)
    process.join()
    return got


def placed(url: str, *, near: bool = False, rest: bool = False) -> Any:
    """The theme of each experience, by mention; 0 for those in none.

    Args:
        url: the store.
        near: what is shown beside a theme counts with it (soft assignment).
        rest: what is in no theme even so counts by where the app shows it: polarity x touchpoint.
    """
    told = facts(open_store(url)).told
    theme = np.where(told.among("place", ["member", "near"] if near or rest else ["member"]), told.numbers["theme"], 0)
    if rest:
        cell = 100 * told.columns["sentiment"].codes.astype(int) + told.columns["touchpoint"].codes
        theme = np.where(theme == 0, -1 - cell, theme)
    return theme[np.argsort(told.numbers["mention_id"])]


def _bertopic(told: Told, seed: int, answer: "multiprocessing.Queue[Any]") -> None:
    from bertopic import BERTopic
    from umap import UMAP

    before = peak(reset=True)
    began = time.perf_counter()
    # Its own defaults, but a seed that differs from run to run, as without any.
    topics, _ = BERTopic(
        umap_model=UMAP(n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", random_state=seed)
    ).fit_transform(told.words, told.embeddings)
    took = time.perf_counter() - began
    answer.put((took, peak(), before, np.array(topics) + 1))


def scores(found: Any, gold: list[str]) -> dict[str, float]:
    """Purity and NMI against labels; what is in no theme counts as one theme, "unassigned" is its share."""
    _, truth = np.unique(gold, return_inverse=True)
    themes, group = np.unique(found, return_inverse=True)
    table = np.zeros((len(themes), truth.max() + 1), int)
    np.add.at(table, (group, truth), 1)
    inside = found != 0
    return {
        "themes": int((themes != 0).sum()),
        "unassigned": float((~inside).mean()),
        "purity": float(table.max(1).sum() / len(found)),
        "NMI": float(normalized_mutual_info_score(truth, group)),
        "purity inside": float(table[themes != 0].max(1).sum() / max(1, inside.sum())),
        "NMI inside": float(normalized_mutual_info_score(truth[inside], group[inside])) if inside.any() else 0.0,
    }


def quality(classifier: Classifier, datasets: Path, folder: Path) -> Rows:
    """Both on cx: whole texts with the same embeddings, against annotated polarity x touchpoint x dimensions."""
    table = Rows(
        "cx", "system", "themes", "unassigned", "purity", "NMI", "purity inside", "NMI inside", title="quality"
    )
    for part in ("test", "train"):
        rows = _rows(datasets / "cx" / f"{part}.jsonl.gz")
        gold = [
            " ".join(
                [row["sentiment"], (row["touchpoints"] or ["none"])[0], *(f"{d}:{row[str(d)]}" for d in Dimension)]
            )
            for row in rows
        ]
        told = read(classifier, [row["text"] for row in rows], whole=True)
        url = f"sqlite:///{folder / part}.db"
        fill(url, told, classifier.version)
        apart(_discover, url, False)
        found = {
            "Shenava": placed(url),
            "Shenava, with what is near": placed(url, near=True),
            "Shenava, the rest by its place": placed(url, rest=True),
        }
        if bertopic():
            found["BERTopic"] = apart(_bertopic, told, 1)[3]
        for name, themes in found.items():
            got = scores(themes, gold)
            table.add_row(part, name, *(f"{v:.3f}" if isinstance(v, float) else str(v) for v in got.values()))
    return table


def bertopic() -> bool:
    """Whether BERTopic is installed (`pip install bertopic`); it is no part of the project."""
    try:
        import bertopic as found
    except ImportError:
        return False
    return bool(found)


def main(size: int = 100_000, history: int = 1_000_000, beside: int = 15_000) -> None:
    """Print the figures."""
    classifier, datasets = Classifier.load(), get_settings().datasets
    told = experiences(classifier, size + INCREMENT, datasets)
    KEPT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=KEPT) as name:
        folder = Path(name)
        url = f"sqlite:///{folder / 'scratch.db'}"
        fill(url, told.part(np.arange(size)), classifier.version)
        took, memory, before, counts = apart(_discover, url, False)
        out.print(f"{size:,} from scratch: {took:.1f} s (goal 180), {memory:,.0f} MiB in all (goal 2,048;"
                  f" {before:,.0f} before), {counts}")  # fmt: skip
        first = placed(url)
        again = apart(_discover, url, False)
        out.print(f"again: {again[0]:.1f} s, moved {int((placed(url) != first).sum())} of {size:,}")
        fill(url, told.part(np.arange(size, size + INCREMENT)), classifier.version, size + 1)
        small = apart(_discover, url, False)
        moved = int((placed(url)[:size][first != 0] != first[first != 0]).sum())
        out.print(
            f"{INCREMENT:,} more into {size:,}: {small[0]:.1f} s, {small[1]:,.0f} MiB; earlier members moved: {moved}"
        )
        tenth(classifier, told, folder)
        if history > size:
            repeat(url, history // size)
            fill(url, told.part(np.arange(INCREMENT)), classifier.version, 10 * history)
            large = apart(_discover, url, False)
            out.print(
                f"{INCREMENT:,} more into {history:,}: {large[0]:.1f} s (goal 10), {large[1]:,.0f} MiB, {large[3]}"
            )
        if beside and bertopic():
            compare(classifier, told.part(np.arange(beside)), folder)
        if datasets:
            out.print(quality(classifier, datasets, folder))


def tenth(classifier: Classifier, told: Told, folder: Path) -> None:
    """A tenth more: how many earlier assignments move."""
    size = min(20_000, len(told) * 10 // 11)
    url = f"sqlite:///{folder / 'tenth.db'}"
    fill(url, told.part(np.arange(size)), classifier.version)
    apart(_discover, url, False)
    first = placed(url)
    fill(url, told.part(np.arange(size, size + size // 10)), classifier.version, size + 1)
    apart(_discover, url, False)
    now = placed(url)[:size]
    joined = int(((first == 0) & (now != 0)).sum())
    moved = int((now[first != 0] != first[first != 0]).sum())
    out.print(f"10 % more into {size:,}: {100 * moved / size:.2f} % of earlier assignments moved (goal 2),"
              f" {100 * joined / size:.2f} % that were in none found a theme")  # fmt: skip


def compare(classifier: Classifier, told: Told, folder: Path) -> None:
    """The same experiences and embeddings: time, memory, unassigned share, agreement of two runs."""
    table = Rows(
        "system",
        "seconds",
        "MiB more",
        "themes",
        "unassigned",
        "ARI of two runs",
        title=f"{len(told):,} beside BERTopic",
    )
    runs = [apart(_bertopic, told, seed) for seed in (1, 2)]
    topics = runs[0][3]
    table.add_row("BERTopic", f"{runs[0][0]:.1f}", f"{runs[0][1] - runs[0][2]:,.0f}", str(len(set(topics)) - 1),
                  f"{(topics == 0).mean():.3f}", f"{adjusted_rand_score(topics, runs[1][3]):.3f}")  # fmt: skip
    url, other = f"sqlite:///{folder / 'beside.db'}", f"sqlite:///{folder / 'other.db'}"
    fill(url, told, classifier.version)
    run = apart(_discover, url, False)
    ours = placed(url)
    apart(_discover, url, True)
    afresh = adjusted_rand_score(ours, placed(url))
    order = np.random.default_rng(2).permutation(len(told))
    fill(other, told.part(order), classifier.version)
    apart(_discover, other, False)
    turned = np.zeros(len(told), int)
    turned[order] = placed(other)
    stable = f"{afresh:.3f} (all afresh), {adjusted_rand_score(ours, turned):.3f} (other order)"
    table.add_row("Shenava", f"{run[0]:.1f}", f"{run[1] - run[2]:,.0f}", str(len(set(ours)) - 1),
                  f"{(ours == 0).mean():.3f}", stable)  # fmt: skip
    out.print(table)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
