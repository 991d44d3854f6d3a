#include "base/backoff.h"

#include "t.h"

/* us_carriers.md, Reconnect */
static void
delays_follow_the_carriers_advice_within_a_fifth(void **state)
{
	static const int64_t plain[] = {1000, 5000, 10000, 20000, 40000, 80000, 160000};

	(void)state;
	for (uint32_t seed = 1; seed < 500; seed++) {
		struct backoff b;

		backoff_init(&b, 1000, 5000, 300000, seed);
		for (size_t i = 0; i < sizeof(plain) / sizeof(*plain); i++)
			assert_in_range(backoff_next(&b, 0), plain[i] * 8 / 10, plain[i] * 12 / 10);
		for (int i = 0; i < 100; i++)
			assert_in_range(backoff_next(&b, 0), 300000 * 8 / 10, 300000);
	}
}

static void
jitter_spreads_over_the_whole_range(void **state)
{
	int64_t least = INT64_MAX, most = 0, at_cap = 0;
	struct backoff b;

	(void)state;
	backoff_init(&b, 100000, 100000, 100000, 7);
	for (int i = 0; i < 1000; i++) {
		int64_t ms = backoff_next(&b, 0);

		least = ms < least ? ms : least;
		most = ms > most ? ms : most;
		at_cap += ms == 100000;
	}
	assert_in_range(least, 80000, 82000);
	assert_in_range(most, 98000, 100000);
	assert_true(at_cap < 50); /* not all at once */
}

static void
binds_with_different_seeds_do_not_come_back_together(void **state)
{
	struct backoff a, b;

	(void)state;
	backoff_init(&a, 1000, 5000, 300000, 1);
	backoff_init(&b, 1000, 5000, 300000, 2);
	unsigned same = 0;
	for (int i = 0; i < 20; i++)
		same += backoff_next(&a, 0) == backoff_next(&b, 0);
	assert_true(same < 5);
}

static void
a_reset_starts_again_from_the_first_delay(void **state)
{
	struct backoff b;

	(void)state;
	backoff_init(&b, 1000, 5000, 300000, 3);
	for (int i = 0; i < 9; i++)
		backoff_next(&b, 0);
	assert_int_equal(b.attempts, 9);
	backoff_reset(&b);
	assert_in_range(backoff_next(&b, 0), 800, 1200);
	assert_in_range(backoff_next(&b, 0), 4000, 6000);
}

static void
a_floor_holds_even_above_the_cap(void **state)
{
	struct backoff b;

	(void)state;
	backoff_init(&b, 1000, 5000, 300000, 4);
	assert_int_equal(backoff_next(&b, 30000), 30000);
	assert_int_equal(backoff_next(&b, 900000), 900000);
	assert_in_range(backoff_next(&b, 0), 8000, 12000); /* and they counted */
}

static void
neither_a_seed_of_zero_nor_endless_attempts_break_it(void **state)
{
	struct backoff b;

	(void)state;
	backoff_init(&b, 0, 1, INT64_MAX / 2000, 0);
	assert_int_equal(backoff_next(&b, 0), 0);
	for (int i = 0; i < 1000; i++)
		assert_true(backoff_next(&b, 0) >= 0);
	assert_int_not_equal(b.random, 0); /* there is still jitter */
	b.attempts = UINT32_MAX;
	assert_true(backoff_next(&b, 0) > 0);
	assert_int_equal(b.attempts, UINT32_MAX);
}

int
main(void)
{
	static struct t_list l;

	T_TEST(&l, delays_follow_the_carriers_advice_within_a_fifth);
	T_TEST(&l, jitter_spreads_over_the_whole_range);
	T_TEST(&l, binds_with_different_seeds_do_not_come_back_together);
	T_TEST(&l, a_reset_starts_again_from_the_first_delay);
	T_TEST(&l, a_floor_holds_even_above_the_cap);
	T_TEST(&l, neither_a_seed_of_zero_nor_endless_attempts_break_it);
	return T_RUN("backoff", &l);
}
