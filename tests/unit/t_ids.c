#include "policy/ids.h"

#include "t.h"

struct id_row {
	const char *name, *decimal, *hex;
};

/* Pairs from receipts.md 2.1, 3.1 and 3.5. */
static const struct id_row pairs[] = {
    {"an id of 8 digits", "972660181", "39f99dd5"},
    {"an id above 2^63", "9308878062554710043", "812fc7470000001b"},
    {"the largest", "18446744073709551615", "ffffffffffffffff"},
    {"text and TLV of one receipt", "59113978", "38601fa"},
    {"zero", "0", "0"},
};

static void
converts_both_ways(void **state)
{
	const struct id_row *row = *state;
	char out[IDS_SIZE];

	assert_true(ids_hex_of_decimal(row->decimal, out));
	assert_string_equal(out, row->hex);
	assert_true(ids_decimal_of_hex(row->hex, out));
	assert_string_equal(out, row->decimal);
}

static void
leading_zeros_and_capitals_do_not_matter(void **state)
{
	char out[IDS_SIZE];

	(void)state;
	assert_true(ids_hex_of_decimal("0000972660181", out));
	assert_string_equal(out, "39f99dd5");
	assert_true(ids_decimal_of_hex("0039F99DD5", out));
	assert_string_equal(out, "972660181");
}

static void
what_is_no_number_of_64_bits_is_refused(void **state)
{
	static const char *const not_decimal[] = {
	    "", " 1", "-1", "+1", "12a", "18446744073709551616", "1101c1-c9d03d-f000"};
	static const char *const not_hex[] = {"", "0x1f", "-f", "10000000000000000", "g", "a b"};
	char out[IDS_SIZE];

	(void)state;
	for (unsigned i = 0; i < sizeof(not_decimal) / sizeof(*not_decimal); i++)
		assert_false(ids_hex_of_decimal(not_decimal[i], out));
	for (unsigned i = 0; i < sizeof(not_hex) / sizeof(*not_hex); i++)
		assert_false(ids_decimal_of_hex(not_hex[i], out));
}

int
main(void)
{
	struct t_list l = {0};

	T_TABLE(&l, converts_both_ways, pairs);
	T_TEST(&l, leading_zeros_and_capitals_do_not_matter);
	T_TEST(&l, what_is_no_number_of_64_bits_is_refused);
	return T_RUN("ids", &l);
}
