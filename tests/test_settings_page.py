"""Settings: brands, accounts, thresholds, the model in use and the audit log, for administrators only."""

import html
import re
from pathlib import Path

import pytest
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from dashboard.numerals import number
from dashboard.words import say
from domain.vocabulary import Role
from store import queries, writes
from store.database import open_store

HOSTILE = "<script>window.stolen=1</script>\u202eنام ![x](http://evil.example/x.png)"


def settings_page(url: str, role: str = "", **query: str) -> AppTest:
    """The page by itself; with a role, as somebody who has it."""

    def script(url: str, role: str) -> None:
        from datetime import UTC, datetime

        import streamlit as st

        from dashboard import access, settings_page, sidebar, states
        from dashboard.reads import Reader
        from domain.settings import get_settings
        from store.tables import User

        if role:
            access.user = lambda read: User(name="sara", role=role, created_at=datetime.now(UTC))
        read = Reader(url)
        with states.errors_in_a_box("fa"):
            settings_page.show(read, sidebar.choose(read), get_settings())
        st.session_state["shown"] = True

    app = AppTest.from_function(script, kwargs={"url": url, "role": role}, default_timeout=120)
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def shown(app: AppTest) -> str:
    return "\n".join(str(element.proto.body) for element in app.main.get("html"))


def go(app: AppTest, section: str) -> AppTest:
    app.session_state["settings-section"] = section
    return app.run()


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from dashboard import access
    from domain.settings import get_settings

    url = f"sqlite:///{tmp_path / 'shenava.db'}"
    monkeypatch.setenv("SHENAVA_DATABASE_URL", url)
    monkeypatch.setenv("SHENAVA_DATA", str(tmp_path))
    monkeypatch.setattr(access, "user", access.user)
    get_settings.cache_clear()
    writes.add_brand(open_store(url), "sib", "سیب")
    writes.add_brand(open_store(url), "anar", HOSTILE)
    yield url
    get_settings.cache_clear()


@pytest.fixture
def engine(url: str) -> Engine:
    return open_store(url)


@pytest.mark.parametrize("language", ["fa", "en"])
@pytest.mark.parametrize("section", ["settings brands", "settings users", "settings in force", "settings audit"])
def test_every_section_shows(url: str, language: str, section: str):
    app = go(settings_page(url, lang=language), section)
    assert not app.exception
    assert app.session_state["shown"]
    if language == "en":
        ours = re.sub(r"<[^>]+>|سیب|نام", "", html.unescape(shown(app)))
        assert not re.search("[ء-ی۰-۹]", ours)


@pytest.mark.parametrize("role", ["viewer", "analyst", "annotator"])
def test_only_an_administrator_sees_it(url: str, role: str):
    app = settings_page(url, role)
    assert 'role="alert"' in shown(app)
    assert "sib" not in shown(app)


def test_hostile_names_stay_text(url: str, engine: Engine):
    writes.note(engine, "local", HOSTILE, {HOSTILE: "\u200b" * 100_000})
    app = settings_page(url)
    body = shown(app) + shown(go(app, "settings audit"))
    assert "<script" not in body
    assert "&lt;script&gt;" in body
    assert "\u202e" not in body
    assert len(body) < 200_000


def test_a_brand_is_renamed_and_noted(url: str, engine: Engine):
    app = settings_page(url)
    app.text_input(key="brand-name-sib").input("  سیب \u202eتازه ").run()
    app.button(key="brand-rename").click().run()
    assert not app.exception
    assert [brand.name for brand in queries.brands(engine)] == ["سیب تازه", HOSTILE]
    entry = queries.audit(engine, action="brand rename")[0]
    assert (entry.user, entry.detail) == ("local", {"brand": "sib", "to": "سیب تازه"})


def test_a_name_of_nothing_is_refused(url: str, engine: Engine):
    app = settings_page(url)
    app.text_input(key="brand-name-sib").input("\u200c\u200b ").run()
    app.button(key="brand-rename").click().run()
    assert say("fa", "name missing") in shown(app)
    assert queries.brands(engine)[0].name == "سیب"
    assert not queries.audit(engine)


def add(app: AppTest, name: str, password: str, role: str) -> AppTest:
    go(app, "settings users")
    app.text_input(key="user-name").input(name)
    app.text_input(key="user-password").input(password)
    app.selectbox(key="user-role").select(role)
    return next(one for one in app.button if one.proto.form_id == "user-add").click().run()


def test_the_first_account_is_an_administrator(url: str, engine: Engine):
    app = go(settings_page(url), "settings users")
    assert app.selectbox(key="user-role").options == [Role.ADMIN.title("fa")]
    add(app, "Sara", "یک گذرواژهٔ بلند", "admin")
    assert [(one.name, one.role) for one in queries.users(engine)] == [("sara", "admin")]
    entry = queries.audit(engine)[0]
    assert (entry.user, entry.action, entry.detail["name"]) == ("local", "user add", "sara")
    # From now on everybody signs in, whoever was here before included.
    assert say("fa", "session over") in shown(app)


def test_accounts_are_added_changed_and_switched_off(url: str, engine: Engine):
    writes.add_user(engine, "sara", "admin", "گذرواژه‌ای بلند ۱")
    app = add(settings_page(url, "admin"), "reza", "گذرواژه‌ای بلند ۲", "viewer")
    assert app.session_state["user-password"] == ""
    app.selectbox(key="role-reza-viewer").select("analyst").run()
    app.button(key="user-set-role").click().run()
    app.button(key="user-switch").click().run()
    assert not app.exception
    reza = queries.user(engine, "reza")
    assert reza is not None and (reza.role, reza.active) == ("analyst", False)
    done = [(entry.user, entry.action) for entry in queries.audit(engine)][:3]
    assert done == [("sara", "user off"), ("sara", "user role"), ("sara", "user add")]
    app.button(key="user-switch").click().run()
    reza = queries.user(engine, "reza")
    assert reza is not None and reza.active


def test_short_passwords_are_refused_and_nobody_switches_themselves_off(url: str, engine: Engine):
    writes.add_user(engine, "sara", "admin", "گذرواژه‌ای بلند ۱")
    app = add(settings_page(url, "admin"), "reza", "کوتاه", "viewer")
    assert 'role="alert"' in shown(app)
    assert [one.name for one in queries.users(engine)] == ["sara"]
    assert not [one for one in app.selectbox if one.key == "user-chosen"]


def test_who_lost_the_role_meanwhile_changes_nothing(url: str, engine: Engine):
    from datetime import UTC, datetime

    from dashboard import access
    from dashboard.change import change
    from dashboard.reads import Reader
    from store.tables import User

    access.user = lambda read: User(name="sara", role="viewer", created_at=datetime.now(UTC))
    ran: list[int] = []
    fault = change(Reader(url), "en", "users", "brand rename", lambda: ran.append(1))
    assert "Viewer" in fault
    assert not ran and not queries.audit(engine)


def test_thresholds_say_where_they_are_changed(url: str, monkeypatch: pytest.MonkeyPatch):
    from domain.settings import get_settings

    monkeypatch.setenv("SHENAVA_SHARED_BY", "17")
    get_settings.cache_clear()
    body = shown(go(settings_page(url, lang="en"), "settings in force"))
    assert "<b>17</b>" in body and "SHENAVA_SHARED_BY" in body
    assert "<b>30</b>" in body


def test_the_model_in_use_is_the_one_that_read_last(sample: str):
    app = go(settings_page(sample, lang="en"), "settings in force")
    read = queries.read_by(open_store(sample))
    assert [one.model for one in read] == ["by hand"]
    assert f'<td data-title="Mentions">{read[0].texts}</td>' in shown(app)


@pytest.mark.parametrize(
    ("language", "delay", "rows"),
    [
        ("fa", "فاصلهٔ دو درخواست از یک میزبان (ثانیه)", "سطرها"),
        ("en", "Between two requests to one host (seconds)", "Rows"),
    ],
)
def test_the_log_calls_what_it_tells_by_its_title(url: str, engine: Engine, language: str, delay: str, rows: str):
    writes.note(engine, "local", "change", {"delay": 2, "rows": 59, "unheard_of": "x"})
    body = shown(go(settings_page(url, lang=language), "settings audit"))
    assert f'<span title="delay">{delay}</span>: <bdi>{number(2, language)}</bdi>' in body
    assert f'<span title="rows">{rows}</span>: <bdi>{number(59, language)}</bdi>' in body
    assert "<bdi>unheard_of</bdi>: <bdi>x</bdi>" in body


def test_the_log_is_paged_newest_first(url: str, engine: Engine):
    for rows in range(60):
        writes.note(engine, "local", "export", {"rows": rows})
    app = go(settings_page(url, lang="en"), "settings audit")
    assert shown(app).count("<tr><td") == 50
    assert shown(app).index("<bdi>59</bdi>") < shown(app).index("<bdi>10</bdi>")
    assert "<bdi>9</bdi>" not in shown(app)
    app.button(key="audit-more").click().run()
    assert shown(app).count("<tr><td") == 60
    app.text_input(key="audit-user").input("nobody").run()
    assert say("en", "audit empty") in shown(app)
