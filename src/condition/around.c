/* SPDX-License-Identifier: MIT
 *
 * around.c: the times behind a trigger's condition, `, before TIME` and `, after TIME`.
 *
 * Reads:  the text.
 * Writes: the times.
 */
#include "condition/condition.h"
#include "format/duration.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static const char *skip_blanks(const char *p)
{
    while (is_blank(*p))
        p++;
    return p;
}

/* The next comma outside of quotes, or the end. */
static const char *piece_end(const char *p)
{
    for (bool quoted = false; *p != '\0' && (quoted || *p != ','); p++) {
        quoted ^= *p == '"';
        p += quoted && *p == '\\' && p[1] != '\0';
    }
    return p;
}

/* "10s" and the like up to a comma or the end. */
static bool parse_time(const char *p, uint64_t *ns)
{
    p = duration_parse(p, ns);
    if (p == NULL)
        return false;
    p = skip_blanks(p);
    return *p == ',' || *p == '\0';
}

static bool take_word(const char **p, const char *word)
{
    size_t n = 0;
    while (word[n] != '\0' && (*p)[n] == word[n])
        n++;
    if (word[n] != '\0' || !is_blank((*p)[n]))
        return false;
    *p = skip_blanks(*p + n);
    return true;
}

size_t etch_around_parse(const char *text, struct etch_around *around, const char **error)
{
    const char *end = piece_end(text);
    size_t length = (size_t)(end - text);
    *around = (struct etch_around){.before_ns = UINT64_MAX};
    while (length > 0 && is_blank(text[length - 1]))
        length--;
    if (length == 0) {
        *error = "a trigger begins with an event, as in `heap_malloc if ptr == 0, before 10s`";
        return 0;
    }
    size_t name = 0;
    while (name < length && !is_blank(text[name]))
        name++;
    if (name < length && etch_clause_find(text, length) == length) {
        *error =
            "behind a trigger's event come `if CONDITION`, `, before TIME` and `, after TIME`: ";
        return 0;
    }
    while (*end != '\0') {
        const char *p = skip_blanks(end + 1);
        uint64_t *time = take_word(&p, "before")  ? &around->before_ns
                         : take_word(&p, "after") ? &around->after_ns
                                                  : NULL;
        if (time == NULL) {
            *error = "behind a trigger's condition come only `, before TIME` and `, after TIME`: ";
            return 0;
        }
        if (!parse_time(p, time)) {
            *error = "a trigger's time is a number with ns, us, ms, s, m or h behind it: ";
            return 0;
        }
        end = piece_end(end + 1);
    }
    return length;
}
