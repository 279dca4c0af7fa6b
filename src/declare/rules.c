/* SPDX-License-Identifier: MIT
 *
 * rules.c: one table of what each era of QEMU refuses.
 *
 * Reads:  a rule that a line breaks.
 * Writes: the diagnostic, with QEMU's words where QEMU has any.
 * Never:  looks at the text: parse.c and args.c do.
 */
#include "declare/rules.h"

#include "declare/diag.h"

enum { P = ETCH_PASS, W = ETCH_WARN, E = ETCH_REFUSE };

/* Whose words a message has. */
enum { OURS, QEMUS };

static const struct {
    unsigned char verdict[5]; /* by enum etch_era: any, 2.8, 7.2, 11, reader */
    unsigned char words;
} rules[ETCH_RULES] = {
    [ETCH_RULE_SHAPE] = {{E, E, E, E, E}, OURS},
    [ETCH_RULE_NUL] = {{E, E, E, E, E}, OURS},
    [ETCH_RULE_UTF8] = {{W, P, E, E, P}, OURS},
    [ETCH_RULE_FINAL_NEWLINE] = {{W, P, E, E, P}, QEMUS},
    [ETCH_RULE_TAIL] = {{W, W, W, W, P}, OURS},
    [ETCH_RULE_PERCENT_M] = {{W, P, E, E, P}, QEMUS},
    [ETCH_RULE_NEWLINE_END] = {{W, P, E, E, P}, QEMUS},
    [ETCH_RULE_NEWLINE] = {{W, P, P, E, P}, QEMUS},
    [ETCH_RULE_EMPTY_ARG] = {{E, E, E, E, P}, QEMUS},
    [ETCH_RULE_ONE_WORD] = {{E, E, E, E, P}, OURS},
    [ETCH_RULE_EMPTY_NAME] = {{W, W, W, W, P}, OURS},
    [ETCH_RULE_TYPE] = {{W, P, E, E, P}, QEMUS},
    [ETCH_RULE_COUNT] = {{W, P, E, E, P}, QEMUS},
    [ETCH_RULE_PROPERTY] = {{E, E, E, E, P}, QEMUS},
    [ETCH_RULE_VCPU] = {{P, P, P, E, P}, QEMUS},
    [ETCH_RULE_TCG] = {{P, P, E, E, P}, QEMUS},
    [ETCH_RULE_NOTIME] = {{P, E, E, E, P}, QEMUS},
    [ETCH_RULE_TWO_FORMATS] = {{P, E, P, P, P}, QEMUS},
    [ETCH_RULE_TCG_FORMATS] = {{E, E, P, P, P}, QEMUS},
};

enum etch_verdict etch_rule_verdict(enum etch_rule rule, enum etch_era era)
{
    return rules[rule].verdict[era];
}

bool etch_rule_broken(struct etch_line *line, enum etch_rule rule, const char *at, const char *hint,
                      const char *format, ...)
{
    enum etch_verdict verdict = etch_rule_verdict(rule, line->era);
    if (verdict == ETCH_REFUSE)
        line->failed = true;
    if (verdict == ETCH_PASS || line->era == ETCH_ERA_READER)
        return verdict == ETCH_REFUSE;

    struct etch_place place = {.file = line->file,
                               .line = line->number,
                               .column = at ? (unsigned)(at - line->text) + 1 : 0,
                               .text = line->text,
                               .length = line->length};
    bool qemus = rules[rule].words == QEMUS;
    /* A warning with QEMU's words is one about eras that the user did not ask
     * for: say so. */
    const char *prefix = qemus && verdict == ETCH_WARN ? "QEMU 11 refuses this: " : NULL;
    va_list ap;
    va_start(ap, format);
    etch_diag_at(line->diags, verdict == ETCH_REFUSE ? ETCH_ERROR : ETCH_WARNING, &place,
                 qemus && verdict == ETCH_REFUSE, hint, prefix, format, ap);
    va_end(ap);
    return verdict == ETCH_REFUSE;
}
