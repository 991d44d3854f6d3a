#include "base/buf.h"

#include "t.h"

static void
integers_are_put_big_endian(void **state)
{
	static const uint8_t want[] = {0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 'x', '=', '7'};
	struct buf b;

	(void)state;
	buf_init(&b);
	buf_put_u8(&b, 0x01);
	buf_put_u16(&b, 0x2345);
	buf_put_u32(&b, 0x6789abcd);
	buf_put_text(&b, "x=");
	buf_printf(&b, "%d", 7);
	assert_false(b.failed);
	assert_int_equal(b.len, sizeof(want));
	assert_memory_equal(b.data, want, sizeof(want));
	buf_clear(&b);
}

static void
a_patched_integer_replaces_what_was_there(void **state)
{
	static const uint8_t want[] = {0xff, 0, 0, 1, 2, 0xff};
	struct buf b;

	(void)state;
	buf_init(&b);
	buf_put_u8(&b, 0xff);
	buf_put_u32(&b, 0xaaaaaaaa);
	buf_put_u8(&b, 0xff);
	buf_patch_u32(&b, 1, 0x00000102);
	assert_memory_equal(b.data, want, sizeof(want));
	buf_clear(&b);
}

static void
it_grows_and_keeps_what_it_held(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b);
	for (uint32_t i = 0; i < 10000; i++)
		buf_put_u32(&b, i);
	assert_int_equal(b.len, 40000);
	struct rd r = rd_over(b.data, b.len);
	for (uint32_t i = 0; i < 10000; i++)
		assert_int_equal(rd_u32(&r), i);
	assert_false(r.bad);
	buf_clear(&b);
}

static void
drained_bytes_leave_from_the_front(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b);
	buf_put_text(&b, "abcdef");
	buf_drain(&b, 0);
	buf_drain(&b, 4);
	assert_int_equal(b.len, 2);
	assert_memory_equal(b.data, "ef", 2);
	buf_drain(&b, 2);
	assert_int_equal(b.len, 0);
	buf_clear(&b);
}

static void
what_passes_the_limit_is_ignored_and_the_failure_stays(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b);
	b.limit = 5;
	buf_put_text(&b, "abcd");
	assert_false(b.failed);
	buf_put_text(&b, "ef");
	assert_true(b.failed);
	assert_int_equal(b.len, 4);
	buf_put_u8(&b, 'e'); /* this would fit */
	buf_printf(&b, "%s", "");
	assert_true(b.failed);
	assert_int_equal(b.len, 4);
	buf_reset(&b);
	assert_false(b.failed);
	assert_int_equal(b.len, 0);
	buf_printf(&b, "%s", "abcde");
	assert_false(b.failed);
	assert_memory_equal(b.data, "abcde", 5);
	buf_clear(&b);
}

static void
a_limit_of_zero_is_the_common_one(void **state)
{
	static uint8_t block[1 << 20];
	struct buf b;

	(void)state;
	buf_init(&b);
	for (int i = 0; i < 16; i++)
		buf_put(&b, block, sizeof(block));
	assert_false(b.failed);
	buf_put_u8(&b, 0);
	assert_true(b.failed);
	assert_int_equal(b.len, BUF_LIMIT);
	buf_clear(&b);
}

static void
a_cleared_buf_may_be_used_again(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b);
	buf_put_text(&b, "abc");
	buf_clear(&b);
	assert_int_equal(b.len, 0);
	buf_put_text(&b, "d");
	assert_int_equal(b.len, 1);
	buf_clear(&b);
}

static void
reads_are_big_endian_and_in_order(void **state)
{
	static const uint8_t octets[] = {0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 'h', 'i', 0, 9};
	struct rd r = rd_over(octets, sizeof(octets));
	char text[8];
	const uint8_t *at;

	(void)state;
	assert_int_equal(rd_u8(&r), 0x01);
	assert_int_equal(rd_u16(&r), 0x2345);
	assert_int_equal(rd_u32(&r), 0x6789abcd);
	rd_cstr(&r, text, sizeof(text));
	assert_string_equal(text, "hi");
	assert_true(rd_take(&r, 1, &at));
	assert_ptr_equal(at, octets + 10);
	assert_int_equal(r.left, 0);
	assert_false(r.bad);
}

static void
after_a_read_past_the_end_everything_is_zero_and_bad(void **state)
{
	static const uint8_t octets[] = {1, 2, 3};
	struct rd r = rd_over(octets, sizeof(octets));
	const uint8_t *at = NULL;
	char text[4] = "xyz";

	(void)state;
	assert_int_equal(rd_u32(&r), 0);
	assert_true(r.bad);
	assert_int_equal(rd_u8(&r), 0); /* there are three, but not after a failure */
	assert_int_equal(rd_u16(&r), 0);
	assert_false(rd_take(&r, 0, &at));
	assert_null(at);
	rd_cstr(&r, text, sizeof(text));
	assert_string_equal(text, "");
	assert_int_equal(r.left, 3);
}

static void
a_length_near_the_end_of_memory_does_not_wrap(void **state)
{
	static const uint8_t octets[] = {1, 2, 3};
	struct rd r = rd_over(octets, sizeof(octets));
	const uint8_t *at;

	(void)state;
	assert_false(rd_take(&r, SIZE_MAX, &at));
	assert_true(r.bad);
}

struct cstr_row {
	const char *name;
	const char *octets;
	size_t len, max;
	bool bad;
	const char *want;
};

static const struct cstr_row cstr_rows[] = {
    {"an empty C-string is one NUL", "\0x", 2, 4, false, ""},
    {"a C-string may fill its field", "abc\0", 4, 4, false, "abc"},
    {"a C-string one octet too long is bad", "abcd\0", 5, 4, true, ""},
    {"a C-string without a NUL before the end is bad", "ab", 2, 4, true, ""},
    {"a C-string that is not there is bad", "", 0, 4, true, ""},
};

static void
reads_cstr(void **state)
{
	const struct cstr_row *row = *state;
	struct rd r = rd_over(row->octets, row->len);
	char out[8];

	rd_cstr(&r, out, row->max);
	assert_int_equal(r.bad, row->bad);
	assert_string_equal(out, row->want);
	if (!row->bad)
		assert_int_equal(r.left, row->len - strlen(row->want) - 1);
}

int
main(void)
{
	static struct t_list l;

	T_TEST(&l, integers_are_put_big_endian);
	T_TEST(&l, a_patched_integer_replaces_what_was_there);
	T_TEST(&l, it_grows_and_keeps_what_it_held);
	T_TEST(&l, drained_bytes_leave_from_the_front);
	T_TEST(&l, what_passes_the_limit_is_ignored_and_the_failure_stays);
	T_TEST(&l, a_limit_of_zero_is_the_common_one);
	T_TEST(&l, a_cleared_buf_may_be_used_again);
	T_TEST(&l, reads_are_big_endian_and_in_order);
	T_TEST(&l, after_a_read_past_the_end_everything_is_zero_and_bad);
	T_TEST(&l, a_length_near_the_end_of_memory_does_not_wrap);
	T_TABLE(&l, reads_cstr, cstr_rows);
	return T_RUN("buf", &l);
}
