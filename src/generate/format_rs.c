/* SPDX-License-Identifier: MIT
 *
 * format_rs.c: trace-G.rs, for Rust in a program that links trace-G.c: it tests
 * the same words and calls the same functions, so that every backend works.
 */
#include "generate/backend.h"
#include "generate/format.h"

#include "format/kind.h"

/* The type that C's has in Rust. */
static const char *type_name(const struct etch_arg *arg)
{
    switch (arg->kind) {
    case ETCH_KIND_BOOL:
        return "bool";
    case ETCH_KIND_CHAR:
        return "c_char";
    case ETCH_KIND_SCHAR:
        return "i8";
    case ETCH_KIND_UCHAR:
        return "u8";
    case ETCH_KIND_SHORT:
        return "i16";
    case ETCH_KIND_USHORT:
        return "u16";
    case ETCH_KIND_INT:
        return "i32";
    case ETCH_KIND_UINT:
        return "u32";
    case ETCH_KIND_LONG:
        return "c_long";
    case ETCH_KIND_ULONG:
        return "c_ulong";
    case ETCH_KIND_LLONG:
        return "i64";
    case ETCH_KIND_SSIZE:
        return "isize";
    case ETCH_KIND_SIZE:
        return "usize";
    case ETCH_KIND_POINTER:
        return "*mut ()";
    case ETCH_KIND_STRING:
        return "*const c_char";
    case ETCH_KIND_FLOAT:
        return "f32";
    case ETCH_KIND_DOUBLE:
        return "f64";
    default:
        return "u64";
    }
}

/* A string that C does not change is one of Rust's. */
static bool is_str(const struct etch_arg *arg)
{
    return strcmp(arg->type, "const char *") == 0;
}

static void parameters(struct gen *gen, bool of_c)
{
    const struct etch_decl *decl = gen->event->decl;
    for (size_t i = 0; i < decl->n_args; i++) {
        const struct etch_arg *arg = &decl->args[i];
        etch_text_puts(gen->out, i ? ", _" : "_");
        etch_text_puts(gen->out, arg->name);
        etch_text_puts(gen->out, ": ");
        etch_text_puts(gen->out, is_str(arg) && !of_c ? "&core::ffi::CStr" : type_name(arg));
    }
}

static void arguments(struct gen *gen)
{
    const struct etch_decl *decl = gen->event->decl;
    for (size_t i = 0; i < decl->n_args; i++) {
        etch_text_puts(gen->out, i ? ", _" : "_");
        etch_text_puts(gen->out, decl->args[i].name);
        etch_text_puts(gen->out, is_str(&decl->args[i]) ? ".as_ptr()" : "");
    }
}

static bool is_active(const struct gen *gen)
{
    return gen->event->enabled && !gen_is_nop(gen);
}

static void externs(struct gen *gen)
{
    const struct etch_gen_options *o = gen->options;
    gen_emit(gen, "unsafe extern \"C\" {\n    static etch_words_$g: [u16; $c];\n");
    for (size_t i = 0; i < gen->n_events; i++) {
        gen->event = &gen->events[i];
        if (!is_active(gen))
            continue;
        for (size_t j = 0; j < o->n_backends; j++) {
            if (o->backends[j]->rust_static) {
                etch_text_puts(gen->out, "    ");
                gen_emit(gen, o->backends[j]->rust_static);
            }
        }
        gen_emit(gen, "    fn $f(");
        parameters(gen, true);
        etch_text_puts(gen->out, ");\n");
    }
    gen_emit(gen, "}\n");
}

/* "a || b": the word, if a backend heeds it, and what others have of their own. */
static void state(struct gen *gen)
{
    const struct etch_gen_options *o = gen->options;
    bool word = false;
    size_t n = 0;
    for (size_t i = 0; i < o->n_backends; i++) {
        const struct etch_backend *backend = o->backends[i];
        if (!backend->state || (!backend->rust_state && word))
            continue;
        word |= !backend->rust_state;
        etch_text_puts(gen->out, n++ ? "\n            || " : "");
        gen_emit(gen, backend->rust_state ? backend->rust_state
                                          : "read_volatile(addr_of!(etch_words_$g[$i])) != 0");
    }
}

static void functions(struct gen *gen)
{
    bool active = is_active(gen);
    gen_emit(gen, "\n#[inline(always)]\npub fn trace_$n_enabled() -> bool {\n    ");
    etch_text_puts(gen->out, active ? "unsafe {\n        " : "false");
    if (active) {
        state(gen);
        etch_text_puts(gen->out, "\n    }");
    }
    gen_emit(gen, "\n}\n\n#[inline(always)]\npub fn trace_$n(");
    parameters(gen, false);
    gen_emit(gen, ") {\n");
    if (active) {
        gen_emit(gen, "    if trace_$n_enabled() {\n        unsafe { $f(");
        arguments(gen);
        gen_emit(gen, ") }\n    }\n");
    }
    gen_emit(gen, "}\n");
}

static void write_rs(struct gen *gen)
{
    gen_emit(gen, "// SPDX-License-Identifier: MIT\n"
                  "// This file is generated from trace-events: do not edit.\n"
                  "\n"
                  "#[allow(unused_imports)]\n"
                  "use core::ffi::{c_char, c_int, c_long, c_ulong};\n"
                  "#[allow(unused_imports)]\n"
                  "use core::ptr::{addr_of, read_volatile};\n"
                  "\n"
                  "#[allow(dead_code, non_upper_case_globals)]\n");
    externs(gen);
    for (size_t i = 0; i < gen->n_events; i++) {
        gen->event = &gen->events[i];
        functions(gen);
    }
}

const struct etch_gen_format etch_format_rs = {"rs", write_rs};
