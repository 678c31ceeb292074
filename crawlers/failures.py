"""Failures: pages that could not be had, and what to call that."""

from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure


def reason(error: BaseException | None) -> tuple[str, str]:
    """Why a page without an answer failed: a name to count it by, and words."""
    kind, words = type(error).__name__, str(error).lower()
    if "Timeout" in kind:
        return "hangs", "no answer in time, again and again"
    if "redirections" in words:
        return "redirect_loop", "it redirects without an end"
    if "Cancelled" in kind or "maxsize" in words or "exceeded" in words:
        return "too_large", "the body is larger than SHENAVA_PAGE_LIMIT_MB, perhaps only when unpacked"
    return kind, kind


def status_of(failure: Failure) -> int:
    """The HTTP status that a page failed with; 0 if it was no answer that failed."""
    return int(failure.value.response.status) if isinstance(failure.value, HttpError) else 0
