#include "policy/pace.h"

#include "t.h"

enum { SECOND_US = 1000000 };

static const mono_t T0 = {50000000};

static mono_t
after_ms(int64_t ms)
{
	return mono_after_ms(T0, ms);
}

static bool
is_near(double a, double b)
{
	return a - b < 1e-6 && b - a < 1e-6;
}

struct rate_row {
	const char *name;
	double rate;
};

static const struct rate_row rate_rows[] = {
    {"1 part per second", 1},
    {"4 per second", 4},
    {"30 per second", 30},
    {"100 per second", 100},
    {"1000 per second", 1000},
};

/* Two simulated minutes of a sender that sleeps for what it is told, up to 2 ms longer. */
static void
keeps_the_rate(void **state)
{
	static int64_t sent[120 * 1001];
	const struct rate_row *row = *state;
	mono_t now = T0;
	struct pace p;
	size_t n = 0, first = 0;
	uint32_t random = 4;

	pace_init(&p, row->rate, now);
	while (mono_ms(T0, now) < 120000) {
		for (; pace_ready(&p, now); pace_take(&p, 1, now))
			sent[n++] = now.us;
		now.us += pace_wait_ms(&p, now) * 1000 + t_random(&random) % 2000;
	}
	for (size_t i = 0; i < n; i++) {
		while (sent[i] - sent[first] >= SECOND_US)
			first++;
		assert_true((double)(i - first + 1) <= row->rate);
	}
	assert_true((double)n >= 0.98 * 120 * row->rate);
}

static void
throttling_pauses_and_halves(void **state)
{
	struct pace p;
	double from = 0, to = 0;

	(void)state;
	pace_init(&p, 30, T0);
	assert_true(pace_ready(&p, T0));
	assert_true(pace_throttled(&p, T0, &from, &to));
	assert_true(is_near(from, 30) && is_near(to, 15));
	assert_false(pace_ready(&p, after_ms(999)));
	assert_int_equal(pace_wait_ms(&p, after_ms(1)), 999);
	assert_true(pace_ready(&p, after_ms(1000)));
	assert_int_equal(pace_wait_ms(&p, after_ms(1000)), 0);
	assert_true(is_near(p.rate, 15));
}

/* A window full of parts is refused at once; that is one overload, not ten. */
static void
it_halves_once_per_pause_and_pauses_from_the_last_answer(void **state)
{
	struct pace p;
	double from, to;

	(void)state;
	pace_init(&p, 30, T0);
	assert_true(pace_throttled(&p, T0, &from, &to));
	for (int i = 1; i < 10; i++)
		assert_false(pace_throttled(&p, after_ms(50 * i), &from, &to));
	assert_true(is_near(p.rate, 15));
	assert_false(pace_ready(&p, after_ms(1400)));
	assert_true(pace_ready(&p, after_ms(1450)));
	assert_true(pace_throttled(&p, after_ms(1450), &from, &to));
	assert_true(is_near(from, 15) && is_near(to, 7.5));
}

static void
it_is_never_slower_than_one_part_in_ten_seconds(void **state)
{
	struct pace p;
	double from, to = 0;
	int halvings = 0;

	(void)state;
	pace_init(&p, 30, T0);
	for (int i = 0; i < 20; i++)
		halvings += pace_throttled(&p, after_ms(2000 * i), &from, &to);
	assert_int_equal(halvings, 9); /* 30 / 2^8 is 0.117 */
	assert_true(is_near(to, 0.1));
	assert_true(is_near(p.rate, 0.1));
}

static void
a_configured_rate_below_that_is_left_alone(void **state)
{
	struct pace p;
	double from, to;

	(void)state;
	pace_init(&p, 0.05, T0);
	assert_false(pace_throttled(&p, T0, &from, &to));
	assert_true(is_near(p.rate, 0.05));
	assert_false(pace_ready(&p, after_ms(500))); /* it pauses all the same */
}

static void
each_quiet_minute_raises_by_a_tenth_up_to_the_configured_rate(void **state)
{
	struct pace p;
	double from = 0, to = 0;
	int raises = 0;

	(void)state;
	pace_init(&p, 30, T0);
	assert_false(
	    pace_recover(&p, after_ms(PACE_RAISE_MS), &from, &to)); /* nothing to recover */
	assert_true(pace_throttled(&p, T0, &from, &to));
	assert_false(pace_recover(&p, after_ms(59999), &from, &to));
	assert_true(pace_recover(&p, after_ms(60000), &from, &to));
	assert_true(is_near(from, 15) && is_near(to, 16.5));
	assert_false(pace_recover(&p, after_ms(60001), &from, &to));
	for (int s = 61; s < 1200; s++)
		raises += pace_recover(&p, after_ms(1000 * s), &from, &to);
	assert_int_equal(raises, 7); /* 15 * 1.1^8 is above 30 */
	assert_true(is_near(to, 30));
	assert_true(is_near(p.rate, 30));
}

static void
a_minute_is_quiet_only_without_throttling(void **state)
{
	struct pace p;
	double from, to;

	(void)state;
	pace_init(&p, 30, T0);
	assert_true(pace_throttled(&p, T0, &from, &to));
	assert_true(pace_throttled(&p, after_ms(30000), &from, &to));
	assert_false(pace_throttled(&p, after_ms(30500), &from, &to));
	assert_false(pace_recover(&p, after_ms(90499), &from, &to));
	assert_true(pace_recover(&p, after_ms(90500), &from, &to));
}

static void
the_slower_rate_is_kept_in_the_seconds_that_follow(void **state)
{
	struct pace p;
	double from, to;
	unsigned n = 0;
	mono_t now = after_ms(1000);

	(void)state;
	pace_init(&p, 30, T0);
	assert_true(pace_throttled(&p, T0, &from, &to));
	while (mono_ms(after_ms(1000), now) < 10000) {
		for (; pace_ready(&p, now); pace_take(&p, 1, now))
			n++;
		now = mono_after_ms(now, pace_wait_ms(&p, now));
	}
	assert_in_range(n, 147, 150);
}

static void
without_a_rate_the_first_halving_starts_from_what_was_written(void **state)
{
	struct pace p;
	double from = 0, to = 0;

	(void)state;
	pace_init(&p, 0, T0);
	for (int i = 0; i < 400; i++) { /* 200 a second */
		assert_true(pace_ready(&p, after_ms(5 * i)));
		pace_take(&p, 1, after_ms(5 * i));
	}
	assert_true(pace_throttled(&p, after_ms(2000), &from, &to));
	assert_true(is_near(from, 200) && is_near(to, 100));
	assert_true(is_near(p.rate, 100));
}

static void
without_a_rate_a_burst_long_ago_is_not_what_was_written(void **state)
{
	struct pace p;
	double from = 0, to = 0;

	(void)state;
	pace_init(&p, 0, T0);
	pace_take(&p, 500, T0);
	pace_take(&p, 4, after_ms(60000));
	assert_true(pace_throttled(&p, after_ms(60100), &from, &to));
	assert_true(is_near(from, 4) && is_near(to, 2));
}

static void
without_a_rate_recovery_ends_in_no_limit(void **state)
{
	struct pace p;
	double from, to = -1;
	int raises = 0;

	(void)state;
	pace_init(&p, 0, T0);
	pace_take(&p, 200, T0);
	assert_true(pace_throttled(&p, T0, &from, &to));
	for (int m = 1; m < 1000; m++)
		raises += pace_recover(&p, after_ms((int64_t)m * PACE_RAISE_MS), &from, &to);
	assert_int_equal(raises, 25); /* 100 * 1.1^25 is above 1,000 */
	assert_true(is_near(to, 0));
	assert_true(pace_ready(&p, after_ms(1000 * (int64_t)PACE_RAISE_MS)));
}

static void
a_reload_forgets_the_slowing_and_keeps_the_debt(void **state)
{
	struct pace p;
	double from, to;

	(void)state;
	pace_init(&p, 30, T0);
	assert_true(pace_throttled(&p, T0, &from, &to));
	pace_set_rate(&p, 20, after_ms(100));
	assert_true(is_near(p.rate, 20));
	assert_true(pace_ready(&p, after_ms(100)));
	assert_false(pace_recover(&p, after_ms(100000), &from, &to));
	pace_take(&p, 10, after_ms(100));
	pace_set_rate(&p, 10, after_ms(100));
	assert_in_range(pace_wait_ms(&p, after_ms(100)), 900, 1020);
}

int
main(void)
{
	static struct t_list l;

	T_TABLE(&l, keeps_the_rate, rate_rows);
	T_TEST(&l, throttling_pauses_and_halves);
	T_TEST(&l, it_halves_once_per_pause_and_pauses_from_the_last_answer);
	T_TEST(&l, it_is_never_slower_than_one_part_in_ten_seconds);
	T_TEST(&l, a_configured_rate_below_that_is_left_alone);
	T_TEST(&l, each_quiet_minute_raises_by_a_tenth_up_to_the_configured_rate);
	T_TEST(&l, a_minute_is_quiet_only_without_throttling);
	T_TEST(&l, the_slower_rate_is_kept_in_the_seconds_that_follow);
	T_TEST(&l, without_a_rate_the_first_halving_starts_from_what_was_written);
	T_TEST(&l, without_a_rate_a_burst_long_ago_is_not_what_was_written);
	T_TEST(&l, without_a_rate_recovery_ends_in_no_limit);
	T_TEST(&l, a_reload_forgets_the_slowing_and_keeps_the_debt);
	return T_RUN("pace", &l);
}
