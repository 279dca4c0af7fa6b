/* SPDX-License-Identifier: MIT
 *
 * read_note_test.c: notes of ELF files of every class and byte order, and side
 * files of either order; hostile ones.
 */
#include <elf.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "pool_image.h"
#include "read/in_meta.h"
#include "read/in_note.h"

static char folder[32];

static int setup(void **state)
{
    (void)state;
    enter_folder(folder);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    leave_folder(folder);
    return 0;
}

static void put_u16(struct bytes *b, uint16_t v)
{
    v = b->swap ? __builtin_bswap16(v) : v;
    put_bytes(b, &v, sizeof(v));
}

/* An address or size of the file's class. */
static void put_word(struct bytes *b, bool wide, uint64_t v)
{
    if (wide)
        put_u64(b, v);
    else
        put_u32(b, (uint32_t)v);
}

/* Two notes of others' and two of ours, with padding between. */
static void put_notes(struct bytes *b)
{
    static const unsigned char zero[8];
    struct bytes note = {.swap = b->swap};
    put_note(&note);
    put_u32(b, 4);
    put_u32(b, 3);
    put_u32(b, 1);
    put_bytes(b, "GNU\0abc\0", 8);
    for (int i = 0; i < 2; i++) {
        put_u32(b, 5);
        put_u32(b, (uint32_t)note.n);
        put_u32(b, 1);
        put_bytes(b, "etch\0\0\0\0", 8);
        put_bytes(b, note.data, note.n);
        put_bytes(b, zero, -note.n & 3);
        put_bytes(b, zero, 4);
    }
    put_u32(b, 5);
    put_u32(b, 0);
    put_u32(b, 99);
    put_bytes(b, "etch\0\0\0\0", 8);
    free(note.data);
}

/* An ELF file with one note section, or with one note segment only. */
static struct bytes elf_file(bool wide, bool swap, bool section)
{
    struct bytes b = {.swap = swap}, notes = {.swap = swap};
    bool little = (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__) != swap;
    const unsigned char ident[16] = {0x7f,
                                     'E',
                                     'L',
                                     'F',
                                     wide ? ELFCLASS64 : ELFCLASS32,
                                     little ? ELFDATA2LSB : ELFDATA2MSB,
                                     EV_CURRENT};
    uint64_t head = wide ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr);
    uint64_t entry = section ? (wide ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr))
                             : (wide ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr));
    uint64_t at = head + entry;
    put_notes(&notes);
    put_bytes(&b, ident, sizeof(ident));
    put_u16(&b, ET_DYN);
    put_u16(&b, EM_NONE);
    put_u32(&b, EV_CURRENT);
    put_word(&b, wide, 0);
    put_word(&b, wide, section ? 0 : head);
    put_word(&b, wide, section ? head : 0);
    put_u32(&b, 0);
    put_u16(&b, (uint16_t)head);
    put_u16(&b, section ? 0 : (uint16_t)entry);
    put_u16(&b, !section);
    put_u16(&b, section ? (uint16_t)entry : 0);
    put_u16(&b, section);
    put_u16(&b, 0);
    assert_int_equal(b.n, head);
    if (section) {
        put_u32(&b, 0);
        put_u32(&b, SHT_NOTE);
        put_word(&b, wide, 0);
        put_word(&b, wide, 0);
        put_word(&b, wide, at);
        put_word(&b, wide, notes.n);
        put_u32(&b, 0);
        put_u32(&b, 0);
        put_word(&b, wide, 4);
        put_word(&b, wide, 0);
    } else {
        put_u32(&b, PT_NOTE);
        if (wide)
            put_u32(&b, 0);
        put_word(&b, wide, at);
        put_word(&b, wide, 0);
        put_word(&b, wide, 0);
        put_word(&b, wide, notes.n);
        put_word(&b, wide, notes.n);
        if (!wide)
            put_u32(&b, 0);
        put_word(&b, wide, 4);
    }
    assert_int_equal(b.n, at);
    put_bytes(&b, notes.data, notes.n);
    free(notes.data);
    return b;
}

static void check_group(const struct etch_decl *d)
{
    assert_string_equal(d[0].name, "num");
    assert_int_equal(d[0].n_args, 3);
    assert_string_equal(d[0].args[1].type, "void *");
    assert_string_equal(d[0].args[1].name, "p");
    assert_int_equal(d[0].args[1].kind, 'P');
    assert_string_equal(d[0].format, "\"x=%d\"");
    assert_string_equal(d[0].file, "dir/trace-events");
    assert_int_equal(d[0].line, 1);
    assert_int_equal(d[1].args[0].kind, 's');
    assert_int_equal(d[1].args[2].kind, 'f');
    assert_int_equal(d[2].n_args, 0);
    assert_string_equal(d[3].name, "off");
    assert_int_equal(d[3].properties, ETCH_PROP_DISABLE);
    assert_int_equal(d[3].line, 4);
}

static void test_classes(void **state)
{
    (void)state;
    for (int i = 0; i < 8; i++) {
        struct bytes b = elf_file(i & 1, i & 2, i & 4);
        struct etch_decl_list list = {0};
        char *error;
        write_bytes("exe", &b);
        assert_int_equal(etch_note_load("exe", &list, &error), 0);
        assert_null(error);
        assert_int_equal(list.n, 8);
        check_group(list.v);
        check_group(list.v + 4);
        etch_decl_list_free(&list);
        free(b.data);
    }
}

/* The test's own executable has sections and no events. */
static void test_refused(void **state)
{
    (void)state;
    struct etch_decl_list list = {0};
    char *error;
    assert_int_equal(etch_note_load("/proc/self/exe", &list, &error), -ENODATA);
    assert_non_null(strstr(error, "etch gen"));
    free(error);
    write_text("text", "#!/bin/sh\nthis is a script of more than one hundred characters, "
                       "which is what an ELF header has at least\n");
    assert_int_equal(etch_note_load("text", &list, &error), -ENOEXEC);
    free(error);
    assert_int_equal(etch_note_load("missing", &list, &error), -ENOENT);
    assert_non_null(strstr(error, "missing: "));
    free(error);
    assert_int_equal(etch_note_load(".", &list, &error), -ENOEXEC);
    free(error);
    assert_int_equal(list.n, 0);
}

static void test_damaged(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct bytes b = elf_file(i, false, true);
        for (size_t at = 0; at < b.n; at++)
            for (int cut = 0; cut < 2; cut++) {
                struct etch_decl_list list = {0};
                char *error;
                b.data[at] ^= (unsigned char)(1u << at % 8);
                write_at("exe", b.data, cut ? at : b.n);
                int r = etch_note_load("exe", &list, &error);
                assert_true((r < 0) == (error != NULL));
                assert_true(list.n <= 8 || r < 0);
                free(error);
                etch_decl_list_free(&list);
                b.data[at] ^= (unsigned char)(1u << at % 8);
            }
        free(b.data);
    }
}

/* Text that the parser of declarations does not take: the kinds count. */
static void test_odd_text(void **state)
{
    (void)state;
    struct bytes b = {0};
    struct note_machine machine;
    struct etch_decl_list list = {0};
    put_note(&b);
    char *args = memmem(b.data, b.n, "int8_t x, void *p", 17);
    assert_non_null(args);
    args[8] = '\n';
    args[0] = ')';
    assert_int_equal(note_parse(b.data, b.n, false, &list, &machine), 0);
    assert_int_equal(list.n, 4);
    assert_int_equal(list.v[0].n_args, 3);
    assert_int_equal(list.v[0].args[0].kind, 'b');
    assert_string_equal(list.v[0].args[2].name, "arg3");
    etch_decl_list_free(&list);
    free(b.data);
}

static void test_meta(void **state)
{
    (void)state;
    for (int swap = 0; swap < 2; swap++) {
        struct bytes b = meta_file(swap);
        struct fault silent = {NULL, NULL};
        const struct note_machine *machine;
        struct meta *meta;
        size_t whole = b.n;
        put_u32(&b, ETCH_META_END); /* cut short, then whole */
        put_u32(&b, 16);
        put_u64(&b, 11);
        write_bytes("meta", &b);
        assert_int_equal(meta_open(&meta, "meta", &silent), 0);
        assert_int_equal(meta->offset, whole);
        assert_int_equal(meta->header.pid, 42);
        assert_string_equal(meta->command, "prog");
        assert_int_equal(meta->command_size, 8);
        check_group(meta_find(meta, 100, &machine));
        assert_int_equal(machine->long_size, 8);
        assert_null(meta_find(meta, 99, &machine));
        assert_null(meta_find(meta, 104, &machine));
        assert_false(meta->ended);
        put_u64(&b, 22); /* as the program appends it */
        int fd = open("meta", O_WRONLY | O_APPEND);
        assert_int_equal(write(fd, b.data + b.n - 8, 8), 8);
        close(fd);
        assert_int_equal(meta->update(meta, &silent), 0);
        assert_true(meta->ended);
        assert_int_equal(meta->end.events, 11);
        assert_int_equal(meta->end.discarded, 22);
        meta_close(meta);
        free(b.data);
    }
}

/* A damaged record: what stands before it counts. */
static void test_damaged_meta(void **state)
{
    (void)state;
    struct bytes b = meta_file(false);
    char *error = NULL;
    struct fault fault = {NULL, &error};
    struct meta *meta;
    put_u32(&b, ETCH_META_GROUP);
    put_u32(&b, UINT32_MAX);
    put_u64(&b, 0);
    write_bytes("meta", &b);
    assert_int_equal(meta_open(&meta, "meta", &fault), -EINVAL);
    assert_non_null(strstr(error, "impossible length"));
    assert_non_null(meta);
    check_group(meta_find(meta, 100, NULL));
    meta_close(meta);
    b.data[0]++;
    write_bytes("meta", &b);
    assert_int_equal(meta_open(&meta, "meta", &fault), -EINVAL);
    assert_null(meta);
    free(error);
    free(b.data);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_classes),      TEST(test_refused),  TEST(test_damaged),
        TEST(test_damaged_meta), TEST(test_odd_text), TEST(test_meta),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
