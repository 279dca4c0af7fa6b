/* SPDX-License-Identifier: MIT
 *
 * site.h: a call of etch/here.h as a declaration: what its constant data
 * (struct etch_site, include/etch/site.h) says, in the words of a trace-events
 * file. Shared by the run time and the readers of binaries.
 */
#ifndef ETCH_FORMAT_SITE_H
#define ETCH_FORMAT_SITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <etch/site.h>

#include "format/kind.h"
#include "format/note.h"

/* The strings of a site; `name` is not ended by NUL. */
struct etch_site_text {
    const char *kinds, *name, *format, *file;
    size_t name_size;
    const char *expression[ETCH_SITE_ARGS];
    unsigned n_args;
};

/* Where text goes: what does not fit is counted, not stored. */
struct etch_site_out {
    char *to;
    size_t size, used;
};

static inline void etch_site_put(struct etch_site_out *out, const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++, out->used++)
        if (out->used < out->size)
            out->to[out->used] = s[i];
}

static inline void etch_site_puts(struct etch_site_out *out, const char *s)
{
    for (; *s != '\0'; s++)
        etch_site_put(out, s, 1);
}

static inline bool etch_site_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* The next string of the text; NULL if it does not end. */
static inline const char *etch_site_next(const char **at, const char *end)
{
    const char *s = *at;
    while (*at < end && **at != '\0')
        ++*at;
    if (*at == end)
        return NULL;
    ++*at;
    return s;
}

/* Takes a site apart whose text has `size` bytes; false where it is not whole. */
static inline bool etch_site_parse(const struct etch_site *site, const char *text, size_t size,
                                   struct etch_site_text *t)
{
    const char *at = text, *end = text + size;
    *t = (struct etch_site_text){.kinds = site->kinds};
    if (site->version != ETCH_SITE_VERSION || site->kinds[ETCH_SITE_ARGS] != '\0')
        return false;
    while (site->kinds[t->n_args] != '\0')
        t->n_args++;
    t->name = etch_site_next(&at, end);
    t->file = t->name == NULL ? NULL : etch_site_next(&at, end);
    if (t->file == NULL)
        return false;
    for (unsigned i = 0; i < t->n_args; i++)
        if ((t->expression[i] = etch_site_next(&at, end)) == NULL)
            return false;
    while (t->name[t->name_size] != '\0' && t->name[t->name_size] != ' ')
        t->name_size++;
    t->format = t->name + t->name_size + (t->name[t->name_size] == ' ');
    while (t->name_size > 1 &&
           (t->name[t->name_size - 1] == ':' || t->name[t->name_size - 1] == ','))
        t->name_size--;
    return t->name_size > 0;
}

/* The name: what no name can hold becomes an underline. */
static inline void etch_site_put_name(struct etch_site_out *out, const struct etch_site_text *t)
{
    for (size_t i = 0; i < t->name_size; i++)
        etch_site_put(out, etch_site_word(t->name[i]) ? &t->name[i] : "_", 1);
}

/* The format as a C literal, quotes included; nothing where there is none. */
static inline void etch_site_put_format(struct etch_site_out *out, const struct etch_site_text *t)
{
    if (*t->format == '\0')
        return;
    etch_site_put(out, "\"", 1);
    for (const char *s = t->format; *s != '\0'; s++) {
        unsigned char c = (unsigned char)*s;
        char octal[] = {'\\', (char)('0' + c / 64), (char)('0' + c / 8 % 8), (char)('0' + c % 8)};
        if (c < ' ' || c == 127)
            etch_site_put(out, octal, sizeof(octal));
        else
            etch_site_put(out, c == '"' || c == '\\' ? octal : s, 1);
        if (c == '"' || c == '\\')
            etch_site_put(out, s, 1);
    }
    etch_site_put(out, "\"", 1);
}

/* ---- arguments: "int fd, const char *host" ---- */

static inline const char *etch_site_type(char kind)
{
    switch (kind) {
    case ETCH_KIND_BOOL:
        return "bool ";
    case ETCH_KIND_CHAR:
        return "char ";
    case ETCH_KIND_SCHAR:
        return "signed char ";
    case ETCH_KIND_UCHAR:
        return "unsigned char ";
    case ETCH_KIND_SHORT:
        return "short ";
    case ETCH_KIND_USHORT:
        return "unsigned short ";
    case ETCH_KIND_INT:
        return "int ";
    case ETCH_KIND_UINT:
        return "unsigned int ";
    case ETCH_KIND_LONG:
        return "long ";
    case ETCH_KIND_ULONG:
        return "unsigned long ";
    case ETCH_KIND_LLONG:
        return "long long ";
    case ETCH_KIND_ULLONG:
        return "unsigned long long ";
    case ETCH_KIND_FLOAT:
        return "float ";
    case ETCH_KIND_DOUBLE:
        return "double ";
    case ETCH_KIND_STRING:
        return "const char *";
    default:
        return "void *";
    }
}

/* A name out of the text that ends at `end`: its last identifier. */
struct etch_site_name {
    const char *at;
    size_t size;
};

/* Whether a word is one of C's types, and so no name. */
static inline bool etch_site_is_type(const char *word, size_t n)
{
    static const char types[] =
        " bool char short int long float double signed unsigned void const ";
    for (const char *t = types; *t != '\0'; t++) {
        size_t same = 0;
        while (same < n && t[1 + same] == word[same])
            same++;
        if (*t == ' ' && same == n && t[1 + n] == ' ')
            return true;
    }
    return false;
}

static inline struct etch_site_name etch_site_identifier(const char *begin, const char *end)
{
    const char *at = end;
    while (at > begin && etch_site_word(at[-1]))
        at--;
    if (at == end || (*at >= '0' && *at <= '9') || etch_site_is_type(at, (size_t)(end - at)))
        return (struct etch_site_name){NULL, 0};
    return (struct etch_site_name){at, (size_t)(end - at)};
}

/* Steps over one conversion, `at` behind its %; returns how many arguments it
 * takes, those of its stars included. */
static inline unsigned etch_site_conversion(const char **at)
{
    unsigned n = 1;
    if (**at == '%') {
        ++*at;
        return 0;
    }
    for (; **at != '\0'; ++*at) {
        char c = **at;
        n += c == '*';
        if (((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) && c != 'h' && c != 'l' &&
            c != 'L' && c != 'q' && c != 'j' && c != 'z' && c != 't') {
            ++*at;
            break;
        }
    }
    return n;
}

/* The word in front of the conversion of argument i: "fd=%d", "addr: 0x%lx". */
static inline struct etch_site_name etch_site_label(const struct etch_site_text *t, unsigned i)
{
    const char *at = t->format;
    for (unsigned seen = 0; *at != '\0';) {
        if (*at++ != '%')
            continue;
        const char *end = at - 1;
        unsigned n = etch_site_conversion(&at);
        seen += n;
        if (n == 0 || seen <= i)
            continue;
        if (seen != i + 1)
            break; /* of a star */
        if (end - t->format >= 2 && end[-1] == 'x' && end[-2] == '0')
            end -= 2;
        while (end > t->format && (end[-1] == ' ' || end[-1] == '"' || end[-1] == '\''))
            end--;
        if (end > t->format && (end[-1] == '=' || end[-1] == ':'))
            return etch_site_identifier(t->format, end - 1);
        break;
    }
    return (struct etch_site_name){NULL, 0};
}

/* The name of argument i: its label, else the last word of its expression, else
 * its number. */
static inline struct etch_site_name etch_site_name_of(const struct etch_site_text *t, unsigned i)
{
    struct etch_site_name name = etch_site_label(t, i);
    const char *end = t->expression[i];
    while (*end != '\0')
        end++;
    return name.size != 0 ? name : etch_site_identifier(t->expression[i], end);
}

static inline bool etch_site_taken(const struct etch_site_text *t, unsigned i,
                                   const struct etch_site_name *name)
{
    for (unsigned k = 0; k < i; k++) {
        struct etch_site_name other = etch_site_name_of(t, k);
        size_t same = 0;
        while (other.size == name->size && same < name->size && other.at[same] == name->at[same])
            same++;
        if (same == name->size)
            return true;
    }
    return false;
}

static inline void etch_site_put_args(struct etch_site_out *out, const struct etch_site_text *t)
{
    if (t->n_args == 0)
        etch_site_puts(out, "void");
    for (unsigned i = 0; i < t->n_args; i++) {
        struct etch_site_name name = etch_site_name_of(t, i);
        etch_site_puts(out, i == 0 ? "" : ", ");
        etch_site_puts(out, etch_site_type(t->kinds[i]));
        if (name.size != 0 && !etch_site_taken(t, i, &name)) {
            etch_site_put(out, name.at, name.size);
        } else {
            char number[] = {'a', 'r', 'g', (char)('1' + i)};
            etch_site_put(out, i == 9 ? "arg10" : number, i == 9 ? 5 : 4);
        }
    }
}

/* The entry of a note for a site, and its strings. */
static inline struct etch_note_event
etch_site_describe(struct etch_site_out *out, const struct etch_site_text *t, uint32_t line)
{
    struct etch_note_event e = {.name = (uint32_t)out->used, .line = line};
    etch_site_put_name(out, t);
    etch_site_put(out, "", 1);
    e.args = (uint32_t)out->used;
    etch_site_put_args(out, t);
    etch_site_put(out, "", 1);
    e.format = (uint32_t)out->used;
    etch_site_put_format(out, t);
    etch_site_put(out, "", 1);
    e.kinds = (uint32_t)out->used;
    etch_site_put(out, t->kinds, t->n_args + 1);
    e.file = (uint32_t)out->used;
    etch_site_puts(out, t->file);
    etch_site_put(out, "", 1);
    return e;
}

#endif
