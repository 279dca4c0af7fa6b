/* SPDX-License-Identifier: MIT
 *
 * simple_resync.c: finding the next record behind damage.
 *
 * Reads:  the bytes behind the damage, each once.
 * Writes: nothing.
 * Never:  takes a place for a record whose successor is none.
 */
#include "read/in_simple.h"

#include <errno.h>
#include <inttypes.h>

#include "format/simple.h"

#define RECORD_SIZE sizeof(struct etch_simple_record)

static bool plausible_event(struct simple *s, const unsigned char *p, bool strict)
{
    uint64_t id = plan_u64(p, s->swap);
    uint32_t length = plan_u32(p + 16, s->swap);
    if (length < RECORD_SIZE || length > SIMPLE_RECORD_MAX)
        return false;
    if (id == ETCH_SIMPLE_DROPPED)
        return length == RECORD_SIZE + 8;
    const struct plan *plan = plan_table_get(&s->plans, id);
    if (!strict)
        return true;
    return plan != NULL &&
           (plan->decl == NULL || !plan->numbers || plan->size == length - RECORD_SIZE);
}

bool simple_plausible(struct simple *s, size_t skip, bool strict)
{
    size_t head = s->version == 4 ? 8 : 0;
    size_t have = input_need(&s->in, skip + head + RECORD_SIZE);
    if (have < skip + head + RECORD_SIZE)
        return have >= skip && !strict;
    const unsigned char *p = s->in.data + s->in.begin + skip;
    uint64_t type = head != 0 ? plan_u64(p, s->swap) : (uint64_t)ETCH_SIMPLE_EVENT;
    if (type == ETCH_SIMPLE_EVENT)
        return plausible_event(s, p + head, strict);
    uint32_t length = plan_u32(p + 16, s->swap);
    if (type != ETCH_SIMPLE_MAPPING || plan_u64(p + 8, s->swap) > UINT32_MAX || length == 0 ||
        length > SIMPLE_NAME_MAX || input_need(&s->in, skip + 20 + length) < skip + 20 + length)
        return false;
    /* Names of events are identifiers: this tells mappings from zeros. */
    p = s->in.data + s->in.begin + skip + 20;
    for (uint32_t i = 0; i < length; i++)
        if (p[i] <= ' ' || p[i] >= 0x7f)
            return false;
    return true;
}

/* The length of the record at the current position, which is plausible. */
static size_t record_length(const struct simple *s)
{
    size_t head = s->version == 4 ? 8 : 0;
    const unsigned char *p = s->in.data + s->in.begin;
    if (head != 0 && plan_u64(p, s->swap) == ETCH_SIMPLE_MAPPING)
        return 20 + (size_t)plan_u32(p + 16, s->swap);
    return head + plan_u32(p + head + 16, s->swap);
}

int simple_resync(struct simple *s, enum etch_fault_kind kind, const char *text)
{
    /* The message names the place of the damage, so it is made first. */
    uint64_t start = input_offset(&s->in);
    struct etch_read_fault what = {.kind = kind, .path = s->in.path, .offset = start};
    bool found = false;
    while (!found && input_need(&s->in, 1) > 0) {
        s->in.begin++;
        found = simple_plausible(s, 0, true) && simple_plausible(s, record_length(s), false);
    }
    uint64_t skipped = input_offset(&s->in) - start;
    if (found)
        return fault_set(s->source.fault, -EINVAL, &what, "%s; %" PRIu64 " bytes skipped", text,
                         skipped);
    return fault_set(s->source.fault, -EINVAL, &what,
                     "%s; nothing can be read in the last %" PRIu64 " bytes", text, skipped);
}
