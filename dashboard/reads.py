"""Reads of the store, kept until it changes, a minute at most: the same filter is not counted twice."""

from collections.abc import Callable
from functools import cached_property
from typing import Any, Concatenate, ParamSpec, TypeVar

import streamlit as st

from store.database import open_store
from store.filter import Filter
from store.queries import newest

P = ParamSpec("P")
T = TypeVar("T")


class Reader:
    """Calls the functions of store.queries on one store."""

    def __init__(self, url: str) -> None:
        self.url = url

    def __call__(self, query: Callable[Concatenate[Any, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The answer of a query, at most a minute old."""
        result: T = _read(query.__name__, self.url, self.newest, args, kwargs, query)
        return result

    @cached_property
    def newest(self) -> tuple[int, ...]:
        """The newest changes of the store when this page began: what was read before them is read again."""
        return newest(self.engine)

    @property
    def engine(self) -> Any:
        """The open store, one for the process."""
        return _engine(self.url)


@st.cache_resource(show_spinner=False, max_entries=4)
def _engine(url: str) -> Any:
    return open_store(url)


@st.cache_data(ttl=60, max_entries=500, show_spinner="⋯", hash_funcs={Filter: repr})
def _read(
    name: str,
    url: str,
    newest: tuple[int, ...],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    _query: Callable[..., Any],
) -> Any:
    return _query(_engine(url), *args, **kwargs)
