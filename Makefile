# make demo    the main job, from nothing: install, fetch three small models, index, ask, summarise
# make test    all tests
# make lint    style, types, layers
# make bench   every figure beside the peers, about an hour; BENCH_ARGS="--quick" in minutes
# make docs    the documentation with an API reference as a site in site/, links checked
# None needs anything installed by hand besides git, make and Python.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
BENCH  := .ragkit-bench
MODELS := all-MiniLM-L6-v2 SmolLM2-135M-Instruct-Q4_1 ms-marco-MiniLM-L12-v2

.PHONY: demo test lint models bench docs clean
.DELETE_ON_ERROR:

demo: $(VENV)/.installed models
	@PATH="$(CURDIR)/$(BIN):$$PATH" sh demo.sh

test: $(VENV)/.installed-test models
	$(BIN)/python -m pytest $(PYTEST_ARGS)

lint: $(VENV)/.installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright --pythonpath $(BIN)/python
	$(BIN)/lint-imports

bench: $(VENV)/.installed models
	$(BIN)/python benchmarks/peers/setup.py $(BENCH)/venvs
	$(BIN)/python benchmarks/run.py --work $(BENCH) --venvs $(BENCH)/venvs $(BENCH_ARGS)

# The variable silences what the theme says of its successor; warnings about the pages are errors.
docs: $(VENV)/.installed-docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

models: $(VENV)/.installed
	@$(BIN)/ragkit models pull $(MODELS)

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "ragkit needs Python 3.11 or newer: set PYTHON=...")'
	$(PYTHON) -m venv $(VENV)

# The package is installed in place; what it needs is pinned in constraints.txt.
$(VENV)/.installed: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "installing ragkit and what it needs (about 2 GB, once) ..."
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(VENV)/.installed-test: $(VENV)/.installed
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test,lint,corpora,gguf,code,ocr]'
	@touch $@

$(VENV)/.installed-docs: $(VENV)/.installed
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[docs]'
	@touch $@

clean:
	rm -rf $(VENV) site demo.index .ragkit .ragkit-eval .pytest_cache .ruff_cache .import_linter_cache
