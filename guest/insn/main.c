/* SPDX-License-Identifier: MIT
 *
 * main.c: etch-insn: prints and searches a trace of guest instructions.
 *
 * Reads:  traces, the guest's files for their symbols.
 * Writes: text or JSON on stdout.
 * Never:  changes a trace.
 */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "flow.h"
#include "format/version.h"

enum { EXECLOG = 256, JSON, REG, MEM, FROM, TO, WHO, AT, FLOW, DEPTH, HOT, TOP, EXE, COUNT };

static const struct option options[] = {
    {"help", no_argument, NULL, 'h'},          {"version", no_argument, NULL, 'V'},
    {"numbers", no_argument, NULL, 'n'},       {"execlog", no_argument, NULL, EXECLOG},
    {"json", no_argument, NULL, JSON},         {"reg", required_argument, NULL, REG},
    {"mem", required_argument, NULL, MEM},     {"from", required_argument, NULL, FROM},
    {"to", required_argument, NULL, TO},       {"who", required_argument, NULL, WHO},
    {"at", required_argument, NULL, AT},       {"flow", no_argument, NULL, FLOW},
    {"depth", required_argument, NULL, DEPTH}, {"hot", no_argument, NULL, HOT},
    {"top", required_argument, NULL, TOP},     {"exe", required_argument, NULL, EXE},
    {"count", no_argument, NULL, COUNT},       {NULL, 0, NULL, 0},
};

static const char help[] =
    "usage: etch insn [OPTIONS] TRACE...\n"
    "\n"
    "Prints the guest instructions that `etch guest --trace-insn` traced, one a line: pc and\n"
    "symbol, disassembly, registers read -> written, [address]=loaded or [address]<-stored.\n"
    "\n"
    "      --reg NAME      only those that read or write this register\n"
    "      --mem ADDR[+N]  only those that access the N bytes at ADDR (1)\n"
    "      --from WHERE    from there on: a pc (0x...), a symbol, or an instruction's number\n"
    "      --to WHERE      up to there\n"
    "      --who ADDR      the last one that wrote the byte at ADDR, up to --to\n"
    "      --at N          all registers before instruction N\n"
    "      --flow          the tree of calls, with instructions and counts\n"
    "      --depth N       of --flow: so deep\n"
    "      --hot           the paths that took most instructions\n"
    "      --top N         of --hot: so many (20)\n"
    "      --count         how many instructions, frames and bytes there are\n"
    "  -n, --numbers       the number of each instruction in front\n"
    "      --execlog       lines as QEMU's plugin libexeclog writes them\n"
    "      --json          an object a line\n"
    "      --exe FILE[@BASE]\n"
    "                      takes symbols from it, too; BASE: where it is loaded\n"
    "  -h, --help          this text\n"
    "  -V, --version       the version\n"
    "\n"
    "The status is 1 where the trace is damaged, 2 where it cannot be read.\n";

/* --from and --to. */
struct where {
    bool given, is_pc;
    uint64_t v;
};

enum mode { PRINT, MODE_WHO, MODE_AT, MODE_FLOW, MODE_HOT, MODE_COUNT };

typedef char *put_fn(char *p, struct symbols *symbols, const struct run *run, unsigned i);

static struct {
    struct walk walk;
    struct symbols symbols;
    struct out out;
    struct flow flow;
    enum mode mode;
    put_fn *put;
    bool numbers;
    int reg; /* -1: all */
    uint64_t memory, memory_size, at;
    const char *from_text, *to_text;
    struct where from, to;
    bool started, resolved, found;
    unsigned depth, top;
    char who[2 * OUT_LINE];
} g = {.put = put_line, .reg = -1, .depth = 100000, .top = 20};

static _Noreturn void refuse(const char *what, const char *value)
{
    fprintf(stderr, "etch-insn: %s%s\n", what, value);
    exit(2);
}

/* ---- which instructions ---- */

static void resolve(struct where *w, const char *text, const char *option)
{
    char *end;
    if (text == NULL)
        return;
    w->given = true;
    w->v = strtoull(text, &end, 0);
    w->is_pc = strncmp(text, "0x", 2) == 0;
    if (*end == '\0' && *text != '\0')
        return;
    w->is_pc = true;
    if (!symbols_find(&g.symbols, text, &w->v)) {
        fprintf(stderr, "etch-insn: %s: no symbol, pc (0x...) or number: %s\n", option, text);
        exit(2);
    }
}

static bool is_there(const struct where *w, const struct run *run, unsigned i)
{
    return w->is_pc ? run->path->insn[i].pc == w->v : run->first + i >= w->v;
}

static bool has_register(const struct frame_insn *fi)
{
    const struct frame_value *values[] = {&fi->in[0], &fi->in[1], &fi->in[2], &fi->out};
    for (unsigned k = 0; k < 4; k++)
        if (values[k]->source != VALUE_NONE && values[k]->reg == g.reg)
            return true;
    return false;
}

static bool touches_memory(const struct run *run, unsigned i, bool writes)
{
    struct access a;
    return run->frame != NULL && run_access(run, i, &a) && (a.store || !writes) &&
           a.address < g.memory + g.memory_size && g.memory < a.address + a.size;
}

static bool is_wanted(const struct run *run, unsigned i)
{
    return (g.reg < 0 || has_register(&run->path->insn[i])) &&
           (g.memory_size == 0 || touches_memory(run, i, false));
}

/* ---- printing ---- */

static char *put_numbered(char *p, const struct run *run, unsigned i)
{
    if (g.numbers) {
        p = put_number(p, run->first + i);
        *p++ = ' ';
    }
    return g.put(p, &g.symbols, run, i);
}

static void find_writer(const struct run *run, unsigned i)
{
    if (!touches_memory(run, i, true))
        return;
    char *end = put_number(g.who, run->first + i);
    *end++ = ' ';
    end = g.put(end, &g.symbols, run, i);
    *end = '\0';
    g.found = true;
}

/* One that is within --from and --to. */
static void take(const struct run *run, unsigned i)
{
    if (g.mode == MODE_WHO)
        find_writer(run, i);
    else if (is_wanted(run, i))
        out_done(&g.out, put_numbered(out_room(&g.out), run, i));
}

static bool print_run(void *self, const struct run *run)
{
    (void)self;
    if (!g.resolved) {
        resolve(&g.from, g.from_text, "--from");
        resolve(&g.to, g.to_text, "--to");
        g.resolved = true;
    }
    for (unsigned i = 0; i < run->count; i++) {
        g.started = g.started || !g.from.given || is_there(&g.from, run, i);
        if (!g.started)
            continue;
        take(run, i);
        if (g.to.given && is_there(&g.to, run, i))
            return false;
    }
    return !g.out.failed;
}

static bool print_call(void *self, const struct thread *t, uint64_t number, bool came_back,
                       uint64_t result)
{
    (void)self;
    bool plain = g.mode == PRINT && g.put == put_line && g.reg < 0 && g.memory_size == 0;
    if (!plain || (!g.started && g.from_text != NULL))
        return true;
    char *p = out_room(&g.out), *begin;
    if (g.numbers) {
        p = put_number(p, number);
        *p++ = ' ';
    }
    begin = p;
    p = put_place(p, &g.symbols, t->call[0]);
    do
        *p++ = ' ';
    while (p - begin < 28);
    p += sprintf(p, "%-35s a7=%lx", "ecall", t->call[1]);
    for (unsigned i = 0; i < 6; i++)
        p += sprintf(p, " a%u=%lx", i, t->call[2 + i]);
    if (came_back)
        p += sprintf(p, " -> a0=%lx", result);
    *p++ = '\n';
    out_done(&g.out, p);
    return true;
}

static bool print_signal(void *self, const struct thread *t, uint64_t pc, uint32_t signal)
{
    (void)self, (void)t;
    if (g.mode == PRINT && g.put == put_line && (g.started || g.from_text == NULL))
        out_done(&g.out,
                 out_room(&g.out) + sprintf(out_room(&g.out), "%lx: signal %u\n", pc, signal));
    return true;
}

static bool print_lost(void *self, const struct etch_record *r)
{
    (void)self;
    if (g.mode != PRINT || g.put != put_line)
        return true;
    out_flush(&g.out);
    fprintf(stderr, "etch-insn: thread %u: frames are missing: %lu discarded, %lu packets\n",
            r->tid, r->lost, r->why.packets);
    return true;
}

/* ---- --at ---- */

static void print_registers(const struct registers *r)
{
    char *p = out_room(&g.out);
    p = put_text(p, "pc   ");
    p = put_place(p, &g.symbols, r->pc);
    *p++ = '\n';
    for (unsigned i = 1; i < FRAME_REGISTERS; i++)
        p += r->known >> i & 1 ? sprintf(p, "%-4s %lx\n", frame_register_name((uint8_t)i), r->v[i])
                               : sprintf(p, "%-4s ?\n", frame_register_name((uint8_t)i));
    out_done(&g.out, p);
    g.found = true;
}

static bool at_run(void *self, const struct run *run)
{
    (void)self;
    struct registers r = *run->before;
    if (g.at >= run->first + run->count)
        return true;
    for (unsigned i = 0; run->first + i < g.at; i++)
        run_apply(run, i, &r);
    r.pc = run->path->insn[g.at - run->first].pc;
    print_registers(&r);
    return false;
}

static bool at_call(void *self, const struct thread *t, uint64_t number, bool came_back,
                    uint64_t result)
{
    (void)self, (void)came_back, (void)result;
    if (number != g.at)
        return true;
    struct registers r = t->now;
    r.pc = t->call[0];
    memcpy(&r.v[10], &t->call[2], 6 * sizeof(r.v[0])); /* as they were before it */
    r.v[17] = t->call[1];
    print_registers(&r);
    return false;
}

/* ---- sums ---- */

static bool flow_take(void *self, const struct run *run)
{
    (void)self;
    return flow_run(&g.flow, run);
}

static bool hot_run(void *self, const struct run *run)
{
    (void)self;
    run->entry->runs++;
    run->entry->insns += run->count;
    return true;
}

static void print_sums(void)
{
    if (g.mode == MODE_FLOW)
        flow_print(&g.flow, &g.symbols, &g.out, g.depth);
    else if (g.mode == MODE_HOT)
        hot_print(&g.walk, &g.out, g.top);
    else if (g.mode == MODE_COUNT)
        out_done(&g.out, out_room(&g.out) + sprintf(out_room(&g.out),
                                                    "instructions %lu\nframes %lu\nbytes %lu\n",
                                                    g.walk.number, g.walk.frames, g.walk.bytes));
    else if (g.mode == MODE_WHO && g.found)
        out_done(&g.out, put_text(out_room(&g.out), g.who));
}

/* ---- the command line ---- */

static uint64_t number(const char *text, const char *option)
{
    char *end;
    uint64_t v = strtoull(text, &end, 0);
    if (*text == '\0' || *end != '\0')
        refuse(option, text);
    return v;
}

static void parse_memory(const char *text)
{
    char *end;
    g.memory = strtoull(text, &end, 0);
    g.memory_size = *end == '+' ? strtoull(end + 1, &end, 0) : 1;
    if (*text == '\0' || *end != '\0' || g.memory_size == 0)
        refuse("--mem: no ADDR or ADDR+N: ", text);
}

static void parse_register(const char *text)
{
    for (g.reg = 1; g.reg < FRAME_REGISTERS; g.reg++)
        if (strcmp(frame_register_name((uint8_t)g.reg), text) == 0)
            return;
    refuse("--reg: no register (ra, a0, fa0...): ", text);
}

static void add_exe(char *text)
{
    char *at = strrchr(text, '@');
    uint64_t base = at != NULL ? number(at + 1, "--exe: no address: ") : 0;
    if (at != NULL)
        *at = '\0';
    int error = symbols_add(&g.symbols, text, base);
    if (error < 0)
        refuse("--exe: no symbols can be read from it: ", text);
}

static void set_mode(enum mode mode)
{
    if (g.mode != PRINT)
        refuse("one of --who, --at, --flow, --hot and --count at a time", "");
    g.mode = mode;
}

static void parse_value(int option, char *value)
{
    switch (option) {
    case REG:
        parse_register(value);
        break;
    case MEM:
        parse_memory(value);
        break;
    case FROM:
        g.from_text = value;
        break;
    case TO:
        g.to_text = value;
        break;
    case WHO:
        set_mode(MODE_WHO);
        g.memory = number(value, "--who: no address: ");
        g.memory_size = 1;
        break;
    case AT:
        set_mode(MODE_AT);
        g.at = number(value, "--at: no number: ");
        break;
    case DEPTH:
        g.depth = (unsigned)number(value, "--depth: no number: ");
        break;
    case TOP:
        g.top = (unsigned)number(value, "--top: no number: ");
        break;
    case EXE:
        add_exe(value);
        break;
    default:
        fputs("usage: etch insn [OPTIONS] TRACE...; etch insn --help says more\n", stderr);
        exit(2);
    }
}

static void parse(int argc, char **argv)
{
    int option;
    while ((option = getopt_long(argc, argv, "hVn", options, NULL)) != -1) {
        if (option == 'h' || option == 'V') {
            fputs(option == 'h' ? help : "etch-insn " ETCH_VERSION "\n", stdout);
            exit(fflush(stdout) == 0 ? 0 : 1);
        }
        if (option == 'n')
            g.numbers = true;
        else if (option == EXECLOG || option == JSON)
            g.put = option == JSON ? put_json : put_execlog;
        else if (option == FLOW || option == HOT || option == COUNT)
            set_mode(option == FLOW ? MODE_FLOW : option == HOT ? MODE_HOT : MODE_COUNT);
        else
            parse_value(option, optarg);
    }
    if (optind == argc)
        refuse("which trace? etch insn --help says more", "");
}

int main(int argc, char **argv)
{
    parse(argc, argv);
    static const struct insn_sink sinks[] = {
        [PRINT] = {NULL, print_run, print_call, print_signal, print_lost},
        [MODE_WHO] = {NULL, print_run, NULL, NULL, NULL},
        [MODE_AT] = {NULL, at_run, at_call, NULL, NULL},
        [MODE_FLOW] = {NULL, flow_take, NULL, NULL, NULL},
        [MODE_HOT] = {NULL, hot_run, NULL, NULL, NULL},
        [MODE_COUNT] = {0},
    };
    g.out = (struct out){malloc(1u << 16), 0, 1u << 16, false};
    if (g.out.data == NULL)
        refuse("no memory", "");
    g.walk.symbols = &g.symbols;
    g.walk.track = g.mode == MODE_AT;
    int status = walk_trace(&g.walk, (const char *const *)argv + optind, (size_t)(argc - optind),
                            &sinks[g.mode]);
    print_sums();
    out_flush(&g.out);
    if (status < 0)
        fprintf(stderr, "etch-insn: %s\n", g.walk.error != NULL ? g.walk.error : strerror(-status));
    if (status >= 0 && (g.mode == MODE_AT || g.mode == MODE_WHO) && !g.found) {
        fprintf(stderr, "etch-insn: there is none\n");
        status = 1;
    }
    if (status == 0 && g.walk.frames == 0) {
        fprintf(stderr, "etch-insn: no instructions are in it; etch guest --trace-insn and "
                        "etch's plugin for QEMU trace them\n");
        status = 1;
    }
    flow_free(&g.flow, &g.walk);
    walk_free(&g.walk);
    symbols_free(&g.symbols);
    free(g.out.data);
    return status < 0 ? 2 : g.out.failed ? 2 : status;
}
