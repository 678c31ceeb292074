"""The queue of complaints: it adds up, nobody is overtaken unseen, and nothing is closed without its cause."""

import html
import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sample_store import HOSTILE, prediction
from sqlalchemy import Engine, select, update
from sqlmodel import Session, col
from streamlit.testing.v1 import AppTest

from dashboard.queue_words import age
from dashboard.words import say
from domain.access import LOCAL
from domain.dates import Precision, local_day
from domain.errors import BadInput
from domain.mention import Mention
from domain.text import persian_digits
from domain.vocabulary import CaseStatus, Sentiment, Touchpoint, Usable
from store import queries, tables, writes
from store.database import open_store
from store.filter import Filter
from store.queries.cases import OPEN

ROOT = Path(__file__).parent.parent
NOW = datetime.now(UTC).replace(microsecond=0)
#: Hours ago that each complaint was published; the last has no date, and was collected a moment ago.
AGES = (100, 70, 50, 49, 30, 10, 2)
EVERY = tuple(CaseStatus)


def complain(engine: Engine, count: int = len(AGES)) -> list[int]:
    """Complaints of these ages, one undated, one pleased text, one copy, one spam; ids of the complaints."""
    writes.add_brand(engine, "nan", "نان")
    texts = [f"سفارش شمارهٔ {n} هرگز نرسید، پاسخ بدهید" for n in range(count)]
    texts[1] = HOSTILE[0]
    when = [NOW - timedelta(hours=AGES[n % len(AGES)], minutes=n // len(AGES)) for n in range(count)]
    told = [mention(n, text, at) for n, (text, at) in enumerate(zip(texts, when, strict=True))]
    told += [mention(900, "بی‌تاریخ و بی‌پاسخ", None), mention(901, "خوب بود", NOW), mention(902, texts[0], NOW)]
    told += [mention(903, "تبلیغ", NOW)]
    writes.save_mentions(engine, told)
    with Session(engine) as session:
        ids = dict(session.execute(select(tables.Mention.native_id, tables.Mention.id)).all())
    readings = []
    for name, number in ids.items():
        good = name == "901"
        labels = prediction(
            Sentiment.POSITIVE if good else Sentiment.NEGATIVE,
            Touchpoint.DELIVERY if number % 2 else Touchpoint.SUPPORT,
            usable=Usable.SPAM if name == "903" else Usable.EXPERIENCE,
        )
        readings.append(writes.Reading(number, 1, labels, []))
    writes.save_readings(engine, readings, "by hand")
    with writes.readings.writing(engine) as session:
        copy = update(tables.Mention).where(col(tables.Mention.native_id) == "902")
        session.execute(copy.values(copy_of=ids["0"], touched=tables.stamp()))
    return [ids[str(n)] for n in range(count)] + [ids["900"]]


def mention(number: int, text: str, at: datetime | None) -> Mention:
    known = Precision.SECOND if at else Precision.UNKNOWN
    return Mention(
        source="wordpress", native_id=str(number), brand="nan", text=text, author=f"a{number}", published_at=at,
        date_precision=known,
    )  # fmt: skip


def follow(engine: Engine, ids: list[int]) -> None:
    """One complaint in each status: taken, answered, closed, dismissed; the others wait."""
    for number in ids[:3]:
        writes.take_case(engine, number, "waiting", "مینا", "مینا")
    for number in ids[1:3]:
        writes.answer_case(engine, number, "taken", "زنگ زدیم", "مینا")
    writes.close_case(engine, ids[2], "answered", "کمبود پیک", "دو پیک تازه", "مینا")
    writes.dismiss_case(engine, ids[3], "waiting", "پرسش است، نه گلایه", "رضا")


def found(engine: Engine, statuses=EVERY, chosen: Filter | None = None, **more) -> list[int]:
    rows = queries.queue(engine, chosen or Filter(), statuses, 1000, **more)
    return [row.text.mention.id for row in rows]


def test_every_complaint_is_in_exactly_one_status(engine: Engine):
    ids = complain(engine)
    follow(engine, ids)
    numbers = queries.queue_numbers(engine, Filter())
    assert numbers.by_status == {"waiting": 4, "taken": 1, "answered": 1, "closed": 1, "dismissed": 1}
    assert numbers.total == len(ids) == len(found(engine))
    for status in CaseStatus:
        assert len(found(engine, [status])) == numbers.by_status[status]
    assert sorted(n for status in CaseStatus for n in found(engine, [status])) == sorted(ids)


def test_the_numbers_are_those_of_a_hand_made_case(engine: Engine):
    ids = complain(engine)
    numbers = queries.queue_numbers(engine, Filter(), NOW)
    # 100 70 50 49 30 10 2 and one collected now: the middle two are 49 and 30.
    assert numbers.median_age == pytest.approx((49 + 30) / 2)
    assert numbers.oldest == pytest.approx(100)
    assert (numbers.open, numbers.late, numbers.undated) == (8, 4, 1)
    assert numbers.late_share == pytest.approx(50)
    assert found(engine, OPEN, late=True) == ids[:4]
    writes.take_case(engine, ids[0], "waiting", "مینا", "مینا")
    writes.close_case(engine, ids[0], "taken", "کمبود پیک", "دو پیک تازه", "مینا")
    after = queries.queue_numbers(engine, Filter(), NOW)
    assert after.median_age == pytest.approx(30)
    assert after.median_to_close == pytest.approx(100, abs=0.5)
    assert after.causes == {"کمبود پیک": 1}


def test_groups_lead_to_as_many_complaints_as_they_say(engine: Engine):
    follow(engine, complain(engine))
    numbers = queries.queue_numbers(engine, Filter())
    assert numbers.owners == {"": 4, "مینا": 2}
    assert len(found(engine, OPEN, owner="مینا")) == 2
    assert len(numbers.touchpoints) == 2
    for touchpoint, n in numbers.touchpoints.items():
        assert len(found(engine, OPEN, Filter(touchpoints=(touchpoint,)))) == n
    assert len(found(engine, [CaseStatus.CLOSED], cause="کمبود پیک")) == 1


def test_the_oldest_come_first_and_pages_meet(engine: Engine):
    ids = complain(engine, 45)
    seen: list[int] = []
    after = None
    while page := queries.queue(engine, Filter(), ["waiting"], 20, after):
        seen += [row.text.mention.id for row in page]
        last = page[-1].text.mention
        after = last.published_at, last.id
    assert len(seen) == len(set(seen)) == len(ids)
    times = [row.text.mention.published_at for row in queries.queue(engine, Filter(), ["waiting"], 100)]
    assert times == sorted(times)


def test_a_period_is_of_publishing_but_of_closing_for_what_was_closed(engine: Engine):
    ids = complain(engine)
    writes.take_case(engine, ids[0], "waiting", "مینا", "مینا")
    writes.close_case(engine, ids[0], "taken", "انبار", "جابه‌جا شد", "مینا")
    recent = Filter(since=local_day(NOW - timedelta(hours=75)))
    assert found(engine, ["closed"], recent) == [ids[0]]
    assert found(engine, OPEN, recent) == ids[1:-1]
    assert queries.queue_numbers(engine, recent).closed == 1
    assert queries.queue_numbers(engine, Filter(until=date(2020, 1, 1))).total == 0


@pytest.mark.parametrize(("cause", "action"), [("", "زنگ زدیم"), ("انبار", "  "), ("", "")])
def test_nothing_is_closed_without_cause_and_action(engine: Engine, cause: str, action: str):
    number = complain(engine)[0]
    writes.take_case(engine, number, "waiting", "مینا", "مینا")
    with pytest.raises(BadInput, match="cause" if not cause else "action"):
        writes.close_case(engine, number, "taken", cause, action, "مینا")
    assert queries.queue_numbers(engine, Filter()).closed == 0


def test_fields_are_short_and_named(engine: Engine):
    number = complain(engine)[0]
    with pytest.raises(BadInput, match="at most 500"):
        writes.dismiss_case(engine, number, "waiting", "ب" * 501, "رضا")
    with pytest.raises(BadInput, match="why it needs no answer"):
        writes.dismiss_case(engine, number, "waiting", " ", "رضا")
    with pytest.raises(BadInput, match="who you are"):
        writes.take_case(engine, number, "waiting", "مینا", "")
    with pytest.raises(BadInput, match="who takes it up"):
        writes.take_case(engine, number, "waiting", " ", "مینا")
    assert found(engine, ["waiting"])[0] == number
    assert queries.counts(engine, Filter()).awaiting == 10


def test_the_second_of_two_people_is_told(engine: Engine):
    number = complain(engine)[0]
    writes.take_case(engine, number, "waiting", "مینا", "مینا")
    with pytest.raises(writes.Overtaken, match="is taken now, owned by 'مینا'"):
        writes.take_case(engine, number, "waiting", "رضا", "رضا")
    with pytest.raises(writes.Overtaken):
        writes.dismiss_case(engine, number, "waiting", "نه", "رضا")
    assert queries.counts(engine, Filter()).awaiting == 10
    writes.hand_over(engine, number, "taken", "رضا", "مینا", seen_owner="مینا")
    with pytest.raises(writes.Overtaken, match="رضا"):
        writes.hand_over(engine, number, "taken", "سارا", "مینا", seen_owner="مینا")
    assert [step.owner for step in queries.case_steps(engine, [number])[number]] == ["مینا", "رضا"]


def _take(url: str, number: int, who: str) -> str:
    try:
        writes.take_case(open_store(url), number, "waiting", who, who)
    except writes.Overtaken:
        return ""
    return who


def test_of_eight_at_once_one_takes_it(engine: Engine):
    number, url = complain(engine)[0], str(engine.url)
    with ThreadPoolExecutor(4) as pool:
        won = [who for who in pool.map(lambda n: _take(url, number, f"w{n}"), range(8)) if who]
    assert len(won) == 1
    assert queries.queue(engine, Filter(), ["taken"])[0].owner == won[0]


@pytest.mark.parametrize("status", CaseStatus)
@pytest.mark.parametrize("verb", writes.MOVES)
def test_only_the_stated_moves_are_possible(engine: Engine, verb: str, status: CaseStatus):
    ids = complain(engine)
    follow(engine, ids)
    number = found(engine, [status])[0]
    before = len(queries.case_steps(engine, [number]).get(number, []))
    do = {
        "take": lambda: writes.take_case(engine, number, status, "سارا", "سارا"),
        "hand over": lambda: writes.hand_over(engine, number, status, "سارا", "سارا"),
        "answer": lambda: writes.answer_case(engine, number, status, "", "سارا"),
        "close": lambda: writes.close_case(engine, number, status, "انبار", "جابه‌جا شد", "سارا"),
        "dismiss": lambda: writes.dismiss_case(engine, number, status, "شوخی است", "سارا"),
        "reopen": lambda: writes.reopen_case(engine, number, status, "باز زنگ زد", "سارا"),
    }
    to = writes.MOVES[verb].get(status)
    if to is None:
        with pytest.raises(BadInput, match=f"a complaint that is {status} cannot"):
            do[verb]()
        assert len(queries.case_steps(engine, [number]).get(number, [])) == before
        return
    do[verb]()
    assert number in found(engine, [to])
    step = queries.case_steps(engine, [number])[number][-1]
    assert (step.status, step.made_by) == (to, "سارا")


def test_dismissing_corrects_the_reading_and_reopening_takes_it_back(engine: Engine):
    number = complain(engine)[0]
    before = queries.counts(engine, Filter()).awaiting
    writes.dismiss_case(engine, number, "waiting", "پرسش است", "رضا")
    assert number not in found(engine, OPEN)
    assert queries.counts(engine, Filter()).awaiting == before - 1
    with Session(engine) as session:
        said = session.scalars(select(tables.Correction)).one()
        assert (said.field, said.value, said.made_by, said.note) == ("needs_response", False, "رضا", "پرسش است")
    writes.reopen_case(engine, number, "dismissed", "اشتباه کردم", "رضا")
    assert found(engine, ["waiting"])[0] == number
    assert queries.counts(engine, Filter()).awaiting == before


def test_a_correction_brings_a_text_in_and_takes_one_out(engine: Engine):
    ids = complain(engine)
    with Session(engine) as session:
        pleased = session.scalar(select(tables.Mention.id).where(tables.Mention.native_id == "901"))
    with pytest.raises(BadInput, match="no complaint"):
        writes.take_case(engine, pleased, "waiting", "مینا", "مینا")
    writes.correct(engine, pleased, "needs_response", True, "رضا")
    writes.correct(engine, ids[0], "needs_response", False, "رضا")
    assert set(found(engine)) == {pleased, *ids[1:]}


def test_deleted_texts_leave_the_queue_and_closed_work_stays(engine: Engine):
    ids = complain(engine)
    follow(engine, ids)
    writes.bury_mentions(engine, [("wordpress", name) for name in ("0", "2", "5")])
    assert set(found(engine)) == set(ids) - {ids[0], ids[5]}
    assert queries.queue_numbers(engine, Filter()).causes == {"کمبود پیک": 1}


def test_causes_are_suggested_from_use_and_from_themes(sample: str):
    engine = open_store(sample)
    late = queries.queue(engine, Filter(touchpoints=("delivery",)), ["waiting"])[0].text.mention.id
    assert queries.theme_names(engine, [late])[late] == ["دیر رسیدن <u>سفارش</u>"]


def test_most_used_causes_come_first(engine: Engine):
    for number, cause in zip(complain(engine), ("انبار", "پیک  کم", "پیک کم"), strict=False):
        writes.take_case(engine, number, "waiting", "مینا", "مینا")
        writes.close_case(engine, number, "taken", cause, "شد", "مینا")
    assert queries.known_causes(engine) == ["پیک کم", "انبار"]
    assert list(queries.queue_numbers(engine, Filter()).causes.items()) == [("پیک کم", 2), ("انبار", 1)]


def stranger(monkeypatch: pytest.MonkeyPatch, name: str, role: str) -> None:
    """Somebody has signed in."""
    someone = tables.User(name=name, role=role, created_at=NOW)
    monkeypatch.setattr("dashboard.access.user", lambda read: someone)


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """The person at this computer looks; the test client has no cookies."""
    stranger(monkeypatch, LOCAL, "admin")


def page(url: str, **query: str) -> AppTest:
    """The page by itself, as the address asks for it."""

    def script(url: str) -> None:
        from datetime import date

        import streamlit as st

        from dashboard import queue
        from dashboard.filters import from_query
        from dashboard.reads import Reader

        asked = {name: st.query_params.get_all(name) for name in st.query_params}
        queue.show(Reader(url), from_query(asked, date.today()))

    app = AppTest.from_function(script, kwargs={"url": url}, default_timeout=60)
    for key, value in query.items():
        app.query_params[key] = value
    return app.run()


def shown(app: AppTest) -> str:
    return "\n".join(str(element.proto.body) for element in app.main.get("html"))


def signed_in(app: AppTest, name: str = "مینا") -> AppTest:
    return app.text_input(key="who").input(name).run()


@pytest.mark.parametrize("language", ["fa", "en"])
def test_the_page_shows_the_numbers_and_the_oldest_first(engine: Engine, language: str):
    complain(engine)
    app = page(str(engine.url), lang=language)
    body = shown(app)
    assert not app.exception
    assert f">{say(language, 'queue')}</h1>" in body
    eight = "8" if language == "en" else persian_digits("8")
    assert f"<b>{eight}</b><span>{say(language, 'queue open')}</span>" in body
    assert ("4 d 4 h" if language == "en" else "۴ روز و ۴ ساعت") in body
    assert body.count("<article") == 8
    if language == "en":
        ours = re.sub(r'<div class="sh-words">.*?</div>|<footer>.*?</footer>', "", body, flags=re.DOTALL)
        assert not re.search("[ء-ی۰-۹]", ours)


def test_hostile_texts_names_and_causes_stay_text(engine: Engine):
    number = complain(engine)[0]
    bad = "<img src=x onerror=alert(1)>\u202e"
    writes.take_case(engine, number, "waiting", bad, bad)
    writes.close_case(engine, number, "taken", bad, bad, bad)
    for status in ("closed", "waiting"):
        body = shown(page(str(engine.url), status=status, owner=bad if status == "closed" else ""))
        assert "<article" in body
        assert "<script" not in body and "<img src=x" not in body
        assert not re.search("[\u202a-\u202e]", body)
    assert "<script>window.stolen" in html.unescape(body)


def test_a_complaint_goes_its_whole_way_on_the_page(engine: Engine):
    number, url = complain(engine)[0], str(engine.url)
    app = page(url)
    assert app.button(key=f"take-{number}").disabled
    app = signed_in(app)
    app.button(key=f"take-{number}").click().run()
    assert shown(app).count("<article") == 7
    app.pills(key="queue list").set_value("taken").run()
    assert app.query_params["status"] == ["taken"] or app.query_params["status"] == "taken"
    app.button(key=f"answer-{number}").click().run()
    app.text_area(key=f"note-{number}").input("زنگ زدیم").run()
    app.button(key=f"save-{number}").click().run()
    app.pills(key="queue list").set_value("answered").run()
    app.button(key=f"close-{number}").click().run()
    app.button(key=f"save-{number}").click().run()
    assert say("fa", "missing cause") in shown(app)
    app.text_input(key=f"cause-{number}").input("کمبود پیک").run()
    app.text_area(key=f"action-{number}").input("دو پیک تازه").run()
    app.button(key=f"save-{number}").click().run()
    assert not app.exception
    case = queries.queue(open_store(url), Filter(), ["closed"])[0].case
    assert case is not None
    assert (case.mention_id, case.owner, case.cause, case.action) == (number, "مینا", "کمبود پیک", "دو پیک تازه")
    app.pills(key="queue list").set_value("closed").run()
    assert "کمبود پیک" in shown(app) and "زنگ زدیم" in shown(app)


def test_who_comes_second_on_the_page_is_told_in_words(engine: Engine):
    number = complain(engine)[0]
    app = signed_in(page(str(engine.url)))
    writes.take_case(engine, number, "waiting", "رضا", "رضا")
    app.button(key=f"take-{number}").click().run()
    assert not app.exception
    said = say("fa", "case overtaken by", status=CaseStatus.TAKEN.fa, owner="رضا")
    assert said in html.unescape(shown(app))
    assert shown(app).count("<article") == 7


def test_a_text_that_was_corrected_meanwhile_leaves_the_page(engine: Engine):
    number = complain(engine)[0]
    app = signed_in(page(str(engine.url)))
    writes.correct(engine, number, "needs_response", False, "رضا")
    app.button(key=f"take-{number}").click().run()
    assert say("fa", "case is none") in shown(app)
    assert shown(app).count("<article") == 7


def test_dismissing_on_the_page_needs_its_why(engine: Engine):
    number = complain(engine)[0]
    app = signed_in(page(str(engine.url)))
    app.button(key=f"dismiss-{number}").click().run()
    app.button(key=f"save-{number}").click().run()
    assert say("fa", "missing why") in shown(app)
    app.text_area(key=f"why-{number}").input("پرسش است").run()
    app.button(key=f"save-{number}").click().run()
    assert shown(app).count("<article") == 7
    assert queries.queue(engine, Filter(), ["dismissed"])[0].text.mention.id == number


def test_twenty_a_page(engine: Engine):
    complain(engine, 45)
    app = page(str(engine.url))
    sizes = [shown(app).count("<article")]
    for _ in range(2):
        app.button(key="next").click().run()
        sizes.append(shown(app).count("<article"))
    assert sizes == [20, 20, 6]
    app.button(key="back").click().run()
    assert shown(app).count("<article") == 20


def test_who_signed_in_is_not_asked_for_a_name(engine: Engine, monkeypatch: pytest.MonkeyPatch):
    number = complain(engine)[0]
    stranger(monkeypatch, "سارا", "annotator")
    app = page(str(engine.url))
    app.session_state["user"] = "سارا"
    app.run()
    assert not app.text_input
    app.button(key=f"take-{number}").click().run()
    assert queries.queue(engine, Filter(), ["taken"])[0].owner == "سارا"


def test_who_may_only_look_has_no_actions_and_cannot_act(engine: Engine, monkeypatch: pytest.MonkeyPatch):
    number = complain(engine)[0]
    app = signed_in(page(str(engine.url)))
    stranger(monkeypatch, "مهمان", "viewer")
    app.button(key=f"take-{number}").click().run()
    assert queries.queue_numbers(engine, Filter()).by_status["taken"] == 0
    assert 'role="alert"' in shown(app)
    assert f"take-{number}" not in [button.key for button in app.button]


def test_an_empty_queue_is_said_well(engine: Engine):
    assert say("fa", "queue all answered") in shown(page(str(engine.url)))
    for number in complain(engine):
        writes.dismiss_case(engine, number, "waiting", "آزمایش", "رضا")
    assert say("fa", "queue all answered") in shown(page(str(engine.url), status="open"))


def test_every_tile_leads_to_as_many_as_it_says(engine: Engine):
    follow(engine, complain(engine))
    body = shown(page(str(engine.url), lang="en"))
    for status, n in {"open": 6, "late": 2, "closed": 1}.items():
        assert f"status={status}" in body
        assert shown(page(str(engine.url), lang="en", status=status)).count("<article") == n
    by_owner = shown(page(str(engine.url), lang="en", status="open", owner="مینا"))
    assert by_owner.count("<article") == 2


def test_a_period_says_what_waits_outside_of_it(engine: Engine):
    complain(engine)
    body = shown(page(str(engine.url), lang="en", **{"from": local_day(NOW - timedelta(hours=75)).isoformat()}))
    assert say("en", "queue elsewhere", n=2) in body


def test_ages_are_said_in_two_units():
    said = {0.5: "کمتر از یک ساعت", 5: "۵ ساعت", 76: "۳ روز و ۴ ساعت", 72: "۳ روز", 24 * 400: "۱ سال و ۱ ماه"}
    assert {hours: age(hours, "fa") for hours in said} == said
    assert age(24 * 65, "en") == "2 mo 5 d"


def shenava(engine: Engine, *words: str) -> subprocess.CompletedProcess[str]:
    """The verb in a process of its own: a verb, once imported, belongs to the command of the whole process."""
    there = os.environ | {"SHENAVA_DATABASE_URL": str(engine.url)}
    line = [sys.executable, "-c", "import cli, verbs.queue; cli.app()", "queue", *words]
    return subprocess.run(line, cwd=ROOT, env=there, capture_output=True, text=True, check=False)


def test_the_verb_lists_the_oldest(engine: Engine):
    ids = complain(engine)
    told = shenava(engine, "--json", "--limit", "3", "--brand", "nan")
    assert told.returncode == 0, told.stderr
    rows = json.loads(told.stdout)
    assert [row["mention"] for row in rows["complaints"]] == ids[:3]
    assert (rows["waiting"], rows["over_48_hours"]) == (8, 4)
    shown = shenava(engine, "--limit", "1").stdout
    assert "8 wait" in shown
