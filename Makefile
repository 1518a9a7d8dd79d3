# Everything starts here: `make run` needs Python 3.11 or newer and a package index, `make test` no more than that.
.DEFAULT_GOAL := help
.PHONY: help run test lint types contracts unit deep bench lock clean dev

PORT ?=
DATA_DIR ?=
WORKERS ?= 2
# names of the shell's, so that a path with spaces or quotes in DATA_DIR arrives as it is
export PORT DATA_DIR
unexport PYTHONPATH PYTHONHOME

BIN := .venv/bin
FIND_PYTHON = for python in "$(PYTHON)" python3 python3.13 python3.12 python3.11 python3.14; do \
	[ -n "$$python" ] && "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break; \
	python=; done; \
	[ -n "$$python" ] || { echo "Python 3.11 or newer is needed; name one with make PYTHON=..." >&2; exit 2; };

help: ## Show what can be made
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 20

run: ## Install what is missing, then run everything; PORT=... DATA_DIR=...
	@$(FIND_PYTHON) "$$python" deploy/environment.py run
	@exec $(BIN)/tapedeck run $${PORT:+--port "$$PORT"} $${DATA_DIR:+--data-dir "$$DATA_DIR"}

dev: ## Install what development needs
	@$(FIND_PYTHON) "$$python" deploy/environment.py dev

test: lint types contracts unit ## Check everything: lint, types, contracts, tests

lint: dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/deptry .

types: dev
	$(BIN)/mypy
	$(BIN)/basedpyright

contracts: dev
	$(BIN)/lint-imports

unit: dev
	$(BIN)/python -m pytest -q -n $(WORKERS)

deep: dev ## Run the tests with the big counts: random histories, fuzzing, faults
	TAPEDECK_TEST_PROFILE=deep $(BIN)/python -m pytest -q -n $(WORKERS)

bench: dev ## Print the numbers
	@for script in benchmarks/*.py; do echo "== $$script"; PYTHONPATH=. $(BIN)/python "$$script" || exit 1; done

lock: dev ## Resolve the dependencies anew, with hashes
	@$(BIN)/python deploy/lock.py

clean: ## Remove the environment and the caches; the data stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build ./*.egg-info
