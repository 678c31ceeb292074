"""What leaves the house: every format whole, exact where promised, harmless in a spreadsheet."""

import csv
import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from domain.dates import Precision
from domain.errors import BadInput
from domain.mention import Mention
from domain.prediction import Prediction
from domain.text import storable
from domain.vocabulary import Contact, Dimension, Gap, Intent, Polarity, Sentiment, Stage, Touchpoint, Usable
from jobs import export as job
from jobs import spreadsheet
from jobs.export import FORMATS, data_dictionary, export
from jobs.export.columns import COLUMNS
from store import queries, writes
from store.database import open_store
from store.filter import Filter

TEXTS = [
    "غذا عالی بود ولی پیک دیر کرد",
    "- بسته‌بندی ضعیف\n+ قیمت خوب، \"ارزان\"؛ می‌ارزد 😀👍🏽",
    "=HYPERLINK(\"http://example.ir\";\"کلیک\")",
    "سطر یک\r\nسطر دو\tو \u202eوارونه\u202c و\u2028تمام\x1b[31m",
    "@همه بخوانید",
]  # fmt: skip


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return open_store(f"sqlite:///{tmp_path / 'store.db'}")


@pytest.fixture
def told(engine: Engine) -> Engine:
    writes.add_brand(engine, "نمونه", "فروشگاه نمونه")
    save(engine, TEXTS)
    ids = [text.mention.id or 0 for text in queries.stream(engine, Filter())]
    passages = [writes.Passage(0, 12, reading(), b"\0\0"), writes.Passage(17, 28, reading("negative"), b"\0\0")]
    writes.save_readings(engine, [writes.Reading(ids[0], 1, reading(), passages)], "reader-1")
    writes.correct(engine, ids[0], "sentiment", "mixed", "سارا")
    return engine


def save(engine: Engine, texts: list[str], start: int = 0) -> None:
    mentions = [
        Mention(
            source="demo",
            native_id=str(number),
            brand="نمونه",
            text=text,
            author="ab" * 16,
            published_at=datetime(2026, 8, 30, 8, 30, tzinfo=UTC) if number % 2 == 0 else None,
            date_precision=Precision.MINUTE,
            rating=0.75,
            rating_raw="4",
            rating_scale="1-5",
        )
        for number, text in enumerate(texts, start)
    ]
    writes.save_mentions(engine, mentions)


def reading(sentiment: str = "positive") -> Prediction:
    return Prediction(
        usable=Usable.EXPERIENCE,
        sentiment=Sentiment(sentiment),
        dimensions={**dict.fromkeys(Dimension, Polarity.ABSENT), Dimension.SENSORY: Polarity(sentiment)},
        touchpoints=[Touchpoint.PRODUCT, Touchpoint.DELIVERY],
        stage=Stage.USE,
        contact=Contact.DIRECT,
        gap=Gap.NONE,
        intents=[Intent.RECOMMEND, Intent.REPURCHASE],
        needs_response=False,
        scores={"sentiment:positive": 0.7, "sentiment:mixed": 0.2},
    )


def read_csv(path: Path, encoding: str = "utf-8") -> list[dict[str, str]]:
    with path.open(encoding=encoding, newline="") as file:
        return list(csv.DictReader(file))


def read_jsonl(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def sheet_rows(path: Path, number: int = 0) -> list[tuple[object, ...]]:
    return list(openpyxl.load_workbook(path).worksheets[number].iter_rows(values_only=True))


def test_csv_for_people_opens_in_excel_and_runs_nothing(told: Engine, tmp_path: Path) -> None:
    path = tmp_path / "نظرها.csv"
    assert export(told, Filter(), path, "csv") == len(TEXTS)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    rows = read_csv(path, "utf-8-sig")
    assert list(rows[0]) == [column.fa for column in COLUMNS]
    assert [row["متن"] for row in rows] == ["'" + text if text[0] in "-=@" else text for text in TEXTS]


def test_plain_csv_is_exact_and_labels_are_keys(told: Engine, tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    export(told, Filter(), path, "csv-plain")
    first, second, *_ = rows = read_csv(path)
    assert [row["text"] for row in rows] == TEXTS
    assert first["published_at"] == "2026-08-30T08:30:00Z"
    assert (first["day"], first["jalali_day"], first["rating"]) == ("2026-08-30", "1405/06/08", "0.75")
    assert (first["sentiment"], first["label_source"], first["score_sentiment"]) == ("mixed", "person", "0.2")
    assert json.loads(first["overruled"]) == {"sentiment": "positive"}
    assert (first["intents"], first["sensory"]) == ("repurchase recommend", "positive")
    assert (first["needs_response"], first["confident"]) == ("false", "true")
    # The source did not tell when: the day of collection is not passed off as its date.
    assert (second["published_at"], second["day"], second["date_precision"]) == ("", "", "unknown")
    assert second["usable"] == second["passages"] == second["model"] == second["label_source"] == ""


def test_jsonl_is_readable_and_nested(told: Engine, tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    export(told, Filter(), path, "jsonl", "en")
    assert "می‌ارزد 😀" in path.read_text("utf-8")
    rows = read_jsonl(path)
    assert [row["text"] for row in rows] == TEXTS
    assert list(rows[0]) == [column.key for column in COLUMNS]
    assert rows[1]["sentiment"] is None
    passages = rows[0]["passages"]
    assert isinstance(passages, list)
    assert [passage["words"] for passage in passages] == ["غذا عالی بود", "پیک دیر کرد"]
    assert passages[1]["dimensions"] == {"sensory": "negative"}


def test_an_edited_text_waits_for_its_reading(told: Engine, tmp_path: Path) -> None:
    save(told, ["متن تازه"])
    export(told, Filter(), tmp_path / "out.jsonl", "jsonl")
    first = read_jsonl(tmp_path / "out.jsonl")[0]
    assert (first["revision"], first["sentiment"], first["passages"]) == (2, None, None)


def test_xlsx_for_people(told: Engine, tmp_path: Path) -> None:
    path = tmp_path / "out.xlsx"
    assert export(told, Filter(), path, "xlsx") == len(TEXTS)
    book = openpyxl.load_workbook(path)
    sheet, dictionary = book.worksheets
    assert sheet.sheet_view.rightToLeft
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref
    titles, *rows = sheet.iter_rows()
    assert [cell.value for cell in titles] == [column.fa for column in COLUMNS]
    place = {column.key: number for number, column in enumerate(COLUMNS)}
    cells = [row[place["text"]] for row in rows]
    assert [cell.value for cell in cells[:3]] == TEXTS[:3]
    assert {cell.data_type for cell in cells} <= {"s", "inlineStr"}
    assert cells[3].value == TEXTS[3].replace("\r\n", "\n").replace("\x1b", "")
    assert rows[0][place["day"]].value == datetime(2026, 8, 30)
    assert rows[0][place["needs_response"]].value is False
    assert [cell.value for cell in dictionary[1]] == ["ستون", "برچسب", "عنوان", "نوع", "معنا"]
    counted = {row[4]: row[3] for row in dictionary.iter_rows(values_only=True)}
    assert counted["نویسه‌هایی که اکسل نمی‌پذیرد و برداشته شد"] == "1"


def test_xlsx_in_english_goes_on_to_further_sheets(
    told: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spreadsheet, "SHEET_ROWS", 2)
    path = tmp_path / "out.xlsx"
    assert export(told, Filter(), path, "xlsx", "en") == 5
    assert openpyxl.load_workbook(path).sheetnames == ["Mentions", "Data dictionary", "Mentions 2", "Mentions 3"]
    assert [len(sheet_rows(path, number)) for number in (0, 2, 3)] == [3, 3, 2]
    assert sheet_rows(path)[0][0] == "Id"


def test_a_cell_longer_than_excel_holds_is_cut_with_a_mark(engine: Engine, tmp_path: Path) -> None:
    writes.add_brand(engine, "نمونه")
    save(engine, ["😀" * 20_000, "ب" * spreadsheet.CELL_UNITS])
    export(engine, Filter(), tmp_path / "out.xlsx", "xlsx", "en")
    place = [column.key for column in COLUMNS].index("text")
    cut, whole = (str(row[place]) for row in sheet_rows(tmp_path / "out.xlsx")[1:])
    assert cut.startswith("😀😀")
    assert cut.endswith(spreadsheet.CUT_MARK)
    assert len(cut.encode("utf-16-le")) // 2 <= spreadsheet.CELL_UNITS
    assert whole == "ب" * spreadsheet.CELL_UNITS


def test_parquet_is_typed_and_says_what_it_means(told: Engine, tmp_path: Path) -> None:
    path = tmp_path / "out.parquet"
    export(told, Filter(), path, "parquet")
    table = pq.read_table(path)
    types = {name: table.schema.field(name).type for name in table.column_names}
    assert types["published_at"] == pa.timestamp("us", tz="UTC")
    assert (types["day"], types["rating"], types["confident"]) == (pa.date32(), pa.float64(), pa.bool_())
    assert table["text"].to_pylist() == TEXTS
    assert table["day"].to_pylist()[:2] == [date(2026, 8, 30), None]
    assert {b"shenava.version", b"shenava.layout"} <= set(table.schema.metadata)
    assert json.loads(table.schema.metadata[b"shenava.dictionary"])[0]["column"] == "id"
    assert table.schema.field("author").metadata[b"meaning"]


def test_the_same_store_gives_the_same_bytes(told: Engine, tmp_path: Path) -> None:
    for key in ("csv", "csv-plain", "jsonl", "parquet"):
        once, again = tmp_path / f"1{key}", tmp_path / f"2{key}"
        export(told, Filter(), once, key)
        export(told, Filter(), again, key)
        assert once.read_bytes() == again.read_bytes()


@pytest.mark.parametrize("key", FORMATS)
def test_an_empty_filter_gives_a_valid_file(told: Engine, tmp_path: Path, key: str) -> None:
    path = tmp_path / "new folder" / "none"
    assert export(told, Filter(brands=("کسی",)), path, key) == 0
    assert path.exists()


@pytest.mark.parametrize("key", FORMATS)
def test_a_failure_in_the_middle_leaves_the_old_file(
    told: Engine, tmp_path: Path, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "exports"
    folder.mkdir()
    path = folder / "out"
    path.write_text("کهنه", "utf-8")
    whole = queries.stream

    def broken(*args: object) -> Iterator[queries.Text]:
        yield from list(whole(told, Filter()))[:3]
        raise KeyboardInterrupt

    monkeypatch.setattr(queries, "stream", broken)
    monkeypatch.setattr(job, "_BATCH", 2)
    with pytest.raises(KeyboardInterrupt):
        export(told, Filter(), path, key)
    assert [file.name for file in folder.iterdir()] == ["out"]
    assert path.read_text("utf-8") == "کهنه"


def test_progress_is_told_and_memory_is_bounded(told: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "_BATCH", 2)
    heard: list[int] = []
    export(told, Filter(), tmp_path / "out.csv", "csv", progress=heard.append)
    assert heard == [2, 4, 5]


@pytest.mark.parametrize("name", ["=cmd|' .csv", "-rf", "\u202evsc.exe", 'a"b\nc.csv', "%s.csv", "ب" * 120])
def test_hostile_file_names_are_only_names(told: Engine, tmp_path: Path, name: str) -> None:
    export(told, Filter(), tmp_path / "here" / name, "csv")
    assert [file.name for file in (tmp_path / "here").iterdir()] == [name]


@pytest.mark.parametrize("name", ["", "a\0b", "ب" * 300, "store.db/out.csv"])
def test_a_place_that_cannot_be_written_is_told(told: Engine, tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput):
        export(told, Filter(), tmp_path / name, "csv")


def test_an_unknown_format_is_told_with_the_known_ones(told: Engine, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="csv-plain"):
        export(told, Filter(), tmp_path / "out.doc", "doc")


def test_the_dictionary_explains_every_column_and_label() -> None:
    for language in ("fa", "en"):
        entries = data_dictionary(language)
        assert [entry.column for entry in entries if not entry.label] == [column.key for column in COLUMNS]
        assert all(entry.title and entry.meaning for entry in entries)
    # A list of keys («یکی از: …») has no Persian of its own.
    assert all(re.search("[آ-ی]", entry.meaning) for entry in data_dictionary("fa"))
    assert {entry.label for entry in data_dictionary() if entry.column == "stage"} - {""} == set(Stage)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(st.characters(), min_size=1, max_size=40), min_size=1, max_size=5))
def test_any_text_survives_csv_and_jsonl(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    folder = tmp_path_factory.mktemp("any")
    engine = open_store(f"sqlite:///{folder / 'store.db'}")
    writes.add_brand(engine, "نمونه")
    save(engine, texts)
    for key in FORMATS:
        export(engine, Filter(), folder / key, key)
    stored = [storable(text) for text in texts]
    assert [row["text"] for row in read_csv(folder / "csv-plain")] == stored
    assert [row["text"] for row in read_jsonl(folder / "jsonl")] == stored
    assert pq.read_table(folder / "parquet")["text"].to_pylist() == stored
    engine.dispose()
