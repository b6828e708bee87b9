# kouan: `make run` answers the first question, `make test` checks everything.
PYTHON ?= python3.11
BIN := .venv/bin
READY := .venv/.ready

.DEFAULT_GOAL := help
.PHONY: help run test check docs format bench golden-update lock clean

help:  ## List these targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 18

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "make: $(PYTHON) lacks venv; on Debian: apt install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

run: $(READY)  ## Horgos road: longer hours and joint inspection against a 12-hour day
	$(BIN)/python -m sim port=horgos_road 'policy=[hours_24x7,joint_inspection]'

check: $(READY)  ## Format, lint, types, import order, fast tests (under a minute)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n 2 -m 'not slow' --hypothesis-profile=quick tests/unit tests/properties tests/golden

test: $(READY)  ## Everything that CI runs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n 2 --dist worksteal

docs: $(READY)  ## Build the site into docs/_build: tutorial, guides, concepts, reference
	$(BIN)/python -m sphinx --fail-on-warning --keep-going --nitpicky --quiet --fresh-env --write-all docs docs/_build
	@echo "open docs/_build/index.html"

format: $(READY)  ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(READY)  ## Measure speed beside peers (installs them); takes minutes
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r benchmarks/requirements.lock
	$(BIN)/python benchmarks/tandem.py
	$(BIN)/python benchmarks/horgos.py year
	$(BIN)/python benchmarks/horgos.py growth
	$(BIN)/python benchmarks/roads.py
	$(BIN)/python benchmarks/rail.py

golden-update: $(READY)  ## Rewrite the golden outputs; prints old, new and percent
	$(BIN)/python -m tests.golden.update

lock:  ## Pin the dependencies again (needs uv)
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -o requirements.lock
	uv pip compile pyproject.toml --extra bench --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -o benchmarks/requirements.lock

clean:  ## Remove the environment and caches (results stay)
	rm -rf docs/_build docs/reference docs/notebooks .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
