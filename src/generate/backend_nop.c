/* SPDX-License-Identifier: MIT
 *
 * backend_nop.c: events that do nothing, not even test their word.
 */
#include "generate/backend.h"

const struct etch_backend etch_backend_nop = {
    .name = "nop",
    .writes = "nothing: the calls compile to nothing",
};
