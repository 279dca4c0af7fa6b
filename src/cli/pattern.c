/* SPDX-License-Identifier: MIT
 *
 * pattern.c: see pattern.h.
 *
 * Reads:  the text.
 * Writes: messages.
 */
#include "cli/pattern.h"

#include <string.h>

#include "format/pattern.h"

void cli_pattern_tell(const struct cli_command *self, const char *text,
                      const struct etch_clause_fault *fault, unsigned left)
{
    if (left == 0)
        cli_error(self, "column %zu of '%s': %s", fault->column, text, fault->message);
    else
        cli_error(self, "warning: column %zu of '%s': %s; %u such event%s left out", fault->column,
                  text, fault->message, left, left == 1 ? " is" : "s are");
}

int cli_pattern_check(const struct cli_command *self, const char *text, bool recording)
{
    struct etch_clause clause;
    struct etch_clause_fault fault;
    size_t length = strlen(text), at = etch_clause_find(text, length);
    if (at == length)
        return CLI_OK;
    if (etch_clause_compile(&clause, text, length, at, NULL, &fault) < 0)
        return cli_usage(self, "column %zu of '%s': %s", fault.column, text, fault.message);
    if (clause.end < length)
        return cli_usage(self, "column %zu of '%s': nothing is expected behind this",
                         clause.end + 1, text);
    if (text[0] == '-')
        return cli_usage(self, "'%s': what is left out takes no condition; leave out the -", text);
    if (clause.limit != 0 && !recording)
        return cli_usage(self, "'%s': a limit is for recording: etch record -e '...'", text);
    return CLI_OK;
}

bool cli_pattern_matches(const char *text, const char *event)
{
    size_t length = strlen(text), out = text[0] == '-';
    size_t name = etch_clause_name(text, etch_clause_find(text, length), length);
    return pattern_match_bytes(text + out, name - out, event, strlen(event));
}
