/* SPDX-License-Identifier: MIT
 *
 * program.c: what the kernel does in execve: a program's segments, those of its
 * dynamic loader, and a stack with arguments, environment and auxiliary vector.
 *
 * Reads ELF files by elf.h. Writes the guest's memory and registers.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

#include "access.h"
#include "elf.h"
#include "memory.h"
#include "program.h"
#include "syscall.h"
#include "trace.h"

/* I, M, A, F, D, C: a bit a letter. */
#define HWCAP                                                                                      \
    (1u << ('I' - 'A') | 1u << ('M' - 'A') | 1u << ('A' - 'A') | 1u << ('F' - 'A') |               \
     1u << ('D' - 'A') | 1u << ('C' - 'A'))

#define PLACE (GUEST_TOP / 2) /* of a program that may lie anywhere */

static int load_file(struct elf_file *file, const char *path, uint64_t wish, const char **error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        *error = strerror(errno);
        return -errno;
    }
    int code = elf_read(file, fd, error);
    if (code == 0)
        code = elf_map(file, wish, error);
    close(fd);
    return code;
}

/* The stack's upper end, or -errno. Below it lies a page that nobody gets. */
static int64_t stack_make(uint64_t *room)
{
    struct rlimit limit;
    uint64_t size = 8 << 20;
    if (getrlimit(RLIMIT_STACK, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
        size = limit.rlim_cur;
    if (size < 256 << 10)
        size = 256 << 10;
    if (size > 1 << 30)
        size = 1 << 30;
    *room = size = (size + GUEST_PAGE - 1) & ~(GUEST_PAGE - 1);
    int64_t at = guest_mmap(0, size + GUEST_PAGE, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (at < 0)
        return at;
    int64_t code = guest_mprotect(at, GUEST_PAGE, PROT_NONE);
    return code < 0 ? code : at + (int64_t)(size + GUEST_PAGE);
}

/* A stack while it is filled, downwards; `failed` keeps what went wrong. */
struct stack {
    uint64_t sp;
    uint64_t bottom; /* arguments get no further down */
    int failed;
};

static uint64_t push(struct stack *stack, const void *data, size_t size)
{
    if (stack->failed != 0 || size > stack->sp - stack->bottom) {
        stack->failed = -E2BIG;
        return 0;
    }
    stack->sp -= size;
    stack->failed = guest_write(stack->sp, data, size);
    return stack->sp;
}

static size_t count_of(char **list)
{
    size_t n = 0;
    while (list[n] != NULL)
        n++;
    return n;
}

static void push_word(struct stack *stack, uint64_t word)
{
    push(stack, &word, sizeof(word));
}

static void push_pair(struct stack *stack, uint64_t key, uint64_t value)
{
    push_word(stack, value);
    push_word(stack, key);
}

/* The strings of a list, and a word with its address for each at `slots`. */
static void push_strings(struct stack *stack, char **list, uint64_t *slots)
{
    for (size_t i = 0; list[i] != NULL; i++)
        slots[i] = push(stack, list[i], strlen(list[i]) + 1);
}

static void push_auxiliary(struct stack *stack, const struct elf_file *file, uint64_t base,
                           uint64_t random, uint64_t name)
{
    push_pair(stack, AT_NULL, 0);
    push_pair(stack, AT_EXECFN, name);
    push_pair(stack, AT_RANDOM, random);
    push_pair(stack, AT_SECURE, 0);
    push_pair(stack, AT_CLKTCK, sysconf(_SC_CLK_TCK));
    push_pair(stack, AT_HWCAP, HWCAP);
    push_pair(stack, AT_EGID, getegid());
    push_pair(stack, AT_GID, getgid());
    push_pair(stack, AT_EUID, geteuid());
    push_pair(stack, AT_UID, getuid());
    push_pair(stack, AT_ENTRY, file->header.e_entry + file->bias);
    push_pair(stack, AT_FLAGS, 0);
    push_pair(stack, AT_BASE, base);
    push_pair(stack, AT_PAGESZ, GUEST_PAGE);
    push_pair(stack, AT_PHNUM, file->header.e_phnum);
    push_pair(stack, AT_PHENT, sizeof(Elf64_Phdr));
    push_pair(stack, AT_PHDR, elf_headers(file));
}

/* Fills the stack, argc lowest; slots has room for all strings. */
static int stack_fill(struct stack *stack, const struct program *program,
                      const struct elf_file *file, uint64_t base, uint64_t *slots)
{
    enum { PAIRS = 17 };
    size_t argc = 1 + count_of(program->arguments), envc = count_of(program->environment);
    uint8_t bytes[16];
    if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
        return -EIO;
    push_word(stack, 0);
    uint64_t name = push(stack, program->path, strlen(program->path) + 1);
    push_strings(stack, program->environment, slots + argc);
    push_strings(stack, program->arguments, slots + 1);
    slots[0] = push(stack, program->argv0, strlen(program->argv0) + 1);
    uint64_t random = push(stack, bytes, sizeof(bytes));
    stack->sp &= ~15ull;
    /* What follows keeps sp on 16 bytes: argc, and two lists with their ends. */
    if ((1 + argc + 1 + envc + 1 + 2 * PAIRS) % 2 != 0)
        push_word(stack, 0);
    push_auxiliary(stack, file, base, random, name);
    push_word(stack, 0);
    push(stack, slots + argc, envc * sizeof(slots[0]));
    push_word(stack, 0);
    push(stack, slots, argc * sizeof(slots[0]));
    push_word(stack, argc);
    return stack->failed;
}

/* The list of addresses is built in the guest's own memory, for as long. */
static int64_t stack_start(const struct program *program, const struct elf_file *file,
                           uint64_t base)
{
    size_t count = 1 + count_of(program->arguments) + count_of(program->environment);
    size_t size = (count * sizeof(uint64_t) + GUEST_PAGE - 1) & ~(GUEST_PAGE - 1);
    uint64_t room;
    int64_t top = stack_make(&room);
    if (top < 0)
        return top;
    int64_t slots = guest_mmap(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (slots < 0)
        return slots;
    /* Three quarters: the program needs some of it. */
    struct stack stack = {top, top - room / 4 * 3, 0};
    int code = stack_fill(&stack, program, file, base, (uint64_t *)slots);
    guest_munmap(slots, size);
    return code < 0 ? code : (int64_t)stack.sp;
}

int program_load(struct guest_cpu *cpu, const struct program *program, const char **error,
                 const char **where)
{
    static struct elf_file file, interpreter;
    char path[PATH_MAX];
    *where = program->path;
    int code = load_file(&file, program->path, PLACE, error);
    if (code < 0)
        return code;
    trace_image(file.bias, guest_executable);
    guest_brk_start(file.high + file.bias);
    if (file.interpreter[0] != '\0') {
        const char *loader = *where = guest_path(file.interpreter, path);
        code = load_file(&interpreter, *where, 0, error);
        *where = file.interpreter;
        if (code == -ENOENT)
            *error = "is the program's dynamic loader and not there; give its folder by -L, for "
                     "instance -L /usr/riscv64-linux-gnu";
        if (code < 0)
            return code;
        trace_image(interpreter.bias, loader);
    }
    const struct elf_file *first = file.interpreter[0] != '\0' ? &interpreter : &file;
    int64_t sp = stack_start(program, &file, interpreter.bias);
    *where = program->path;
    if (sp < 0) {
        *error =
            sp == -E2BIG ? "gets more arguments and environment than fit its stack" : strerror(-sp);
        return sp;
    }
    cpu->pc = first->header.e_entry + first->bias;
    cpu->x[2] = sp;
    return 0;
}
