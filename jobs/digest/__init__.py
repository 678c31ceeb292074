"""The weekly digest: what changed in a week and why, as one page; written, and sent where that is configured."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import jdatetime
from sqlalchemy import Engine

from domain.dates import local_day
from domain.digest import Digest
from domain.errors import BadInput
from domain.settings import Settings
from jobs.atomic import replacing
from jobs.digest import delivery
from jobs.digest.compose import compose
from jobs.digest.page import page
from jobs.digest.pdf import print_pdf
from jobs.digest.period import Period, week_of
from jobs.digest.sentences import message, subject
from jobs.lock import alone

__all__ = ["compose", "make", "send", "told", "write"]


def make(
    engine: Engine,
    settings: Settings,
    brand: str = "",
    week: date | None = None,
    language: str = "fa",
    now: datetime | None = None,
) -> Digest:
    """The digest of the week of a day (none: of the last full week) for a brand (none: for all).

    Raises:
        BadInput: the week is not over, or there is no such brand.
    """  # fmt: skip
    now = now or datetime.now(UTC)
    period = Period((brand,) if brand else (), week_of(week, local_day(now)), settings.app_url, language)
    return compose(engine, period, now, settings.shared_by)


def name(digest: Digest) -> str:
    """The name of its files: digest-<brand>-<Saturday, Jalali>.

    >>> name(digest)  # doctest: +SKIP
    'digest-sib-1405-08-23'
    """
    day = jdatetime.date.fromgregorian(date=digest.first)
    brand = "".join(c if c.isalnum() or c in "-_" else "_" for c in digest.brand) or "all"
    return f"digest-{brand}-{day.year}-{day.month:02}-{day.day:02}"


def write(digest: Digest, folder: Path, language: str, *, pdf: bool) -> list[Path]:
    """Write the page, and the PDF; a digest of the same week and brand is replaced."""
    suffix = "" if language == "fa" else f"-{language}"
    target = folder / f"{name(digest)}{suffix}.html"
    with replacing(target) as draft:
        draft.write_text(page(digest, language), encoding="utf-8")
    if not pdf:
        return [target]
    print_pdf(target, target.with_suffix(".pdf"))
    return [target, target.with_suffix(".pdf")]


def send(
    settings: Settings, digest: Digest, files: list[Path], language: str, *, again: bool = False
) -> dict[str, int]:
    """Send a digest to everybody who is configured and did not get it yet. Returns how many were sent and skipped.

    Raises:
        BadInput: nothing is configured, or a server does not take it; who got it before that is remembered.
        Busy: another process is delivery.
    """
    mails, chats = delivery.receivers(settings.digest_to)
    if not (mails and settings.smtp_url) and not settings.webhook_url:
        raise BadInput("nowhere to send; set SHENAVA_SMTP_URL and SHENAVA_DIGEST_TO, or SHENAVA_WEBHOOK_URL, in .env")
    bot = delivery.is_bot(settings.webhook_url)
    posts = (chats or [""]) if bot else [""] if settings.webhook_url else []
    key, counts = name(digest), {"sent": 0, "skipped": 0}
    with alone(settings, "digest"):
        sent = delivery.Sent(settings.data_dir / "state" / "digests.json")

        def each(receiver: str, hand_over: Any) -> None:
            if sent.holds(key, receiver) and not again:
                counts["skipped"] += 1
                return
            hand_over()
            sent.add(key, receiver)
            counts["sent"] += 1

        text = message(digest, language)
        for mail in mails if settings.smtp_url else []:
            each(f"mail:{mail}", lambda to=mail: _mail(settings, digest, to, text, files, language))
        for chat in posts:
            each(
                f"post:{settings.webhook_url}:{chat}",
                lambda to=chat: delivery.post(settings.webhook_url, to, text, told(digest)),
            )
    return counts


def _mail(settings: Settings, digest: Digest, to: str, text: str, files: list[Path], language: str) -> None:
    kinds = {".html": "text/html", ".pdf": "application/pdf"}
    attached = [(path.name, path.read_bytes(), kinds[path.suffix]) for path in files[-1:]]
    body = page(digest, language, font=False)
    delivery.send_mail(
        settings.smtp_url, to, subject(digest, language), text, body, attached, f"{name(digest)}-{language}"
    )


def told(digest: Digest) -> dict[str, Any]:
    """What scripts and webhooks get, JSON-ready; no customer's words are in it."""
    return {
        "brand": digest.brand,
        "first": digest.first.isoformat(),
        "last": digest.last.isoformat(),
        "mentions": digest.mentions,
        "counted": digest.counted,
        "too_few": digest.too_few,
        "quiet": digest.quiet,
        "tested": digest.tested,
        "changes": [
            {
                "kind": one.kind,
                "title": one.title,
                "polarity": one.polarity,
                "n": one.n,
                "expected": None if one.estimate else round(one.expected, 1),
                "change": round(one.estimate.change.value, 1) if one.estimate else None,
                "p": one.p,
                "url": one.url,
            }
            for one in digest.findings
        ],
        "severe": len(digest.severe),
        "open_complaints": digest.waiting.open if digest.waiting else 0,
        "outages": [one.source for one in digest.outages],
    }
