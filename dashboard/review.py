"""«بازبینی»: people confirm or correct the machine, a text in about twenty seconds, without leaving the keyboard."""

import html
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from dashboard import texts
from dashboard.agreement import agreement
from dashboard.correction import corrected, reviewer, title
from dashboard.filters import Choice
from dashboard.frame import head
from dashboard.numerals import number, percent
from dashboard.reads import Reader
from dashboard.words import say
from domain.text import persian_digits
from domain.vocabulary import Sentiment, Touchpoint, Usable
from store import queries, writes
from store.filter import Filter
from store.queries import Text
from store.tables import Experience

#: The key on a keyboard -> what it says; the same keys in the Persian layout stand on the buttons too.
KINDS: dict[str, tuple[str, str]] = {
    "1": ("sentiment", Sentiment.POSITIVE),
    "2": ("sentiment", Sentiment.NEGATIVE),
    "3": ("sentiment", Sentiment.MIXED),
    "4": ("sentiment", Sentiment.NEUTRAL),
    "0": ("usable", Usable.NONE),
    "9": ("usable", Usable.SPAM),
}
#: C and R belong to Streamlit; S and U skip and undo.
TOUCHPOINTS = dict(zip("QWETYADFGHJK", Touchpoint, strict=True))
_PERSIAN = dict(zip("QWETYADFGHJKSU", "ضصثفغشیبلاتنسع", strict=True))
_GOAL = 50


@dataclass
class Sitting:
    """What a person is about on this page."""

    #: The filter, the order and the person that the queue was made for.
    of: tuple[Filter, str, str]
    waiting: list[int] = field(default_factory=list)
    #: Passed over in this sitting.
    skipped: set[int] = field(default_factory=set)
    #: Reviewed texts, and which fields were said of each: what may be taken back.
    done: list[tuple[int, list[str]]] = field(default_factory=list)
    #: What is chosen for the text on the screen, where it is not the model's answer.
    draft: dict[str, str] = field(default_factory=dict)


def show(read: Reader, choice: Choice, who: str = "", overlap: float = 0.1) -> None:
    """Choose what is asked, answer, see how far answers agree.

    Args:
        read: reads of the store; its engine is written to.
        choice: the filter and the language.
        who: who is signed in, if anybody is.
        overlap: share of texts that two people review.
    """
    head(read, "review", choice, say(choice.language, "review lead"))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="review-how"):
        name = reviewer(choice.language, who)
        order = _order(choice.language)
        goal = st.number_input(say(choice.language, "goal"), 1, 1000, _GOAL, step=10, key="review-goal", width=130)
    st.html(f'<p class="sh-small">{say(choice.language, f"{order} order help")}</p>')
    _desk(read, choice, (choice.filter, order, name), overlap, int(goal))


def _order(language: str) -> str:
    return (
        st.pills(
            say(language, "order"), queries.ORDERS, default="unsure", required=True, key="review-order",
            format_func=lambda key: say(language, f"{key} order"),
        )
        or "unsure"
    )  # fmt: skip


@st.fragment
def _desk(read: Reader, choice: Choice, of: tuple[Filter, str, str], overlap: float, goal: int) -> None:
    """The text on the desk: only this part of the page is drawn again between two texts."""
    sitting = _sitting(of)
    st.html(_progress(read, of[2], goal, choice.language))
    text = _next(read, sitting, overlap)
    with st.container(border=True, key="review-desk"):
        if text is None or text.prediction is None:
            _nothing(choice.language)
        else:
            _ask(read, sitting, text, choice.language)
        _steps(read, sitting, text, choice.language)
    agreement(read, choice.language)


def _sitting(of: tuple[Filter, str, str]) -> Sitting:
    held = st.session_state.get("sitting")
    if not isinstance(held, Sitting) or held.of != of:
        held = st.session_state["sitting"] = Sitting(of)
    return held


def _next(read: Reader, sitting: Sitting, overlap: float) -> Text | None:
    chosen, order, name = sitting.of
    if not sitting.waiting:
        # Asked afresh: others may have been at work meanwhile.
        sitting.waiting = queries.review_queue(read.engine, chosen, order, name, sitting.skipped, overlap=overlap)
    return queries.text_of(read.engine, sitting.waiting[0]) if sitting.waiting else None


def _progress(read: Reader, name: str, goal: int, language: str) -> str:
    done = queries.review_progress(read.engine, name, writes.now())
    said = [say(language, "review progress", n=number(done.today, language), goal=number(goal, language))]
    if done.seconds is not None:
        said.append(say(language, "seconds a text", n=number(round(done.seconds), language)))
    width = min(100, 100 * done.today / goal)
    return (
        f'<div class="sh-review-bar"><i style="width:{width:.1f}%"></i></div>'
        f'<p class="sh-small">{" · ".join(map(html.escape, said))}</p>'
    )


def _nothing(language: str) -> None:
    st.html(
        f'<div class="sh-state"><h2>{say(language, "queue empty")}</h2><p>{say(language, "queue empty long")}</p></div>'
    )


def _ask(read: Reader, sitting: Sitting, text: Text, language: str) -> None:
    said = chosen(text, sitting.draft)
    passages = queries.experiences_of(read.engine, [text.mention.id or 0]).get(text.mention.id or 0, ())
    st.html(_shown(text, passages, language))
    with st.container(key="review-kinds", gap="xsmall"):
        st.html(f'<h2 class="sh-section">{say(language, "asked kind")}</h2>')
        with st.container(horizontal=True, gap="xsmall"):
            for key, (name, value) in KINDS.items():
                on = said["usable"] == value if name == "usable" else said.get("sentiment") == value
                model = _model_kind(text) == (name, value)
                _choice(sitting, key, {name: str(value)}, title(name, value, language), language, on=on, model=model)
    if said["usable"] != Usable.EXPERIENCE:
        return
    with st.container(key="review-touchpoints", gap="xsmall"):
        st.html(f'<h2 class="sh-section">{say(language, "asked touchpoint")}</h2>')
        with st.container(horizontal=True, gap="xsmall"):
            for key, touchpoint in TOUCHPOINTS.items():
                on, model = said["touchpoint"] == touchpoint, _model(text, "touchpoint") == touchpoint
                label = touchpoint.title(language)
                _choice(sitting, key, {"touchpoint": str(touchpoint)}, label, language, on=on, model=model)


def chosen(text: Text, draft: dict[str, str]) -> dict[str, str]:
    """What will be written: the model's answers, except what the person chose; of no experience, only that."""
    said = {name: str(_model(text, name)) for name in queries.REVIEWED} | draft
    return said if said["usable"] == Usable.EXPERIENCE else {"usable": said["usable"]}


def _model(text: Text, name: str) -> Any:
    # A person judges the model, not what somebody else said before.
    return queries.model_said(text.prediction, name) if text.prediction else ""


def _model_kind(text: Text) -> tuple[str, str]:
    usable = str(_model(text, "usable"))
    return ("sentiment", str(_model(text, "sentiment"))) if usable == Usable.EXPERIENCE else ("usable", usable)


def _choice(
    sitting: Sitting, key: str, answer: dict[str, str], label: str, language: str, *, on: bool, model: bool
) -> None:
    if "sentiment" in answer:
        answer = {"usable": str(Usable.EXPERIENCE), **answer}
    st.button(
        f"{label}{' •' if model else ''}{_persian(key, language)}", key=f"review-{key}", shortcut=key,
        type="primary" if on else "secondary", on_click=sitting.draft.update, args=(answer,),
    )  # fmt: skip


def _persian(key: str, language: str) -> str:
    """The same key in the Persian layout, for those who look at a Persian keyboard."""
    return f" ({persian_digits(key) if key.isdigit() else _PERSIAN[key]})" if language == "fa" else ""


def _shown(text: Text, passages: Sequence[Experience], language: str) -> str:
    mention, prediction, mark = text.mention, text.prediction, say(language, "model's mark")
    about = [f"<span><bdi>{texts.safe(part)}</bdi></span>" for part in (text.brand.name, mention.title) if part]
    said = []
    for name in queries.REVIEWED if _model(text, "usable") == Usable.EXPERIENCE else ("usable",):
        value = _model(text, name)
        score = prediction.scores.get(f"{name}:{value}") if prediction else None
        sure = f" <b>{percent(100 * score, language)}</b>" if score is not None else ""
        said.append(f'<span class="sh-label">{html.escape(title(name, value, language))}{sure}</span>')
    return (
        f'<article class="sh-review"><footer>{"<span>·</span>".join(about)}</footer>'
        f'<div class="sh-words">{texts.words(mention.text, passages, language)}</div>'
        f'<p class="sh-small"><span>{say(language, "model says")}</span> {"".join(said)} '
        f"<span>{html.escape(mark)}</span></p></article>"
    )


def _steps(read: Reader, sitting: Sitting, text: Text | None, language: str) -> None:
    at = text.mention.id if text and text.prediction else None
    with st.container(horizontal=True, gap="small", key="review-steps"):
        st.button(
            say(language, "confirm"), key="review-confirm", shortcut="Enter", type="primary", disabled=at is None,
            on_click=_confirm, args=(read, sitting, text, language),
        )  # fmt: skip
        st.button(
            say(language, "skip") + _persian("S", language), key="review-skip", shortcut="S", disabled=at is None,
            on_click=_skip, args=(sitting,),
        )  # fmt: skip
        st.button(
            say(language, "undo last") + _persian("U", language), key="review-undo", shortcut="U",
            disabled=not sitting.done, on_click=_undo, args=(read, sitting, language),
        )  # fmt: skip
    with st.container(key="review-unseen"):  # a button has one key; space is the second one of «confirm»
        st.button(
            say(language, "confirm"), key="review-space", shortcut="Space", disabled=at is None,
            on_click=_confirm, args=(read, sitting, text, language),
        )  # fmt: skip


def _confirm(read: Reader, sitting: Sitting, text: Text, language: str) -> None:
    answers, mention_id = chosen(text, sitting.draft), text.mention.id or 0
    _, order, name = sitting.of
    if corrected(
        read, language, "review", mention_id, list(answers),
        lambda: writes.review(read.engine, mention_id, answers, name, writes.QUEUE + order),
    ):  # fmt: skip
        sitting.done.append((mention_id, list(answers)))
        _leave(sitting)


def _skip(sitting: Sitting) -> None:
    sitting.skipped.add(sitting.waiting[0])
    _leave(sitting)


def _leave(sitting: Sitting) -> None:
    sitting.waiting.pop(0)
    sitting.draft.clear()


def _undo(read: Reader, sitting: Sitting, language: str) -> None:
    mention_id, fields = sitting.done[-1]
    if corrected(
        read, language, "review undo", mention_id, fields,
        lambda: writes.undo_review(read.engine, mention_id, fields, sitting.of[2]),
    ):  # fmt: skip
        sitting.done.pop()
        sitting.draft.clear()
        sitting.waiting.insert(0, mention_id)
