/* SPDX-License-Identifier: MIT
 *
 * main.c: etch-guest: runs a RISC-V Linux program.
 *
 * Reads its command line. Everything that follows the program's name is the
 * program's.
 */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <etch/etch.h>

#include "format/version.h"
#include "events.h"
#include "log.h"
#include "memory.h"
#include "program.h"
#include "syscall.h"
#include "thread.h"
#include "trace.h"

extern char **environ;

enum {
    OPTION_ARGV0 = 256,
    OPTION_ENGINE,
    OPTION_TRACE,
    OPTION_TRACE_INSN,
    OPTION_TRACE_METHOD,
    OPTION_FLIGHT,
    OPTION_SINGLESTEP,
};

static const struct option options[] = {
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    {"sysroot", required_argument, NULL, 'L'},
    {"argv0", required_argument, NULL, OPTION_ARGV0},
    {"engine", required_argument, NULL, OPTION_ENGINE},
    {"output", required_argument, NULL, 'o'},
    {"trace", required_argument, NULL, OPTION_TRACE},
    {"flight", required_argument, NULL, OPTION_FLIGHT},
    {"log", required_argument, NULL, 'd'},
    {"logfile", required_argument, NULL, 'D'},
    {"singlestep", no_argument, NULL, OPTION_SINGLESTEP},
    {"trace-insn", required_argument, NULL, OPTION_TRACE_INSN},
    {"trace-method", required_argument, NULL, OPTION_TRACE_METHOD},
    {NULL, 0, NULL, 0},
};

static const char help[] =
    "usage: etch-guest [OPTIONS] PROGRAM [ARGUMENTS]\n"
    "\n"
    "Runs a RISC-V Linux program (RV64GC), static or dynamic.\n"
    "\n"
    "  -L, --sysroot DIR   where its dynamic loader and libraries are, for instance\n"
    "                      /usr/riscv64-linux-gnu; files there come before those of /\n"
    "      --argv0 NAME    what the program sees as its own name\n"
    "      --engine NAME   what runs instructions: translator (x86-64) or interpreter\n"
    "  -o, --output DIR    folder of the trace; else trace-PID.ctf is made where it runs\n"
    "      --trace STRING  events to switch on, and more, as in ETCH_TRACE\n"
    "      --flight SIZE   keeps the last SIZE bytes in memory and writes them at the end\n"
    "      --trace-insn LEVEL\n"
    "                      traces instructions; LEVEL: blocks (which ran), replay (and\n"
    "                      what they loaded), full (and all registers they read and wrote)\n"
    "      --trace-method NAME\n"
    "                      inline: by the translated code itself (the default); helper: by a\n"
    "                      function that is called for each instruction\n"
    "  -d, --log ITEMS     a log as QEMU's: in_asm, exec, cpu, fpu, nochain\n"
    "  -D, --logfile FILE  where it goes, instead of stderr\n"
    "      --singlestep    in it each instruction is a block\n"
    "  -h, --help          this text\n"
    "  -V, --version       the version\n"
    "\n"
    "The status is the program's; 126 where it cannot be run, 127 where there is none.\n";

static _Noreturn void usage(const char *what, const char *value)
{
    if (what != NULL)
        fprintf(stderr, "etch-guest: %s%s\n", what, value);
    fputs("usage: etch-guest [OPTIONS] PROGRAM [ARGUMENTS]; etch-guest --help says more\n", stderr);
    exit(2);
}

static _Noreturn void print(const char *text)
{
    fputs(text, stdout);
    exit(fflush(stdout) == 0 ? 0 : 1);
}

static void choose_engine(const char *name)
{
    if (strcmp(name, "interpreter") == 0)
        guest_engine = &guest_interpreter;
#ifdef __x86_64__
    else if (strcmp(name, "translator") == 0)
        guest_engine = &guest_translator;
#endif
    else
        usage("no such engine: ", name);
}

/* A string of libetch's options, which says what is wrong with it. */
static void trace_setting(const char *key, const char *value)
{
    char string[PATH_MAX * 2 + 64];
    int n = snprintf(string, sizeof(string), "%s%s", key, value);
    if (n < 0 || (size_t)n >= sizeof(string))
        usage("too long: ", value);
    int code = etch_trace(string);
    if (code < 0)
        exit(code == -ECANCELED ? 0 : 2);
}

static void log_option(int option)
{
    if (option == OPTION_SINGLESTEP)
        log_single();
    else if (option == 'd' && !log_parse(optarg))
        usage("no such item of -d (in_asm, exec, cpu, fpu, nochain): ", optarg);
    else if (option == 'D' && log_open(optarg) < 0)
        usage("cannot write the log: ", optarg);
}

/* As it is now, wherever the guest goes. */
static char *absolute(char *path)
{
    char folder[PATH_MAX], *whole;
    if (path[0] == '/' || getcwd(folder, sizeof(folder)) == NULL ||
        asprintf(&whole, "%s/%s", folder, path) < 0)
        return path;
    return whole;
}

/* The options as execve gives them on, without the program's name. */
static char **kept;
static int kept_count;

static void keep(int option, char **argv, int from)
{
    static char sysroot[] = "-L", output[] = "-o", log[] = "-D";
    if (option == 'L' || option == 'o' || option == 'D') {
        kept[kept_count++] = option == 'L' ? sysroot : option == 'o' ? output : log;
        kept[kept_count++] = optarg = absolute(optarg);
    } else if (option != OPTION_ARGV0) {
        for (int i = from; i < optind; i++)
            kept[kept_count++] = argv[i];
    }
}

static void apply(int option, struct program *program)
{
    switch (option) {
    case 'h':
        print(help);
    case 'V':
        print("etch-guest " ETCH_VERSION "\n");
    case 'L':
        guest_sysroot = optarg;
        break;
    case 'o':
        if (events_output(optarg) < 0)
            exit(126);
        break;
    case 'd':
    case 'D':
    case OPTION_SINGLESTEP:
        log_option(option);
        break;
    case OPTION_TRACE:
        trace_setting("", optarg);
        break;
    case OPTION_FLIGHT:
        trace_setting("policy=overwrite,buffer=", optarg);
        break;
    case OPTION_ARGV0:
        program->argv0 = optarg;
        break;
    case OPTION_ENGINE:
        choose_engine(optarg);
        break;
    case OPTION_TRACE_INSN:
        if (!trace_parse_level(optarg))
            usage("no such level (blocks, replay, full): ", optarg);
        /* Packets are turned by code that is cold by then: the seldomer the better. */
        trace_setting("packet=", "64K");
        break;
    case OPTION_TRACE_METHOD:
        trace_wish.helper = strcmp(optarg, "helper") == 0;
        if (!trace_wish.helper && strcmp(optarg, "inline") != 0)
            usage("no such method (inline, helper): ", optarg);
        break;
    default:
        usage(NULL, NULL);
    }
}

static void parse(int argc, char **argv, struct program *program)
{
    int option;
    kept = calloc(2 * argc + 1, sizeof(*kept));
    if (kept == NULL)
        usage("no memory", "");
    kept[kept_count++] = argv[0];
    for (int from = 1; (option = getopt_long(argc, argv, "+hVL:o:d:D:", options, NULL)) != -1;
         from = optind) {
        keep(option, argv, from);
        apply(option, program);
    }
    if (optind == argc)
        usage("which program?", "");
    guest_restart = kept;
    if (trace_wish.on && log_is_on())
        usage("one of -d and --trace-insn at a time", "");
    if (log_is_on())
        guest_engine = &guest_logger;
    /* an interpreter has no code to store from */
    if (trace_wish.on && (trace_wish.helper || guest_engine == &guest_interpreter))
        guest_engine = &guest_trace_helper;
}

int main(int argc, char **argv)
{
    struct program program = {.environment = environ};
    const char *error = "", *where = "";
    char executable[PATH_MAX];
    parse(argc, argv, &program);
    program.path = argv[optind];
    program.arguments = argv + optind + 1;
    if (program.argv0 == NULL)
        program.argv0 = program.path;
    guest_executable = realpath(program.path, executable) != NULL ? executable : program.path;

    struct guest_cpu *cpu = guest_first_thread();
    int code = cpu == NULL ? -ENOMEM : guest_memory_start();
    if (code == 0)
        code = guest_signals_start();
    if (code < 0) {
        fprintf(stderr, "etch-guest: no address space for a guest: %s\n", strerror(-code));
        return 126;
    }
    code = program_load(cpu, &program, &error, &where);
    if (code < 0) {
        fprintf(stderr, "etch-guest: %s: %s\n", where, error);
        return code == -ENOENT ? 127 : 126;
    }
    guest_main_loop(cpu);
}
