"""The engine: SQLite in WAL mode by default, PostgreSQL by a URL; always at the newest migration."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, ExceptionContext, create_engine, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, SQLModel

from domain.errors import BadInput

MIGRATIONS = Path(__file__).parent / "migrations"
_INSERT: dict[str, Callable[..., Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


#: Writers never block readers. A writer changes indexes in memory and writes them back in larger steps; a reader needs
#: little, for the system keeps the file in memory, and there are many readers.
_WRITES_IN = "PRAGMA cache_size=-32768"
_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=NORMAL",
    "busy_timeout=30000",
    "foreign_keys=ON",
    "cache_size=-4096",
    "wal_autocheckpoint=16000",
)


def open_store(url: str) -> Engine:
    """Open the database of a URL, making or upgrading its tables.

    Raises:
        BadInput: the URL cannot be read, nothing answers there, or another kind of database does.
    """
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite" and parsed.database:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        if parsed.get_backend_name() not in _INSERT:
            raise BadInput("the store is kept in SQLite or PostgreSQL; check SHENAVA_DATABASE_URL")
        # Error messages must never carry people's texts.
        engine = create_engine(parsed, hide_parameters=True)
        if engine.dialect.name == "sqlite":
            _tune_sqlite(engine)
        else:
            _quiet_errors(engine)
        upgrade(engine)
    except BadInput:
        raise
    except Exception as error:
        raise BadInput(
            f"cannot open the store ({type(error).__name__}: {error}); check SHENAVA_DATABASE_URL"
        ) from error
    return engine


def upgrade(engine: Engine) -> None:
    """Bring the tables to the newest migration. One process at a time does it; the others find it done."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    head = ScriptDirectory.from_config(config).get_current_head()
    with engine.connect() as connection:
        if MigrationContext.configure(connection).get_current_revision() == head:
            return
    with engine.connect().execution_options(write=True) as connection, connection.begin():
        take_turns(connection, "migrations")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """A session whose work is one transaction: all of it is kept, or nothing."""
    with Session(engine.execution_options(write=True), expire_on_commit=False) as session, session.begin():
        yield session


def take_turns(connection: Connection, work: str) -> None:
    """Wait until no other transaction does this work; SQLite's BEGIN IMMEDIATE has waited already."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext(:work))"), {"work": f"shenava: {work}"})


def insert_new(session: Session, table: type[SQLModel]) -> Any:
    """An INSERT that passes over rows that are there already: another writer may have been quicker."""
    return _INSERT[session.get_bind().dialect.name](table).on_conflict_do_nothing()


def _quiet_errors(engine: Engine) -> None:
    @event.listens_for(engine, "handle_error", retval=True)
    def _(context: ExceptionContext) -> Exception | None:
        # A server's own message may quote the row that it refused.
        code, raised = getattr(context.original_exception, "sqlstate", None), context.sqlalchemy_exception
        if not code or not isinstance(raised, DBAPIError):
            return None
        quiet = Exception(f"{type(context.original_exception).__name__}, SQLSTATE {code}")
        return type(raised)(context.statement, None, quiet, hide_parameters=True)


def _tune_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, below
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _(connection: Connection) -> None:
        # A writer takes its lock at once: upgrading from a read lock later may fail without waiting.
        write = connection.get_execution_options().get("write", False)
        if write:
            connection.exec_driver_sql(_WRITES_IN)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
