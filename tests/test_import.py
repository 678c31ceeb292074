"""What comes into the house from files: nothing guessed wrong, nothing lost in silence, nothing doubled."""

import csv
import json
import zipfile
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from domain.dates import Precision
from domain.errors import BadInput
from domain.text import storable
from jobs.export import export
from jobs.import_file import csv as import_csv
from jobs.import_file import import_file
from jobs.import_file import xlsx as import_xlsx
from jobs.import_file.columns import choose, read_mapping
from jobs.import_file.report import ImportReport, Reason, visible
from store import queries
from store.database import open_store
from store.filter import Filter
from store.tables import Mention

KEY = b"k" * 32


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return open_store(f"sqlite:///{tmp_path / 'store.db'}")


def bring(engine: Engine, path: Path, **options: object) -> ImportReport:
    return import_file(engine, path, "نمونه", **{"key": KEY, **options})  # type: ignore[arg-type]


def stored(engine: Engine) -> list[Mention]:
    return [text.mention for text in queries.stream(engine, Filter())]


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


REVIEWS = (
    "شناسه,نویسنده,تاریخ,امتیاز,متن نظر\r\n"
    "۱,مریم,۱۴۰۵/۰۶/۰۸,۵,غذا عالی بود\r\n"
    "2,علی,2026-08-30 14:05,3.5,\"پیک دیر کرد،\nولی مؤدب بود, \"\"خیلی\"\"\"\r\n"
    "3,,8 شهریور 1405,,می‌ارزد 😀\r\n"
)  # fmt: skip


def test_a_persian_file_is_understood_by_its_titles(engine: Engine, tmp_path: Path) -> None:
    report = bring(engine, write(tmp_path / "نظرها.csv", REVIEWS, "utf-8-sig"))
    assert (report.rows, report.new, report.refused.total(), report.guessed) == (3, 3, 0, True)
    assert report.about == {"format": "csv", "encoding": "utf-8-sig", "delimiter": "comma"}
    assert report.mapping["text"] == "متن نظر"
    first, second, third = stored(engine)
    assert [m.text for m in (first, second, third)] == [
        "غذا عالی بود",
        'پیک دیر کرد،\nولی مؤدب بود, "خیلی"',
        "می‌ارزد 😀",
    ]
    assert {first.day, second.day, third.day} == {date(2026, 8, 30)}
    assert (first.date_precision, second.date_precision) == (Precision.DAY, Precision.MINUTE)
    assert (first.rating, second.rating, third.rating) == (1.0, 0.625, None)
    assert (first.rating_raw, first.rating_scale) == ("۵", "1-5")
    assert len(first.author) == 32
    assert "مریم" not in str(first)
    assert third.author == ""
    assert first.native_id == "نمونه#۱"


@pytest.mark.parametrize(
    ("encoding", "told"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("utf-16", "utf-16"), ("utf-16-le", "utf-16-le"),
     ("utf-16-be", "utf-16-be")],
)  # fmt: skip
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_encodings_and_delimiters(engine: Engine, tmp_path: Path, encoding: str, told: str, delimiter: str) -> None:
    text = f"متن{delimiter}تاریخ\nخوب بود، ممنون{delimiter}1405/01/01\n"
    report = bring(engine, write(tmp_path / "in.csv", text, encoding))
    assert report.about["encoding"] == told
    assert report.new == 1
    assert stored(engine)[0].text == "خوب بود، ممنون"


def test_windows_1256_is_told(engine: Engine, tmp_path: Path) -> None:
    text = "متن;تاريخ\nكيفيت عالي، پيک گرم\u200cخو و چابک\n;1405/01/01\n".replace("ک", "ك")
    report = bring(engine, write(tmp_path / "in.csv", text, "cp1256"))
    assert report.about["encoding"] == "cp1256"
    assert stored(engine)[0].text == "كيفيت عالي، پيك گرم\u200cخو و چابك"
    assert report.refused == {Reason.NO_TEXT: 1}


def test_a_few_broken_bytes_break_their_line_only(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes("متن\nخیلی خوب بود\nبد ".encode() + b"\xff\xfe" + "\nدوباره می‌خرم\n".encode())
    report = bring(engine, path)
    assert (report.new, dict(report.refused)) == (2, {Reason.BROKEN: 1})
    assert report.refusals[0].row == 3
    assert "utf-8" in report.refusals[0].why


def test_bytes_of_no_known_encoding_are_refused(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(b"text\n" + bytes(range(0x80, 0xC0)) * 4)
    with pytest.raises(BadInput, match="UTF-8"):
        bring(engine, path)


def test_a_stray_quote_breaks_only_its_own_line(engine: Engine, tmp_path: Path) -> None:
    text = 'متن,امتیاز\n"باز مانده,3\nخوب بود,5\n"گفت" بد بود,2\nبد, نبود,4\nدیر رسید\n"دو\nسطر",5\n'
    report = bring(engine, write(tmp_path / "in.csv", text))
    assert [refusal.row for refusal in report.refusals] == [2, 4, 5]
    assert set(report.refused) == {Reason.BROKEN}
    assert [mention.text for mention in stored(engine)] == ["خوب بود", "دیر رسید", "دو\nسطر"]


def test_one_column_needs_no_delimiter(engine: Engine, tmp_path: Path) -> None:
    report = bring(engine, write(tmp_path / "in.txt", "نظر\nگران, ولی خوب; می‌ارزد\n"))
    assert report.about["delimiter"] == "none"
    assert stored(engine)[0].text == "گران, ولی خوب; می‌ارزد"


@pytest.mark.parametrize("ids", [True, False])
def test_the_same_file_twice_changes_nothing(engine: Engine, tmp_path: Path, ids: bool) -> None:
    text = REVIEWS if ids else REVIEWS.replace("شناسه", "یادداشت")
    path = write(tmp_path / "in.csv", text)
    assert bring(engine, path).new == 3
    again = bring(engine, path)
    assert (again.new, again.edited, again.unchanged) == (0, 0, 3)
    assert len(stored(engine)) == 3


def test_an_edited_text_is_a_revision(engine: Engine, tmp_path: Path) -> None:
    bring(engine, write(tmp_path / "in.csv", REVIEWS))
    report = bring(engine, write(tmp_path / "in.csv", REVIEWS.replace("عالی", "معمولی")))
    assert (report.new, report.edited, report.unchanged) == (0, 1, 2)
    assert stored(engine)[0].revision == 2


def test_strangers_who_say_the_same_both_count_and_one_person_counts_once(engine: Engine, tmp_path: Path) -> None:
    path = write(tmp_path / "in.csv", "نظر,کاربر\nعالی,\nعالی,\nعالی,رضا\nعالی,رضا\n")
    report = bring(engine, path)
    assert (report.new, dict(report.refused)) == (3, {Reason.DUPLICATE: 1})
    assert bring(engine, path).unchanged == 3


def test_two_brands_may_use_the_same_ids(engine: Engine, tmp_path: Path) -> None:
    path = write(tmp_path / "in.csv", REVIEWS)
    bring(engine, path)
    assert import_file(engine, path, "رقیب", key=KEY).new == 3


def test_every_refused_row_is_reported_with_a_reason(engine: Engine, tmp_path: Path) -> None:
    rows = [
        ("1", "1405/13/01", "5", "ماه سیزدهم"),
        ("2", "فردا", "5", "روزی نامعلوم"),
        ("3", "1405/01/01", "6", "شش از پنج"),
        ("4", "1405/01/01", "۴/۵", "کسر"),
        ("5", "", "", "  \u200c "),
        ("6", "", "", "خوب"),
        ("6", "", "", "همان شناسه"),
        ("7", "", "", "ب" * 100_001),
        ("=8", "bad\x1b[2J\u202edate", "", "فرمان"),
    ]
    path = tmp_path / "in.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("id", "date", "rating", "text"), *rows])
    out = tmp_path / "refused.csv"
    report = bring(engine, path, report=out)
    reasons = [Reason.BAD_DATE, Reason.BAD_DATE, Reason.BAD_RATING, Reason.BAD_RATING, Reason.NO_TEXT,
               Reason.DUPLICATE, Reason.TOO_LONG, Reason.BAD_DATE]  # fmt: skip
    assert [refusal.reason for refusal in report.refusals] == reasons
    assert [refusal.row for refusal in report.refusals] == [2, 3, 4, 5, 6, 8, 9, 10]
    assert report.refusals[-1].value == r"bad\x1b[2J\u202edate"
    assert report.refusals[0].column == "date"
    assert all(len(refusal.value) <= 60 for refusal in report.refusals)
    assert report.rows == report.new + report.edited + report.unchanged + report.refused.total()
    assert json.loads(json.dumps(report.as_dict()))["refusals"][0]["reason"] == "bad_date"
    with out.open(encoding="utf-8-sig", newline="") as file:
        written = list(csv.DictReader(file))
    assert [row["row"] for row in written if row["row"]] == ["2", "3", "4", "5", "6", "8", "9", "10"]
    assert {row["reason"]: row["value"] for row in written if not row["row"]}["new"] == "1"


def test_the_report_holds_no_formula(engine: Engine, tmp_path: Path) -> None:
    path = write(tmp_path / "in.csv", "text,date\nخوب,=1+1\n")
    bring(engine, path, report=tmp_path / "refused.csv")
    assert ",'=1+1," in (tmp_path / "refused.csv").read_text("utf-8-sig")


def test_a_mapping_and_a_scale_are_obeyed(engine: Engine, tmp_path: Path) -> None:
    path = write(tmp_path / "in.csv", "a;b;c;d\nخوب;80;http://example.ir/1;javascript:x\nبد;0;ftp://x;\n")
    report = bring(engine, path, mapping=read_mapping("text=a, rating=b,url=c,title=d"), rating_scale="0-100")
    assert [mention.rating for mention in stored(engine)] == [0.8, 0.0]
    assert [mention.url for mention in stored(engine)] == ["http://example.ir/1", ""]
    assert (report.guessed, report.addresses_left_out) == (False, 1)


@pytest.mark.parametrize(
    ("header", "text", "others"),
    [
        (["ردیف", "نام و نام خانوادگی", "متن نظر مشتری", "تاریخ خرید"], 2, {"author": 1, "date": 3}),
        (["Review ID", "User_Name", "Review Text", "Created At", "Stars"], 2,
         {"id": 0, "author": 1, "date": 3, "rating": 4}),
        (["تعداد نظر", "عنوان نظر", "ديدگاه كاربران", "امتياز"], 2, {"title": 1, "rating": 3}),
        (["تاریخ نظر", "متن‌ نظر"], 1, {"date": 0}),
        (["id", "native_id", "rating", "rating_raw", "text"], 4, {"id": 1, "rating": 3}),
    ],
)  # fmt: skip
def test_titles_are_guessed(header: list[str], text: int, others: dict[str, int]) -> None:
    columns = choose(header, None)
    assert columns.pop("text") == text
    assert columns == others


@pytest.mark.parametrize(
    ("mapping", "words"),
    [(None, "text="), ("date=ستون ۱", "text="), ("text=متن", "«ستون ۱»"), ("words=ستون ۱", "author"), ("متن", "FIELD")],
)
def test_a_column_that_is_not_there_is_told(engine: Engine, tmp_path: Path, mapping: str | None, words: str) -> None:
    path = write(tmp_path / "in.csv", "ستون ۱,\x1b[31mستون ۲\nالف,ب\n")
    with pytest.raises(BadInput, match=words) as caught:
        bring(engine, path, mapping=mapping and read_mapping(mapping))
    assert "\x1b" not in str(caught.value)
    assert queries.brands(engine) == []


@pytest.mark.parametrize(
    "name", ["missing.csv", "in.pdf", "folder.csv", "empty.csv", "empty.jsonl", "no.xlsx", "a\0.csv"]
)
def test_a_file_that_cannot_be_used_is_told(engine: Engine, tmp_path: Path, name: str) -> None:
    (tmp_path / "folder.csv").mkdir()
    for made in ("in.pdf", "empty.csv", "empty.jsonl", "no.xlsx"):
        (tmp_path / made).touch()
    with pytest.raises(BadInput):
        bring(engine, tmp_path / name)


def test_options_that_cannot_be_used_are_told(engine: Engine, tmp_path: Path) -> None:
    path = write(tmp_path / "in.csv", REVIEWS)
    with pytest.raises(BadInput, match="1-5"):
        bring(engine, path, rating_scale="5-1")
    for brand, key in (("\u202eنمونه", KEY), (" ", KEY), ("نمونه", b"")):
        with pytest.raises(BadInput, match="brand"):
            import_file(engine, path, brand, key=key)


def workbook(path: Path, rows: list[tuple[object, ...]]) -> Path:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def test_excel_gives_dates_numbers_and_cached_values(engine: Engine, tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "in.xlsx",
        [
            (None, None, None, None),
            ("کد", "متن", "تاریخ", "امتیاز"),
            (12.0, "خوب\nبود", datetime(2026, 8, 30), 4),
            (13, "نیم‌فاصله 😀", datetime(2026, 8, 30, 23, 30), 2.5),
            (None, None, None, None),
            (14, "شمسی", "۱۴۰۵/۶/۸", "۵"),
            (15, "=1+1", None, None),
            (16, "#N/A", None, None),
        ],
    )
    report = bring(engine, path)
    mentions = stored(engine)
    assert [mention.native_id for mention in mentions] == ["نمونه#12", "نمونه#13", "نمونه#14"]
    assert mentions[0].text == "خوب\nبود"
    assert [mention.day for mention in mentions] == [date(2026, 8, 30)] * 3
    assert [mention.date_precision for mention in mentions] == ["day", "second", "day"]
    # A formula that was never computed holds no text.
    assert [(refusal.row, refusal.reason) for refusal in report.refusals] == [(7, "no_text"), (8, "no_text")]
    assert report.about["sheet"] == "Sheet"


def test_excel_and_csv_of_the_same_rows_are_the_same_mentions(engine: Engine, tmp_path: Path) -> None:
    bring(engine, write(tmp_path / "in.csv", "متن,نویسنده,تاریخ\nخوب بود,مریم,۱۴۰۵/۰۶/۰۸\n"))
    path = workbook(tmp_path / "in.xlsx", [("متن", "نویسنده", "تاریخ"), ("خوب بود", "مریم", datetime(2026, 8, 30))])
    assert bring(engine, path).unchanged == 1


def test_a_zip_bomb_is_refused_unopened(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "in.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b" " * 3_000_000)
    with pytest.raises(BadInput, match="times"):
        bring(engine, path)
    monkeypatch.setattr(import_xlsx, "MOST_BYTES", 1_000)
    with pytest.raises(BadInput, match="MiB"):
        bring(engine, workbook(path, [("متن",), ("خوب",)]))


def test_a_workbook_damaged_inside_is_told(engine: Engine, tmp_path: Path) -> None:
    whole, path = workbook(tmp_path / "whole.xlsx", [("متن",), ("خوب",)]), tmp_path / "in.xlsx"
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(path, "w") as copy:
        for name in source.namelist():
            body = source.read(name)
            copy.writestr(name, body[: len(body) // 2] if "sheet1" in name else body)
    with pytest.raises(BadInput):
        bring(engine, path)


def test_an_import_that_breaks_off_leaves_the_old_report_and_can_be_repeated(engine: Engine, tmp_path: Path) -> None:
    path = write(tmp_path / "in.csv", "متن\n" + "\n".join(f"نظر {number}" for number in range(1_201)))
    out = write(tmp_path / "report.csv", "کهنه")

    def stop(rows: int) -> None:
        if rows == 1_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bring(engine, path, report=out, progress=stop)
    assert out.read_text("utf-8") == "کهنه"
    again = bring(engine, path, report=out)
    assert (again.unchanged, again.new) == (1_000, 201)
    assert out.read_text("utf-8-sig").startswith("row,")


def test_json_lines_bad_ones_counted(engine: Engine, tmp_path: Path) -> None:
    lines = [
        json.dumps({"text": "خوب بود\u2028واقعاً", "rating": 5, "date": "1405/06/08"}, ensure_ascii=False),
        "{broken",
        "[1, 2]",
        '{"text": "نیمهٔ یک شکلک \\ud83d", "rating": null}',
        '{"text": {"fa": "تو در تو"}}',
        "[" * 100_000,
        "",
        '{"rating": 3}',
    ]
    report = bring(engine, write(tmp_path / "in.jsonl", "\n".join(lines)))
    assert [mention.text for mention in stored(engine)] == ["خوب بود\u2028واقعاً", "نیمهٔ یک شکلک \ufffd"]
    assert report.refused == {Reason.BROKEN: 4, Reason.NO_TEXT: 1}
    assert [refusal.row for refusal in report.refusals] == [2, 3, 5, 6, 8]


def test_progress_and_batches(engine: Engine, tmp_path: Path) -> None:
    path = write(tmp_path / "in.csv", "متن\n" + "\n".join(f"نظر {number}" for number in range(1_201)))
    heard: list[int] = []
    assert bring(engine, path, progress=heard.append).new == 1_201
    assert heard == [500, 1000, 1201]


def test_a_quote_that_never_closes_costs_one_line(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_csv, "_RECORD", 2_000)
    text = 'متن,امتیاز\n"باز,1\n' + "".join(f"نظر شمارهٔ {number},2\n" for number in range(300)) + "ب" * 9_000
    report = bring(engine, write(tmp_path / "in.csv", text))
    assert report.new == 300
    assert set(report.refused) == {Reason.BROKEN}


@pytest.mark.parametrize("key", ["csv-plain", "xlsx", "jsonl"])
def test_an_export_can_be_imported(engine: Engine, tmp_path: Path, key: str) -> None:
    bring(engine, write(tmp_path / "in.csv", REVIEWS))
    path = tmp_path / f"out.{'csv' if key == 'csv-plain' else key}"
    export(engine, Filter(), path, key)
    assert bring(engine, path).unchanged == 3
    other = open_store(f"sqlite:///{tmp_path / 'other.db'}")
    assert bring(other, path).new == 3
    assert [mention.text for mention in stored(other)] == [mention.text for mention in stored(engine)]
    assert [mention.published_at for mention in stored(other)] == [m.published_at for m in stored(engine)]


@pytest.mark.parametrize("name", ["=cmd.csv", "\u202e\x1b[31m.csv", 'a"b\nc.csv', "-x.csv"])
def test_hostile_file_names(engine: Engine, tmp_path: Path, name: str) -> None:
    assert bring(engine, write(tmp_path / name, REVIEWS)).new == 3
    with pytest.raises(BadInput) as caught:
        bring(engine, tmp_path / f"no {name}")
    assert str(caught.value).isprintable()


def test_visible_is_safe_for_a_terminal() -> None:
    assert visible("می‌ارزد\x1b\n\u202e") == "می‌ارزد\\x1b\\n\\u202e"
    assert len(visible("\0" * 100)) == 60


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30), min_size=1, max_size=5))
def test_any_text_comes_in_as_it_was(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    folder = tmp_path_factory.mktemp("any")
    texts = [f"{text}." for text in texts]
    with (folder / "in.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows([("متن", "کد"), *((text, n) for n, text in enumerate(texts))])
    (folder / "in.jsonl").write_text("\n".join(json.dumps({"متن": text}) for text in texts), "utf-8")
    for name in ("in.csv", "in.jsonl"):
        engine = open_store(f"sqlite:///{folder / name}.db")
        assert bring(engine, folder / name).rows == len(texts)
        assert [mention.text for mention in stored(engine)] == [storable(text) for text in texts]
        engine.dispose()
