/*
 * What a carrier's code means: status, reason, and what to do next (receipts.md 4; campaigns.md 9,
 * 12).
 *
 * Outcomes are data: the rows of campaign_store.carrier_code, read at start and on reload into one
 * table. Choosing the row is the only logic here. Reasons are the stable words of the table reason;
 * this module does not know them.
 */
#ifndef POLICY_OUTCOME_H
#define POLICY_OUTCOME_H

#include "base/err.h"
#include "smpp/receipt.h"

enum outcome_status {
	OUTCOME_RETRY,   /* (retry): not final, refused for now */
	OUTCOME_PENDING, /* (pending): not final, wait */
	OUTCOME_DELIVERED,
	OUTCOME_ABORTED,
	OUTCOME_UNKNOWN,
	OUTCOME_STATUSES
};

enum outcome_next {
	OUTCOME_NO,
	OUTCOME_SAME_BIND,
	OUTCOME_OTHER_BIND,
	OUTCOME_LATER,
	OUTCOME_FIX,
	OUTCOME_WAIT,
	OUTCOME_NEXTS
};

struct outcome {
	enum outcome_status status;
	enum outcome_next next;
	char reason[32]; /* "" for delivered and pending */
	bool unlisted;   /* no row named this code: count it and log it once */
};

struct outcomes; /* the table */

struct outcomes *outcomes_new(void);
void outcomes_free(struct outcomes *);
/*
 * One row, in the words of carrier_errors.csv: status "Aborted", "(retry)", ...; next "no",
 * "same_bind", ... A code may be a number (decimal or 0x), a range "0x400-0x4FF", a word, or
 * "other". 0, or -1 with err: a word that is not known.
 */
int outcomes_add(struct outcomes *, const char *source, const char *code, const char *status,
    const char *reason, const char *next, struct err *);
unsigned outcomes_count(const struct outcomes *);

/*
 * codes is the carrier's key `codes`: "" = none, "gsm" = err is GSM, else the source of its own
 * rows. Both always answer.
 */
struct outcome outcome_of_submit(
    const struct outcomes *, const char *codes, uint32_t command_status);
struct outcome outcome_of_receipt(
    const struct outcomes *, const char *codes, const struct smpp_receipt *);

const char *outcome_status_name(enum outcome_status);

#endif
