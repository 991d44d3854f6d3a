#include "store/array.h"

#include "t.h"

static void
rows_become_one_literal_per_column(void **state)
{
	struct rows r;
	const char *out[2];

	(void)state;
	rows_init(&r, 2);
	rows_all(&r, out);
	assert_string_equal(out[0], "{}");
	rows_int(&r, -7);
	rows_text(&r, "a \"b\" \\ {c}, NULL");
	rows_all(&r, out);
	assert_string_equal(out[0], "{-7}");
	rows_int(&r, 8);
	rows_text(&r, NULL);
	rows_int(&r, 9);
	rows_text(&r, "");
	rows_all(&r, out);
	assert_string_equal(out[0], "{-7,8,9}");
	assert_string_equal(out[1], "{\"a \\\"b\\\" \\\\ {c}, NULL\",NULL,\"\"}");
	assert_false(r.failed);
	rows_clear(&r);
}

static void
one_row_can_be_taken_out_again(void **state)
{
	struct rows r;
	struct buf scratch;
	const char *out[2];

	(void)state;
	rows_init(&r, 2);
	buf_init(&scratch);
	for (int i = 0; i < 3; i++) {
		rows_int(&r, 100 + i);
		rows_text(&r, i == 1 ? "x,y" : "z");
	}
	rows_one(&r, 0, &scratch, out);
	assert_string_equal(out[0], "{100}");
	assert_string_equal(out[1], "{\"z\"}");
	rows_one(&r, 1, &scratch, out);
	assert_string_equal(out[0], "{101}");
	assert_string_equal(out[1], "{\"x,y\"}");
	rows_one(&r, 2, &scratch, out);
	assert_string_equal(out[0], "{102}");
	buf_clear(&scratch);
	rows_clear(&r);
}

static void
a_reset_starts_anew(void **state)
{
	struct rows r;
	const char *out[1];

	(void)state;
	rows_init(&r, 1);
	rows_int(&r, 1);
	rows_reset(&r);
	rows_int(&r, 2);
	rows_all(&r, out);
	assert_string_equal(out[0], "{2}");
	rows_clear(&r);
}

static void
a_long_text_is_cut_between_characters(void **state)
{
	struct rows r;
	const char *out[1];
	char *text = calloc(1, ARRAY_VALUE_MAX + 10);

	(void)state;
	/* An a, then two-octet characters: the limit falls inside one. */
	text[0] = 'a';
	for (int i = 1; i < ARRAY_VALUE_MAX + 5; i += 2)
		memcpy(text + i, "\xc3\xa9", 2);
	rows_init(&r, 1);
	rows_text(&r, text);
	rows_all(&r, out);
	assert_int_equal(strlen(out[0]), 4 + ARRAY_VALUE_MAX - 1);
	assert_int_equal((unsigned char)out[0][strlen(out[0]) - 3], 0xa9);
	rows_clear(&r);
	free(text);
}

int
main(void)
{
	struct t_list l = {0};

	T_TEST(&l, rows_become_one_literal_per_column);
	T_TEST(&l, one_row_can_be_taken_out_again);
	T_TEST(&l, a_reset_starts_anew);
	T_TEST(&l, a_long_text_is_cut_between_characters);
	return T_RUN("array", &l);
}
