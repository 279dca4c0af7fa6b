/* SPDX-License-Identifier: MIT
 *
 * attached.c: a session for `etch record -p`: as the control page asks for it, and
 * until it asks for no more, or who asked is gone. The program's own settings are
 * kept meanwhile.
 *
 * Reads:  the control page, as hostile input; the lock of who asks.
 * Writes: the settings; its half of the page's block; enable words, whose bit
 *         ETCH_CONTROL_RECORDED goes.
 * Never:  touches what the program switched on by itself. Calls libc: the drain
 *         runs it, too.
 */
#include "format/control_page.h"
#include "runtime/attached.h"
#include "runtime/control.h"
#include "runtime/folder.h"
#include "runtime/register.h"
#include "runtime/settings.h"
#include "runtime/sys.h"

static struct settings program_settings; /* the program's, while `taken` */
static bool taken;

static struct etch_control_attach *block(void)
{
    return etch_control_blocks == NULL ? NULL : &etch_control_blocks->attach;
}

static uint32_t asked(void)
{
    return __atomic_load_n(&block()->asked, __ATOMIC_SEQ_CST);
}

/* Who is killed holds it no more; where the page cannot be opened nobody knows. */
static bool asker_lives(void)
{
    struct flock lock = {
        .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = ETCH_CONTROL_BLOCK(attach), .l_len = 1};
    int fd = sys_openat(AT_FDCWD, etch_control_path, O_RDWR | O_NOFOLLOW | O_CLOEXEC, 0);
    if (fd < 0)
        return true;
    long r = sys6(SYS_fcntl, fd, F_OFD_GETLK, SYS_PTR(&lock), 0, 0, 0);
    sys_close(fd);
    return r < 0 || lock.l_type != F_UNLCK;
}

static void copy_path(char *to, const char *from)
{
    size_t i = 0;
    for (; i + 1 < PATH_SIZE && from[i] != '\0'; i++)
        to[i] = from[i];
    to[i] = '\0';
}

static void settings_copy(struct settings *to, const struct settings *from)
{
    const unsigned char *p = (const unsigned char *)from;
    for (size_t i = 0; i < sizeof(*to); i++)
        ((unsigned char *)to)[i] = p[i];
}

static void take_settings(const struct etch_control_attach *b)
{
    settings_copy(&program_settings, &etch_settings);
    taken = true;
    copy_path(etch_settings.dir, b->dir);
    etch_settings.set[0] = '\0';
    etch_settings.off = false;
    etch_settings.policy = b->policy <= ETCH_POLICY_OVERWRITE ? b->policy : ETCH_POLICY_DROP;
    etch_settings.buffer = b->buffer != 0 ? b->buffer : program_settings.buffer;
    etch_settings.max_size = b->max_size >= ETCH_TRACE_SIZE_MIN ? b->max_size : 0;
    etch_settings.max_files = b->max_files <= ETCH_TRACE_FILES_MAX ? b->max_files : 0;
}

/* All that were on for `etch record -p` are as the program has them. */
static void unmark_all(void)
{
    for (struct group_entry *g = __atomic_load_n(&etch_groups, __ATOMIC_ACQUIRE); g != NULL;
         g = __atomic_load_n(&g->next, __ATOMIC_ACQUIRE)) {
        struct etch_group *group = __atomic_load_n(&g->group, __ATOMIC_ACQUIRE);
        for (uint32_t i = 0; group != NULL && i < group->n_events; i++) {
            uint16_t word = __atomic_load_n(&group->words[i], __ATOMIC_RELAXED);
            while ((word & ETCH_CONTROL_RECORDED) &&
                   !__atomic_compare_exchange_n(&group->words[i], &word,
                                                etch_control_returned(word), false,
                                                __ATOMIC_RELAXED, __ATOMIC_RELAXED))
                ;
        }
    }
}

static bool any_on(void)
{
    for (struct group_entry *g = __atomic_load_n(&etch_groups, __ATOMIC_ACQUIRE); g != NULL;
         g = __atomic_load_n(&g->next, __ATOMIC_ACQUIRE))
        for (uint32_t i = 0; i < g->n_events; i++)
            if (etch_event_word(g, i) != 0)
                return true;
    return false;
}

void etch_control_pool(const char *path)
{
    uint32_t n = 0;
    const char *p = path + text_length(path);
    while (p > path && p[-1] != '.')
        p--;
    for (; p > path && *p >= '0' && *p <= '9'; p++)
        n = n * 10 + (uint32_t)(*p - '0');
    if (etch_control_page != NULL)
        __atomic_store_n(&etch_control_page->pool, path[0] != '\0' ? n + 1 : 0, __ATOMIC_RELEASE);
}

bool etch_attached_begin(void)
{
    struct etch_control_attach *b = block();
    if (b == NULL || asked() == ETCH_ATTACH_NOTHING)
        return true;
    /* Before the second look: who asks for the end sees this, or we see that. */
    __atomic_store_n(&b->attached, 1, __ATOMIC_SEQ_CST);
    if (asked() == ETCH_ATTACH_RECORD && asker_lives()) {
        b->error = 0;
        take_settings(b);
        return true;
    }
    etch_attached_end();
    return any_on();
}

bool etch_attached(void)
{
    return taken;
}

void etch_attached_failed(int error)
{
    block()->error = error;
    etch_attached_end();
}

/* The drain looks at it in every turn, and at the lock now and then. */
bool etch_attached_wanted(bool look)
{
    return !taken || block() == NULL || (asked() == ETCH_ATTACH_RECORD && (!look || asker_lives()));
}

bool etch_attached_leaves(void)
{
    return asked() == ETCH_ATTACH_LEAVE && asker_lives();
}

void etch_attached_end(void)
{
    struct etch_control_attach *b = block();
    unmark_all();
    if (taken)
        settings_copy(&etch_settings, &program_settings);
    taken = false;
    if (b == NULL)
        return;
    /* Of who was killed: nothing is asked for any more, and it did end. */
    __atomic_store_n(&b->asked, ETCH_ATTACH_FINISH, __ATOMIC_SEQ_CST);
    __atomic_store_n(&b->attached, 0, __ATOMIC_SEQ_CST);
}

void etch_attached_fork(void)
{
    if (taken)
        settings_copy(&etch_settings, &program_settings);
    taken = false;
}
