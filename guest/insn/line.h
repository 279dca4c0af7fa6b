/* SPDX-License-Identifier: MIT
 *
 * line.h: an instruction as a line of text, and how etch-insn finds its words.
 */
#ifndef ETCH_GUEST_INSN_LINE_H
#define ETCH_GUEST_INSN_LINE_H

#include "insn.h"

/* Text on its way out, in large writes. */
struct out {
    char *data;
    size_t used, size;
    bool failed;
};
void out_flush(struct out *out);
#define OUT_LINE 1024u
/* At least OUT_LINE bytes. */
static inline char *out_room(struct out *out)
{
    if (out->size - out->used < OUT_LINE)
        out_flush(out);
    return out->data + out->used;
}
static inline void out_done(struct out *out, const char *end)
{
    out->used = (size_t)(end - out->data);
}
char *put_text(char *p, const char *text);
char *put_hex(char *p, uint64_t v);
char *put_number(char *p, uint64_t v);

/* disassembler.c: by libcapstone, else by the table of encodings. */
void disassemble(const struct frame_insn *fi, char *text, size_t size);

/* "1045c <main+18>": pc and symbol. */
char *put_place(char *p, struct symbols *symbols, uint64_t pc);

/* Instruction i of a run: a line of text (place, disassembly, registers read, written,
 * memory), of libexeclog's, of JSON. In at most OUT_LINE bytes. */
char *put_line(char *p, struct symbols *symbols, const struct run *run, unsigned i);
char *put_execlog(char *p, struct symbols *symbols, const struct run *run, unsigned i);
char *put_json(char *p, struct symbols *symbols, const struct run *run, unsigned i);

#endif
