/* SPDX-License-Identifier: MIT
 *
 * make_trace.c: writes a trace of QEMU's simple format, the same for the same
 * number: for tests of the readers and to measure them.
 *
 *     make_trace N > trace        N events: a heap and a device
 *     make_trace events > file    their declarations
 *
 * Reads:  nothing.
 * Writes: stdout.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/simple.h"

static const char declarations[] =
    "heap_malloc(size_t size, void *ptr) \"size %zu ptr %p\"\n"
    "heap_free(void *ptr) \"ptr %p\"\n"
    "heap_realloc(void *old, size_t size, void *ptr) \"old %p size %zu ptr %p\"\n"
    "device_write(int cpu, void *dev, uint64_t addr, unsigned size) "
    "\"cpu %d dev %p addr 0x%\"PRIx64\" size %u\"\n"
    "device_name(void *dev, const char *name) \"dev %p name '%s'\"\n";

enum { MALLOC, FREE, REALLOC, WRITE, NAME, N_EVENTS };
static const char *const names[N_EVENTS] = {"heap_malloc", "heap_free", "heap_realloc",
                                            "device_write", "device_name"};

static void put(const void *bytes, size_t n)
{
    if (fwrite(bytes, 1, n, stdout) != n) {
        perror("make_trace");
        exit(1);
    }
}

static void put_u64(uint64_t value)
{
    put(&value, sizeof(value));
}

static void put_u32(uint32_t value)
{
    put(&value, sizeof(value));
}

static void put_mapping(uint64_t id, const char *name)
{
    put_u64(ETCH_SIMPLE_MAPPING);
    put_u64(id);
    put_u32((uint32_t)strlen(name));
    put(name, strlen(name));
}

static void put_event(uint64_t id, uint64_t time_ns, size_t payload)
{
    struct etch_simple_record record = {
        .id = id, .time_ns = time_ns, .length = (uint32_t)(sizeof(record) + payload), .pid = 4711};
    put_u64(ETCH_SIMPLE_EVENT);
    put(&record, sizeof(record));
}

static uint64_t random_of(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 33;
}

/* An allocation of a block that does not live, a release of one that does. */
static void put_heap(uint64_t *state, uint64_t time, bool *live, size_t n_live)
{
    size_t block = random_of(state) % n_live;
    uint64_t ptr = UINT64_C(0x55d0c01f0000) + block * 64;
    if (live[block] && random_of(state) % 4 == 0) {
        put_event(REALLOC, time, 24);
        put_u64(ptr);
        put_u64(16 + random_of(state) % 32 * 8);
        put_u64(ptr);
    } else if (live[block]) {
        put_event(FREE, time, 8);
        put_u64(ptr);
        live[block] = false;
    } else {
        put_event(MALLOC, time, 16);
        put_u64(16 + random_of(state) % 32 * 8);
        put_u64(ptr);
        live[block] = true;
    }
}

static void put_device(uint64_t *state, uint64_t time)
{
    uint64_t device = UINT64_C(0x5604485d70d0) + random_of(state) % 4 * 0x400;
    if (random_of(state) % 8 == 0) {
        put_event(NAME, time, 18);
        put_u64(device);
        put_u32(6);
        put("serial", 6);
        return;
    }
    put_event(WRITE, time, 32);
    put_u64(random_of(state) % 2);
    put_u64(device);
    put_u64(0x10000000 + random_of(state) % 8);
    put_u64(1 << random_of(state) % 4);
}

int main(int argc, char **argv)
{
    static bool live[1024];
    struct etch_simple_header header = {ETCH_SIMPLE_HEADER_ID, ETCH_SIMPLE_MAGIC,
                                        ETCH_SIMPLE_VERSION};
    uint64_t state = 1, time = UINT64_C(6233943975068);

    if (argc != 2) {
        fputs("usage: make_trace N|events\n", stderr);
        return 2;
    }
    if (strcmp(argv[1], "events") == 0)
        return fputs(declarations, stdout) < 0 || fflush(stdout) != 0;
    put(&header, sizeof(header));
    for (uint64_t i = 0; i < N_EVENTS; i++)
        put_mapping(i, names[i]);
    for (uint64_t n = strtoull(argv[1], NULL, 10); n; n--) {
        time += 20 + random_of(&state) % 4096;
        if (random_of(&state) % 3)
            put_heap(&state, time, live, sizeof(live));
        else
            put_device(&state, time);
    }
    return fflush(stdout) != 0;
}
