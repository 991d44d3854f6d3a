#include "policy/address.h"

#include "t.h"

struct out_row {
	const char *name;
	const char *number;
	int ton, npi;
	int want_ton, want_npi; /* -1: refused */
	const char *text;
};

static const struct out_row out_rows[] = {
    {"a full number is international", "+12065550123", -1, -1, 1, 1, "12065550123"},
    {"a full number without a plus", "12065550123", -1, -1, 1, 1, "12065550123"},
    {"a number abroad", "+442079460123", -1, -1, 1, 1, "442079460123"},
    {"a short code of three digits", "911", -1, -1, 3, 0, "911"},
    {"a short code of five digits", "54321", -1, -1, 3, 0, "54321"},
    {"a short code of eight digits", "12345678", -1, -1, 3, 0, "12345678"},
    {"nine digits are no short code", "123456789", -1, -1, 1, 1, "123456789"},
    {"two digits are something else", "12", -1, -1, 0, 0, "12"},
    {"a name", "MAPLE PT", -1, -1, 5, 0, "MAPLE PT"},
    {"digits with a letter are a name", "1MAPLE", -1, -1, 5, 0, "1MAPLE"},
    {"a plus before a name belongs to it", "+Maple", -1, -1, 5, 0, "+Maple"},
    {"something else", "*100#", -1, -1, 0, 0, "*100#"},
    {"the carrier wants 0/0", "+12065550123", 0, 0, 0, 0, "12065550123"},
    {"the carrier wants another TON only", "54321", 6, -1, 6, 0, "54321"},
    {"the carrier wants another NPI only", "54321", -1, 1, 3, 1, "54321"},
    {"twenty characters", "+12345678901234567890", -1, -1, 1, 1, "12345678901234567890"},
    {"twenty-one are too long", "+123456789012345678901", -1, -1, -1, -1, ""},
    {"nothing", "", -1, -1, -1, -1, ""},
    {"a plus alone", "+", -1, -1, -1, -1, ""},
    {"a plus before no number", "+1 (206)", -1, -1, -1, -1, ""},
};

static void
makes_address(void **state)
{
	const struct out_row *row = *state;
	struct smpp_address a;

	int done = address_of_number(row->number, row->ton, row->npi, &a);
	assert_int_equal(done, row->want_ton == -1 ? -1 : 0);
	if (done == -1)
		return;
	assert_int_equal(a.ton, row->want_ton);
	assert_int_equal(a.npi, row->want_npi);
	assert_string_equal(a.text, row->text);
}

struct in_row {
	const char *name;
	uint8_t ton, npi;
	const char *text;
	const char *want;
};

static const struct in_row in_rows[] = {
    {"an international number", 1, 1, "12065550123", "+12065550123"},
    {"the same with its plus", 1, 1, "+12065550123", "+12065550123"},
    {"the same under 0/0", 0, 0, "12065550123", "+12065550123"},
    {"ten digits are American", 2, 1, "2065550123", "+12065550123"},
    {"ten digits are American under 1/1 too", 1, 1, "2065550123", "+12065550123"},
    {"ten digits that America does not have", 1, 1, "4930123456", "+4930123456"},
    {"the same without a type stay", 0, 0, "4930123456", "4930123456"},
    {"a number abroad", 1, 1, "442079460123", "+442079460123"},
    {"a short code", 3, 0, "54321", "54321"},
    {"a short code under 1/1", 1, 1, "54321", "54321"},
    {"a name", 5, 0, "MAPLE", "MAPLE"},
    {"a trunk prefix is not a country", 0, 0, "02079460123", "02079460123"},
    {"more digits than numbers have", 1, 1, "1234567890123456", "1234567890123456"},
    {"nothing", 0, 0, "", ""},
};

static void
makes_number(void **state)
{
	const struct in_row *row = *state;
	struct smpp_address a = {.ton = row->ton, .npi = row->npi};
	char out[24];

	strcpy(a.text, row->text);
	address_to_number(&a, out, sizeof(out));
	assert_string_equal(out, row->want);
}

static void
a_long_address_is_cut_at_the_size(void **state)
{
	struct smpp_address a = {0};
	char *out = malloc(24);

	(void)state;
	memset(a.text, 'x', sizeof(a.text) - 1);
	address_to_number(&a, out, 24);
	assert_int_equal(strlen(out), 23);
	free(out);
}

static void
a_number_comes_back_as_it_went(void **state)
{
	static const char *const numbers[] = {
	    "+12065550123", "+442079460123", "+4930123456", "54321"};

	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		struct smpp_address a;
		char out[24];

		assert_int_equal(address_of_number(numbers[i], -1, -1, &a), 0);
		address_to_number(&a, out, sizeof(out));
		assert_string_equal(out, numbers[i]);
	}
}

int
main(void)
{
	static struct t_list l;

	T_TABLE(&l, makes_address, out_rows);
	T_TABLE(&l, makes_number, in_rows);
	T_TEST(&l, a_long_address_is_cut_at_the_size);
	T_TEST(&l, a_number_comes_back_as_it_went);
	return T_RUN("address", &l);
}
