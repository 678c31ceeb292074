"""Jobs, from the demo site to themes, with the real spider, checkpoint and store; killed and started again."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

import cli
from domain.settings import ROOT, Settings, get_settings
from jobs.demo.site import demo_sites, serving
from jobs.lock import alone
from store import queries
from store.database import open_store
from store.filter import Filter

SHENAVA = [sys.executable, "-m", "cli"]


def environment(data: Path, port: int) -> dict[str, str]:
    chosen = {"DATA": str(data), "DEMO_PORT": str(port), "DELAY": "0", "ALLOW_HOSTS": "127.0.0.1"}
    return os.environ | {f"SHENAVA_{name}": value for name, value in chosen.items()}


def free_port() -> int:
    import socket

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def shenava(data: Path, *words: str, port: int = 0) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*SHENAVA, *words], cwd=ROOT, env=environment(data, port), capture_output=True, text=True)


@pytest.fixture(scope="module")
def port():
    return free_port()


@pytest.fixture(scope="module")
def demo(tmp_path_factory, port):
    """The demo as `make run` makes it, without the app."""
    data = tmp_path_factory.mktemp("demo")
    done = shenava(data, "demo", "--no-open", port=port)
    assert done.returncode == 0, done.stderr
    return data


def facts(data: Path) -> dict[str, list]:
    """What the store says, without clocks and ids of runs."""
    engine = open_store(f"sqlite:///{data / 'shenava.db'}")
    columns = {
        "mention": "id, source, native_id, text, title, parent, published_at, revision, content_hash",
        "prediction": "mention_id, model, usable, sentiment, touchpoint, spiritual, needs_response, confident, scores",
        "experience": (
            'mention_id, start, "end", sentiment, touchpoint, place, severe, theme_id, closeness, hex(embedding)'
        ),
        "theme": "id, label, title, polarity, touchpoint, size, named_at, hex(centroid)",
        "anchor": 'theme_id, mention_id, start, "end"',
    }
    with engine.connect() as connection:
        return {
            table: [tuple(row) for row in connection.execute(text(f"SELECT {what} FROM {table} ORDER BY 1, 2, 3"))]
            for table, what in columns.items()
        }


def test_the_demo_is_ours_and_whole():
    sites = demo_sites()
    assert len(sites) == 3
    comments = [comment for site in sites for comment in site.comments]
    assert len(comments) >= 600
    assert len({comment["text"] for comment in comments}) == len(comments)
    months = {comment["date"][:7] for comment in comments}
    assert {"2026-06", "2026-07", "2026-08", "2026-09", "2026-10", "2026-11"} <= months


def test_the_demo_is_crawled_read_and_shared(demo):
    engine = open_store(f"sqlite:///{demo / 'shenava.db'}")
    counts = queries.counts(engine, Filter())
    assert counts.mentions == sum(len(site.comments) for site in demo_sites())
    assert counts.unread == 0
    assert counts.positive > 50 and counts.negative > 50
    for polarity in ("positive", "negative"):
        shared = queries.shared_experiences(engine, Filter(), polarity, least=3)
        assert len(shared) >= 3
        assert len({one.theme.label for one in shared}) == len(shared)
        for one in shared:
            quotes = queries.quotes(engine, Filter(), one.theme.id)
            assert len({quote.mention.author for quote in quotes}) >= one.authors >= 3
            assert all(quote.words.strip() and quote.words in quote.mention.text for quote in quotes)


def test_no_name_of_an_author_is_in_the_store(demo):
    raw = b"".join(path.read_bytes() for path in demo.glob("shenava.db*"))
    texts = " ".join(comment["text"] for site in demo_sites() for comment in site.comments)
    names = {comment["author"] for site in demo_sites() for comment in site.comments}
    telling = [
        name for name in names if len(name) > 8 and name not in texts and not name.startswith(("پشتیبانی", "روابط"))
    ]
    assert len(telling) > 50
    assert not [name for name in telling if name.encode() in raw]
    assert (demo / "secret.key").stat().st_mode & 0o777 == 0o600


def test_a_second_demo_changes_nothing(demo, port):
    before = facts(demo)
    assert shenava(demo, "demo", "--no-open", port=port).returncode == 0
    assert facts(demo) == before


def count(data: Path, table: str) -> int:
    """Rows of a table; 0 while there is no such table yet."""
    if not (data / "shenava.db").exists():
        return 0
    with sqlite3.connect(data / "shenava.db", timeout=30) as connection:
        try:
            return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
        except sqlite3.OperationalError:
            return 0


def kill_when(data: Path, port: int, words: list[str], half_done: Callable[[], bool]) -> None:
    """Start a verb, and kill -9 it and its children at the first moment at which it is half done."""
    running = subprocess.Popen(
        [*SHENAVA, *words], cwd=ROOT, env=environment(data, port),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    for _ in range(3000):
        if half_done():
            break
        assert running.poll() is None, "it ended before it could be killed"
        time.sleep(0.01)
    os.killpg(running.pid, signal.SIGKILL)
    assert running.wait() == -signal.SIGKILL


def test_killed_at_any_moment_it_ends_the_same(demo, port, tmp_path):
    whole = facts(demo)
    read, known = len(whole["prediction"]), len(whole["mention"])
    moments = [
        lambda: (tmp_path / "shenava.db").exists(),
        lambda: 0 < count(tmp_path, "mention") < known,
        lambda: count(tmp_path, "mention") == known,
        lambda: 0 < count(tmp_path, "prediction") < read,
        lambda: count(tmp_path, "prediction") == read,
    ]
    for half_done in moments:
        kill_when(tmp_path, port, ["demo", "--no-open"], half_done)
        time.sleep(1)  # the crawl's own process sees that its parent is gone
    done = shenava(tmp_path, "demo", "--no-open", port=port)
    assert done.returncode == 0, done.stderr
    assert facts(tmp_path) == whole


def test_classify_and_discover_killed_in_the_middle_end_the_same(demo, tmp_path):
    for name in ("shenava.db", "shenava.db-wal", "secret.key"):
        if (demo / name).exists():
            shutil.copy(demo / name, tmp_path / name)
    engine = open_store(f"sqlite:///{tmp_path / 'shenava.db'}")
    with engine.begin() as connection:
        for table in ("experience", "prediction", "anchor", "theme", "sqlite_sequence"):
            connection.execute(text(f"DELETE FROM {table}"))
    engine.dispose()
    whole = facts(demo)
    for some in (1, 300):
        kill_when(
            tmp_path,
            0,
            ["classify"],
            lambda some=some: some <= count(tmp_path, "prediction") < len(whole["prediction"]),
        )
    assert shenava(tmp_path, "classify").returncode == 0
    # Places are saved cell by cell: it is killed after the first look, and when a few themes are open.
    for some in ("place != ''", "theme_id > 3"):
        kill_when(tmp_path, 0, ["discover"], lambda some=some: count(tmp_path, f"experience WHERE {some}") > 0)
    assert 0 < count(tmp_path, "theme") <= len(whole["theme"])
    assert shenava(tmp_path, "discover").returncode == 0
    assert facts(tmp_path) == whole


def test_two_never_do_the_same_work(demo):
    settings = Settings(data=demo)
    with alone(settings, "classify"):
        done = shenava(demo, "classify")
    assert done.returncode == 4
    assert "another shenava" in done.stderr


@pytest.fixture
def here(demo, monkeypatch):
    """The command line in this process, on the demo's store."""
    monkeypatch.setenv("SHENAVA_DATA", str(demo))
    get_settings.cache_clear()
    yield CliRunner()
    get_settings.cache_clear()


@pytest.mark.parametrize("verb", ["classify", "discover", "status", "sources"])
def test_json_is_one_object_and_nothing_else(here, verb):
    done = here.invoke(cli.app, [verb, "--json"])
    assert done.exit_code == 0
    assert isinstance(json.loads(done.stdout), dict)


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "jsonl", "parquet"])
def test_export_writes_any_filter(here, tmp_path, suffix):
    path = tmp_path / f"out.{suffix}"
    done = here.invoke(cli.app, ["export", str(path), "--brand", "dokanabi", "--sentiment", "negative", "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["rows"] > 10
    assert path.stat().st_size > 1000


def test_import_reports_and_repeats_without_harm(here, tmp_path):
    path = tmp_path / "نظرها.csv"
    path.write_text("متن,تاریخ\nکیفیت خوب بود,1405/08/01\n,1405/08/02\nبد بود,1405/13/40\n", encoding="utf-8")
    words = ["import", str(path), "--brand", "filebrand", "--json"]
    first, second = (json.loads(here.invoke(cli.app, words).stdout) for _ in range(2))
    assert (first["new"], second["new"], second["unchanged"]) == (1, 0, 1)
    assert sum(first["refused"].values()) == 2
    from store.writes import forget_brand

    forget_brand(open_store(get_settings().url), "filebrand")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["track", "nosource", "https://a.ir", "--brand", "b"], "choose one of"),
        (["track", "wordpress", "file:///etc/passwd", "--brand", "b"], "no web address"),
        (["track", "wordpress", "https://me:secret@a.ir", "--brand", "b"], "password"),
        (["track", "wordpress", "http://[", "--brand", "b"], "no web address"),
        (["track", "wordpress", "https://a.ir", "--brand", "two words"], "no key of a brand"),
        (["track", "wordpress", "https://a.ir", "--brand", "b", "--stop"], "is not tracked"),
        (["crawl"], "nothing is tracked"),
        (["crawl", "77"], "no active target 77"),
        (["export", "out.csv", "--sentiment", "negativ"], "choose one of positive"),
        (["export", "out.docx"], "xlsx"),
        (["export", "out.csv", "--since", "yesterday"], "not a date"),
        (["train", "models/none"], "SHENAVA_DATASETS"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(here, words, says, monkeypatch):
    monkeypatch.delenv("SHENAVA_DATASETS", raising=False)
    get_settings.cache_clear()
    done = here.invoke(cli.app, words)
    assert done.exit_code == 1
    assert says in done.output
    assert "Traceback" not in done.output


def test_a_wrong_setting_is_said_in_one_line(here, monkeypatch):
    monkeypatch.setenv("SHENAVA_DELAY", "soon")
    get_settings.cache_clear()
    done = here.invoke(cli.app, ["status"])
    assert done.exit_code == 1
    assert "SHENAVA_DELAY" in done.output


def test_one_address_is_one_target(here):
    words = ["track", "wordpress", "--brand", "twice", "--json"]
    first, second = (
        json.loads(here.invoke(cli.app, [*words, url]).stdout) for url in ("HTTPS://A.ir", "https://a.ir/#x")
    )
    assert first["target"] == second["target"] and first["url"] == "https://a.ir/"
    stopped = json.loads(here.invoke(cli.app, [*words, "a.ir", "--stop"]).stdout)
    assert stopped["active"] is False


def test_what_is_tracked_is_run_in_one_line(tmp_path):
    """As cron does it: a site that answers nothing useful ends badly, and is told by the exit code."""
    with serving(free_port()) as base:
        site = demo_sites()[1]
        assert shenava(tmp_path, "track", "wordpress", f"{base}/{site.key}/", "--brand", "mine").returncode == 0
        done = shenava(tmp_path, "run", "--json")
        told = json.loads(done.stdout)
        assert done.returncode == 0, done.stderr
        assert told["crawls"][0]["new"] == told["classify"]["read"] == len(site.comments)
        again = json.loads(shenava(tmp_path, "crawl", "--json").stdout)
        assert again["crawls"][0]["new"] == 0
    gone = shenava(tmp_path, "crawl", "--json")
    assert gone.returncode == 3
    assert json.loads(gone.stdout)["crawls"][0]["outcome"] in ("refused", "failed")


def test_imports_alone_are_understood_too(tmp_path):
    path = tmp_path / "one.jsonl"
    path.write_text(json.dumps({"text": "غذا سرد رسید و پیک دیر کرد", "date": "1405/08/01"}), encoding="utf-8")
    assert shenava(tmp_path, "import", str(path), "--brand", "mine").returncode == 0
    done = shenava(tmp_path, "run", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["classify"]["read"] == 1


def test_every_verb_teaches(here):
    for command in cli.app.registered_commands:
        verb = command.name or command.callback.__name__
        done = here.invoke(cli.app, [verb, "--help"])
        assert done.exit_code == 0
        assert command.callback.__doc__.split("\n")[0][:30] in done.output


def test_the_demo_can_be_taken_out_again(tmp_path, port):
    assert shenava(tmp_path, "demo", "--no-open", port=port).returncode == 0
    assert shenava(tmp_path, "demo", "--remove", port=port).returncode == 0
    assert queries.counts(open_store(f"sqlite:///{tmp_path / 'shenava.db'}"), Filter()).mentions == 0


def test_the_demo_site_speaks_wordpress():
    import urllib.request

    with serving(free_port()) as base:
        site = demo_sites()[0]
        answer = urllib.request.urlopen(
            f"{base}/{site.key}/wp-json/wp/v2/comments?per_page=100&page=1&orderby=id&order=desc"
        )
        rows = json.load(answer)
        assert int(answer.headers["X-WP-Total"]) == len(site.comments)
        assert [row["id"] for row in rows] == sorted((row["id"] for row in rows), reverse=True)
        past = urllib.request.urlopen(f"{base}/{site.key}/wp-json/wp/v2/comments?per_page=100&page=99")
        assert json.load(past) == []
