#include "store/gather.h"

#include "base/log.h"

#include <stdlib.h>
#include <string.h>

enum {
	GATHER_MS = 2,     /* the first row of a batch waits this long for company */
	GATHER_FULL = 300, /* rows that do not wait any more */
	AGAIN_MS = 1000,
};

struct owner { /* who waits for a row */
	void *arg;
	bool told;
};

struct batch {
	struct rows rows;
	struct buf owners; /* struct owner [n] */
};

struct gather {
	struct pg *pg;
	struct gather_conf conf;
	struct loop_timer *timer;
	struct batch batch[2];
	unsigned
	    filling; /* which of the two; the other one is under way, or waits to be sent again */
	bool under_way;
	bool alone; /* row by row, `row` is the present one */
	unsigned row;
	unsigned failures; /* in a row, for the log */
};

static struct batch *
flying(struct gather *g)
{
	return &g->batch[!g->filling];
}

static void
gather_timer(void *arg)
{
	gather_flush(arg);
}

struct gather *
gather_new(struct loop *loop, struct pg *pg, const struct gather_conf *conf)
{
	struct gather *g = calloc(1, sizeof(*g));

	if (!g)
		return NULL;
	g->pg = pg;
	g->conf = *conf;
	for (unsigned i = 0; i < 2; i++) {
		rows_init(&g->batch[i].rows, conf->columns);
		buf_init(&g->batch[i].owners);
	}
	if (!(g->timer = loop_timer_new(loop, gather_timer, g))) {
		gather_free(g);
		return NULL;
	}
	return g;
}

static void
batch_settle(struct gather *g, struct batch *b, unsigned i, const struct pg_result *r, int row)
{
	struct owner *owner = (struct owner *)(void *)b->owners.data + i;

	/* Once, whatever the server answers: the callback frees what waits. */
	if (g->conf.row && !owner->told)
		g->conf.row(r, row, owner->arg);
	owner->told = true;
}

static void
batch_reset(struct batch *b)
{
	rows_reset(&b->rows);
	buf_reset(&b->owners);
}

void
gather_free(struct gather *g)
{
	if (!g)
		return;
	for (unsigned i = 0; i < 2; i++) {
		struct batch *b = &g->batch[i];

		for (unsigned n = i == g->filling || !g->alone ? 0 : g->row; n < b->rows.n; n++)
			batch_settle(g, b, n, NULL, -1);
		rows_clear(&b->rows);
		buf_clear(&b->owners);
	}
	loop_timer_free(g->timer);
	free(g);
}

struct rows *
gather_rows(struct gather *g)
{
	return &g->batch[g->filling].rows;
}

void
gather_added(struct gather *g, void *row_arg)
{
	struct batch *b = &g->batch[g->filling];

	buf_put(&b->owners, &(struct owner){row_arg, false}, sizeof(struct owner));
	if (b->rows.n >= GATHER_FULL)
		gather_flush(g);
	else if (!g->under_way && !loop_timer_is_set(g->timer))
		loop_timer_set(g->timer, GATHER_MS);
	if (g->conf.moved)
		g->conf.moved(g->conf.arg);
}

unsigned
gather_waiting(const struct gather *g)
{
	unsigned n = g->batch[0].rows.n + g->batch[1].rows.n;

	return g->alone ? n - g->row : n;
}

/* Is it what the rows hold that the server does not want, or the moment? */
static bool
blames_rows(const char *sqlstate)
{
	return strncmp(sqlstate, "22", 2) == 0 || strncmp(sqlstate, "23", 2) == 0 ||
	       strncmp(sqlstate, "P0", 2) == 0 || strncmp(sqlstate, "XX", 2) == 0 ||
	       strcmp(sqlstate, "21000") == 0;
}

static void
gather_stored(struct gather *g, const struct pg_result *r)
{
	struct batch *b = flying(g);

	if (g->alone) {
		batch_settle(g, b, g->row, r, g->conf.row_results && pg_rows(r) > 0 ? 0 : -1);
		return;
	}
	if (!g->conf.row_results) {
		for (unsigned i = 0; i < b->rows.n; i++)
			batch_settle(g, b, i, r, -1);
		return;
	}
	for (int row = 0; row < pg_rows(r); row++) {
		int64_t i = pg_int(r, row, 0) - 1;

		if (i >= 0 && i < (int64_t)b->rows.n)
			batch_settle(g, b, (unsigned)i, r, row);
	}
	for (unsigned i = 0; i < b->rows.n; i++) /* those that the answer left out */
		batch_settle(g, b, i, NULL, -1);
}

/* The batch, or in lonely mode the row, is done with: on to the next. */
static void
gather_next(struct gather *g)
{
	if (!g->alone || ++g->row >= flying(g)->rows.n) {
		batch_reset(flying(g));
		g->alone = false;
		g->row = 0;
	}
	if (g->conf.moved)
		g->conf.moved(g->conf.arg);
	gather_flush(g);
}

static void
gather_result(const struct pg_result *r, void *arg)
{
	struct gather *g = arg;

	g->under_way = false;
	if (r->lost)
		return; /* sent again when the connection is up */
	if (r->ok) {
		g->failures = 0;
		gather_stored(g, r);
		gather_next(g);
		return;
	}
	if (g->failures++ == 0 || g->alone)
		LOG(DB_STATEMENT, LOG_S("statement", g->conf.statement->name),
		    LOG_S("error", r->err.text), LOG_I("rows", g->alone ? 1 : flying(g)->rows.n));
	if (!blames_rows(r->sqlstate)) {
		loop_timer_set(g->timer, AGAIN_MS);
	} else if (g->alone || flying(g)->rows.n == 1) {
		batch_settle(g, flying(g), g->row, NULL, -1);
		gather_next(g);
	} else {
		g->alone = true;
		g->row = 0;
		gather_flush(g);
	}
}

void
gather_flush(struct gather *g)
{
	const char *column[ARRAY_COLUMNS_MAX], *value[PG_PARAMS_MAX];
	struct buf scratch;

	if (g->under_way || !pg_is_up(g->pg))
		return;
	if (flying(g)->rows.n == 0) {
		if (g->batch[g->filling].rows.n == 0)
			return;
		g->filling = !g->filling;
	}
	loop_timer_stop(g->timer);
	buf_init(&scratch);
	if (g->alone)
		rows_one(&flying(g)->rows, g->row, &scratch, column);
	else
		rows_all(&flying(g)->rows, column);
	g->conf.params(column, value, g->conf.arg);
	/* Out of memory is met here: try again later with what has been freed meanwhile. */
	if (flying(g)->rows.failed || scratch.failed)
		loop_timer_set(g->timer, AGAIN_MS);
	else
		g->under_way = pg_call(g->pg, g->conf.statement, value, gather_result, g) == 0;
	buf_clear(&scratch);
}
