"""Authors become keyed hashes: distinct people can be counted and nobody named."""

import hmac
import os
import secrets
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile


def author_hash(key: bytes, source: str, author: str) -> str:
    """HMAC-SHA256 of the author within a source, 32 hex digits; empty for an unknown author.

    The same person on two sources is two hashes: we do not link people across sites.
    """
    author = author.strip()
    if not author:
        return ""
    message = f"{source}\x1f{author}".encode("utf-8", "surrogatepass")
    return hmac.new(key, message, sha256).hexdigest()[:32]


def project_key(path: Path) -> bytes:
    """The project's secret, made on the first run with mode 600. Whoever loses it counts people anew."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile("w", dir=path.parent, encoding="ascii") as file:  # mode 600
            file.write(secrets.token_hex(32))
            file.flush()
            os.fsync(file.fileno())
            # A link appears whole or not at all, and never replaces a key that a rival process made.
            with suppress(FileExistsError):
                os.link(file.name, path)
    return bytes.fromhex(path.read_text(encoding="ascii"))
