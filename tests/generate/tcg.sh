# SPDX-License-Identifier: MIT
#
# What etch-tracetool makes of tcg events, as QEMU 2.8's build uses it: helpers are
# declared by its list of helpers, called while code is translated, and trace when it
# runs. The translator and its headers are played here.
#
# Reads:  TRACETOOL, INCLUDE, QEMU (etch's headers), LIBETCH.
set -eu
. "$TESTS/lib.sh"

cat >trace-events <<'END'
vcpu bar(uint32_t a) "a=%#x"
tcg vcpu baz(uint32_t a) "a=%#x", "a=%#x"
tcg qux(TCGv x, TCGv_i32 y, void *p, uint8_t b) "p=%p b=%u", "x=%"PRIx64" y=%u p=%p b=%u"
disable vcpu tcg gone(TCGv x) "", "x=%"PRIx64
END

# The headers that the generated files name: a value of translated code is the
# number of a register.
mkdir -p exec qemu
cat >exec/helper-proto.h <<'END'
#include "cpu.h"
END
: >qemu-common.h
: >qemu/osdep.h
cat >cpu.h <<'END'
#ifndef CPU_H
#define CPU_H
#include <stdint.h>
typedef struct CPUState { int number; } CPUState;
typedef struct { CPUState *state; } CPUArchState;
#define ENV_GET_CPU(env) ((env)->state)
typedef uint64_t target_ulong;
typedef struct { int r; } TCGv;
typedef struct { int r; } TCGv_i32;
typedef struct { int r; } TCGv_i64;
typedef struct { int r; } TCGv_ptr;
typedef CPUArchState *TCGv_env;
extern uint64_t registers[16];
extern int n_registers;
static inline int constant(uint64_t v) { registers[n_registers] = v; return n_registers++; }
static inline TCGv_i32 tcg_const_i32(uint32_t v) { return (TCGv_i32){constant(v)}; }
static inline TCGv_ptr tcg_const_ptr(void *v) { return (TCGv_ptr){constant((uintptr_t)v)}; }
static inline void tcg_temp_free_i32(TCGv_i32 v) { (void)v; n_registers--; }
static inline void tcg_temp_free_ptr(TCGv_ptr v) { (void)v; n_registers--; }
#define C_i32 uint32_t
#define C_i64 uint64_t
#define C_tl target_ulong
#define C_ptr void *
#define C_env CPUArchState *
#define T_i32 TCGv_i32
#define T_i64 TCGv_i64
#define T_tl TCGv
#define T_ptr TCGv_ptr
#define T_env TCGv_env
#define V_i32(v) registers[(v).r]
#define V_tl(v) registers[(v).r]
#define V_ptr(v) (void *)(uintptr_t)registers[(v).r]
#define V_env(v) (v)
/* A helper: its prototype, and the call that a translator would emit, made at once. */
#define DEF_HELPER_FLAGS_2(name, flags, ret, a, b) \
    ret helper_##name(C_##a, C_##b); \
    static inline void gen_helper_##name(T_##a x, T_##b y) { helper_##name(V_##a(x), V_##b(y)); }
#define DEF_HELPER_FLAGS_4(name, flags, ret, a, b, c, d) \
    ret helper_##name(C_##a, C_##b, C_##c, C_##d); \
    static inline void gen_helper_##name(T_##a x, T_##b y, T_##c z, T_##d u) \
    { helper_##name(V_##a(x), V_##b(y), V_##c(z), V_##d(u)); }
#include "trace-helpers.h"
#include "trace-helpers-wrappers.h"
#endif
END
cat >main.c <<'END'
#include "trace-tcg.h"
uint64_t registers[16] = {0x1111, 22};
int n_registers = 2;
int main(void)
{
    CPUState *cpu = (CPUState *)0xc1;
    CPUArchState other = {(CPUState *)0xc2};
    trace_bar(cpu, 0xd2);
    trace_baz_tcg(cpu, &other, 0xd3);
    trace_qux_tcg((TCGv){0}, (TCGv_i32){1}, (void *)0x99, 200);
    trace_gone_tcg(cpu, &other, (TCGv){0});
    return n_registers != 2;
}
END
tool() { "$TRACETOOL" --qemu=2.8 --backend=log --format="$1" trace-events >"$2"; }
tool h trace.h
tool c trace.c
tool tcg-h trace-tcg.h
tool tcg-helper-h trace-helpers.h
tool tcg-helper-wrapper-h trace-helpers-wrappers.h
tool tcg-helper-c helpers.c
sed -i '1i #include "cpu.h"' trace.h
run 0 ${CC:-cc} -Wall -Werror -I. -I"$INCLUDE" -I"$QEMU" -o program main.c trace.c helpers.c "$LIBETCH"
ETCH_TRACE='*' ./program 2>err >out || fail "status $?"
sed 's/^[^:]*://' err >lines
diff - lines <<'END' || fail "other lines"
bar cpu=0xc1 a=0xd2
baz_trans cpu=0xc1 a=0xd3
baz_exec cpu=0xc2 a=0xd3
qux_trans p=0x99 b=200
qux_exec x=1111 y=22 p=0x99 b=200
END
