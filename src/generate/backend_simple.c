/* SPDX-License-Identifier: MIT
 *
 * backend_simple.c: QEMU's binary trace file, written by libetch from what pack.c stores.
 */
#include "generate/backend.h"

const struct etch_backend etch_backend_simple = {
    .name = "simple",
    .writes = "a file trace-PID of QEMU's simple format, by a thread of its own",
    .bit = "ETCH_BACKEND_SIMPLE",
    .state = GEN_STATE_WORD,
    .fire = gen_pack,
};
