"""A session: what a signed cookie says, and who holds it now."""

import base64
import binascii
import hmac
import json
import time
from dataclasses import asdict, dataclass
from hashlib import sha256
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

from domain.identity import project_key
from store import queries
from store.tables import User

COOKIE = "shenava"
#: Seconds after which everybody signs in again.
LASTS = 12 * 3600


@dataclass(frozen=True, slots=True)
class Session:
    """The name, the entry of the audit log that it began with, when that was, and a mark of the password."""

    name: str
    sign_in: int
    at: int
    mark: str


class Keys:
    """Keys of this installation, made from its one secret: what is signed for one use is worth nothing for another."""

    def __init__(self, secret: Path) -> None:
        key = project_key(secret)
        self._sessions, self._hashes = (
            hmac.new(key, use, sha256).digest() for use in (b"shenava sessions", b"shenava audit")
        )

    def token(self, session: Session) -> str:
        """The session as a cookie that only we can have written."""
        said = base64.urlsafe_b64encode(json.dumps(asdict(session)).encode()).decode().rstrip("=")
        return f"{said}.{self._sign(said)}"

    def read(self, token: str) -> Session | None:
        """The session of a cookie; None if it is not ours or too old."""
        said, _, sign = token.partition(".")
        if not hmac.compare_digest(sign.encode(), self._sign(said).encode()):
            return None
        try:
            session = Session(**json.loads(base64.urlsafe_b64decode(said + "=" * (-len(said) % 4))))
        except (binascii.Error, ValueError, TypeError):
            return None
        return session if session.at <= time.time() < session.at + LASTS else None

    def mark(self, password_hash: str) -> str:
        """Changes with the password; says nothing of it."""
        return self.hashed(password_hash)[:16]

    def hashed(self, text: str) -> str:
        """A keyed hash for the audit log."""
        return hmac.new(self._hashes, text.encode("utf-8", "surrogatepass"), sha256).hexdigest()[:24]

    def address(self, host: str) -> str:
        """A keyed hash of a network address; the addresses that one house has are one (IPv6: its /64)."""
        try:
            address = ip_address(host.partition("%")[0])
        except ValueError:
            return self.hashed(f"address {host}")
        mapped = getattr(address, "ipv4_mapped", None)
        if address.version == 6 and not mapped:
            return self.hashed(f"address {ip_network((address, 64), strict=False)}")
        return self.hashed(f"address {mapped or address}")

    def _sign(self, said: str) -> str:
        return hmac.new(self._sessions, said.encode("utf-8", "surrogatepass"), sha256).hexdigest()


def begin(keys: Keys, user: User, sign_in: int) -> str:
    """The cookie of somebody who just signed in."""
    return keys.token(Session(user.name, sign_in, int(time.time()), keys.mark(user.password_hash)))


def holder(engine: Any, keys: Keys, token: str) -> User | None:
    """Who holds a cookie now: nobody after 12 hours, sign-out, another password or the end of the account."""
    if (session := keys.read(token)) is None:
        return None
    user: User | None = queries.user(engine, session.name)
    if user is None or not user.active or not hmac.compare_digest(session.mark, keys.mark(user.password_hash)):
        return None
    return None if queries.signed_out(engine, session.name, session.sign_in) else user
