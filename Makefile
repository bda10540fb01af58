# make bench   the main job: export, find phones or start the virtual phone, measure, write and name the page
# make test    every test
# make check   format, lint, types, import order
# make arm64   what runs phones' arm64 code here: the system's emulator, and a C library and a JVM in elbench's cache
# make executorch   ExecuTorch and the torch that it needs, in elbench's cache
# make apk     the runner's APKs and desktop jar from source, tested, and whether they equal the shipped ones
# Each sets up what it needs; nothing has to be done before.

.PHONY: bench test check arm64 executorch apk prebuilt constraints clean
.DEFAULT_GOAL := bench

# Python keeps what it compiled, here and not beside the sources: the tests start hundreds of short processes.
unexport PYTHONDONTWRITEBYTECODE
export PYTHONPYCACHEPREFIX := $(CURDIR)/build/bytecode

READY := .venv/.ready
BIN := .venv/bin

RUNNER := build/apk/manifest.json
RUNNER_SOURCES := android_runner/pom.xml $(shell find android_runner/src android_runner/signing android_runner/counting) \
    $(addprefix android_runner/host/,bionic.c libraries.py shim.py) \
    $(wildcard android_runner/packaging/*.py) $(shell find tests/contract -name '*.json*')
RUNNER_PACKAGES := openjdk-17-jdk-headless maven aapt apksigner zipalign dexdump android-framework-res \
    clang libc++-dev libc++abi-dev gcc libc6-dev \
    $(if $(filter aarch64,$(shell uname -m)),gcc-x86-64-linux-gnu libc6-dev-amd64-cross,\
        gcc-aarch64-linux-gnu libc6-dev-arm64-cross)
TEST_PACKAGES := adb chromium gcc libc6-dev binutils

bench: $(READY)
	@$(BIN)/elbench run --or-virtual --launches 6 $(ARGS)

test: $(READY) $(RUNNER) arm64 executorch
	@sh scripts/system_packages.sh $(TEST_PACKAGES)
	@$(BIN)/python -m tests.virtual.conformance.sdist
	$(BIN)/pytest -n 2 --dist worksteal $(ARGS)

check: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

arm64: $(READY)
	@[ "$$(uname -s)" != Linux ] || sh scripts/system_packages.sh qemu-user
	@$(BIN)/python -m android_runner.arm64

executorch: $(READY)
	@$(BIN)/python -m android_runner.executorch

apk: $(RUNNER)
	@$(BIN)/python -m android_runner.packaging compare build/apk android_runner/prebuilt

# Puts what was built in place of what is shipped: 40 MB in git, so once per change of the runner.
prebuilt: $(RUNNER)
	rm -rf android_runner/prebuilt
	cp -R build/apk android_runner/prebuilt

# Pins every dependency for Python 3.11 and newer, without index addresses.
constraints: $(READY)
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --extra dev --upgrade \
	    --no-header --no-annotate --no-emit-index-url pyproject.toml --output-file constraints.txt
	$(BIN)/uv --version | sed 's/^uv \([^ ]*\).*/uv==\1/' >> constraints.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-deps --generate-hashes --upgrade \
	    --no-header --no-annotate --no-emit-index-url android_runner/executorch/packages.in \
	    --output-file android_runner/executorch/packages.txt

clean:
	rm -rf .venv build

$(READY): pyproject.toml constraints.txt scripts/setup.sh
	@sh scripts/setup.sh
	@touch $@

# Java 17 wherever it is, so that another default does not change the bytes; a locale that can name any folder.
$(RUNNER): $(RUNNER_SOURCES) | $(READY)
	@sh scripts/system_packages.sh $(RUNNER_PACKAGES)
	JAVA_HOME="$$(ls -d /usr/lib/jvm/java-17-openjdk-* | head -1)" LC_ALL=C.UTF-8 \
	    mvn -f android_runner/pom.xml -Dpython="$(CURDIR)/$(BIN)/python" package
