/*
 * Gathering without a database: pg and the timers are played here, under the same names.
 */
#include "store/gather.h"

#include "base/log.h"

#include "t.h"

static struct {
	bool up;
	unsigned calls;
	char sent[2][256]; /* the columns of the last call */
	pg_result_cb cb;
	void *arg;
	bool timer_set;
	const char *rows[8][2]; /* what the result holds */
	int n_rows;
} pg;

static void (*timer_cb)(void *);
static void *timer_arg;
static int settled[64], refused[64];
static unsigned moved_calls;

bool
pg_is_up(const struct pg *p)
{
	(void)p;
	return pg.up;
}

int
pg_call(struct pg *p, const struct pg_statement *s, const char *const *values, pg_result_cb cb,
    void *arg)
{
	(void)p;
	(void)s;
	pg.calls++;
	for (int i = 0; i < 2; i++)
		snprintf(pg.sent[i], sizeof(pg.sent[i]), "%s", values[i]);
	pg.cb = cb;
	pg.arg = arg;
	return 0;
}

int
pg_rows(const struct pg_result *r)
{
	(void)r;
	return pg.n_rows;
}

const char *
pg_text(const struct pg_result *r, int row, int column)
{
	(void)r;
	return pg.rows[row][column];
}

int64_t
pg_int(const struct pg_result *r, int row, int column)
{
	return strtoll(pg_text(r, row, column), NULL, 10);
}

struct loop_timer *
loop_timer_new(struct loop *loop, void (*cb)(void *), void *arg)
{
	(void)loop;
	timer_cb = cb;
	timer_arg = arg;
	return (struct loop_timer *)&pg;
}

void
loop_timer_free(struct loop_timer *t)
{
	(void)t;
}

void
loop_timer_set(struct loop_timer *t, int64_t delay_ms)
{
	(void)t;
	(void)delay_ms;
	pg.timer_set = true;
}

void
loop_timer_stop(struct loop_timer *t)
{
	(void)t;
	pg.timer_set = false;
}

bool
loop_timer_is_set(const struct loop_timer *t)
{
	(void)t;
	return pg.timer_set;
}

static void
fire_timer(void)
{
	assert_true(pg.timer_set);
	pg.timer_set = false;
	timer_cb(timer_arg);
}

static void
answer(bool ok, bool lost, const char *sqlstate)
{
	struct pg_result r = {.ok = ok, .lost = lost};

	snprintf(r.sqlstate, sizeof(r.sqlstate), "%s", sqlstate);
	pg.cb(&r, pg.arg);
}

static void
params(const char *const column[], const char *value[], void *arg)
{
	(void)arg;
	value[0] = column[0];
	value[1] = column[1];
}

static void
row_cb(const struct pg_result *r, int row, void *row_arg)
{
	(void)row;
	if (r)
		settled[(intptr_t)row_arg]++;
	else
		refused[(intptr_t)row_arg]++;
}

static void
moved(void *arg)
{
	(void)arg;
	moved_calls++;
}

static const struct pg_statement statement = {"store", "select", 2};

static struct gather *
fresh(bool row_results)
{
	memset(&pg, 0, sizeof(pg));
	memset(settled, 0, sizeof(settled));
	memset(refused, 0, sizeof(refused));
	pg.up = true;
	return gather_new(NULL, NULL,
	    &(struct gather_conf){.statement = &statement,
		.columns = 2,
		.params = params,
		.row = row_cb,
		.row_results = row_results,
		.moved = moved});
}

static void
add(struct gather *g, int i)
{
	char text[16];

	snprintf(text, sizeof(text), "t%d", i);
	rows_int(gather_rows(g), i);
	rows_text(gather_rows(g), text);
	gather_added(g, (void *)(intptr_t)i);
}

static void
what_comes_while_one_is_under_way_is_the_next_batch(void **state)
{
	struct gather *g = fresh(false);

	(void)state;
	add(g, 1);
	add(g, 2);
	assert_int_equal(pg.calls, 0);
	fire_timer();
	assert_string_equal(pg.sent[0], "{1,2}");
	assert_string_equal(pg.sent[1], "{\"t1\",\"t2\"}");
	add(g, 3);
	assert_false(pg.timer_set);
	assert_int_equal(gather_waiting(g), 3);
	answer(true, false, "");
	assert_int_equal(settled[1] + settled[2], 2);
	assert_int_equal(pg.calls, 2);
	assert_string_equal(pg.sent[0], "{3}");
	answer(true, false, "");
	assert_int_equal(gather_waiting(g), 0);
	gather_free(g);
}

static void
a_full_batch_does_not_wait_for_the_timer(void **state)
{
	struct gather *g = fresh(false);

	(void)state;
	for (int i = 0; i < 300; i++)
		add(g, i % 60);
	assert_int_equal(pg.calls, 1);
	answer(true, false, "");
	gather_free(g);
}

static void
a_lost_batch_is_sent_again_unchanged(void **state)
{
	struct gather *g = fresh(false);

	(void)state;
	add(g, 1);
	fire_timer();
	pg.up = false;
	answer(false, true, "");
	add(g, 2);
	assert_int_equal(pg.calls, 1);
	assert_int_equal(gather_waiting(g), 2);
	pg.up = true;
	gather_flush(g);
	assert_string_equal(pg.sent[0], "{1}");
	answer(true, false, "");
	assert_string_equal(pg.sent[0], "{2}");
	answer(true, false, "");
	assert_int_equal(settled[1], 1);
	assert_int_equal(settled[2], 1);
	gather_free(g);
}

static void
one_bad_row_costs_itself_alone(void **state)
{
	struct gather *g = fresh(false);

	(void)state;
	for (int i = 1; i <= 3; i++)
		add(g, i);
	fire_timer();
	answer(false, false, "22P02");
	assert_string_equal(pg.sent[0], "{1}");
	answer(true, false, "");
	assert_string_equal(pg.sent[0], "{2}");
	assert_int_equal(gather_waiting(g), 2);
	answer(false, false, "22P02");
	assert_string_equal(pg.sent[0], "{3}");
	add(g, 4);
	answer(true, false, "");
	assert_string_equal(pg.sent[0], "{4}");
	answer(true, false, "");
	assert_int_equal(settled[1] + settled[3] + settled[4], 3);
	assert_int_equal(refused[2], 1);
	assert_int_equal(settled[2], 0);
	gather_free(g);
}

static void
a_server_that_cannot_now_is_asked_again_for_all(void **state)
{
	static const char *const moments[] = {
	    "40001", "40P01", "53100", "57014", "25006", "42501", "55P03"};

	(void)state;
	for (unsigned i = 0; i < sizeof(moments) / sizeof(moments[0]); i++) {
		struct gather *g = fresh(false);

		add(g, 1);
		add(g, 2);
		fire_timer();
		answer(false, false, moments[i]);
		assert_int_equal(refused[1] + refused[2], 0);
		fire_timer();
		assert_string_equal(pg.sent[0], "{1,2}");
		answer(true, false, "");
		assert_int_equal(settled[1] + settled[2], 2);
		gather_free(g);
	}
}

static void
each_row_gets_its_own_result(void **state)
{
	struct gather *g = fresh(true);

	(void)state;
	add(g, 1);
	add(g, 2);
	fire_timer();
	pg.n_rows = 2;
	pg.rows[0][0] = "2";
	pg.rows[1][0] = "1";
	answer(true, false, "");
	assert_int_equal(settled[1], 1);
	assert_int_equal(settled[2], 1);
	gather_free(g);
}

static void
a_row_that_the_server_forgets_is_refused_not_lost(void **state)
{
	struct gather *g = fresh(true);

	(void)state;
	add(g, 1);
	add(g, 2);
	fire_timer();
	pg.n_rows = 2;
	pg.rows[0][0] = "2";
	pg.rows[1][0] = "7"; /* nonsense */
	answer(true, false, "");
	assert_int_equal(settled[2], 1);
	assert_int_equal(settled[1] + refused[1], 1);
	gather_free(g);
}

static void
what_waits_at_the_end_is_given_up_once(void **state)
{
	struct gather *g = fresh(false);

	(void)state;
	add(g, 1);
	fire_timer();
	add(g, 2);
	gather_free(g);
	assert_int_equal(refused[1], 1);
	assert_int_equal(refused[2], 1);
}

static void
nothing(const char *line, void *arg)
{
	(void)line;
	(void)arg;
}

int
main(void)
{
	struct t_list l = {0};

	log_capture(nothing, NULL);
	T_TEST(&l, what_comes_while_one_is_under_way_is_the_next_batch);
	T_TEST(&l, a_full_batch_does_not_wait_for_the_timer);
	T_TEST(&l, a_lost_batch_is_sent_again_unchanged);
	T_TEST(&l, one_bad_row_costs_itself_alone);
	T_TEST(&l, a_server_that_cannot_now_is_asked_again_for_all);
	T_TEST(&l, each_row_gets_its_own_result);
	T_TEST(&l, a_row_that_the_server_forgets_is_refused_not_lost);
	T_TEST(&l, what_waits_at_the_end_is_given_up_once);
	return T_RUN("gather", &l);
}
