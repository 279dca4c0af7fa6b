/* SPDX-License-Identifier: MIT
 *
 * proc.h: processes by /proc: which number a process of another PID namespace
 * has here, and which mount namespaces there are.
 */
#ifndef ETCH_ATTACH_PROC_H
#define ETCH_ATTACH_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The processes that live in another namespace than we. */
struct proc_table {
    struct proc_foreign {
        pid_t pid;
        uint64_t pid_ns, mount_ns;
        bool first_of_mounts; /* no process before it sees these mounts */
    } * v;
    size_t n, capacity;
    uint64_t pid_ns, mount_ns; /* our own */
};

void proc_open(struct proc_table *table);
/* Looks at all processes, or those that are not to be skipped; at one. Those that we
 * may not look at are left out. 0 or -ENOMEM. */
int proc_scan(struct proc_table *table, bool (*skip)(void *arg, pid_t pid), void *arg);
int proc_look_at(struct proc_table *table, pid_t pid);
void proc_free(struct proc_table *table);

/* Our number of the process that is `inner` in the PID namespace pid_ns (0: ours)
 * and was there at created_ns of CLOCK_BOOTTIME, and the kernel's name of it; 0: it
 * is gone. */
pid_t proc_find(const struct proc_table *table, pid_t inner, uint64_t pid_ns, uint64_t created_ns,
                char command[16]);

/* Whether the process of our number pid was there at that time. */
bool proc_was_there(pid_t pid, uint64_t created_ns);

#endif
