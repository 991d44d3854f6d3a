#include "base/err.h"

#include "t.h"

static void
it_fills_and_answers_minus_one(void **state)
{
	struct err e = {0};

	(void)state;
	assert_int_equal(err_set(&e, ERR_SYSTEM, 2, "%s: %s", "ca.pem", "no such file"), -1);
	assert_int_equal(e.kind, ERR_SYSTEM);
	assert_int_equal(e.code, 2);
	assert_string_equal(e.text, "ca.pem: no such file");
	assert_int_equal(err_set(NULL, ERR_DB, 0, "nobody listens"), -1);
}

static void
a_text_of_several_lines_becomes_one_without_an_end(void **state)
{
	struct err e;

	(void)state;
	err_set(&e, ERR_DB, 0, "%s", "08006 server closed\n\tunexpectedly\r\n");
	assert_string_equal(e.text, "08006 server closed \tunexpectedly");
	err_set(&e, ERR_DB, 0, "%s", "\n\n");
	assert_string_equal(e.text, "");
}

static void
a_long_text_is_cut(void **state)
{
	char text[2000];
	struct err e;

	(void)state;
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	err_set(&e, ERR_PEER, 0, "%s", text);
	assert_int_equal(strlen(e.text), sizeof(e.text) - 1);
}

static void
every_kind_has_a_name_of_its_own(void **state)
{
	(void)state;
	for (int i = 0; i < ERR_KINDS; i++)
		for (int k = 0; k < i; k++)
			assert_string_not_equal(
			    err_kind_name((enum err_kind)i), err_kind_name((enum err_kind)k));
	assert_string_equal(err_kind_name(ERR_KINDS), "unknown");
}

int
main(void)
{
	static struct t_list l;

	T_TEST(&l, it_fills_and_answers_minus_one);
	T_TEST(&l, a_text_of_several_lines_becomes_one_without_an_end);
	T_TEST(&l, a_long_text_is_cut);
	T_TEST(&l, every_kind_has_a_name_of_its_own);
	return T_RUN("err", &l);
}
