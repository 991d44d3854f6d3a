#include "daemon/text.h"

#include "t.h"

#define N TEXT_NEW
#define O TEXT_OUT
#define A TEXT_ACCEPTED
#define F TEXT_FOR_NOW
#define R TEXT_REFUSED
#define X TEXT_NO_RESPONSE
#define E TEXT_ENDED

struct fate_row {
	const char *name;
	unsigned parts;
	enum text_part_state state[3];
	bool rewrite_over;
	enum text_fate fate;
	unsigned may_write;
	bool held;
};

/* clang-format off */
static const struct fate_row fate_rows[] = {
	{"a fresh text goes on", 1, {N}, false, TEXT_GOES_ON, 1, true},
	{"a written text waits", 1, {O}, false, TEXT_GOES_ON, 0, true},
	{"an accepted text is done", 1, {A}, false, TEXT_IS_DONE, 0, false},
	{"a refused text is done", 1, {R}, false, TEXT_IS_DONE, 0, false},
	{"a text in doubt is done", 1, {X}, false, TEXT_IS_DONE, 0, false},
	{"refused for now goes back", 1, {F}, false, TEXT_GOES_BACK, 0, true},
	{"refused for now waits for the answers of the others", 3, {F, O, N}, false, TEXT_GOES_ON, 0, true},
	{"all refused for now or unwritten goes back", 3, {F, F, N}, false, TEXT_GOES_BACK, 0, true},
	{"one accepted: the refused part is written again", 3, {A, F, O}, false, TEXT_REWRITES, 0, true},
	{"one accepted: the unwritten part may go meanwhile", 3, {A, F, N}, false, TEXT_REWRITES, 1, true},
	{"five minutes over: the refused part is final", 2, {A, F}, true, TEXT_STOPS, 0, true},
	{"one refused for good: no further part", 3, {R, O, N}, false, TEXT_STOPS, 1, true},
	{"one refused for good: one refused for now is final", 3, {R, F, E}, false, TEXT_STOPS, 0, true},
	{"one refused for good: what is out is waited for", 2, {R, O}, false, TEXT_GOES_ON, 0, true},
	{"one in doubt: no further part", 3, {X, A, N}, false, TEXT_STOPS, 1, true},
	{"all ended is done", 2, {R, E}, false, TEXT_IS_DONE, 0, false},
};
/* clang-format on */

static struct text *
make(const char *body, int parts)
{
	const struct store_text s = {4711, 2, parts, 3, 9, "+12065550100", "+12065550123", body};
	struct err err;

	return text_new(&s, SMPP_CHARSET0_GSM, SMPP_LONG_UDH, (mono_t){0}, &err);
}

static char long_body[500];

static void
fate_follows_the_parts(void **state)
{
	const struct fate_row *row = *state;
	struct text *t;

	memset(long_body, 'x', 150 * row->parts);
	long_body[150 * row->parts] = '\0';
	t = make(long_body, (int)row->parts);
	assert_non_null(t);
	for (unsigned i = 0; i < row->parts; i++)
		t->part[i].state = row->state[i];
	t->rewrite_until = (mono_t){row->rewrite_over ? 1000 : 3000};
	assert_int_equal(text_fate(t, (mono_t){2000}), row->fate);
	assert_int_equal(text_unwritten(t), row->may_write);
	assert_int_equal(text_is_held(t), row->held);
	text_free(t);
}

static void
another_count_than_the_databases_is_refused(void **state)
{
	(void)state;
	assert_null(make("short", 2));
	memset(long_body, 'x', 161);
	long_body[161] = '\0';
	assert_null(make(long_body, 1));
	assert_null(make("short", 0));
	assert_null(make("short", 99));
}

static void
references_of_neighbours_differ(void **state)
{
	unsigned same = 0;

	(void)state;
	for (int64_t id = 200; id < 1200; id++) {
		const struct store_text a = {id, 1, 1, 3, 9, "1", "2", "x"},
					b = {id + 1, 1, 1, 3, 9, "1", "2", "x"};
		struct err err;
		struct text *x = text_new(&a, SMPP_CHARSET0_GSM, SMPP_LONG_UDH, (mono_t){0}, &err);
		struct text *y = text_new(&b, SMPP_CHARSET0_GSM, SMPP_LONG_UDH, (mono_t){0}, &err);

		same += (x->ref & 0xff) == (y->ref & 0xff);
		text_free(x);
		text_free(y);
	}
	assert_true(same < 20);
}

int
main(void)
{
	static struct t_list l;

	T_TABLE(&l, fate_follows_the_parts, fate_rows);
	T_TEST(&l, another_count_than_the_databases_is_refused);
	T_TEST(&l, references_of_neighbours_differ);
	return T_RUN("text", &l);
}
