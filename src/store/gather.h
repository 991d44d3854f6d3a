/*
 * Rows of one kind for one statement, gathered for a few milliseconds and stored together
 * (architecture.md 3.3).
 *
 * One statement is under way at a time; what comes meanwhile is the next batch, so batches grow
 * with the load by themselves. Rows are kept until committed: sent again after a lost connection or
 * a server that cannot now. A batch that the server refuses for what is in it (SQLSTATE classes 22,
 * 23, P0) is stored row by row, so that one bad row costs itself alone.
 */
#ifndef STORE_GATHER_H
#define STORE_GATHER_H

#include "store/array.h"
#include "store/pg.h"

struct gather;

/* Row i of the batch was stored (result row `row`, or -1 when the statement answers none), or
 * refused (r NULL). */
typedef void (*gather_row_cb)(const struct pg_result *r, int row, void *row_arg);

struct gather_conf {
	const struct pg_statement *statement;
	unsigned columns;
	/* Puts the columns (and what else the statement wants) in the order of its parameters. */
	void (*params)(const char *const column[], const char *value[], void *arg);
	gather_row_cb row; /* NULL: nobody waits for it */
	bool row_results;  /* the statement answers a row for each row, its number (from 1) in the
			      first column */
	void (*moved)(void *arg); /* the number of waiting rows changed */
	void *arg;
};

struct gather *gather_new(struct loop *, struct pg *, const struct gather_conf *);
void gather_free(
    struct gather *); /* rows that wait are given up: their row callback comes with r NULL */
/* The rows to put the next row's values into; then gather_added() with what its callback wants. */
struct rows *gather_rows(struct gather *);
void gather_added(struct gather *, void *row_arg);
unsigned gather_waiting(const struct gather *);
void gather_flush(
    struct gather *); /* now, not in a few milliseconds; also when the connection is up again */

#endif
