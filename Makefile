# Commands for a newcomer: `make demo`, `make test-fast` and `make test`. All files go to .venv and build/.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/pip install --disable-pip-version-check --constraint constraints.txt
STUDENT := examples/sst2-fastbert-3l
DEMO := build/demo/student.litebert
BOUND ?= 90
RESULTS ?= build/benchmark/results

.PHONY: help setup demo test test-fast coverage artifacts test-arm64 benchmark lint clean

help:
	@echo "make demo         set up, export the shipped student for both targets, answer text, show a report"
	@echo "make test         set up, lint, check types, run all tests (adds torch: 5 GB on Linux)"
	@echo "make test-fast    set up without torch, run the tests that need none, in under a minute"
	@echo "make coverage     run all tests, and list the files of which they try less than $(BOUND) percent"
	@echo "make artifacts    write small artifacts, sound and damaged, for readers in other languages"
	@echo "make test-arm64   run on emulated Cortex-A72 and A76 (needs Debian 12 with qemu-user and gcc);"
	@echo "                  OPTIONS=--renew stores its instruction counts as the new baseline"
	@echo "make benchmark    measure LiteBERT beside other runtimes, and write a report to $(RESULTS)"
	@echo "make setup        make .venv with the exporter and both engines (no torch)"
	@echo "make lint         lint and check types only"
	@echo "make clean        remove .venv and build/"

setup: .venv/setup

.venv/setup: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(PIP) --editable ".[export]"
	@touch $@

.venv/setup-fast: .venv/setup
	$(PIP) pytest pytest-xdist
	@touch $@

.venv/setup-test: .venv/setup
	$(PIP) torch
	$(PIP) --editable ".[export,test,train]"
	@touch $@

demo: setup
	@mkdir -p $(dir $(DEMO))
	$(BIN)/litebert-export $(STUDENT) --out $(DEMO) --force
	$(BIN)/litebert verify $(DEMO)
	$(BIN)/python examples/demo.py $(DEMO)
	@echo "next: source .venv/bin/activate; litebert run $(DEMO) \"some text\""

test: lint
	$(BIN)/pytest --numprocesses auto --dist worksteal

test-fast: .venv/setup-fast
	$(BIN)/pytest --fast --numprocesses auto --dist worksteal

coverage: .venv/setup-test
	@mkdir -p build/coverage
	$(BIN)/pytest --numprocesses auto --dist worksteal --cov --cov-report=
	$(BIN)/coverage json --quiet -o build/coverage/report.json
	$(BIN)/python .ci/untried.py $(BOUND) <build/coverage/report.json

artifacts: .venv/setup-fast
	PYTHONPATH=tests/exporter $(BIN)/python tests/artifacts/write.py build/artifacts

test-arm64: setup
	@mkdir -p build/arm64
	$(BIN)/litebert-export $(STUDENT) --out build/arm64/int8.litebert --force
	$(BIN)/litebert-export $(STUDENT) --out build/arm64/float32.litebert --quantize none --force
	$(BIN)/python benchmarks/arm64/count.py build/arm64/int8.litebert build/arm64/float32.litebert $(OPTIONS)

benchmark: .venv/setup-test
	$(BIN)/python benchmarks/benchmark.py --out $(RESULTS) $(OPTIONS)
	$(BIN)/litebert-bench report $(RESULTS)/records.jsonl benchmarks/arm64/instructions.jsonl -o $(RESULTS)

lint: .venv/setup-test
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

clean:
	rm -rf .venv build
