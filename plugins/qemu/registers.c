/* SPDX-License-Identifier: MIT
 *
 * registers.c: see registers.h.
 *
 * Reads the registers of the CPU that runs, and a signal's frame on the guest's stack.
 * Changes nothing of the guest.
 */
#include "plugins/qemu/registers.h"

#include <string.h>

#include "plugins/qemu/api.h"

enum { SP = 2, S0 = 8, A0 = 10, A1 = 11, A2 = 12 };

/* Of struct ucontext of RISC-V's Linux: its registers are pc, x1 to x31, f0 to f31. */
#define CONTEXT_REGISTERS 176
#define SIGINFO_SIZE      128

/* The same of all CPUs. */
static struct qemu_plugin_register *handle[REGISTERS];

static __thread GByteArray *bytes;

bool registers_are_there(void)
{
    return qemu_plugin_get_registers != NULL && qemu_plugin_read_register != NULL &&
           g_byte_array_new != NULL && g_byte_array_free != NULL && g_array_free != NULL;
}

static int number_of(const char *name)
{
    for (unsigned i = 0; i < FRAME_REGISTERS; i++)
        if (strcmp(name, frame_register_name((uint8_t)i)) == 0)
            return (int)i;
    if (strcmp(name, "fp") == 0)
        return S0;
    return strcmp(name, "fflags") == 0 ? REGISTER_FFLAGS
           : strcmp(name, "frm") == 0  ? REGISTER_FRM
                                       : -1;
}

bool registers_find(void)
{
    GArray *list = qemu_plugin_get_registers();
    const struct plugin_register *r = (const void *)list->data;
    for (unsigned i = 0; i < list->length; i++) {
        int number = number_of(r[i].name);
        if (number >= 0)
            handle[number] = r[i].handle;
    }
    g_array_free(list, 1);
    for (unsigned i = 1; i < FRAME_F(0); i++)
        if (handle[i] == NULL)
            return false;
    return true;
}

uint64_t register_read(unsigned reg)
{
    uint64_t value = 0;
    if (handle[reg] == NULL)
        return 0;
    if (bytes == NULL)
        bytes = g_byte_array_new();
    bytes->length = 0;
    qemu_plugin_read_register(handle[reg], bytes);
    memcpy(&value, bytes->data, bytes->length < sizeof(value) ? bytes->length : sizeof(value));
    return value;
}

void registers_read(struct registers *to)
{
    to->v[0] = 0;
    for (unsigned i = 1; i < REGISTERS; i++)
        to->v[i] = register_read(i);
}

bool registers_before_handler(struct registers *before, uint64_t *pc, uint32_t *signal)
{
    uint64_t sp = register_read(SP), context = register_read(A2);
    if (qemu_plugin_read_memory_vaddr == NULL || register_read(A1) != sp ||
        context != sp + SIGINFO_SIZE)
        return false;
    const size_t size = FRAME_REGISTERS * sizeof(before->v[0]);
    if (!qemu_plugin_read_memory_vaddr(context + CONTEXT_REGISTERS, bytes, size))
        return false;
    memcpy(before->v, bytes->data, size);
    *pc = before->v[0];
    before->v[0] = 0;
    *signal = (uint32_t)register_read(A0);
    return true;
}

void registers_end(void)
{
    if (bytes != NULL)
        g_byte_array_free(bytes, 1);
    bytes = NULL;
}
