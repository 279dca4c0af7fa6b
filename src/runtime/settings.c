/* SPDX-License-Identifier: MIT
 *
 * settings.c: the keys of a --trace string, whoever brings it: the program's
 * option, ETCH_TRACE, `etch record`.
 *
 * Reads:  the environment, unless the program runs with raised privileges.
 * Writes: the settings; messages on stderr.
 */
#include <etch/etch.h>
#include <stdlib.h>
#include <sys/auxv.h>

#include "condition/condition.h"
#include "runtime/condition.h"
#include "runtime/folder.h"
#include "runtime/patterns.h"
#include "runtime/register.h"
#include "runtime/say.h"
#include "runtime/session.h"
#include "runtime/settings.h"
#include "runtime/sys.h"

struct settings etch_settings = {
    .policy = ETCH_POLICY_DROP,
    .buffer = (uint64_t)ETCH_POOL_PACKETS * ETCH_POOL_PACKET_SIZE,
    .packet = ETCH_POOL_PACKET_SIZE,
};

/* ---- one string ---- */

struct string {
    const char *whole; /* for messages: "--trace STR" or "ETCH_TRACE STR" */
    bool later;        /* ETCH_TRACE: groups are still to come */
};

int etch_setting_refused(const char *whole, const char *text, const char *detail)
{
    char line[2 * PATH_SIZE];
    struct text t = text_in(line, sizeof(line));
    text_add(&t, etch_program_name());
    text_add(&t, ": ");
    text_add(&t, whole);
    text_add(&t, ": ");
    text_add(&t, text);
    text_add(&t, detail);
    text_add(&t, "\n");
    sys_write(2, line, t.used);
    return -EINVAL;
}

static int fail(const struct string *in, const char *text, const char *detail)
{
    return etch_setting_refused(in->whole, text, detail);
}

static bool parse_size(const char *s, uint64_t *size)
{
    uint64_t v = 0;
    if (*s < '0' || *s > '9')
        return false;
    for (; *s >= '0' && *s <= '9'; s++) {
        if (v > UINT64_MAX / 16)
            return false;
        v = v * 10 + (uint64_t)(*s - '0');
    }
    unsigned shift = *s == 'K' || *s == 'k'   ? 10
                     : *s == 'M' || *s == 'm' ? 20
                     : *s == 'G' || *s == 'g' ? 30
                                              : 0;
    if (shift != 0)
        s++;
    if (*s != '\0' || v > UINT64_MAX >> 30)
        return false;
    *size = v << shift;
    return true;
}

static int set_path(const struct string *in, char *to, const char *value)
{
    struct text t = text_in(to, PATH_SIZE);
    text_add(&t, value);
    return t.cut ? fail(in, "the name is too long", "") : 0;
}

static int set_file(const struct string *in, const char *value)
{
    /* QEMU's words, which scripts may look for. */
    static const char refused[] =
        "error: --trace file=...: option not supported by the selected tracing backends\n";
    etch_settings.pid = (uint32_t)sys_getpid();
    if (!in->later &&
        !etch_backends_have(ETCH_BACKEND_SIMPLE | ETCH_BACKEND_CTF | ETCH_BACKEND_LOG)) {
        sys_write(2, refused, sizeof(refused) - 1);
        return -EINVAL;
    }
    if (etch_session_peek() != NULL)
        return fail(in, "recording has begun; the file cannot be changed: ", value);
    return set_path(in, etch_settings.file, value);
}

static int fail_without(const struct string *in, const char *text)
{
    char names[128];
    struct text t = text_in(names, sizeof(names));
    etch_backends_list(&t);
    return fail(in, text, names);
}

static int set_ftrace(const struct string *in, const char *value)
{
    if (!in->later && !etch_backends_have(ETCH_BACKEND_FTRACE))
        return fail_without(in, "ftrace= needs the backend ftrace; the program was built with: ");
    return set_path(in, etch_settings.ftrace, value);
}

static int set_ctf(const struct string *in, const char *value)
{
    etch_settings.pid = (uint32_t)sys_getpid();
    if (!in->later && !etch_backends_have(ETCH_BACKEND_CTF))
        return fail_without(in, "ctf= needs the backend ctf; the program was built with: ");
    if (etch_session_peek() != NULL)
        return fail(in, "recording has begun; the folder cannot be changed: ", value);
    return set_path(in, etch_settings.ctf, value);
}

static void use_policy(uint32_t policy)
{
    struct session *s = etch_session_hold();
    etch_settings.policy = policy;
    if (s == NULL)
        return;
    etch_session_policy(s, policy);
    etch_session_drop(s);
}

static int set_policy(const struct string *in, const char *value)
{
    if (text_equal(value, "drop"))
        use_policy(ETCH_POLICY_DROP);
    else if (text_equal(value, "block"))
        use_policy(ETCH_POLICY_BLOCK);
    else if (text_equal(value, "overwrite"))
        use_policy(ETCH_POLICY_OVERWRITE);
    else
        return fail(in, "policy is drop, block or overwrite, not ", value);
    return 0;
}

/* A trigger is about what is kept until then. */
static int set_trigger(const struct string *in, const char *value)
{
    struct origin origin = {.what = in->whole, .later = in->later};
    const char *error;
    int r = etch_trigger_add(value, &origin, &error);
    if (r < 0)
        return error == NULL ? r : fail(in, error, value);
    use_policy(ETCH_POLICY_OVERWRITE);
    return 0;
}

static int set_buffer(const struct string *in, const char *value)
{
    uint64_t size;
    if (!parse_size(value, &size) || size == 0)
        return fail(in, "buffer is a size such as 8M, not ", value);
    etch_settings.buffer = size;
    return 0;
}

static int set_packet(const struct string *in, const char *value)
{
    uint64_t size;
    if (!parse_size(value, &size) || size < ETCH_POOL_PACKET_SIZE || size > ETCH_POOL_PACKET_MAX ||
        (size & (size - 1)) != 0)
        return fail(in, "packet is 16K, 32K, 64K or so up to 1M, not ", value);
    etch_settings.packet = (uint32_t)size;
    return 0;
}

static int set_max_size(const struct string *in, const char *value)
{
    uint64_t size;
    if (!parse_size(value, &size) || size < ETCH_TRACE_SIZE_MIN)
        return fail(in, "max-size is a size from 64K on, not ", value);
    etch_settings.max_size = size;
    return 0;
}

static int set_max_files(const struct string *in, const char *value)
{
    uint64_t n;
    if (!parse_size(value, &n) || n < 2 || n > ETCH_TRACE_FILES_MAX)
        return fail(in, "max-files is a number from 2 to 1000000, not ", value);
    etch_settings.max_files = n;
    return 0;
}

static int refuse_help(const struct string *in)
{
    return fail(in, "help is for --trace; `etch list PROGRAM` lists a program's events", "");
}

static int set_events(const struct string *in, const char *value)
{
    int r = etch_patterns_read(value, in->later);
    if (r == -ECANCELED && in->later)
        return refuse_help(in);
    if (r == 0 || r == -ECANCELED || r == -EINVAL)
        return r;
    char text[PATH_SIZE + 128];
    struct text t = text_in(text, sizeof(text));
    text_add(&t, value);
    text_add(&t, ": ");
    text_add(&t, etch_reason(r));
    return fail(in, "", text);
}

static int set_enable(const struct string *in, const char *value)
{
    if (text_equal(value, "help") || text_equal(value, "?"))
        return in->later ? refuse_help(in) : -ECANCELED;
    struct origin origin = {.what = in->whole, .later = in->later};
    return etch_pattern_add(value, text_length(value), &origin);
}

static int set_dir(const struct string *in, const char *value)
{
    return set_path(in, etch_settings.dir, value);
}

static int set_id(const struct string *in, const char *value)
{
    (void)in; /* QEMU's option parser takes one, and nobody asks for it */
    (void)value;
    return 0;
}

static const struct {
    const char *key;
    int (*set)(const struct string *in, const char *value);
} keys[] = {
    {"enable", set_enable},   {"events", set_events},     {"file", set_file},
    {"ctf", set_ctf},         {"policy", set_policy},     {"buffer", set_buffer},
    {"dir", set_dir},         {"ftrace", set_ftrace},     {"id", set_id},
    {"trigger", set_trigger}, {"max-size", set_max_size}, {"max-files", set_max_files},
    {"packet", set_packet},
};

/* One piece between commas; the commas are undoubled already. */
static int apply_piece(const struct string *in, char *piece, bool first)
{
    char *equals = piece;
    while (*equals != '\0' && *equals != '=' && *equals != ' ')
        equals++;
    /* A blank: a key has none; "heap_malloc if size == 1" is a pattern. */
    bool clause =
        *equals == ' ' && etch_clause_find(piece, text_length(piece)) < text_length(piece);
    while (!clause && *equals != '\0' && *equals != '=')
        equals++;
    if (*equals != '=') {
        if (first)
            return set_enable(in, piece);
        if (text_equal(piece, "help"))
            return fail(in,
                        "keys: enable=PATTERN events=FILE file=FILE policy=drop|block|overwrite "
                        "buffer=SIZE packet=SIZE trigger=TRIGGER max-size=SIZE max-files=N ctf=DIR "
                        "ftrace=FILE",
                        "");
        return fail(in, "a value is missing; a second pattern needs an option of its own: ", piece);
    }
    *equals = '\0';
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        if (text_equal(keys[i].key, piece))
            return keys[i].set(in, equals + 1);
    /* QEMU's words. */
    char text[PATH_SIZE];
    struct text t = text_in(text, sizeof(text));
    text_add(&t, "Invalid parameter '");
    text_add(&t, piece);
    text_add(&t, "'");
    return fail(in, text, "");
}

/* What messages call a string, kept for those at exit. */
static const char *keep_name(const char *s, size_t length, bool later)
{
    const char *name = later ? "ETCH_TRACE " : "--trace ";
    size_t size = text_length(name) + length + 1;
    char *copy = etch_arena(size);
    if (copy == NULL)
        return name;
    struct text t = text_in(copy, size);
    text_add(&t, name);
    text_bytes(&t, s, length);
    return copy;
}

/* With the registry lock held. All pieces are carried out; the first error is
 * the result. */
static int apply_string(const char *s, size_t length, bool later)
{
    struct string in = {keep_name(s, length, later), later};
    char piece[PATH_SIZE + 16];
    int result = 0;
    bool first = true;
    for (size_t i = 0; i < length;) {
        struct text t = text_in(piece, sizeof(piece));
        while (i < length && (s[i] != ',' || (i + 1 < length && s[i + 1] == ','))) {
            i += s[i] == ',';
            text_bytes(&t, &s[i++], 1);
        }
        i++;
        int r = t.cut         ? fail(&in, "too long", "")
                : t.used == 0 ? 0
                              : apply_piece(&in, piece, first);
        first = false;
        if (result == 0)
            result = r;
    }
    return result;
}

int etch_trace(const char *string)
{
    sys_sigset signals;
    etch_registry_lock(&signals);
    etch_settings_load();
    int r = apply_string(string, text_length(string), false);
    etch_registry_unlock(signals);
    if (r == -ECANCELED)
        trace_list_events(stdout);
    return r;
}

/* ---- trace-file, before there is a trace ---- */

int etch_settings_start(const char *command)
{
    static const char *const begins[] = {"start on", "start off"};
    for (unsigned off = 0; off < 2; off++) {
        size_t n = text_length(begins[off]);
        if (strncmp(command, begins[off], n) != 0 || (command[n] != '\0' && command[n] != ' '))
            continue;
        const char *path = command + n + (command[n] == ' ');
        if ((path[0] != '\0' && path[0] != '/') || text_length(path) >= PATH_SIZE)
            return -EINVAL;
        if (path[0] != '\0') {
            struct text t = text_in(etch_settings.set, PATH_SIZE);
            text_add(&t, path);
        }
        etch_settings.off = off;
        return 0;
    }
    return -EINVAL;
}

/* ---- QEMU's functions ---- */

void trace_opt_parse(const char *option)
{
    int r = etch_trace(option);
    if (r < 0)
        exit(r == -ECANCELED ? 0 : 1);
}

void trace_enable_events(const char *pattern)
{
    if (text_equal(pattern, "help") || text_equal(pattern, "?")) {
        trace_list_events(stdout);
        exit(0);
    }
    sys_sigset signals;
    etch_registry_lock(&signals);
    struct origin origin = {.what = keep_name(pattern, text_length(pattern), false)};
    etch_pattern_add(pattern, text_length(pattern), &origin);
    etch_registry_unlock(signals);
}

bool trace_init_backends(void)
{
    return true;
}

void trace_init_file(void)
{
}

/* ---- the environment ---- */

/* Before libc has its environment: malloc is called by the loader. The block is
 * read once and kept. */
static char *environment_of_kernel(void)
{
    static char *block;
    if (block != NULL)
        return block;
    int fd = sys_openat(AT_FDCWD, "/proc/self/environ", O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0)
        return NULL;
    size_t size = 4u << 20, used = 0;
    char *data = sys_mmap_anonymous(size);
    for (long n = 1; data != NULL && n > 0 && used + 2 < size; used += (size_t)(n > 0 ? n : 0))
        n = sys_read(fd, data + used, size - used - 2);
    sys_close(fd);
    return block = data;
}

const char *etch_environment(const char *name)
{
    extern char **environ;
    size_t length = text_length(name);
    if (getauxval(AT_SECURE) != 0)
        return NULL;
    if (environ != NULL) {
        for (char **e = environ; *e != NULL; e++)
            if (strncmp(*e, name, length) == 0 && (*e)[length] == '=')
                return *e + length + 1;
        return NULL;
    }
    for (const char *e = environment_of_kernel(); e != NULL && *e != '\0'; e += text_length(e) + 1)
        if (strncmp(e, name, length) == 0 && e[length] == '=')
            return e + length + 1;
    return NULL;
}

void etch_settings_load(void)
{
    static bool loaded;
    if (__atomic_exchange_n(&loaded, true, __ATOMIC_ACQ_REL))
        return;
    const char *s = etch_environment("ETCH_TRACE");
    while (s != NULL && *s != '\0') {
        size_t length = 0;
        while (s[length] != '\0' && s[length] != '\n' && s[length] != ';')
            length++;
        if (length != 0)
            apply_string(s, length, true);
        s += length + (s[length] != '\0');
    }
}
