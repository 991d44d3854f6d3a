#include "base/bucket.h"

#include "t.h"

/* Simulated minutes: a sender that sleeps for what the bucket says and always wakes late. */
enum { SECONDS = 120, SECOND_US = 1000000 };

struct rate_row {
	const char *name;
	double rate;
	unsigned late_us; /* at most; the lateness varies */
};

static const struct rate_row rate_rows[] = {
    {"one part in four seconds", 0.25, 2000},
    {"1 part per second", 1, 2000},
    {"1.25 per second, a small AT&T campaign", 1.25, 2000},
    {"3 per second, a toll-free number", 3, 2000},
    {"10 per second", 10, 2000},
    {"30 per second", 30, 2000},
    {"30 per second with a punctual timer", 30, 0},
    {"30 per second with a lazy timer", 30, 4000},
    {"75 per second", 75, 2000},
    {"100 per second", 100, 2000},
    {"225 per second", 225, 2000},
    {"1000 per second", 1000, 2000},
    {"4000 per second", 4000, 2000},
};

static int64_t sent[SECONDS * 4001];
static size_t sent_n;

static void
send_for_a_while(const struct rate_row *row)
{
	int64_t start = 77 * (int64_t)SECOND_US, end = start + SECONDS * (int64_t)SECOND_US;
	mono_t now = {start};
	struct bucket b;
	uint32_t random = 12345;

	sent_n = 0;
	bucket_init(&b, row->rate, now);
	while (now.us < end) {
		for (; bucket_ready(&b, now); bucket_take(&b, 1, now)) {
			assert_true(sent_n < sizeof(sent) / sizeof(*sent));
			sent[sent_n++] = now.us;
		}
		random = random * 1664525 + 1013904223;
		int64_t late = row->late_us > 0 ? (random >> 8) % row->late_us : 0;
		now.us += bucket_wait_ms(&b, now) * 1000 + late;
	}
}

static void
keeps_the_rate(void **state)
{
	const struct rate_row *row = *state;
	size_t most = (size_t)row->rate + (row->rate > (double)(size_t)row->rate);
	size_t first = 0, ten = 0;

	send_for_a_while(row);
	for (size_t i = 0; i < sent_n; i++) {
		while (sent[i] - sent[first] >= SECOND_US)
			first++;
		assert_true(i - first + 1 <= most); /* in any one second */
		while (sent[i] - sent[ten] > 10 * SECOND_US)
			ten++;
		if (sent[i] - sent[0] > 10 * SECOND_US)
			assert_true((double)(i - ten + 1) >= 0.98 * 10 * row->rate - 1);
	}
	assert_true((double)sent_n >= 0.98 * SECONDS * row->rate);
}

static void
nothing_is_saved_up_over_a_quiet_hour(void **state)
{
	mono_t now = {0};
	struct bucket b;

	(void)state;
	bucket_init(&b, 100, now);
	now.us += 3600 * (int64_t)SECOND_US;
	unsigned at_once = 0;
	for (; bucket_ready(&b, now); bucket_take(&b, 1, now))
		at_once++;
	assert_int_equal(at_once, 1);
}

static void
a_long_text_is_paid_back_before_anything_else_goes(void **state)
{
	mono_t now = {0};
	struct bucket b;

	(void)state;
	bucket_init(&b, 10, now);
	bucket_take(&b, 6, now);
	assert_false(bucket_ready(&b, now));
	/* five owed and one to have, at 9.9 a second */
	assert_in_range(bucket_wait_ms(&b, now), 606, 608);
	assert_false(bucket_ready(&b, mono_after_ms(now, 605)));
	assert_true(bucket_ready(&b, mono_after_ms(now, 608)));
}

static void
the_wait_is_enough_and_not_too_much(void **state)
{
	(void)state;
	for (int rate = 1; rate < 3000; rate += 7) {
		mono_t now = {0};
		struct bucket b;

		bucket_init(&b, rate, now);
		bucket_take(&b, 1, now);
		int64_t ms = bucket_wait_ms(&b, now);
		struct bucket early = b;
		assert_false(bucket_ready(&early, mono_after_ms(now, ms - 1)));
		assert_true(bucket_ready(&b, mono_after_ms(now, ms)));
		assert_int_equal(bucket_wait_ms(&b, mono_after_ms(now, ms)), 0);
	}
}

static void
without_a_rate_there_is_no_limit(void **state)
{
	mono_t now = {0};
	struct bucket b;

	(void)state;
	bucket_init(&b, 0, now);
	for (int i = 0; i < 100000; i++) {
		assert_true(bucket_ready(&b, now));
		bucket_take(&b, 1, now);
	}
	assert_int_equal(bucket_wait_ms(&b, now), 0);
	bucket_set_rate(&b, 1, now);
	assert_true(bucket_ready(&b, now));
	bucket_take(&b, 1, now);
	assert_false(bucket_ready(&b, now));
}

static void
a_new_rate_counts_from_now_on_and_keeps_the_debt(void **state)
{
	mono_t now = {0};
	struct bucket b;

	(void)state;
	bucket_init(&b, 100, now);
	bucket_take(&b, 11, now);
	bucket_set_rate(&b, 1, now);
	assert_in_range(bucket_wait_ms(&b, now), 11110, 11113);
	/* what was earned at the old rate is counted at the old rate */
	bucket_init(&b, 100, now);
	bucket_take(&b, 11, now);
	bucket_set_rate(&b, 1, mono_after_ms(now, 200));
	assert_true(bucket_ready(&b, mono_after_ms(now, 200)));
}

static void
a_clock_that_steps_back_gives_and_takes_nothing(void **state)
{
	mono_t now = {10 * SECOND_US};
	struct bucket b;

	(void)state;
	bucket_init(&b, 1, now);
	assert_true(bucket_ready(&b, (mono_t){0}));
	bucket_take(&b, 1, now);
	assert_false(bucket_ready(&b, (mono_t){0}));
	assert_false(bucket_ready(&b, now));
	assert_true(bucket_ready(&b, mono_after_ms(now, 1020)));
}

int
main(void)
{
	static struct t_list l;

	T_TABLE(&l, keeps_the_rate, rate_rows);
	T_TEST(&l, nothing_is_saved_up_over_a_quiet_hour);
	T_TEST(&l, a_long_text_is_paid_back_before_anything_else_goes);
	T_TEST(&l, the_wait_is_enough_and_not_too_much);
	T_TEST(&l, without_a_rate_there_is_no_limit);
	T_TEST(&l, a_new_rate_counts_from_now_on_and_keeps_the_debt);
	T_TEST(&l, a_clock_that_steps_back_gives_and_takes_nothing);
	return T_RUN("bucket", &l);
}
