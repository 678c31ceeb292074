"""Door 1: the app. `shenava serve` or `streamlit run app.py`."""

import logging
from functools import partial
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

from dashboard import experiences, explore, export_page, frame, overview, sidebar, states
from dashboard.filters import Choice
from dashboard.first_paint import FirstPaint
from dashboard.reads import Reader
from dashboard.words import say
from domain.errors import ShenavaError
from domain.settings import get_settings
from jobs import export
from store import queries

HERE = Path(__file__)


def main() -> None:
    """Filters and pages; the address says all of it."""
    language = "en" if st.query_params.get("lang") == "en" else "fa"
    st.set_page_config(
        page_title=say(language, "shenava"), page_icon=str(HERE.with_name("static") / "favicon.png"), layout="wide"
    )
    try:
        show(language)
    except ShenavaError as error:
        states.error(str(error), language)
    except Exception:
        logging.getLogger(__name__).exception("a page failed")
        states.error(say(language, "unexpected"), language)


def show(language: str) -> None:
    """One page, with the filters beside it."""
    settings = get_settings()
    read = Reader(settings.url)
    choice = sidebar.choose(read) if read(queries.brands) else Choice(language=language)
    exporter = export_page.Exporter(export.export, export.FORMATS, export.data_dictionary)
    shows = {
        "overview": partial(overview.show, read, choice),
        "experiences": partial(experiences.show, read, choice, settings.shared_by),
        "explore": partial(explore.show, read, choice),
        "export": partial(export_page.show, read, choice, exporter),
    }
    pages = {
        key: st.Page(draw, title=say(language, key), url_path=key, default=key == frame.FRONT)
        for key, draw in shows.items()
    }
    page = st.navigation(list(pages.values()), position="hidden")
    frame.top(pages, page.url_path or frame.FRONT, choice)
    if read(queries.brands):
        page.run()
    else:
        states.no_data(language)


if __name__ == "__main__":
    main()
else:
    app = st.App(HERE, middleware=[Middleware(FirstPaint)])
