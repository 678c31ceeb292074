"""Reads of the store, kept until it changes, a minute at most: the same filter is not counted twice."""

import ctypes
import gc
import pickle
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from itertools import islice
from threading import BoundedSemaphore, Lock, Thread
from typing import Any, Concatenate, ParamSpec, TypeVar

import streamlit as st

from store.database import open_store
from store.facts import facts
from store.queries import newest

#: Of mallopt(3), with what we say: the most heaps, from which size on memory is given back at once, and what a heap may
#: keep at its end.
_HEAP = {-8: 2, -3: 1 << 20, -1: 4 << 20}
#: So many queries are answered at once: more would only wait for each other, on two cores and one interpreter.
_AT_ONCE = 2
#: In memory an answer takes about so many times what it takes packed.
_AS_OBJECTS = 4
#: Of longer answers than twice this so many parts tell the size.
_SAMPLE = 50
P = ParamSpec("P")
T = TypeVar("T")


class Reader:
    """Calls the functions of store.queries on one store."""

    def __init__(self, url: str) -> None:
        self.url = url

    def __call__(self, query: Callable[Concatenate[Any, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The answer of a query, at most a minute old. Everybody gets the same one: it is not to be changed."""
        name = (query.__module__, query.__qualname__)
        asked = (*name, self.url, self.newest, _cleared(), args, tuple(sorted(kwargs.items())))
        answer: T = _answers().get(asked, lambda: query(self.engine, *args, **kwargs))
        return answer

    @cached_property
    def newest(self) -> tuple[int, ...]:
        """The newest changes of the store when this page began: what was read before them is read again."""
        return newest(self.engine)

    @property
    def engine(self) -> Any:
        """The open store, one for the process."""
        return _engine(self.url)


def warm(url: str) -> None:
    """Read the facts of a store beside the start of the app, so that whoever comes first need not wait for them."""
    Thread(target=_warm, args=(url,), daemon=True).start()


def _warm(url: str) -> None:
    # What is wrong with the store, the first page says.
    with suppress(Exception):
        facts(_engine(url))


class Answers:
    """Answers of queries, the least lately asked of them forgotten when they take too much memory."""

    def __init__(self, most: int = 32 << 20, seconds: float = 60) -> None:
        self.most, self.seconds, self.size = most, seconds, 0
        #: What was asked -> until when it holds, its bytes, the answer.
        self._kept: OrderedDict[Any, tuple[float, int, Any]] = OrderedDict()
        self._asking: dict[Any, Lock] = {}
        self._lock = Lock()
        self._places = BoundedSemaphore(_AT_ONCE)

    def get(self, asked: Any, ask: Callable[[], Any]) -> Any:
        """A kept answer, or a new one; of several who ask the same at once, one counts and the others wait."""
        with self._lock:
            if asked in self._kept and self._kept[asked][0] > time.monotonic():
                self._kept.move_to_end(asked)
                return self._kept[asked][2]
            turn = self._asking.setdefault(asked, Lock())
        with turn:
            with self._lock:
                if asked in self._kept and self._kept[asked][0] > time.monotonic():
                    return self._kept[asked][2]
            try:
                with self._places:
                    answer = ask()
                self._keep(asked, answer)
            finally:
                with self._lock:
                    self._asking.pop(asked, None)
        return answer

    def _keep(self, asked: Any, answer: Any) -> None:
        size = 1_000 + _AS_OBJECTS * _size(answer)
        with self._lock:
            self._forget(asked)
            self._kept[asked] = time.monotonic() + self.seconds, size, answer
            self.size += size
            while self.size > self.most:
                self._forget(next(iter(self._kept)))

    def _forget(self, asked: Any) -> None:
        _, size, _ = self._kept.pop(asked, (0.0, 0, None))
        self.size -= size


def _give_back() -> None:
    """Have glibc give back what a click freed: each click is a thread, and each thread has a heap that keeps it.

    300 MiB were kept so after some hundred clicks on a million mentions.
    """
    with suppress(AttributeError, OSError):  # another C library has its own way
        for option, value in _HEAP.items():
            ctypes.CDLL(None).mallopt(option, value)


_give_back()


def _size(answer: Any) -> int:
    """How many bytes an answer takes when it is packed; of a long one, some parts tell."""
    try:
        if isinstance(answer, list | tuple | dict) and len(answer) > 2 * _SAMPLE:
            parts = list(islice(answer.items() if isinstance(answer, dict) else answer, _SAMPLE))
            return len(pickle.dumps(parts)) * len(answer) // _SAMPLE
        return len(pickle.dumps(answer))
    except pickle.PicklingError:  # its module was edited while the app runs
        return 100_000


@st.cache_data(show_spinner=False)
def _cleared() -> int:
    """When somebody last cleared the caches: whoever changes something sees it at once."""
    return time.time_ns()


@st.cache_resource(show_spinner=False)
def _answers() -> Answers:
    return Answers()


@st.cache_resource(show_spinner=False, max_entries=4)
def _engine(url: str) -> Any:
    # After each run Streamlit looks through all objects for garbage; what is loaded by now stays, and is left out.
    gc.freeze()
    return open_store(url)
