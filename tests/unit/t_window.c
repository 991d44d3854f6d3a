#include "policy/window.h"

#include "t.h"

enum { TIMEOUT_MS = 30000 };

static const mono_t T0 = {1000000};

static mono_t
after_s(int64_t s)
{
	return mono_after_ms(T0, s * 1000);
}

/* Owners are told apart by their address. */
static int owners[WINDOW_MAX];

static void
an_answer_gives_its_slot_back_once(void **state)
{
	struct window *w = window_new(2);
	struct window_slot slot;

	(void)state;
	assert_int_equal(window_size(w), 2);
	assert_int_equal(window_room(w), 2);
	window_take(w, 7, &owners[1], T0);
	assert_int_equal(window_taken(w), 1);
	assert_int_equal(window_room(w), 1);
	assert_true(window_has(w, 7));
	assert_true(window_give(w, 7, &slot));
	assert_int_equal(slot.sequence, 7);
	assert_ptr_equal(slot.owner, &owners[1]);
	assert_int_equal(slot.sent_at.us, T0.us);
	assert_false(slot.given_up);
	assert_false(window_give(w, 7, &slot));
	assert_false(window_has(w, 7));
	assert_int_equal(window_room(w), 2);
	window_free(w);
}

static void
an_answer_to_nothing_changes_nothing(void **state)
{
	struct window *w = window_new(2);
	struct window_slot slot;

	(void)state;
	window_take(w, 7, NULL, T0);
	assert_false(window_give(w, 8, &slot));
	assert_false(window_give(w, 0, &slot));
	assert_false(window_give(w, 7 + 1024, &slot)); /* the same chain */
	assert_int_equal(window_taken(w), 1);
	window_free(w);
}

static void
answers_may_come_in_any_order(void **state)
{
	static const uint32_t order[] = {3, 1, 5, 4, 2};
	struct window *w = window_new(5);
	struct window_slot slot;

	(void)state;
	for (uint32_t i = 1; i <= 5; i++)
		window_take(w, i, &owners[i], T0);
	assert_int_equal(window_room(w), 0);
	for (int i = 0; i < 5; i++) {
		assert_true(window_give(w, order[i], &slot));
		assert_ptr_equal(slot.owner, &owners[order[i]]);
	}
	assert_int_equal(window_taken(w), 0);
	window_free(w);
}

static void
an_overdue_slot_is_reported_once_and_stays_taken(void **state)
{
	struct window *w = window_new(2);
	struct window_slot slot;

	(void)state;
	window_take(w, 1, &owners[1], T0);
	assert_false(window_expire(w, after_s(29), TIMEOUT_MS, &slot));
	assert_true(window_expire(w, after_s(30), TIMEOUT_MS, &slot));
	assert_int_equal(slot.sequence, 1);
	assert_true(slot.given_up);
	assert_false(window_expire(w, after_s(31), TIMEOUT_MS, &slot));
	assert_int_equal(window_taken(w), 1);
	assert_int_equal(window_given_up(w), 1);
	assert_int_equal(window_room(w), 1);
	assert_true(window_has(w, 1));
	window_free(w);
}

static void
a_late_answer_settles_its_own_slot(void **state)
{
	struct window *w = window_new(2);
	struct window_slot slot;

	(void)state;
	window_take(w, 1, &owners[1], T0);
	assert_true(window_expire(w, after_s(40), TIMEOUT_MS, &slot));
	window_take(w, 2, &owners[2], after_s(40));
	assert_true(window_give(w, 1, &slot));
	assert_ptr_equal(slot.owner, &owners[1]);
	assert_true(slot.given_up);
	assert_int_equal(window_given_up(w), 0);
	assert_int_equal(window_taken(w), 1);
	assert_true(window_give(w, 2, &slot));
	assert_ptr_equal(slot.owner, &owners[2]);
	assert_false(slot.given_up);
	window_free(w);
}

static void
the_oldest_expires_first(void **state)
{
	struct window *w = window_new(3);
	struct window_slot slot;
	mono_t at = {0};

	(void)state;
	assert_false(window_next_expiry(w, TIMEOUT_MS, &at));
	window_take(w, 11, NULL, T0);
	window_take(w, 12, NULL, after_s(5));
	window_take(w, 13, NULL, after_s(7));
	assert_true(window_next_expiry(w, TIMEOUT_MS, &at));
	assert_int_equal(at.us, after_s(30).us);
	assert_true(window_expire(w, after_s(36), TIMEOUT_MS, &slot));
	assert_int_equal(slot.sequence, 11);
	assert_true(window_next_expiry(w, TIMEOUT_MS, &at));
	assert_int_equal(at.us, after_s(35).us);
	assert_true(window_expire(w, after_s(36), TIMEOUT_MS, &slot));
	assert_int_equal(slot.sequence, 12);
	assert_false(window_expire(w, after_s(36), TIMEOUT_MS, &slot));
	assert_true(window_give(w, 13, &slot));
	assert_false(window_next_expiry(w, TIMEOUT_MS, &at)); /* those left were given up */
	window_free(w);
}

static void
the_close_gives_each_once_and_given_up_ones_too(void **state)
{
	struct window *w = window_new(4);
	struct window_slot slot;
	unsigned seen = 0, given_up = 0;

	(void)state;
	window_take(w, 1, NULL, T0);
	window_take(w, 2, NULL, T0);
	assert_true(window_expire(w, after_s(30), TIMEOUT_MS, &slot));
	window_take(w, 3, NULL, after_s(30));
	window_take(w, 4, NULL, after_s(30));
	assert_true(window_give(w, 3, &slot));
	while (window_close_next(w, &slot)) {
		assert_in_range(slot.sequence, 1, 4);
		assert_false(seen & 1u << slot.sequence);
		seen |= 1u << slot.sequence;
		given_up += slot.given_up;
	}
	assert_int_equal(seen, 1u << 1 | 1u << 2 | 1u << 4);
	assert_int_equal(given_up, 1);
	assert_int_equal(window_taken(w), 0);
	assert_int_equal(window_given_up(w), 0);
	window_take(w, 1, NULL, after_s(31)); /* and it may be used again */
	assert_int_equal(window_room(w), 3);
	window_free(w);
}

static void
sequences_may_wrap(void **state)
{
	struct window *w = window_new(10);
	struct window_slot slot;
	uint32_t next = 0x7fffffff - 4;

	(void)state;
	for (int i = 0; i < 10; i++) {
		window_take(w, next, &owners[i], T0);
		next = next == 0x7fffffff ? 1 : next + 1;
	}
	assert_int_equal(next, 6);
	assert_true(window_has(w, 0x7fffffff));
	assert_true(window_has(w, 1));
	assert_true(window_give(w, 0x7fffffff, &slot));
	assert_ptr_equal(slot.owner, &owners[4]);
	assert_true(window_give(w, 1, &slot));
	assert_ptr_equal(slot.owner, &owners[5]);
	window_free(w);
}

/* Compared with a plain array that does the same slowly. */
static void
a_long_life_agrees_with_a_simple_model(void **state)
{
	enum { SIZE = 50 };
	struct window *w = window_new(SIZE);
	uint32_t sequence[SIZE] = {0}, next = 1, random = 17;
	int64_t s = 0;
	unsigned taken = 0;
	struct window_slot slot;

	(void)state;
	for (int step = 0; step < 200000; step++) {
		unsigned i = t_random(&random) % SIZE;

		if (sequence[i] == 0 && t_random(&random) % 3 > 0) {
			window_take(w, next, &owners[i], after_s(s));
			sequence[i] = next++;
			taken++;
		} else if (sequence[i] != 0) {
			assert_true(window_give(w, sequence[i], &slot));
			assert_ptr_equal(slot.owner, &owners[i]);
			sequence[i] = 0;
			taken--;
		}
		s += step % 7 == 0;
		while (window_expire(w, after_s(s), TIMEOUT_MS, &slot))
			assert_true(window_has(w, slot.sequence));
		assert_int_equal(window_taken(w), taken);
		assert_true(window_given_up(w) <= taken);
	}
	window_free(w);
}

static void
the_largest_and_the_smallest_fill_and_empty(void **state)
{
	static const unsigned sizes[] = {1, WINDOW_MAX};
	struct window_slot slot;

	(void)state;
	for (int k = 0; k < 2; k++) {
		struct window *w = window_new(sizes[k]);

		for (uint32_t i = 1; i <= sizes[k]; i++)
			window_take(w, i, &owners[i - 1], T0);
		assert_int_equal(window_room(w), 0);
		for (uint32_t i = 1; i <= sizes[k]; i++) {
			assert_true(window_give(w, i, &slot));
			assert_ptr_equal(slot.owner, &owners[i - 1]);
		}
		assert_int_equal(window_room(w), sizes[k]);
		window_free(w);
	}
	window_free(NULL);
}

int
main(void)
{
	static struct t_list l;

	T_TEST(&l, an_answer_gives_its_slot_back_once);
	T_TEST(&l, an_answer_to_nothing_changes_nothing);
	T_TEST(&l, answers_may_come_in_any_order);
	T_TEST(&l, an_overdue_slot_is_reported_once_and_stays_taken);
	T_TEST(&l, a_late_answer_settles_its_own_slot);
	T_TEST(&l, the_oldest_expires_first);
	T_TEST(&l, the_close_gives_each_once_and_given_up_ones_too);
	T_TEST(&l, sequences_may_wrap);
	T_TEST(&l, a_long_life_agrees_with_a_simple_model);
	T_TEST(&l, the_largest_and_the_smallest_fill_and_empty);
	return T_RUN("window", &l);
}
