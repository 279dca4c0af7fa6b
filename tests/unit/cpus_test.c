/* SPDX-License-Identifier: MIT
 *
 * cpus_test.c: events with the properties vcpu and tcg: the state for each CPU, by
 * program and by the monitor, and a translator that is told of what to trace.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants these four first. */
#include <cmocka.h>
#include <errno.h>
#include <etch/control.h>
#include <etch/etch.h>
#include <etch/event.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "format/control_cpus.h"
#include "format/control_page.h"
#include "trace-cpus.h"
#include "trace-tcg-cpus.h"

#define CPU(i) ((void *)(uintptr_t)(0xc1 + (i)))

/* ---- what the log backend wrote ---- */

static char lines[4096];
static size_t lines_used;

static void sink(const char *line, size_t length, void *data)
{
    (void)data;
    const char *text = memchr(line, ':', length); /* behind process and time */
    assert_non_null(text);
    length -= (size_t)(text + 1 - line);
    line = text + 1;
    assert_true(lines_used + length < sizeof(lines));
    memcpy(lines + lines_used, line, length);
    lines_used += length;
    lines[lines_used] = '\0';
}

/* All lines since the last call. */
static const char *seen(void)
{
    static char copy[sizeof(lines)];
    memcpy(copy, lines, lines_used + 1);
    lines_used = 0;
    lines[0] = '\0';
    return copy;
}

static const char *monitor(const char *line)
{
    static char text[4096];
    text[0] = '\0';
    FILE *out = fmemopen(text, sizeof(text), "w");
    etch_monitor_command(line, out);
    fclose(out);
    return text;
}

static void all_off(void)
{
    monitor("trace-event * off");
    seen();
}

static int setup(void **state)
{
    (void)state;
    etch_log_set_sink(sink, NULL);
    return 0;
}

static int come(void **state)
{
    (void)state;
    trace_init_vcpu(CPU(0));
    trace_init_vcpu(CPU(1));
    return 0;
}

static int go(void **state)
{
    (void)state;
    trace_fini_vcpu(CPU(0));
    trace_fini_vcpu(CPU(1));
    all_off();
    return 0;
}

/* ---- the state for each CPU ---- */

static void fire_bar(void)
{
    trace_bar(CPU(0), 0xd1);
    trace_bar(CPU(1), 0xd2);
}

static void test_by_program(void **state)
{
    (void)state;
    TraceEvent *bar = trace_event_name("bar");
    fire_bar();
    assert_string_equal(seen(), "");
    trace_event_set_state_dynamic(bar, true);
    fire_bar();
    assert_string_equal(seen(), "bar cpu=0xc1 a=0xd1\nbar cpu=0xc2 a=0xd2\n");
    trace_event_set_vcpu_state_dynamic(CPU(0), bar, false);
    fire_bar();
    assert_string_equal(seen(), "bar cpu=0xc2 a=0xd2\n");
    assert_false(trace_event_get_vcpu_state(CPU(0), TRACE_BAR));
    assert_true(trace_event_get_vcpu_state(CPU(1), TRACE_BAR));
    assert_false(trace_event_get_vcpu_state_dynamic(CPU(0), bar));
    assert_true(trace_event_get_vcpu_state_dynamic(CPU(1), bar));
    assert_true(trace_event_get_state(TRACE_BAR));
    trace_event_set_vcpu_state_dynamic(CPU(1), bar, false);
    assert_false(trace_event_get_state(TRACE_BAR));
    trace_event_set_vcpu_state_dynamic(CPU(0), bar, true);
    fire_bar();
    assert_string_equal(seen(), "bar cpu=0xc1 a=0xd1\n");
    trace_event_set_vcpu_state_dynamic(CPU(1), bar, true);
    assert_int_equal(*bar->dstate & ~2u, 1);
    fire_bar();
    assert_string_equal(seen(), "bar cpu=0xc1 a=0xd1\nbar cpu=0xc2 a=0xd2\n");
    /* Nothing happens to an event of no CPU, nor for one that is not there. */
    trace_event_set_vcpu_state_dynamic(CPU(0), trace_event_name("plain"), true);
    assert_false(trace_event_get_state(TRACE_PLAIN));
    trace_event_set_vcpu_state_dynamic(CPU(7), bar, false);
    assert_true(trace_event_get_vcpu_state(CPU(0), TRACE_BAR));
}

static void test_which(void **state)
{
    (void)state;
    static const char *const vcpu[] = {"bar",        "baz_trans", "baz_exec",
                                       "gone_trans", "gone_exec", "other"};
    assert_int_equal(trace_get_vcpu_event_count(), 6);
    for (uint32_t i = 0; i < 6; i++) {
        assert_true(trace_event_is_vcpu(trace_event_name(vcpu[i])));
        assert_int_equal(trace_event_get_vcpu_id(trace_event_name(vcpu[i])), i);
    }
    assert_false(trace_event_is_vcpu(trace_event_name("plain")));
    assert_int_equal(trace_event_get_vcpu_id(trace_event_name("qux_exec")), TRACE_VCPU_EVENT_NONE);
    assert_int_equal(TRACE_BAZ_ENABLED, 1);
    assert_int_equal(TRACE_GONE_ENABLED, 0);
}

/* One that comes takes over what is on for another one, also in the place of one
 * that had it off. */
static void test_come_and_go(void **state)
{
    (void)state;
    trace_event_set_state_dynamic(trace_event_name("bar"), true);
    assert_string_equal(monitor("trace-event bar off 1"), "");
    trace_init_vcpu(CPU(2));
    trace_bar(CPU(1), 1);
    trace_bar(CPU(2), 2);
    assert_string_equal(seen(), "bar cpu=0xc3 a=0x2\n");
    trace_fini_vcpu(CPU(1));
    trace_init_vcpu(CPU(3));
    assert_string_equal(monitor("info trace-events bar 1"), "bar : state 1\n");
    trace_bar(CPU(3), 3);
    assert_string_equal(seen(), "bar cpu=0xc4 a=0x3\n");
    trace_fini_vcpu(CPU(2));
    trace_fini_vcpu(CPU(3));
    assert_string_equal(monitor("info trace-events bar 1"), "invalid vCPU index 1\n");
}

/* More than there are numbers, and more than once: addresses are found again. */
static void test_many(void **state)
{
    (void)state;
    char line[64];
    all_off();
    for (int round = 0; round < 3; round++) {
        for (uintptr_t i = 1; i <= ETCH_CONTROL_CPUS + 10; i++)
            trace_init_vcpu((void *)(i << 12));
        assert_string_equal(monitor("trace-event bar on 1023"), "");
        assert_string_equal(monitor("trace-event bar on 1024"), "invalid vCPU index 1024\n");
        for (uintptr_t i = 1; i <= ETCH_CONTROL_CPUS; i++)
            trace_bar((void *)(i << 12), 0);
        assert_string_equal(seen(), "bar cpu=0x400000 a=0\n");
        trace_bar((void *)(uintptr_t)((ETCH_CONTROL_CPUS + 1) << 12), 0);
        assert_string_equal(seen(), "bar cpu=0x401000 a=0\n");
        for (unsigned i = 0; i < 1023; i += 2) {
            snprintf(line, sizeof(line), "trace-event bar on %u", i);
            assert_string_equal(monitor(line), "");
        }
        for (uintptr_t i = 1; i <= ETCH_CONTROL_CPUS; i++)
            assert_int_equal(trace_event_get_vcpu_state((void *)(i << 12), TRACE_BAR),
                             i % 2 == 1 || i == ETCH_CONTROL_CPUS);
        for (uintptr_t i = 1; i <= ETCH_CONTROL_CPUS + 10; i++)
            trace_fini_vcpu((void *)(((i * 7) % (ETCH_CONTROL_CPUS + 11)) << 12));
        assert_string_equal(monitor("trace-event bar on 0"), "invalid vCPU index 0\n");
        all_off();
    }
}

/* As many events as there are sets may differ; one more is refused, and nothing is
 * changed. */
static void test_sets(void **state)
{
    (void)state;
    static struct etch_control_cpus cpus;
    uint16_t words[ETCH_CONTROL_SETS];
    unsigned set;
    cpus.there[0] = 7;
    cpus.there[15] = UINT64_C(1) << 63;
    for (uint32_t id = 0; id < ETCH_CONTROL_SETS; id++) {
        words[id] = 0;
        int error = control_cpu_switch(&cpus, id, 1023, true, &words[id], &set);
        assert_int_equal(error, id == ETCH_CONTROL_SETS - 1 ? -EBUSY : 0);
        assert_int_equal(ETCH_CONTROL_SET(words[id]), error ? 0 : id + 1);
        assert_int_equal(control_cpu_on(&cpus, words[id], 1023), !error);
        assert_false(control_cpu_on(&cpus, words[id], 2));
    }
    /* A timer goes on. */
    words[0] |= ETCH_CONTROL_TIMED(5);
    assert_int_equal(control_cpu_switch(&cpus, 0, 1, true, &words[0], &set), 0);
    assert_int_equal(ETCH_CONTROL_TIMER(words[0]), 5);
    assert_int_equal(ETCH_CONTROL_SET(words[0]), 1);
    /* On for all that are there; off for all. */
    for (unsigned cpu = 0; cpu < 3; cpu++)
        assert_int_equal(control_cpu_switch(&cpus, 0, cpu, true, &words[0], &set), 0);
    assert_int_equal(ETCH_CONTROL_SET(words[0]), 0);
    assert_int_equal(control_cpu_switch(&cpus, 1, 1023, false, &words[1], &set), 0);
    assert_int_equal(words[1], 0);
}

/* A child has the CPUs of its parent, and its events' state for each. */
static void test_fork(void **state)
{
    (void)state;
    int status;
    trace_event_set_state_dynamic(trace_event_name("bar"), true);
    assert_string_equal(monitor("trace-event bar off 0"), "");
    pid_t pid = fork();
    if (pid == 0) {
        fire_bar();
        bool same = strcmp(seen(), "bar cpu=0xc2 a=0xd2\n") == 0;
        monitor("trace-event bar on 0");
        monitor("trace-event bar off 1");
        fire_bar();
        _exit(same && strcmp(seen(), "bar cpu=0xc1 a=0xd1\n") == 0 ? 0 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    fire_bar();
    assert_string_equal(seen(), "bar cpu=0xc2 a=0xd2\n");
}

/* ---- threads ---- */

static unsigned off_seen, on_seen;

static void count(const char *line, size_t length, void *data)
{
    (void)data;
    __atomic_add_fetch(memmem(line, length, "0xc1", 4) ? &off_seen : &on_seen, 1, __ATOMIC_RELAXED);
}

static void *fire_often(void *arg)
{
    (void)arg;
    for (int i = 0; i < 20000; i++)
        fire_bar();
    return NULL;
}

/* While others come, go and are switched, the state of these two is what it is. */
static void test_threads(void **state)
{
    (void)state;
    pthread_t threads[2];
    trace_event_set_state_dynamic(trace_event_name("bar"), true);
    assert_string_equal(monitor("trace-event bar off 0"), "");
    etch_log_set_sink(count, NULL);
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, fire_often, NULL), 0);
    for (uintptr_t i = 0; i < 2000; i++) {
        trace_init_vcpu(CPU(100 + i % 7));
        trace_event_set_vcpu_state_dynamic(CPU(100 + i % 7), trace_event_name("bar"), i & 1);
        trace_fini_vcpu(CPU(100 + i * 3 % 7));
    }
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    for (uintptr_t i = 0; i < 7; i++)
        trace_fini_vcpu(CPU(100 + i));
    etch_log_set_sink(sink, NULL);
    assert_int_equal(off_seen, 0);
    assert_int_equal(on_seen, 40000);
}

/* ---- the monitor ---- */

static void test_monitor(void **state)
{
    (void)state;
    assert_string_equal(monitor("trace-event ba* on 1"), "");
    assert_string_equal(monitor("info trace-events ba*"),
                        "baz_exec : state 1\nbaz_trans : state 1\nbar : state 1\n");
    assert_string_equal(monitor("info trace-events ba* 0"),
                        "baz_exec : state 0\nbaz_trans : state 0\nbar : state 0\n");
    assert_string_equal(monitor("info trace-events ba* 1"),
                        "baz_exec : state 1\nbaz_trans : state 1\nbar : state 1\n");
    /* A pattern passes over what has no state for each CPU. */
    assert_string_equal(monitor("trace-event * on 0"), "");
    assert_string_equal(monitor("info trace-events plain"), "plain : state 0\n");
    assert_string_equal(monitor("info trace-events * 0"),
                        "other : state 1\ngone_exec : state 0\ngone_trans : state 0\n"
                        "baz_exec : state 1\nbaz_trans : state 1\nbar : state 1\n");
    assert_string_equal(monitor("trace-event other off"), "");
    assert_string_equal(monitor("trace-event other on 1"), "");
    assert_string_equal(monitor("trace-event other on"), "");
    assert_string_equal(monitor("info trace-events other 0"), "other : state 1\n");

    assert_string_equal(monitor("trace-event plain on 0"),
                        "event \"plain\" is not vCPU-specific\n");
    assert_string_equal(monitor("info trace-events plain 0"),
                        "event \"plain\" is not vCPU-specific\n");
    assert_string_equal(monitor("trace-event bar on 2"), "invalid vCPU index 2\n");
    assert_string_equal(monitor("trace-event bar on -1"), "argument vcpu must be positive\n");
    assert_string_equal(monitor("trace-event bar on x"), "'x' is no number of a vCPU\n");
    assert_string_equal(monitor("trace-event bar on 99999999999999999999"),
                        "invalid vCPU index 9223372036854775807\n");
}

/* A condition still holds where an event is on for one CPU alone. */
static void test_condition(void **state)
{
    (void)state;
    assert_int_equal(etch_trace("bar if a > 5"), 0);
    assert_string_equal(monitor("trace-event bar off 0"), "");
    trace_bar(CPU(0), 9);
    trace_bar(CPU(1), 4);
    trace_bar(CPU(1), 6);
    assert_string_equal(seen(), "bar cpu=0xc2 a=0x6\n");
}

/* ---- a translator ---- */

/* The code that it makes: events, and what it knows of their arguments. */
static struct op {
    const struct etch_tcg_event *event;
    struct etch_tcg_value values[4];
} code[8];
static unsigned n_code;

void etch_tcg_emit(const struct etch_tcg_event *event, const struct etch_tcg_value *values)
{
    assert_true(event->n_args <= 4 && n_code < 8);
    code[n_code].event = event;
    for (uint32_t i = 0; i < event->n_args; i++)
        code[n_code].values[i] = values[i];
    n_code++;
}

/* Runs it: temp i holds 0x1234567800000000 + i. */
static void execute(const void *cpu)
{
    for (unsigned n = 0; n < n_code; n++) {
        uint64_t values[4];
        for (uint32_t i = 0; i < code[n].event->n_args; i++) {
            const struct etch_tcg_value *v = &code[n].values[i];
            values[i] = v->kind == ETCH_TCG_CPU    ? (uint64_t)(uintptr_t)cpu
                        : v->kind == ETCH_TCG_TEMP ? UINT64_C(0x1234567800000000) + v->value
                                                   : v->value;
        }
        code[n].event->call(values);
    }
}

static void test_translation(void **state)
{
    (void)state;
    const TCGv_env env = {0};
    monitor("trace-event * on");
    trace_baz_tcg(CPU(0), env, 0xd3);
    trace_qux_tcg((TCGv){7}, (TCGv_i32){8}, (void *)0x99, 200);
    trace_gone_tcg(CPU(0), env, (TCGv){1});
    trace_none_tcg();
    assert_string_equal(seen(), "baz_trans cpu=0xc1 a=0xd3\nqux_trans p=0x99 b=200\nnone_trans \n");
    assert_int_equal(n_code, 3);
    assert_string_equal(code[1].event->name, "qux_exec");
    assert_int_equal(code[1].event->n_args, 4);
    assert_memory_equal(code[1].event->sizes, ((uint8_t[]){8, 4, sizeof(void *), 1}), 4);
    assert_ptr_equal(code[1].event->word, trace_event_name("qux_exec")->dstate);
    assert_int_equal(code[1].event->group->first_id + code[1].event->index,
                     trace_event_name("qux_exec")->id);
    assert_false(code[1].event->ring);
    execute(CPU(1));
    assert_string_equal(seen(), "baz_exec cpu=0xc2 a=0xd3\n"
                                "qux_exec x=1234567800000007 y=8 p=0x99 b=200\nnone_exec \n");
    assert_string_equal(monitor("trace-event baz_exec off 1"), "");
    execute(CPU(0));
    execute(CPU(1));
    assert_non_null(strstr(seen(), "baz_exec cpu=0xc1"));
    monitor("trace-event * off");
    execute(CPU(0));
    assert_string_equal(seen(), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_by_program, come, go),
        cmocka_unit_test_setup_teardown(test_which, come, go),
        cmocka_unit_test_setup_teardown(test_come_and_go, come, go),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_sets),
        cmocka_unit_test_setup_teardown(test_fork, come, go),
        cmocka_unit_test_setup_teardown(test_threads, come, go),
        cmocka_unit_test_setup_teardown(test_monitor, come, go),
        cmocka_unit_test_setup_teardown(test_condition, come, go),
        cmocka_unit_test_setup_teardown(test_translation, come, go),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
