"""Composed texts: constructions of the language, filled with clauses of one trade, drawn anew for every epoch.

Plain reviews teach which words are good. That «یه بار هم نشده قطع بشه» praises, and that «آفرین به این سرعت، سه ساعت
بعد رسید» does not, is said by the construction; so each construction is met with hundreds of fillings, which differ in
words and agree in verdict (the idea of CheckList's templates, Ribeiro et al. 2020, doi:10.18653/v1/2020.acl-main.442,
turned from measuring to teaching). The grammar lies in data/grammar and is this project's own.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np

from domain.errors import BadInput
from domain.settings import ROOT
from nlp.training.data import Example, annotation_target

GRAMMAR = ROOT / "data" / "grammar"
_FORMS = ("past", "past-", "now", "now-", "sub", "noun")
_VERDICTS = {"p": "positive", "n": "negative", "m": "mixed", "0": "neutral"}
#: How often each verdict is drawn.
_SHARES = {"p": 0.34, "n": 0.38, "m": 0.15, "0": 0.13}
_SLOT = re.compile(r"\{([a-z]+)(\d?)(?:\.([a-z]+-?)| (\d+)-(\d+))?\}")
_CHOICE = re.compile(r"\(([^()]*)\)")
_FOREIGN = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")


@dataclass(frozen=True, slots=True)
class Grammar:
    """Templates by verdict; clauses by trade and kind; what fits every trade lies under the trade "any"."""

    templates: dict[str, list[str]]
    clauses: dict[str, dict[str, list[str]]]
    fingerprint: str

    @classmethod
    def read(cls, folder: Path = GRAMMAR) -> "Grammar":
        """Read templates.tsv (verdict, phenomenon, template) and clauses.tsv (trade, kind, clause).

        Raises:
            BadInput: a line is not of that form, or a template wants a clause that a trade lacks.
        """
        templates: dict[str, list[str]] = {verdict: [] for verdict in _VERDICTS}
        clauses: dict[str, dict[str, list[str]]] = {}
        for verdict, _, template in _rows(folder / "templates.tsv"):
            if verdict not in templates:
                raise BadInput(f"{folder / 'templates.tsv'}: verdict {verdict!r} is none of {', '.join(templates)}")
            templates[verdict].append(template)
        for trade, kind, clause in _rows(folder / "clauses.tsv"):
            clauses.setdefault(trade, {}).setdefault(kind, []).append(clause)
        digest = sha256(b"".join((folder / f"{name}.tsv").read_bytes() for name in ("templates", "clauses")))
        grammar = cls(templates, clauses, digest.hexdigest()[:16])
        grammar._check(folder)
        return grammar

    @property
    def trades(self) -> list[str]:
        """What the clauses are about."""
        return sorted(set(self.clauses) - {"any"})

    def _check(self, folder: Path) -> None:
        for template in (template for some in self.templates.values() for template in some):
            for name, _, form, low, _ in _SLOT.findall(template):
                general = self.clauses.get("any", {})
                lacks = [trade for trade in self.trades if name not in self.clauses[trade] and name not in general]
                if (lacks and not low) or (form and form not in _FORMS):
                    raise BadInput(
                        f"{folder}: no {name!r} for {template!r} in {', '.join(lacks) or 'any form so named'}"
                    )

    def text(self, template: str, rng: np.random.Generator) -> str:
        """A filling of a template: one trade, one choice of each alternative, no clause twice."""
        trade = self.trades[rng.integers(len(self.trades))]
        told = {**self.clauses.get("any", {}), **self.clauses[trade]}
        drawn: dict[tuple[str, str], str] = {}

        def fill(match: re.Match[str]) -> str:
            name, number, form, low, high = match.groups()
            if low:
                return _number(int(rng.integers(int(low), int(high) + 1)), rng)
            if (name, number) not in drawn:
                rest = [clause for clause in told[name] if clause not in drawn.values()]
                drawn[name, number] = rest[rng.integers(len(rest))]
            clause = drawn[name, number]
            return clause.split("|")[_FORMS.index(form)] if form else clause

        while _CHOICE.search(template):
            template = _CHOICE.sub(lambda m: str(rng.choice(m.group(1).split("|"))), template)
        text = _SLOT.sub(fill, template)
        if rng.random() < 0.12:
            before = told["plain"][rng.integers(len(told["plain"]))]
            text = f"{before}{rng.choice(['، ', '. ', ' '])}{text}"
        text = " ".join(text.split()).replace(" ،", "،")
        return text + str(rng.choice(["", "", ".", "!", " 🙏"], p=[0.35, 0.3, 0.25, 0.07, 0.03]))

    def draw(self, rows: int, rng: np.random.Generator) -> list[Example]:
        """So many texts, read for their sentiment alone."""
        examples = []
        for verdict in rng.choice(list(_SHARES), rows, p=list(_SHARES.values())):
            some = self.templates[str(verdict)]
            text = self.text(some[rng.integers(len(some))], rng)
            name = "composed-" + sha256(text.encode()).hexdigest()[:16]
            target = annotation_target({"sentiment": _VERDICTS[str(verdict)]})
            examples.append(Example(name, text, target, random=False))
        return examples


def _number(value: int, rng: np.random.Generator) -> str:
    return str(value).translate(_FOREIGN) if rng.random() < 0.6 else str(value)


def _rows(path: Path) -> Iterable[list[str]]:
    if not path.is_file():
        raise BadInput(f"no grammar at {path}; a recipe with composed_rows needs data/grammar")
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        row = line.split("\t")
        if len(row) != 3:
            raise BadInput(f"{path}, line {number}: three fields with tabs between them, not {len(row)}")
        yield row
