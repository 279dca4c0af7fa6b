/* SPDX-License-Identifier: MIT
 *
 * lost.c: see lost.h.
 */
#include "sink/lost.h"

#include <stdio.h>

const char *etch_lost_word(enum etch_lost_reason reason)
{
    static const char *const words[] = {[ETCH_LOST_DROPPED] = "dropped",
                                        [ETCH_LOST_DISCARDED] = "discarded",
                                        [ETCH_LOST_OVERWRITTEN] = "overwritten",
                                        [ETCH_LOST_ROTATED] = "rotated",
                                        [ETCH_LOST_DAMAGED] = "damaged"};
    return words[reason];
}

char *etch_lost_amount(char *p, const struct etch_record *record)
{
    const struct {
        uint64_t n;
        const char *what;
    } amounts[] = {
        {record->lost, "event"}, {record->why.packets, "packet"}, {record->why.bytes, "byte"}};
    for (size_t i = 0; i < sizeof(amounts) / sizeof(amounts[0]); i++)
        if (amounts[i].n != 0)
            return p + sprintf(p, "%llu %s%s", (unsigned long long)amounts[i].n, amounts[i].what,
                               amounts[i].n == 1 ? "" : "s");
    return p + sprintf(p, "events");
}
