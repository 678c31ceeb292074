"""Sending: by mail over TLS, or posted to a webhook; each digest to each receiver once.

Nothing here logs or raises words of the digest, a password or a token: hosts and statuses are all that is told.
"""

import json
import re
import smtplib
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from email.header import Header
from email.mime.application import MIMEApplication
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import formatdate, parseaddr
from hashlib import sha256
from http.client import HTTPException
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit, urlunsplit

from domain.errors import BadInput
from jobs.atomic import replacing

TRIES, TIMEOUT = 3, 30.0
_PAUSE = 2.0  # seconds before the second try, twice that before the third
_BOT = re.compile(r"/bot[^/]+/sendMessage$")
_HERE = frozenset({"127.0.0.1", "::1", "localhost"})


class _TryAgain(Exception):
    """What may work a moment later."""


def receivers(to: str) -> tuple[list[str], list[str]]:
    """The mail addresses and the chat ids in a list with commas. «@channel» is a chat.

    >>> receivers("boss@example.ir, -100123, @mychannel")
    (['boss@example.ir'], ['-100123', '@mychannel'])
    """
    every = [part.strip() for part in to.replace("،", ",").split(",") if part.strip()]
    mails = [part for part in every if "@" in part[1:]]
    if wrong := next((part for part in mails if parseaddr(part)[1] != part or "\n" in part), None):
        raise BadInput(f"{wrong[:60]!r} is no e-mail address; see SHENAVA_DIGEST_TO")
    return mails, [part for part in every if part not in mails]


def send_mail(
    smtp_url: str, to: str, subject: str, text: str, page: str, files: Sequence[tuple[str, bytes, str]], key: str
) -> None:
    """One mail to one address: plain text, the page, and files (name, content, type).

    smtp:// must offer STARTTLS (save on this very computer), smtps:// is TLS from the start; certificates are checked.
    A `key` makes the same Message-ID each time, so that a mailbox can tell a repetition.

    Raises:
        BadInput: the URL cannot be used, or the server does not take the mail.
    """
    where = _parts(smtp_url, ("smtp", "smtps"), "SHENAVA_SMTP_URL")
    host, user = str(where.hostname), unquote(where.username or "")
    sender = user if "@" in user else f"shenava@{host}"
    mail = MIMEMultipart("mixed")
    # EmailMessage of Python 3.11 loses spaces where it folds Persian subjects; Header does not.
    mail["Subject"] = Header(" ".join(subject.split()), "utf-8")  # type: ignore[assignment]
    mail["From"], mail["To"], mail["Date"] = f"Shenava <{sender}>", to, formatdate()
    mail["Message-ID"], mail["Auto-Submitted"] = f"<{_digest(key + to)}@{host}>", "auto-generated"
    both = MIMEMultipart("alternative")
    both.attach(MIMEText(text, "plain", "utf-8"))
    both.attach(MIMEText(page, "html", "utf-8"))
    mail.attach(both)
    for name, content, kind in files:
        part = MIMEApplication(content, kind.partition("/")[2])
        part.replace_header("Content-Type", kind)
        part.add_header("Content-Disposition", "attachment", filename=name)
        mail.attach(part)
    _again(lambda: _hand_over(where, host, user, mail), f"the mail server {host}")


def _hand_over(where: SplitResult, host: str, user: str, mail: MIMEMultipart) -> None:
    safe, direct = ssl.create_default_context(), where.scheme == "smtps"
    port = where.port or (465 if direct else 587)
    try:
        server = (
            smtplib.SMTP_SSL(host, port, timeout=TIMEOUT, context=safe)
            if direct
            else smtplib.SMTP(host, port, timeout=TIMEOUT)
        )
        with server:
            server.ehlo()
            if not direct and (server.has_extn("starttls") or host not in _HERE):
                server.starttls(context=safe)
                server.ehlo()
            if user:
                server.login(user, unquote(where.password or ""))
            server.send_message(mail)
    except ssl.SSLCertVerificationError as error:
        raise BadInput(f"the certificate of {host} is not to be trusted") from error
    except smtplib.SMTPNotSupportedError as error:
        raise BadInput(f"{host} does not offer what is needed (STARTTLS or a sign-in); try smtps://") from error
    except smtplib.SMTPResponseException as error:
        if 400 <= error.smtp_code < 500:
            raise _TryAgain(f"{error.smtp_code}") from None
        raise BadInput(f"{host} refused the mail ({error.smtp_code}); check user, password and sender") from None
    except smtplib.SMTPRecipientsRefused:
        raise BadInput(f"{host} refused the receiver; see SHENAVA_DIGEST_TO") from None
    except (smtplib.SMTPException, OSError) as error:
        raise _TryAgain(type(error).__name__) from None


def is_bot(url: str) -> bool:
    """The address is that of a bot of Telegram or Bale."""
    return bool(_BOT.search(urlsplit(url).path))


def post(url: str, chat: str, text: str, told: dict[str, object]) -> None:
    """Post a digest: {"chat_id", "text"} to a bot, `told` with the text as JSON to anything else.

    Raises:
        BadInput: the URL cannot be used, or the server does not take it.
    """
    where = _parts(url, ("https", "http"), "SHENAVA_WEBHOOK_URL")
    if where.scheme == "http" and where.hostname not in _HERE:
        raise BadInput("SHENAVA_WEBHOOK_URL must be https: its address is a secret")
    body: dict[str, object] = {**told, "text": text}
    if is_bot(url):
        chat = chat or "".join(parse_qs(where.query).get("chat_id", [])[:1])
        if not chat:
            raise BadInput("whom shall the bot write to? Put the chat id into SHENAVA_DIGEST_TO")
        url, body = urlunsplit(where._replace(query="")), {"chat_id": chat, "text": text}
    data = json.dumps(body, ensure_ascii=False).encode()
    _again(lambda: _post(url, data), f"the webhook at {where.hostname}")


def _post(url: str, data: bytes) -> None:
    headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "Shenava/0.1"}
    request = urllib.request.Request(url, data, headers, method="POST")  # noqa: S310
    try:
        with _opener.open(request, timeout=TIMEOUT) as answer:
            answer.read(10_000)
    except urllib.error.HTTPError as error:
        if error.code == 429 or error.code >= 500:
            raise _TryAgain(f"status {error.code}") from None
        host = urlsplit(url).hostname
        raise BadInput(f"the webhook at {host} refused (status {error.code}); check its address and chat") from None
    except (urllib.error.URLError, HTTPException, OSError) as error:
        raise _TryAgain(type(error).__name__) from None


class _Stay(urllib.request.HTTPRedirectHandler):
    """A redirect would carry the digest to an address that nobody chose."""

    def redirect_request(self, *_: object) -> None:
        return None


_opener = urllib.request.build_opener(_Stay)


def _parts(url: str, schemes: Sequence[str], name: str) -> SplitResult:
    try:
        where = urlsplit(url)
        good = where.scheme in schemes and where.hostname and where.port != 0
    except ValueError:
        good = False
    if not good:
        raise BadInput(f"{name} is no address of the form {schemes[0]}://…")
    return where


def _again(send: Callable[[], None], what: str) -> None:
    for tried in range(1, TRIES + 1):
        try:
            send()
        except _TryAgain as error:
            if tried == TRIES:
                raise BadInput(f"{what} could not be reached in {TRIES} tries ({error})") from None
            time.sleep(_PAUSE * tried)
        else:
            return


class Sent:
    """Which digests went to whom: a small file, whole or not at all; receivers are in it as digests of their names."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self.known: dict[str, str] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        except (OSError, ValueError) as error:
            raise BadInput(f"cannot read {str(path)!r}; it says what was sent, remove it to send again") from error

    def holds(self, key: str, receiver: str) -> bool:
        """The receiver got this digest before."""
        return f"{key}/{_digest(receiver)}" in self.known

    def add(self, key: str, receiver: str) -> None:
        """It did now."""
        self.known[f"{key}/{_digest(receiver)}"] = datetime.now(UTC).isoformat(timespec="seconds")
        with replacing(self.path) as draft:
            draft.write_text(json.dumps(self.known, indent=1), encoding="utf-8")


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:20]
