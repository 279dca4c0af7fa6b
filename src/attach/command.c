/* SPDX-License-Identifier: MIT
 *
 * command.c: what is asked of a running program beyond its enable words: commands
 * for its drain, rules for its events; see attach.h and format/control_page.h.
 *
 * Reads:  the page, as hostile input.
 * Writes: blocks of the page, one etch at a time.
 * Never:  waits for ever.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "attach/names.h"
#include "read/read_at.h"

#define LOCK_MS   3000 /* longer than who holds it waits */
#define ANSWER_MS 1000
#define CARRY_MS  10000 /* once it has begun */
#define COMMAND   ETCH_CONTROL_BLOCK(command)
#define RULES     ETCH_CONTROL_BLOCK(rules)

static uint64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void nap(void)
{
    static const struct timespec pause = {0, 100000};
    nanosleep(&pause, NULL);
}

static int lock(const struct attach *a, off_t at)
{
    uint64_t end = now_ms() + LOCK_MS;
    struct flock l = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = at, .l_len = 1};
    while (fcntl(a->fd, F_OFD_SETLK, &l) < 0) {
        if (errno != EAGAIN && errno != EACCES)
            return -errno;
        if (now_ms() > end)
            return -EBUSY;
        nap();
    }
    return 0;
}

static void unlock(const struct attach *a, off_t at)
{
    struct flock l = {.l_type = F_UNLCK, .l_whence = SEEK_SET, .l_start = at, .l_len = 1};
    fcntl(a->fd, F_OFD_SETLK, &l);
}

static int put(const struct attach *a, const void *data, size_t size, size_t at)
{
    ssize_t n = pwrite(a->fd, data, size, (off_t)at);
    return n == (ssize_t)size ? 0 : n < 0 ? -errno : -EIO;
}

/* The half of a block that counts, and its turn. */
static int read_half(const struct attach *a, size_t block, uint8_t *turn,
                     struct etch_control_half *half)
{
    size_t halves = block + offsetof(struct etch_control_command, half);
    if (!read_at(a->fd, turn, 1, block) ||
        !read_at(a->fd, half, sizeof(*half), halves + (*turn & 1) * sizeof(*half)))
        return -EIO;
    half->text[sizeof(half->text) - 1] = '\0';
    return 0;
}

/* Fills the other one, and makes it count. */
static int write_half(const struct attach *a, size_t block, uint8_t turn,
                      const struct etch_control_half *half)
{
    uint8_t next = (uint8_t)(turn + 1);
    size_t halves = block + offsetof(struct etch_control_command, half);
    int error = put(a, half, sizeof(*half), halves + (next & 1) * sizeof(*half));
    return error < 0 ? error : put(a, &next, 1, block);
}

_Static_assert(offsetof(struct etch_control_command, half) ==
                   offsetof(struct etch_control_rules, half),
               "both blocks begin alike");

/* What another process wrote may hold anything. */
static void make_printable(char *text)
{
    for (; *text != '\0'; text++)
        if (((unsigned char)*text < ' ' && *text != '\n') || *text == 0x7f)
            *text = '?';
}

/* ---- commands ---- */

/* The part of the block that is the program's. */
struct answer {
    uint64_t answered;
    int32_t status;
    uint32_t begun;
    char text[ETCH_CONTROL_TEXT];
};

_Static_assert(sizeof(struct answer) == sizeof(struct etch_control_command) -
                                            offsetof(struct etch_control_command, answered),
               "the end of the block");

static int read_answer(const struct attach *a, struct answer *answer)
{
    if (!read_at(a->fd, answer, sizeof(*answer),
                 COMMAND + offsetof(struct etch_control_command, answered)))
        return -EIO;
    answer->text[sizeof(answer->text) - 1] = '\0';
    return 0;
}

static int await(struct attach *a, uint64_t serial, char said[ETCH_CONTROL_TEXT])
{
    struct answer answer;
    uint64_t begin = now_ms();
    attach_wake(a);
    for (;;) {
        int error = read_answer(a, &answer);
        /* Once more: what is said stands before what says so. */
        if (error == 0 && answer.answered == serial)
            error = read_answer(a, &answer);
        if (error < 0)
            return error;
        if (answer.answered == serial)
            break;
        uint64_t limit = answer.begun == (uint32_t)serial ? CARRY_MS : ANSWER_MS;
        if (now_ms() - begin > limit)
            return -ETIMEDOUT;
        if (!attach_lives(a))
            return -ESRCH;
        nap();
    }
    memcpy(said, answer.text, sizeof(answer.text));
    make_printable(said);
    return answer.status > 0 || answer.status < -4095 ? -EPROTO : answer.status;
}

int attach_command(struct attach *a, const char *command, char said[ETCH_CONTROL_TEXT])
{
    struct etch_control_half half = {0};
    struct answer answer;
    uint8_t turn;
    said[0] = '\0';
    if (strlen(command) >= sizeof(half.text))
        return -ENAMETOOLONG;
    int error = lock(a, COMMAND);
    if (error < 0)
        return error;
    error = read_half(a, COMMAND, &turn, &half);
    if (error == 0)
        error = read_answer(a, &answer);
    if (error == 0) {
        uint64_t serial = (half.serial > answer.answered ? half.serial : answer.answered) + 1;
        half = (struct etch_control_half){.serial = serial};
        strcpy(half.text, command);
        error = write_half(a, COMMAND, turn, &half);
        if (error == 0 && strncmp(command, "start ", 6) != 0)
            error = await(a, serial, said);
        if (error == -ETIMEDOUT) { /* it shall not be carried out later */
            half = (struct etch_control_half){.serial = serial + 1};
            write_half(a, COMMAND, (uint8_t)(turn + 1), &half);
        }
    }
    unlock(a, COMMAND);
    return error;
}

int attach_status(struct attach *a, struct etch_control_recording *r,
                  char waiting[ETCH_CONTROL_TEXT])
{
    struct etch_control_half half;
    struct answer answer;
    uint8_t turn;
    if (!read_at(a->fd, r, sizeof(*r), ETCH_CONTROL_BLOCK(recording)))
        return -EIO;
    int error = read_half(a, COMMAND, &turn, &half);
    if (error == 0)
        error = read_answer(a, &answer);
    if (error < 0)
        return error;
    bool waits = half.serial != answer.answered && strncmp(half.text, "start ", 6) == 0;
    memcpy(waiting, waits ? half.text : "", waits ? sizeof(half.text) : 1);
    r->trace_path[sizeof(r->trace_path) - 1] = r->ctf_path[sizeof(r->ctf_path) - 1] = '\0';
    make_printable(waiting);
    make_printable(r->trace_path);
    make_printable(r->ctf_path);
    return 0;
}

void attach_backends(const struct attach *a, size_t events[ATTACH_BACKENDS])
{
    memset(events, 0, ATTACH_BACKENDS * sizeof(*events));
    for (uint32_t i = 0; i < a->n_loaded; i++)
        for (unsigned bit = 0; bit < ATTACH_BACKENDS; bit++)
            if (a->header.group[i].note_address != 0 && (a->header.group[i].backends >> bit & 1))
                events[bit] += a->header.group[i].n_events;
}

/* ---- rules ---- */

/* The events that a rule is of. */
static size_t name_length(const char *rule)
{
    return strcspn(rule, " \t");
}

/* Keeps the lines that the program has not taken over, but for those that the new one
 * takes the place of. */
static size_t keep_lines(char *to, const char *lines, uint64_t taken, const char *rule)
{
    size_t used = 0;
    while (*lines != '\0') {
        size_t length = strcspn(lines, "\n");
        char *end;
        uint64_t serial = strtoull(lines, &end, 10);
        const char *text = end + (*end == ' ');
        bool same =
            name_length(text) == name_length(rule) && strncmp(text, rule, name_length(rule)) == 0;
        if (serial > taken && !same && text < lines + length) {
            memcpy(to + used, lines, length);
            used += length;
            to[used++] = '\n';
        }
        lines += length + (lines[length] == '\n');
    }
    return used;
}

int attach_rule(struct attach *a, const char *rule)
{
    struct etch_control_half half, next = {0};
    uint64_t taken;
    uint8_t turn;
    if (strchr(rule, '\n') != NULL)
        return -EINVAL;
    int error = lock(a, RULES);
    if (error < 0)
        return error;
    error = read_half(a, RULES, &turn, &half);
    if (error == 0 &&
        !read_at(a->fd, &taken, sizeof(taken), RULES + offsetof(struct etch_control_rules, taken)))
        error = -EIO;
    if (error == 0) {
        next.serial = half.serial + 1;
        /* It gets no longer: each line that stays had its newline, too. */
        char lines[sizeof(half.text) + 1];
        size_t used = keep_lines(lines, half.text, taken, rule);
        int n = snprintf(next.text, sizeof(next.text), "%.*s%llu %s\n", (int)used, lines,
                         (unsigned long long)next.serial, rule);
        error = n >= (int)sizeof(next.text) ? -ENOSPC : write_half(a, RULES, turn, &next);
    }
    unlock(a, RULES);
    return error;
}
