# Two commands on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
export VENV

.PHONY: setup demo test lint types imports bench screens i18n wheel clean

setup:
	@$(PYTHON) tools/setup.py

demo: setup
	@$(BIN)/covidviewer demo $(ARGS)

test: setup
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest -q -n auto --dist loadfile $(ARGS)

lint: setup
	$(BIN)/ruff format --check covidviewer tests benchmarks tools docs
	$(BIN)/ruff check covidviewer tests benchmarks tools docs
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: setup
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m benchmarks

screens: setup
	QT_QPA_PLATFORM=offscreen $(BIN)/python docs/make_screens.py

i18n: setup
	$(BIN)/python tools/i18n.py

wheel: setup
	$(BIN)/python -m pip wheel -q --no-deps -w dist .

clean:
	rm -rf build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
