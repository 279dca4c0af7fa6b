/* SPDX-License-Identifier: MIT
 *
 * fire.c: fires all events of `events` once, as C and as C++, and checks what
 * the generated names say. FIRED is how many of them reach a backend.
 */
#include <stdio.h>
#include "trace-matrix.h"
#include <etch/etch.h>

#if TRACE_OFF_ENABLED || !TRACE_NONE_ENABLED
#error "TRACE_X_ENABLED is not what was declared"
#endif

static int failures;

static void check(bool ok, const char *what)
{
    if (ok)
        return;
    fprintf(stderr, "fire: %s\n", what);
    failures++;
}

static void fire_plain(char *text, void *p)
{
    trace_none();
    trace_no_format(1, text);
    trace_empty_format(2, text);
    trace_ten(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
    trace_strings(text, NULL, "", "three");
    trace_cxx_keywords(0, 1, p, true, 4, 5, 6, 7, 8, 9);
    trace_c_keywords(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
    trace_locals(p, text, 2, 3, 4, 5, 6, 7, 8);
    trace_macros(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
    trace_functions(0, 1, 2, 3, 4, 5);
}

static void fire_types(char *text, void *p)
{
    unsigned char bytes[2] = {1, 2};
    const char *constant = text;
    uint64_t u64 = 1;
    int i = 1;
    trace_ints('a', -1, 255, -32768, 65535, -1, 1, ~0u);
    trace_longs(-1, 1, -1, ~0ull, -1, -1, ~0ul);
    trace_signs(-1, -1, -1, 1, 1, 1, -1);
    trace_fixed(-1, 255, -1, 65535, -1, ~0u, -1, ~UINT64_C(0));
    trace_sizes(~(size_t)0, -1, (uintptr_t)p, -1, true);
    trace_pointers(p, p, &p, &text, &constant, bytes, &i, &u64, text, text);
    trace_constants(-1, 2, 3);
}

static void fire_texts(char *text)
{
    trace_widths(4, 0x2a, text, 5, 'c');
    trace_escapes(1);
    trace_text_macros(2);
    trace_utf8("\xc3\xa4");
    trace_off(1, text);
    trace_off_none();
    trace_query(1);
    trace_query_enabled(1);
    trace_UPPER_case_2(1, 2);
    trace_pointed(NULL, NULL, NULL);
}

int main(void)
{
    char text[] = "text";
    check(trace_event_get_state(TRACE_NONE), "none is off");
    check(trace_event_get_state_backends(TRACE_NONE) == (FIRED != 0), "none: backends");
    check(trace_none_enabled() == (FIRED != 0), "none: enabled");
    check(!trace_event_get_state(TRACE_OFF), "off is on");
    check(!trace_event_get_state_backends(TRACE_OFF), "off: backends");
    check(!trace_off_enabled(), "off: enabled");
    check(trace_event_name("off_none") != NULL, "off_none is not registered");
    check(!trace_event_get_state_static(trace_event_name("off")), "off: static state");
    fire_plain(text, text);
    fire_types(text, text);
    fire_texts(text);
#ifdef QEMU_NAMES
    TraceEvent *none = &_TRACE_NONE_EVENT;
    check(none == trace_event_name("none"), "none: descriptor");
    check(none->dstate == &_TRACE_NONE_DSTATE, "none: dstate");
    check(_TRACE_OFF_DSTATE == 0 && !_TRACE_OFF_EVENT.sstate, "off: descriptor");
    check(trace_event_get_state_dynamic_by_id(TRACE_NONE), "none: by id");
    trace_event_set_state_dynamic(none, false);
    check(_TRACE_NONE_DSTATE == 0 && !trace_event_get_state(TRACE_NONE), "none: off again");
#endif
    return failures != 0;
}
