# The commands of this repository. Everything they install goes into .venv; nothing outside the repository is changed.
# The network is used only by `setup` (and what needs it) when a lock has changed, by `lock` and by `test-node`.
.DEFAULT_GOAL := help
.PHONY: help setup run test check lint types format map bench quality faults planted test-node wheel lock clean dev

PYTHON ?= python3
export PYTHON
ARGS ?=

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile

setup: ## Make .venv with the locked dependencies; afterwards .venv/bin/futurone is there
	@scripts/setup server

dev: # What the checks need on top
	@scripts/setup dev

run: setup ## Start the server and carry out a first run (ARGS="--port 0 --no-demo" go to `futurone up`)
	@exec .venv/bin/futurone up $(ARGS)

test: dev ## Every check, then every test (ARGS go to pytest)
	@scripts/check $(ARGS)

check: test ## The same as test

lint: dev ## Formatting, lints, layers, code map
	@.venv/bin/ruff format --check .
	@.venv/bin/ruff check .
	@.venv/bin/lint-imports --no-logo
	@.venv/bin/python scripts/code_map.py --check

types: dev ## Static types, strictly
	@.venv/bin/mypy server/src sdks/python/src tests scripts

format: dev ## Format the code and repair what lints can repair
	@.venv/bin/ruff format .
	@.venv/bin/ruff check --fix .

map: dev ## Write the code map in ARCHITECTURE.md anew
	@.venv/bin/python scripts/code_map.py

bench: dev ## Measure, as benches/README.md describes (ARGS choose)
	@.venv/bin/python -m benches $(ARGS)

quality: dev ## Measure how good the results are and fail where a floor is missed (ARGS=--write keeps it)
	@.venv/bin/python -m benches.quality $(ARGS)

faults: dev ## The fault tests with those that take minutes: crashes, kills, races, cut streams, any input; then `planted`
	@.venv/bin/python -m pytest tests/faults tests/retention $(ARGS)
	@test -n "$(ARGS)" || .venv/bin/python -m pytest -m heavy --ignore tests/faults --ignore tests/retention
	@test -n "$(ARGS)" || .venv/bin/python scripts/planted.py

planted: dev ## Plant each bug of tests/planted in a copy of this tree and see it caught (ARGS name some)
	@.venv/bin/python scripts/planted.py $(ARGS)

test-node: dev ## Verify webhooks in Node, with the npm package and without it (needs Node 20 and an npm index)
	@scripts/test-node $(ARGS)

wheel: dev ## Build both packages into dist/
	@rm -rf dist server/build sdks/python/build
	@.venv/bin/python -m pip wheel --quiet --no-deps --no-build-isolation --no-index --wheel-dir dist ./server ./sdks/python
	@ls dist

lock: ## Resolve the dependencies anew (ARGS=--upgrade takes newer versions)
	@scripts/lock $(ARGS)

clean: ## Remove what the other targets made (not a server's data)
	@rm -rf .venv .venv-lock dist server/build sdks/python/build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	@rm -rf server/src/futurone_server.egg-info sdks/python/src/futurone.egg-info
	@find server sdks tests scripts $(wildcard benches) -name __pycache__ -type d -prune -exec rm -rf {} +
