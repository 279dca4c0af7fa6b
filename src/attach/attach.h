/* SPDX-License-Identifier: MIT
 *
 * attach.h: running programs from outside: which can be switched, what events
 * they have, and the switching itself, by their control pages
 * (format/control_page.h). Nothing runs in the program for it.
 *
 * Reads:  control pages and heads of pools in runtime folders, /proc, the notes
 *         of a process or of the files that it maps.
 * Writes: enable words in control pages; removes pages that no process has.
 * Never:  maps what another process can cut: pages are read and written by
 *         system calls. Follows a link, or uses a file that is not as the
 *         process itself would have made it.
 */
#ifndef ETCH_ATTACH_ATTACH_H
#define ETCH_ATTACH_ATTACH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "format/control_page.h"
#include "format/pool.h"

#define ATTACH_PATH_MAX 128 /* of a page */

/* A program that can be switched. */
struct attach_process {
    pid_t pid;   /* ours: its number in our PID namespace */
    pid_t inner; /* its own: in the namespace that it lives in */
    uid_t uid;
    char command[16];             /* as the kernel calls it */
    char folder[ATTACH_PATH_MAX]; /* that its page lies in */
    char page[ATTACH_PATH_MAX];
    uint64_t created_ns;                     /* of the page, CLOCK_BOOTTIME */
    uint32_t version;                        /* of the page; all below is 0 if it is not ours */
    uint32_t known, on;                      /* events; disabled ones are not counted as on */
    uint32_t pool;                           /* as in the page when it was last read */
    struct etch_control_recording recording; /* likewise; what it says is not to be relied on */
};

/* Why a program of another version cannot be attached to; of its version and ours. */
#define ATTACH_OTHER_VERSION                                                                       \
    "speaks version %u of the control page, and this etch version %u: rebuild the program, or "    \
    "use the etch that its libetch came with"

/* Calls visit for each program of this user, or of all users for root, in other
 * mount and PID namespaces, too, in order of their numbers; or for the one whose
 * number is pid, unless that is 0. Stops when it returns something else than 0, and
 * returns that. Pages that cannot be used are passed over, but for those of another
 * version; of those that it meets it removes what processes that are gone left. -ENOMEM. */
typedef int (*attach_visit)(void *arg, const struct attach_process *process);
int attach_each(pid_t pid, attach_visit visit, void *arg);

/* An open program. */
struct attach;

/* Opens the program of that number, or of that name (as the kernel calls it, or
 * the last part of its executable's path) if there is exactly one. 0 or -errno
 * with *error a malloc'd message that names the cure. */
int attach_open(struct attach **attach, const char *pid_or_name, char **error);
void attach_close(struct attach *attach);
const struct attach_process *attach_process(const struct attach *attach);

/* Whether it still runs, as the same image. */
bool attach_lives(const struct attach *attach);

/* Loads its events, in order of registration, and how many there are: from here on
 * the index is an event's name. 0 or -errno with a message. */
int attach_events(struct attach *attach, size_t *n, char **error);

/* What event i is declared as: text, printable. */
struct attach_event {
    const char *name, *args, *format;
    const char *kinds; /* of its arguments, a letter each (format/kind.h) */
    uint8_t long_size, ptr_size;
    bool char_signed, disabled, vcpu;
};
struct attach_event attach_event(const struct attach *attach, size_t i);

/* The enable words as they are now, one an event; valid until the next call. 0
 * or -errno with a message. */
int attach_words(struct attach *attach, const uint16_t **words, char **error);

/* Stores the enable word of n events from i on. 0 or -errno: -EPERM if one is
 * declared `disable`. */
int attach_set(struct attach *attach, size_t i, size_t n, uint16_t word);

/* Whether the program simulates a CPU of that number. After attach_words(), as the
 * next two. */
bool attach_cpu(const struct attach *attach, unsigned cpu);

/* Whether event i, which has the property vcpu, is on for one that is there. */
bool attach_on_cpu(const struct attach *attach, size_t i, unsigned cpu);

/* Switches it for that one. As attach_set(); -EBUSY: too many events differ from
 * CPU to CPU. */
int attach_set_cpu(struct attach *attach, size_t i, unsigned cpu, bool on);

/* Starts one of the program's timers: its number for enable words
 * (ETCH_CONTROL_TIMED), -EBUSY, or -errno. After attach_words(). */
int attach_timer(struct attach *attach, uint64_t ns);

/* ---- recording ---- */

/* What `etch record -p` asks a program for. */
struct attach_recording {
    const char *dir; /* absolute */
    uint32_t policy; /* enum etch_policy */
    uint64_t buffer; /* bytes; 0: as the program has it */
    uint64_t max_size, max_files;
};

/* Whether it could now: 0, or -EBUSY with a message. */
int attach_record_check(struct attach *attach, char **error);

/* Has the program's next session be of that kind, as long as `attach` is open: one
 * that is killed asks for nothing any more. 0; -EBUSY: it records already; -errno;
 * with a message. */
int attach_record(struct attach *attach, const struct attach_recording *recording, char **error);

/* Switches events on for the recording, beside what others switch, as
 * attach_set(). After attach_words(). */
int attach_mark(struct attach *attach, size_t i, size_t n);

/* The same of one, under the rule that was given for it (attach_rule()). -EEXIST: it is on
 * for somebody else, too, and would be so no more when the rule does not hold. */
int attach_mark_ruled(struct attach *attach, size_t i);

/* Why the session could not begin: -errno; 0: it could, or was not yet tried to. */
int attach_record_error(struct attach *attach);

/* Ends it: the program is as it was before. `leave`: what is not yet written, and
 * the counts, are in the pool, for etch_recover_folder(). 0 or -errno with a
 * message. */
int attach_record_end(struct attach *attach, bool leave, char **error);

/* ---- commands ---- */

/* How many events each backend has, by its bit. */
#define ATTACH_BACKENDS 32
void attach_backends(const struct attach *attach, size_t events[ATTACH_BACKENDS]);

/* Its recording as it is now, its paths printable, and the command that waits for its
 * first event (as in format/control_page.h), or "". 0 or -errno. */
int attach_status(struct attach *attach, struct etch_control_recording *recording,
                  char waiting[ETCH_CONTROL_TEXT]);

/* Has its drain carry out a command, or, if it begins with "start ", leaves it to the
 * first event. 0, or -errno: its own, or -EBUSY: another etch is at it, -ETIMEDOUT: no
 * drain answered, -ESRCH: the program has ended. *said: what there is to say,
 * printable, maybe empty. */
int attach_command(struct attach *attach, const char *command, char said[ETCH_CONTROL_TEXT]);

/* Gives a rule for events whose words say ETCH_CONTROL_RULED, before they do. 0 or
 * -errno: -EBUSY likewise; -ENOSPC: too many wait. */
int attach_rule(struct attach *attach, const char *rule);

/* The trace that is written, or was before it was switched off: a file, or the folder of
 * a CTF trace; "" if nothing is recorded. */
const char *attach_output(const struct etch_control_recording *recording);

#endif
