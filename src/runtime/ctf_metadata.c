/* SPDX-License-Identifier: MIT
 *
 * ctf_metadata.c: the file `metadata` of a CTF trace, in the language TSDL of
 * CTF 1.8: the head (layout of packets, clock, environment) and a block for each
 * event. It only grows, by whole blocks, before the first event that needs them
 * can fire; only the clock's numbers are written over, in place and as wide as
 * before, so that it can be read at any moment.
 *
 * Reads:  the notes of the groups.
 * Writes: the file; how far it is written, into the session.
 * Never:  calls libc: the drain writes what could not be written at the start.
 */
#include "format/kind.h"
#include "format/version.h"
#include "runtime/ctf_text.h"

/* Address space for blocks; memory as it is used. */
#define SHEET_SIZE (1u << 20)

struct sheet {
    int fd;
    struct ctf_metadata *at;
    struct text text; /* not yet in the file */
};

/* What is in the sheet, whole. */
static int sheet_write(struct sheet *sheet)
{
    size_t done = 0;
    while (done < sheet->text.used) {
        long r = sys_pwrite(sheet->fd, sheet->text.data + done, sheet->text.used - done,
                            sheet->at->size + done);
        if (r == -EINTR)
            continue;
        if (r == -EFBIG)
            sys_consume_sigxfsz();
        if (r <= 0) {
            sys_ftruncate(sheet->fd, sheet->at->size);
            return r == 0 ? -ENOSPC : (int)r;
        }
        done += (size_t)r;
    }
    sheet->at->size += done;
    sheet->text = text_in(sheet->text.data, sheet->text.size);
    return 0;
}

/* ---- pieces of text ---- */

void tsdl_quoted(struct text *t, const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)s[i];
        char octal[4] = {'\\', (char)('0' + (c >> 6)), (char)('0' + (c >> 3 & 7)),
                         (char)('0' + (c & 7))};
        if (c < ' ' || c == 127) {
            text_bytes(t, octal, 4);
            continue;
        }
        if (c == '"' || c == '\\')
            text_bytes(t, "\\", 1);
        text_bytes(t, s + i, 1);
    }
}

/* A value in the query of a URI: escaped is what ends it, and what could not
 * stand in a string or a comment of TSDL. */
static void uri_quoted(struct text *t, const char *s)
{
    static const char plain[] = "-._~!$'()*+,;:@/?=<>[]{}|^`";
    for (; *s != '\0'; s++) {
        unsigned char c = (unsigned char)*s;
        bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        for (const char *p = plain; !is_plain && *p != '\0'; p++)
            is_plain = *p == (char)c;
        char hex[3] = {'%', "0123456789ABCDEF"[c >> 4], "0123456789ABCDEF"[c & 15]};
        text_bytes(t, is_plain ? s : hex, is_plain ? 1 : 3);
    }
}

static void add_uuid(struct text *t, const uint8_t id[16])
{
    for (int i = 0; i < 16; i++) {
        char hex[3] = {"0123456789abcdef"[id[i] >> 4], "0123456789abcdef"[id[i] & 15], '-'};
        text_bytes(t, hex, i == 3 || i == 5 || i == 7 || i == 9 ? 3 : 2);
    }
}

/* A number that can be written over by any other: blanks behind it. */
static void add_wide(struct text *t, const char *key, uint64_t v)
{
    text_add(t, key);
    text_add(t, " = ");
    size_t end = t->used + 20;
    text_u64(t, v);
    while (t->used < end && !t->cut)
        text_add(t, " ");
    text_add(t, ";\n");
}

/* ---- the clock ---- */

/* Ticks a second, and where tick 0 lies since 1970, from two moments. */
struct tick_line {
    uint64_t frequency, seconds, ticks;
};

static struct tick_line tick_line(const struct etch_pool_header *pool,
                                  const struct etch_clock_pair *last)
{
    const struct etch_clock_pair *first = &pool->first;
    struct tick_line line = {.frequency = 1000000000u};
    uint64_t ns = last->monotonic_ns - first->monotonic_ns;
    uint64_t ticks = last->ticks - first->ticks;
    if (pool->clock == ETCH_CLOCK_RAW && last->monotonic_ns > first->monotonic_ns &&
        last->ticks > first->ticks)
        line.frequency = (uint64_t)(((unsigned __int128)ticks * 1000000000u + ns / 2) / ns);
    /* Tick 0 was before 1970 where the realtime clock is not set. */
    unsigned __int128 since = (unsigned __int128)first->realtime_ns * line.frequency / 1000000000u;
    since = since > first->ticks ? since - first->ticks : 0;
    line.seconds = (uint64_t)(since / line.frequency);
    line.ticks = (uint64_t)(since % line.frequency);
    return line;
}

/* The clock's block and the beginning of the environment, of fixed width. */
static void put_clock(struct text *t, const struct etch_pool_header *pool,
                      const struct etch_clock_pair *last)
{
    struct tick_line line = tick_line(pool, last);
    text_add(t, "clock {\n\tname = \"etch\";\n\tuuid = \"");
    add_uuid(t, pool->uuid);
    text_add(t, "\";\n\tdescription = \"");
    text_add(t, pool->clock == ETCH_CLOCK_RAW ? "processor's counter" : "CLOCK_MONOTONIC    ");
    text_add(t, "\";\n");
    add_wide(t, "\tfreq", line.frequency);
    add_wide(t, "\toffset_s", line.seconds);
    add_wide(t, "\toffset", line.ticks);
    text_add(t, "\tabsolute = TRUE;\n};\n\nenv {\n\ttracer_name = \"etch\";\n");
    add_wide(t, "\tfirst_ticks", pool->first.ticks);
    add_wide(t, "\tfirst_monotonic", pool->first.monotonic_ns);
    add_wide(t, "\tfirst_realtime", pool->first.realtime_ns);
    add_wide(t, "\tlast_ticks", last->ticks);
    add_wide(t, "\tlast_monotonic", last->monotonic_ns);
    add_wide(t, "\tlast_realtime", last->realtime_ns);
}

/* ---- the head ---- */

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define BYTE_ORDER_NAME "le"
#else
#define BYTE_ORDER_NAME "be"
#endif
#define TSDL_INTEGER(bits, sign, more, name)                                                       \
    "typealias integer { size = " bits "; align = 8; signed = " sign "; " more "} := " name ";\n"

static const char types[] =
    TSDL_INTEGER("8", "false", "", "uint8_t") TSDL_INTEGER("16", "false", "", "uint16_t")
        TSDL_INTEGER("32", "false", "", "uint32_t") TSDL_INTEGER("64", "false", "", "uint64_t")
            TSDL_INTEGER("8", "true", "", "int8_t") TSDL_INTEGER("16", "true", "", "int16_t")
                TSDL_INTEGER("32", "true", "", "int32_t") TSDL_INTEGER("64", "true", "", "int64_t")
                    TSDL_INTEGER("32", "false", "base = 16; ", "pointer32_t")
                        TSDL_INTEGER("64", "false", "base = 16; ",
                                     "pointer64_t") "typealias floating_point { exp_dig = 8; "
                                                    "mant_dig = 24; align = 8; } := float_t;\n"
                                                    "typealias floating_point { exp_dig = 11; "
                                                    "mant_dig = 53; align = 8; } := double_t;\n\n";

static const char trace_end[] = "\";\n\tbyte_order = " BYTE_ORDER_NAME ";\n"
                                "\tpacket.header := struct {\n"
                                "\t\tuint32_t magic;\n"
                                "\t\tuint8_t uuid[16];\n"
                                "\t\tuint32_t stream_id;\n"
                                "\t\tuint64_t stream_instance_id;\n"
                                "\t};\n"
                                "};\n\n";

/* The extended header: the variant's structs begin at a byte, 16 bits of zeros
 * lead to the next word. Readers warn of a field in a header whose meaning they
 * do not know; of an id they take the last. */
static const char streams[] =
    "typealias integer { size = 64; align = 8; map = clock.etch.value; } := ticks_t;\n"
    "typealias integer { size = 19; align = 1; map = clock.etch.value; } := ticks19_t;\n\n"
    "struct event_header {\n"
    "\tenum : integer { size = 13; align = 1; } { compact = 0 ... 8190, extended = 8191 } id;\n"
    "\tvariant <id> {\n"
    "\t\tstruct {\n"
    "\t\t\tticks19_t timestamp;\n"
    "\t\t} compact;\n"
    "\t\tstruct {\n"
    "\t\t\tstruct {\n"
    "\t\t\t\tinteger { size = 16; align = 1; } id;\n"
    "\t\t\t} zero;\n"
    "\t\t\tuint32_t id;\n"
    "\t\t\tticks_t timestamp;\n"
    "\t\t} extended;\n"
    "\t} v;\n"
    "} align(8);\n\n"
    "stream {\n"
    "\tid = 0;\n"
    "\tevent.header := struct event_header;\n"
    "\tpacket.context := struct {\n"
    "\t\tticks_t timestamp_begin;\n"
    "\t\tticks_t timestamp_end;\n"
    "\t\tuint64_t content_size;\n"
    "\t\tuint64_t packet_size;\n"
    "\t\tuint64_t packet_seq_num;\n"
    "\t\tuint64_t events_discarded;\n"
    "\t\tuint32_t tid;\n"
    "\t\tuint32_t level;\n"
    "\t};\n"
    "};\n\n";

static void put_head(struct text *t, struct session *s)
{
    text_add(t, "/* CTF 1.8 */\n\n");
    text_add(t, types);
    text_add(t, "trace {\n\tmajor = 1;\n\tminor = 8;\n\tuuid = \"");
    add_uuid(t, s->pool->uuid);
    text_add(t, trace_end);
    s->ctf.clock = t->used;
    struct etch_clock_pair now = etch_clock_pair_now(s->pool->clock);
    put_clock(t, s->pool, &now);
    ctf_env(t, s);
    text_add(t, "\tversion = \"" ETCH_VERSION "\";\n};\n\n");
    text_add(t, streams);
}

/* ---- events ---- */

static const char *field_type(char kind)
{
    static const char *const names[2][4] = {{"uint8_t", "uint16_t", "uint32_t", "uint64_t"},
                                            {"int8_t", "int16_t", "int32_t", "int64_t"}};
    size_t size = etch_kind_size(kind, sizeof(long), sizeof(void *));
    switch (kind) {
    case ETCH_KIND_STRING:
        return "string";
    case ETCH_KIND_FLOAT:
        return "float_t";
    case ETCH_KIND_DOUBLE:
        return "double_t";
    case ETCH_KIND_POINTER:
        return size == 8 ? "pointer64_t" : "pointer32_t";
    default:
        return names[etch_kind_signed(kind, (char)-1 < 0)][size == 1   ? 0
                                                           : size == 2 ? 1
                                                           : size == 4 ? 2
                                                                       : 3];
    }
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* The name is the last word of an argument, up to `end`. Readers take one
 * underscore away from a field's name, so that none is a word of TSDL; what TSDL
 * cannot spell is a number. */
static void put_field_name(struct text *t, const char *from, const char *end, unsigned index)
{
    while (end > from && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    const char *name = end;
    while (name > from && is_word(name[-1]))
        name--;
    text_add(t, " _");
    if (name == end || (name > from && (unsigned char)name[-1] >= 128))
        text_u64(t, index);
    else
        text_bytes(t, name, (size_t)(end - name));
}

static void put_fields(struct text *t, const char *args, const char *kinds)
{
    for (unsigned i = 0; kinds[i] != '\0'; i++) {
        const char *end = args;
        while (*end != '\0' && *end != ',')
            end++;
        text_add(t, "\t\t");
        text_add(t, field_type(kinds[i]));
        put_field_name(t, args, end, i);
        text_add(t, ";\n");
        args = end + (*end == ',');
    }
}

/* All that was declared, in the form in which every reader of CTF hands it on:
 * etch:FILE?line=L&group=G&kinds=K&args=A&format=F&flags=N */
static void put_uri(struct text *t, const struct etch_note *note, const struct etch_note_event *e)
{
    const char *text = etch_note_text(note);
    text_add(t, "\tmodel.emf.uri = \"etch:");
    uri_quoted(t, text + e->file);
    text_add(t, "?line=");
    text_u64(t, e->line);
    text_add(t, "&group=");
    uri_quoted(t, text + note->group);
    text_add(t, "&kinds=");
    uri_quoted(t, text + e->kinds);
    text_add(t, "&args=");
    uri_quoted(t, text + e->args);
    text_add(t, "&format=");
    uri_quoted(t, text + e->format);
    text_add(t, "&flags=");
    text_u64(t, e->flags);
    text_add(t, "\";\n");
}

static void put_event(struct text *t, const struct etch_note *note, uint32_t index, uint32_t id)
{
    const struct etch_note_event *e = &etch_note_events(note)[index];
    const char *text = etch_note_text(note);
    text_add(t, "event {\n\tname = \"");
    tsdl_quoted(t, text + e->name, text_length(text + e->name));
    text_add(t, "\";\n\tid = ");
    text_u64(t, id);
    text_add(t, ";\n\tstream_id = 0;\n");
    put_uri(t, note, e);
    text_add(t, "\tfields := struct {\n");
    put_fields(t, text + e->args, text + e->kinds);
    text_add(t, "\t};\n};\n\n");
}

/* The events of a group that can fire. */
static int write_group(struct sheet *sheet, const struct group_entry *g)
{
    const struct etch_note *note = __atomic_load_n(&g->note, __ATOMIC_ACQUIRE);
    for (uint32_t i = 0; i < g->n_events; i++) {
        if (group_event_disabled(g, i))
            continue;
        for (size_t kept = sheet->text.used;; kept = 0) {
            put_event(&sheet->text, note, i, g->first_id + i);
            if (!sheet->text.cut)
                break;
            if (kept == 0)
                return -ENAMETOOLONG;
            sheet->text.used = kept;
            int r = sheet_write(sheet);
            if (r < 0)
                return r;
        }
    }
    return sheet_write(sheet);
}

static int write_missing(struct sheet *sheet, struct session *s)
{
    int r = 0;
    if (s->ctf.size == 0) {
        put_head(&sheet->text, s);
        r = sheet_write(sheet);
    }
    for (struct group_entry *g = etch_groups; r == 0 && g != NULL; g = g->next) {
        if (g->first_id < s->ctf.next_id || g->n_events == 0)
            continue;
        r = write_group(sheet, g);
        if (r == 0)
            s->ctf.next_id = g->first_id + g->n_events;
    }
    return r;
}

int etch_ctf_metadata(struct session *s, int folder)
{
    int fd = sys_openat(folder, "metadata", O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
    char *memory = fd < 0 ? NULL : sys_mmap_anonymous(SHEET_SIZE);
    int r = fd < 0 ? fd : -ENOMEM;
    if (memory != NULL) {
        struct sheet sheet = {fd, &s->ctf, text_in(memory, SHEET_SIZE)};
        r = write_missing(&sheet, s);
        sys_munmap(memory, SHEET_SIZE);
    }
    if (fd >= 0)
        sys_close(fd);
    return r;
}

void etch_ctf_late_groups(struct session *s)
{
    int folder = sys_openat(AT_FDCWD, s->pool->ctf_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    if (folder < 0)
        return; /* the drain tries again before it writes packets */
    etch_ctf_metadata(s, folder);
    sys_close(folder);
}

void etch_ctf_clock(struct session *s, int folder, const struct etch_clock_pair *last)
{
    char data[2048];
    struct text t = text_in(data, sizeof(data));
    put_clock(&t, s->pool, last);
    int fd = sys_openat(folder, "metadata", O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0);
    if (fd < 0)
        return;
    sys_pwrite(fd, data, t.used, s->ctf.clock);
    sys_close(fd);
}
