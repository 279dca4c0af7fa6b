/* SPDX-License-Identifier: MIT
 *
 * proc.h: processes by /proc: which process has which file locked, and which mount
 * namespaces there are.
 */
#ifndef ETCH_ATTACH_PROC_H
#define ETCH_ATTACH_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct proc_table {
    /* The processes that see other mounts than we. */
    struct proc_foreign {
        pid_t pid;
        uint64_t mount_ns;
        bool first_of_mounts; /* no process before it sees these mounts */
    } * v;
    size_t n, capacity;
    uint64_t mount_ns; /* our own */
    /* flock(2) as it is held by processes that have a number in our PID namespace. */
    struct proc_lock {
        dev_t dev;
        ino_t ino;
        pid_t pid;
    } * locks;
    size_t n_locks, locks_capacity;
    bool locks_read, locks_known; /* asked for; else the kernel does not tell */
};

void proc_open(struct proc_table *table);
/* Looks at all processes, or those that are not to be skipped; at one. Those that we
 * may not look at are left out. 0 or -ENOMEM. */
int proc_scan(struct proc_table *table, bool (*skip)(void *arg, pid_t pid), void *arg);
int proc_look_at(struct proc_table *table, pid_t pid);
void proc_free(struct proc_table *table);

/* The process that has a file locked, in whatever PID namespace it lives: our number of
 * it; 0: none that we know; -1: the kernel does not tell. */
pid_t proc_locker(struct proc_table *table, dev_t dev, ino_t ino);

/* Reads a process's memory. False: the kernel denies it, or there is none. */
bool proc_memory(pid_t pid, void *data, size_t size, uint64_t address);

/* Whether a process has a file mapped. */
bool proc_maps(pid_t pid, dev_t dev, ino_t ino);

/* Whether process pid was there at created_ns of CLOCK_BOOTTIME; the kernel's name of
 * it. */
bool proc_is_it(pid_t pid, uint64_t created_ns, char command[16]);

/* Whether the process of our number pid was there at that time. */
bool proc_was_there(pid_t pid, uint64_t created_ns);

#endif
