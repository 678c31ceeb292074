"""A small store with our own texts and labels by hand; strangers' tricks are among them."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from loopback import Site
from sample_store import fill
from sqlalchemy import Engine

from domain.settings import Settings, get_settings
from store import writes
from store.database import open_store


@pytest.fixture(scope="session")
def sample_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """SQLAlchemy URL of the sample store: 45 mentions, two brands, two shared experiences."""
    url = f"sqlite:///{tmp_path_factory.mktemp('sample') / 'shenava.db'}"
    engine = open_store(url)
    fill(engine)
    engine.dispose()
    return url


@pytest.fixture
def sample(sample_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The settings of this process point at the sample store."""
    monkeypatch.setenv("SHENAVA_DATABASE_URL", sample_url)
    get_settings.cache_clear()
    yield sample_url
    get_settings.cache_clear()


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The settings of this process point at a store that holds nothing."""
    url = f"sqlite:///{tmp_path / 'empty.db'}"
    monkeypatch.setenv("SHENAVA_DATABASE_URL", url)
    get_settings.cache_clear()
    yield url
    get_settings.cache_clear()


@pytest.fixture
def site() -> Iterator[Site]:
    """A web site on loopback."""
    with Site() as site:
        yield site
        site.shutdown()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings to crawl loopback with: no pauses, short patience, small pages."""
    return Settings(data=tmp_path, delay=0, timeout=5, page_limit_mb=1, allow_hosts="127.0.0.1")


@pytest.fixture
def engine(settings: Settings) -> Engine:
    """An empty store with one brand, "shop"."""
    engine = open_store(settings.url)
    writes.add_brand(engine, "shop")
    return engine


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What was skipped is said loudly."""
    if skipped := terminalreporter.stats.get("skipped", []):
        terminalreporter.section(f"{len(skipped)} TESTS SKIPPED", red=True, bold=True)
        for why in sorted({str(report.longrepr[2]) for report in skipped}):
            terminalreporter.line(f"  {why}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI everything can run, so a skipped test is a failed one."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
