"""One change, as every page makes it: whoever may not is refused, what was done is noted and seen at once."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from dashboard import access
from dashboard.reads import Reader
from domain.errors import ShenavaError


def change(
    read: Reader, language: str, needs: str, action: str, work: Callable[[], object], **detail: Any
) -> str:  # fmt: skip
    """Do it; what stood in the way, as a sentence, or nothing if it was done.

    Args:
        read: reads of the store that is changed.
        language: of the refusal.
        needs: what whoever looks must be allowed to do (domain.access.ACTIONS).
        action: what the audit log calls it; empty if the write itself notes it, in its own transaction.
        work: the change.
        detail: for the audit log; no texts, no passwords.
    """
    try:
        access.demand(read, needs, language)
        work()
    except ShenavaError as fault:
        return str(fault)
    if action:
        access.note(read, action, **detail)
    st.cache_data.clear()
    return ""
