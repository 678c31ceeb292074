# Two commands are enough: `make run` and `make test`. Both set up what they need.
PYTHON ?= python3.11
BIN := .venv/bin
READY := .venv/.ready

.PHONY: help setup run test check docs looks screenshots lock bench bench-app bench-classify bench-crawl bench-themes clean

help:  ## say what there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

setup: $(READY)  ## make .venv with the locked versions

$(READY): requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 is needed: install it, or say make PYTHON=/path/to/python3.11"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

run: setup  ## crawl the demo site, read it, find shared experiences, open the app
	$(BIN)/shenava demo

test: setup check  ## everything: style, types, imports, docs, tests
	$(BIN)/pytest

check: setup  ## style, types and import rules only
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --quiet . || { echo "not formatted; run: $(BIN)/ruff format ."; exit 1; }
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: setup  ## write the generated parts of README.md, README.fa.md and data/README.md
	$(BIN)/python -m jobs.docs

lock: setup  ## write requirements.lock from what is installed
	@echo "# Every version that the project was tested with; written by \`make lock\`." > requirements.lock
	$(BIN)/pip freeze --exclude-editable | sed 's/+cpu$$//' | grep -v '^shenava' >> requirements.lock

looks: setup  ## keep the pictures of all pages anew, after looking at them (needs chromium)
	SHENAVA_LOOKS=1 $(BIN)/pytest -q tests/browser/test_looks.py

screenshots: setup  ## take the READMEs' pictures anew (needs chromium)
	$(BIN)/python tests/browser/screenshots.py

bench: setup  ## speeds, as ratios within one run
	$(BIN)/python -m tests.bench

bench-app: setup  ## seconds a click, memory, ten people at once, on a million mentions
	PYTHONPATH=tests $(BIN)/python -m tests.bench_app

bench-classify: setup  ## our readers against a BERT of base size, one thread each
	$(BIN)/python -m tests.bench_classify

bench-themes: setup  ## discovery from scratch and into a large history, beside BERTopic (pip install bertopic)
	$(BIN)/python -m tests.bench_themes

bench-crawl: setup  ## mentions stored a second, beside a bare Scrapy spider
	$(BIN)/python -m tests.bench_crawl

clean:  ## remove what can be made again (never data/)
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache build *.egg-info
