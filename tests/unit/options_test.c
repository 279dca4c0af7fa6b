/* SPDX-License-Identifier: MIT
 *
 * options_test.c: the option parser: what it takes, in which order it leaves
 * argv, and how it refuses.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "cli/cli.h"
#include "cli/suggest.h"

static const struct cli_option options[] = {
    {'e', "enable", "PATTERN", "switch on", CLI_EVENT, NULL},
    {0, "events", "FILE", "events file", CLI_FILE, NULL},
    {'v', "verbose", NULL, "say more", CLI_NONE, NULL},
    {'q', "quiet", NULL, "say less", CLI_NONE, NULL},
    {0, "colour", "WHEN", "colour", CLI_WORDS, "auto always never"},
    {0},
};
static const struct cli_command command = {.name = "test", .summary = "Test", .options = options};
static const struct cli_command strict = {
    .name = "test", .summary = "Test", .options = options, .stop_at_operand = true};

/* help.c names the table of the program. */
const struct cli_command *const cli_commands[] = {&command, NULL};

#define WORDS_MAX 16

/* Parses the words of a line and writes what came of it: "e=x v | op op". */
static const char *parse(const struct cli_command *self, const char *line)
{
    static char text[256], result[256];
    char *argv[WORDS_MAX + 1] = {0};
    int argc = 0, at = 0;
    const char *value;
    const struct cli_option *o;

    strcpy(text, line);
    for (char *w = strtok(text, " "); w && argc < WORDS_MAX; w = strtok(NULL, " "))
        argv[argc++] = w;
    result[0] = '\0';
    while ((o = cli_next_option(self, argc, argv, &at, &value))) {
        size_t n = strlen(result);
        snprintf(result + n, sizeof(result) - n, "%s%s%s ", o->name, value ? "=" : "",
                 value ? value : "");
    }
    strcat(result, "|");
    for (; at < argc; at++) {
        strcat(result, " ");
        strcat(result, argv[at]);
    }
    return result;
}

static void test_forms(void **state)
{
    (void)state;
    assert_string_equal(parse(&command, "test"), "|");
    assert_string_equal(parse(&command, "test -e a -eb --enable=c --enable d"),
                        "enable=a enable=b enable=c enable=d |");
    assert_string_equal(parse(&command, "test -vqe x -vqex"),
                        "verbose quiet enable=x verbose quiet enable=x |");
    assert_string_equal(parse(&command, "test --verb --en=x --ev f --enable="),
                        "verbose enable=x events=f enable= |");
    assert_string_equal(parse(&command, "test --col never --colour=auto"),
                        "colour=never colour=auto |");
    /* A value may look like an option. */
    assert_string_equal(parse(&command, "test -e -x --enable --quiet"),
                        "enable=-x enable=--quiet |");
}

static void test_operands(void **state)
{
    (void)state;
    assert_string_equal(parse(&command, "test a -v b -e x c"), "verbose enable=x | a b c");
    assert_string_equal(parse(&command, "test a b -vqe x c -"), "verbose quiet enable=x | a b c -");
    assert_string_equal(parse(&command, "test a -v -- -q b"), "verbose | a -q b");
    assert_string_equal(parse(&command, "test a --events f b"), "events=f | a b");
}

static void test_stop_at_operand(void **state)
{
    (void)state;
    assert_string_equal(parse(&strict, "test -v prog -q"), "verbose | prog -q");
    assert_string_equal(parse(&strict, "test -v -- -q"), "verbose | -q");
    assert_string_equal(parse(&strict, "test -ve x prog -vq"), "verbose enable=x | prog -vq");
}

/* The status with which parsing the line exits, or -1. */
static int exit_status(const char *line, char *said, size_t size)
{
    int fds[2], status;

    assert_int_equal(pipe(fds), 0);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(fds[1], STDERR_FILENO);
        dup2(fds[1], STDOUT_FILENO);
        parse(&command, line);
        _exit(99);
    }
    close(fds[1]);
    size_t n = 0;
    ssize_t got;
    while (n < size - 1 && (got = read(fds[0], said + n, size - 1 - n)) > 0)
        n += (size_t)got;
    said[n] = '\0';
    close(fds[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void test_refusals(void **state)
{
    static const struct {
        const char *line, *said;
        int status;
    } cases[] = {
        {"test --unknown", "unknown option '--unknown'", CLI_USAGE},
        {"test --enabel=x", "did you mean '--enable'?", CLI_USAGE},
        {"test -vx", "unknown option '-x'", CLI_USAGE},
        {"test --e=x", "'--e' can be '--enable' or '--events'", CLI_USAGE},
        {"test -e", "option '-e' needs a value: PATTERN", CLI_USAGE},
        {"test --events", "option '--events' needs a value: FILE", CLI_USAGE},
        {"test --quiet=yes", "option '--quiet' takes no value", CLI_USAGE},
        {"test --colour=alway", "--colour=alway: not one of: auto always never", CLI_USAGE},
        {"test --colour=", "--colour=: not one of", CLI_USAGE},
        {"test --help", "Usage: etch test", CLI_OK},
        {"test a -vh", "Usage: etch test", CLI_OK},
        {"test --he", "Usage: etch test", CLI_OK},
    };
    char said[4096];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        assert_int_equal(exit_status(cases[i].line, said, sizeof(said)), cases[i].status);
        assert_non_null(strstr(said, cases[i].said));
    }
}

static void test_nearest(void **state)
{
    static const char *const names[] = {"record", "trace", "print", "simpletrace"};

    (void)state;
    assert_string_equal(cli_nearest("recrod", names, 4), "record");
    assert_string_equal(cli_nearest("prnt", names, 4), "print");
    assert_string_equal(cli_nearest("simple", names, 4), "simpletrace");
    assert_null(cli_nearest("xyzzy", names, 4));
    assert_null(cli_nearest("", names, 4));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),           cmocka_unit_test(test_operands),
        cmocka_unit_test(test_stop_at_operand), cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_nearest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
