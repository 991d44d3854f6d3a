#include "smpp/tlv.h"

#include "t.h"

struct row {
	const char *name;
	const char *hex;
	unsigned n;
	bool cut;
};

static const struct row rows[] = {
    {"no parameters", "", 0, false},
    {"one parameter", "0427 0001 02", 1, false},
    {"one without a value", "130c 0000", 1, false},
    {"unknown tags are kept", "1400 0002 abcd  3fff 0001 00", 2, false},
    {"duplicates are kept", "0427 0001 02 0427 0001 05", 2, false},
    {"one stray octet at the end is ignored", "0427 0001 02 00", 1, false},
    {"three stray octets at the end are ignored", "0427 0001 02 000000", 1, false},
    {"a length past the end ends the list", "0427 0001 02 001e 0005 31323334", 1, true},
    {"a length of 65,535 with nothing behind", "0424 ffff", 0, true},
};

static void
parses(void **state)
{
	const struct row *row = *state;
	struct smpp_tlvs tlvs;
	size_t n;
	uint8_t *octets = t_hex(row->hex, &n);
	struct rd r = rd_over(octets, n);

	smpp_tlvs_decode(&r, &tlvs);
	assert_int_equal(tlvs.n, row->n);
	assert_int_equal(tlvs.cut, row->cut);
	free(octets);
}

/* Parses hex and hands it to check with the octets still there. */
static void
with_tlvs(const char *hex, void (*check)(const struct smpp_tlvs *))
{
	struct smpp_tlvs tlvs;
	size_t n;
	uint8_t *octets = t_hex(hex, &n);
	struct rd r = rd_over(octets, n);

	smpp_tlvs_decode(&r, &tlvs);
	check(&tlvs);
	free(octets);
}

static void
check_first(const struct smpp_tlvs *tlvs)
{
	uint32_t v = 99;

	assert_true(smpp_tlv_int(tlvs, SMPP_TAG_MESSAGE_STATE, &v));
	assert_int_equal(v, 2);
	assert_null(smpp_tlv_find(tlvs, SMPP_TAG_MESSAGE_PAYLOAD));
	assert_false(smpp_tlv_int(tlvs, SMPP_TAG_MESSAGE_PAYLOAD, &v));
	assert_int_equal(v, 2);
}

static void
the_first_of_duplicates_wins(void **state)
{
	(void)state;
	with_tlvs("0427 0001 02 0427 0001 05", check_first);
}

static void
check_ints(const struct smpp_tlvs *tlvs)
{
	static const uint32_t want[] = {0x12, 0x1234, 0x12345678};
	uint32_t v = 7;

	for (int i = 0; i < 3; i++) {
		assert_true(smpp_tlv_int(tlvs, (enum smpp_tag)(0x1400 + i), &v));
		assert_int_equal(v, want[i]);
	}
	assert_false(smpp_tlv_int(tlvs, (enum smpp_tag)0x1403, &v));
	assert_false(smpp_tlv_int(tlvs, (enum smpp_tag)0x1404, &v));
	assert_int_equal(v, want[2]);
}

static void
integers_of_1_2_and_4_octets_are_taken_and_no_others(void **state)
{
	(void)state;
	with_tlvs("1400 0001 12  1401 0002 1234  1402 0004 12345678  1403 0003 123456  1404 0000",
	    check_ints);
}

static void
check_texts(const struct smpp_tlvs *tlvs)
{
	char out[5] = "?";

	assert_true(smpp_tlv_text(tlvs, (enum smpp_tag)0x1400, out, sizeof(out)));
	assert_string_equal(out, "ab"); /* with its NUL */
	assert_true(smpp_tlv_text(tlvs, (enum smpp_tag)0x1401, out, sizeof(out)));
	assert_string_equal(out, "abc"); /* without */
	assert_true(smpp_tlv_text(tlvs, (enum smpp_tag)0x1402, out, sizeof(out)));
	assert_string_equal(out, "a"); /* cut at the first NUL */
	assert_true(smpp_tlv_text(tlvs, (enum smpp_tag)0x1403, out, sizeof(out)));
	assert_string_equal(out, "abcd"); /* cut at the size */
	assert_true(smpp_tlv_text(tlvs, (enum smpp_tag)0x1404, out, sizeof(out)));
	assert_string_equal(out, "");
	assert_false(smpp_tlv_text(tlvs, (enum smpp_tag)0x1405, out, sizeof(out)));
}

static void
texts_are_taken_with_or_without_their_nul(void **state)
{
	(void)state;
	with_tlvs("1400 0003 616200  1401 0003 616263  1402 0003 610062  1403 0006 616263646566 "
		  "1404 0000",
	    check_texts);
}

static void
more_than_the_list_holds_are_skipped(void **state)
{
	struct smpp_tlvs tlvs;
	struct buf b;

	(void)state;
	buf_init(&b);
	for (uint16_t i = 0; i < 16000; i++)
		smpp_tlv_put(&b, (enum smpp_tag)(0x1400 + i % 100), "x", 1);
	uint8_t *octets = t_copy(b.data, b.len);
	struct rd r = rd_over(octets, b.len);
	smpp_tlvs_decode(&r, &tlvs);
	assert_int_equal(tlvs.n, SMPP_TLV_MAX);
	assert_false(tlvs.cut);
	assert_int_equal(r.left, 0);
	free(octets);
	buf_clear(&b);
}

static void
what_is_put_is_tag_length_value(void **state)
{
	static const uint8_t want[] = {0x00, 0x1e, 0x00, 0x03, '1', 'a', 0, 0x04, 0x24, 0, 0};
	struct buf b;

	(void)state;
	buf_init(&b);
	smpp_tlv_put(&b, SMPP_TAG_RECEIPTED_MESSAGE_ID, "1a", 3);
	smpp_tlv_put(&b, SMPP_TAG_MESSAGE_PAYLOAD, NULL, 0);
	assert_int_equal(b.len, sizeof(want));
	assert_memory_equal(b.data, want, sizeof(want));
	buf_clear(&b);
}

int
main(void)
{
	static struct t_list l;

	T_TABLE(&l, parses, rows);
	T_TEST(&l, the_first_of_duplicates_wins);
	T_TEST(&l, integers_of_1_2_and_4_octets_are_taken_and_no_others);
	T_TEST(&l, texts_are_taken_with_or_without_their_nul);
	T_TEST(&l, more_than_the_list_holds_are_skipped);
	T_TEST(&l, what_is_put_is_tag_length_value);
	return T_RUN("tlv", &l);
}
