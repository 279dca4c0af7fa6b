/* SPDX-License-Identifier: MIT
 *
 * ctf_files.c: see ctf_files.h.
 */
#include "read/ctf_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "read/ctf_stream.h"

/* "stream-3", "stream-3.1"; false: another name. */
static bool parse_name(const char *name, struct ctf_file *file)
{
    char *end;
    if (strncmp(name, "stream-", 7) != 0 || name[7] < '0' || name[7] > '9')
        return false;
    errno = 0;
    unsigned long stream = strtoul(name + 7, &end, 10);
    if (errno != 0 || stream > UINT32_MAX)
        return false;
    file->stream = (uint32_t)stream;
    file->number = 0;
    if (*end == '.' && end[1] >= '0' && end[1] <= '9')
        file->number = strtoull(end + 1, &end, 10);
    return *end == '\0' && errno == 0;
}

static int add(struct ctf_files *files, const struct ctf_file *file)
{
    struct ctf_file *more = realloc(files->v, (files->n + 1) * sizeof(*more));
    if (more == NULL)
        return -ENOMEM;
    files->v = more;
    more[files->n++] = *file;
    return 0;
}

/* Adds a file of the folder if it is a stream's. */
static int look_at(struct ctf_files *files, const char *folder, const char *name,
                   const uint8_t uuid[16])
{
    struct ctf_file file;
    struct ctf_first first;
    struct stat st;
    if (!parse_name(name, &file))
        return 0;
    if (asprintf(&file.path, "%s/%s", folder, name) < 0)
        return -ENOMEM;
    /* Which stream it is its packets say; where they are damaged, its name. */
    if (ctf_first_packet(file.path, uuid, &first))
        file.stream = first.stream;
    bool empty = stat(file.path, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size == 0;
    int error = empty ? 0 : add(files, &file);
    if (empty || error < 0)
        free(file.path);
    return error;
}

static int compare(const void *a, const void *b)
{
    const struct ctf_file *x = a, *y = b;
    if (x->stream != y->stream)
        return x->stream < y->stream ? -1 : 1;
    return x->number != y->number ? (x->number < y->number ? -1 : 1) : strcmp(x->path, y->path);
}

int ctf_files_list(struct ctf_files *files, const char *folder, const uint8_t uuid[16])
{
    DIR *dir = opendir(folder);
    int error = dir == NULL ? -errno : 0;
    *files = (struct ctf_files){0};
    for (struct dirent *e; error == 0 && (e = readdir(dir)) != NULL;)
        error = look_at(files, folder, e->d_name, uuid);
    if (dir != NULL)
        closedir(dir);
    if (error < 0)
        ctf_files_free(files);
    else if (files->n != 0)
        qsort(files->v, files->n, sizeof(*files->v), compare);
    return error;
}

void ctf_files_free(struct ctf_files *files)
{
    for (size_t i = 0; i < files->n; i++)
        free(files->v[i].path);
    free(files->v);
    *files = (struct ctf_files){0};
}
