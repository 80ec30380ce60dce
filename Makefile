# make train ENV=Enduro ARGS="--total-timesteps 20000"    make test    make bench    make site
ENV ?= Enduro
ARGS ?=
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
FORMATTED := .ci agents envs experiments hyperparams policies saccade saliency scripts tests examples

.PHONY: train test test-fast lint type format bench tables site lessons clean
.DEFAULT_GOAL := test

# Made anew whenever what is to be installed changes.
$(VENV)/.installed: setup.cfg pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "error: saccade needs Python 3.11 or newer; say which one with PYTHON=python3.12" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

train: $(VENV)/.installed
	$(BIN)/python scripts/train.py --env '$(ENV)' $(ARGS)

test: lint type
	$(BIN)/python -m pytest -n 2 $(ARGS)

# Without trainings in other processes, browsers and Weights & Biases: two minutes.
test-fast: lint type
	$(BIN)/python -m pytest -n 2 -m 'not slow and not gpu and not integration' $(ARGS)

lint: $(VENV)/.installed
	$(BIN)/ruff format --check $(FORMATTED)
	$(BIN)/ruff check $(FORMATTED)

type: $(VENV)/.installed
	$(BIN)/mypy

format: $(VENV)/.installed
	$(BIN)/ruff format $(FORMATTED)
	$(BIN)/ruff check --fix $(FORMATTED)

bench: $(VENV)/.installed
	$(BIN)/python scripts/benchmarks/benchmark.py $(ARGS)

# Every table and marked number of README, docs and results, from the files in results/. ARGS=--check only says what is stale.
tables: $(VENV)/.installed
	$(BIN)/python scripts/tables/tables.py $(ARGS)

# The pages, the lessons and a reference from docstrings, in build/site. A broken link is an error. For its search: python -m http.server -d build/site
site: $(VENV)/.installed
	$(BIN)/python scripts/documentation/build.py

# All notebooks of examples/ from top to bottom, and the commands of the how-to pages: minutes.
lessons: $(VENV)/.installed
	$(BIN)/python -m pytest -m slow tests/examples tests/scripts/documentation $(ARGS)

clean:
	rm -rf $(VENV) build dist *.egg-info
