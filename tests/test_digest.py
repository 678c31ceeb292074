"""The weekly digest: it tells what truly changed, keeps quiet otherwise, leads back to the texts, and is sent once."""

import email
import email.policy
import json
import logging
import random
import re
import ssl
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from shutil import which
from urllib.parse import parse_qs, urlsplit

import pytest
from digest_servers import Hook, Mail, certificate
from digest_store import DEAR, LATE, SATURDAY, TOLD, WARM, WEEKS, fill, steady
from hypothesis import given
from hypothesis import strategies as st
from sample_store import HOSTILE
from typer.testing import CliRunner

import cli  # noqa: F401
import verbs.digest  # noqa: F401
from dashboard.filters import from_query
from domain.digest import NET, SPIKED, VOICE, Judged, judged_theme, real
from domain.errors import BadInput
from domain.settings import Settings, get_settings
from domain.trend import rate_change
from domain.vocabulary import CrawlOutcome, Sentiment, Severity, Touchpoint
from domain.week_change import chance, compare, net_change, overdispersion, share_change
from jobs import digest as job
from jobs.digest import delivery
from jobs.digest.links import link
from jobs.digest.page import page
from jobs.digest.period import week_of
from jobs.digest.sentences import between, message, subject
from store import queries, tables, writes
from store.database import open_store, writing
from store.filter import Filter
from verbs.frame import app

TODAY = date(2026, 11, 22)
TOKEN = "123456:very-secret"


def settings_of(folder: Path, **changes: str) -> Settings:
    return Settings(data=folder, **changes)


@pytest.fixture(scope="module")
def risen(tmp_path_factory) -> Path:
    """A folder with a store in which lateness rose in the rain, and in which one severe text was told."""
    folder = tmp_path_factory.mktemp("risen")
    weeks = steady()
    weeks[-1].themes[LATE] = (60, 4)
    weeks[-1].words[LATE] = "سفارش زیر باران دیر رسید"
    hostile = HOSTILE[0] + HOSTILE[1]
    engine = fill(f"sqlite:///{folder / 'shenava.db'}", weeks, name="سیب <b>سرخ</b>", more=(hostile,))
    _severe(engine, hostile)
    engine.dispose()
    return folder


def _severe(engine, words: str) -> None:
    [text] = [t for t in queries.stream(engine, Filter()) if t.mention.text.startswith(words[:20])]
    mention = text.mention
    labels = {name: getattr(text.prediction, name) for name in tables.Labels.model_fields}
    with writing(engine) as session:
        passage = tables.Experience(
            mention_id=mention.id, start=0, end=len(mention.text), embedding=b"\0" * 8, place="verdict",
            severe=str(Severity.HEALTH), **labels,
        )  # fmt: skip
        session.add(passage)
        writes.readings.touch(session, [mention.id])


@pytest.fixture
def digest(risen: Path):
    engine = open_store(settings_of(risen).url)
    yield job.make(engine, settings_of(risen), week=SATURDAY)
    engine.dispose()


@pytest.fixture(scope="module")
def quiet(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("quiet")
    fill(f"sqlite:///{folder / 'shenava.db'}", steady(random.Random(11))).dispose()
    return folder


# What it says


def test_a_theme_that_rose_is_told_with_people_causes_and_quotes(digest):
    kinds = {one.kind: one for one in digest.findings}
    assert set(kinds) <= {NET, "grew", SPIKED} and digest.findings[0].kind == NET
    [rose] = [one for one in digest.findings if one.title == LATE]
    assert (rose.n, round(rose.expected), rose.kind) == (64, 18, "grew")
    assert 50 <= rose.people <= 64
    assert {(cause.what, cause.key) for cause in rose.causes} >= {("source", "wordpress"), ("words", "باران")}
    assert len({quote.words for quote in rose.quotes}) == 3
    assert all("باران" in quote.words for quote in rose.quotes)
    net = digest.findings[0]
    assert net.estimate.change.clear and net.estimate.change.value < -10
    assert net.causes[0].key == "delivery" and len(net.quotes) == 3


def test_every_link_leads_to_as_many_texts_as_are_told(risen, digest):
    engine = open_store(settings_of(risen).url)
    for n, url in [(one.n, one.url) for one in digest.findings] + [(len(digest.severe), digest.severe_url)]:
        leads = from_query(parse_qs(urlsplit(url).query), TODAY).filter
        assert queries.counts(engine, leads).mentions == n, url
    assert from_query(parse_qs(urlsplit(digest.url).query), TODAY).filter == Filter(
        since=SATURDAY, until=SATURDAY + timedelta(days=6), usable=("experience",), confident=True, copied=False
    )
    engine.dispose()


def test_one_severe_text_is_never_hidden(digest, quiet, tmp_path):
    assert [one.kind for one in digest.severe] == ["health"]
    alone = replace(digest, findings=())
    assert not alone.quiet
    assert "سلامت" in page(alone, "fa") and "Health" in page(alone, "en")


def test_a_quiet_week_is_quiet(quiet):
    engine = open_store(settings_of(quiet).url)
    digest = job.make(engine, settings_of(quiet), week=SATURDAY)
    engine.dispose()
    assert digest.quiet and digest.tested >= 6
    assert "تغییر معناداری نبود" in page(digest, "fa")
    assert "nothing significant" in subject(digest, "en")


def test_few_texts_make_no_change(tmp_path):
    weeks = steady()
    weeks[-1].themes, weeks[-1].others = {LATE: (20, 5)}, (0, 0)
    engine = fill(f"sqlite:///{tmp_path / 'few.db'}", weeks)
    digest = job.make(engine, settings_of(tmp_path), week=SATURDAY)
    assert digest.too_few and not digest.findings and digest.counted == 25
    assert "فقط ۲۵ متن" in page(digest, "fa")


def test_a_source_that_was_out_is_marked_and_is_no_silence(tmp_path):
    weeks = steady()
    for name in TOLD:
        weeks[-1].themes[name] = (0, 4)
    weeks[-1].others = (0, 20)
    engine = fill(f"sqlite:///{tmp_path / 'out.db'}", weeks)
    target = writes.add_target(engine, "wordpress", "https://example.ir/", "sib").id
    run = writes.start_run(engine, target)
    writes.finish_run(engine, run, CrawlOutcome.BLOCKED, {})
    digest = job.make(engine, settings_of(tmp_path), week=SATURDAY)
    assert not digest.findings, "what telegram gave is told as often as before"
    assert [(one.source, one.outcome, one.last_good) for one in digest.outages] == [("wordpress", "blocked", None)]
    assert "خبر خوب نیست" in page(digest, "fa")
    writes.finish_run(engine, writes.start_run(engine, target), CrawlOutcome.OK, {})
    assert not job.make(engine, settings_of(tmp_path), week=SATURDAY).outages


def test_a_week_without_texts_is_not_called_calm(quiet):
    engine = open_store(settings_of(quiet).url)
    digest = job.make(engine, settings_of(quiet), week=SATURDAY + timedelta(days=21))
    engine.dispose()
    assert not digest.mentions
    assert "گردآوری نشده" in message(digest, "fa") and "تغییر معناداری نبود" not in message(digest, "fa")


def test_a_theme_that_vanished_a_new_one_and_a_rival(tmp_path):
    weeks = steady()
    for week in weeks[:-1]:
        week.themes[WARM] = (0, 0)
    weeks[-1].themes[WARM], weeks[-1].themes[DEAR] = (9, 5), (0, 0)
    engine = fill(f"sqlite:///{tmp_path / 'two.db'}", weeks)
    rival = steady()
    rival[-1].others = (120, 90)
    fill(f"sqlite:///{tmp_path / 'two.db'}", rival, brand="anar", name="انار")
    digest = job.make(engine, settings_of(tmp_path), "sib", SATURDAY)
    found = {(one.kind, one.title): one for one in digest.findings}
    assert {("new", WARM), ("faded", DEAR), (VOICE, "سیب")} <= set(found)
    assert found["new", WARM].n == 14 and found["new", WARM].expected == 0
    gone = from_query(parse_qs(urlsplit(found["faded", DEAR].url).query), TODAY).filter
    assert gone.until == SATURDAY - timedelta(days=1), "no text of the week could be shown"
    voice = from_query(parse_qs(urlsplit(found[VOICE, "سیب"].url).query), TODAY).filter
    assert queries.counts(engine, voice).mentions == found[VOICE, "سیب"].n
    with pytest.raises(BadInput, match="there are anar, sib"):
        job.make(engine, settings_of(tmp_path), "zzz", SATURDAY)


def test_a_flood_of_one_theme_does_not_make_the_others_fade(tmp_path):
    weeks = steady(scale=2)
    weeks[-1].themes[LATE] = (300, 200)
    engine = fill(f"sqlite:///{tmp_path / 'flood.db'}", weeks)
    digest = job.make(engine, settings_of(tmp_path), week=SATURDAY)
    assert {one.title for one in digest.findings} == {"", LATE}, "net sentiment, and the theme itself"


# What counts as a change


def test_more_traffic_and_another_mix_of_sources_are_no_change():
    before, earlier = {"a": 40, "b": 8}, {"a": 100, "b": 400}
    more = compare({"a": 30, "b": 6}, before, {"a": 75, "b": 300}, earlier)
    mixed = compare({"a": 80, "b": 1}, before, {"a": 200, "b": 50}, earlier)
    assert more.change.p > 0.5 and mixed.change.p > 0.5
    assert mixed.change.ratio == pytest.approx(81 / mixed.expected) and mixed.expected == pytest.approx(81)
    assert compare({"c": 50}, before, {"a": 75, "c": 60}, earlier).n == 0, "a source without a past is not compared"


def test_one_source_is_the_plain_exact_test():
    plain = rate_change(20, 100, 30, 400)
    assert compare({"a": 20}, {"a": 30}, {"a": 100}, {"a": 400}).change.p == pytest.approx(plain.p)


def test_p_is_below_a_twentieth_exactly_where_the_difference_is_clear():
    for bad in range(20, 60):
        week = {"a": (40, bad, 120)}
        change = net_change([{"a": (50, 30, 120)}] * 4 + [week]).change
        assert change.clear == (chance(change) < 0.05)


def test_another_mix_of_sources_does_not_move_net_sentiment_or_voice():
    past = {"a": (90, 5, 100), "b": (5, 90, 100)}
    now = {"a": (18, 1, 20), "b": (20, 360, 400)}
    assert not net_change([past] * 4 + [now]).change.clear
    assert not share_change([{"a": (90, 100), "b": (10, 100)}] * 4 + [{"a": (18, 20), "b": (40, 400)}]).change.clear


def test_noise_beyond_poisson_is_found_and_forgives():
    rng = random.Random(5)
    wild = [[(round(20 * rng.gammavariate(2, 0.5)), 20.0) for _ in range(12)] for _ in range(30)]
    calm = [[(rng.choice((18, 19, 20, 21, 22)), 20.0) for _ in range(12)] for _ in range(30)]
    assert overdispersion(wild) > 0.25 and overdispersion(calm) == 0
    cells = ({"a": 40}, {"a": 80}, {"a": 400}, {"a": 1600})
    assert compare(*cells).change.p < 0.01 < compare(*cells, noise=0.5).change.p


def test_a_rise_must_be_beyond_each_of_the_four_weeks():
    rise = compare({"a": 40}, {"a": 80}, {"a": 400}, {"a": 1600})
    assert judged_theme("1", rise, [0.9, 1.1, 0.8, 1.2], None, first=False).worth
    assert not judged_theme("1", rise, [0.2, 0.3, 0.2, 3.3], None, first=False).worth


def test_all_tests_of_a_digest_are_adjusted_together():
    lone = Judged("grew", "1", 0.02)
    assert [one.key for one in real([lone])] == ["1"]
    assert not real([lone, *(Judged("grew", str(n), 0.5) for n in range(9))])


def test_two_hundred_quiet_weeks_seldom_claim_anything():
    rng, claims = random.Random(2), 0
    for _ in range(200):
        traffic, tests = [rng.randint(80, 120) for _ in range(WEEKS)], []
        for theme in range(20):
            cells = [sum(rng.random() < 0.08 for _ in range(n)) for n in traffic]
            rise = compare({"a": cells[-1]}, {"a": sum(cells[-5:-1])}, {"a": traffic[-1]}, {"a": sum(traffic[-5:-1])})
            tests.append(judged_theme(str(theme), rise, [], None, first=False))
        claims += bool(real(tests))
    assert claims <= 14


# Its links, its page


@given(
    st.builds(
        Filter,
        brands=st.lists(st.sampled_from(["sib", "انار & co", "a=b"]), max_size=2, unique=True).map(tuple),
        sources=st.lists(st.sampled_from(["wordpress", "telegram"]), max_size=2, unique=True).map(tuple),
        usable=st.sampled_from([(), ("experience",)]),
        sentiments=st.lists(st.sampled_from(list(map(str, Sentiment))), max_size=2, unique=True).map(tuple),
        touchpoints=st.lists(st.sampled_from(list(map(str, Touchpoint))), max_size=2, unique=True).map(tuple),
        severe=st.lists(st.sampled_from(list(map(str, Severity))), max_size=5, unique=True).map(tuple),
        since=st.none() | st.dates(date(1990, 1, 1), date(2100, 12, 31)),
        until=st.none() | st.dates(date(1990, 1, 1), date(2100, 12, 31)),
        confident=st.none() | st.booleans(),
        copied=st.none() | st.booleans(),
        theme=st.none() | st.integers(0, 10**9 - 1),
    ),
    st.sampled_from(["fa", "en"]),
)
def test_a_link_brings_back_the_filter(chosen: Filter, language: str):
    url = link("https://shenava.example/", "explore", chosen, language)
    choice = from_query(parse_qs(urlsplit(url).query), TODAY)
    assert (choice.filter, choice.language) == (chosen, language)
    assert url.startswith("https://shenava.example/explore")


def test_strangers_text_stays_text(digest):
    for language in ("fa", "en"):
        shown = page(digest, language)
        assert "<script" not in shown and "<img" not in shown and "<b>سرخ" not in shown
        assert "&lt;script&gt;" in shown
        assert not re.search("[\u202a-\u202e\u2067]", shown)
    assert "http" not in re.sub(r'href="http://127\.0\.0\.1:8501/[^"]*"', "", page(digest, "fa"))


def test_persian_and_english_have_their_own_digits_and_direction(digest):
    persian, english = page(digest, "fa"), page(digest, "en")
    assert 'dir="rtl"' in persian and "۲۴ تا ۳۰ خرداد ۱۴۰۴" in persian and "data:font/woff2;base64," in persian
    assert '<html lang="en" dir="ltr"' in english and "14 to 20 Jun 2025" in english
    assert len(page(digest, "fa", font=False).encode()) < 100_000, "mail clients cut longer ones"


def test_spans_name_month_and_year_once():
    assert between(date(2025, 6, 14), date(2025, 6, 20), "fa") == "۲۴ تا ۳۰ خرداد ۱۴۰۴"
    assert between(date(2025, 3, 15), date(2025, 3, 21), "fa") == "۲۵ اسفند ۱۴۰۳ تا ۱ فروردین ۱۴۰۴"
    assert between(date(2025, 5, 31), date(2025, 6, 6), "en") == "31 May to 6 Jun 2025"


def test_the_week_is_the_last_full_one():
    assert week_of(None, date(2026, 11, 20)) == date(2026, 11, 7), "a Friday is not over"
    assert week_of(None, date(2026, 11, 21)) == date(2026, 11, 14)
    assert week_of(date(2026, 11, 18), date(2026, 11, 21)) == date(2026, 11, 14)
    with pytest.raises(BadInput, match="not over"):
        week_of(date(2026, 11, 21), date(2026, 11, 22))


@pytest.mark.skipif(not which("chromium"), reason="no chromium (Debian: chromium)")
def test_it_prints_on_one_page(digest, tmp_path):
    crowded = replace(digest, findings=[digest.findings[-1]] * 7, severe=list(digest.severe) * 9)
    html, pdf = job.write(crowded, tmp_path, "fa", pdf=True)
    assert pdf.read_bytes().startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", pdf.read_bytes())) == 1
    assert (html.name, pdf.suffix) == ("digest-all-1404-03-24.html", ".pdf")


def test_without_a_browser_the_html_is_there_and_the_reason_is_told(digest, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(BadInput, match="apt install chromium"):
        job.write(digest, tmp_path, "fa", pdf=True)
    assert [path.name for path in tmp_path.iterdir()] == ["digest-all-1404-03-24.html"]


# The verb


def shenava(folder: Path, monkeypatch, *arguments: str):
    monkeypatch.setenv("SHENAVA_DATA", str(folder))
    get_settings.cache_clear()
    result = CliRunner().invoke(app, ["digest", *arguments])
    get_settings.cache_clear()
    return result


def test_the_verb_writes_the_same_files_again_and_ends_well(quiet, tmp_path, monkeypatch):
    for _ in range(2):
        result = shenava(quiet, monkeypatch, "--week", "1404/03/26", "--out", str(tmp_path), "--json")
        assert result.exit_code == 0, result.output
        told = json.loads(result.stdout)
        assert told["quiet"] and told["changes"] == []
        assert [path.name for path in tmp_path.iterdir()] == ["digest-all-1404-03-24.html"]
    assert shenava(quiet, monkeypatch, "--week", "2025-06-14", "--brand", "sib", "--english").exit_code == 0
    assert (quiet / "digests" / "digest-sib-1404-03-24-en.html").exists()
    assert shenava(quiet, monkeypatch, "--send", "--week", "2025-06-14").exit_code == 1, "nowhere to send"


# Sending


@pytest.fixture(autouse=True)
def hurry(monkeypatch):
    monkeypatch.setattr(delivery, "_PAUSE", 0.01)


def sent(folder, digest, tmp_path, **settings):
    settings = settings_of(folder, **settings)
    files = job.write(digest, tmp_path, "fa", pdf=False)
    return lambda **options: job.send(settings, digest, files, "fa", **options)


def test_a_mail_arrives_once(risen, digest, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    server = Mail()
    server.busy = 2
    url = f"smtp://me%40example.ir:hush@127.0.0.1:{server.port}"
    send = sent(tmp_path / "a", digest, tmp_path, smtp_url=url, digest_to="boss@example.ir، second@example.ir")
    assert send() == {"sent": 2, "skipped": 0}
    assert send() == {"sent": 0, "skipped": 2}
    assert send(again=True) == {"sent": 2, "skipped": 0}
    assert len(server.mails) == 4 and server.signed_in
    mail = email.message_from_bytes(server.mails[0], policy=email.policy.default)
    assert mail["Subject"] == subject(digest, "fa") and "گزارش هفتگی" in mail["Subject"]
    assert mail["From"].addresses[0].addr_spec == "me@example.ir" and mail["To"] == "boss@example.ir"
    body = mail.get_body(("html",)).get_content()
    assert "باران" in body and "<script" not in body and "font/woff2" not in body
    assert "باران" in mail.get_body(("plain",)).get_content()
    [attached] = mail.iter_attachments()
    assert attached.get_filename() == "digest-all-1404-03-24.html"
    again = email.message_from_bytes(server.mails[2], policy=email.policy.default)
    assert again["Message-ID"] == mail["Message-ID"]
    assert "hush" not in caplog.text and "باران" not in caplog.text
    assert "hush" not in repr(settings_of(tmp_path, smtp_url=url))
    server.shutdown()


@pytest.mark.skipif(not which("openssl"), reason="no openssl to make a certificate with")
def test_tls_is_checked(digest, tmp_path, monkeypatch):
    cert, key = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    server = Mail(context)
    url = f"smtps://127.0.0.1:{server.port}"
    send = sent(tmp_path, digest, tmp_path, smtp_url=url, digest_to="boss@example.ir")
    with pytest.raises(BadInput, match="certificate"):
        send()
    monkeypatch.setenv("SSL_CERT_FILE", cert)
    assert send() == {"sent": 1, "skipped": 0}
    assert len(server.mails) == 1
    server.shutdown()


def test_a_password_never_travels_in_the_clear(digest, tmp_path, monkeypatch):
    server = Mail()
    monkeypatch.setattr(delivery, "_HERE", frozenset())
    url = f"smtp://me:hush@127.0.0.1:{server.port}"
    with pytest.raises(BadInput, match="STARTTLS"):
        sent(tmp_path, digest, tmp_path, smtp_url=url, digest_to="boss@example.ir")()
    assert not server.signed_in and not server.mails
    server.shutdown()


def test_a_bot_gets_chat_and_text_and_nothing_twice(digest, tmp_path):
    hook = Hook()
    hook.statuses = [500, 429]
    url = f"{hook.url}/bot{TOKEN}/sendMessage"
    send = sent(tmp_path, digest, tmp_path, webhook_url=url, digest_to="-1001,@mychannel")
    assert send() == {"sent": 2, "skipped": 0}
    assert send() == {"sent": 0, "skipped": 2}
    good = [(path, body) for path, body, status in hook.told if status == 200]
    assert [body["chat_id"] for _, body in good] == ["-1001", "@mychannel"]
    assert all(path == f"/bot{TOKEN}/sendMessage" and set(body) == {"chat_id", "text"} for path, body in good)
    assert LATE in good[0][1]["text"] and len(good[0][1]["text"]) < 4096
    state = (tmp_path / "state" / "digests.json").read_text(encoding="utf-8")
    assert TOKEN not in state and "1001" not in state
    hook.shutdown()


@pytest.mark.parametrize(("statuses", "tries"), [([403], 1), ([302], 1), ([500] * 3, 3)])
def test_a_refusal_tells_no_token(digest, tmp_path, statuses, tries, caplog):
    hook = Hook()
    hook.statuses = list(statuses)
    send = sent(tmp_path, digest, tmp_path, webhook_url=f"{hook.url}/bot{TOKEN}/sendMessage?chat_id=5")
    with pytest.raises(BadInput) as error:
        send()
    assert "secret" not in str(error.value) and "secret" not in caplog.text
    assert len(hook.told) == tries
    assert send() == {"sent": 1, "skipped": 0}, "what failed was not noted as sent"
    assert hook.told[-1][1]["chat_id"] == "5"
    hook.shutdown()


def test_another_webhook_gets_plain_json(digest, tmp_path):
    hook = Hook()
    assert sent(tmp_path, digest, tmp_path, webhook_url=f"{hook.url}/in")() == {"sent": 1, "skipped": 0}
    [(_, body, _)] = hook.told
    assert body["first"] == "2025-06-14" and body["severe"] == 1
    assert any(one["title"] == LATE for one in body["changes"]) and body["text"].startswith("گزارش هفتگی")
    hook.shutdown()


def test_wrong_addresses_are_told_before_anything_is_sent(digest, tmp_path):
    for settings in (
        {"webhook_url": "http://chat.example/bot1:2/sendMessage", "digest_to": "5"},
        {"webhook_url": "file:///etc/passwd"},
        {"smtp_url": "mail.example", "digest_to": "boss@example.ir"},
        {"smtp_url": "smtp://mail.example", "digest_to": "boss@example.ir\nBcc: all@example.ir"},
        {"digest_to": "boss@example.ir"},
    ):
        with pytest.raises(BadInput):
            sent(tmp_path, digest, tmp_path, **settings)()
