"""Share: which targets this process crawls. Alone all of them; with SHENAVA_REDIS_URL those that no other one has.

A target is the unit: a polite crawl has one request a host at a time, so its pages gain nothing from many processes,
while many targets do. What one process must not do twice as fast than it should, two must not either: the slots of
crawlers.slots keep one request a host over all processes.
"""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from domain.errors import BadInput
from domain.settings import Settings
from jobs.lock import alone

_CLAIM = 60  # seconds that a claim outlives the process that held it
_ROUND = 24 * 60 * 60  # seconds after which an unfinished round is forgotten
_NAME = "shenava"


def turns(settings: Settings, targets: Iterable[int], wait: float = 0.0) -> Iterator[int]:
    """Yield the targets that this process shall crawl, each claimed until the next one is asked for.

    Raises:
        Busy: another process collects, and does not share.
        BadInput: SHENAVA_REDIS_URL leads nowhere.
    """
    if not settings.redis_url:
        with alone(settings, "collect", wait):
            yield from targets
        return
    redis = _connect(settings.redis_url)
    members, done = f"{_NAME}:round", f"{_NAME}:done"
    ours = list(targets)
    for target in ours:
        redis.sadd(members, target)
    for key in (members, done):
        redis.expire(key, _ROUND)
    while (free := _free(redis, members, done)) is not None:
        with _claimed(redis, free):
            if not redis.sismember(done, free):
                yield free
                redis.sadd(done, free)
                redis.expire(done, _ROUND)
    if not redis.sdiff(members, done):
        redis.delete(members, done)


def _connect(url: str) -> Any:
    from redis import Redis
    from redis.exceptions import RedisError

    try:
        redis = Redis.from_url(url, decode_responses=True)
        redis.ping()
    except (RedisError, ValueError) as error:
        raise BadInput(f"no Redis there ({type(error).__name__}); check SHENAVA_REDIS_URL") from error
    return redis


def _free(redis: Any, members: str, done: str) -> int | None:
    """The first target of the round that is neither done nor claimed, claimed for us at once."""
    for target in sorted(map(int, redis.sdiff(members, done))):
        if redis.set(_key(target), "1", nx=True, ex=_CLAIM):
            return target
    return None


@contextmanager
def _claimed(redis: Any, target: int) -> Iterator[None]:
    """Keep a claim alive while its target is crawled; one whose process was killed runs out."""
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(_CLAIM / 3):
            redis.expire(_key(target), _CLAIM)

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        redis.delete(_key(target))


def _key(target: int) -> str:
    return f"{_NAME}:claim:{target}"
