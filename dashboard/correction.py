"""Correcting the machine where its reading is shown: one click, seen at once, the model's answer kept beside it."""

import html
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from dashboard.change import change
from dashboard.numerals import day
from dashboard.reads import Reader
from dashboard.texts import plain, safe
from dashboard.words import say
from domain.access import LOCAL, LONGEST_NAME
from domain.dates import TEHRAN
from domain.text import storable
from domain.vocabulary import (
    Dimension,
    Intent,
    Polarity,
    Stage,
    Touchpoint,
)
from store import queries, writes
from store.queries import Text
from store.tables import Correction, Prediction
from store.writes import LABELS

_FLAGS = (*map(str, Intent), "needs_response")
_NAME = "reviewer name"
_LONGEST_REASON = 500


def correct_control(read: Reader, text: Text, choice: Any, who: str = "") -> None:
    """A line under a text card: pills for sentiment and kind, the rest behind a button; then what people changed.

    `who` is signed in; if nobody is, a name may be typed.
    """
    if text.prediction is None or text.mention.id is None or text.mention.deleted_at:
        return
    form = _Form(read, text.mention.id, text.prediction, choice.language, who)
    with st.container(key=f"correcting-{form.id}", horizontal=True, vertical_alignment="center", gap="small"):
        form.pills("sentiment", hidden=True)
        form.pills("usable", hidden=True)
        more = st.popover(say(form.language, "correct more"), key=f"correct-more-{form.id}", on_change="rerun")
        if more.open:
            with more:
                form.rest()
    if form.changed():
        st.html(f'<div class="sh-corrections">{"".join(map(form.line, form.changed()))}</div>')


def reviewer(language: str, who: str = "") -> str:
    """Who reviews: whoever is signed in, else the name that was typed here."""
    if who and who != LOCAL:
        return who
    st.session_state.setdefault("reviewer", st.session_state.get(_NAME, ""))
    st.text_input(
        say(language, "reviewer"), key="reviewer", help=say(language, "reviewer help"), max_chars=LONGEST_NAME,
        on_change=_keep_name,
    )  # fmt: skip
    return _typed_name()


def _keep_name() -> None:
    # The name outlives its field: another page has none.
    st.session_state[_NAME] = st.session_state["reviewer"]


def _typed_name() -> str:
    return storable(str(st.session_state.get(_NAME, ""))).strip() or LOCAL


def title(field: str, value: Any, language: str) -> str:
    """The value of a field in words."""
    if isinstance(value, bool):
        return say(language, "yes" if value else "no")
    if value in ("", Polarity.ABSENT):
        return say(language, "nothing")
    return LABELS[field].of(str(value)).title(language)


def field_title(field: str, language: str) -> str:
    """The name of a field in words."""
    for labels in (Dimension, Intent):
        if field in set(map(str, labels)):
            return labels.of(field).title(language)
    return say(language, {"touchpoint2": "second touchpoint", "needs_response": "awaiting"}.get(field, field))


class _Form:
    """The controls of one text."""

    def __init__(self, read: Reader, mention_id: int, prediction: Prediction, language: str, who: str) -> None:
        self.read, self.id, self.prediction, self.language, self.who = read, mention_id, prediction, language, who

    def now(self, field: str) -> Any:
        """What holds now."""
        return getattr(self.prediction, field)

    def model(self, field: str) -> Any:
        """What the model said."""
        return queries.model_said(self.prediction, field)

    def changed(self) -> list[str]:
        """Fields in which a person overruled the model."""
        return [field for field in (*LABELS, *_FLAGS) if field in self.prediction.overruled]

    def key(self, field: str) -> str:
        """A widget is made anew when its value changed, wherever that happened."""
        held = "+".join(self._intents(self.now)) if field == "intents" else self.now(field)
        return f"correct-{self.id}-{field}-{held}"

    def pills(self, field: str, *, hidden: bool = False) -> None:
        """One of the labels of a field."""
        options = list(map(str, LABELS[field]))
        st.pills(
            field_title(field, self.language), options, default=self.now(field), key=self.key(field),
            required=True, format_func=self._marked(field), on_change=self._choose, args=(field,),
            label_visibility="collapsed" if hidden else "visible",
        )  # fmt: skip

    def select(self, field: str, options: Sequence[str]) -> None:
        """One of many labels."""
        options = options if self.now(field) in options else [self.now(field), *options]
        st.selectbox(
            field_title(field, self.language), options, index=list(options).index(self.now(field)),
            key=self.key(field), format_func=self._marked(field), on_change=self._choose, args=(field,),
        )  # fmt: skip

    def rest(self) -> None:
        """Everything but sentiment and kind; who, why, and the way back."""
        language = self.language
        mark = html.escape(say(language, "model's mark"))
        st.html(f'<p class="sh-small">{say(language, "correct help")} <b>{mark}</b></p>')
        if self.who in ("", LOCAL):
            st.text_input(
                say(language, "reviewer"), st.session_state.get(_NAME, ""), key=f"correct-who-{self.id}",
                max_chars=LONGEST_NAME, on_change=self._name,
            )  # fmt: skip
        st.text_input(say(language, "reason"), key=f"correct-why-{self.id}", max_chars=_LONGEST_REASON)
        for dimension in Dimension:
            self.pills(str(dimension))
        self.select("touchpoint", list(map(str, Touchpoint)))
        self.select("touchpoint2", ["", *(str(one) for one in Touchpoint if one is not Touchpoint.NONE)])
        self.select("stage", list(map(str, Stage)))
        self.pills("contact")
        self.pills("gap")
        self._several()
        for field in self.changed():
            value = title(field, self.model(field), language)
            words = say(language, "back to model", field=field_title(field, language), value=value)
            st.button(words, key=f"correct-undo-{self.id}-{field}", on_click=self._undo, args=(field,))

    def _several(self) -> None:
        said = self._intents(self.model)
        st.pills(
            say(self.language, "intent"), list(map(str, Intent)), selection_mode="multi", key=self.key("intents"),
            default=self._intents(self.now), on_change=self._choose_intents,
            format_func=lambda key: Intent.of(key).title(self.language) + _mark(key in said),
        )  # fmt: skip
        mark = _mark(bool(self.model("needs_response")))
        st.toggle(
            say(self.language, "awaiting") + mark, self.now("needs_response"), key=self.key("needs_response"),
            on_change=self._choose, args=("needs_response",),
        )  # fmt: skip

    def _intents(self, said: Callable[[str], Any]) -> list[str]:
        return [str(intent) for intent in Intent if said(intent)]

    def _marked(self, field: str) -> Callable[[Any], str]:
        model = self.model(field)
        return lambda value: title(field, value, self.language) + _mark(value == model)

    def line(self, field: str) -> str:
        """Both values of a field, and who changed it, when and why."""
        language, made = self.language, self._newest(field)
        said = (
            f"{html.escape(say(language, 'by model', value=title(field, self.model(field), language)))}"
            f"{say(language, 'became')}"
            f"<b>{html.escape(say(language, 'by person', value=title(field, self.now(field), language)))}</b>"
        )
        about = f" · {_signed(made, language)}" if made else ""
        return f"<p><span>{html.escape(field_title(field, language))}</span> {said}{about}</p>"

    def _newest(self, field: str) -> Correction | None:
        found: Mapping[int, Sequence[Correction]] = self.read(queries.corrections_of, (self.id,))
        return next((one for one in found.get(self.id, ()) if one.field == field and one.value is not None), None)

    def _choose(self, field: str) -> None:
        self._write({field: st.session_state[self.key(field)]})

    def _choose_intents(self) -> None:
        chosen = st.session_state[self.key("intents")] or []
        self._write({i: i in chosen for i in map(str, Intent) if (i in chosen) != self.now(i)})

    def _write(self, answers: Mapping[str, Any]) -> None:
        who, why, engine = self._who(), self._why(), self.read.engine
        self._do("correct", list(answers), lambda: writes.review(engine, self.id, answers, who, why))

    def _undo(self, field: str) -> None:
        who, why, engine = self._who(), self._why(), self.read.engine
        self._do("correct undo", [field], lambda: writes.undo_correction(engine, self.id, [field], who, why))

    def _do(self, action: str, fields: Sequence[str], work: Callable[[], None]) -> None:
        if corrected(self.read, self.language, action, self.id, fields, work):
            st.toast(say(self.language, "saved"))

    def _name(self) -> None:
        st.session_state[_NAME] = st.session_state[f"correct-who-{self.id}"]

    def _who(self) -> str:
        return _typed_name() if self.who in ("", LOCAL) else self.who

    def _why(self) -> str:
        return storable(str(st.session_state.get(f"correct-why-{self.id}", ""))).strip().removeprefix(writes.QUEUE)


def corrected(
    read: Reader, language: str, action: str, mention_id: int, fields: Sequence[str], work: Callable[[], None]
) -> bool:
    """Change the reading of a text, if who looks may correct; a refusal is told. Whether it was done."""
    fault = change(read, language, "correct", action, work, mention=mention_id, field=", ".join(fields))
    if fault:
        st.toast(plain(fault))
    return not fault


def _mark(model: bool) -> str:
    return " •" if model else ""


def _signed(made: Correction, language: str) -> str:
    who = say(language, "somebody") if made.made_by in ("", LOCAL) else made.made_by
    said = [f"<bdi>{safe(who)}</bdi>", day(made.made_at.astimezone(TEHRAN).date(), language)]
    if made.note and not made.note.startswith(writes.QUEUE):
        said.append(f"«<bdi>{safe(made.note)}</bdi>»")
    return " · ".join(said)
