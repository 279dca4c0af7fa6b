/* SPDX-License-Identifier: MIT
 *
 * suggest.h: the name that the user probably meant.
 */
#ifndef ETCH_CLI_SUGGEST_H
#define ETCH_CLI_SUGGEST_H

#include <stddef.h>

/* The one of `names` that is nearest to `word`, or NULL if none is near. */
const char *cli_nearest(const char *word, const char *const *names, size_t n);

#endif
