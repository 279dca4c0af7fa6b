/* SPDX-License-Identifier: MIT
 *
 * probe.h: what the files about SDT probes share: the provider for dtrace(1)
 * and the tapsets for SystemTap.
 */
#ifndef ETCH_GENERATE_PROBE_H
#define ETCH_GENERATE_PROBE_H

#include "generate/gen.h"

/* The language whose words an argument must not be called by. */
enum probe_language { PROBE_D, PROBE_STAP };

/* The first lines of the file. */
void probe_head(struct gen *gen);

/* The statement that fires gen->event by a macro of the other tool's. */
void probe_fire(struct gen *gen, const char *macro);

/* The argument's name, or with _ behind it where it is a word of the language. */
void probe_name(struct etch_text *text, const struct etch_arg *arg, enum probe_language language);

/* A whole tapset: what `probe` writes of each event that is not disabled. */
void probe_tapset(struct gen *gen, void (*probe)(struct gen *gen));

/* What a tapset's probes are called by. */
void probe_prefix(struct gen *gen);

/* "probe PREFIX.ALIAS.NAME = PREFIX.NAME ?" and the opening brace; then, in
 * `argNAME_str`, the text of each string. */
void probe_alias(struct gen *gen, const char *alias);
void probe_strings(struct gen *gen, bool lengths);

/* argNAME_str of a string, else NAME. */
void probe_value(struct etch_text *text, const struct etch_arg *arg);

#endif
