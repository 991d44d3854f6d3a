/*
 * Rows on their way to PostgreSQL: one array literal per column, built as the rows come ("{1,2,\"a
 * b\"}"). A row can be taken out again alone, for the case that one of many is refused. Pure.
 */
#ifndef STORE_ARRAY_H
#define STORE_ARRAY_H

#include "base/buf.h"

enum { ARRAY_COLUMNS_MAX = 12, ARRAY_VALUE_MAX = 16384 };

struct rows {
	unsigned columns, n;
	struct buf column[ARRAY_COLUMNS_MAX]; /* "{a,b" : open, without the final brace */
	struct buf starts; /* uint32_t [n][columns]: where each value begins in its column */
	unsigned next;     /* column that the next value goes to */
	bool failed;       /* memory ran out: the rows must not be used */
};

void rows_init(struct rows *, unsigned columns);
void rows_clear(struct rows *);
void rows_reset(struct rows *);
/* The values of a row, in order. Text is quoted and escaped, and cut at ARRAY_VALUE_MAX; NULL is
 * SQL's NULL. */
void rows_text(struct rows *, const char *);
void rows_int(struct rows *, int64_t);
/* The literals of all rows, valid until something is put. */
void rows_all(struct rows *, const char *out[]);
/* The literals of row i alone, in one buffer that the caller reuses. */
void rows_one(const struct rows *, unsigned i, struct buf *scratch, const char *out[]);

#endif
