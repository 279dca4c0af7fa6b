/* SPDX-License-Identifier: MIT
 *
 * cmd_guest.c: `etch guest`: runs a RISC-V program, traced.
 *
 * Reads:  nothing: etch-guest (guest/main.c) takes the command line as it is.
 */
#include "cli/cli.h"
#include "cli/tool.h"

static const struct cli_option options[] = {
    {'L', "sysroot", "DIR", "where its dynamic loader and libraries are", CLI_DIR, NULL},
    {'o', "output", "DIR", "folder of the trace (default trace-PID.ctf)", CLI_DIR, NULL},
    {0, "trace", "STRING", "events to switch on, and more, as in ETCH_TRACE", CLI_NONE, NULL},
    {0, "trace-insn", "LEVEL",
     "trace instructions: blocks (which ran), replay (and what they loaded), or full (and all "
     "registers they read and wrote)",
     CLI_WORDS, "blocks replay full"},
    {0, "trace-method", "NAME",
     "inline (default): translated code stores it; helper: a function called for each instruction",
     CLI_WORDS, "inline helper"},
    {'d', "log", "ITEMS", "a log as QEMU's: in_asm, exec, cpu, fpu, nochain", CLI_NONE, NULL},
    {'D', "logfile", "FILE", "where it goes, instead of stderr", CLI_FILE, NULL},
    {0, "singlestep", NULL, "in it each instruction is a block", CLI_NONE, NULL},
    {0, "flight", "SIZE", "keep the last SIZE bytes in memory, and write them at the end", CLI_NONE,
     NULL},
    {0, "engine", "NAME", "what runs instructions: translator (x86-64) or interpreter", CLI_WORDS,
     "translator interpreter"},
    {0, "argv0", "NAME", "what the program sees as its own name", CLI_NONE, NULL},
    {'V', "version", NULL, "show the version", CLI_NONE, NULL},
    {0},
};

static int run(const struct cli_command *self, int argc, char **argv)
{
    return cli_tool_or_help(self, "guest", argc, argv, "a guest (-Dguest=enabled)");
}

const struct cli_command cli_guest = {
    .name = "guest",
    .summary = "Run a RISC-V program, and trace its instructions",
    .operands = "PROGRAM [ARG]...",
    .about =
        "Runs a Linux program for RV64GC, static or dynamic, on x86-64: its code is translated "
        "block by block, and what is translated stores the trace itself. The status is the "
        "program's; 126 where it cannot be run, 127 where there is none.\n"
        "\n"
        "Its events (`etch list etch-guest`) are switched as those of any program: by --trace, "
        "ETCH_TRACE, `etch ctl` and `etch record`. A thread of the guest is a CPU: "
        "guest_cpu_enter, "
        "guest_cpu_exit, guest_user_syscall and guest_user_syscall_ret can be switched for one "
        "alone. guest_mem_before_exec tells of each load and store; where it is switched while the "
        "guest runs, translated code is made anew behind the next system call. tcg_gen_code tells "
        "of "
        "translation itself.\n"
        "\n"
        "With --trace-insn each instruction is in the trace: `etch insn` reads it. -d ITEMS "
        "(in_asm, "
        "exec, cpu, fpu, nochain), -D FILE and --singlestep write the log that QEMU's options of "
        "these names write.",
    .examples = "etch guest -L /usr/riscv64-linux-gnu ./prog\trun it\n"
                "etch guest --trace='guest_user_*' ./prog\tits system calls\n"
                "etch guest --trace-insn=replay -o t.ctf ./prog; etch insn t.ctf\tall it did",
    .options = options,
    .complete = CLI_PROGRAM,
    .stop_at_operand = true,
    .run = run,
};
