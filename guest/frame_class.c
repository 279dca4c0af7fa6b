/* SPDX-License-Identifier: MIT
 *
 * frame_class.c: see frame_class.h.
 *
 * Reads paths. Writes the dictionary of the process's trace.
 */
#include "frame_class.h"

#include <errno.h>
#include <etch/frame.h>
#include <stdio.h>

static const char *field_name(const struct frame_slot *slot, char *name, size_t size)
{
    if (slot->reg >= FRAME_ADDRESS)
        snprintf(name, size, "%s%u", slot->reg == FRAME_ADDRESS ? "address" : "data", slot->insn);
    else
        snprintf(name, size, "%s%u_%s", slot->after ? "out" : "in", slot->insn,
                 frame_register_name(slot->reg));
    return name;
}

static char kind_of(const struct frame_slot *slot)
{
    const char *kinds = slot->extend == EXTEND_SIGN ? "bhiq" : "BHIQ";
    if (slot->reg == FRAME_ADDRESS)
        return 'P';
    return kinds[slot->size == 1 ? 0 : slot->size == 2 ? 1 : slot->size == 4 ? 2 : 3];
}

int frame_declare(const struct frame_path *path, unsigned count, uint32_t id)
{
    char attributes[16 + FRAME_INSNS_MAX * 28], name[32];
    char names[FRAME_SLOTS_MAX][16];
    struct etch_frame_field fields[FRAME_SLOTS_MAX];
    struct etch_frame_class entry = {
        .id = id, .name = name, .attributes = attributes, .fields = fields};
    if (frame_attributes(path, count, attributes, sizeof(attributes)) >= sizeof(attributes))
        return -E2BIG;
    for (unsigned n = path->insn[count - 1].slots; entry.n_fields < n; entry.n_fields++) {
        const struct frame_slot *slot = &path->slot[entry.n_fields];
        fields[entry.n_fields] = (struct etch_frame_field){
            field_name(slot, names[entry.n_fields], sizeof(names[0])), kind_of(slot)};
    }
    snprintf(name, sizeof(name), "pc_%lx", path->insn[0].pc);
    return etch_frame_declare(&entry);
}

static int declare_state(void)
{
    struct etch_frame_field fields[66] = {{"pc", 'P'}};
    for (unsigned i = 1; i < 64; i++)
        fields[i] = (struct etch_frame_field){frame_register_name((uint8_t)i), 'Q'};
    fields[64] = (struct etch_frame_field){"fflags", 'I'};
    fields[65] = (struct etch_frame_field){"frm", 'I'};
    return etch_frame_declare(
        &(struct etch_frame_class){FRAME_STATE, "state", "state", fields, 66});
}

int frame_declare_image(const char *image, uint32_t id)
{
    return etch_frame_declare(&(struct etch_frame_class){id, "image", image, NULL, 0});
}

int frame_declare_specials(void)
{
    static const struct etch_frame_field cut[] = {{"insns", 'I'}};
    static const struct etch_frame_field call[] = {{"pc", 'P'}, {"number", 'Q'}, {"a0", 'Q'},
                                                   {"a1", 'Q'}, {"a2", 'Q'},     {"a3", 'Q'},
                                                   {"a4", 'Q'}, {"a5", 'Q'}};
    static const struct etch_frame_field result[] = {{"a0", 'Q'}};
    static const struct etch_frame_field signal[] = {{"pc", 'P'}, {"signal", 'I'}};
    static const struct etch_frame_class entries[] = {
        {FRAME_CUT, "cut", "cut", cut, 1},
        {FRAME_SYSCALL, "syscall", "syscall", call, 8},
        {FRAME_RESULT, "result", "result", result, 1},
        {FRAME_SIGNAL, "signal", "signal", signal, 2},
    };
    int error = declare_state();
    for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]) && error == 0; i++)
        error = etch_frame_declare(&entries[i]);
    return error;
}
