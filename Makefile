PYTHON ?= python3
BIN := .venv/bin
LOWEST := .venv-lowest/bin
# The constraint picks a CPU build of torch where the package index offers one; see README for CUDA.
INSTALL := $(BIN)/python -m pip install --disable-pip-version-check --constraint constraints.txt

.PHONY: help demo pilot-demo test coverage lint test-lowest fuzz fuzz-full test-pages bench docs clean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## (.*)/\1\t\2/' | expand -t 14

demo: .venv/user  ## simulate a feed with few labels of one KPI, compare adatt-sp with its baselines: 3 minutes
	@test -d data/feed || $(BIN)/taskfusion simulate --rows 200000 --known long_view=0.05 --out data/feed
	@$(BIN)/taskfusion compare configs/feed-simulated.yaml --out runs/demo \
		--variants adatt-sp,shared-bottom,single-task,lightgbm --seeds 2
	@echo
	@echo "The page of the comparison: $(CURDIR)/runs/demo/report.html"
	@echo "Sharing pays most for long_view, of whose labels a twentieth is known; the page says where it does not pay."
	@echo "Next, on a table of your own: $(BIN)/taskfusion init TABLE.parquet --out experiment.yaml"

pilot-demo: .venv/pilot  ## a pilot on simulated users: plan, ramp, a harm, alarm, remedy, memo, return: 8 minutes
	@$(BIN)/python -m demos.pilot --out runs/pilot-demo

test: lint .venv/promtool  ## every check
	$(BIN)/pytest --numprocesses auto --dist worksteal

coverage: lint .venv/promtool  ## every check, as CI runs it: the tests also have to reach a share of lines and branches
	$(BIN)/pytest --numprocesses auto --dist worksteal --cov --cov-report=term

lint: .venv/dev  ## format, lint and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test-pages: .venv/dev  ## the commands of the README and of the tutorial
	$(BIN)/pytest tests/test_docs.py --full-fuzz

fuzz: .venv/dev  ## every case that tries to break reading, training and serving; make test tries a fiftieth
	$(BIN)/pytest --numprocesses auto --dist worksteal --full-fuzz tests/fuzz

fuzz-full: fuzz .venv/fuzz  ## the same, a million malformed requests in process, 50,000 over HTTP, and 5,000 of schemathesis
	$(BIN)/python -m benchmarks.malformed --in-process 1000000
	$(BIN)/python -m benchmarks.malformed --http 50000 --schema 5000

test-lowest: .venv-lowest/dev  ## the tests with the oldest versions that pyproject.toml allows
	$(LOWEST)/pytest --numprocesses auto --dist worksteal --ignore tests/benchmarks

bench: .venv/bench  ## measure speed beside peers; write docs/benchmarks.md and docs/scaling.md
	$(BIN)/python -m benchmarks all

docs: .venv/user  ## write the pages that are made from the schema and from docstrings
	$(BIN)/python docs/make_reference.py

.venv/user: pyproject.toml constraints.txt src/taskfusion/base/version.py
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(INSTALL) --editable .
	touch $@

.venv/pilot: .venv/user
	$(INSTALL) --editable ".[export,serve,pilot]"
	touch $@

.venv/dev: .venv/user
	$(INSTALL) --editable ".[dev,bench]"
	touch $@

# Checks rules for Prometheus; where it cannot be fetched, the folder says why, and tests that need it skip.
.venv/promtool: .venv/user
	$(BIN)/python tests/promtool.py $@
	touch $@

.venv/fuzz: .venv/dev
	$(INSTALL) --editable ".[fuzz,bench]"
	touch $@

.venv/bench: .venv/user
	$(INSTALL) --editable ".[bench]"
	touch $@

.venv-lowest/dev: pyproject.toml tests/lowest.py src/taskfusion/base/version.py
	test -x $(LOWEST)/python || $(PYTHON) -m venv .venv-lowest
	$(LOWEST)/python tests/lowest.py > .venv-lowest/constraints.txt
	$(LOWEST)/python -m pip install --quiet --disable-pip-version-check --constraint .venv-lowest/constraints.txt \
		--editable ".[dev]"
	touch $@

clean:  ## remove the environment and everything made by commands here
	rm -rf .venv .venv-lowest runs data
