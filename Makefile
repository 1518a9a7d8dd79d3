# Everything starts here: `make run` needs Python 3.11 or newer and a package index, `make test` no more than that.
.DEFAULT_GOAL := help
.PHONY: help run test lint types contracts unit deep long bench lock clean dev

PORT ?=
DATA_DIR ?=
WORKERS ?= 2
# names of the shell's, so that a path with spaces or quotes in DATA_DIR arrives as it is
export PORT DATA_DIR
# no foreign modules, and compiled ones are kept: a process that compiles everything itself starts half a second later
unexport PYTHONPATH PYTHONHOME PYTHONDONTWRITEBYTECODE

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
	@# each takes one core
	$(BIN)/mypy & first=$$!; $(BIN)/basedpyright; second=$$?; wait $$first && exit $$second

contracts: dev
	$(BIN)/lint-imports

unit: dev
	$(BIN)/python -m pytest -q -n $(WORKERS)

deep: dev ## Run the tests with the big counts; of the faults a tenth, all of them take `make long`
	TAPEDECK_TEST_PROFILE=deep TAPEDECK_TEST_SHARE=0.1 \
		$(BIN)/python -m pytest -q -n $(WORKERS) -o faulthandler_timeout=0

LONG_kills := tests/faults/test_house.py::test_killing_anything_anywhere_loses_and_doubles_nothing
LONG_stops := tests/faults/test_house.py::test_what_postgres_acknowledged_is_there_after_it_was_stopped_hard
LONG_races := tests/faults/test_house.py::test_equal_posts_at_once_have_one_effect
LONG_stream := tests/faults/test_house.py::test_whoever_listens_misses_nothing_unnoticed_whatever_dies
LONG_writers := tests/journeys/test_ledger_races.py
SHARE ?= 1
MINUTES ?= 120

long: dev ## Make one long run: RUN=kills, stops, races, stream or writers; SHARE=0.1 of its count; it ends after MINUTES=120
	@test -n "$(LONG_$(RUN))" || { echo "RUN=kills, RUN=stops, RUN=races, RUN=stream or RUN=writers" >&2; exit 2; }
	TAPEDECK_TEST_PROFILE=deep TAPEDECK_TEST_SHARE=$(SHARE) timeout --signal=INT --kill-after=60 $(MINUTES)m \
		$(BIN)/python -m pytest -q -n0 -rP --durations=5 -o faulthandler_timeout=0 $(LONG_$(RUN))

bench: dev ## Print the numbers
	@for script in benchmarks/*.py; do echo "== $$script"; PYTHONPATH=. $(BIN)/python "$$script" || exit 1; done

lock: dev ## Resolve the dependencies anew, with hashes
	@$(BIN)/python deploy/lock.py

clean: ## Remove the environment and the caches; the data stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build ./*.egg-info
