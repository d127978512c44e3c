# Commands for a newcomer: `make demo`, `make test-fast` and `make test`. All files go to .venv and build/.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/pip install --disable-pip-version-check --constraint constraints.txt
STUDENT := examples/sst2-fastbert-3l
DEMO := build/demo/student.litebert
BOUND ?= 90
NATIVE := PYTHONPATH=benchmarks/arm64 $(BIN)/python android_demo/bionic/replay.py
MAVEN := mvn --batch-mode --quiet --file android_demo/pom.xml -Dlitebert.artifacts=$(CURDIR)/build/artifacts
ANDROID := $(CURDIR)/build/android/x86_64/lib
PARITY := bert,roberta-byte-level,albert-unigram,bert-cut-at-the-beginning,fastbert-uer,deebert,pabee-regression,bert-exits-branched,bert-exits-lengths,bert-multi-label,cross-encoder,embeddings
RESULTS ?= build/benchmark/results

.PHONY: help setup demo test test-fast coverage artifacts test-arm64 test-android test-android-native java-tools benchmark lint clean

help:
	@echo "make demo         set up, export the shipped student for both targets, answer text, show a report"
	@echo "make test         set up, lint, check types, run all tests (adds torch: 5 GB on Linux)"
	@echo "make test-fast    set up without torch, run the tests that need none, in under a minute"
	@echo "make coverage     run all tests, and list the files of which they try less than $(BOUND) percent"
	@echo "make artifacts    write small artifacts, sound and damaged, for readers in other languages"
	@echo "make test-arm64   run on emulated Cortex-A72 and A76 (needs Debian 12 with qemu-user and gcc);"
	@echo "                  OPTIONS=--renew stores its instruction counts as the new baseline"
	@echo "make test-android build and test the Java library (needs JDK 17 and Maven)"
	@echo "make test-android-native  try Android's native libraries, x86_64 here and arm64 emulated (needs"
	@echo "                  Debian 12 with qemu-user, gcc and gcc-aarch64-linux-gnu as well)"
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

test-android: java-tools artifacts
	$(MAVEN) verify
	$(BIN)/python android_demo/parity.py artifacts build/artifacts --only $(PARITY)
	$(BIN)/python tests/android/fuzz_tokenizers.py --number 500
	$(BIN)/python tests/android/compare_tokenizers.py --quick --no-training --kind rows --kind added albert probe-words

java-tools:
	@.ci/java_tools.sh $(TOOLS)

test-android-native: TOOLS = gcc=gcc aarch64-linux-gnu-gcc=gcc-aarch64-linux-gnu qemu-aarch64=qemu-user
test-android-native: java-tools test-android
	@mkdir -p build/android
	$(BIN)/litebert-export $(STUDENT) --target tflite --out build/android/int8.litebert --force
	$(BIN)/litebert-export $(STUDENT) --target tflite --out build/android/float32.litebert --quantize none --force
	$(NATIVE) x86_64 build/android/*.litebert build/artifacts/sound/*
	LD_LIBRARY_PATH=$(ANDROID) $(MAVEN) --projects litebert-interpreter --also-make -Dtest=InterpreterContractIT \
	  -Dsurefire.failIfNoSpecifiedTests=false -DargLine=-Djava.library.path=$(ANDROID) test
	$(NATIVE) arm64 build/android/*.litebert build/artifacts/sound/*

benchmark: .venv/setup-test
	$(BIN)/python benchmarks/benchmark.py --out $(RESULTS) $(OPTIONS)
	$(BIN)/litebert-bench report $(RESULTS)/records.jsonl benchmarks/arm64/instructions.jsonl -o $(RESULTS)

lint: .venv/setup-test
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

clean:
	rm -rf .venv build
