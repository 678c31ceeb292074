"""Lock: two processes never do the same work at once. The system frees it even after kill -9."""

from collections.abc import Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout

from domain.errors import Busy
from domain.settings import Settings


@contextmanager
def alone(settings: Settings, work: str, wait: float = 0.0) -> Iterator[None]:
    """Hold the lock of a kind of work ("collect", "classify", "discover"), waiting so many seconds for it.

    Raises:
        Busy: another process holds it.
    """
    folder = settings.data_dir / "state"
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / f"{work}.lock", timeout=wait)
    try:
        lock.acquire()
    except Timeout as error:
        raise Busy(f"another shenava is at work ({work}); wait until it ends") from error
    try:
        yield
    finally:
        lock.release()
