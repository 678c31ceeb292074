"""The app on a day of the sample store, whatever day it is: ages and weeks are the same in every picture."""

import importlib
import pkgutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, tzinfo
from typing import Any
from unittest.mock import patch

from domain import dates

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
OURS = ("dashboard", "domain", "jobs", "store")


class _AnyDatetime(type):
    # What the store gives back was not made by this clock.
    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, datetime)


class Then(datetime, metaclass=_AnyDatetime):
    """A clock that stands."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Any:
        """That moment."""
        return NOW.astimezone(tz) if tz else NOW.astimezone().replace(tzinfo=None)


def today() -> date:
    """That day in Tehran."""
    return dates.local_day(NOW)


@contextmanager
def clock_stopped() -> Iterator[None]:
    """Within, every module of ours that asks the clock hears NOW."""
    ours = [module for name, module in list(sys.modules.items()) if name.partition(".")[0] in OURS]
    asking = [module for module in ours if getattr(module, "datetime", None) is datetime]
    calendars = [module for module in ours if getattr(module, "today", None) is dates.today]
    patches = [patch.object(module, "datetime", Then) for module in asking]
    patches += [patch.object(module, "today", today) for module in calendars]
    for one in patches:
        one.start()
    try:
        yield
    finally:
        for one in patches:
            one.stop()


def main() -> None:
    """`streamlit run app.py`, then."""
    from streamlit.web import cli

    import dashboard

    for module in ["jobs.next_runs", "store.queries", "store.writes"]:
        importlib.import_module(module)
    for found in pkgutil.iter_modules(dashboard.__path__):
        importlib.import_module(f"dashboard.{found.name}")
    sys.argv = ["streamlit", "run", "app.py", *sys.argv[1:]]
    with clock_stopped():
        cli.main()


if __name__ == "__main__":
    main()
