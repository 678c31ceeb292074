"""Mention: one review, comment or post as a source gave it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from domain.dates import Precision
from domain.errors import BadInput
from domain.text import storable


class Kind(StrEnum):
    """What a mention is at its source."""

    COMMENT = "comment"
    REVIEW = "review"
    POST = "post"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """Identity is (source, native_id). The text is never changed; an edit is a new revision.

    An id is kept as the store can hold it, so that it is looked up as it is stored.

    Raises:
        BadInput: an identity is missing, a time has no zone, or the rating leaves its scale.
    """

    source: str
    #: The source's own id, made unique over sites: "example.ir#12".
    native_id: str
    #: Key of the brand that is listened to.
    brand: str
    #: Raw text, line breaks kept, HTML already turned into text.
    text: str
    #: Public address of the text at its source; may be empty for imports.
    url: str = ""
    #: Title of the post, product or page that it stands under.
    title: str = ""
    kind: Kind = Kind.COMMENT
    #: native_id of the mention that this one answers; empty if none.
    parent: str = ""
    #: Keyed hash of the author (domain.identity); never a name. Empty if unknown.
    author: str = ""
    #: UTC instant of publication; None if the source does not tell.
    published_at: datetime | None = None
    date_raw: str = ""
    date_precision: Precision = Precision.UNKNOWN
    #: 0 (worst) to 1 (best); None if not rated. Raw value and scale as the source gave them.
    rating: float | None = None
    rating_raw: str = ""
    rating_scale: str = ""
    #: The search term that found it; empty if it was not searched for.
    found_by: str = ""

    def __post_init__(self) -> None:
        for name in ("native_id", "parent"):
            object.__setattr__(self, name, storable(getattr(self, name)))
        if not self.source or not self.native_id or not self.brand:
            raise BadInput("a mention needs a source, a native id and a brand")
        if self.published_at is not None and self.published_at.tzinfo is None:
            raise BadInput(f"{self.native_id}: the publication time has no zone")
        if self.rating is not None and not 0 <= self.rating <= 1:
            raise BadInput(f"{self.native_id}: the rating {self.rating} is not between 0 and 1")

    @property
    def content_hash(self) -> str:
        """Changes exactly when the customer's words or stars change."""
        return sha256(f"{self.text}\x1f{self.rating_raw}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted:
    """A mention that its source says is gone: its text is purged, that there was one is kept."""

    source: str
    native_id: str
