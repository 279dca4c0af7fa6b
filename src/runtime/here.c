/* SPDX-License-Identifier: MIT
 *
 * here.c: the call sites of etch/here.h: those of a module become one group,
 * with a note as generated code has it, so that all else is the same.
 *
 * Reads:  the module's notes and sites.
 * Writes: the module's group.
 */
#include "format/site.h"
#include "runtime/register.h"
#include "runtime/sys.h"

/* The sites by the number of their word, while a module registers. */
struct sites {
    const struct etch_site **v;
    uint32_t n;
};

static const void *relative(const int32_t *field)
{
    return (const void *)((uintptr_t)field + (uintptr_t)(intptr_t)*field);
}

/* Those of the module's notes; several may lead to one word, from copies of one
 * call. */
static void collect(const struct etch_module *m, struct sites *sites)
{
    const struct etch_site_note *note = m->notes;
    for (; (const void *)(note + 1) <= m->notes_end; note++) {
        const uint16_t *word = relative(&note->word);
        size_t i = (size_t)(word - m->group.words);
        if (note->version == ETCH_SITE_NOTE_VERSION && i < sites->n && sites->v[i] == NULL)
            sites->v[i] = relative(&note->site);
    }
}

/* One pass counts the text, the next one writes it. */
static void describe(const struct sites *sites, struct etch_note_event *e,
                     struct etch_site_out *out)
{
    etch_site_puts(out, "here");
    etch_site_put(out, "", 1);
    for (uint32_t i = 0; i < sites->n; i++) {
        const struct etch_site *site = sites->v[i];
        struct etch_note_event event = {.flags = ETCH_NOTE_DISABLED};
        struct etch_site_text t;
        if (site != NULL && etch_site_parse(site, (const char *)(site + 1), site->text_size, &t))
            event = etch_site_describe(out, &t, site->line);
        if (e != NULL)
            e[i] = event;
    }
}

static struct etch_note *make_note(const struct sites *sites)
{
    struct etch_site_out text = {NULL, 0, 0};
    describe(sites, NULL, &text);
    size_t events = sites->n * sizeof(struct etch_note_event);
    struct etch_note *note = etch_arena(sizeof(*note) + events + text.used);
    if (note == NULL)
        return NULL;
    *note = (struct etch_note){
        .version = ETCH_NOTE_VERSION,
        .long_size = sizeof(long),
        .ptr_size = sizeof(void *),
        .char_signed = ETCH_CHAR_SIGNED,
        .n_events = sites->n,
        .text_size = (uint32_t)text.used,
        .made = 1,
    };
    struct etch_note_event *e = (struct etch_note_event *)(void *)(note + 1);
    text = (struct etch_site_out){(char *)(e + sites->n), text.used, 0};
    describe(sites, e, &text);
    return note;
}

/* Whole pages where nothing else lies on the last one: then the control page
 * can be mapped over them. */
static size_t words_size(const struct etch_module *m)
{
    size_t size = (uintptr_t)m->words_end - (uintptr_t)m->group.words;
    size_t whole = (size + ETCH_PAGE_MAX - 1) & ~(size_t)(ETCH_PAGE_MAX - 1);
    return (uintptr_t)m->tail == (uintptr_t)m->group.words + whole ? whole : size;
}

/* Makes the group of a module; with the registry lock held. */
static int module_group(struct etch_module *m)
{
    struct etch_group *group = &m->group;
    struct sites sites = {.n = (uint32_t)(m->words_end - group->words)};
    size_t table = sites.n * sizeof(*sites.v);
    sites.v = sys_mmap_anonymous(table);
    if (sites.v == NULL)
        return -ENOMEM;
    collect(m, &sites);
    const struct etch_note *note = make_note(&sites);
    sys_munmap(sites.v, table);
    if (note == NULL)
        return -ENOMEM;
    group->n_events = sites.n;
    group->words_size = words_size(m);
    group->note = note;
    return 0;
}

int etch_module_register(struct etch_module *m)
{
    if (m->group.abi == ETCH_ABI && m->words_end != m->group.words && m->group.note == NULL) {
        sys_sigset signals;
        etch_registry_lock(&signals);
        int r = module_group(m);
        etch_registry_unlock(signals);
        if (r < 0)
            return r;
    }
    return m->words_end == m->group.words ? 0 : etch_group_register(&m->group);
}

void etch_module_unregister(struct etch_module *m)
{
    etch_group_unregister(&m->group);
}
