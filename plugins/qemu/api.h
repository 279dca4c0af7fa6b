/* SPDX-License-Identifier: MIT
 *
 * api.h: what of QEMU's plugin interface etch's plugin uses: the binary interface as
 * version 1 has it (QEMU 4.2 on), which later versions keep, and what versions 2 (QEMU
 * 9.0 on) to 4 add, which is weak: NULL where QEMU has none. The names are looked up
 * in the QEMU that loads the plugin, and those of GLib in its GLib.
 */
#ifndef ETCH_PLUGINS_QEMU_API_H
#define ETCH_PLUGINS_QEMU_API_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A translated block and its instructions: QEMU's own, valid in the callback. */
struct qemu_plugin_tb;
struct qemu_plugin_insn;

/* What QEMU says of itself when it loads a plugin. */
struct plugin_info {
    const char *target; /* "riscv64" */
    struct {
        int least, current; /* versions of the interface that it serves */
    } version;
    bool system; /* a whole machine, not a program */
};

/* What a callback sees; registers from version 2 on. */
enum plugin_registers { PLUGIN_NO_REGISTERS = 0, PLUGIN_READ_REGISTERS = 1 };
enum plugin_access { PLUGIN_READ = 1, PLUGIN_WRITE = 2, PLUGIN_BOTH = 3 };

typedef void plugin_vcpu_fn(uint64_t plugin, unsigned vcpu);
typedef void plugin_block_fn(uint64_t plugin, struct qemu_plugin_tb *block);
typedef void plugin_exec_fn(unsigned vcpu, void *data);
typedef void plugin_memory_fn(unsigned vcpu, uint32_t info, uint64_t address, void *data);
typedef void plugin_call_fn(uint64_t plugin, unsigned vcpu, int64_t number, uint64_t a1,
                            uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5, uint64_t a6,
                            uint64_t a7, uint64_t a8);
typedef void plugin_result_fn(uint64_t plugin, unsigned vcpu, int64_t number, int64_t result);
typedef void plugin_end_fn(uint64_t plugin, void *data);

void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t plugin, plugin_block_fn *fn);
void qemu_plugin_register_vcpu_init_cb(uint64_t plugin, plugin_vcpu_fn *fn);
void qemu_plugin_register_vcpu_exit_cb(uint64_t plugin, plugin_vcpu_fn *fn);
void qemu_plugin_register_vcpu_syscall_cb(uint64_t plugin, plugin_call_fn *fn);
void qemu_plugin_register_vcpu_syscall_ret_cb(uint64_t plugin, plugin_result_fn *fn);
void qemu_plugin_register_atexit_cb(uint64_t plugin, plugin_end_fn *fn, void *data);

void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *block, plugin_exec_fn *fn,
                                          enum plugin_registers registers, void *data);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn, plugin_exec_fn *fn,
                                            enum plugin_registers registers, void *data);
void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *insn, plugin_memory_fn *fn,
                                      enum plugin_registers registers, enum plugin_access access,
                                      void *data);

size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *block);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *block, size_t index);
/* From version 3 on it copies `size` bytes of the code to `to`; before, it knows nothing
 * of these two and answers where the code is. */
uintptr_t qemu_plugin_insn_data(const struct qemu_plugin_insn *insn, void *to, size_t size);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);

/* GLib's arrays, as far as their users see them. */
typedef struct plugin_bytes {
    uint8_t *data;
    unsigned length;
} GByteArray;
typedef struct plugin_array {
    char *data;
    unsigned length;
} GArray;
GByteArray *g_byte_array_new(void) __attribute__((weak));
uint8_t *g_byte_array_free(GByteArray *array, int data_too) __attribute__((weak));
char *g_array_free(GArray *array, int data_too) __attribute__((weak));

/* An element of the array of registers. */
struct qemu_plugin_register;
struct plugin_register {
    struct qemu_plugin_register *handle;
    const char *name, *feature;
};

/* In callbacks that see registers, and when a CPU begins. What is read is appended. */
GArray *qemu_plugin_get_registers(void) __attribute__((weak));
int qemu_plugin_read_register(struct qemu_plugin_register *handle, GByteArray *to)
    __attribute__((weak));
/* Version 4. */
bool qemu_plugin_read_memory_vaddr(uint64_t address, GByteArray *to, size_t size)
    __attribute__((weak));

/* What a plugin has for QEMU. */
extern int qemu_plugin_version;
int qemu_plugin_install(uint64_t plugin, const struct plugin_info *info, int argc, char **argv);

#endif
