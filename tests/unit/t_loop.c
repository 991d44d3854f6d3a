#include "net/loop.h"

#include "base/clock.h"
#include "t.h"

#include <signal.h>
#include <unistd.h>

struct world {
	struct loop *loop;
	struct loop_timer *timer;
	struct loop_io *io;
	char seen[64]; /* a letter for each callback */
	int fds[2];
	int rounds;
};

static void
note(struct world *w, char letter)
{
	size_t n = strlen(w->seen);

	assert(n + 1 < sizeof(w->seen));
	w->seen[n] = letter;
}

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	w->loop = loop_new(NULL);
	assert_non_null(w->loop);
	assert_int_equal(pipe(w->fds), 0);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	loop_timer_free(w->timer);
	loop_io_free(w->io);
	loop_free(w->loop);
	close(w->fds[0]);
	close(w->fds[1]);
	free(w);
	return 0;
}

static void
stop_cb(void *arg)
{
	struct world *w = arg;

	note(w, 's');
	loop_stop(w->loop);
}

static void
a_timer_fires_once_and_never_early(void **state)
{
	struct world *w = *state;
	mono_t start = mono_now();

	w->timer = loop_timer_new(w->loop, stop_cb, w);
	loop_timer_set(w->timer, 500000); /* replaced by: */
	loop_timer_set(w->timer, 30);
	assert_true(loop_timer_is_set(w->timer));
	assert_string_equal(w->seen, "");
	assert_int_equal(loop_run(w->loop), 0);
	assert_in_range(mono_ms(start, mono_now()), 30, 10000);
	assert_string_equal(w->seen, "s");
	assert_false(loop_timer_is_set(w->timer));
	/* Nothing is left to wait for, so it returns at once. */
	assert_int_equal(loop_run(w->loop), 0);
	assert_string_equal(w->seen, "s");
}

static void
set_late_cb(void *arg)
{
	struct world *w = arg;
	mono_t begun = mono_now();

	note(w, 't');
	while (mono_ms(begun, mono_now()) < 20)
		continue;
	if (strlen(w->seen) == 1)
		loop_timer_set(w->timer, 30);
	else
		loop_stop(w->loop);
}

static void
a_long_turn_makes_no_timer_early(void **state)
{
	struct world *w = *state;

	w->timer = loop_timer_new(w->loop, set_late_cb, w);
	loop_timer_set(w->timer, 1);
	mono_t start = mono_now();
	assert_int_equal(loop_run(w->loop), 0);
	/* 1 and 20 of the first turn, 30 of waiting, 20 of the second turn */
	assert_in_range(mono_ms(start, mono_now()), 71, 10000);
	assert_string_equal(w->seen, "tt");
}

static void
short_timers_are_not_early_either(void **state)
{
	struct world *w = *state;

	w->timer = loop_timer_new(w->loop, stop_cb, w);
	for (int i = 0; i < 30; i++) {
		mono_t start = mono_now();

		loop_timer_set(w->timer, 1);
		assert_int_equal(loop_run(w->loop), 0);
		assert_true(mono_now().us - start.us >= 1000);
	}
}

static void
a_stopped_timer_does_not_fire(void **state)
{
	struct world *w = *state;

	w->timer = loop_timer_new(w->loop, stop_cb, w);
	loop_timer_set(w->timer, 0);
	loop_timer_stop(w->timer);
	assert_false(loop_timer_is_set(w->timer));
	assert_int_equal(loop_run(w->loop), 0);
	assert_string_equal(w->seen, "");
}

static void
free_timer_cb(void *arg)
{
	struct world *w = arg;

	note(w, 'f');
	loop_timer_free(w->timer);
	w->timer = NULL;
}

static void
a_timer_may_be_freed_in_its_own_callback(void **state)
{
	struct world *w = *state;

	w->timer = loop_timer_new(w->loop, free_timer_cb, w);
	loop_timer_set(w->timer, 1);
	assert_int_equal(loop_run(w->loop), 0);
	assert_string_equal(w->seen, "f");
}

static void
later_b_cb(void *arg)
{
	note(arg, 'b');
}

static void
later_a_cb(void *arg)
{
	struct world *w = arg;

	note(w, 'a');
	if (++w->rounds < 3)
		loop_later(w->loop, later_a_cb, w);
}

static void
arm_cb(void *arg)
{
	struct world *w = arg;

	loop_later(w->loop, later_a_cb, w);
	loop_later(w->loop, later_b_cb, w);
	note(w, 't');
}

static void
what_is_put_off_runs_in_order_at_the_end_of_the_turn(void **state)
{
	struct world *w = *state;

	w->timer = loop_timer_new(w->loop, arm_cb, w);
	loop_timer_set(w->timer, 1);
	assert_int_equal(loop_run(w->loop), 0);
	/* The second a was put off by the first, so it comes after b, and so on. */
	assert_string_equal(w->seen, "tabaa");
}

static void
what_is_put_off_before_the_loop_runs_is_not_forgotten(void **state)
{
	struct world *w = *state;

	loop_later(w->loop, later_a_cb, w);
	assert_string_equal(w->seen, "");
	assert_int_equal(loop_run(w->loop), 0);
	assert_string_equal(w->seen, "aaa");
}

static void
again_cb(void *arg)
{
	struct world *w = arg;

	if (++w->rounds < 1000000)
		loop_later(w->loop, again_cb, w);
}

static void
putting_off_for_ever_starves_nobody(void **state)
{
	struct world *w = *state;

	w->timer = loop_timer_new(w->loop, stop_cb, w);
	loop_timer_set(w->timer, 5);
	loop_later(w->loop, again_cb, w);
	assert_int_equal(loop_run(w->loop), 0);
	assert_string_equal(w->seen, "s");
	assert_in_range(w->rounds, 2, 999999);
	w->rounds = 1000000;
}

static void
io_cb(int what, void *arg)
{
	struct world *w = arg;
	char c = 0;

	if (what & LOOP_WRITE)
		note(w, 'w');
	if (what & LOOP_READ) {
		assert_int_equal(read(w->fds[0], &c, 1), 1);
		note(w, c);
	}
	if (what & LOOP_WRITE || c == '.')
		loop_stop(w->loop);
}

static void
a_descriptor_is_watched_for_what_is_wanted(void **state)
{
	struct world *w = *state;

	assert_int_equal(write(w->fds[1], "12.", 3), 3);
	w->io = loop_io_new(w->loop, w->fds[0], io_cb, w);
	assert_int_equal(loop_run(w->loop), 0); /* nothing wanted yet */
	assert_string_equal(w->seen, "");
	loop_io_want(w->io, LOOP_READ);
	assert_int_equal(loop_run(w->loop), 0);
	assert_string_equal(w->seen, "12.");
	assert_int_equal(write(w->fds[1], "3.", 2), 2);
	loop_io_want(w->io, 0);
	assert_int_equal(loop_run(w->loop), 0);
	assert_string_equal(w->seen, "12.");
	loop_io_want(w->io, LOOP_READ);
	assert_int_equal(loop_run(w->loop), 0);
	assert_string_equal(w->seen, "12.3.");
}

static void
a_descriptor_is_watched_for_room(void **state)
{
	struct world *w = *state;

	w->io = loop_io_new(w->loop, w->fds[1], io_cb, w);
	loop_io_want(w->io, LOOP_WRITE);
	assert_int_equal(loop_run(w->loop), 0);
	assert_string_equal(w->seen, "w");
}

static void
raise_cb(void *arg)
{
	(void)arg;
	raise(SIGUSR1);
}

static void
a_signal_comes_as_a_callback(void **state)
{
	struct world *w = *state;

	assert_int_equal(loop_on_signal(w->loop, SIGUSR1, stop_cb, w), 0);
	loop_later(w->loop, raise_cb, NULL);
	assert_int_equal(loop_run(w->loop), 0);
	assert_string_equal(w->seen, "s");
}

static void
a_peer_that_is_gone_kills_nobody(void **state)
{
	struct world *w = *state;

	close(w->fds[0]);
	assert_int_equal(write(w->fds[1], "x", 1), -1);
	assert_int_equal(pipe(w->fds), 0);
}

static void
waiting_costs_no_turns(void **state)
{
	struct world *w = *state;

	w->timer = loop_timer_new(w->loop, stop_cb, w);
	loop_timer_set(w->timer, 50);
	assert_int_equal(loop_run(w->loop), 0);
	assert_int_equal(loop_wakeups(w->loop), 1);
}

static void
what_is_put_off_last_runs_when_the_loop_is_freed(void **state)
{
	struct world *w = *state;
	struct loop *own = w->loop, *other = loop_new(NULL);

	w->loop = other;
	loop_later(other, later_a_cb, w);
	loop_free(other);
	w->loop = own;
	assert_string_equal(w->seen, "aaa");
}

#define LOOP_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    LOOP_TEST(a_timer_fires_once_and_never_early),
	    LOOP_TEST(a_long_turn_makes_no_timer_early),
	    LOOP_TEST(short_timers_are_not_early_either),
	    LOOP_TEST(a_stopped_timer_does_not_fire),
	    LOOP_TEST(a_timer_may_be_freed_in_its_own_callback),
	    LOOP_TEST(what_is_put_off_runs_in_order_at_the_end_of_the_turn),
	    LOOP_TEST(what_is_put_off_before_the_loop_runs_is_not_forgotten),
	    LOOP_TEST(putting_off_for_ever_starves_nobody),
	    LOOP_TEST(a_descriptor_is_watched_for_what_is_wanted),
	    LOOP_TEST(a_descriptor_is_watched_for_room),
	    LOOP_TEST(a_signal_comes_as_a_callback),
	    LOOP_TEST(a_peer_that_is_gone_kills_nobody),
	    LOOP_TEST(waiting_costs_no_turns),
	    LOOP_TEST(what_is_put_off_last_runs_when_the_loop_is_freed),
	};

	return cmocka_run_group_tests_name("loop", tests, NULL, NULL);
}
