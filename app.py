"""Door 1: the app. `shenava serve` or `streamlit run app.py`."""

from functools import partial
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

from dashboard import crawls, experiences, explore, export_page, frame, overview, sidebar, states
from dashboard.filters import Choice
from dashboard.first_paint import FirstPaint
from dashboard.reads import Reader
from dashboard.words import say
from domain.settings import get_settings
from jobs import export
from store import queries

HERE = Path(__file__)
EXPORTER = export_page.Exporter(export.export, export.FORMATS, export.data_dictionary)


def main() -> None:
    """Filters and pages; the address says all of it."""
    language = "en" if st.query_params.get("lang") == "en" else "fa"
    st.set_page_config(say(language, "shenava"), str(HERE.with_name("static") / "favicon.png"), "wide")
    with states.errors_in_a_box(language):
        show(language)


def show(language: str) -> None:
    """One page, with the filters beside it."""
    read = Reader(get_settings().url)
    collected = read(queries.sources)
    choice = sidebar.choose(read) if collected else Choice(language=language)
    shows = {
        "overview": partial(overview.show, read, choice),
        "experiences": partial(experiences.show, read, choice, get_settings().shared_by),
        "explore": partial(explore.show, read, choice),
        "export": partial(export_page.show, read, choice, EXPORTER),
        "crawls": partial(crawls.show, read, choice),
    }
    pages = {
        key: st.Page(page, title=say(language, key), url_path=key, default=key == frame.FRONT)
        for key, page in shows.items()
    }
    now = st.navigation(list(pages.values()), position="hidden")
    frame.top(pages, now.url_path or frame.FRONT, choice)
    if collected or now.url_path == "crawls":
        now.run()
    else:
        states.no_data(language)


if __name__ == "__main__":
    main()
else:
    app = st.App(HERE, middleware=[Middleware(FirstPaint)])
