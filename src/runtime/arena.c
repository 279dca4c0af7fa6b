/* SPDX-License-Identifier: MIT
 *
 * arena.c: memory for what is kept for ever (groups, patterns), mapped, since a
 * group may register from inside malloc. Called with the registry lock held.
 */
#include "runtime/register.h"
#include "runtime/sys.h"

#define BLOCK (64u << 10)

void *etch_arena(size_t size)
{
    /* The first few groups need no call of the system, and no page that is not in use
     * anyway. */
    static unsigned char first[1024] __attribute__((aligned(16), section(".data")));
    static unsigned char *at = first, *end = first + sizeof(first);
    size = (size + 15) & ~(size_t)15;
    if ((size_t)(end - at) < size) {
        size_t block = size > BLOCK ? size : BLOCK;
        unsigned char *m = sys_mmap_anonymous(block);
        if (m == NULL)
            return NULL;
        at = m;
        end = m + block;
    }
    void *p = at;
    at += size;
    return p;
}
