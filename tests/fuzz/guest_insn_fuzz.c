/* SPDX-License-Identifier: MIT
 *
 * guest_insn_fuzz.c: any bytes as a trace of guest instructions: a u32 with the size of the
 * metadata, they, and a stream file. Every value, access and line is looked at.
 */
#include "files.h"
#include "guest/insn/insn.h"

static uint64_t sum;

static bool look(void *self, const struct run *run)
{
    struct registers r = {.known = 0};
    (void)self;
    for (unsigned i = 0; i < run->count; i++) {
        const struct frame_insn *fi = &run->path->insn[i];
        struct access a;
        uint64_t v;
        char text[80];
        for (unsigned k = 0; k < 3; k++)
            sum += run_value(run, &fi->in[k], &v) ? v : 0;
        sum += run_value(run, &fi->out, &v) ? v : 0;
        sum += run->frame != NULL && run_access(run, i, &a) ? a.address + a.loaded : 0;
        run_apply(run, i, &r);
        guest_disassemble(&fi->insn, fi->pc, text, sizeof(text));
        sum += (uint8_t)text[0];
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct insn_sink sink = {.run = look};
    struct fuzz_part metadata;
    struct symbols symbols = {0};
    struct walk walk = {.symbols = &symbols, .track = true, .quiet = true};
    const char *path;
    fuzz_enter();
    if (!fuzz_take(&data, &size, &metadata))
        return 0;
    fuzz_write("metadata", metadata.data, metadata.size);
    fuzz_write("stream-0", data, size);
    path = fuzz_path("");
    walk_trace(&walk, &path, 1, &sink);
    walk_free(&walk);
    symbols_free(&symbols);
    return 0;
}
