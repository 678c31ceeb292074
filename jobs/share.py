"""Share: which targets this process crawls. Alone all of them; with SHENAVA_REDIS_URL those that no other one has.

A target is the unit: a polite crawl has one request a host at a time, so its pages gain nothing from many processes,
while many targets do. What one process must not do twice as fast than it should, two must not either: the slots of
crawlers.slots keep one request a host over all processes.
"""

import secrets
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from typing import Any

from domain.errors import BadInput
from domain.settings import Settings
from jobs.lock import alone

_CLAIM = 60  # seconds that a claim outlives the process that held it
_DAY = 24 * 60 * 60  # seconds
_TOGETHER = 20.0  # seconds between processes that one cron started
_RENEW = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('expire', KEYS[1], ARGV[2]) end return 0"
_FREE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"


def turns(settings: Settings, targets: Iterable[int], *, wait: float = 0.0, all_of_it: bool = True) -> Iterator[int]:
    """Yield the targets that this process shall crawl, each claimed until the next one is asked for.

    `all_of_it` says that a target is done for everybody who began before it was; a trial or a cut run is not.

    Raises:
        Busy: another process collects, and does not share.
        BadInput: SHENAVA_REDIS_URL leads nowhere.
    """
    if not settings.redis_url:
        with alone(settings, "collect", wait):
            yield from targets
        return
    board = _Board(settings)
    began, left = board.now(), list(dict.fromkeys(targets))
    while left:
        taken = next((target for target in left if board.claim(target)), None)
        if taken is None:
            return  # the rest is in other hands, and would be free again had they died
        left.remove(taken)
        with board.held(taken):
            if not all_of_it or board.done(taken) < began - _TOGETHER:
                yield taken
                if all_of_it:
                    board.finish(taken)


class _Board:
    """Claims and finished targets of one store, in Redis."""

    def __init__(self, settings: Settings) -> None:
        from redis import Redis
        from redis.exceptions import RedisError

        self.owner = secrets.token_hex(8)
        self.name = f"shenava:{sha256(settings.url.rpartition('@')[2].encode()).hexdigest()[:8]}"
        try:
            self.redis: Any = Redis.from_url(settings.redis_url, decode_responses=True)
            self.redis.ping()
        except (RedisError, ValueError) as error:
            raise BadInput(f"no Redis there ({type(error).__name__}); check SHENAVA_REDIS_URL") from error

    def now(self) -> float:
        """Redis's own clock, the same for all machines."""
        seconds, micros = self.redis.time()
        return float(seconds) + float(micros) / 1e6

    def claim(self, target: int) -> bool:
        """Take a target, if nobody has it."""
        return bool(self.redis.set(f"{self.name}:claim:{target}", self.owner, nx=True, ex=_CLAIM))

    def done(self, target: int) -> float:
        """When a target was last crawled by anybody; 0 if not lately."""
        return float(self.redis.get(f"{self.name}:done:{target}") or 0)

    def finish(self, target: int) -> None:
        """Tell the others that a target is crawled."""
        self.redis.set(f"{self.name}:done:{target}", self.now(), ex=_DAY)

    @contextmanager
    def held(self, target: int) -> Iterator[None]:
        """Keep a claim alive while its target is crawled; that of a killed process runs out."""
        ended = threading.Event()

        def beat() -> None:
            while not ended.wait(_CLAIM / 3):
                with suppress(Exception):  # Redis may come back before the claim runs out
                    self.redis.eval(_RENEW, 1, f"{self.name}:claim:{target}", self.owner, _CLAIM)

        thread = threading.Thread(target=beat, daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()
            self.redis.eval(_FREE, 1, f"{self.name}:claim:{target}", self.owner)
