PYTHON ?= python3
BIN := .venv/bin
# The constraint picks a CPU build of torch where the package index offers one; see README for CUDA.
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: demo test bench docs clean

demo: .venv/user  ## simulate a feed, train adatt and its baselines, print where the report is
	test -d data/feed || $(BIN)/taskfusion simulate --rows 200000 --out data/feed
	$(BIN)/taskfusion compare configs/feed-simulated.yaml --out runs/demo \
		--variants adatt,adatt-sp,shared-bottom,single-task --seeds 2

test: .venv/dev  ## every check, as CI runs it
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest --numprocesses auto --dist worksteal

bench: .venv/bench  ## measure speed beside peers; write docs/benchmarks.md and docs/scaling.md
	$(BIN)/python -m benchmarks all

docs: .venv/user  ## write the reference of the experiment file from its schema
	$(BIN)/python docs/make_reference.py

.venv/user: pyproject.toml constraints.txt src/taskfusion/base/version.py
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(INSTALL) --editable .
	touch $@

.venv/dev: .venv/user
	$(INSTALL) --editable ".[dev,bench]"
	touch $@

.venv/bench: .venv/user
	$(INSTALL) --editable ".[bench]"
	touch $@

clean:  ## remove the environment and everything made by commands here
	rm -rf .venv runs data
