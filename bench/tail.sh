#!/bin/bash
# SPDX-License-Identifier: MIT
# Single events with the backend's own thread running: how long the slow ones take.
set -euo pipefail
# shellcheck source=bench/single.sh
. "$BENCH_SOURCE/single.sh"
single tail "${BENCH_TAIL:-2000000}"
