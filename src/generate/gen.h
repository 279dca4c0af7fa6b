/* SPDX-License-Identifier: MIT
 *
 * gen.h: what formats and backends work with: the group, its events, and
 * templates. For src/generate only.
 *
 * A template is the text to write, in which $x stands for
 *   of the group:   $H its header        $g name in C symbols    $G in macros
 *                   $c number of events $o path of the output
 *                   $P its provider     $U header for LTTng  $R as given
 *   of the event:   $n name             $N name in macros       $i index
 *                   $p parameters       $t their types          $a arguments
 *                   $v (void) casts     $s its format           $l line
 *                   $F file, escaped    $w enable word          $f firing function
 *   of both:        $L number of the line that follows in the output
 */
#ifndef ETCH_GENERATE_GEN_H
#define ETCH_GENERATE_GEN_H

#include "generate/generate.h"

#include <stdint.h>

/* A piece of text: in the arena of the generation. */
struct gen_piece {
    size_t at, n;
};

struct gen_event {
    const struct etch_decl *decl;
    struct gen_piece name, upper, digits, word, fire; /* $n $N $i $w $f */
    bool enabled;                                     /* not `disable` */
    bool has_query; /* trace_foo_enabled() is offered: no event is called so */
};

struct gen {
    const struct etch_gen_options *options;
    const struct etch_decl_list *decls;
    struct gen_event *events;
    size_t n_events;
    char *symbol, *guard, *provider; /* $g $G $P */
    struct gen_piece output;
    struct etch_text arena;
    struct etch_text *out;
    const struct gen_event *event; /* whose $x are meant */
};

/* Adds a template to the output. */
void gen_emit(struct gen *gen, const char *template);

/* Whether no compiled-in backend does anything. */
bool gen_is_nop(const struct gen *gen);

/* The name of the parameter in generated code: a trailing _ keeps it apart
 * from keywords of C and C++, from macros, and from names of ours. */
void gen_param(struct etch_text *text, const struct etch_arg *arg);

/* The conversion of each argument, by its letter; 0 where it has none. `letters`
 * has room for GEN_LETTERS of them. */
#define GEN_LETTERS 32
void gen_letters(const struct etch_decl *decl, char *letters);

/* A call of function(name and format in one literal, arguments...), with `end`
 * as it stands in C behind the format (line.c). */
void gen_line(struct gen *gen, const char *function, const char *end);

/* The statements that store the event in the thread's packet: what all ring
 * backends share (pack.c). */
void gen_pack(struct gen *gen);

/* What such calls need at the head of trace-G.c. */
void gen_line_head(struct gen *gen);

/* Declares the structs that arguments point to: a name that appears first in
 * a list of parameters would mean another type in each of them. */
void gen_structs(struct gen *gen);

/* Events with the property tcg (tcg.c). Whether gen->event is one's NAME_exec. */
bool gen_is_tcg(const struct gen *gen);

/* The name of the parameter that is the CPU that runs the code. */
#define GEN_TCG_ENV "__tcg___cpu_"

/* A type that TCG's helpers take: as DEF_HELPER calls it, as C does (ready for a name
 * behind it), and the constant that one that is known at translation becomes. */
struct gen_tcg_type {
    const char *name, *helper, *native, *constant;
};
const struct gen_tcg_type *gen_tcg_type(const struct etch_arg *arg);

/* NAME without _exec. */
void gen_tcg_name(struct gen *gen);

/* The parameters, or the arguments, of what is called while code is translated:
 * values of the translated code by their TCG types. `cpu`: the CPU that translates
 * stands before the one that runs the code. */
void gen_tcg_params(struct gen *gen, bool cpu);
void gen_tcg_arguments(struct gen *gen, bool cpu);

/* (void) casts of the parameters. */
void gen_tcg_unused(struct gen *gen);

/* What trace-G.c has of them: descriptors for <etch/tcg.h>. */
void gen_tcg_descriptors(struct gen *gen);

/* The section .note.etch (note.c). */
void gen_note(struct gen *gen);

#endif
