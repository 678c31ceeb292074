"""Door 1: the app. `shenava serve` or `streamlit run app.py`."""

from functools import partial
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

from dashboard import (
    access,
    compare,
    crawls,
    dimensions,
    experiences,
    explore,
    export_page,
    frame,
    journey,
    overview,
    queue,
    reads,
    review,
    settings_page,
    sidebar,
    states,
    track_form,
)
from dashboard.filters import Choice
from dashboard.first_paint import FirstPaint
from dashboard.gate import Gate, open_to_others_only_with_accounts
from dashboard.reads import Reader
from dashboard.words import say
from domain.access import may
from domain.settings import Settings, get_settings
from jobs import export, lent, next_runs
from store import queries

HERE = Path(__file__)
#: Pages that not every role sees.
NEEDS = {"export": "export", "review": "correct", "settings": "users"}
#: Pages that an empty store has, too.
ALWAYS = ("crawls", "settings")


def main() -> None:
    """Filters and pages; the address says all of it."""
    language = "en" if st.query_params.get("lang") == "en" else "fa"
    st.set_page_config(say(language, "shenava"), str(HERE.with_name("static") / "favicon.png"), "wide")
    with states.errors_in_a_box(language):
        show(language)


def show(language: str) -> None:
    """One page, with the filters beside it."""
    read = Reader(get_settings().url)
    someone = access.user(read)
    collected = read(queries.sources)
    choice = sidebar.choose(read) if collected else Choice(language=language)
    settings = get_settings()
    exporter = export_page.Exporter(
        access.exporting(read, language, export.export), export.FORMATS, export.data_dictionary
    )
    shows = {
        "overview": partial(overview.show, read, choice, settings.shared_by, lent.changes),
        "experiences": partial(
            experiences.show, read, choice, settings.shared_by, lent.split if lent.can_split() else None
        ),
        "dimensions": partial(dimensions.show, read, choice),
        "journey": partial(journey.show, read, choice),
        "compare": partial(compare.show, read, choice),
        "explore": partial(explore.show, read, choice, lent.explain if lent.can_explain() else None),
        "queue": partial(queue.show, read, choice),
        "review": partial(review.show, read, choice, access.name(someone), settings.review_overlap),
        "export": partial(export_page.show, read, choice, exporter),
        "crawls": partial(crawls.show, read, choice, tracker(settings)),
        "settings": partial(settings_page.show, read, choice, settings),
    }
    pages = {
        key: st.Page(page, title=say(language, key), url_path=key, default=key == frame.FRONT)
        for key, page in shows.items()
        if may(someone.role, NEEDS.get(key, "read"))
    }
    now = st.navigation(list(pages.values()), position="hidden")
    frame.top(pages, now.url_path or frame.FRONT, choice)
    with st.sidebar:
        access.badge(someone, language)
    if collected or now.url_path in ALWAYS:
        now.run()
    else:
        states.no_data(language)


def tracker(settings: Settings) -> track_form.Tracker | None:
    """What adding a target needs; nothing where the crawlers are not installed."""
    if not lent.can_track():
        return None
    return track_form.Tracker(
        lent.sources,
        partial(lent.check, settings),
        lent.hits,
        lambda engine, *wanted: lent.save(engine, settings, *wanted),
        next_runs.next_runs,
    )


if __name__ == "__main__":
    main()
else:
    open_to_others_only_with_accounts(get_settings)
    reads.warm(get_settings().url)
    app = st.App(HERE, middleware=[Middleware(Gate, settings=get_settings), Middleware(FirstPaint)])
