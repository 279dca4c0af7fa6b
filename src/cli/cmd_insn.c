/* SPDX-License-Identifier: MIT
 *
 * cmd_insn.c: `etch insn`: the instructions that `etch guest` traced.
 *
 * Reads:  nothing: etch-insn (guest/insn) takes the command line as it is.
 */
#include "cli/cli.h"
#include "cli/tool.h"

static const struct cli_option options[] = {
    {0, "reg", "NAME", "only those that read or write this register", CLI_NONE, NULL},
    {0, "mem", "ADDR[+N]", "only those that access the N bytes at ADDR (1)", CLI_NONE, NULL},
    {0, "from", "WHERE", "from there on: a pc (0x...), a symbol, or an instruction's number",
     CLI_NONE, NULL},
    {0, "to", "WHERE", "up to there", CLI_NONE, NULL},
    {0, "who", "ADDR", "the last one that wrote the byte at ADDR, up to --to", CLI_NONE, NULL},
    {0, "at", "N", "all registers before instruction N", CLI_NONE, NULL},
    {0, "flow", NULL, "the tree of calls, with instructions and counts", CLI_NONE, NULL},
    {0, "depth", "N", "of --flow: so deep", CLI_NONE, NULL},
    {0, "hot", NULL, "the paths that took most instructions", CLI_NONE, NULL},
    {0, "top", "N", "of --hot: so many (20)", CLI_NONE, NULL},
    {0, "count", NULL, "how many instructions, frames and bytes there are", CLI_NONE, NULL},
    {'n', "numbers", NULL, "the number of each instruction in front", CLI_NONE, NULL},
    {0, "execlog", NULL, "lines as QEMU's plugin libexeclog writes them", CLI_NONE, NULL},
    {0, "json", NULL, "an object a line", CLI_NONE, NULL},
    {0, "exe", "FILE[@BASE]", "take symbols from it, too; BASE: where it is loaded", CLI_FILE,
     NULL},
    {'V', "version", NULL, "show the version", CLI_NONE, NULL},
    {0},
};

static int run(const struct cli_command *self, int argc, char **argv)
{
    return cli_tool_or_help(self, "insn", argc, argv, "a guest (-Dguest=enabled) or capstone");
}

const struct cli_command cli_insn = {
    .name = "insn",
    .summary = "Show the instructions that a guest ran",
    .operands = "TRACE...",
    .about =
        "Prints the instructions that `etch guest --trace-insn` traced, or libetch-qemu.so in a "
        "stock qemu-riscv64 (`-plugin libetch-qemu.so,level=full`; before QEMU 9.0 blocks or "
        "memory, since it shows no registers), one a line: pc and "
        "symbol, disassembly, registers read -> written, [address]=loaded or [address]<-stored. A "
        "trace of level replay is expanded as it is read; one of level blocks has pc and "
        "disassembly alone. The status is 1 where the trace is damaged, 2 where it cannot be read.",
    .examples = "etch insn --numbers t.ctf\tall of it\n"
                "etch insn --who 0x3fffffe6c0 t.ctf\twho wrote this byte?\n"
                "etch insn --flow --depth 3 t.ctf\tthe calls",
    .options = options,
    .complete = CLI_FILE,
    .run = run,
};
