/* SPDX-License-Identifier: MIT
 *
 * outputs.c: the files of a trace that somebody chose while the program ran
 * (`trace-file`), or that is switched on again. What is there already stays: the
 * trace goes to NAME.1 and so on, and that is told.
 *
 * Reads:  the settings; the names of the session.
 * Writes: the files, the CTF metadata among them; names of the session.
 * Never:  calls libc: the drain opens them, too. Removes what holds a byte.
 */
#include "format/simple.h"
#include "runtime/ctf_metadata.h"
#include "runtime/folder.h"
#include "runtime/outputs.h"
#include "runtime/say.h"
#include "runtime/session.h"
#include "runtime/settings.h"
#include "runtime/sys.h"
#include "runtime/trace_file.h"

static const char suffix[] = ".ctf";

/* ---- names ---- */

static void name_ctf(struct trace_names *names, const char *path, bool append)
{
    size_t length = text_length(path), end = sizeof(suffix) - 1;
    bool has = length > end && text_equal(path + length - end, suffix);
    struct text t = text_in(names->ctf, sizeof(names->ctf));
    text_bytes(&t, path, has && !append ? length - end : length);
    names->ctf_suffix = has || append;
}

void etch_names_of_paths(struct session *s)
{
    struct text t = text_in(s->names.simple, sizeof(s->names.simple));
    text_add(&t, s->pool->trace_path);
    name_ctf(&s->names, s->pool->ctf_path, false);
}

void etch_names_set(struct session *s, const char *path)
{
    struct text t = text_in(s->names.simple, sizeof(s->names.simple));
    text_add(&t, path);
    name_ctf(&s->names, path, (s->kinds & ETCH_OUT_SIMPLE) != 0);
}

static void put_path(struct text *t, const char *path)
{
    if (path[0] != '/')
        text_cwd(t);
    text_add(t, path);
}

void etch_names_default(struct session *s)
{
    const struct settings *set = &etch_settings;
    char name[PATH_SIZE];
    struct text path = text_in(name, sizeof(name));
    if (set->dir[0] == '\0' && set->file[0] != '\0') {
        put_path(&path, set->file);
        etch_names_set(s, name);
    } else {
        put_path(&path, set->dir);
        text_add(&path, set->dir[0] != '\0' ? "/" : "");
        etch_own_name(&path, s);
        etch_names_set(s, name);
        name_ctf(&s->names, name, true);
    }
    if (set->ctf[0] == '\0')
        return;
    path = text_in(name, sizeof(name));
    put_path(&path, set->ctf);
    name_ctf(&s->names, name, false);
}

/* ---- files ---- */

/* A new file, an empty one, or a device; what holds something is in the way. */
static int make_file(const char *path)
{
    char part[PATH_SIZE];
    struct text t = text_in(part, sizeof(part));
    struct stat st;
    text_add(&t, path);
    text_add(&t, ETCH_TRACE_PART "1");
    /* It would be taken for ours. */
    if (t.cut || sys6(SYS_faccessat, AT_FDCWD, SYS_PTR(part), F_OK, 0, 0, 0) == 0)
        return t.cut ? -ENAMETOOLONG : -EEXIST;
    int fd = sys_openat(AT_FDCWD, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (fd != -EEXIST)
        return fd;
    fd = sys_openat(AT_FDCWD, path, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0);
    if (fd < 0)
        return -EEXIST;
    if (sys6(SYS_fstat, fd, SYS_PTR(&st), 0, 0, 0, 0) == 0 &&
        ((S_ISREG(st.st_mode) && st.st_size == 0 && etch_file_lock(fd)) || S_ISCHR(st.st_mode)))
        return fd;
    sys_close(fd);
    return -EEXIST;
}

/* Opens what `name` leads to, and tells if it is called otherwise. The
 * descriptor; -errno, told. */
static int open_fresh(const char *name, const char *end, int (*make)(const char *path),
                      struct text *path, struct text *said)
{
    text_add(path, name);
    int fd = etch_fresh(path, end, make);
    size_t length = text_length(name) + text_length(end);
    if (fd >= 0 && path->used == length)
        return fd;
    text_add(said, fd < 0 ? "cannot open \"" : said->used != 0 ? "\n\"" : "\"");
    text_add(said, name);
    text_add(said, end);
    text_add(said, fd < 0 ? "\": " : "\" is there already: the trace goes to \"");
    text_add(said, fd < 0 ? etch_reason(fd) : path->data);
    text_add(said, fd < 0 ? "" : "\"");
    return fd;
}

int etch_folder_fresh(struct session *s, const char *name, bool add_suffix,
                      struct trace_files *files, struct text *said)
{
    struct text path = text_in(files->ctf_path, sizeof(files->ctf_path));
    struct ctf_metadata before = s->ctf;
    int fd = open_fresh(name, add_suffix ? suffix : "", etch_ctf_folder_new, &path, said);
    if (fd < 0)
        return fd;
    s->ctf = (struct ctf_metadata){0};
    int r = etch_ctf_metadata(s, fd);
    files->ctf = s->ctf;
    s->ctf = before;
    if (r == 0) {
        files->ctf_fd = fd;
        return 0;
    }
    sys_unlinkat(fd, "metadata");
    sys6(SYS_unlinkat, AT_FDCWD, SYS_PTR(path.data), AT_REMOVEDIR, 0, 0, 0);
    sys_close(fd);
    text_add(said, "cannot write \"");
    text_add(said, path.data);
    text_add(said, "\": ");
    text_add(said, etch_reason(r));
    return r;
}

int etch_outputs_open(struct session *s, struct trace_files *files, struct text *said)
{
    files->trace_fd = files->ctf_fd = -1;
    files->trace_path[0] = files->ctf_path[0] = '\0';
    struct text path = text_in(files->trace_path, sizeof(files->trace_path));
    int r = 0;
    if (s->kinds & ETCH_OUT_SIMPLE)
        r = files->trace_fd = open_fresh(s->names.simple, "", make_file, &path, said);
    if (r >= 0 && (s->kinds & ETCH_OUT_CTF))
        r = etch_folder_fresh(s, s->names.ctf, s->names.ctf_suffix, files, said);
    if (r >= 0 || files->trace_fd < 0)
        return r < 0 ? r : 0;
    struct stat st;
    if (sys6(SYS_fstat, files->trace_fd, SYS_PTR(&st), 0, 0, 0, 0) == 0 && S_ISREG(st.st_mode))
        sys_unlinkat(AT_FDCWD, files->trace_path);
    sys_close(files->trace_fd);
    files->trace_fd = -1;
    return r;
}
