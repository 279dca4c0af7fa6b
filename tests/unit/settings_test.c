/* SPDX-License-Identifier: MIT
 *
 * settings_test.c: --trace strings: what they switch, keep and refuse, and with
 * which words; events files; ETCH_TRACE; options on a command line.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants these four first. */
#include <cmocka.h>
#include <errno.h>
#include <etch/etch.h>
#include <fcntl.h>

#include "captured.h"
#include "runtime/folder.h"
#include "runtime/settings.h"
#include "trace-other.h"
#include "trace-unit.h"

#define LIST "unit_one\nunit_two\nunit_three\nunit_off\nother_one\na\n"

/* What is on, as bits in the order of LIST; and the settings, as a line. */
static void print_state(void)
{
    TraceEventIter iter;
    TraceEvent *event;
    trace_event_iter_init_all(&iter);
    printf("on");
    while ((event = trace_event_iter_next(&iter)) != NULL)
        if (trace_event_get_state_dynamic(event))
            printf(" %s", event->name);
    printf("; file=%s policy=%u buffer=%llu\n", etch_settings.file, etch_settings.policy,
           (unsigned long long)etch_settings.buffer);
    for (uint32_t i = 0; i < etch_settings.n_triggers; i++)
        printf("trigger -%lld +%lld\n", (long long)etch_settings.triggers[i].before_ns,
               (long long)etch_settings.triggers[i].after_ns);
    if (etch_settings.packet != ETCH_POOL_PACKET_SIZE)
        printf("packet %u\n", etch_settings.packet);
    if (etch_settings.max_size != 0)
        printf("max %llu %llu\n", (unsigned long long)etch_settings.max_size,
               (unsigned long long)etch_settings.max_files);
}

/* ---- one string after the other ---- */

static int apply(const void *arg)
{
    int last = 0;
    for (const char *const *s = arg; *s != NULL; s++)
        last = etch_trace(*s);
    print_state();
    return -last;
}

struct expected {
    const char *strings[6];
    int error;
    const char *state; /* before "; file=" unless it holds one */
    const char *err;
};

static void check(const struct expected *e)
{
    struct captured c = captured(apply, e->strings);
    if (strchr(e->state, ';') == NULL) {
        char *settings = strchr(c.out, ';');
        assert_non_null(settings);
        *settings = '\0';
    }
    assert_string_equal(c.out, e->state);
    assert_string_equal(c.err, e->err);
    assert_int_equal(c.status, e->error);
}

#define W "settings_test: --trace "

static const struct expected switches[] = {
    {{""}, 0, "on", ""},
    {{"unit_one"}, 0, "on unit_one", ""},
    {{"enable=unit_one"}, 0, "on unit_one", ""},
    {{"unit_*"}, 0, "on unit_one unit_two unit_three", ""},
    {{"*", "-unit_t*"}, 0, "on unit_one other_one a", ""},
    {{"*", "enable=-unit_t*"}, 0, "on unit_one other_one a", ""},
    {{"-*", "a"}, 0, "on a", ""},
    {{"a", "-*"}, 0, "on", ""},
    {{"unit_o?e"}, 0, "on unit_one", ""},
    {{"?????_one"}, 0, "on other_one", ""},
    {{"*one"}, 0, "on unit_one other_one", ""},
    {{"UNIT_ONE"}, 0, "on", W "UNIT_ONE: warning: trace event 'UNIT_ONE' does not exist\n"},
    {{"unit"}, 0, "on", W "unit: warning: trace event 'unit' does not exist\n"},
    {{"-unit"}, 0, "on", W "-unit: warning: trace event 'unit' does not exist\n"},
    {{"unit_off"}, 0, "on", W "unit_off: warning: trace event 'unit_off' is not traceable\n"},
    {{"*off"}, 0, "on", ""},
    {{"x*"}, 0, "on", W "x*: warning: no trace event matches 'x*'\n"},
    {{"[a-z]*"}, 0, "on", W "[a-z]*: warning: no trace event matches '[a-z]*'\n"},
    {{"-"}, 0, "on", ""},
    {{"id=x,enable=a"}, 0, "on a", ""},
    {{"nope,file=F"},
     0,
     "on; file=F policy=0 buffer=4194304\n",
     W "nope,file=F: warning: trace event 'nope' does not exist\n"},
};

static void test_switches(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(switches) / sizeof(switches[0]); i++)
        check(&switches[i]);
}

static const struct expected keys[] = {
    {{"file=F", "a"}, 0, "on a; file=F policy=0 buffer=4194304\n", ""},
    {{"file=F,file=G"}, 0, "on; file=G policy=0 buffer=4194304\n", ""},
    {{"file=F", "file=G"}, 0, "on; file=G policy=0 buffer=4194304\n", ""},
    {{"a,file=x,,y,,,,z,,"}, 0, "on a; file=x,y,,z, policy=0 buffer=4194304\n", ""},
    {{"a,file=F=1"}, 0, "on a; file=F=1 policy=0 buffer=4194304\n", ""},
    {{",file=F,"}, 0, "on; file=F policy=0 buffer=4194304\n", ""},
    {{"policy=block,buffer=1M"}, 0, "on; file= policy=1 buffer=1048576\n", ""},
    {{"policy=block", "policy=drop"}, 0, "on; file= policy=0 buffer=4194304\n", ""},
    {{"buffer=65536"}, 0, "on; file= policy=0 buffer=65536\n", ""},
    {{"buffer=64k"}, 0, "on; file= policy=0 buffer=65536\n", ""},
    {{"buffer=2G"}, 0, "on; file= policy=0 buffer=2147483648\n", ""},
    {{"policy=overwrite"}, 0, "on; file= policy=2 buffer=4194304\n", ""},
    {{"max-size=1M,max-files=3"}, 0, "on; file= policy=0 buffer=4194304\nmax 1048576 3\n", ""},
    {{"trigger=unit_one"}, 0, "on unit_one; file= policy=2 buffer=4194304\ntrigger --1 +0\n", ""},
    {{"trigger=unit_one,, before 10s,, after 5 ms", "trigger=unit_two ,,after 2h"},
     0,
     "on unit_one unit_two; file= policy=2 buffer=4194304\ntrigger -10000000000 +5000000\n"
     "trigger --1 +7200000000000\n",
     ""},
    {{"trigger=unit_one", "policy=block"},
     0,
     "on unit_one; file= policy=1 buffer=4194304\ntrigger --1 +0\n",
     ""},
};

static void test_keys(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        check(&keys[i]);
}

static const struct expected refusals[] = {
    {{"colour=red"}, EINVAL, "on", W "colour=red: Invalid parameter 'colour'\n"},
    {{"a,=x"}, EINVAL, "on a", W "a,=x: Invalid parameter ''\n"},
    {{"a,unit_one"},
     EINVAL,
     "on a",
     W "a,unit_one: a value is missing; a second pattern needs an option of its own: unit_one\n"},
    {{"a,help"},
     EINVAL,
     "on a",
     W "a,help: keys: enable=PATTERN events=FILE file=FILE policy=drop|block|overwrite buffer=SIZE "
       "packet=SIZE trigger=TRIGGER max-size=SIZE max-files=N ctf=DIR ftrace=FILE\n"},
    {{"packet=64K"}, 0, "on; file= policy=0 buffer=4194304\npacket 65536\n", ""},
    {{"packet=48K"},
     EINVAL,
     "on",
     W "packet=48K: packet is 16K, 32K, 64K or so up to 1M, not 48K\n"},
    {{"packet=2M"}, EINVAL, "on", W "packet=2M: packet is 16K, 32K, 64K or so up to 1M, not 2M\n"},
    {{"packet=8K"}, EINVAL, "on", W "packet=8K: packet is 16K, 32K, 64K or so up to 1M, not 8K\n"},
    {{"max-size=1K"}, EINVAL, "on", W "max-size=1K: max-size is a size from 64K on, not 1K\n"},
    {{"ctf=T"},
     EINVAL,
     "on",
     W "ctf=T: ctf= needs the backend ctf; the program was built with: simple\n"},
    {{"max-files=1"},
     EINVAL,
     "on",
     W "max-files=1: max-files is a number from 2 to 1000000, not 1\n"},
    {{"trigger="},
     EINVAL,
     "on",
     W "trigger=: a trigger begins with an event, as in `heap_malloc if ptr == 0, before 10s`\n"},
    {{"trigger=unit_one,, since 3s"},
     EINVAL,
     "on",
     W "trigger=unit_one,, since 3s: behind a trigger's condition come only `, before TIME` and `, "
       "after TIME`: unit_one, since 3s\n"},
    {{"trigger=unit_one before 3s"},
     EINVAL,
     "on",
     W "trigger=unit_one before 3s: behind a trigger's event come `if CONDITION`, `, before TIME` "
       "and `, after TIME`: unit_one before 3s\n"},
    {{"trigger=unit_one,, before 3"},
     EINVAL,
     "on",
     W
     "trigger=unit_one,, before 3: a trigger's time is a number with ns, us, ms, s, m or h behind "
     "it: unit_one, before 3\n"},
    {{"policy=maybe"},
     EINVAL,
     "on",
     W "policy=maybe: policy is drop, block or overwrite, not maybe\n"},
    {{"policy="}, EINVAL, "on", W "policy=: policy is drop, block or overwrite, not \n"},
    {{"buffer=much"}, EINVAL, "on", W "buffer=much: buffer is a size such as 8M, not much\n"},
    {{"buffer=0"}, EINVAL, "on", W "buffer=0: buffer is a size such as 8M, not 0\n"},
    {{"buffer=-1"}, EINVAL, "on", W "buffer=-1: buffer is a size such as 8M, not -1\n"},
    {{"buffer=1MB"}, EINVAL, "on", W "buffer=1MB: buffer is a size such as 8M, not 1MB\n"},
    {{"buffer=99999999999999999999"},
     EINVAL,
     "on",
     W "buffer=99999999999999999999: buffer is a size such as 8M, not 99999999999999999999\n"},
    {{"buffer=99999999999999999G"},
     EINVAL,
     "on",
     W "buffer=99999999999999999G: buffer is a size such as 8M, not 99999999999999999G\n"},
    /* What is right in a string with a fault is carried out. */
    {{"x=1,enable=a"}, EINVAL, "on a", W "x=1,enable=a: Invalid parameter 'x'\n"},
};

static void test_refusals(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
        check(&refusals[i]);
}

static void test_long(void **state)
{
    (void)state;
    char text[3 * PATH_SIZE] = "file=";
    memset(text + 5, 'x', sizeof(text) - 6);
    const char *strings[] = {text, NULL};
    struct captured c = captured(apply, strings);
    assert_int_equal(c.status, EINVAL);
    assert_non_null(strstr(c.err, "settings_test: --trace file=xxx"));
    assert_non_null(strstr(c.out, "file= "));
    text[5 + PATH_SIZE - 1] = '\0';
    c = captured(apply, strings);
    assert_int_equal(c.status, 0);
    assert_string_equal(c.err, "");
}

static void test_help(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        const char *strings[] = {(const char *[]){"help", "?", "enable=help"}[i], NULL};
        struct captured c = captured(apply, strings);
        assert_int_equal(c.status, ECANCELED);
        assert_memory_equal(c.out, LIST, strlen(LIST));
        assert_string_equal(c.err, "");
    }
}

/* ---- events files ---- */

struct file {
    const char *text;
    size_t size;
    const char *state, *err;
};

static int apply_file(const void *arg)
{
    const struct file *f = arg;
    char path[] = "/tmp/etch-unit.XXXXXX", string[64];
    int fd = mkstemp(path);
    if (write(fd, f->text, f->size) != (ssize_t)f->size)
        return 99;
    close(fd);
    /* A name of which the messages can be known. */
    if (chdir("/tmp") < 0 || rename(path, "/tmp/etch-unit.events") < 0)
        return 99;
    snprintf(string, sizeof(string), "events=etch-unit.events");
    int r = etch_trace(string);
    unlink("/tmp/etch-unit.events");
    print_state();
    return -r;
}

#define F "settings_test:etch-unit.events:"

#define TEXT(s) s, sizeof(s) - 1

static const struct file files[] = {
    {TEXT(""), "on;", ""},
    {TEXT("\n\n"), "on;", ""},
    {TEXT("a\nunit_one\n"), "on unit_one a;", ""},
    {TEXT("a\nunit_one"), "on unit_one a;", ""},
    {TEXT("a"), "on a;", ""},
    {TEXT("# a\n#\n  # unit_one\nunit_t*\n-unit_two\n"), "on unit_three;", ""},
    {TEXT("\t a \r\n  unit_one\t"), "on unit_one a;", ""},
    {TEXT("a\n\nnope\nx*"), "on a;",
     F "3: warning: trace event 'nope' does not exist\n" F
       "4: warning: no trace event matches 'x*'\n"},
    {TEXT("unit_off\n"), "on;", F "1: warning: trace event 'unit_off' is not traceable\n"},
    {TEXT("a,file=F\n"), "on;", F "1: warning: trace event 'a,file=F' does not exist\n"},
};

static void test_files(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        struct captured c = captured(apply_file, &files[i]);
        assert_int_equal(c.status, 0);
        assert_memory_equal(c.out, files[i].state, strlen(files[i].state));
        assert_string_equal(c.err, files[i].err);
    }
}

static void test_file_help(void **state)
{
    (void)state;
    struct file f = {TEXT("a\nhelp\n"), "", ""};
    struct captured c = captured(apply_file, &f);
    assert_int_equal(c.status, ECANCELED);
    assert_memory_equal(c.out, LIST, strlen(LIST));
    assert_string_equal(c.err, "");
}

/* Lines of every length around that of the reader's line and of its buffer. */
static void test_file_long(void **state)
{
    (void)state;
    static char text[20000];
    for (size_t length = 1020; length <= 4100; length += length == 1028 ? 3060 : 1) {
        memset(text, ' ', length - 2);
        memcpy(text + length - 2, "a\n", 2);
        memcpy(text + length, "unit_one", 8);
        struct file f = {text, length + 8, "", ""};
        struct captured c = captured(apply_file, &f);
        bool fits = length <= 1025;
        assert_int_equal(c.status, 0);
        assert_memory_equal(c.out, fits ? "on unit_one a;" : "on unit_one;", fits ? 14 : 12);
        assert_string_equal(c.err,
                            fits ? "" : F "1: warning: the line is too long for an event's name\n");
    }
    memset(text, '*', sizeof(text));
    memcpy(text + sizeof(text) - 5, "\n*one", 5);
    struct file f = {text, sizeof(text), "", ""};
    struct captured c = captured(apply_file, &f);
    assert_memory_equal(c.out, "on unit_one other_one;", 22);
    assert_string_equal(c.err, F "1: warning: the line is too long for an event's name\n");
}

static void test_file_faults(void **state)
{
    (void)state;
    const char *missing[] = {"a,events=/nowhere/x", NULL};
    struct captured c = captured(apply, missing);
    assert_int_equal(c.status, EINVAL);
    assert_string_equal(c.err, W "a,events=/nowhere/x: /nowhere/x: no such file or folder\n");
    const char *folder[] = {"events=/", NULL};
    c = captured(apply, folder);
    assert_int_equal(c.status, EINVAL);
    assert_string_equal(c.err, W "events=/: /: is a folder\n");
}

/* ---- a command line ---- */

static int apply_options(const void *arg)
{
    char **a = (char **)(uintptr_t)arg;
    int n = 0;
    while (*a != NULL && (n = etch_option(a)) > 0) {
        printf("%d ", n);
        a += n;
    }
    if (n == 0 && *a != NULL)
        printf("stops at %s ", *a);
    print_state();
    return n < 0 ? -n : 0;
}

static void options(const char *const *argv, int error, const char *out, const char *err)
{
    struct captured c = captured(apply_options, argv);
    assert_memory_equal(c.out, out, strlen(out));
    assert_string_equal(c.err, err);
    assert_int_equal(c.status, error);
}

#define ARGV(...) ((const char *const[]){__VA_ARGS__, NULL})

static void test_options(void **state)
{
    (void)state;
    options(ARGV("--trace", "a"), 0, "2 on a;", "");
    options(ARGV("--trace=a"), 0, "1 on a;", "");
    options(ARGV("-trace", "a"), 0, "2 on a;", "");
    options(ARGV("-T", "a"), 0, "2 on a;", "");
    options(ARGV("--trace", "file=F", "--trace", "a"), 0, "2 2 on a; file=F ", "");
    options(ARGV("--trace", "*", "-T", "-*one"), 0, "2 2 on unit_two unit_three a;", "");
    options(ARGV("--trace", ""), 0, "2 on;", "");
    options(ARGV("--tracer", "a"), 0, "stops at --tracer on;", "");
    options(ARGV("-Ta"), 0, "stops at -Ta on;", "");
    options(ARGV("-T=a"), 0, "stops at -T=a on;", "");
    options(ARGV("a"), 0, "stops at a on;", "");
    options(ARGV(""), 0, "stops at  on;", "");
    options(ARGV("--trace"), EINVAL, "on;",
            "settings_test: --trace: an argument is missing: PATTERN, or help\n");
    options(ARGV("--trace", "help", "a"), ECANCELED, LIST, "");
}

/* ---- QEMU's functions ---- */

static int parse(const void *arg)
{
    trace_opt_parse(arg);
    print_state();
    return 42;
}

static int enable(const void *arg)
{
    trace_enable_events(arg);
    print_state();
    return 42;
}

static void test_qemu(void **state)
{
    (void)state;
    struct captured c = captured(parse, "a,file=F");
    assert_int_equal(c.status, 42);
    c = captured(parse, "colour=red");
    assert_int_equal(c.status, 1);
    assert_string_equal(c.err, W "colour=red: Invalid parameter 'colour'\n");
    c = captured(parse, "help");
    assert_int_equal(c.status, 0);
    assert_string_equal(c.out, LIST);
    c = captured(enable, "unit_t*");
    assert_int_equal(c.status, 42);
    assert_memory_equal(c.out, "on unit_two unit_three;", 23);
    c = captured(enable, "help");
    assert_int_equal(c.status, 0);
    assert_string_equal(c.out, LIST);
}

/* ---- ETCH_TRACE: read once, as a program starts ---- */

static int start(const void *arg)
{
    setenv("ETCH_TRACE", arg, 1);
    execl("/proc/self/exe", "settings_test", "state", (char *)NULL);
    return 99;
}

static void environment(const char *value, const char *state, const char *err)
{
    struct captured c = captured(start, value);
    assert_int_equal(c.status, 0);
    assert_memory_equal(c.out, state, strlen(state));
    assert_string_equal(c.err, err);
}

#define E "settings_test: ETCH_TRACE "

static void test_environment(void **state)
{
    (void)state;
    environment("", "on;", "");
    environment("a", "on a;", "");
    environment("unit_*\n-unit_one", "on unit_two unit_three;", "");
    environment("unit_*;-unit_one;file=F", "on unit_two unit_three; file=F ", "");
    environment(";;\n;a;;", "on a;", "");
    environment("file=F;a,policy=block", "on a; file=F policy=1", "");
    environment("=;colour=red;a", "on a;",
                E "=: Invalid parameter ''\n" E "colour=red: Invalid parameter 'colour'\n");
    environment("\1\377%s%n\x1b[31m;a", "on a;",
                E "\1\377%s%n\x1b[31m: warning: trace event "
                  "'\1\377%s%n\x1b[31m' does not exist\n");
    environment("help;a", "on a;",
                E "help: help is for --trace; `etch list PROGRAM` lists a program's events\n");
    /* All groups are known at the end only. */
    environment("other_*;nope;x*", "on other_one;",
                E "nope: warning: trace event 'nope' does not exist\n" E
                  "x*: warning: no trace event matches 'x*'\n");
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "state") == 0) {
        print_state();
        return 0;
    }
    unsetenv("ETCH_TRACE");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_switches),    cmocka_unit_test(test_keys),
        cmocka_unit_test(test_refusals),    cmocka_unit_test(test_long),
        cmocka_unit_test(test_help),        cmocka_unit_test(test_files),
        cmocka_unit_test(test_file_help),   cmocka_unit_test(test_file_long),
        cmocka_unit_test(test_file_faults), cmocka_unit_test(test_options),
        cmocka_unit_test(test_qemu),        cmocka_unit_test(test_environment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
