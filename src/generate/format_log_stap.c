/* SPDX-License-Identifier: MIT
 *
 * format_log_stap.c: SystemTap probes that print each event as the log backend
 * does.
 */
#include "generate/format.h"
#include "generate/probe.h"

#include <ctype.h>

/* The end of a conversion's flags, width and precision. */
static const char *skip_numbers(const char *s)
{
    return s + strspn(s, "-+ #0123456789.*");
}

/* A conversion at s: SystemTap's printf takes it without the length. Returns
 * where it ends. */
static const char *conversion(struct etch_text *text, const char *s)
{
    const char *end = skip_numbers(s + 1);
    etch_text_add(text, s, (size_t)(end - s));
    return end + strspn(end, "hlzjtLq");
}

/* A macro's letter: PRIx64 stands for what is printed in base 16. */
static const char *macro(struct etch_text *text, const char *s)
{
    const char *end = s;
    while (isalnum((unsigned char)*end) || *end == '_')
        end++;
    if (strncmp(s, "PRI", 3) == 0 && end > s + 3)
        etch_text_add(text, s + 3, 1);
    return end > s ? end : s + 1;
}

/* The text of C's literals and macros, as the inside of one literal. */
static void format(struct etch_text *text, const char *s)
{
    bool inside = false;
    while (s && *s) {
        if (*s == '"') {
            inside = !inside;
            s++;
        } else if (!inside) {
            s = macro(text, s);
        } else if (*s == '%' && s[1] != '%') {
            s = conversion(text, s);
        } else {
            size_t n = s[1] && (*s == '\\' || *s == '%') ? 2 : 1;
            etch_text_add(text, s, n);
            s += n;
        }
    }
}

/* How many arguments the format prints: SystemTap refuses a tapset that hands
 * one more to its printf. */
static size_t printed(const struct etch_decl *decl)
{
    char letters[GEN_LETTERS];
    size_t n = 0;
    gen_letters(decl, letters);
    for (size_t i = 0; i < decl->n_args && i < GEN_LETTERS; i++)
        n = letters[i] ? i + 1 : n;
    return n;
}

static void probe(struct gen *gen)
{
    const struct etch_decl *decl = gen->event->decl;
    size_t n = printed(decl);
    probe_alias(gen, ".log");
    probe_strings(gen, false);
    gen_emit(gen, "    printf(\"%d@%d $n ");
    format(gen->out, decl->format);
    gen_emit(gen, "\\n\", pid(), gettimeofday_ns()");
    for (size_t i = 0; i < n; i++) {
        etch_text_puts(gen->out, ", ");
        probe_value(gen->out, &decl->args[i]);
    }
    gen_emit(gen, ")\n}\n");
}

static void write_log_stap(struct gen *gen)
{
    probe_tapset(gen, probe);
}

const struct etch_gen_format etch_format_log_stap = {"log-stap", write_log_stap};
