#include "base/clock.h"

#include "t.h"

#include <time.h>

static void
the_real_clock_moves_and_a_fake_one_does_not(void **state)
{
	mono_t fake = {123456789};
	mono_t before = mono_now();

	(void)state;
	assert_true(before.us > 0);
	clock_fake(&fake);
	assert_int_equal(mono_now().us, 123456789);
	fake.us++;
	assert_int_equal(mono_now().us, 123456790);
	clock_fake(NULL);
	mono_t after = mono_now();
	assert_true(after.us >= before.us && after.us < before.us + 60 * 1000000);
}

static void
it_counts_with_the_clock_that_counts_while_suspended(void **state)
{
	struct timespec t;

	(void)state;
	clock_gettime(CLOCK_BOOTTIME, &t);
	int64_t us = (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
	assert_in_range(mono_now().us - us, 0, 1000000);
}

static void
time_left_is_rounded_up_and_never_negative(void **state)
{
	mono_t t = {1000000};

	(void)state;
	assert_int_equal(mono_left_ms(t, (mono_t){1000001}), 1);
	assert_int_equal(mono_left_ms(t, (mono_t){1001000}), 1);
	assert_int_equal(mono_left_ms(t, (mono_t){1001001}), 2);
	assert_int_equal(mono_left_ms(t, t), 0);
	assert_int_equal(mono_left_ms(t, (mono_t){0}), 0);
	assert_int_equal(mono_after_ms(t, 5).us, 1005000);
	assert_int_equal(mono_ms(t, (mono_t){3500000}), 2500);
	assert_int_equal(mono_ms((mono_t){3500000}, t), -2500);
	assert_true(mono_reached(t, t));
	assert_false(mono_reached(t, (mono_t){1000001}));
}

static void
wall_time_is_utc_with_milliseconds(void **state)
{
	char out[CLOCK_WALL_SIZE];
	struct timespec now;
	int year, month, day, hour, minute, second, ms, end = 0;

	(void)state;
	setenv("TZ", "America/Los_Angeles", 1);
	tzset();
	clock_wall(out);
	clock_gettime(CLOCK_REALTIME, &now); /* time() may lag behind it by a tick */
	assert_int_equal(strlen(out), 24);
	assert_int_equal(sscanf(out, "%4d-%2d-%2dT%2d:%2d:%2d.%3dZ%n", &year, &month, &day, &hour,
			     &minute, &second, &ms, &end),
	    7);
	assert_int_equal(end, 24);
	struct tm tm = {.tm_year = year - 1900,
	    .tm_mon = month - 1,
	    .tm_mday = day,
	    .tm_hour = hour,
	    .tm_min = minute,
	    .tm_sec = second};
	assert_in_range(now.tv_sec - timegm(&tm), 0, 5);
}

int
main(void)
{
	static struct t_list l;

	T_TEST(&l, the_real_clock_moves_and_a_fake_one_does_not);
	T_TEST(&l, it_counts_with_the_clock_that_counts_while_suspended);
	T_TEST(&l, time_left_is_rounded_up_and_never_negative);
	T_TEST(&l, wall_time_is_utc_with_milliseconds);
	return T_RUN("clock", &l);
}
