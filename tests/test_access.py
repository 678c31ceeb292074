"""Who may enter, what they may do, and what is written down: on a real store and on the real app."""

import asyncio
import http.client
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
from engines import postgresql, postgresql_bin
from starlette.responses import PlainTextResponse
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.testing.v1 import AppTest
from streamlit.web.server.starlette import starlette_websocket
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value
from typer.testing import CliRunner
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

import cli
from dashboard import access, exposure
from dashboard.gate import Gate, whole_run
from dashboard.house import own_address
from dashboard.session import LASTS, Keys, Session, begin, holder
from domain.access import ACTIONS, may, user_name, wait_after
from domain.errors import BadInput
from domain.mention import Mention
from domain.passwords import COMMON, check_password, hashed, matches
from domain.settings import ROOT, Settings, get_settings
from domain.vocabulary import Role
from store import attempts, queries, writes
from store.database import open_store

GOOD = "درخت سبز کنار رود"
SAID = "این متن را فقط کسی می‌خواند که وارد شده باشد"
#: Put before the app by no proxy at all: each test comes from an address of its own.
_addresses = iter(range(1, 250))


def sign_in(engine, name, password, address="here"):
    return writes.sign_in(engine, name, password, "alias", address)


# The words


def test_each_role_may_do_what_the_one_before_may_and_more():
    allowed = [{action for action in ACTIONS if may(role, action)} for role in Role]
    assert [len(actions) for actions in allowed] == [1, 2, 5, 7]
    assert allowed[0] < allowed[1] < allowed[2] < allowed[3]
    assert not may("stranger", "read") and not may("", "read")
    with pytest.raises(KeyError):
        may("admin", "misspelt")


def test_the_wait_begins_with_the_fifth_failure_and_grows_to_an_end():
    waits = [wait_after(failures) for failures in range(40)]
    assert not any(waits[:5])
    assert waits[5] == timedelta(seconds=30)
    assert waits == sorted(waits)
    assert waits[-1] == timedelta(minutes=15)


def test_one_person_has_one_name_however_it_is_typed():
    assert user_name("  Zahra ") == user_name("zahra") == "zahra"
    assert user_name("علي اكبري") == "علی اکبری"
    for bad in ("", "   ", "a" * 81, "a\nb", "a\x00b", "\u202eevil", "local", "?x", "\ud800"):
        with pytest.raises(BadInput):
            user_name(bad)


@pytest.mark.parametrize("bad", ["", "short", "۱۲۳۴۵۶۷۸۹۰", "QwertyUIOP", "aaaaaaaaaaaa", "x" * 1025, "zahra.karimi"])
def test_passwords_that_others_would_guess_are_refused_and_never_repeated(bad: str):
    with pytest.raises(BadInput) as refused:
        check_password(bad, "zahra.karimi")
    assert not bad or bad not in str(refused.value)


def test_a_hundred_common_passwords_are_known_and_a_hash_opens_for_its_password_only():
    assert len(COMMON) >= 100 and all(len(word) >= 10 for word in COMMON)
    stored = hashed(GOOD)
    assert stored.startswith("$argon2id$") and GOOD not in stored and stored != hashed(GOOD)
    assert (
        matches(stored, GOOD) and not matches(stored, GOOD + " ") and not matches("", GOOD) and not matches("x", GOOD)
    )


def test_an_unknown_name_costs_as_much_as_a_known_one():
    stored = hashed(GOOD)
    best = {}
    for kind, value in (("known", stored), ("unknown", "")):
        took = []
        for _ in range(5):
            start = time.perf_counter()
            matches(value, "wrong password")
            took.append(time.perf_counter() - start)
        best[kind] = min(took)
    assert 0.5 < best["known"] / best["unknown"] < 2


# The store


def test_accounts_come_change_and_rest_and_each_change_is_written_down(engine):
    assert not queries.has_users(engine)
    writes.add_user(engine, "Zahra", "admin", GOOD)
    writes.add_user(engine, "sara@example.ir", "viewer", None, by="zahra")
    assert queries.has_users(engine)
    with pytest.raises(BadInput, match="already"):
        writes.add_user(engine, "ZAHRA", "viewer", GOOD)
    with pytest.raises(BadInput, match="viewer, analyst, annotator, admin"):
        writes.add_user(engine, "x", "king", GOOD)
    writes.set_role(engine, "sara@example.ir", "analyst")
    writes.deactivate(engine, "sara@example.ir")
    assert [(user.name, user.role, user.active) for user in queries.users(engine)] == [
        ("sara@example.ir", "analyst", False),
        ("zahra", "admin", True),
    ]
    log = queries.audit(engine)
    assert [entry.action for entry in log] == ["user off", "user role", "user add", "user add"]
    assert (log[2].user, log[2].detail["name"]) == ("zahra", "sara@example.ir")
    assert GOOD not in str([entry.model_dump() for entry in log])


def test_the_last_administrator_stays_one(engine):
    writes.add_user(engine, "zahra", "admin", GOOD)
    for change in (lambda: writes.deactivate(engine, "zahra"), lambda: writes.set_role(engine, "zahra", "viewer")):
        with pytest.raises(BadInput, match="last administrator"):
            change()
    writes.add_user(engine, "sara", "admin", GOOD)
    assert not writes.deactivate(engine, "zahra").active


def test_the_audit_log_is_read_in_pages(engine):
    for number in range(7):
        writes.note(engine, "zahra" if number % 2 else "sara", "export", {"rows": number})
    first = queries.audit(engine, 3)
    rest = queries.audit(engine, 10, before=first[-1].id)
    assert [entry.detail["rows"] for entry in [*first, *rest]] == [6, 5, 4, 3, 2, 1, 0]
    assert [entry.detail["rows"] for entry in queries.audit(engine, user="zahra")] == [5, 3, 1]
    assert queries.audit(engine, action="sign-in") == []


@pytest.mark.parametrize("name", ["zahra", "nobody"])
def test_five_failures_make_a_name_wait_whether_or_not_it_exists(engine, name: str):
    writes.add_user(engine, "zahra", "admin", GOOD)
    for turn in range(5):
        tried = sign_in(engine, name, "wrong password", f"address {turn}")
        assert tried == writes.SignIn()
    refused = sign_in(engine, name, GOOD, "another address")
    assert refused.user is None and timedelta(seconds=25) < refused.wait <= timedelta(seconds=30)
    assert len(queries.audit(engine, action=attempts.FAILED)) == 5, "attempts while waiting do not lengthen the wait"
    shown = queries.audit(engine, 1)[0].user
    assert shown == ("zahra" if name == "zahra" else "?alias")
    assert queries.attempts(engine, shown, "") > timedelta(0) == queries.attempts(engine, "sara", "unseen")


def test_five_failures_make_an_address_wait_and_signing_in_does_not_clear_it(engine):
    writes.add_user(engine, "zahra", "admin", GOOD)
    for turn in range(4):
        assert not sign_in(engine, f"guess {turn}", "wrong password", "there").wait
    assert sign_in(engine, "zahra", GOOD, "there").user
    sign_in(engine, "zahra", "wrong password", "there")
    assert sign_in(engine, "zahra", GOOD, "there").wait
    assert sign_in(engine, "zahra", GOOD, "elsewhere").user


def test_the_wait_is_over_when_it_is_over(engine, monkeypatch: pytest.MonkeyPatch):
    from store.writes import users

    writes.add_user(engine, "zahra", "admin", GOOD)
    for _ in range(5):
        sign_in(engine, "zahra", "wrong password")
    later = writes.now() + timedelta(seconds=31)
    monkeypatch.setattr(users, "now", lambda: later)
    assert sign_in(engine, "zahra", GOOD).user
    assert not sign_in(engine, "zahra", GOOD, "elsewhere").wait, "signing in clears the name"


def test_many_guesses_at_once_are_no_way_around_the_wait(engine):
    writes.add_user(engine, "zahra", "admin", GOOD)
    came = []
    guesses = [
        threading.Thread(target=lambda turn=turn: came.append(sign_in(engine, "zahra", f"guess number {turn}")))
        for turn in range(12)
    ]
    for guess in guesses:
        guess.start()
    for guess in guesses:
        guess.join()
    assert sum(not tried.wait for tried in came) == 5


def test_a_session_ends_with_time_sign_out_another_password_or_the_account(engine, tmp_path: Path):
    keys = Keys(tmp_path / "secret.key")
    assert (tmp_path / "secret.key").stat().st_mode & 0o777 == 0o600
    writes.add_user(engine, "zahra", "admin", GOOD)
    writes.add_user(engine, "sara", "viewer", GOOD)

    def enter(name, password=GOOD):
        came = sign_in(engine, name, password)
        return came, begin(keys, came.user, came.entry)

    came, token = enter("sara")
    _, other = enter("sara")
    assert holder(engine, keys, token).name == "sara"
    writes.note(engine, "sara", "sign-out", {"sign_in": came.entry})
    assert holder(engine, keys, token) is None
    assert holder(engine, keys, other), "another browser of the same person stays in"
    writes.set_password(engine, "sara", "یک گذرواژهٔ دیگر")
    assert holder(engine, keys, other) is None
    _, third = enter("sara", "یک گذرواژهٔ دیگر")
    writes.deactivate(engine, "sara")
    assert holder(engine, keys, third) is None
    assert sign_in(engine, "sara", "یک گذرواژهٔ دیگر").user is None


def test_forged_and_old_cookies_say_nothing(tmp_path: Path):
    keys, others = Keys(tmp_path / "secret.key"), Keys(tmp_path / "other.key")
    now = int(time.time())
    token = keys.token(Session("zahra", 1, now, "m"))
    assert keys.read(token) == Session("zahra", 1, now, "m")
    said, sign = token.split(".")
    stranger = others.token(Session("zahra", 1, now, "m"))
    for bad in ("", ".", said, f"{said}.", f"{said}x.{sign}", f"{said}.{'0' * 64}", stranger, token + "a", "ä.ä"):
        assert keys.read(bad) is None
    assert keys.read(keys.token(Session("zahra", 1, now - LASTS - 1, "m"))) is None
    assert keys.read(keys.token(Session("zahra", 1, now + 60, "m"))) is None


def test_addresses_of_one_house_are_one_and_none_is_kept(tmp_path: Path):
    keys = Keys(tmp_path / "secret.key")
    assert keys.address("2001:db8::1") == keys.address("2001:db8::ffff") != keys.address("2001:db8:0:1::1")
    assert keys.address("::ffff:192.0.2.1") == keys.address("192.0.2.1") != keys.address("192.0.2.2")
    assert "192" not in keys.address("not an address") and keys.address("")


# Where from, where to


def scope(client="127.0.0.1", server="127.0.0.1"):
    return {"client": (client, 5000), "server": (server, 8501)}


def test_only_this_computer_by_its_own_name_with_nobody_between_is_here():
    local = {"host": "127.0.0.1:8501"}
    assert exposure.is_here(scope(), local) and exposure.is_here(scope(), {"host": "localhost:8501"})
    assert not exposure.is_here(scope("198.51.100.7"), local)
    assert not exposure.is_here(scope(server="198.51.100.7"), local)
    assert not exposure.is_here({"client": None, "server": None}, local)
    for headers in ({"host": "rebound.example"}, {}, {"host": "127.0.0.1.example"}, local | {"x-forwarded-for": "x"}):
        assert not exposure.is_here(scope(), headers)


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "/a\nb",
        "explore",
        "//[",
    ],
)
def test_after_signing_in_nobody_is_sent_elsewhere(bad: str):
    assert own_address(bad) == "/"


def test_after_signing_in_the_page_that_was_asked_for_opens():
    assert own_address("/explore?lang=en&q=%D9%BE") == "/explore?lang=en&q=%D9%BE"


def test_a_message_without_a_session_becomes_a_run_of_the_whole_page():
    said = BackMsg()
    said.rerun_script.query_string = "lang=en"
    said.rerun_script.fragment_id = "secret part"
    run = BackMsg.FromString(whole_run(said.SerializeToString()))
    assert (run.rerun_script.query_string, run.rerun_script.fragment_id) == ("lang=en", "")
    assert BackMsg.FromString(whole_run(b"\xff\xff nonsense")).WhichOneof("type") == "rerun_script"


# The verbs


@pytest.fixture
def shenava(empty, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("COLUMNS", "200")
    return lambda *words, typed=None: CliRunner().invoke(cli.app, list(words), input=typed)


def test_an_account_is_made_listed_changed_and_put_to_rest_by_verbs(shenava, empty):
    made = shenava("user", "add", "زهرا", "--role", "admin", "--password-stdin", "--json", typed=f"{GOOD}\n")
    assert made.exit_code == 0, made.output
    assert json.loads(made.stdout) == {"name": "زهرا", "role": "admin", "active": True, "signs_in": "here"}
    assert shenava("user", "add", "sara", typed=f"{GOOD}2\n{GOOD}2\n").exit_code == 0
    assert shenava("user", "role", "sara", "analyst").exit_code == 0
    assert shenava("user", "off", "sara").exit_code == 0
    listed = json.loads(shenava("user", "list", "--json").stdout)
    assert [(row["name"], row["role"], row["active"]) for row in listed] == [
        ("sara", "analyst", False),
        ("زهرا", "admin", True),
    ]
    assert "sara" in shenava("user", "list").stdout
    log = shenava("audit", "--json").stdout
    assert [row["action"] for row in json.loads(log)] == ["user off", "user role", "user add", "user add"]
    assert GOOD not in log + made.output and sign_in(open_store(empty), "زهرا", GOOD).user


@pytest.mark.parametrize("password", ["", "short", "1234567890"])
def test_a_bad_password_makes_no_account_not_even_one_without(shenava, empty, password: str):
    done = shenava("user", "add", "zahra", "--password-stdin", typed=f"{password}\n")
    assert done.exit_code == 1
    assert queries.users(open_store(empty)) == []


# The real app


def start(data: Path, *options: str):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = (data / "log").open("ab")
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    process = subprocess.Popen(
        [*command, "--server.fileWatcherType", "none", *options], cwd=ROOT, stdout=log, stderr=log,
        env={**os.environ, "SHENAVA_DATA": str(data), "SHENAVA_DATABASE_URL": ""},
    )  # fmt: skip
    return process, port


@contextmanager
def running(data: Path, *options: str):
    process, port = start(data, *options)
    try:
        for _ in range(240):
            with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as line:
                try:
                    line.request("GET", "/_stcore/health")
                    line.getresponse()
                    break
                except OSError:
                    time.sleep(0.25)
        yield Server(port, data)
    finally:
        process.terminate()
        process.wait(10)


class Server:
    def __init__(self, port: int, data: Path) -> None:
        self.port, self.data = port, data
        self.origin = f"http://127.0.0.1:{port}"
        self.engine = open_store(f"sqlite:///{data / 'shenava.db'}")

    def ask(self, path, method="GET", body=None, **headers):
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as line:
            line.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
            answer = line.getresponse()
            return answer.status, answer.headers, answer.read().decode("utf-8", "replace")

    def post(self, path="/signin", cookie="", origin=None, **fields):
        return self.ask(
            path, "POST", urlencode(fields), Origin=origin or self.origin, Cookie=cookie,
            X_Forwarded_For=f"198.51.100.{next(_addresses)}",
        )  # fmt: skip

    def cookie(self, name, password=GOOD):
        status, headers, _ = self.post(name=name, password=password)
        assert status == 303
        return headers["Set-Cookie"].partition(";")[0]

    def line(self, cookie=""):
        headers = {"Cookie": cookie} if cookie else {}
        address = f"ws://127.0.0.1:{self.port}/_stcore/stream"
        return connect(address, origin=self.origin, additional_headers=headers, subprotocols=["streamlit"])


def page_of(line, page="") -> str:
    """Everything that the app sends for one run of a page."""
    run = BackMsg()
    run.rerun_script.page_name = page
    line.send(run.SerializeToString())
    seen = b""
    while True:
        message = line.recv(timeout=60)
        seen += message
        if ForwardMsg.FromString(message).WhichOneof("type") == "script_finished":
            return seen.decode("utf-8", "replace")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory):
    data = tmp_path_factory.mktemp("access")
    engine = open_store(f"sqlite:///{data / 'shenava.db'}")
    writes.add_brand(engine, "nan", "نان")
    writes.save_mentions(engine, [Mention(source="wordpress", native_id="a#1", brand="nan", text=SAID)])
    writes.add_user(engine, "zahra", "admin", GOOD)
    writes.add_user(engine, "sara", "viewer", GOOD)
    with running(data) as server:
        yield server


def test_exposed_without_accounts_it_does_not_start_and_says_what_to_type(tmp_path: Path):
    process, port = start(tmp_path, "--server.address", "0.0.0.0")
    assert process.wait(60) != 0
    assert "shenava user add" in (tmp_path / "log").read_text("utf-8")
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", port), timeout=1)
    done = subprocess.run(
        [sys.executable, "-m", "cli", "serve", "--address", "0.0.0.0", "--port", str(port)], cwd=ROOT, timeout=60,
        env={**os.environ, "SHENAVA_DATA": str(tmp_path), "SHENAVA_DATABASE_URL": ""}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 1
    assert "shenava user add" in done.stderr


def test_on_this_computer_it_is_open_until_somebody_has_an_account(tmp_path: Path):
    with running(tmp_path) as server:
        assert server.ask("/", Accept="text/html")[0] == 200
        for other in ({"Host": "rebound.example"}, {"X_Forwarded_For": "198.51.100.1"}):
            assert server.ask("/", Accept="text/html", **other)[0] == 303
            status, _, page = server.ask("/signin", **other)
            assert status == 403 and "shenava user add" in page
        with server.line() as line:
            assert "make run" in page_of(line)
            writes.add_user(server.engine, "zahra", "admin", GOOD)
            time.sleep(2.5)
            assert "نشست شما پایان یافته است" in page_of(line)
        assert server.ask("/", Accept="text/html")[0] == 303


@pytest.mark.parametrize(
    "path",
    [
        "/", "/explore", "/index.html", "/app/static/favicon.png", "/media/secret.csv", "/_stcore/host-config",
        "/_stcore/upload_file/a/b", "/_stcore/metrics", "/static/js/index.js", "/component/a/b", "//signin",
        "/signin/../explore", "/_stcore/health/../host-config", "/auth/login", "/oauth2callback",
    ],
)  # fmt: skip
def test_without_a_session_nothing_is_readable(server: Server, path: str):
    status, headers, page = server.ask(path, Accept="text/html")
    assert status == 303 and headers["Location"].startswith("/signin?") and not page
    for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"):
        assert server.ask(path, method)[0] == 401


def test_without_a_session_the_websocket_does_not_open(server: Server):
    for cookie in ("", "shenava=x.y", "shenava=" + Keys(server.data / "x").token(Session("zahra", 1, 1, ""))):
        with pytest.raises(InvalidStatus) as refused, server.line(cookie):
            pass
        assert refused.value.response.status_code == 403


def test_the_right_password_opens_the_app_and_signing_out_closes_it(server: Server):
    status, headers, _ = server.post(name=" Zahra", password=GOOD, next="/explore?lang=en")
    assert (status, headers["Location"]) == (303, "/explore?lang=en")
    said = headers["Set-Cookie"]
    assert "HttpOnly" in said and "SameSite=lax" in said and f"Max-Age={LASTS}" in said and "Secure" not in said
    cookie = said.partition(";")[0]
    assert server.ask("/", Accept="text/html", Cookie=cookie)[0] == 200
    assert server.ask("/app/static/favicon.png", Cookie=cookie)[0] == 200
    with server.line(cookie) as line:
        assert SAID in page_of(line, "explore")
        assert server.post("/signout", cookie)[0] == 303
        assert server.ask("/", Accept="text/html", Cookie=cookie)[0] == 303
        time.sleep(0.2)
        after = page_of(line, "explore")
        assert SAID not in after and "نشست شما پایان یافته است" in after
    actions = [entry.action for entry in queries.audit(server.engine, 2, user="zahra")]
    assert actions == ["sign-out", "sign-in"]


def test_over_https_the_cookie_goes_over_https_only(server: Server):
    answer = server.ask(
        "/signin", "POST", urlencode({"name": "zahra", "password": GOOD}), Origin=f"https://127.0.0.1:{server.port}",
        X_Forwarded_Proto="https", X_Forwarded_For="198.51.100.251",
    )  # fmt: skip
    assert "Secure" in answer[1]["Set-Cookie"]


def test_forged_and_expired_cookies_are_refused(server: Server):
    cookie = server.cookie("zahra")
    keys, now = Keys(server.data / "secret.key"), int(time.time())
    user = queries.user(server.engine, "zahra")
    mark = keys.mark(user.password_hash)
    assert server.ask("/", Cookie=f"shenava={keys.token(Session('zahra', 1, now - 60, mark))}")[0] == 200
    for bad in (
        cookie[:-1] + ("0" if cookie[-1] != "0" else "1"),
        f"shenava={keys.token(Session('zahra', 1, now - LASTS - 1, mark))}",
        f"shenava={keys.token(Session('zahra', 1, now, 'another'))}",
        f"shenava={keys.token(Session('nobody', 1, now, mark))}",
    ):
        assert server.ask("/", Cookie=bad)[0] == 401


def test_after_five_wrong_passwords_even_the_right_one_waits(server: Server):
    writes.add_user(server.engine, "mina", "viewer", GOOD)
    for _ in range(5):
        status, _, page = server.post(name="mina", password="wrong password")
        assert status == 401 and "درست نیست" in page
    status, headers, page = server.post(name="mina", password=GOOD)
    assert status == 429 and 0 < int(headers["Retry-After"]) <= 30 and "ثانیه" in page
    unknown = [server.post(name="hich kas", password="wrong password") for _ in range(6)]
    assert [status for status, *_ in unknown] == [401] * 5 + [429]
    known, other = (re.sub("mina|hich kas|[۰-۹]+ ثانیه", "", one) for one in (page, unknown[-1][2]))
    assert known == other, "no hint whether the name exists"


def test_a_form_of_another_site_neither_signs_in_nor_out(server: Server):
    cookie = server.cookie("zahra")
    for origin in ("https://evil.example", "null"):
        assert server.post(name="zahra", password=GOOD, origin=origin)[0] == 403
        assert server.post("/signout", cookie, origin=origin)[0] == 403
    assert server.ask("/signout", Cookie=cookie)[0] == 200, "a link only asks"
    assert server.ask("/", Cookie=cookie)[0] == 200


def test_a_viewer_sees_the_texts_and_may_not_export(server: Server):
    with server.line(server.cookie("sara")) as line:
        seen = page_of(line, "explore")
        assert SAID in seen and "خروجی" not in seen
        assert "ساختن پرونده" not in page_of(line, "export")
    with server.line(server.cookie("zahra")) as line:
        assert "ساختن پرونده" in page_of(line, "export")


def test_hostile_names_stay_text(server: Server):
    trick = '"><script>alert(1)</script>'
    _, headers, page = server.post(name=trick, password="wrong password", next=f"/explore?q={trick}")
    assert "<script" not in page and "&lt;script&gt;" in page
    assert "script-src" not in headers["Content-Security-Policy"] and "default-src 'none'" in page + str(headers)
    writes.add_user(server.engine, "<b>x</b>", "viewer", GOOD)
    with server.line(server.cookie("<b>x</b>")) as line:
        seen = page_of(line, "explore")
        assert "&lt;b&gt;x&lt;/b&gt;" in seen and "<bdi><b>x" not in seen


@pytest.mark.parametrize(
    "body", [b"", b"\xff\xfe", b"name=a" * 10_000, b"name&password", b"%00=%00&name=%00&password=%00"]
)
def test_odd_forms_are_refused_and_break_nothing(server: Server, body: bytes):
    status, _, _ = server.ask(
        "/signin", "POST", body, Origin=server.origin, X_Forwarded_For=f"198.51.100.{next(_addresses)}"
    )
    assert status in (401, 429)


def test_passwords_and_mistyped_names_are_nowhere(server: Server):
    secret = "my-real-password-77"
    server.post(name=secret, password=secret)
    server.post(name="zahra", password=secret)
    log = queries.audit(server.engine, 10_000)
    assert any(entry.user.startswith("?") for entry in log)
    everything = str([entry.model_dump() for entry in log]) + (server.data / "log").read_text("utf-8")
    everything += str([user.model_dump() for user in queries.users(server.engine)])
    for word in (secret, GOOD, "198.51.100"):
        assert word not in everything


# Signing in elsewhere (OIDC): what Streamlit's cookie is worth here


@pytest.fixture
def elsewhere(engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The gate before an app that says «inside», with a provider configured; gives (cookies) -> what it answers."""
    monkeypatch.setattr(exposure, "providers", lambda: ["default"])
    monkeypatch.setattr(starlette_websocket, "get_cookie_secret", lambda: "of this test")
    settings = Settings(data=tmp_path)

    async def app(scope, receive, send):
        await PlainTextResponse("inside")(scope, receive, send)

    gate = Gate(app, lambda: settings)

    def ask(path="/", cookie="", **more):
        sent = []

        async def receive():
            return {"type": "http.request", "body": b""}

        async def send(message):
            sent.append(message)

        headers = {"host": "shenava.example", "accept": "text/html", "cookie": cookie}
        scope = {
            "type": "http", "method": "GET", "path": path, "query_string": b"", "scheme": "https", **more,
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            "client": ("198.51.100.9", 1), "server": ("10.0.0.1", 443),
        }  # fmt: skip
        asyncio.run(gate(scope, receive, send))
        given = [value.decode() for name, value in sent[0]["headers"] if name == b"set-cookie"]
        return sent[0]["status"], dict(sent[0]["headers"]).get(b"location", b"").decode(), given

    return ask


def provider_cookie(email, secret="of this test", **more) -> str:
    said = {"origin": "https://shenava.example", "is_logged_in": True, "email": email} | more
    signed = create_signed_value(secret, "_streamlit_user", json.dumps(said))
    return f"_streamlit_user={signed.decode()}"


def test_who_has_an_account_enters_from_elsewhere_with_a_session_of_ours(elsewhere, engine):
    writes.add_user(engine, "sara@example.ir", "viewer", None)
    status, where, given = elsewhere("/explore", provider_cookie("Sara@Example.ir"))
    assert (status, where) == (303, "/explore")
    ours = next(cookie for cookie in given if cookie.startswith("shenava="))
    assert "Secure" in ours and "HttpOnly" in ours
    assert any(cookie.startswith('_streamlit_user=""') for cookie in given), "the longer cookie of Streamlit goes"
    assert elsewhere("/explore", ours.partition(";")[0])[0] == 200
    assert queries.audit(engine)[0].detail == {"by": "oidc"}


def test_who_has_no_account_or_another_kind_does_not_enter_from_elsewhere(elsewhere, engine):
    writes.add_user(engine, "zahra@example.ir", "admin", GOOD)
    writes.add_user(engine, "sara@example.ir", "viewer", None)
    writes.add_user(engine, "mina@example.ir", "viewer", None)
    writes.deactivate(engine, "mina@example.ir")
    refused = [
        provider_cookie("nobody@example.ir"),
        provider_cookie("zahra@example.ir"),
        provider_cookie("mina@example.ir"),
        provider_cookie("sara@example.ir", email_verified=False),
        provider_cookie("sara@example.ir", secret="of somebody else"),
        provider_cookie("sara@example.ir", origin="https://evil.example"),
        provider_cookie("sara@example.ir", is_logged_in=False),
        provider_cookie(""),
    ]
    for cookie in refused:
        status, where, given = elsewhere("/", cookie)
        assert status == 303 and where.startswith("/signin?")
        assert not any(one.startswith("shenava=") for one in given)
    assert elsewhere("/auth/login")[0] == elsewhere("/oauth2callback")[0] == 200, "Streamlit's own paths are free"
    assert elsewhere("/auth/logout")[0] == 303


# The pages


def test_who_looks_is_this_computer_until_there_are_accounts(sample):
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    assert not app.exception and app.session_state["user"] == "local"
    assert access.title("local", "fa") == "این رایانه"


def test_files_are_written_for_those_who_may_and_noted(empty, tmp_path, monkeypatch: pytest.MonkeyPatch):
    from dashboard.reads import Reader

    monkeypatch.setenv("SHENAVA_DATA", str(tmp_path))
    get_settings.cache_clear()
    read = Reader(empty)
    viewer = writes.add_user(read.engine, "sara", "viewer", GOOD)
    analyst = writes.add_user(read.engine, "mina", "analyst", GOOD)
    export = access.exporting(read, "fa", lambda *_: 12)
    monkeypatch.setattr(access, "user", lambda _: viewer)
    with pytest.raises(BadInput, match="بیننده"):
        export(read.engine, None, "path", "csv", "fa")
    assert not access.allowed(read, "export")
    monkeypatch.setattr(access, "user", lambda _: analyst)
    assert export(read.engine, None, "path", "csv", "fa") == 12
    entry = queries.audit(read.engine)[0]
    assert (entry.user, entry.action, entry.detail) == ("mina", "export", {"rows": 12, "format": "csv"})


@pytest.mark.skipif(postgresql_bin() is None, reason="PostgreSQL is not installed")
def test_postgresql_keeps_accounts_waits_and_sessions_too(tmp_path: Path):
    with postgresql(tmp_path / "server") as url:
        engine = open_store(url)
        writes.add_user(engine, "زهرا", "admin", GOOD)
        came = sign_in(engine, "زهرا", GOOD)
        guesses = [threading.Thread(target=sign_in, args=(engine, "زهرا", "wrong password")) for _ in range(12)]
        for guess in guesses:
            guess.start()
        for guess in guesses:
            guess.join()
        assert len(queries.audit(engine, action=attempts.FAILED)) == 5
        assert sign_in(engine, "زهرا", GOOD, "elsewhere").wait
        assert not queries.signed_out(engine, "زهرا", came.entry)
        writes.note(engine, "زهرا", "sign-out", {"sign_in": came.entry})
        assert queries.signed_out(engine, "زهرا", came.entry)
        engine.dispose()
