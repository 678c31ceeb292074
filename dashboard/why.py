"""«چرا؟»: the words that carried a reading, looked for only when a person asks."""

import html
import math
from collections.abc import Callable, Sequence

import streamlit as st

from dashboard import states
from dashboard.texts import Carried
from dashboard.words import say
from domain.errors import ShenavaError
from domain.vocabulary import Dimension, Gap, Intent, Label, Polarity, Sentiment, Stage, Touchpoint, Usable
from store.queries import Text, model_said

#: (raw text, score key) -> (start, end, weight); what the door hands in, since a page does not read texts.
Explain = Callable[[str, str], Sequence[Carried]]
_ASKED, _SAID = "why", "why said"
_HEADS: dict[str, type[Label]] = {
    "usable": Usable,
    "sentiment": Sentiment,
    "touchpoint": Touchpoint,
    "stage": Stage,
    "gap": Gap,
    "intent": Intent,
}


def labels(text: Text) -> list[str]:
    """Score keys of what the model said of a text; its own answers, whatever people said later."""
    said = text.prediction
    if said is None or said.unscored:
        return []
    usable = str(model_said(said, "usable"))
    if usable != Usable.EXPERIENCE:
        return [f"usable:{usable}"]
    found = [f"sentiment:{model_said(said, 'sentiment')}"]
    for dimension in Dimension:
        way = model_said(said, dimension)
        ways = ("positive", "negative") if way == Polarity.BOTH else () if way == Polarity.ABSENT else (way,)
        found += [f"{dimension}:{one}" for one in ways]
    found += [f"touchpoint:{model_said(said, 'touchpoint')}", f"stage:{model_said(said, 'stage')}"]
    if (gap := model_said(said, "gap")) != Gap.NONE:
        found.append(f"gap:{gap}")
    found += [f"intent:{intent}" for intent in Intent if model_said(said, intent)]
    return [*found, "needs_response:yes"] if model_said(said, "needs_response") else found


def title(label: str, language: str) -> str:
    """A score key in words."""
    head, _, value = label.partition(":")
    if head == "needs_response":
        return say(language, "awaiting")
    if head in _HEADS:
        return _HEADS[head].of(value).title(language)
    return say(language, f"{value} in", what=Dimension.of(head).title(language))


def button(text: Text, language: str, explain: Explain | None) -> None:
    """What asks; absent where nothing can answer."""
    mention_id = text.mention.id
    if explain is None or text.mention.deleted_at or not labels(text):
        return
    on = _asked(text) is not None
    st.button(
        say(language, "why hide" if on else "why"), key=f"why-{mention_id}", type="tertiary",
        help=None if on else say(language, "why help"), on_click=_ask, args=(text, on),
    )  # fmt: skip


def carried(text: Text, language: str, explain: Explain | None) -> Sequence[Carried]:
    """What carried the label that was asked for; nothing, and no work, if nobody asked about this text."""
    label = _asked(text)
    if label is None or explain is None:
        return ()
    known = (text.mention.id, text.mention.content_hash, label)
    held = st.session_state.get(_SAID)
    if held is None or held[0] != known:
        try:
            with st.spinner(say(language, "why looking")):
                found = explain(text.mention.text, label)
        except ShenavaError as fault:
            st.session_state.pop(_ASKED, None)
            states.error(str(fault), language)
            return ()
        st.session_state[_SAID] = held = (known, within(found, len(text.mention.text)))
    parts: Sequence[Carried] = held[1]
    return parts


def within(found: Sequence[Carried], length: int) -> list[Carried]:
    """Only stretches that lie in a text of this length and have a weight, in plain numbers."""
    plain = [(int(start), int(end), float(weight)) for start, end, weight in found]
    return [one for one in plain if 0 <= one[0] < one[1] <= length and math.isfinite(one[2]) and one[2] > 0]


def answer(text: Text, language: str, parts: Sequence[Carried]) -> None:
    """Under the card that was asked about: which label, the other ones, and how to read it."""
    label = _asked(text)
    if label is None:
        return
    key = f"why-label-{text.mention.id}"
    st.pills(
        say(language, "why label"), labels(text), default=label, key=key, required=True,
        format_func=lambda one: title(one, language), on_change=_other, args=(text, key),
    )  # fmt: skip
    said = say(language, "why said" if parts else "why nothing", label=title(label, language))
    st.html(f'<p class="sh-small">{html.escape(said)}</p>')


def _asked(text: Text) -> str | None:
    mention_id, label = st.session_state.get(_ASKED, (None, ""))
    return label if mention_id == text.mention.id and label in labels(text) else None


def _ask(text: Text, on: bool) -> None:
    if on:
        st.session_state.pop(_ASKED, None)
    else:
        st.session_state[_ASKED] = (text.mention.id, labels(text)[0])


def _other(text: Text, key: str) -> None:
    st.session_state[_ASKED] = (text.mention.id, st.session_state[key])
