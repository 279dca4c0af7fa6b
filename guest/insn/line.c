/* SPDX-License-Identifier: MIT
 *
 * line.c: see line.h. What of a line is always the same is made once an instruction
 * of the dictionary.
 *
 * Reads:  a run.
 * Writes: text into room that there is.
 */
#include "line.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PLACE_WIDTH 28
#define LINE_WIDTH  64
#define NAME_MAX_   60

void out_flush(struct out *out)
{
    for (size_t done = 0; done < out->used && !out->failed;) {
        ssize_t n = write(STDOUT_FILENO, out->data + done, out->used - done);
        out->failed = n <= 0;
        done += n > 0 ? (size_t)n : 0;
    }
    out->used = 0;
}

char *put_text(char *p, const char *text)
{
    size_t n = strlen(text);
    memcpy(p, text, n);
    return p + n;
}

char *put_hex(char *p, uint64_t v)
{
    static const char digits[] = "0123456789abcdef";
    unsigned n = v == 0 ? 1 : (67u - (unsigned)__builtin_clzll(v)) / 4;
    for (unsigned i = n; i-- > 0; v >>= 4)
        p[i] = digits[v & 15];
    return p + n;
}

char *put_number(char *p, uint64_t v)
{
    char text[20];
    unsigned n = 0;
    do
        text[n++] = (char)('0' + v % 10);
    while ((v /= 10) != 0);
    while (n > 0)
        *p++ = text[--n];
    return p;
}

char *put_place(char *p, struct symbols *symbols, uint64_t pc)
{
    const struct symbol *s = symbols_at(symbols, pc);
    p = put_hex(p, pc);
    if (s == NULL)
        return p;
    size_t length = strlen(s->name);
    *p++ = ' ';
    *p++ = '<';
    memcpy(p, s->name, length < NAME_MAX_ ? length : NAME_MAX_);
    p += length < NAME_MAX_ ? length : NAME_MAX_;
    if (pc != s->start) {
        *p++ = '+';
        p = put_number(p, pc - s->start);
    }
    *p++ = '>';
    return p;
}

static char *pad(char *p, const char *begin, unsigned width)
{
    *p++ = ' ';
    while (p - begin < (long)width)
        *p++ = ' ';
    return p;
}

/* Place and disassembly. */
static char *prefix_make(struct symbols *symbols, const struct frame_insn *fi)
{
    char text[512], *p = pad(put_place(text, symbols, fi->pc), text, PLACE_WIDTH);
    disassemble(fi, p, 128);
    for (char *tab = p; *tab != '\0'; tab++)
        *tab = *tab == '\t' ? ' ' : *tab;
    p = pad(p + strlen(p), text, LINE_WIDTH);
    *p = '\0';
    return strdup(text);
}

static const char *prefix(struct symbols *symbols, const struct run *run, unsigned i)
{
    struct entry *e = run->entry;
    if (e->text == NULL)
        e->text = calloc(e->stored->count, sizeof(*e->text));
    if (e->text != NULL && e->text[i] == NULL)
        e->text[i] = prefix_make(symbols, &run->path->insn[i]);
    return e->text != NULL && e->text[i] != NULL ? e->text[i] : "";
}

static char *put_value(char *p, uint8_t reg, uint64_t v)
{
    p = put_text(p, frame_register_name(reg));
    *p++ = '=';
    return put_hex(p, v);
}

/* "[10f20]=5", "?" where it is not known. */
static char *put_access(char *p, const struct access *a)
{
    if (p[-1] != ' ')
        *p++ = ' ';
    *p++ = '[';
    p = put_hex(p, a->address);
    *p++ = ']';
    if (a->load) {
        *p++ = '=';
        p = a->known ? put_hex(p, a->loaded) : put_text(p, "?");
    }
    if (a->store) {
        p = put_text(p, "<-");
        p = put_hex(p, a->stored);
    }
    return p;
}

char *put_line(char *p, struct symbols *symbols, const struct run *run, unsigned i)
{
    const struct frame_insn *fi = &run->path->insn[i];
    struct access access;
    uint64_t v;
    p = put_text(p, prefix(symbols, run, i));
    for (unsigned k = 0; k < 3; k++)
        if (run_value(run, &fi->in[k], &v)) {
            p = put_value(p, fi->in[k].reg, v);
            *p++ = ' ';
        }
    if (run_value(run, &fi->out, &v)) {
        p = put_text(p, "-> ");
        p = put_value(p, fi->out.reg, v);
    }
    if (run->frame != NULL && run_access(run, i, &access))
        p = put_access(p, &access);
    while (p[-1] == ' ')
        p--;
    *p++ = '\n';
    return p;
}

/* As libexeclog of QEMU: cpu, pc, code, "disassembly", load or store, address. */
char *put_execlog(char *p, struct symbols *symbols, const struct run *run, unsigned i)
{
    const struct frame_insn *fi = &run->path->insn[i];
    struct access access;
    (void)symbols;
    p = put_text(p, "0, 0x");
    p = put_hex(p, fi->pc);
    p = put_text(p, ", 0x");
    p = put_hex(p, fi->insn.raw);
    p = put_text(p, ", \"");
    disassemble(fi, p, 128);
    p += strlen(p);
    *p++ = '"';
    if (run->frame != NULL && run_access(run, i, &access)) {
        if (access.load)
            p += sprintf(p, ", load, 0x%08lx", access.address);
        if (access.store)
            p += sprintf(p, ", store, 0x%08lx", access.address);
    }
    *p++ = '\n';
    return p;
}

static char *json_values(char *p, const struct run *run, const char *key,
                         const struct frame_value *values, unsigned n)
{
    bool any = false;
    for (unsigned k = 0; k < n; k++) {
        uint64_t v;
        bool again = false;
        for (unsigned before = 0; before < k; before++)
            again |= values[before].source != VALUE_NONE && values[before].reg == values[k].reg;
        if (again || !run_value(run, &values[k], &v))
            continue;
        p += any ? sprintf(p, ",") : sprintf(p, ",\"%s\":{", key);
        p += sprintf(p, "\"%s\":\"0x%lx\"", frame_register_name(values[k].reg), v);
        any = true;
    }
    return any ? put_text(p, "}") : p;
}

char *put_json(char *p, struct symbols *symbols, const struct run *run, unsigned i)
{
    const struct frame_insn *fi = &run->path->insn[i];
    const struct symbol *s = symbols_at(symbols, fi->pc);
    struct access a;
    p += sprintf(p, "{\"n\":%lu,\"tid\":%u,\"pc\":\"0x%lx\"", run->first + i, run->thread->tid,
                 fi->pc);
    if (s != NULL && strpbrk(s->name, "\"\\") == NULL)
        p += sprintf(p, ",\"symbol\":\"%.60s\",\"offset\":%lu", s->name, fi->pc - s->start);
    p = put_text(p, ",\"insn\":\"");
    disassemble(fi, p, 128);
    for (; *p != '\0'; p++)
        *p = *p == '\t' ? ' ' : *p;
    *p++ = '"';
    p = json_values(p, run, "in", fi->in, 3);
    p = json_values(p, run, "out", &fi->out, 1);
    if (run->frame != NULL && run_access(run, i, &a)) {
        p += sprintf(p, ",\"address\":\"0x%lx\",\"size\":%u", a.address, a.size);
        if (a.load && a.known)
            p += sprintf(p, ",\"loaded\":\"0x%lx\"", a.loaded);
        if (a.store)
            p += sprintf(p, ",\"stored\":\"0x%lx\"", a.stored);
    }
    return put_text(p, "}\n");
}
