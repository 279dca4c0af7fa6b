# SPDX-License-Identifier: MIT
# Names for what is done often; meson and the scripts do the work.
BUILD  = build
PREFIX = /usr/local

# On a terminal a line shows how far it is.
all: $(BUILD)/build.ninja
	@if [ -t 1 ]; then ninja -C $(BUILD); else ninja -C $(BUILD) --quiet; fi

$(BUILD)/build.ninja:
	@command -v meson >/dev/null || { echo "meson is missing: scripts/setup.sh build installs it" >&2; exit 1; }
	meson setup $(BUILD)

# Traces the heap of git, sqlite3, python3 and gcc.
demo:
	@scripts/setup.sh demo
	@$(MAKE) --no-print-directory all
	@BUILD=$(BUILD) examples/demo.sh

# The short form of everything, at most 15 minutes.
test:
	@scripts/setup.sh test
	@tests/run

# The run-time library in two files, for projects that vendor it.
amalgamation:
	@scripts/amalgamate.sh $(BUILD)
	@echo "$(BUILD)/etch.h $(BUILD)/etch.c"

# The full form of the stress tests.
stress: all
	@scripts/setup.sh test
	@ETCH_STRESS=full meson test -C $(BUILD) --suite stress --timeout-multiplier 20

# FUZZ_SECONDS a target.
fuzz:
	@scripts/setup.sh test
	@tests/fuzz/run

bench:
	@scripts/setup.sh bench
	@bench/run

install:
	@[ -f $(BUILD)/build.ninja ] || $(MAKE) --no-print-directory all
	meson configure $(BUILD) --prefix=$(abspath $(PREFIX))
	meson install -C $(BUILD)

clean:
	rm -rf build build-*

.PHONY: all amalgamation demo test stress fuzz bench install clean
