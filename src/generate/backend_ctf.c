/* SPDX-License-Identifier: MIT
 *
 * backend_ctf.c: a folder of CTF 1.8, written by libetch from what pack.c stores.
 */
#include "generate/backend.h"

const struct etch_backend etch_backend_ctf = {
    .name = "ctf",
    .writes = "a folder trace-PID.ctf of CTF 1.8, by a thread of its own",
    .bit = "ETCH_BACKEND_CTF",
    .state = GEN_STATE_WORD,
    .fire = gen_pack,
};
