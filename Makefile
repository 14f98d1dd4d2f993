# One command file; `make` alone lists the commands. Needs Python 3.11 or newer and a package index.

SHELL := /bin/bash
.DEFAULT_GOAL := help
VENV := .venv
BIN := $(VENV)/bin
# Home of `make run`; data stays there between runs.
VAR := $(CURDIR)/var

.PHONY: help install run test check fix bench docs bundle clean

help: ## This list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

install: $(VENV)/installed ## Prepare .venv with the khoyte command

run: install ## The whole system with an invented province on http://127.0.0.1:8000 (Ctrl-C stops it)
	@KHOYTE_HOME="$(VAR)" $(BIN)/khoyte up --demo $(ARGS)

test: $(VENV)/installed-dev ## Everything the tests need, then the whole suite (ARGS="-k word" narrows it)
	@.ci/browser
	@$(BIN)/python -m pytest -n 3 --dist loadgroup $(ARGS)

check: $(VENV)/installed-dev ## All checks that change nothing: style, types, import order, migrations, templates, docs
	@.ci/checks

fix: $(VENV)/installed-dev ## Repair what the style checks can repair by themselves
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: install ## First figures: intake against its floor (ARGS="--scale 10")
	@$(BIN)/khoyte bench intake $(ARGS)

docs: install ## Write the generated pages of docs/ anew
	@$(BIN)/khoyte docs

bundle: install ## Everything for a machine without network, in dist/ (docs/handbook.en.md)
	@.ci/bundle

clean: ## Remove .venv and caches; the data in var/ stays
	rm -rf $(VENV) build *.egg-info .pytest_cache .ruff_cache .mypy_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamps make a second run start at once; a changed lock installs again.

$(VENV)/installed: requirements.txt requirements.in pyproject.toml
	@.ci/prepare-venv $(VENV) requirements.txt
	@touch $@

$(VENV)/installed-dev: requirements-dev.txt $(VENV)/installed
	@.ci/prepare-venv $(VENV) requirements-dev.txt
	@touch $@
