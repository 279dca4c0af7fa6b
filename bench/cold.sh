#!/bin/bash
# SPDX-License-Identifier: MIT
# Single events of a thread whose caches hold something else.
set -euo pipefail
# shellcheck source=bench/single.sh
. "$BENCH_SOURCE/single.sh"
single cold "${BENCH_COLD:-300}"
