#include "smpp/receipt.h"

#include "t.h"

/*
 * The text of each row is put into a deliver_sm as it is; "%" and two digits are one octet in
 * hexadecimal.
 */
struct row {
	const char *name;
	const char *text;
	uint8_t esm_class, data_coding;
	const char *tlvs; /* hex */
	bool is_receipt;
	struct smpp_receipt want; /* message_state and network_*: 0 stands for -1 */
	bool payload;             /* the text goes into message_payload */
	bool data_sm;
};

#define NOMINAL                                                                                    \
	"id:0123456789 sub:001 dlvrd:001 submit date:2611241620 done date:2611241621 "             \
	"stat:DELIVRD "                                                                            \
	"err:000 text:Hi Ann, it has been "

static const struct row rows[] = {
    {"the nominal receipt", NOMINAL, 0x04, 0, "", true,
	{.id = "0123456789", .stat = "DELIVRD", .err = "000"}, false, false},
    {"parameters win over the text", NOMINAL, 0x04, 0,
	"001e 0004 61316600 0427 0001 05 0423 0003 03001b", true,
	{.id = "a1f",
	    .text_id = "0123456789",
	    .stat = "DELIVRD",
	    .err = "000",
	    .message_state = 5,
	    .network_type = 3,
	    .network_code = 27},
	false, false},
    /* receipts.md 3.2 to 3.4: ids are opaque, and kept as sent */
    {"3.2 leading zeros are kept", "id:00B8BE19 stat:DELIVRD", 0x04, 0, "", true,
	{.id = "00B8BE19", .stat = "DELIVRD"}, false, false},
    {"3.3 the case of an id is kept", "id:SAR-55-1eedf843 stat:DELIVRD", 0x04, 0, "", true,
	{.id = "SAR-55-1eedf843", .stat = "DELIVRD"}, false, false},
    {"3.4 an id may be a UUID", "id:0e999f21-a7c8-4f2e-9b7e-0d8c2f4d5e6f stat:DELIVRD", 0x04, 0, "",
	true, {.id = "0e999f21-a7c8-4f2e-9b7e-0d8c2f4d5e6f", .stat = "DELIVRD"}, false, false},
    {"3.5 another id in the parameter", "id:0059113978 stat:DELIVRD", 0x04, 0,
	"001e 0008 3338363031666100", true,
	{.id = "38601fa", .text_id = "0059113978", .stat = "DELIVRD"}, false, false},
    {"3.5 the same id in both", "id:38601fa stat:DELIVRD", 0x04, 0, "001e 0008 3338363031666100",
	true, {.id = "38601fa", .stat = "DELIVRD"}, false, false},
    {"3.6 sub and dlvrd are missing",
	"id:77 submit date:2611241620 done date:2611241621 stat:UNDELIV err:011 text:Hi", 0x04, 0,
	"", true, {.id = "77", .stat = "UNDELIV", .err = "011"}, false, false},
    {"3.7 there is no text", "id:77 sub:001 dlvrd:001 stat:DELIVRD err:000", 0x04, 0, "", true,
	{.id = "77", .stat = "DELIVRD", .err = "000"}, false, false},
    {"3.7 the text is empty", "id:77 stat:DELIVRD err:000 text:", 0x04, 0, "", true,
	{.id = "77", .stat = "DELIVRD", .err = "000"}, false, false},
    {"3.7 the text is none", "id:77 stat:DELIVRD err:000 text:none", 0x04, 0, "", true,
	{.id = "77", .stat = "DELIVRD", .err = "000"}, false, false},
    {"3.8 capitals and another order",
	"Stat:UNDELIV ERR:69 Done Date:2611241621 SUB:001 ID:a-1 Text:Hi", 0x04, 0, "", true,
	{.id = "a-1", .stat = "UNDELIV", .err = "69"}, false, false},
    {"3.10 dates of any form are passed over",
	"id:77 submit date:180711070003912+ done date:0000000000 stat:DELIVRD err:000 text:", 0x04,
	0, "", true, {.id = "77", .stat = "DELIVRD", .err = "000"}, false, false},
    {"3.11 blanks after the colon", "id: 77   stat:   DELIVRD err:  000 text:", 0x04, 0, "", true,
	{.id = "77", .stat = "DELIVRD", .err = "000"}, false, false},
    {"3.12 an error with a letter", "id:77 stat:UNDELIV err:21b text:", 0x04, 0, "", true,
	{.id = "77", .stat = "UNDELIV", .err = "21b"}, false, false},
    {"3.12 an error of six digits", "id:77 stat:UNDELIV err:002050 text:", 0x04, 0, "", true,
	{.id = "77", .stat = "UNDELIV", .err = "002050"}, false, false},
    {"3.12 no error", "id:77 stat:UNDELIV err: text:33 days", 0x04, 0, "", true,
	{.id = "77", .stat = "UNDELIV"}, false, false},
    {"3.13 an error although it was delivered", "id:77 stat:DELIVRD err:002 text:", 0x04, 0, "",
	true, {.id = "77", .stat = "DELIVRD", .err = "002"}, false, false},
    {"3.14 a stat that nobody lists", "id:77 stat:FAILED err:001 text:", 0x04, 0, "", true,
	{.id = "77", .stat = "FAILED", .err = "001"}, false, false},
    {"3.14 a stat in small letters", "id:77 stat:undeliv err:001 text:", 0x04, 0, "", true,
	{.id = "77", .stat = "undeliv", .err = "001"}, false, false},
    {"3.15 only parameters", "", 0x04, 0, "001e 0003 373700 0427 0001 02", true,
	{.id = "77", .message_state = 2}, false, false},
    {"3.15 the id from a parameter, the state from the text", "stat:EXPIRED err:000", 0x04, 0,
	"001e 0003 373700", true, {.id = "77", .stat = "EXPIRED", .err = "000"}, false, false},
    {"3.15 parameters although esm_class is 0", "", 0, 0, "001e 0003 373700 0427 0001 02", true,
	{.id = "77", .message_state = 2}, false, false},
    {"3.16 in message_payload", NOMINAL, 0x04, 0, "", true,
	{.id = "0123456789", .stat = "DELIVRD", .err = "000"}, true, false},
    {"3.16 in a data_sm", NOMINAL, 0x04, 0, "", true,
	{.id = "0123456789", .stat = "DELIVRD", .err = "000"}, true, true},
    {"3.16 in a data_sm with nothing but parameters", "", 0x04, 0, "001e 0003 373700 0427 0001 08",
	true, {.id = "77", .message_state = 8}, false, true},
    {"3.17 ASCII labelled as UCS-2", NOMINAL, 0x04, 8, "", true,
	{.id = "0123456789", .stat = "DELIVRD", .err = "000"}, false, false},
    {"3.17 UCS-2",
	"%00i%00d%00:%007%00 %00s%00t%00a%00t%00:%00D%00E%00L%00I%00V%00R%00D%00 "
	"%00e%00r%00r%00:%000%001%001",
	0x04, 8, "", true, {.id = "7", .stat = "DELIVRD", .err = "011"}, false, false},
    {"3.17 UCS-2 with the octets swapped",
	"i%00d%00:%007%00 %00s%00t%00a%00t%00:%00D%00E%00L%00I%00V%00R%00D%00", 0x04, 8, "", true,
	{.id = "7", .stat = "DELIVRD"}, false, false},
    {"3.17 UCS-2 with a byte order mark",
	"%fe%ff%00i%00d%00:%007%00 %00s%00t%00a%00t%00:%00A%00C%00K%00E%00D", 0x04, 8, "", true,
	{.id = "7", .stat = "ACKED"}, false, false},
    {"3.17 UCS-2 without a label",
	"%00i%00d%00:%007%00 %00s%00t%00a%00t%00:%00D%00E%00L%00I%00V%00R%00D", 0x04, 0, "", true,
	{.id = "7", .stat = "DELIVRD"}, false, false},
    {"3.17 UCS-2 only behind text:", "id:7 stat:DELIVRD err:000 text:%00s%00t%00a%00t%00:%00U",
	0x04, 8, "", true, {.id = "7", .stat = "DELIVRD", .err = "000"}, false, false},
    {"3.18 a NUL at the end", "id:77 stat:DELIVRD%00", 0x04, 0, "", true,
	{.id = "77", .stat = "DELIVRD"}, false, false},
    {"3.18 NULs between", "id:77%00stat:DELIVRD%00err:000%00%00", 0x04, 0, "", true,
	{.id = "77", .stat = "DELIVRD", .err = "000"}, false, false},
    {"3.18 a parameter without its NUL", "stat:DELIVRD", 0x04, 0, "001e 0002 3737", true,
	{.id = "77", .stat = "DELIVRD"}, false, false},
    {"3.18 a parameter with two", "stat:DELIVRD", 0x04, 0, "001e 0004 37370000", true,
	{.id = "77", .stat = "DELIVRD"}, false, false},
    {"3.19 an intermediate note by its type", "id:77 stat:ENROUTE err:000 text:", 0x20, 0, "", true,
	{.id = "77", .stat = "ENROUTE", .err = "000", .intermediate = true}, false, false},
    {"3.24 esm_class 0 on a receipt", NOMINAL, 0, 0, "", true,
	{.id = "0123456789", .stat = "DELIVRD", .err = "000", .by_text = true}, false, false},
    {"3.24 esm_class 0 and blanks before the id", " \t id:77 stat:DELIVRD", 0, 0, "", true,
	{.id = "77", .stat = "DELIVRD", .by_text = true}, false, false},
    {"3.24 the bit of a user data header without one", NOMINAL, 0x44, 0, "", true,
	{.id = "0123456789", .stat = "DELIVRD", .err = "000"}, false, false},
    {"3.24 the bit of a user data header with one", "%05%00%03%01%02%01id:77 stat:DELIVRD", 0x44, 0,
	"", true, {.id = "77", .stat = "DELIVRD"}, false, false},
    {"3.24 the mode bits too", NOMINAL, 0x07, 0, "", true,
	{.id = "0123456789", .stat = "DELIVRD", .err = "000"}, false, false},
    {"an acknowledgement is one", NOMINAL, 0x08, 0, "", true,
	{.id = "0123456789", .stat = "DELIVRD", .err = "000"}, false, false},
    {"3.31 odd labels", "message text:Hi id:77 stat:DELIVRD", 0x04, 0, "", true, {.id = ""}, false,
	false},
    {"3.31 no id", "sub:001 stat:DELIVRD err:000", 0x04, 0, "", true,
	{.stat = "DELIVRD", .err = "000"}, false, false},
    {"3.31 no text that says anything", "done", 0x04, 0, "", true, {.id = ""}, false, false},
    /* what follows text: is the patient's */
    {"labels behind text: are the patient's",
	"id:77 stat:UNDELIV text:my id:99 stat:DELIVRD err:123", 0x04, 0, "", true,
	{.id = "77", .stat = "UNDELIV"}, false, false},
    {"Text: in capitals ends it too", "id:77 TEXT:stat:DELIVRD", 0x04, 0, "", true, {.id = "77"},
	false, false},
    {"a stat: behind text: does not make a reply a receipt", "id:77 text:stat:DELIVRD", 0, 0, "",
	false, {.id = ""}, false, false},
    /* labels */
    {"unknown labels are skipped", "id:77 smsc:x9 stat:DELIVRD net:31026 err:5 text:", 0x04, 0, "",
	true, {.id = "77", .stat = "DELIVRD", .err = "5"}, false, false},
    {"a label inside a word is none", "id:77 paid:99 prestat:X stat:DELIVRD", 0x04, 0, "", true,
	{.id = "77", .stat = "DELIVRD"}, false, false},
    {"the first of two wins", "id:77 stat:DELIVRD id:88 stat:UNDELIV", 0x04, 0, "", true,
	{.id = "77", .stat = "DELIVRD"}, false, false},
    {"commas part the fields", "id:77,sub:001,stat:DELIVRD,err:000", 0x04, 0, "", true,
	{.id = "77", .stat = "DELIVRD", .err = "000"}, false, false},
    {"lines part the fields", "id:77\r\nstat:DELIVRD\r\nerr:000", 0x04, 0, "", true,
	{.id = "77", .stat = "DELIVRD", .err = "000"}, false, false},
    {"an underscore in GSM", "id:a%11b stat:DELIVRD", 0x04, 0, "", true,
	{.id = "a_b", .stat = "DELIVRD"}, false, false},
    /* parameters of other lengths */
    {"message_state of two octets", "", 0x04, 0, "001e 0003 373700 0427 0002 0002", true,
	{.id = "77", .message_state = 2}, false, false},
    {"message_state of four octets that is no state", "", 0x04, 0,
	"001e 0003 373700 0427 0004 ffffffff", true, {.id = "77", .message_state = 0x7fffffff},
	false, false},
    {"network_error_code 03 08 00", "", 0x04, 0, "0423 0003 030800", true,
	{.network_type = 3, .network_code = 2048}, false, false},
    {"network_error_code of four octets", "", 0x04, 0, "0423 0004 03080000", true,
	{.network_type = 3, .network_code = 2048}, false, false},
    {"network_error_code of two octets says nothing", "", 0x04, 0, "0423 0002 0308", true,
	{.id = ""}, false, false},
    {"an empty id in the parameter", "id:77 stat:DELIVRD", 0x04, 0, "001e 0001 00", true,
	{.id = "77", .stat = "DELIVRD"}, false, false},
    {"blanks around the id in the parameter", "", 0x04, 0, "001e 0005 2037372000", true,
	{.id = "77"}, false, false},
    /* replies */
    {"a reply", "Yes please, Tuesday works", 0, 0, "", false, {.id = ""}, false, false},
    {"a reply that mentions an id", "my id: 12345", 0, 0, "", false, {.id = ""}, false, false},
    {"a reply that begins with one", "id: 12345", 0, 0, "", false, {.id = ""}, false, false},
    {"a reply that quotes a receipt in its middle", "what is id:77 stat:DELIVRD?", 0, 0, "", false,
	{.id = ""}, false, false},
    {"an empty reply", "", 0, 0, "", false, {.id = ""}, false, false},
    {"a part of a long reply", "%05%00%03%01%02%01Hello", 0x40, 0, "", false, {.id = ""}, false,
	false},
    {"a user's own acknowledgement is a reply", "ok", 0x10, 0, "", false, {.id = ""}, false, false},
};

static void
unescape(const char *text, struct buf *out)
{
	for (unsigned octet; *text != '\0'; text++) {
		if (*text == '%' && sscanf(text + 1, "%2x", &octet) == 1) {
			buf_put_u8(out, (uint8_t)octet);
			text += 2;
		} else {
			buf_put_u8(out, (uint8_t)*text);
		}
	}
}

/* By way of the wire, so that the octets end where the frame ends. */
static uint8_t *
frame_of(const struct row *row, size_t *len)
{
	struct smpp_pdu p = {
	    .command = row->data_sm ? SMPP_DATA_SM : SMPP_DELIVER_SM, .sequence = 3};
	struct buf text, frame;
	size_t n;
	uint8_t *tlvs = t_hex(row->tlvs, &n);
	struct rd r = rd_over(tlvs, n);

	buf_init(&text);
	buf_init(&frame);
	unescape(row->text, &text);
	p.sm.esm_class = row->esm_class;
	p.sm.data_coding = row->data_coding;
	p.sm.text = text.data;
	p.sm.text_len = text.len;
	smpp_tlvs_decode(&r, &p.tlvs);
	if (row->payload)
		p.tlvs.at[p.tlvs.n++] =
		    (struct smpp_tlv){SMPP_TAG_MESSAGE_PAYLOAD, (uint16_t)text.len, text.data};
	assert_int_equal(smpp_pdu_encode(&p, &frame), 0);
	uint8_t *copy = t_copy(frame.data, frame.len);
	*len = frame.len;
	buf_clear(&text);
	buf_clear(&frame);
	free(tlvs);
	return copy;
}

static int
or_none(int value)
{
	return value != 0 ? value : -1;
}

static void
reads(void **state)
{
	const struct row *row = *state;
	struct smpp_receipt r;
	struct smpp_pdu p;
	size_t len;
	uint8_t *frame = frame_of(row, &len);

	assert_int_equal(smpp_pdu_decode(frame, len, &p), SMPP_DECODE_OK);
	assert_int_equal(smpp_receipt_parse(&p, &r), row->is_receipt);
	assert_string_equal(r.id, row->want.id);
	assert_string_equal(r.text_id, row->want.text_id);
	assert_string_equal(r.stat, row->want.stat);
	assert_string_equal(r.err, row->want.err);
	assert_int_equal(r.message_state, or_none(row->want.message_state));
	assert_int_equal(r.network_type, or_none(row->want.network_type));
	assert_int_equal(r.network_code, or_none(row->want.network_code));
	assert_int_equal(r.intermediate, row->want.intermediate);
	assert_int_equal(r.by_text, row->want.by_text);
	free(frame);
}

static void
state_0_is_not_a_missing_one(void **state)
{
	static const struct row row = {
	    .text = "", .esm_class = 0x04, .tlvs = "0427 0001 00 0423 0003 000000"};
	struct smpp_receipt r;
	struct smpp_pdu p;
	size_t len;
	uint8_t *frame = frame_of(&row, &len);

	(void)state;
	assert_int_equal(smpp_pdu_decode(frame, len, &p), SMPP_DECODE_OK);
	assert_true(smpp_receipt_parse(&p, &r));
	assert_int_equal(r.message_state, 0);
	assert_int_equal(r.network_type, 0);
	assert_int_equal(r.network_code, 0);
	free(frame);
}

static void
what_is_too_long_is_bounded(void **state)
{
	static char text[2000], word[600];
	struct row row = {.text = text, .esm_class = 0x04, .tlvs = "", .payload = true};
	struct smpp_receipt r;
	struct smpp_pdu p;
	size_t len;

	(void)state;
	memset(word, 'x', 300);
	snprintf(text, sizeof(text), "id:%s stat:%s err:%s", word, word, word);
	uint8_t *frame = frame_of(&row, &len);
	assert_int_equal(smpp_pdu_decode(frame, len, &p), SMPP_DECODE_OK);
	assert_true(smpp_receipt_parse(&p, &r));
	assert_int_equal(strlen(r.id), 255);
	assert_int_equal(strlen(r.stat), 32);
	assert_int_equal(strlen(r.err), 32);
	free(frame);
}

static void
only_what_carries_receipts_can_be_one(void **state)
{
	struct smpp_pdu p = {.command = SMPP_SUBMIT_SM};
	struct smpp_receipt r;

	(void)state;
	p.sm.esm_class = SMPP_ESM_RECEIPT;
	assert_false(smpp_receipt_parse(&p, &r));
	p.command = SMPP_ENQUIRE_LINK;
	assert_false(smpp_receipt_parse(&p, &r));
}

static void
cut_and_flipped_receipts_are_survived(void **state)
{
	uint32_t random = 5;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		size_t len;
		uint8_t *frame = frame_of(&rows[i], &len);

		for (int k = 0; k < 1000; k++) {
			size_t n = 16 + t_random(&random) % (len - 15);
			uint8_t *copy = t_copy(frame, n);
			struct smpp_receipt r;
			struct smpp_pdu p;

			copy[2] = (uint8_t)(n >> 8);
			copy[3] = (uint8_t)n;
			for (unsigned m = n > 16 ? t_random(&random) % 3 : 0; m > 0; m--)
				copy[16 + t_random(&random) % (n - 16)] =
				    (uint8_t)t_random(&random);
			if (smpp_pdu_decode(copy, n, &p) == SMPP_DECODE_OK &&
			    smpp_receipt_parse(&p, &r)) {
				assert_true(strlen(r.id) < sizeof(r.id));
				assert_true(strlen(r.stat) < sizeof(r.stat));
				assert_true(strlen(r.err) < sizeof(r.err));
			}
			free(copy);
		}
		free(frame);
	}
}

int
main(void)
{
	static struct t_list l;

	T_TABLE(&l, reads, rows);
	T_TEST(&l, state_0_is_not_a_missing_one);
	T_TEST(&l, what_is_too_long_is_bounded);
	T_TEST(&l, only_what_carries_receipts_can_be_one);
	T_TEST(&l, cut_and_flipped_receipts_are_survived);
	return T_RUN("receipt", &l);
}
