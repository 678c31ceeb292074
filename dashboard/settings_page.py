"""«تنظیمات»: brands, accounts, what is in force, and the log of who did what; for administrators."""

import html
from collections.abc import Iterator

import streamlit as st

from dashboard import access, accounts, audit_log
from dashboard.change import change
from dashboard.filters import Choice, link
from dashboard.frame import head
from dashboard.numerals import number, percent
from dashboard.provenance import moment
from dashboard.reads import Reader
from dashboard.tables import table
from dashboard.texts import plain, safe
from dashboard.words import say
from domain.access import LONGEST_NAME
from domain.indices import TOO_FEW
from domain.settings import Settings
from domain.text import persian_digits, storable, without_bidi_controls
from store import queries, writes
from store.filter import Filter

_SECTIONS = ("settings brands", "settings users", "settings in force", "settings audit")
_FAULT = "settings fault"


def show(read: Reader, choice: Choice, settings: Settings) -> None:
    """One section at a time, as the address says.

    Args:
        read: reads of the store; its engine is written to.
        choice: the language; filters change nothing here.
        settings: those of this process, to be shown.

    Raises:
        BadInput: who looks is no administrator.
    """
    language = choice.language
    access.demand(read, "users", language)
    head(read, "settings", Choice(language=language))
    section = st.segmented_control(
        say(language, "settings section"), _SECTIONS, default=_SECTIONS[0], key="settings-section", required=True,
        format_func=lambda key: say(language, key), label_visibility="collapsed",
    )  # fmt: skip
    accounts.tell(language, _FAULT)
    if section == _SECTIONS[0]:
        _brands(read, language)
    elif section == _SECTIONS[1]:
        accounts.show(read, language)
    elif section == _SECTIONS[2]:
        st.html(table(("setting", "value", "where it is set"), _in_force(settings, language), language))
        st.html(_models(read, settings, language))
    else:
        audit_log.show(read, language)


def _brands(read: Reader, language: str) -> None:
    brands, texts = queries.brands(read.engine), read(queries.brand_texts)
    ours = next(iter(read(queries.compared_brands, Filter()).brands), "")
    st.html(f'<p class="sh-small">{html.escape(say(language, "ours note"))}</p>')

    def rows() -> Iterator[tuple[str, ...]]:
        for brand in brands:
            href = html.escape(link("explore", Choice(Filter(brands=(brand.key,)), None, language)))
            role = say(language, "ours" if brand.key == ours else "rival")
            yield (
                f"<bdi>{safe(brand.name[:200])}</bdi>", f'<bdi dir="ltr">{safe(brand.key)}</bdi>', html.escape(role),
                f'<a href="{href}">{number(texts.get(brand.key, 0), language)}</a>',
            )  # fmt: skip

    st.html(table(("brand name", "brand key", "ours or rival", "mentions"), rows(), language))
    if not brands:
        return
    names = {brand.key: brand.name for brand in brands}
    with st.container(horizontal=True, vertical_alignment="bottom", key="brand-renaming"):
        key = st.selectbox(
            say(language, "brand"), list(names), key="brand-key", format_func=lambda key: plain(names[key])
        )
        name = st.text_input(say(language, "new name"), key=f"brand-name-{key}", max_chars=LONGEST_NAME)
        st.button(say(language, "rename"), key="brand-rename", on_click=_rename, args=(read, key, name, language))


def _rename(read: Reader, key: str, typed: str, language: str) -> None:
    name = " ".join(without_bidi_controls(storable(typed)).split())
    if not any(letter.isalnum() for letter in name):
        st.session_state[_FAULT] = say(language, "name missing")
        return
    fault = change(
        read, language, "users", "brand rename", lambda: writes.add_brand(read.engine, key, name), brand=key, to=name
    )
    st.session_state[_FAULT] = fault
    if not fault:
        st.toast(say(language, "saved"))


def _in_force(settings: Settings, language: str) -> Iterator[tuple[str, ...]]:
    """What decides which numbers are shown, and how we crawl."""
    yield _row("force too few", number(TOO_FEW, language), "domain/indices.py", language)
    yield _row("force interval", percent(95, language), "domain/indices.py", language)
    yield _row("force confident", say(language, "force calibrated"), f"{settings.model}/README.md", language)
    for key, value in (
        ("shared_by", number(settings.shared_by, language)),
        ("review_overlap", percent(100 * settings.review_overlap, language)),
        ("delay", _decimal(settings.delay, language)),
        ("crawl_hours", _decimal(settings.crawl_hours, language)),
        ("blocked_hours", _decimal(settings.blocked_hours, language)),
    ):
        yield _row(f"force {key}", value, f"shenava.toml: {key} · SHENAVA_{key.upper()}", language)


def _row(key: str, value: str, where: str, language: str) -> tuple[str, ...]:
    return html.escape(say(language, key)), f"<b>{html.escape(value)}</b>", f'<bdi dir="ltr">{safe(where)}</bdi>'


def _decimal(value: float, language: str) -> str:
    said = f"{value:g}"
    return persian_digits(said.replace(".", "٫")) if language == "fa" else said


def _models(read: Reader, settings: Settings, language: str) -> str:
    """Which checkpoint read what is shown; the setting may name another one, for what comes next."""
    found = read(queries.read_by)
    rows = (
        (
            f'<bdi dir="ltr">{safe(one.model)}</bdi>', number(one.texts, language),
            html.escape(moment(one.newest, language)),
        )
        for one in found
    )  # fmt: skip
    said = table(("read by", "mentions", "last read"), rows, language) if found else ""
    setting = f'<bdi dir="ltr">{safe(settings.model)}</bdi>'
    several = f'<p class="sh-few">{html.escape(say(language, "several models"))}</p>' if len(found) > 1 else ""
    return (
        f'<h2 class="sh-section">{say(language, "model in use")}</h2>{said}{several}'
        f'<p class="sh-small">{html.escape(say(language, "model setting"))} {setting}</p>'
    )
