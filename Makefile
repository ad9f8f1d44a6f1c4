# make install | run | test | bench | lock.  PYTHON may name any CPython 3.11–3.13.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PYVER := $(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])')
LOCK := requirements-$(PYVER).lock
LIBRARY ?= .library
export GRADIO_ANALYTICS_ENABLED := False
export HF_HUB_OFFLINE := 1
export HF_HUB_DISABLE_TELEMETRY := 1
export ANONYMIZED_TELEMETRY := False
export LANGSMITH_TRACING := false
export LANGCHAIN_TRACING_V2 := false

.PHONY: install run test lint types imports pytest floors bench lock clean

install: $(VENV)/.installed

$(VENV)/.installed: $(LOCK) pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $(LOCK)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

run: install
	$(BIN)/jianzheng --library $(LIBRARY) serve

test: install lint types imports pytest floors

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: install
	$(BIN)/mypy

imports: install
	$(BIN)/lint-imports --no-cache

pytest: install
	$(BIN)/python -m pytest -n 2 -m "not browser"
	$(BIN)/python -m pytest -n 2 -m browser

floors: install
	$(BIN)/jianzheng eval --floors

bench: install
	$(BIN)/python -m evals.bench

# Maintainer only: needs uv and a network. One lock per Python minor version, no index addresses in the files.
lock:
	for v in 3.11 3.12 3.13; do \
	  uv pip compile pyproject.toml --all-extras --python-version $$v --generate-hashes --no-emit-index-url --no-emit-find-links \
	    --no-header --no-annotate --quiet -o requirements-$$v.lock; \
	done

clean:
	rm -rf $(VENV) .library build dist
