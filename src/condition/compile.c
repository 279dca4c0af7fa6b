/* SPDX-License-Identifier: MIT
 *
 * compile.c: the text of a condition → tests that lead from one to the next.
 * What && || ! ( ) mean is all in where a test leads when it holds and when it
 * does not, so that evaluation needs no stack and cannot loop.
 *
 * Reads:  the text, the event's arguments.
 * Writes: a clause, or a fault.
 */
#include "condition/lexer.h"
#include "format/kind.h"

/* Ways out of tests that lead nowhere yet: bits by test. */
struct exits {
    uint64_t yes, no;
};

/* A piece of the condition, and the ways out of it. */
struct piece {
    struct exits when_true, when_false;
};

struct compiler {
    struct lexer l;
    const struct etch_arguments *args;
    struct etch_condition *to;
    unsigned depth;
};

/* What stands on the left of a comparison. */
struct operand {
    size_t begin, name_length;
    uint8_t argument;
    char kind; /* 0: not known, the syntax alone is checked */
    bool masked;
    uint64_t mask;
};

/* ---- joining pieces ---- */

static void lead(struct compiler *c, struct exits exits, uint8_t to)
{
    for (uint16_t i = 0; i < c->to->n_tests; i++) {
        if (exits.yes >> i & 1)
            c->to->test[i].yes = to;
        if (exits.no >> i & 1)
            c->to->test[i].no = to;
    }
}

static struct exits both(struct exits a, struct exits b)
{
    return (struct exits){a.yes | b.yes, a.no | b.no};
}

static struct piece inverse(struct piece p)
{
    return (struct piece){.when_true = p.when_false, .when_false = p.when_true};
}

/* ---- types ---- */

static int fail_operand(struct compiler *c, const struct operand *o, const char *what)
{
    return lexer_fail(&c->l, o->begin, "", c->l.text + o->begin, o->name_length, what);
}

static unsigned bits_of(const struct compiler *c, char kind)
{
    return kind == ETCH_KIND_BOOL
               ? 1
               : 8 * (unsigned)etch_kind_size(kind, c->args->long_size, c->args->ptr_size);
}

static int fail_range(struct compiler *c, const struct operand *o, const struct constant *k,
                      uint64_t max, bool is_signed)
{
    char range[80];
    struct text t = text_in(range, sizeof(range));
    text_add(&t, " is never that: it is from ");
    text_add(&t, is_signed ? "-" : "");
    text_u64(&t, is_signed ? max + 1 : 0);
    text_add(&t, " to ");
    text_u64(&t, max);
    return lexer_fail(&c->l, k->begin, "", c->l.text + o->begin, o->name_length, range);
}

/* The constant as the argument's type has it. */
static int number_value(struct compiler *c, const struct operand *o, const struct constant *k,
                        uint64_t *value)
{
    unsigned bits = bits_of(c, o->kind);
    bool is_signed = !o->masked && etch_kind_signed(o->kind, c->args->char_signed);
    uint64_t max = UINT64_MAX >> (64 - bits + is_signed);
    *value = k->negative ? 0 - k->number : k->number;
    if (k->type == CONSTANT_CHAR && bits == 8 && is_signed)
        *value = (uint64_t)(int64_t)(signed char)k->number;
    else if (k->number > max + (k->negative && is_signed) ||
             (k->negative && !is_signed && k->number != 0))
        return fail_range(c, o, k, max, is_signed);
    return 0;
}

/* Copies a text to where it is compared from. */
static int keep_text(struct compiler *c, const struct constant *k, struct etch_test *test)
{
    struct etch_condition *to = c->to;
    test->value = to->text_size;
    for (size_t at = k->begin + 1; at + 1 < k->end; to->text_size++) {
        if (to->text_size == ETCH_CONDITION_TEXT_MAX)
            return lexer_fail(&c->l, k->begin, "the texts of a condition have 512 bytes at most",
                              NULL, 0, "");
        to->text[to->text_size] = lexer_text_byte(c->l.text, &at);
    }
    test->length = (uint16_t)(to->text_size - test->value);
    return 0;
}

static int string_test(struct compiler *c, const struct operand *o, const struct constant *k,
                       struct etch_test *test)
{
    if (k->type == CONSTANT_NULL && test->op == ETCH_TEST_EQUAL)
        return 0;
    if (k->type != CONSTANT_TEXT || (test->op != ETCH_TEST_EQUAL && test->op != ETCH_TEST_GLOB))
        return fail_operand(c, o,
                            " is a string: it is compared by == and != with \"text\" or NULL, by "
                            "=~ with a \"pattern*\"");
    test->op = test->op == ETCH_TEST_GLOB ? ETCH_TEST_GLOB : ETCH_TEST_TEXT;
    return keep_text(c, k, test);
}

static int number_test(struct compiler *c, const struct operand *o, const struct constant *k,
                       struct etch_test *test)
{
    if (o->kind == ETCH_KIND_FLOAT || o->kind == ETCH_KIND_DOUBLE)
        return fail_operand(c, o,
                            " is a floating-point number: conditions take integers, "
                            "pointers and strings");
    if (k->type == CONSTANT_TEXT || test->op == ETCH_TEST_GLOB)
        return fail_operand(c, o, " is a number: compare it with one by == != < <= > >=");
    if (k->type == CONSTANT_NULL && o->kind != ETCH_KIND_POINTER)
        return fail_operand(c, o, " is a number, no pointer: write 0 for NULL");
    test->is_signed = !o->masked && etch_kind_signed(o->kind, c->args->char_signed);
    if (o->masked)
        test->mask = o->mask & UINT64_MAX >> (64 - bits_of(c, o->kind));
    return number_value(c, o, k, &test->value);
}

/* ---- tests ---- */

static int add_test(struct compiler *c, const struct operand *o, const struct constant *k,
                    struct etch_test test, bool negated, struct piece *piece)
{
    uint16_t n = c->to->n_tests;
    if (n == ETCH_TESTS_MAX)
        return lexer_fail(&c->l, o->begin, "a condition has 64 comparisons at most", NULL, 0, "");
    test.argument = o->argument;
    test.mask = UINT64_MAX;
    int r = o->kind == 0                                ? 0
            : o->kind == ETCH_KIND_STRING && !o->masked ? string_test(c, o, k, &test)
                                                        : number_test(c, o, k, &test);
    if (r < 0)
        return r;
    c->to->test[n] = test;
    c->to->n_tests++;
    *piece = (struct piece){.when_true = {.yes = UINT64_C(1) << n},
                            .when_false = {.no = UINT64_C(1) << n}};
    if (negated)
        *piece = inverse(*piece);
    return 0;
}

static int fail_argument(struct compiler *c, const struct operand *o)
{
    char rest[160];
    struct text t = text_in(rest, sizeof(rest));
    text_add(&t, c->args->n == 0 ? "; it has none" : "; it has ");
    for (uint32_t i = 0; i < c->args->n; i++) {
        if (c->args->v[i].length == 0)
            continue;
        text_add(&t, t.data[t.used - 1] == ' ' ? "" : ", ");
        text_bytes(&t, c->args->v[i].name, c->args->v[i].length);
    }
    char before[80];
    struct text b = text_in(before, sizeof(before));
    text_add(&b, c->args->event);
    text_add(&b, " has no argument ");
    lexer_fail(&c->l, o->begin, before, c->l.text + o->begin, o->name_length, rest);
    return -ENOENT;
}

static bool names(const struct etch_argument *arg, const char *name, size_t length)
{
    return arg->length == length && __builtin_memcmp(arg->name, name, length) == 0;
}

static int find_argument(struct compiler *c, struct operand *o)
{
    if (c->args == NULL)
        return 0;
    for (uint32_t i = 0; i < c->args->n; i++)
        if (names(&c->args->v[i], c->l.text + o->begin, o->name_length)) {
            o->argument = (uint8_t)i;
            o->kind = c->args->v[i].kind;
            return 0;
        }
    return fail_argument(c, o);
}

/* NAME, or NAME & MASK. */
static int operand(struct compiler *c, struct operand *o)
{
    lexer_blanks(&c->l);
    *o = (struct operand){.begin = c->l.at, .name_length = lexer_name(&c->l)};
    if (o->name_length == 0)
        return lexer_fail(&c->l, c->l.at, "an argument of the event is missing: write NAME == 1",
                          NULL, 0, "");
    c->l.at += o->name_length;
    int r = find_argument(c, o);
    lexer_blanks(&c->l);
    if (r < 0 || lexer_char(&c->l, 0) != '&' || lexer_char(&c->l, 1) == '&')
        return r;
    c->l.at++;
    lexer_blanks(&c->l);
    o->masked = true;
    if (o->kind == ETCH_KIND_STRING)
        return fail_operand(c, o, " is a string: it has no bits");
    return lexer_number(&c->l, &o->mask);
}

static const struct comparison {
    char text[3];
    uint8_t op;
    bool negated;
} comparisons[] = {
    {"==", ETCH_TEST_EQUAL, false},    {"!=", ETCH_TEST_EQUAL, true},
    {"=~", ETCH_TEST_GLOB, false},     {"<=", ETCH_TEST_LESS_EQUAL, false},
    {">=", ETCH_TEST_LESS, true},      {"<", ETCH_TEST_LESS, false},
    {">", ETCH_TEST_LESS_EQUAL, true},
};

static const struct comparison *comparison(struct compiler *c)
{
    for (size_t i = 0; i < sizeof(comparisons) / sizeof(comparisons[0]); i++)
        if (lexer_take(&c->l, comparisons[i].text))
            return &comparisons[i];
    return NULL;
}

/* Behind an operand: a comparison, or nothing, which asks whether it is 0. */
static int test_behind(struct compiler *c, const struct operand *o, struct piece *piece)
{
    struct constant k = {.type = o->kind == ETCH_KIND_STRING ? CONSTANT_NULL : CONSTANT_NUMBER};
    const struct comparison *found = comparison(c);
    if (found == NULL && lexer_char(&c->l, 0) == '=')
        return lexer_fail(&c->l, c->l.at, "write == to compare", NULL, 0, "");
    int r = found != NULL ? lexer_constant(&c->l, &k) : 0;
    if (r < 0)
        return r;
    struct etch_test test = {.op = found != NULL ? found->op : ETCH_TEST_EQUAL};
    return add_test(c, o, &k, test, found == NULL || found->negated, piece);
}

/* "(NAME & MASK)", as C wants it. */
static bool is_masked_operand(const struct compiler *c)
{
    struct lexer l = c->l;
    uint64_t mask;
    struct etch_clause_fault fault;
    l.fault = &fault;
    lexer_blanks(&l);
    l.at += lexer_name(&l);
    if (!lexer_take(&l, "&") || lexer_char(&l, 0) == '&')
        return false;
    lexer_blanks(&l);
    return lexer_number(&l, &mask) == 0 && lexer_take(&l, ")");
}

/* ---- the grammar ---- */

static int any_of(struct compiler *c, struct piece *piece);

static int in_parentheses(struct compiler *c, size_t begin, struct piece *piece)
{
    struct operand o;
    bool masked = is_masked_operand(c);
    int r = masked ? operand(c, &o) : any_of(c, piece);
    if (r < 0)
        return r;
    if (!lexer_take(&c->l, ")"))
        return lexer_fail(&c->l, begin, "the closing `)` is missing", NULL, 0, "");
    return masked ? test_behind(c, &o, piece) : 0;
}

static int unary(struct compiler *c, struct piece *piece)
{
    struct operand o;
    lexer_blanks(&c->l);
    size_t begin = c->l.at;
    bool negated = lexer_take(&c->l, "!");
    int r;
    if (++c->depth > ETCH_CONDITION_DEPTH_MAX)
        r = lexer_fail(&c->l, begin, "more than 32 `(` and `!` within each other", NULL, 0, "");
    else if (negated)
        r = unary(c, piece);
    else if (lexer_take(&c->l, "("))
        r = in_parentheses(c, begin, piece);
    else if ((r = operand(c, &o)) == 0)
        r = test_behind(c, &o, piece);
    c->depth--;
    if (r == 0 && negated)
        *piece = inverse(*piece);
    return r;
}

static int all_of(struct compiler *c, struct piece *piece)
{
    int r = unary(c, piece);
    while (r == 0 && lexer_take(&c->l, "&&")) {
        struct piece right;
        lead(c, piece->when_true, (uint8_t)c->to->n_tests);
        if ((r = unary(c, &right)) < 0)
            return r;
        piece->when_true = right.when_true;
        piece->when_false = both(piece->when_false, right.when_false);
    }
    return r;
}

static int any_of(struct compiler *c, struct piece *piece)
{
    int r = all_of(c, piece);
    while (r == 0 && lexer_take(&c->l, "||")) {
        struct piece right;
        lead(c, piece->when_false, (uint8_t)c->to->n_tests);
        if ((r = all_of(c, &right)) < 0)
            return r;
        piece->when_false = right.when_false;
        piece->when_true = both(piece->when_true, right.when_true);
    }
    return r;
}

/* ---- the clause ---- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

size_t etch_clause_find(const char *text, size_t length)
{
    struct lexer l = {.text = text, .length = length};
    while (l.at < length && !is_blank(text[l.at]))
        l.at++;
    lexer_blanks(&l);
    size_t begin = l.at;
    return lexer_take_word(&l, "if") || lexer_take_word(&l, "limit") ? begin : length;
}

size_t etch_clause_name(const char *text, size_t clause, size_t length)
{
    while (clause < length && clause > 0 && is_blank(text[clause - 1]))
        clause--;
    return clause;
}

static int limit(struct lexer *l, uint32_t *limit)
{
    uint64_t n;
    lexer_blanks(l);
    size_t begin = l->at;
    int r = lexer_number(l, &n);
    if (r == 0 && (!lexer_take(l, "/") || !lexer_take_word(l, "s") || n == 0 || n > ETCH_LIMIT_MAX))
        r = lexer_fail(l, begin, "a limit is 1/s to 1000000/s", NULL, 0, "");
    *limit = r < 0 ? 0 : (uint32_t)n;
    return r;
}

int etch_clause_compile(struct etch_clause *clause, const char *text, size_t length, size_t from,
                        const struct etch_arguments *args, struct etch_clause_fault *fault)
{
    struct compiler c = {.l = {text, length, from, fault}, .args = args, .to = &clause->condition};
    *clause = (struct etch_clause){0};
    if (lexer_take_word(&c.l, "if")) {
        struct piece piece = {0};
        int r = any_of(&c, &piece);
        if (r < 0)
            return r;
        lead(&c, piece.when_true, ETCH_TEST_TRUE);
        lead(&c, piece.when_false, ETCH_TEST_FALSE);
    }
    if (lexer_take_word(&c.l, "limit") && limit(&c.l, &clause->limit) < 0)
        return -EINVAL;
    lexer_blanks(&c.l);
    clause->end = c.l.at;
    if (c.l.at < length && text[c.l.at] != ',')
        return lexer_fail(&c.l, c.l.at, "&&, ||, limit N/s or the end is expected here, not ",
                          text + c.l.at, lexer_name(&c.l) + (lexer_name(&c.l) == 0), "");
    return 0;
}
