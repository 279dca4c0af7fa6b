/* SPDX-License-Identifier: MIT
 *
 * guest_plugin.c: what one writes in an afternoon to trace a guest under qemu-riscv64:
 * a plugin that stores each block's number, and with level=address the address of each
 * access, with level=data what is there, too, into a ring of 4 MiB. At the end the bytes
 * that were stored are told on stderr.
 *
 * Never: writes the ring anywhere; one thread only.
 */
#include <stdio.h>
#include <string.h>

#include "api.h"

static uint8_t ring[(4 << 20) + 64];
static size_t used, laps;
static uint32_t blocks;
static int level; /* 0: blocks, 1: address, 2: data */

__attribute__((visibility("default"))) int qemu_plugin_version = 1;

static inline uint8_t *room(void)
{
    if (used >= sizeof(ring) - 64) {
        laps++;
        used = 0;
    }
    return ring + used;
}

static void run(unsigned vcpu, void *id)
{
    uint32_t number = (uint32_t)(uintptr_t)id;
    (void)vcpu;
    memcpy(room(), &number, sizeof(number));
    used += sizeof(number);
}

static void accessed(unsigned vcpu, uint32_t info, uint64_t address, void *data)
{
    uint8_t *p = room();
    (void)vcpu, (void)info, (void)data;
    memcpy(p, &address, sizeof(address));
    used += sizeof(address);
    if (level < 2)
        return;
    memcpy(p + sizeof(address), (const void *)(uintptr_t)address, 1u << (info & 15));
    used += 1u << (info & 15);
}

static void translated(uint64_t plugin, struct qemu_plugin_tb *tb)
{
    (void)plugin;
    qemu_plugin_register_vcpu_tb_exec_cb(tb, run, PLUGIN_NO_REGISTERS,
                                         (void *)(uintptr_t)blocks++);
    for (size_t i = 0; level > 0 && i < qemu_plugin_tb_n_insns(tb); i++)
        qemu_plugin_register_vcpu_mem_cb(qemu_plugin_tb_get_insn(tb, i), accessed,
                                         PLUGIN_NO_REGISTERS, PLUGIN_BOTH, NULL);
}

static void end(uint64_t plugin, void *data)
{
    (void)plugin, (void)data;
    fprintf(stderr, "bytes %zu\n", laps * (sizeof(ring) - 64) + used);
}

__attribute__((visibility("default"))) int
qemu_plugin_install(uint64_t plugin, const struct plugin_info *info, int argc, char **argv)
{
    (void)info;
    for (int i = 0; i < argc; i++)
        level = strcmp(argv[i], "level=data") == 0      ? 2
                : strcmp(argv[i], "level=address") == 0 ? 1
                                                        : level;
    qemu_plugin_register_vcpu_tb_trans_cb(plugin, translated);
    qemu_plugin_register_atexit_cb(plugin, end, NULL);
    return 0;
}
