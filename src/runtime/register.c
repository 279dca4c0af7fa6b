/* SPDX-License-Identifier: MIT
 *
 * register.c: the registry of groups: dense ids in order of registration, never
 * used twice. Registration costs the same for 3 events and for 6,000.
 *
 * Reads:  the group's note, when names are asked for.
 * Writes: the list of groups; a group's id.
 */
#include "format/text.h"
#include "runtime/condition.h"
#include "runtime/control.h"
#include "runtime/ctf_metadata.h"
#include "runtime/line.h"
#include "runtime/meta.h"
#include "runtime/patterns.h"
#include "runtime/register.h"
#include "runtime/say.h"
#include "runtime/session.h"
#include "runtime/settings.h"
#include "runtime/sys.h"

struct group_entry *etch_groups;

static struct group_entry **groups_end = &etch_groups;
static uint32_t next_id;

bool etch_backends_have(uint32_t backends)
{
    for (struct group_entry *g = etch_groups; g != NULL; g = g->next)
        if (g->group != NULL && (g->group->backends & backends) != 0)
            return true;
    return false;
}

void etch_backends_list(struct text *t)
{
    static const struct {
        uint32_t bit;
        const char *name;
    } names[] = {
        {ETCH_BACKEND_CTF, "ctf"}, {ETCH_BACKEND_DTRACE, "dtrace"}, {ETCH_BACKEND_FTRACE, "ftrace"},
        {ETCH_BACKEND_LOG, "log"}, {ETCH_BACKEND_SIMPLE, "simple"}, {ETCH_BACKEND_SYSLOG, "syslog"},
        {ETCH_BACKEND_UST, "ust"},
    };
    const char *comma = "";
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (!etch_backends_have(names[i].bit))
            continue;
        text_add(t, comma);
        text_add(t, names[i].name);
        comma = ", ";
    }
    text_add(t, *comma == '\0' ? "none" : "");
}

int etch_group_add(struct group_entry *g)
{
    g->first_id = next_id;
    next_id += g->n_events;
    if (g->group != NULL) {
        g->group->first_id = g->first_id;
        g->group->priv[0] = g;
        etch_control_map(g->group);
    }
    etch_patterns_apply(g);
    /* Whoever walks the list finds the entry whole. */
    __atomic_store_n(groups_end, g, __ATOMIC_RELEASE);
    groups_end = &g->next;
    struct session *s = etch_session_any();
    if (s != NULL && s->meta_ready)
        etch_meta_late_groups(s);
    if (s != NULL && s->pool->ctf_path[0] != '\0' && !s->ctf.closed)
        etch_ctf_late_groups(s);
    return 0;
}

static int group_of_ours(struct etch_group *group)
{
    struct group_entry *g = etch_arena(sizeof(*g));
    if (g == NULL)
        return -ENOMEM;
    g->note = group->note;
    g->group = group;
    g->n_events = group->n_events;
    etch_settings_load();
    return etch_group_add(g);
}

int etch_group_register(struct etch_group *group)
{
    if (group->abi != ETCH_ABI) {
        etch_say("a group of events cannot register", NULL, etch_reason(-ENOEXEC));
        return -ENOEXEC;
    }
    sys_sigset signals;
    etch_registry_lock(&signals);
    int r = group->priv[0] != NULL ? 0 : group_of_ours(group);
    etch_registry_unlock(signals);
    etch_process_watch();
    if ((group->backends & ETCH_BACKEND_SYSLOG) != 0)
        etch_syslog_prepare();
    return r;
}

/* Gives the group a copy of its note, as its library is being unloaded. */
static void keep_note(struct group_entry *g)
{
    size_t size = etch_note_size(g->note);
    unsigned char *copy = etch_arena(size);
    if (copy == NULL)
        return;
    __builtin_memcpy(copy, g->note, size);
    __atomic_store_n(&g->note, (const struct etch_note *)(void *)copy, __ATOMIC_RELEASE);
}

/* Out of the list: no event of it was recorded, and its names go with its image. */
static void group_unlink(struct group_entry *g)
{
    struct group_entry **at = &etch_groups;
    while (*at != g)
        at = &(*at)->next;
    __atomic_store_n(at, g->next, __ATOMIC_RELEASE);
    if (groups_end == &g->next)
        groups_end = at;
}

void etch_group_unregister(struct etch_group *group)
{
    struct group_entry *g = group->priv[0];
    if (g == NULL)
        return;
    etch_limits_end(g);
    /* The drain makes its copy of the names in the first round after. */
    struct session *s = etch_session_peek();
    if (s != NULL && __atomic_load_n(&g->note, __ATOMIC_ACQUIRE) == group->note)
        etch_session_turn(s);
    sys_sigset signals;
    etch_registry_lock(&signals);
    etch_control_gone(group);
    if (etch_session_any() == NULL)
        group_unlink(g);
    else if (__atomic_load_n(&g->note, __ATOMIC_ACQUIRE) == group->note)
        keep_note(g);
    g->group = NULL;
    group->priv[0] = NULL;
    etch_registry_unlock(signals);
}
