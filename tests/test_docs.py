"""The documents say what the code does."""

import json
import re
import subprocess
import sys

import pytest

import cli
from domain.settings import ROOT, Settings
from jobs.docs import BLOCKS, PAGES, rendered
from nlp.evaluation.card import card
from nlp.training.recipe import read_recipe

READMES = ("README.md", "README.fa.md")


@pytest.mark.parametrize("page", PAGES)
def test_generated_parts_are_current(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    assert rendered(text) == text, "run: make docs"


def test_every_generated_block_is_used():
    used = {
        name for page in PAGES for name in re.findall(r"<!-- docs:(\w+)", (ROOT / page).read_text(encoding="utf-8"))
    }
    assert used == set(BLOCKS)


@pytest.mark.parametrize("page", READMES)
def test_every_verb_is_in_the_readme_and_every_verb_there_exists(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    verbs = {command.name or command.callback.__name__ for command in cli.app.registered_commands}
    verbs |= {group.name for group in cli.app.registered_groups}
    named = set(re.findall(r"(?:`|bin/)shenava ([a-z]+)\b", text))
    assert verbs <= named
    assert named <= verbs


@pytest.mark.parametrize("page", READMES)
def test_every_linked_file_exists(page):
    links = re.findall(r"\]\((?!https?://|#)([^)#]+)", (ROOT / page).read_text(encoding="utf-8"))
    assert links
    for link in links:
        assert (ROOT / link).exists(), link


@pytest.mark.parametrize("page", READMES)
def test_the_tree_in_the_readme_is_the_tree(page):
    tree = re.search(r"```text\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL)
    for line in tree[1].splitlines():
        assert (ROOT / line.split()[0]).exists(), line


def test_the_python_of_the_readme_runs():
    code = re.search(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)[1]
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert "negative" in result.stdout


@pytest.mark.parametrize(
    "folder", sorted(path.parent for path in ROOT.glob("models/*/recipe.toml")), ids=lambda f: f.name
)
def test_the_card_is_what_the_code_writes(folder):
    metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    assert (folder / "README.md").read_text(encoding="utf-8") == card(folder.name, read_recipe(folder), metrics)


def test_every_key_of_the_settings_file_is_a_setting():
    keys = re.findall(r"^(\w+) =", (ROOT / "shenava.toml").read_text(encoding="utf-8"), re.MULTILINE)
    secrets = re.findall(r"^#? ?SHENAVA_(\w+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE)
    assert keys and secrets
    assert {*keys, *(name.lower() for name in secrets)} <= set(Settings.model_fields)
