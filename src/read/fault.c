/* SPDX-License-Identifier: MIT
 *
 * fault.c: messages; see fault.h.
 */
#include "read/fault.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int fault_vset(struct fault *f, int code, const struct etch_read_fault *what, const char *format,
               va_list ap)
{
    if (f->fault != NULL)
        *f->fault = *what;
    if (f->error == NULL)
        return code;
    free(*f->error);
    *f->error = NULL;
    char *text;
    int length = vasprintf(&text, format, ap);
    if (length < 0)
        return code;
    if (what->offset != 0)
        length = asprintf(f->error, "%s: offset %" PRIu64 ": %s", what->path, what->offset, text);
    else
        length = asprintf(f->error, "%s: %s", what->path, text);
    if (length < 0)
        *f->error = NULL;
    free(text);
    return code;
}

int fault_set(struct fault *f, int code, const struct etch_read_fault *what, const char *format,
              ...)
{
    va_list ap;
    va_start(ap, format);
    fault_vset(f, code, what, format, ap);
    va_end(ap);
    return code;
}

int fault_system(struct fault *f, int code, const char *path, const char *doing)
{
    struct etch_read_fault what = {.kind = ETCH_FAULT_SYSTEM, .path = path};
    return fault_set(f, code, &what, "%s: %s", doing, strerror(-code));
}

int fault_later(struct fault_queue *q, char *text)
{
    char **more = text != NULL ? realloc(q->text, (q->n + 1) * sizeof(*more)) : NULL;
    if (more == NULL) {
        free(text);
        return text != NULL ? -ENOMEM : 0;
    }
    q->text = more;
    q->text[q->n++] = text;
    return 0;
}

int fault_tell(struct fault_queue *q, struct fault *fault)
{
    if (q->told == q->n)
        return 0;
    char *text = q->text[q->told];
    q->text[q->told++] = NULL;
    if (fault->error != NULL)
        *fault->error = text;
    else
        free(text);
    return -EINVAL;
}

void fault_queue_free(struct fault_queue *q)
{
    for (size_t i = q->told; i < q->n; i++)
        free(q->text[i]);
    free(q->text);
    *q = (struct fault_queue){0};
}
