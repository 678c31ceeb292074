"""The app stands on the base install: without torch, transformers, hazm, onnxruntime, scikit-learn and scrapy."""

import subprocess
import sys

from domain.settings import ROOT

ABSENT = ("torch", "transformers", "hazm", "onnxruntime", "sklearn", "scipy", "tokenizers", "scrapy", "twisted")
CODE = f"""
import sys
for name in {ABSENT!r}:
    sys.modules[name] = None  # importing it raises ImportError, as if it were not installed
import streamlit.testing.v1 as testing
at = testing.AppTest.from_file("app.py", default_timeout=60).run()
assert not at.exception, at.exception
import cli
from typer.testing import CliRunner
for verb in (["status"], ["export", sys.argv[1]], ["--help"]):
    done = CliRunner().invoke(cli.app, verb)
    assert done.exit_code == 0, (verb, done.output, done.exception)
print("stands")
"""


def test_the_app_stands_without_the_reader_and_the_crawlers(tmp_path, monkeypatch):
    monkeypatch.setenv("SHENAVA_DATA", str(tmp_path))
    words = [sys.executable, "-c", CODE, str(tmp_path / "out.csv")]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "stands" in done.stdout
