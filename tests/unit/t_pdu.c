#include "smpp/pdu.h"

#include "smpp/frame.h"

#include "t.h"

/* A frame's header without its length, which goes() counts; then the body. */
struct frame_row {
	const char *name;
	const char *header; /* command, status, sequence */
	const char *body;
	enum smpp_decode want;
	bool again; /* encoding what was decoded gives the same octets */
};

#define SM_HEAD "00  01 01 3132303635353530313233 00  01 01 3132303635353530313939 00 "
#define DATA_HEAD "00  01 01 3132303635353530313233 00  01 01 3132303635353530313939 00 04 00 00 "

static const struct frame_row frame_rows[] = {
    /* what the book says */
    {"bind_transceiver", "00000009 00000000 00000001", "6d61706c6500 73656372657400 00 34 00 00 00",
	SMPP_DECODE_OK, true},
    {"bind_transmitter with a type and a range", "00000002 00000000 00000001",
	"6d61706c6500 73656372657400 564d4100 34 01 01 5e3100", SMPP_DECODE_OK, true},
    {"bind_receiver with a longer name and password than the book has",
	"00000001 00000000 00000001",
	"3031323334353637383961626364656630313233 00 303132333435363738396162636465 00 00 34 00 "
	"00 00",
	SMPP_DECODE_OK, true},
    {"bind_transceiver_resp with a version", "80000009 00000000 00000001",
	"434152524945 5200 0210 0001 34", SMPP_DECODE_OK, true},
    {"outbind", "0000000b 00000000 00000001", "43415252494552 00 00", SMPP_DECODE_OK, true},
    {"unbind", "00000006 00000000 00000009", "", SMPP_DECODE_OK, true},
    {"unbind_resp", "80000006 00000000 00000009", "", SMPP_DECODE_OK, true},
    {"enquire_link", "00000015 00000000 7fffffff", "", SMPP_DECODE_OK, true},
    {"enquire_link_resp", "80000015 00000000 7fffffff", "", SMPP_DECODE_OK, true},
    {"generic_nack", "80000000 00000003 00000000", "", SMPP_DECODE_OK, true},
    {"submit_sm", "00000004 00000000 00000002", SM_HEAD "00 00 00 00 00 01 00 00 00 02 6869",
	SMPP_DECODE_OK, true},
    {"submit_sm with times", "00000004 00000000 00000002",
	SM_HEAD "40 00 01 00 30303030303030363030303030303052 00 01 00 08 00 04 00680069",
	SMPP_DECODE_OK, true},
    {"submit_sm with its text in message_payload", "00000004 00000000 00000002",
	SM_HEAD "00 00 00 00 00 01 00 00 00 00 0424 0003 686921", SMPP_DECODE_OK, true},
    {"submit_sm with sar parameters", "00000004 00000000 00000002",
	SM_HEAD "00 00 00 00 00 01 00 00 00 02 6869 020c 0002 0007 020e 0001 02 020f 0001 01",
	SMPP_DECODE_OK, true},
    {"submit_sm_resp", "80000004 00000000 00000002", "316132623300", SMPP_DECODE_OK, true},
    {"deliver_sm with a receipt's parameters", "00000005 00000000 00000003",
	SM_HEAD "04 00 00 00 00 00 00 00 00 03 69643a 001e 0004 31613200 0427 0001 02 0423 0003 "
		"030006",
	SMPP_DECODE_OK, true},
    {"deliver_sm without a text", "00000005 00000000 00000003",
	SM_HEAD "00 00 00 00 00 00 00 00 00 00", SMPP_DECODE_OK, true},
    {"deliver_sm_resp", "80000005 00000000 00000003", "00", SMPP_DECODE_OK, true},
    {"data_sm", "00000103 00000000 00000004", DATA_HEAD "0424 0002 6869", SMPP_DECODE_OK, true},
    {"data_sm without a text", "00000103 00000000 00000004", DATA_HEAD, SMPP_DECODE_OK, true},
    {"data_sm_resp", "80000103 00000000 00000004", "61626300", SMPP_DECODE_OK, true},
    {"alert_notification", "00000102 00000000 00000005", "01 01 3132 00 00 00 3939 00 0422 0001 00",
	SMPP_DECODE_OK, true},
    /* what carriers do */
    {"deliver_sm with sequence 0", "00000005 00000000 00000000",
	SM_HEAD "00 00 00 00 00 00 00 00 00 02 6869", SMPP_DECODE_OK, true},
    {"deliver_sm with a sequence above the range", "00000005 00000000 fffffffe",
	SM_HEAD "00 00 00 00 00 00 00 00 00 02 6869", SMPP_DECODE_OK, true},
    {"a refused submit_sm_resp without a body", "80000004 00000058 00000002", "", SMPP_DECODE_OK,
	false},
    {"a refused submit_sm_resp with one", "80000004 00000058 00000002", "00", SMPP_DECODE_OK, true},
    {"an accepted submit_sm_resp without a body", "80000004 00000000 00000002", "", SMPP_DECODE_OK,
	false},
    {"a submit_sm_resp whose id has no NUL", "80000004 00000000 00000002", "316132", SMPP_DECODE_OK,
	false},
    {"a submit_sm_resp with an id far longer than the book's", "80000004 00000000 00000002",
	"30313233343536373839303132333435363738393031323334353637383930313233343536373839"
	"30313233343536373839303132333435363738393031323334353637383930313233343536373839 00",
	SMPP_DECODE_OK, true},
    {"a bind_resp without a body", "80000009 0000000e 00000001", "", SMPP_DECODE_OK, false},
    {"a bind_resp with an endless name", "80000009 00000000 00000001",
	"30313233343536373839303132333435363738393031323334353637383930313233343536373839"
	"30313233343536373839303132333435363738393031323334353637383930313233343536373839",
	SMPP_DECODE_OK, false},
    {"a deliver_sm_resp with an id in it", "80000005 00000000 00000003", "3100", SMPP_DECODE_OK,
	true},
    {"deliver_sm with 255 octets of text, as in 5.0", "00000005 00000000 00000003",
	SM_HEAD "00 00 00 00 00 00 00 00 00 ff "
		"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
		"202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"
		"404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f"
		"606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f"
		"808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"
		"a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebf"
		"c0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedf"
		"e0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfe",
	SMPP_DECODE_OK, false},
    {"deliver_sm with an address longer than the book's", "00000005 00000000 00000003",
	"00 05 00 3031323334353637383930313233343536373839303132333435 00 01 01 3132 00 "
	"00 00 00 00 00 00 00 00 00 02 6869",
	SMPP_DECODE_OK, false},
    {"deliver_sm with a NUL after its text", "00000005 00000000 00000003",
	SM_HEAD "00 00 00 00 00 00 00 00 00 02 6869 00", SMPP_DECODE_OK, false},
    {"deliver_sm with a broken parameter", "00000005 00000000 00000003",
	SM_HEAD "00 00 00 00 00 00 00 00 00 02 6869 0427 0001 02 001e ffff 31", SMPP_DECODE_OK,
	false},
    {"enquire_link with octets behind it", "00000015 00000000 00000001", "ffffffffff",
	SMPP_DECODE_OK, false},
    /* what we do not speak */
    {"query_sm", "00000003 00000000 00000001", "3100 00 00 00", SMPP_DECODE_UNKNOWN, false},
    {"replace_sm", "00000007 00000000 00000001", "", SMPP_DECODE_UNKNOWN, false},
    {"cancel_sm", "00000008 00000000 00000001", "", SMPP_DECODE_UNKNOWN, false},
    {"submit_multi", "00000021 00000000 00000001", "", SMPP_DECODE_UNKNOWN, false},
    {"broadcast_sm of 5.0", "00000111 00000000 00000001", "", SMPP_DECODE_UNKNOWN, false},
    {"a response to what we never ask", "80000003 00000000 00000001", "", SMPP_DECODE_UNKNOWN,
	false},
    {"nonsense", "deadbeef cafebabe 01020304", "0506", SMPP_DECODE_UNKNOWN, false},
    /* what is broken */
    {"bind_transceiver without a body", "00000009 00000000 00000001", "", SMPP_DECODE_BAD, false},
    {"bind_transceiver with an endless name", "00000009 00000000 00000001",
	"30313233343536373839303132333435363738393031323334353637383930313233343536373839"
	"30313233343536373839303132333435363738393031323334353637383930313233343536373839",
	SMPP_DECODE_BAD, false},
    {"deliver_sm without a body", "00000005 00000000 00000003", "", SMPP_DECODE_BAD, false},
    {"deliver_sm whose text is shorter than its length", "00000005 00000000 00000003",
	SM_HEAD "00 00 00 00 00 00 00 00 00 03 6869", SMPP_DECODE_BAD, false},
    {"deliver_sm with an endless address", "00000005 00000000 00000003",
	"00 01 01 "
	"30313233343536373839303132333435363738393031323334353637383930313233343536373839"
	"30313233343536373839303132333435363738393031323334353637383930313233343536373839 00",
	SMPP_DECODE_BAD, false},
    {"deliver_sm with an endless time", "00000005 00000000 00000003",
	SM_HEAD "00 00 00 3030303030303030303030303030303030 00 00 00 00 00 00 02 6869",
	SMPP_DECODE_BAD, false},
    {"deliver_sm with an endless service_type", "00000005 00000000 00000003",
	"303132333435 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00", SMPP_DECODE_BAD, false},
};

static uint8_t *
frame_of(const struct frame_row *row, size_t *len)
{
	char hex[2048];

	snprintf(hex, sizeof(hex), "00000000 %s %s", row->header, row->body);
	uint8_t *frame = t_hex(hex, len);
	frame[2] = (uint8_t)(*len >> 8);
	frame[3] = (uint8_t)*len;
	return frame;
}

static void
decodes_and_encodes_again(void **state)
{
	const struct frame_row *row = *state;
	size_t len;
	uint8_t *frame = frame_of(row, &len);
	struct smpp_pdu p;
	struct buf b;

	assert_int_equal(smpp_pdu_decode(frame, len, &p), row->want);
	struct rd header = rd_over(frame + 4, 12);
	assert_int_equal(p.command, rd_u32(&header)); /* whatever came of the body */
	assert_int_equal(p.status, rd_u32(&header));
	assert_int_equal(p.sequence, rd_u32(&header));
	if (row->again) {
		buf_init(&b);
		assert_int_equal(smpp_pdu_encode(&p, &b), 0);
		assert_int_equal(b.len, len);
		assert_memory_equal(b.data, frame, len);
		buf_clear(&b);
	}
	free(frame);
}

/* Both with the true length in the header, and with the one from before the cut. */
static void
decode_prefix(const uint8_t *frame, size_t len)
{
	uint8_t *cut = t_copy(frame, len);
	struct smpp_pdu p;

	assert_int_equal(smpp_pdu_decode(cut, len, &p), SMPP_DECODE_BAD);
	if (len >= SMPP_HEADER) {
		cut[2] = (uint8_t)(len >> 8);
		cut[3] = (uint8_t)len;
		enum smpp_decode what = smpp_pdu_decode(cut, len, &p);
		/* an answer stands in the header, whatever is left of its body */
		if (p.command & SMPP_RESPONSE)
			assert_int_not_equal(what, SMPP_DECODE_BAD);
	}
	free(cut);
}

static void
every_prefix_of_every_frame_is_survived(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(frame_rows) / sizeof(*frame_rows); i++) {
		size_t len;
		uint8_t *frame = frame_of(&frame_rows[i], &len);

		for (size_t n = 0; n < len; n++)
			decode_prefix(frame, n);
		free(frame);
	}
}

/* The last octet that submit_sm needs is its text's; every shorter one is refused. */
static void
a_submit_sm_cut_anywhere_in_its_fields_is_bad(void **state)
{
	static const struct frame_row row = {.header = "00000004 00000000 00000002",
	    .body = SM_HEAD "00 00 00 00 00 01 00 00 00 02 6869"};
	struct smpp_pdu p;
	size_t len;
	uint8_t *frame = frame_of(&row, &len);

	(void)state;
	for (size_t n = SMPP_HEADER; n < len; n++) {
		uint8_t *cut = t_copy(frame, n);

		cut[3] = (uint8_t)n;
		assert_int_equal(smpp_pdu_decode(cut, n, &p), SMPP_DECODE_BAD);
		free(cut);
	}
	free(frame);
}

/* What decodes is held to what it said: it encodes, if its fields fit, and decodes to the same. */
static void
check_flipped(const uint8_t *frame, size_t len)
{
	struct smpp_pdu p, q;
	struct buf b;

	if (smpp_pdu_decode(frame, len, &p) != SMPP_DECODE_OK)
		return;
	buf_init(&b);
	if (smpp_pdu_encode(&p, &b) == 0) {
		assert_int_equal(smpp_pdu_decode(b.data, b.len, &q), SMPP_DECODE_OK);
		assert_int_equal(q.command, p.command);
		assert_int_equal(q.sequence, p.sequence);
		if (p.command == SMPP_SUBMIT_SM || p.command == SMPP_DELIVER_SM) {
			assert_int_equal(q.sm.text_len, p.sm.text_len);
			assert_memory_equal(q.sm.text, p.sm.text, p.sm.text_len);
			assert_string_equal(q.sm.destination.text, p.sm.destination.text);
		}
	} else {
		assert_int_equal(b.len, 0);
	}
	buf_clear(&b);
}

static void
flipped_octets_are_survived(void **state)
{
	uint32_t random = 1;

	(void)state;
	for (size_t i = 0; i < sizeof(frame_rows) / sizeof(*frame_rows); i++) {
		size_t len;
		uint8_t *frame = frame_of(&frame_rows[i], &len);

		for (int k = 0; k < 3000; k++) {
			uint8_t *flipped = t_copy(frame, len);

			for (unsigned n = 1 + t_random(&random) % 4; n > 0; n--)
				flipped[4 + t_random(&random) % (len - 4)] =
				    (uint8_t)t_random(&random);
			check_flipped(flipped, len);
			free(flipped);
		}
		free(frame);
	}
}

static struct smpp_pdu
a_submit(void)
{
	struct smpp_pdu p = {.command = SMPP_SUBMIT_SM, .sequence = 2};

	strcpy(p.sm.source.text, "12065550123");
	strcpy(p.sm.destination.text, "12065550199");
	p.sm.text = (const uint8_t *)"hi";
	p.sm.text_len = 2;
	return p;
}

static void
submit_sm_is_read_field_by_field(void **state)
{
	static const struct frame_row row = {.header = "00000004 00000000 00000002",
	    .body = "434d5400 05 00 4d41504c4500 01 09 3132303635353530313939 00 43 11 02"
		    "3230313132343136333030303030342b 00 30303030303030363030303030303052 00"
		    "01 01 f1 07 03 404142 0204 0002 1234"};
	struct smpp_pdu p;
	size_t len;
	uint8_t *frame = frame_of(&row, &len);

	(void)state;
	assert_int_equal(smpp_pdu_decode(frame, len, &p), SMPP_DECODE_OK);
	assert_string_equal(p.sm.service_type, "CMT");
	assert_int_equal(p.sm.source.ton, 5);
	assert_int_equal(p.sm.source.npi, 0);
	assert_string_equal(p.sm.source.text, "MAPLE");
	assert_int_equal(p.sm.destination.ton, 1);
	assert_int_equal(p.sm.destination.npi, 9);
	assert_string_equal(p.sm.destination.text, "12065550199");
	assert_int_equal(p.sm.esm_class, 0x43);
	assert_int_equal(p.sm.protocol_id, 0x11);
	assert_int_equal(p.sm.priority_flag, 2);
	assert_string_equal(p.sm.schedule_delivery_time, "201124163000004+");
	assert_string_equal(p.sm.validity_period, "000000060000000R");
	assert_int_equal(p.sm.registered_delivery, 1);
	assert_int_equal(p.sm.replace_if_present, 1);
	assert_int_equal(p.sm.data_coding, 0xf1);
	assert_int_equal(p.sm.default_msg_id, 7);
	assert_int_equal(p.sm.text_len, 3);
	assert_memory_equal(p.sm.text, "@AB", 3);
	assert_int_equal(p.tlvs.n, 1);
	free(frame);
}

static void
the_text_of_data_sm_is_its_payload(void **state)
{
	static const struct frame_row row = {
	    .header = "00000103 00000000 00000004", .body = DATA_HEAD "0424 0002 6869"};
	struct smpp_pdu p;
	size_t len;
	uint8_t *frame = frame_of(&row, &len);

	(void)state;
	assert_int_equal(smpp_pdu_decode(frame, len, &p), SMPP_DECODE_OK);
	assert_int_equal(p.sm.esm_class, 4);
	assert_int_equal(p.sm.text_len, 2);
	assert_memory_equal(p.sm.text, "hi", 2);
	free(frame);
}

static void
short_message_wins_over_a_payload_beside_it(void **state)
{
	static const struct frame_row row = {.header = "00000005 00000000 00000003",
	    .body = SM_HEAD "00 00 00 00 00 00 00 00 00 02 6869 0424 0003 627965"};
	struct smpp_pdu p;
	size_t len;
	uint8_t *frame = frame_of(&row, &len);

	(void)state;
	assert_int_equal(smpp_pdu_decode(frame, len, &p), SMPP_DECODE_OK);
	assert_int_equal(p.sm.text_len, 2);
	assert_memory_equal(p.sm.text, "hi", 2);
	free(frame);
}

/* receipts.md 3.18 */
static void
parameters_are_found_behind_a_nul_after_the_text(void **state)
{
	static const struct frame_row row = {.header = "00000005 00000000 00000003",
	    .body =
		SM_HEAD "04 00 00 00 00 00 00 00 00 02 6869 00 001e 0004 31613200 0427 0001 02"};
	struct smpp_pdu p;
	uint32_t v = 0;
	size_t len;
	uint8_t *frame = frame_of(&row, &len);

	(void)state;
	assert_int_equal(smpp_pdu_decode(frame, len, &p), SMPP_DECODE_OK);
	assert_int_equal(p.tlvs.n, 2);
	assert_true(smpp_tlv_int(&p.tlvs, SMPP_TAG_MESSAGE_STATE, &v));
	assert_int_equal(v, 2);
	free(frame);
}

static void
the_id_of_an_accepted_text_is_kept_without_its_nul(void **state)
{
	static const struct frame_row row = {
	    .header = "80000004 00000000 00000002", .body = "316132"};
	struct smpp_pdu p;
	size_t len;
	uint8_t *frame = frame_of(&row, &len);

	(void)state;
	assert_int_equal(smpp_pdu_decode(frame, len, &p), SMPP_DECODE_OK);
	assert_string_equal(p.message_id, "1a2");
	free(frame);
}

static void
a_text_over_254_octets_goes_into_message_payload(void **state)
{
	static uint8_t text[UINT16_MAX];
	struct smpp_pdu p = a_submit(), q;
	struct buf b;

	(void)state;
	memset(text, 'x', sizeof(text));
	buf_init(&b);
	for (size_t n = 253; n < 258; n++) {
		buf_reset(&b);
		p.sm.text = text;
		p.sm.text_len = n;
		assert_int_equal(smpp_pdu_encode(&p, &b), 0);
		assert_int_equal(smpp_pdu_decode(b.data, b.len, &q), SMPP_DECODE_OK);
		assert_int_equal(q.tlvs.n, n > 254);
		assert_int_equal(q.sm.text_len, n);
		assert_memory_equal(q.sm.text, text, n);
	}
	buf_reset(&b);
	p.sm.text_len = sizeof(text);
	assert_int_equal(smpp_pdu_encode(&p, &b), 0);
	assert_int_equal(smpp_frame(b.data, b.len, &(size_t){0}), SMPP_FRAME_READY);
	buf_clear(&b);
}

static void
refuses(const struct smpp_pdu *p)
{
	struct buf b;

	buf_init(&b);
	buf_put_text(&b, "before");
	assert_int_equal(smpp_pdu_encode(p, &b), -1);
	assert_false(b.failed);
	assert_int_equal(b.len, 6);
	buf_clear(&b);
}

static void
encoding_refuses_what_is_too_long_and_appends_nothing(void **state)
{
	static uint8_t text[UINT16_MAX + 1];
	struct smpp_pdu p;

	(void)state;
	p = a_submit();
	strcpy(p.sm.destination.text, "123456789012345678901"); /* 21, and a NUL */
	refuses(&p);
	p = a_submit();
	strcpy(p.sm.source.text, "123456789012345678901");
	refuses(&p);
	p = a_submit();
	memset(p.sm.service_type, 'x', sizeof(p.sm.service_type));
	refuses(&p);
	p = a_submit();
	memset(p.sm.validity_period, '0', sizeof(p.sm.validity_period));
	refuses(&p);
	p = a_submit();
	p.sm.text = text;
	p.sm.text_len = sizeof(text);
	refuses(&p);
	p = (struct smpp_pdu){.command = SMPP_BIND_TRANSCEIVER};
	memset(p.bind.range.text, '1', 41);
	refuses(&p);
	p = (struct smpp_pdu){.command = SMPP_SUBMIT_SM_RESP};
	memset(p.message_id, 'x', sizeof(p.message_id));
	refuses(&p);
	p = (struct smpp_pdu){.command = SMPP_QUERY_SM};
	refuses(&p);
}

static void
encoding_refuses_two_texts(void **state)
{
	static uint8_t text[300];
	struct smpp_pdu p = a_submit();

	(void)state;
	p.sm.text = text;
	p.sm.text_len = sizeof(text);
	p.tlvs.n = 1;
	p.tlvs.at[0] = (struct smpp_tlv){
	    .tag = SMPP_TAG_MESSAGE_PAYLOAD, .len = 2, .value = (const uint8_t *)"no"};
	refuses(&p);
}

static void
encoding_appends_and_fails_with_its_buffer(void **state)
{
	struct smpp_pdu p = a_submit();
	struct buf b;

	(void)state;
	buf_init(&b);
	assert_int_equal(smpp_pdu_encode(&p, &b), 0);
	size_t one = b.len;
	assert_int_equal(smpp_pdu_encode(&p, &b), 0);
	assert_int_equal(b.len, 2 * one);
	assert_memory_equal(b.data, b.data + one, one);
	b.limit = b.len + one - 1;
	assert_int_equal(smpp_pdu_encode(&p, &b), -1);
	assert_true(b.failed);
	assert_int_equal(b.len, 2 * one);
	buf_clear(&b);
}

static void
responses_have_the_body_that_they_must_have(void **state)
{
	static const uint8_t want[] = {0, 0, 0, 17, 0x80, 0, 0, 5, 0, 0, 0, 0x64, 0, 0, 0, 3,
	    0, /**/
	    0, 0, 0, 16, 0x80, 0, 0, 0x15, 0, 0, 0, 0, 0, 0, 0, 4};
	struct buf b;

	(void)state;
	buf_init(&b);
	smpp_put_response(&b, SMPP_DELIVER_SM_RESP, SMPP_RX_T_APPN, 3);
	smpp_put_response(&b, SMPP_ENQUIRE_LINK_RESP, SMPP_ROK, 4);
	assert_int_equal(b.len, sizeof(want));
	assert_memory_equal(b.data, want, sizeof(want));
	buf_clear(&b);
}

int
main(void)
{
	static struct t_list l;

	T_TABLE(&l, decodes_and_encodes_again, frame_rows);
	T_TEST(&l, every_prefix_of_every_frame_is_survived);
	T_TEST(&l, a_submit_sm_cut_anywhere_in_its_fields_is_bad);
	T_TEST(&l, flipped_octets_are_survived);
	T_TEST(&l, submit_sm_is_read_field_by_field);
	T_TEST(&l, the_text_of_data_sm_is_its_payload);
	T_TEST(&l, short_message_wins_over_a_payload_beside_it);
	T_TEST(&l, parameters_are_found_behind_a_nul_after_the_text);
	T_TEST(&l, the_id_of_an_accepted_text_is_kept_without_its_nul);
	T_TEST(&l, a_text_over_254_octets_goes_into_message_payload);
	T_TEST(&l, encoding_refuses_what_is_too_long_and_appends_nothing);
	T_TEST(&l, encoding_refuses_two_texts);
	T_TEST(&l, encoding_appends_and_fails_with_its_buffer);
	T_TEST(&l, responses_have_the_body_that_they_must_have);
	return T_RUN("pdu", &l);
}
