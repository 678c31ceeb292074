"""A real server, and a listener to it: what the tests against real servers share."""

import os
import signal
import socket
from pathlib import Path

from sqlmodel import Session, select

from domain.settings import Settings
from domain.vocabulary import CrawlOutcome
from jobs.collect import collect
from store import tables
from store.database import open_store
from store.writes import add_brand, add_target


def free_port():
    """A port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def stop(*pid_files: Path):
    """End the processes whose ids a server script wrote, and only those."""
    for file in pid_files:
        if file.exists():
            os.kill(int(file.read_text()), signal.SIGTERM)


class Listener:
    """A store of its own, and crawls into it that must end well."""

    def __init__(self, folder):
        self.settings = Settings(data=folder, delay=0, timeout=20, allow_hosts="127.0.0.1")
        self.engine = open_store(self.settings.url)
        add_brand(self.engine, "shop")

    def crawl(self, source, url, **options):
        target = add_target(self.engine, source, url, "shop")
        [result] = collect(self.engine, self.settings, [target.id], progress=False, **options)
        assert result.outcome is CrawlOutcome.OK, result.message
        return result

    def stored(self):
        with Session(self.engine) as session:
            return {row.native_id.partition("#")[2]: row for row in session.scalars(select(tables.Mention))}
