/* SPDX-License-Identifier: MIT
 *
 * control.c: the control page of this process (format/control_page.h).
 *
 * Writes: the page; maps it over the enable words of each group.
 * Never:  starts a thread or opens a socket; where no page can be made the
 *         words stay private and all else works.
 */
#include <sys/auxv.h>
#include <sys/file.h>

#include "format/control_page.h"
#include "runtime/attached.h"
#include "runtime/condition.h"
#include "runtime/control.h"
#include "runtime/cpus.h"
#include "runtime/folder.h"
#include "runtime/register.h"
#include "runtime/settings.h"
#include "runtime/sys.h"

/* Bytes of words that are mapped and backed at once: of the first groups, of further ones. */
#define ROOM_FIRST (ETCH_PAGE_MAX == 4096 ? 3u * 4096 : ETCH_PAGE_MAX)
#define ROOM_MORE  (ETCH_PAGE_MAX == 4096 ? 8u * 4096 : ETCH_PAGE_MAX)

#define HEADER (ETCH_PAGE_MAX == 4096 ? ETCH_CONTROL_HEADER_SIZE : ETCH_PAGE_MAX)

struct etch_control_header *etch_control_page;
struct etch_control_blocks *etch_control_blocks;
char etch_control_path[PATH_SIZE];
static uint64_t page_mapped; /* bytes of it, with the first room */
static uint64_t page_used;   /* bytes of the file that are taken */
/* Bytes of the file that are mapped for groups to come; at first with the header. */
static unsigned char *room;
static uint64_t room_from, room_end;
static bool refused; /* tried in vain, or not wanted */

static bool wanted(void)
{
    const char *s = etch_environment("ETCH_CONTROL");
    return getauxval(AT_SECURE) == 0 && (s == NULL || !text_equal(s, "0"));
}

/* Whether a page has our number and nobody has it mapped. */
static bool is_left(int fd)
{
    struct etch_control_header h;
    struct stat st;
    struct flock first = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1};
    return sys_read(fd, &h, ETCH_CONTROL_COMMON) == (long)ETCH_CONTROL_COMMON &&
           h.magic == ETCH_CONTROL_MAGIC && h.version == ETCH_CONTROL_VERSION &&
           h.pid == (uint32_t)sys_getpid() &&
           sys6(SYS_fcntl, fd, F_OFD_SETLK, SYS_PTR(&first), 0, 0, 0) == 0 &&
           sys6(SYS_flock, fd, LOCK_SH | LOCK_NB, 0, 0, 0, 0) == 0 &&
           sys6(SYS_fstat, fd, SYS_PTR(&st), 0, 0, 0, 0) == 0 && st.st_nlink != 0;
}

/* What a former image of this process left when it called exec, where our page would
 * lie. */
static bool remove_former(int dir, const char *name)
{
    int fd = sys_openat(dir, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC, 0);
    if (fd < 0)
        return false;
    bool left = is_left(fd);
    if (left)
        sys_unlinkat(dir, name);
    sys_close(fd);
    return left;
}

/* The header and the words of the first groups, which the kernel has room for. */
static int page_back(int fd, uint64_t words)
{
    int r = (int)sys6(SYS_flock, fd, LOCK_EX | LOCK_NB, 0, 0, 0, 0);
    if (r == 0)
        r = etch_allocate(fd, HEADER, words);
    if (r == 0)
        r = etch_allocate(fd, 0, sizeof(struct etch_control_header));
    return r;
}

/* Mapped at once. No descriptor stays with the program. */
static int page_create(uint64_t words)
{
    struct text path = text_in(etch_control_path, sizeof(etch_control_path));
    uint64_t space = words > ROOM_FIRST ? words : ROOM_FIRST;
    int fd = etch_folder_create("control", remove_former, &path);
    if (fd < 0)
        return fd;
    struct etch_control_header *h = NULL;
    int r = page_back(fd, space);
    if (r == 0)
        h = sys_mmap(NULL, HEADER + space, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (h == NULL) {
        sys_unlinkat(AT_FDCWD, etch_control_path);
        sys_close(fd);
        return r == 0 ? -ENOMEM : r;
    }
    sys_close(fd);
    h->version = ETCH_CONTROL_VERSION;
    h->header_size = HEADER;
    h->pid = (uint32_t)sys_getpid();
    h->created_ns = sys_clock_ns(CLOCK_BOOTTIME);
    h->address = (uintptr_t)h;
    __atomic_store_n(&h->magic, ETCH_CONTROL_MAGIC, __ATOMIC_RELEASE);
    __atomic_store_n(&etch_control_page, h, __ATOMIC_RELEASE);
    page_used = HEADER;
    page_mapped = HEADER + space;
    room = (unsigned char *)h;
    room_from = 0;
    room_end = page_mapped;
    if (etch_cpus_known())
        etch_control_open();
    return 0;
}

void etch_control_open(void)
{
    if (etch_control_page == NULL || etch_control_blocks != NULL)
        return;
    int fd = sys_openat(AT_FDCWD, etch_control_path, O_RDWR | O_NOFOLLOW | O_CLOEXEC, 0);
    if (fd < 0)
        return;
    int r = etch_allocate(fd, ETCH_CONTROL_BLOCKS, sizeof(struct etch_control_blocks));
    sys_close(fd);
    if (r < 0)
        return;
    struct etch_control_blocks *b =
        (void *)((unsigned char *)etch_control_page + ETCH_CONTROL_BLOCKS);
    etch_cpus_move(&b->cpus);
    __atomic_store_n(&etch_control_blocks, b, __ATOMIC_RELEASE);
}

/* Where mremap cannot do that (valgrind). */
static bool map_from_file(const struct etch_group *group)
{
    int fd = sys_openat(AT_FDCWD, etch_control_path, O_RDWR | O_NOFOLLOW | O_CLOEXEC, 0);
    if (fd < 0)
        return false;
    bool mapped = sys_mmap(group->words, group->words_size, PROT_READ | PROT_WRITE,
                           MAP_SHARED | MAP_FIXED, fd, page_used) != NULL;
    sys_close(fd);
    return mapped;
}

/* More room behind what is used, mapped at once for this and the next groups. */
static bool add_room(uint64_t words)
{
    uint64_t size = words > ROOM_MORE ? words : ROOM_MORE;
    int fd = sys_openat(AT_FDCWD, etch_control_path, O_RDWR | O_NOFOLLOW | O_CLOEXEC, 0);
    if (fd < 0)
        return false;
    unsigned char *more =
        etch_allocate(fd, page_used, size) < 0
            ? NULL
            : sys_mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, page_used);
    sys_close(fd);
    if (more == NULL)
        return false;
    room = more;
    room_from = page_used;
    room_end = page_used + size;
    return true;
}

/* What the words of a forked child say is taken over, but for what they say to who
 * records its parent. */
static void copy_words(uint16_t *to, const struct etch_group *group)
{
    for (uint32_t i = 0; i < group->n_events; i++)
        to[i] = etch_control_returned(group->words[i]);
}

/* A second view of the room over the words. They are all off, as the page says, but
 * in a forked child. */
static bool map_words(const struct etch_group *group, bool forked)
{
    if (page_used + group->words_size > room_end && !add_room(group->words_size))
        return false;
    unsigned char *from = room + (page_used - room_from);
    if (forked)
        copy_words((uint16_t *)(void *)from, group);
    /* An old size of 0 leaves the first view where it is. */
    long r = sys6(SYS_mremap, SYS_PTR(from), 0, (long)group->words_size,
                  MREMAP_MAYMOVE | MREMAP_FIXED, SYS_PTR(group->words), 0);
    return r == SYS_PTR(group->words) || map_from_file(group);
}

/* Whether the words are whole pages; those of etch/here.h are not where the linker
 * did not leave them so, and stay private. */
static bool mappable(const struct etch_group *group)
{
    return group->n_events != 0 && (uintptr_t)group->words % ETCH_PAGE_MAX == 0 &&
           group->words_size % ETCH_PAGE_MAX == 0;
}

/* Where the kernel denies its memory to others (Yama), a description that no binary
 * holds is read from a copy behind the words. Its offset in the file, or 0. */
static uint32_t copy_note(const struct etch_group *group)
{
    const struct etch_note *note = group->note;
    size_t size = etch_note_size(note);
    uint64_t whole = (size + ETCH_PAGE_MAX - 1) & ~(uint64_t)(ETCH_PAGE_MAX - 1);
    uint64_t offset = page_used;
    if (!note->made || offset + whole > UINT32_MAX ||
        (offset + whole > room_end && !add_room(whole)))
        return 0;
    __builtin_memcpy(room + (offset - room_from), note, size);
    page_used += whole;
    return (uint32_t)offset;
}

static bool control_map(struct etch_group *group, bool forked)
{
    if (refused || !mappable(group))
        return false;
    if (etch_control_page == NULL && (!wanted() || page_create(group->words_size) < 0)) {
        refused = true;
        return false;
    }
    uint32_t n = etch_control_page->n_groups;
    if (n >= ETCH_CONTROL_GROUPS)
        return false;
    if (!map_words(group, forked))
        return false;
    uint64_t words = page_used;
    page_used += group->words_size;
    etch_control_page->group[n] =
        (struct etch_control_group){.first_id = group->first_id,
                                    .n_events = group->n_events,
                                    .offset = words,
                                    .note_address = (uintptr_t)group->note,
                                    .note_offset = copy_note(group),
                                    .backends = group->backends};
    __atomic_store_n(&etch_control_page->n_groups, n + 1, __ATOMIC_RELEASE);
    return true;
}

bool etch_control_map(struct etch_group *group)
{
    return control_map(group, false);
}

void etch_control_gone(const struct etch_group *group)
{
    struct etch_control_header *page = etch_control_page;
    for (uint32_t i = 0; page != NULL && i < page->n_groups && i < ETCH_CONTROL_GROUPS; i++)
        if (page->group[i].note_address == (uintptr_t)group->note)
            __atomic_store_n(&page->group[i].note_address, 0, __ATOMIC_RELEASE);
}

/* Memory of our own in the place of the parent's page. */
static void make_private(struct etch_group *group)
{
    uint16_t *copy = sys_mmap_anonymous(group->words_size);
    if (copy == NULL)
        return;
    copy_words(copy, group);
    sys6(SYS_mremap, SYS_PTR(copy), (long)group->words_size, (long)group->words_size,
         MREMAP_MAYMOVE | MREMAP_FIXED, SYS_PTR(group->words), 0);
}

static bool any_ruled(void)
{
    for (const struct group_entry *g = etch_groups; g != NULL; g = g->next)
        for (uint32_t i = 0; g->group != NULL && i < g->group->n_events; i++)
            if (g->group->words[i] & ETCH_CONTROL_RULED)
                return true;
    return false;
}

/* A forked child: a page of its own, with the words as they stand. */
void etch_control_fork(void)
{
    if (etch_control_page == NULL || etch_control_page->pid == (uint32_t)sys_getpid())
        return;
    if (etch_control_blocks == NULL && any_ruled())
        etch_control_open();
    etch_cpus_keep();
    etch_rules_fork();
    sys_munmap(etch_control_page, page_mapped);
    etch_control_page = NULL;
    etch_control_blocks = NULL;
    etch_attached_fork();
    for (struct group_entry *g = etch_groups; g != NULL; g = g->next)
        if (g->group != NULL && !control_map(g->group, true) && mappable(g->group))
            make_private(g->group);
}

void etch_control_end(void)
{
    if (etch_control_page != NULL && etch_control_page->pid == (uint32_t)sys_getpid())
        sys_unlinkat(AT_FDCWD, etch_control_path);
}
