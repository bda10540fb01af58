# make bench   the main job: export, find phones or start the virtual phone, measure, write and name the page
# make test    every test
# make check   format, lint, types, import order
# Each sets up what it needs; nothing has to be done before.

.PHONY: bench test check constraints clean
.DEFAULT_GOAL := bench

READY := .venv/.ready
BIN := .venv/bin

bench: $(READY)
	@$(BIN)/elbench run --or-virtual --launches 6 $(ARGS)

test: $(READY)
	@sh scripts/system_packages.sh adb chromium
	$(BIN)/pytest -n 2 $(ARGS)

check: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Pins every dependency for Python 3.11 and newer, without index addresses.
constraints: $(READY)
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --extra dev --upgrade \
	    --no-header --no-annotate --no-emit-index-url pyproject.toml --output-file constraints.txt
	$(BIN)/uv --version | sed 's/^uv \([^ ]*\).*/uv==\1/' >> constraints.txt

clean:
	rm -rf .venv build

$(READY): pyproject.toml constraints.txt scripts/setup.sh
	@sh scripts/setup.sh
	@touch $@
