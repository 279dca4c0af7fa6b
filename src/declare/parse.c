/* SPDX-License-Identifier: MIT
 *
 * parse.c: trace-events text → declarations, one line one event:
 *
 *     [property ...] name(arguments) [format]
 *
 * Reads:  the text, in memory.
 * Writes: struct etch_decl_list, struct etch_diags.
 * Never:  opens files, or stops at the first error. Whether a broken rule is an
 *         error is the era's matter (rules.c).
 */
#include <errno.h>
#include <string.h>

#include "declare/parse.h"
#include "declare/store.h"

static const struct {
    const char *name;
    unsigned property;
} properties[] = {
    {"disable", ETCH_PROP_DISABLE},
    {"vcpu", ETCH_PROP_VCPU},
    {"tcg", ETCH_PROP_TCG},
    {"notime", ETCH_PROP_NOTIME},
};

/* What a text holds that only few texts do; looked for once. */
struct text_traits {
    bool nul, cr, beyond_ascii;
};

static bool refuse_shape(struct etch_line *line, const char *at, const char *end)
{
    unsigned char c = at < end ? (unsigned char)*at : 0;
    if (at == end)
        etch_rule_broken(line, ETCH_RULE_SHAPE, at, "write name(arguments) \"format\"",
                         "expected '(' behind the name of the event");
    else if (end - at >= 3 && memcmp(at, "\xef\xbb\xbf", 3) == 0)
        etch_rule_broken(line, ETCH_RULE_SHAPE, at, "save the file as UTF-8 without it",
                         "the line starts with a byte order mark");
    else if (c == '/')
        etch_rule_broken(line, ETCH_RULE_SHAPE, at, "a comment is a line that starts with '#'",
                         "unexpected '/'");
    else if (c > ' ' && c < 0x7f)
        etch_rule_broken(line, ETCH_RULE_SHAPE, at, "a name consists of letters, digits and '_'",
                         "unexpected '%c' before the arguments", c);
    else
        etch_rule_broken(line, ETCH_RULE_SHAPE, at, "a name consists of letters, digits and '_'",
                         "unexpected byte 0x%02x before the arguments", c);
    return false;
}

/* The words before '(': the properties and, directly before it, the name.
 * Returns where the name begins, or NULL. */
static const char *parse_head(struct etch_line *line, const char *p, const char **open)
{
    const char *end = line->text + line->length, *word = NULL, *word_end = NULL;
    while (p < end && *p != '(') {
        size_t n = etch_word_char(p, end);
        if (n) {
            if (word_end != p)
                word = p;
            word_end = p += n;
        } else if (etch_blank(*p)) {
            p++;
        } else {
            refuse_shape(line, p, end);
            return NULL;
        }
    }
    if (p == end) {
        refuse_shape(line, end, end);
    } else if (!word) {
        etch_rule_broken(line, ETCH_RULE_SHAPE, p, "write name(arguments) \"format\"",
                         "the event has no name");
    } else if (word_end != p) {
        etch_rule_broken(line, ETCH_RULE_SHAPE, word_end, "remove the blanks",
                         "blanks between the name and '('");
    } else {
        *open = p;
        return word;
    }
    return NULL;
}

static unsigned property_find(const char *word, size_t n)
{
    for (size_t i = 0; i < sizeof(properties) / sizeof(properties[0]); i++)
        if (strlen(properties[i].name) == n && memcmp(properties[i].name, word, n) == 0)
            return properties[i].property;
    return 0;
}

static enum etch_rule property_rule(unsigned property)
{
    if (property == ETCH_PROP_TCG)
        return ETCH_RULE_TCG;
    if (property == ETCH_PROP_NOTIME)
        return ETCH_RULE_NOTIME;
    return property == ETCH_PROP_VCPU ? ETCH_RULE_VCPU : ETCH_RULE_PROPERTY;
}

/* The properties in p..end that there are. */
static unsigned properties_in(const char *p, const char *end)
{
    unsigned found = 0;
    while (p < end) {
        const char *word = p;
        while (p < end && !etch_blank(*p))
            p++;
        found |= property_find(word, (size_t)(p - word));
        while (p < end && etch_blank(*p))
            p++;
    }
    return found;
}

/* Checks the properties in p..end. QEMU names all that it does not know in one
 * message; a warning names one. */
static void check_properties(struct etch_line *line, const char *p, const char *end)
{
    char unknown[ETCH_QUOTE_MAX];
    size_t used = 0;
    const char *first = NULL;
    while (p < end) {
        const char *word = p;
        while (p < end && !etch_blank(*p))
            p++;
        size_t n = (size_t)(p - word);
        unsigned property = property_find(word, n);
        if (n && property != ETCH_PROP_DISABLE) {
            enum etch_rule rule = property_rule(property);
            if (etch_rule_verdict(rule, line->era) == ETCH_WARN) {
                etch_rule_broken(line, rule, word, NULL, "Unknown properties: %.*s", (int)n, word);
            } else if (etch_rule_verdict(rule, line->era) == ETCH_REFUSE) {
                if (!first)
                    first = word;
                if (used + n + 2 < sizeof(unknown)) {
                    memcpy(unknown + used, ", ", 2);
                    memcpy(unknown + used + 2, word, n);
                    used += n + 2;
                }
            }
        }
        while (p < end && etch_blank(*p))
            p++;
    }
    if (first && used > 2)
        etch_rule_broken(
            line, ETCH_RULE_PROPERTY, first,
            "the properties are: disable; vcpu (to 10.0); tcg (2.2 to 6.2); notime (etch "
            "gen alone)",
            "Unknown properties: %.*s", (int)used - 2, unknown + 2);
    else if (first)
        etch_rule_broken(line, ETCH_RULE_PROPERTY, first, NULL, "Unknown properties: %.200s...",
                         first);
}

/* A comma between two formats, as QEMU 2.8 finds it: the last one that is
 * followed by optional blanks and a quote that does not end the line. That may
 * stand in a literal ("a,"PRIx64" b"), so one between literals goes first. */
static const char *find_second_format(const char *format, size_t length)
{
    const char *end = format + length, *last = NULL, *outside = NULL;
    bool quoted = false;
    for (const char *p = format; p < end; p++) {
        if (quoted && *p == '\\') {
            p++;
        } else if (*p == '"') {
            quoted = !quoted;
        } else if (*p == ',' && p - format >= 2) {
            const char *next = p + 1;
            while (next < end && etch_blank(*next))
                next++;
            if (end - next < 2 || *next != '"')
                continue;
            last = p;
            if (!quoted)
                outside = p;
        }
    }
    return outside ? outside : last;
}

static void parse_two_formats(struct etch_line *line, struct etch_decl *decl, const char *format,
                              size_t length)
{
    bool tcg = decl->properties & ETCH_PROP_TCG &&
               etch_rule_verdict(ETCH_RULE_TCG, line->era) != ETCH_REFUSE;
    if (!tcg && etch_rule_verdict(ETCH_RULE_TWO_FORMATS, line->era) == ETCH_PASS)
        return;
    const char *comma = length ? find_second_format(format, length) : NULL;
    if (!tcg) {
        if (comma)
            etch_rule_broken(line, ETCH_RULE_TWO_FORMATS, comma, NULL,
                             "Only events with 'tcg' property can have two formats");
        return;
    }
    if (!comma) {
        etch_rule_broken(line, ETCH_RULE_TCG_FORMATS, format,
                         "write \"format when translating\", \"format when executing\"",
                         "Events with 'tcg' property must have two formats");
        return;
    }
    const char *second = memchr(comma, '"', length - (size_t)(comma - format));
    decl->format = etch_store_string(line->list, format, (size_t)(comma - format));
    decl->format_exec = etch_store_string(line->list, second, length - (size_t)(second - format));
    decl->format_exec_column = decl->format_column + (unsigned)(second - format);
    if (!decl->format || !decl->format_exec)
        line->no_memory = true;
}

/* The first `c` followed by `next`. */
static const char *find_pair(const char *p, size_t length, char c, char next)
{
    const char *end = p + length;
    while ((p = memchr(p, c, (size_t)(end - p))) != NULL) {
        if (++p < end && *p == next)
            return p - 1;
    }
    return NULL;
}

static void check_format(struct etch_line *line, const char *format, size_t length)
{
    const char *at = find_pair(format, length, '%', 'm');
    if (at)
        etch_rule_broken(line, ETCH_RULE_PERCENT_M, at, "pass strerror(errno) for a \"%s\"",
                         "Event format '%%m' is forbidden, pass the error as an explicit trace "
                         "argument");
    const char *newline = find_pair(format, length, '\\', 'n'), *end = format + length - 3;
    if (newline && length >= 3 && memcmp(end, "\\n\"", 3) == 0)
        etch_rule_broken(line, ETCH_RULE_NEWLINE_END, end, "remove the \\n",
                         "Event format must not end with a newline character");
    else if (newline)
        etch_rule_broken(line, ETCH_RULE_NEWLINE, newline, "remove the \\n",
                         "Event format must not use new line character");
}

/* What follows ')': sets decl->format, and returns its length. */
static size_t parse_format(struct etch_line *line, struct etch_decl *decl, const char *p,
                           const char **format)
{
    const char *end = line->text + line->length;
    while (p < end && etch_blank(*p))
        p++;
    *format = p;
    decl->format_column = p < end ? (unsigned)(p - line->text) + 1 : 0;
    size_t length = (size_t)(end - p);
    if (length == 0)
        return 0;
    if (*p != '"' || length == 1) {
        decl->format_column = 0;
        etch_rule_broken(line, ETCH_RULE_TAIL, p, "a format starts with '\"'",
                         "text behind ')' is ignored: the event gets no format");
        return 0;
    }
    check_format(line, p, length);
    decl->format = etch_store_string(line->list, p, length);
    if (!decl->format)
        line->no_memory = true;
    return length;
}

/* Parses a line that is neither blank nor a comment, into the next place of
 * the list. `p` is its first character. */
static void parse_declaration(struct etch_line *line, const char *p)
{
    const char *open, *format, *end = line->text + line->length;
    struct etch_decl *decl = etch_store_decl(line->list);
    if (!decl) {
        line->no_memory = true;
        return;
    }
    const char *name = parse_head(line, p, &open);
    if (!name)
        return;
    const char *close = memchr(open, ')', (size_t)(end - open));
    if (!close) {
        etch_rule_broken(line, ETCH_RULE_SHAPE, end, "write name(arguments) \"format\"",
                         "missing ')' behind the arguments");
        return;
    }
    decl->file = line->own_file;
    decl->line = line->number;
    decl->name_column = (unsigned)(name - line->text) + 1;
    decl->name = etch_store_string(line->list, name, (size_t)(open - name));
    decl->args_text = etch_store_string(line->list, open + 1, (size_t)(close - open) - 1);
    if (!decl->name || !decl->args_text)
        line->no_memory = true;
    decl->properties = properties_in(p, name);
    /* The order is QEMU's order of checks. */
    size_t length = parse_format(line, decl, close + 1, &format);
    etch_parse_args(line, decl, open + 1, (size_t)(close - open) - 1);
    if (decl->n_args > ETCH_ARGS_MAX)
        etch_rule_broken(line, ETCH_RULE_COUNT, name, "pass less, or make two events of it",
                         "Event '%s' has more than maximum permitted argument count", decl->name);
    check_properties(line, p, name);
    parse_two_formats(line, decl, format, length);
    if (!line->failed && !line->no_memory)
        line->list->n++;
}

/* Bytes that no text has. Returns whether the line may be parsed. */
static bool check_bytes(struct etch_line *line, const struct text_traits *traits)
{
    const char *end = line->text + line->length;
    const char *nul = traits->nul ? memchr(line->text, 0, line->length) : NULL;
    if (nul)
        return !etch_rule_broken(line, ETCH_RULE_NUL, nul, "is this a trace-events file?",
                                 "NUL byte");
    for (const char *p = line->text; traits->beyond_ascii && p < end;) {
        size_t n = (unsigned char)*p < 0x80 ? 1 : etch_utf8_char(p, end);
        if (n == 0)
            return !etch_rule_broken(line, ETCH_RULE_UTF8, p, "save the file as UTF-8",
                                     "byte 0x%02x is not UTF-8", (unsigned char)*p);
        p += n;
    }
    return true;
}

static void parse_line(struct etch_line *line, const struct text_traits *traits, bool ended)
{
    const char *p = line->text, *end = p + line->length;
    if (!ended)
        etch_rule_broken(line, ETCH_RULE_FINAL_NEWLINE, end, "add one",
                         "%s does not end with a new line", line->file);
    if (!check_bytes(line, traits))
        return;
    while (p < end && etch_blank(*p))
        p++;
    if (p < end && *p != '#')
        parse_declaration(line, p);
}

static struct text_traits text_traits(const char *text, size_t size)
{
    struct text_traits traits = {.nul = memchr(text, 0, size) != NULL,
                                 .cr = memchr(text, '\r', size) != NULL};
    uint64_t bits = 0, word;
    size_t i = 0;
    for (; size - i >= sizeof(word); i += sizeof(word)) {
        memcpy(&word, text + i, sizeof(word));
        bits |= word;
    }
    for (; i < size; i++)
        bits |= (unsigned char)text[i];
    traits.beyond_ascii = bits & UINT64_C(0x8080808080808080);
    return traits;
}

/* Whether the text begins as no text does: with a NUL and many other control
 * bytes. One message about it says more than one for each of its lines. */
static bool is_binary(const char *text, size_t size)
{
    size_t n = size < 1024 ? size : 1024, controls = 0;
    for (size_t i = 0; i < n; i++)
        controls += (unsigned char)text[i] < ' ' && !(text[i] >= '\t' && text[i] <= '\r');
    return controls > n / 32 && controls > 3 && memchr(text, 0, n);
}

/* Where a text is split into lines. */
struct cursor {
    const char *next, *end;
    const char *newline; /* the first '\n' at or behind next; end: none */
};

/* The next line's text, and its end in *stop: "\n", "\r\n", and "\r" alone, as
 * Python reads files. The newline is kept over calls: a text of nothing but
 * '\r' is not searched to its end for each. */
static const char *next_line(struct cursor *cursor, bool cr, const char **stop)
{
    const char *line = cursor->next, *end = cursor->end;
    if (!cursor->newline || cursor->newline < line) {
        cursor->newline = memchr(line, '\n', (size_t)(end - line));
        if (!cursor->newline)
            cursor->newline = end;
    }
    const char *newline = cursor->newline;
    const char *ret = cr ? memchr(line, '\r', (size_t)(newline - line)) : NULL;
    *stop = ret ? ret : newline;
    if (ret && ret + 1 != newline)
        cursor->next = ret + 1;
    else
        cursor->next = newline < end ? newline + 1 : end;
    return line;
}

int etch_declare_parse(struct etch_decl_list *list, const char *file, const char *text, size_t size,
                       enum etch_era era, struct etch_diags *diags)
{
    struct text_traits traits = text_traits(text, size);
    struct etch_line line = {.list = list,
                             .diags = diags,
                             .era = era,
                             .file = file,
                             .own_file = etch_store_file(list, file)};
    bool failed = false;
    if (!line.own_file)
        return -ENOMEM;
    if (is_binary(text, size)) {
        etch_rule_broken(&line, ETCH_RULE_SHAPE, NULL,
                         "name a trace-events file; `etch list` also takes programs and traces",
                         "this is no text file");
        return era == ETCH_ERA_READER ? 0 : -EINVAL;
    }
    struct cursor cursor = {.next = text, .end = text + size};
    while (cursor.next < cursor.end) {
        const char *stop;
        line.text = next_line(&cursor, traits.cr, &stop);
        line.number++;
        line.length = (size_t)(stop - line.text);
        line.failed = false;
        parse_line(&line, &traits, cursor.next > stop);
        if (line.no_memory)
            return -ENOMEM;
        failed |= line.failed;
    }
    return failed && era != ETCH_ERA_READER ? -EINVAL : 0;
}

int etch_declare_add(struct etch_decl_list *list, const char *name, const char *args,
                     const char *format, unsigned props, const char *file, unsigned number)
{
    struct etch_line line = {.list = list,
                             .era = ETCH_ERA_READER,
                             .own_file = etch_store_file(list, file),
                             .number = number,
                             .text = args,
                             .length = strlen(args)};
    struct etch_decl *decl = etch_store_decl(list);
    if (!decl || !line.own_file)
        return -ENOMEM;
    decl->name = etch_store_string(list, name, strlen(name));
    decl->args_text = etch_store_string(list, args, line.length);
    decl->properties = props;
    decl->file = line.own_file;
    decl->line = number;
    if (format && *format && !(decl->format = etch_store_string(list, format, strlen(format))))
        return -ENOMEM;
    etch_parse_args(&line, decl, args, line.length);
    for (size_t i = 0; i < decl->n_args; i++)
        decl->args[i].column = 0;
    if (line.no_memory || !decl->name || !decl->args_text)
        return -ENOMEM;
    list->n++;
    return 0;
}
