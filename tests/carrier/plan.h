/*
 * What the carrier does with one submit_sm, decided by the destination: by a rule (file or control
 * line), else by the digits of the number, else it delivers. Pure. plan.c holds the one table;
 * plan_help() prints it.
 */
#ifndef CARRIER_PLAN_H
#define CARRIER_PLAN_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum plan_answer {
	PLAN_ANSWER,
	PLAN_NEVER,       /* says nothing */
	PLAN_DROP_BEFORE, /* closes instead of answering */
	PLAN_DROP_AFTER,  /* answers, then closes */
	PLAN_CUT,         /* closes in the middle of the answer */
	PLAN_GARBAGE,     /* bytes that are no SMPP instead of an answer */
	PLAN_NACK,        /* generic_nack instead of an answer */
	PLAN_STRAY,       /* an answer that nobody waits for comes first */
	PLAN_TWICE,       /* the same answer twice */
	PLAN_EMPTY_ID,    /* accepts without a message id */
};

/* How a receipt is put on the wire (receipts.md 3). */
enum plan_form {
	PLAN_BOTH,    /* text and optional parameters */
	PLAN_TEXT,    /* only text */
	PLAN_TLV,     /* only optional parameters */
	PLAN_PAYLOAD, /* text in message_payload */
	PLAN_DATA_SM, /* in a data_sm */
	PLAN_UCS2,    /* text coded in UCS-2 */
	PLAN_PLAIN,   /* esm_class 0, only text */
	PLAN_ODD,     /* other order, capitals, blanks, no sub, dlvrd and text */
	PLAN_FORMS
};

enum plan_codes { PLAN_BANDWIDTH, PLAN_GSM };

enum { PLAN_NOTICES = 3, PLAN_STAT_SIZE = 12 };

/* One receipt to come. */
struct plan_notice {
	char stat[PLAN_STAT_SIZE];
	unsigned err;      /* 0 = none */
	bool intermediate; /* esm_class 0x20 */
	int64_t after_ms;  /* beyond the receipt delay that all have */
};

struct plan {
	enum plan_answer answer;
	uint32_t status;     /* of the submit_sm_resp */
	unsigned times;      /* status only for the first so many tries of a text; 0 = always */
	int64_t answer_ms;   /* -1: the delay that all have */
	bool early;          /* receipts go out before the answer */
	enum plan_form form; /* PLAN_FORMS: the one that all have */
	unsigned n_notices;
	struct plan_notice notice[PLAN_NOTICES];
	const char *reply; /* UTF-8, or NULL; lives as long as the rules */
	int64_t reply_ms;
};

struct plans; /* the rules */

struct plans *plans_new(enum plan_codes, bool by_digits);
void plans_free(struct plans *);
/*
 * A rule: a pattern as the shell's, for the number without "+", and what to do: "landline",
 * "refuse:0x0b", "late:2+stop". The newest rule that fits wins. 0, or -1 with err.
 */
int plans_rule(struct plans *, const char *pattern, const char *what, struct err *);
/* Rules from a file, one a line, `#` begins a comment. The first that fits wins, before those that
 * were there. */
int plans_read(struct plans *, const char *file, struct err *);
void plan_for(const struct plans *, const char *destination, struct plan *);

/* -1 for a word that is none. */
int plan_form_parse(const char *);
void plan_help(FILE *);

#endif
