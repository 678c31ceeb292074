"""The tables. Labels are stored by key; every time is UTC; `day` is the calendar day in Tehran."""

import time
from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, Column, Index, LargeBinary, Text, UniqueConstraint
from sqlalchemy import text as sql
from sqlmodel import Field, SQLModel


def stamp() -> int:
    """The moment now, in microseconds since 1970."""
    return time.time_ns() // 1000


def _json(default: Any) -> Any:
    return Field(default_factory=default, sa_column=Column(JSON, nullable=False))


_UNSKETCHED = sql("copy_of IS NULL")


class Brand(SQLModel, table=True):
    """Whom we listen to, rivals included."""

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    name: str
    created_at: datetime


class Target(SQLModel, table=True):
    """Where we listen: one source, one address, for one brand."""

    __table_args__ = (UniqueConstraint("source", "url", "brand_id"),)

    id: int | None = Field(default=None, primary_key=True)
    source: str
    url: str
    brand_id: int = Field(foreign_key="brand.id", index=True)
    #: Set to False to keep the history and stop crawling.
    active: bool = True
    #: What the spider must remember between runs (marks, ETags); written only when a run ends well.
    state: dict[str, Any] = _json(dict)
    #: What it searches for: {"terms": […], "exclude": […]}; empty if it wants everything (domain.query.Query).
    query: dict[str, list[str]] = _json(dict)
    created_at: datetime


class CrawlRun(SQLModel, table=True):
    """How one crawl of one target ended."""

    __tablename__: ClassVar[Any] = "crawl_run"

    id: int | None = Field(default=None, primary_key=True)
    target_id: int = Field(foreign_key="target.id", index=True)
    started_at: datetime
    finished_at: datetime | None = None
    #: A domain.vocabulary.CrawlOutcome.
    outcome: str
    #: "mentions/new", "mentions/edited", "pages", "rejected/<why>" … -> how many.
    counts: dict[str, int] = _json(dict)
    message: str = ""


class Mention(SQLModel, table=True):
    """One review, comment or post; the newest revision. Fields as in domain.mention.Mention."""

    __table_args__ = (
        UniqueConstraint("source", "native_id"),
        Index("ix_mention_brand_day", "brand_id", "day"),
        Index("ix_mention_newest", "published_at", "id"),
        Index("ix_mention_copies", "copy_of", "id"),
        Index("ix_mention_unsketched", "id", sqlite_where=_UNSKETCHED, postgresql_where=_UNSKETCHED),
    )

    id: int | None = Field(default=None, primary_key=True)
    source: str
    native_id: str
    brand_id: int = Field(foreign_key="brand.id")
    target_id: int | None = Field(default=None, foreign_key="target.id", index=True)
    kind: str
    text: str = Field(sa_column=Column(Text, nullable=False))
    #: The words of the text (store.filter.words): what full-text search reads.
    folded: str = Field(sa_column=Column(Text, nullable=False))
    url: str
    title: str
    parent: str
    author: str = Field(index=True)
    #: When it was published; when it was collected, if date_precision is "unknown".
    published_at: datetime
    day: date
    date_raw: str
    date_precision: str
    rating: float | None = None
    rating_raw: str
    rating_scale: str
    #: The search term that found it; empty if it was not searched for.
    found_by: str = ""
    content_hash: str
    #: 1 for the text as first seen; each edit at the source adds one.
    revision: int = 1
    collected_at: datetime
    #: When its source was seen to have deleted it: its words and author are purged here too, its labels still count.
    deleted_at: datetime | None = None
    #: The first mention that says the same; its own id if it is the first, or a person keeps it apart; None before
    #: discovery looked.
    copy_of: int | None = None
    #: When it, its reading or its experiences last changed, in microseconds since 1970: what changed is read again.
    touched: int = Field(default_factory=stamp, sa_type=BigInteger, index=True)


class Sketch(SQLModel, table=True):
    """Where near copies of a mention may lie: mentions that share a band are compared (nlp.copies)."""

    band: int = Field(primary_key=True, sa_type=BigInteger)
    mention_id: int = Field(primary_key=True, index=True)


class Revision(SQLModel, table=True):
    """What a mention said before it was edited at its source."""

    __table_args__ = (UniqueConstraint("mention_id", "revision"),)

    id: int | None = Field(default=None, primary_key=True)
    mention_id: int = Field(foreign_key="mention.id")
    revision: int
    text: str = Field(sa_column=Column(Text, nullable=False))
    rating_raw: str
    replaced_at: datetime


class Labels(SQLModel):
    """The label columns that predictions and experiences share; a polarity per dimension."""

    sentiment: str
    rational: str
    emotional: str
    sensory: str
    physical: str
    spiritual: str
    #: The main touchpoint; a second, equally important one or empty.
    touchpoint: str
    touchpoint2: str = ""
    stage: str
    contact: str
    gap: str
    confident: bool


class Prediction(Labels, table=True):
    """How a mention is read now: a model's labels, overruled by corrections where a person made some."""

    __table_args__ = (
        Index("ix_prediction_awaiting", "needs_response", "usable", "mention_id"),
        Index("ix_prediction_read", "model", "predicted_at"),
    )

    mention_id: int = Field(primary_key=True, foreign_key="mention.id")
    #: The checkpoint that read it; always the newest revision of the mention.
    model: str
    usable: str
    repurchase: bool
    recommend: bool
    warn: bool
    leave: bool
    needs_response: bool
    #: Why the text was not scored; empty if it was.
    unscored: str = ""
    #: Calibrated probability by label key.
    scores: dict[str, float] = _json(dict)
    #: The model's own answer where a person said otherwise: field -> value. Both are kept.
    overruled: dict[str, Any] = _json(dict)
    predicted_at: datetime


class Theme(SQLModel, table=True):
    """An experience that many people share. It keeps its identity from run to run."""

    id: int | None = Field(default=None, primary_key=True)
    #: A short, readable Persian phrase that a machine chose.
    label: str
    #: What a person calls it; empty if nobody renamed it.
    title: str = ""
    #: positive or negative.
    polarity: str
    touchpoint: str
    #: The checkpoint whose embeddings its centre is made of; another one's cannot be compared with it.
    model: str
    #: Mean of what its experiences are compared by (nlp.themes.meaning), float16 bytes.
    centroid: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    #: Experiences that its centre is the mean of, and how many there were when it was named.
    size: int = 0
    named_at: int = 0
    #: A person looked after it: no machine renames it, and a new beginning starts from it.
    locked: bool = False
    #: The theme that it became part of; its own row stays as history.
    merged_into: int | None = Field(default=None, foreign_key="theme.id")
    created_at: datetime

    @property
    def name(self) -> str:
        """What people read."""
        return self.title or self.label


class Anchor(SQLModel, table=True):
    """A passage that a theme is known by: another checkpoint finds the theme again where these lie."""

    theme_id: int = Field(primary_key=True, foreign_key="theme.id")
    mention_id: int = Field(primary_key=True)
    start: int = Field(primary_key=True)
    end: int


class ThemeEdit(SQLModel, table=True):
    """What a person did to a theme."""

    __tablename__: ClassVar[Any] = "theme_edit"

    id: int | None = Field(default=None, primary_key=True)
    theme_id: int = Field(foreign_key="theme.id", index=True)
    #: rename, lock, unlock, merge or split; with what.
    action: str
    detail: dict[str, Any] = _json(dict)
    made_by: str
    made_at: datetime


class Experience(Labels, table=True):
    """A passage of a mention that tells one experience. Offsets are into the raw text."""

    # A theme is given to an id that was read before; a passage made meanwhile must not inherit it.
    __table_args__ = (
        UniqueConstraint("mention_id", "start"),
        Index("ix_experience_place", "place", "sentiment", "touchpoint", "id"),
        Index("ix_experience_theme", "theme_id", "place", "closeness"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, primary_key=True)
    mention_id: int = Field(foreign_key="mention.id")
    start: int
    end: int
    #: Sentence embedding of the passage, unit length, float16 bytes.
    embedding: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    #: Its theme, or, if its place is "near", the theme that it is nearest to.
    theme_id: int | None = Field(default=None, foreign_key="theme.id")
    #: Cosine to the centre of that theme when it was placed.
    closeness: float | None = None
    #: A domain.vocabulary.Place; empty until discovery looked at it.
    place: str = ""
    #: A domain.vocabulary.Severity if it is severe.
    severe: str = ""


class Case(SQLModel, table=True):
    """A complaint that somebody took up: who, how far, and in the end why it happened and what was done."""

    __tablename__: ClassVar[Any] = "complaint"

    mention_id: int = Field(primary_key=True, foreign_key="mention.id")
    #: A domain.vocabulary.CaseStatus; a complaint without a row waits.
    status: str
    owner: str = ""
    cause: str = ""
    action: str = ""
    #: When somebody first took it up, and when it was closed.
    taken_at: datetime
    closed_at: datetime | None = None


class CaseStep(SQLModel, table=True):
    """One change of a case: the log that shows who did what."""

    __tablename__: ClassVar[Any] = "complaint_step"

    id: int | None = Field(default=None, primary_key=True)
    mention_id: int = Field(foreign_key="mention.id", index=True)
    status: str
    owner: str
    note: str
    made_by: str
    made_at: datetime


class Correction(SQLModel, table=True):
    """What a person says instead of the model. The newest for a field wins everywhere."""

    id: int | None = Field(default=None, primary_key=True)
    mention_id: int = Field(foreign_key="mention.id", index=True)
    #: A label column of Prediction, and its value as JSON.
    field: str
    value: Any = Field(sa_column=Column(JSON, nullable=False))
    #: The user who said it, and why.
    made_by: str
    note: str = ""
    made_at: datetime


class User(SQLModel, table=True):
    """Somebody with an account. As soon as there is one, nobody enters without signing in."""

    # "user" is a reserved word of PostgreSQL.
    __tablename__: ClassVar[Any] = "account"

    id: int | None = Field(default=None, primary_key=True)
    #: As domain.access.user_name writes it; the e-mail address of who signs in elsewhere.
    name: str = Field(unique=True)
    #: argon2id; empty for who signs in elsewhere (OIDC).
    password_hash: str = ""
    #: A domain.vocabulary.Role.
    role: str
    active: bool = True
    created_at: datetime


class AuditEntry(SQLModel, table=True):
    """Who did what, and when. Rows are only added: ids grow with time and are never given twice."""

    __tablename__: ClassVar[Any] = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_user", "user", "action", "id"),
        Index("ix_audit_entry_address", "address", "action", "id"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, primary_key=True)
    at: datetime
    #: A user's name, "local", or "?" and a keyed hash of a name that nobody has: people type passwords there.
    user: str
    action: str
    detail: dict[str, Any] = _json(dict)
    #: A keyed hash of the network address; empty for the command line.
    address: str = ""
