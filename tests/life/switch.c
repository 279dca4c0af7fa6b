/* SPDX-License-Identifier: MIT
 *
 * switch.c: switches an event of another process by writing its enable word,
 * as any tool of the same user may (format/control_page.h):
 *
 *     switch PID GROUP EVENT VALUE   group and event by number, from 0
 *     switch PID                     prints `N groups` and each one's words
 *
 * Reads:  the runtime folder.
 * Writes: one word of the control page; stdout.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format/control_page.h"

static int fail(const char *what)
{
    fprintf(stderr, "switch: %s\n", what);
    return 1;
}

/* The page of a process in a folder, mapped, or NULL. */
static unsigned char *page_in(const char *folder, unsigned pid, size_t *size)
{
    unsigned char *found = NULL;
    char prefix[64], path[512];
    DIR *d = opendir(folder);
    snprintf(prefix, sizeof(prefix), "control.%u.", pid);
    for (struct dirent *e; found == NULL && d != NULL && (e = readdir(d)) != NULL;) {
        if (strncmp(e->d_name, prefix, strlen(prefix)) != 0)
            continue;
        snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
        int fd = open(path, O_RDWR | O_CLOEXEC);
        struct stat st;
        if (fd < 0 || fstat(fd, &st) < 0 || (size_t)st.st_size < sizeof(struct etch_control_header))
            continue;
        *size = (size_t)st.st_size;
        void *p = mmap(NULL, *size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        found = p == MAP_FAILED ? NULL : p;
        close(fd);
    }
    if (d != NULL)
        closedir(d);
    return found;
}

static unsigned char *page_of(unsigned pid, size_t *size)
{
    char folder[128];
    snprintf(folder, sizeof(folder), "/run/user/%u/etch", (unsigned)getuid());
    unsigned char *page = page_in(folder, pid, size);
    snprintf(folder, sizeof(folder), "/dev/shm/etch-%u", (unsigned)getuid());
    return page != NULL ? page : page_in(folder, pid, size);
}

int main(int argc, char **argv)
{
    size_t size = 0;
    if (argc != 2 && argc != 5)
        return fail("usage: switch PID [GROUP EVENT VALUE]");
    unsigned char *page = page_of((unsigned)strtoul(argv[1], NULL, 0), &size);
    if (page == NULL)
        return fail("no control page");
    const struct etch_control_header *h = (const void *)page;
    if (h->magic != ETCH_CONTROL_MAGIC || h->version != ETCH_CONTROL_VERSION ||
        h->pid != strtoul(argv[1], NULL, 0))
        return fail("not a control page of that process");
    uint32_t n = __atomic_load_n(&h->n_groups, __ATOMIC_ACQUIRE);
    if (argc == 2)
        printf("%u groups\n", n);
    for (uint32_t g = 0; g < n && g < ETCH_CONTROL_GROUPS; g++) {
        const struct etch_control_group *group = &h->group[g];
        if (group->offset + group->n_events * sizeof(uint16_t) > size)
            return fail("a group outside the page");
        uint16_t *words = (uint16_t *)(void *)(page + group->offset);
        for (uint32_t i = 0; argc == 2 && i < group->n_events; i++)
            printf("%u %u %u\n", g, i, words[i]);
        if (argc == 5 && g == strtoul(argv[2], NULL, 0)) {
            uint32_t event = (uint32_t)strtoul(argv[3], NULL, 0);
            if (event >= group->n_events)
                return fail("no such event");
            __atomic_store_n(&words[event], (uint16_t)strtoul(argv[4], NULL, 0), __ATOMIC_RELAXED);
            return 0;
        }
    }
    return argc == 2 ? 0 : fail("no such group");
}
