/* SPDX-License-Identifier: MIT
 *
 * simple_header.c: the first bytes of a simple file, and opening one.
 *
 * Reads:  the header.
 * Writes: nothing.
 * Never:  events; they are in_simple.c's.
 */
#include "read/in_simple.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "format/kind.h"
#include "format/simple.h"

/* Format 0 wrote its header as an event of 64 bytes. */
#define HEADER_0_SIZE 64u

bool simple_is_header(const unsigned char *bytes)
{
    return plan_u64(bytes, false) == ETCH_SIMPLE_HEADER_ID &&
           (plan_u64(bytes + 8, false) == ETCH_SIMPLE_MAGIC ||
            plan_u64(bytes + 8, true) == ETCH_SIMPLE_MAGIC);
}

int simple_fault(struct simple *s, enum etch_fault_kind kind, uint64_t number, const char *name,
                 const char *format, ...)
{
    char text[600];
    va_list ap;
    va_start(ap, format);
    vsnprintf(text, sizeof(text), format, ap);
    va_end(ap);
    struct etch_read_fault what = {.kind = kind,
                                   .path = s->in.path,
                                   .offset = input_offset(&s->in),
                                   .number = number,
                                   .name = name};
    return fault_set(s->source.fault, -EINVAL, &what, "%s", text);
}

/* Format 0 has six words an event and no strings: where one is declared stands
 * its address. */
static bool fits_format_0(const struct etch_decl *decl)
{
    for (size_t i = 0; i < decl->n_args; i++)
        if (decl->args[i].kind == ETCH_KIND_STRING)
            return false;
    return decl->n_args <= 6;
}

/* The ids of formats 0 to 3, and of files without a header, count the
 * declarations: from format 3 on with the disabled ones. */
static int map_by_index(struct simple *s)
{
    const struct declared *d = s->config.declared;
    bool all = s->version >= 3;
    size_t n = all ? d->list.n : d->n_enabled;
    for (size_t i = 0; i < n; i++) {
        const struct etch_decl *decl = all ? &d->list.v[i] : d->enabled[i];
        bool known = s->version != 0 || fits_format_0(decl);
        struct plan *plan = plan_new(i, decl->name, SIZE_MAX, known ? decl : NULL);
        if (plan != NULL)
            plan->told = !known;
        if (plan == NULL || plan_table_put(&s->plans, plan) < 0)
            return fault_system(s->source.fault, -ENOMEM, s->in.path, "cannot index events");
    }
    return 0;
}

static int check_version(struct simple *s)
{
    enum etch_simpletrace rules = s->config.options->simpletrace;
    bool known = s->version == 0 || (s->version >= 2 && s->version <= 4);
    if (known && (s->version == ETCH_SIMPLE_VERSION || rules == ETCH_SIMPLETRACE_NO))
        return 0;
    return simple_fault(s, ETCH_FAULT_HEADER_VERSION, s->version, NULL,
                        "version %" PRIu64 " of the trace format is unknown; 0, 2, 3 and 4 are "
                        "read",
                        s->version);
}

/* Reads and checks the header's three words. */
static int read_header(struct simple *s)
{
    size_t have = input_need(&s->in, sizeof(struct etch_simple_header));
    const unsigned char *p = s->in.data + s->in.begin;
    if (s->in.error < 0)
        return fault_system(s->source.fault, s->in.error, s->in.path, "cannot read");
    if (have < sizeof(struct etch_simple_header)) {
        if (s->config.growing)
            return -EAGAIN;
        return simple_fault(s, ETCH_FAULT_HEADER_CUT, have, NULL,
                            have == 0 ? "the file is empty: nothing was recorded, or not a trace"
                                      : "shorter than the header of a trace (24 bytes)");
    }
    uint64_t id = plan_u64(p, false), magic = plan_u64(p + 8, false);
    if (id != ETCH_SIMPLE_HEADER_ID)
        return simple_fault(s, ETCH_FAULT_HEADER_ID, id, NULL,
                            "not a trace: a file of QEMU's simple format begins with eight "
                            "bytes ff");
    s->swap = magic == __builtin_bswap64(ETCH_SIMPLE_MAGIC) &&
              s->config.options->simpletrace == ETCH_SIMPLETRACE_NO;
    if (magic != ETCH_SIMPLE_MAGIC && !s->swap)
        return simple_fault(s, ETCH_FAULT_HEADER_MAGIC, magic, NULL,
                            "not a trace: the magic number is 0x%" PRIx64 " instead of 0x%" PRIx64,
                            magic, ETCH_SIMPLE_MAGIC);
    s->version = plan_u64(p + 16, s->swap);
    int error = check_version(s);
    if (error == 0)
        s->in.begin += sizeof(struct etch_simple_header);
    return error;
}

/* Steps over the rest of format 0's header where it is there: no event has id
 * 0 and time 0. */
static void skip_header_0(struct simple *s)
{
    size_t rest = HEADER_0_SIZE - sizeof(struct etch_simple_header);
    if (input_need(&s->in, rest) < rest)
        return;
    for (size_t i = 0; i < rest; i++)
        if (s->in.data[s->in.begin + i] != 0)
            return;
    s->in.begin += rest;
}

int simple_header(struct simple *s)
{
    const struct etch_read_options *o = s->config.options;
    s->version = ETCH_SIMPLE_VERSION;
    if (!o->no_header) {
        int error = read_header(s);
        if (error < 0)
            return error;
    }
    s->started = true;
    if (s->version == 0)
        skip_header_0(s);
    /* simpletrace.py of 2.8 knows no ids but those of mapping records. */
    bool counted = s->version < 4 || (o->no_header && o->simpletrace != ETCH_SIMPLETRACE_2_8);
    if (!counted)
        return 0;
    if (s->version < 4 && s->config.declared->list.n == 0)
        return simple_fault(s, ETCH_FAULT_UNDECLARED, s->version, NULL,
                            "a trace of format %" PRIu64 " has no names in it: give the "
                            "trace-events file of the QEMU that wrote it",
                            s->version);
    return map_by_index(s);
}
