/* The table of behaviours: plan_row.c holds it, plan.c applies it. For those two only. */
#ifndef CARRIER_PLAN_ROW_H
#define CARRIER_PLAN_ROW_H

#include "plan.h"

struct plan_row;

/* A row's parameter: the last two digits of the number, or what follows the colon in a rule. */
struct plan_param {
	const char *text; /* "" when there is none */
	double number;    /* 0 when it is none */
};

typedef void plan_row_set(
    struct plan *, const struct plan_row *, const struct plan_param *, enum plan_codes);

/* One line of the table: what a word, or the two digits after 555, does to a plan. */
struct plan_row {
	unsigned digits; /* 0: only by its word */
	const char *word, *param, *help;
	plan_row_set *set;
	const char *text;        /* the stat, or the reply */
	unsigned bandwidth, gsm; /* the err of either set of codes */
	int value;               /* an enum plan_answer, an enum plan_form or a status */
};

/* NULL for a word, or digits, that stand for nothing. */
const struct plan_row *plan_row_by_word(const char *);
const struct plan_row *plan_row_by_digits(unsigned);

/* Adds a receipt to the plan, which must have room. */
struct plan_notice *plan_add_notice(struct plan *, const char *stat, unsigned err);

#endif
