#include "smpp/coding.h"

#include "base/utf8.h"

#include "t.h"

#define EURO "\xe2\x82\xac"
#define E_ACUTE "\xc3\xa9"
#define E_DIAERESIS "\xc3\xab"
#define GRIN "\xf0\x9f\x98\x80" /* outside the BMP */

/* How many parts n times a character makes. */
struct count_row {
	const char *name;
	const char *character;
	unsigned n, parts; /* parts 0: refused */
	uint8_t data_coding;
	enum smpp_charset0 charset0;
	enum smpp_long_text form;
};

static const struct count_row count_rows[] = {
    {"nothing is one part", "x", 0, 1, 0, SMPP_CHARSET0_GSM, SMPP_LONG_UDH},
    {"160 x are one part", "x", 160, 1, 0, SMPP_CHARSET0_GSM, SMPP_LONG_UDH},
    {"161 x are two parts", "x", 161, 2, 0, SMPP_CHARSET0_GSM, SMPP_LONG_UDH},
    {"306 x are two parts", "x", 306, 2, 0, SMPP_CHARSET0_GSM, SMPP_LONG_UDH},
    {"307 x are three parts", "x", 307, 3, 0, SMPP_CHARSET0_GSM, SMPP_LONG_UDH},
    {"80 euro signs are one part", EURO, 80, 1, 0, SMPP_CHARSET0_GSM, SMPP_LONG_UDH},
    {"81 euro signs are two parts", EURO, 81, 2, 0, SMPP_CHARSET0_GSM, SMPP_LONG_UDH},
    {"152 euro signs fill two parts of 76", EURO, 152, 2, 0, SMPP_CHARSET0_GSM, SMPP_LONG_UDH},
    {"153 euro signs are not the 306 septets of two parts", EURO, 153, 3, 0, SMPP_CHARSET0_GSM,
	SMPP_LONG_UDH},
    {"e acute is in the basic table", E_ACUTE, 160, 1, 0, SMPP_CHARSET0_GSM, SMPP_LONG_UDH},
    {"70 units of UCS-2 are one part", E_DIAERESIS, 70, 1, 8, SMPP_CHARSET0_GSM, SMPP_LONG_UDH},
    {"71 units of UCS-2 are two parts", E_DIAERESIS, 71, 2, 8, SMPP_CHARSET0_GSM, SMPP_LONG_UDH},
    {"134 units of UCS-2 are two parts", E_DIAERESIS, 134, 2, 8, SMPP_CHARSET0_GSM, SMPP_LONG_UDH},
    {"135 units of UCS-2 are three parts", E_DIAERESIS, 135, 3, 8, SMPP_CHARSET0_GSM,
	SMPP_LONG_UDH},
    {"35 emoji are one part", GRIN, 35, 1, 8, SMPP_CHARSET0_GSM, SMPP_LONG_UDH},
    {"66 emoji are two parts of 33", GRIN, 66, 2, 8, SMPP_CHARSET0_GSM, SMPP_LONG_UDH},
    {"67 emoji are not the 134 units of two parts", GRIN, 67, 3, 8, SMPP_CHARSET0_GSM,
	SMPP_LONG_UDH},
    {"304 x are two parts with a 16-bit reference", "x", 304, 2, 0, SMPP_CHARSET0_GSM,
	SMPP_LONG_UDH16},
    {"305 x are three parts with a 16-bit reference", "x", 305, 3, 0, SMPP_CHARSET0_GSM,
	SMPP_LONG_UDH16},
    {"132 units are two parts with a 16-bit reference", E_DIAERESIS, 132, 2, 8, SMPP_CHARSET0_GSM,
	SMPP_LONG_UDH16},
    {"133 units are three parts with a 16-bit reference", E_DIAERESIS, 133, 3, 8, SMPP_CHARSET0_GSM,
	SMPP_LONG_UDH16},
    {"160 x are one part with a 16-bit reference too", "x", 160, 1, 0, SMPP_CHARSET0_GSM,
	SMPP_LONG_UDH16},
    {"306 x are two parts with sar", "x", 306, 2, 0, SMPP_CHARSET0_GSM, SMPP_LONG_SAR},
    {"307 x are one with payload: the carrier cuts", "x", 307, 1, 0, SMPP_CHARSET0_GSM,
	SMPP_LONG_PAYLOAD},
    {"1530 x are ten parts", "x", 1530, 10, 0, SMPP_CHARSET0_GSM, SMPP_LONG_UDH},
    {"1531 x are refused", "x", 1531, 0, 0, SMPP_CHARSET0_GSM, SMPP_LONG_UDH},
    {"1531 x are refused with payload too", "x", 1531, 0, 0, SMPP_CHARSET0_GSM, SMPP_LONG_PAYLOAD},
    {"670 units of UCS-2 are ten parts", E_DIAERESIS, 670, 10, 8, SMPP_CHARSET0_GSM, SMPP_LONG_UDH},
    {"671 units of UCS-2 are refused", E_DIAERESIS, 671, 0, 8, SMPP_CHARSET0_GSM, SMPP_LONG_UDH},
    {"160 of a Latin-1 letter are one part where 0 is Latin-1", E_DIAERESIS, 160, 1, 0,
	SMPP_CHARSET0_LATIN1, SMPP_LONG_UDH},
    {"a brace still counts two where 0 is Latin-1", "{", 81, 2, 0, SMPP_CHARSET0_LATIN1,
	SMPP_LONG_UDH},
    {"the euro sign is not in Latin-1", EURO, 1, 1, 8, SMPP_CHARSET0_LATIN1, SMPP_LONG_UDH},
    {"160 x are one part where 0 is ASCII", "x", 160, 1, 0, SMPP_CHARSET0_ASCII, SMPP_LONG_UDH},
    {"a letter with an accent is not in ASCII", E_ACUTE, 1, 1, 8, SMPP_CHARSET0_ASCII,
	SMPP_LONG_UDH},
};

static char *
repeat(const char *character, unsigned n)
{
	char *text = calloc(n + 1, strlen(character));

	assert_non_null(text);
	for (unsigned i = 0; i < n; i++)
		memcpy(text + i * strlen(character), character, strlen(character));
	return text;
}

static void
counts_parts(void **state)
{
	const struct count_row *row = *state;
	char *text = repeat(row->character, row->n);
	size_t len = row->n * strlen(row->character);
	struct smpp_text t;

	int done = smpp_text_encode(&t, text, len, row->charset0, row->form);
	assert_int_equal(done, row->parts > 0 ? 0 : -1);
	if (done == 0) {
		assert_int_equal(t.parts, row->parts);
		assert_int_equal(t.data_coding, row->data_coding);
		assert_int_equal(t.start[0], 0);
		assert_int_equal(t.start[t.parts], t.octets.len);
		smpp_text_clear(&t);
	}
	free(text);
}

static struct smpp_text
encoded(const char *utf8, enum smpp_charset0 charset0, enum smpp_long_text form)
{
	struct smpp_text t;

	assert_int_equal(smpp_text_encode(&t, utf8, strlen(utf8), charset0, form), 0);
	return t;
}

struct octets_row {
	const char *name;
	const char *utf8;
	enum smpp_charset0 charset0;
	uint8_t data_coding;
	const char *hex;
};

static const struct octets_row octets_rows[] = {
    {"ASCII letters are themselves", "Hi 5", SMPP_CHARSET0_GSM, 0, "48692035"},
    {"@ is septet 0", "a@b", SMPP_CHARSET0_GSM, 0, "61 00 62"},
    {"$ and _ move", "$_", SMPP_CHARSET0_GSM, 0, "02 11"},
    {"extension characters take an escape", "^{}\\[~]|" EURO, SMPP_CHARSET0_GSM, 0,
	"1b14 1b28 1b29 1b2f 1b3c 1b3d 1b3e 1b40 1b65"},
    {"the capital cedilla is 9", "\xc3\x87", SMPP_CHARSET0_GSM, 0, "09"},
    {"a small cedilla is not GSM", "\xc3\xa7", SMPP_CHARSET0_GSM, 8, "00e7"},
    {"a backtick is not GSM", "`", SMPP_CHARSET0_GSM, 8, "0060"},
    {"a tab is not GSM", "\t", SMPP_CHARSET0_GSM, 8, "0009"},
    {"an escape character is never sent as septet 27", "\x1b", SMPP_CHARSET0_GSM, 8, "001b"},
    {"a Greek capital is GSM", "\xce\xa9", SMPP_CHARSET0_GSM, 0, "15"},
    {"one letter beyond GSM makes all of it UCS-2, big-endian", "Zo" E_DIAERESIS, SMPP_CHARSET0_GSM,
	8, "005a 006f 00eb"},
    {"an emoji is a surrogate pair", GRIN, SMPP_CHARSET0_GSM, 8, "d83d de00"},
    {"the last of all characters", "\xf4\x8f\xbf\xbf", SMPP_CHARSET0_GSM, 8, "dbff dfff"},
    {"Latin-1 is itself", "@" E_ACUTE "\xc3\xbf", SMPP_CHARSET0_LATIN1, 0, "40 e9 ff"},
    {"C1 controls are not Latin-1 text", "\xc2\x80", SMPP_CHARSET0_LATIN1, 8, "0080"},
    {"ASCII is itself", "a@{", SMPP_CHARSET0_ASCII, 0, "61 40 7b"},
};

static void
codes(void **state)
{
	const struct octets_row *row = *state;
	struct smpp_text t = encoded(row->utf8, row->charset0, SMPP_LONG_UDH);
	size_t n;
	uint8_t *want = t_hex(row->hex, &n);

	assert_int_equal(t.data_coding, row->data_coding);
	assert_int_equal(t.octets.len, n);
	assert_memory_equal(t.octets.data, want, n);
	free(want);
	smpp_text_clear(&t);
}

/* The table in the program is the one in the file, read both ways. */
static void
the_table_is_that_of_gsm0338_csv(void **state)
{
	FILE *f = fopen(SRCDIR "/sql/data/gsm0338.csv", "r");
	char line[128], utf8[5];
	unsigned septet, extended, c, rows = 0;
	struct smpp_concat concat;
	struct buf back;

	(void)state;
	assert_non_null(f);
	buf_init(&back);
	while (fgets(line, sizeof(line), f) != NULL) {
		if (sscanf(line, "0x%2x,%1u,%4x,", &septet, &extended, &c) != 3 || c == 0x1b)
			continue;
		utf8[utf8_encode(c, (uint8_t *)utf8)] = '\0';
		uint8_t octets[] = {0x1b, (uint8_t)septet};
		struct smpp_text t = encoded(utf8, SMPP_CHARSET0_GSM, SMPP_LONG_UDH);

		assert_int_equal(t.data_coding, 0);
		assert_int_equal(t.octets.len, 1 + extended);
		assert_memory_equal(t.octets.data, octets + 1 - extended, 1 + extended);
		buf_reset(&back);
		smpp_text_decode(
		    t.octets.data, t.octets.len, 0, false, SMPP_CHARSET0_GSM, &back, &concat);
		assert_int_equal(back.len, strlen(utf8));
		assert_memory_equal(back.data, utf8, back.len);
		smpp_text_clear(&t);
		rows++;
	}
	fclose(f);
	buf_clear(&back);
	assert_int_equal(rows, 137);
}

static void
no_other_character_is_gsm(void **state)
{
	unsigned gsm = 0;
	char utf8[5];

	(void)state;
	for (uint32_t c = 1; c < 0x30000; c++) {
		utf8[utf8_encode(c, (uint8_t *)utf8)] = '\0';
		struct smpp_text t = encoded(utf8, SMPP_CHARSET0_GSM, SMPP_LONG_UDH);
		gsm += t.data_coding == 0;
		smpp_text_clear(&t);
	}
	assert_int_equal(gsm, 137);
}

static void
a_cut_never_goes_through_an_escape(void **state)
{
	(void)state;
	/* n letters, then euro signs: each n puts the cut elsewhere */
	for (unsigned n = 0; n < 160; n++) {
		char text[160 + 3 * 100 + 1];

		memset(text, 'x', n);
		text[n] = '\0';
		for (int i = 0; i < 100; i++)
			strcat(text, EURO);
		struct smpp_text t = encoded(text, SMPP_CHARSET0_GSM, SMPP_LONG_UDH);
		for (unsigned i = 0; i < t.parts; i++) {
			size_t size = t.start[i + 1] - t.start[i];

			assert_true(size <= 153 && size > 0);
			assert_int_not_equal(t.octets.data[t.start[i + 1] - 1], 0x1b);
			if (i + 1 < t.parts)
				assert_true(size >= 152);
		}
		smpp_text_clear(&t);
	}
}

static void
a_cut_never_goes_through_a_surrogate_pair(void **state)
{
	(void)state;
	for (unsigned n = 0; n < 70; n++) {
		char text[70 + 4 * 60 + 1];

		memset(text, 'x', n);
		text[n] = '\0';
		for (int i = 0; i < 60; i++)
			strcat(text, GRIN);
		struct smpp_text t = encoded(text, SMPP_CHARSET0_GSM, SMPP_LONG_UDH);
		for (unsigned i = 0; i < t.parts; i++) {
			size_t size = t.start[i + 1] - t.start[i];

			assert_true(size <= 134 && size > 0 && size % 2 == 0);
			assert_int_not_equal(t.octets.data[t.start[i]] & 0xfc, 0xdc);
			if (i + 1 < t.parts)
				assert_true(size >= 132);
		}
		smpp_text_clear(&t);
	}
}

static void
what_is_not_utf8_is_refused(void **state)
{
	struct smpp_text t;

	(void)state;
	assert_int_equal(smpp_text_encode(&t, "a\xff", 2, SMPP_CHARSET0_GSM, SMPP_LONG_UDH), -1);
	assert_int_equal(smpp_text_encode(&t, EURO, 2, SMPP_CHARSET0_GSM, SMPP_LONG_UDH), -1);
	/* not even where it comes behind a letter that forces UCS-2 */
	assert_int_equal(
	    smpp_text_encode(&t, E_DIAERESIS "\xff", 3, SMPP_CHARSET0_GSM, SMPP_LONG_UDH), -1);
}

struct part_row {
	const char *name;
	enum smpp_long_text form;
	unsigned x, part;
	const char *head; /* hex */
	size_t len;       /* with the header */
	uint8_t esm_class;
};

static const struct part_row part_rows[] = {
    {"a short text has no header", SMPP_LONG_UDH, 160, 0, "7878", 160, 0},
    {"the first of three with an 8-bit reference", SMPP_LONG_UDH, 307, 0, "050003 34 03 01 7878",
	6 + 153, SMPP_ESM_UDH},
    {"the last of three with an 8-bit reference", SMPP_LONG_UDH, 307, 2, "050003 34 03 03 78",
	6 + 1, SMPP_ESM_UDH},
    {"the second of three with a 16-bit reference", SMPP_LONG_UDH16, 307, 1,
	"060804 1234 03 02 7878", 7 + 152, SMPP_ESM_UDH},
    {"sar has no header", SMPP_LONG_SAR, 307, 0, "7878", 153, 0},
    {"payload has no header", SMPP_LONG_PAYLOAD, 307, 0, "7878", 307, 0},
};

static void
makes_part(void **state)
{
	const struct part_row *row = *state;
	char *text = repeat("x", row->x);
	struct smpp_text t = encoded(text, SMPP_CHARSET0_GSM, row->form);
	uint8_t esm_class = 0;
	struct buf out;
	size_t n;
	uint8_t *head = t_hex(row->head, &n);

	buf_init(&out);
	smpp_text_part(&t, row->form, row->part, 0x1234, &esm_class, &out);
	assert_int_equal(out.len, row->len);
	assert_memory_equal(out.data, head, n);
	assert_int_equal(esm_class, row->esm_class);
	buf_clear(&out);
	free(head);
	smpp_text_clear(&t);
	free(text);
}

static void
the_parts_together_are_the_text(void **state)
{
	static const char *const alphabet[] = {"x", EURO, "@", E_DIAERESIS, GRIN, "\n"};
	uint32_t random = 3;

	(void)state;
	for (int round = 0; round < 500; round++) {
		char text[1000] = "";
		unsigned kinds = 1 + round % 6, n = t_random(&random) % 200;
		struct buf back;

		for (unsigned i = 0; i < n; i++)
			strcat(text, alphabet[t_random(&random) % kinds]);
		enum smpp_long_text form = round % 2 ? SMPP_LONG_UDH : SMPP_LONG_UDH16;
		struct smpp_text t = encoded(text, SMPP_CHARSET0_GSM, form);
		buf_init(&back);
		for (unsigned i = 0; i < t.parts; i++) {
			struct smpp_concat concat;
			uint8_t esm_class = 0;
			struct buf part;

			buf_init(&part);
			smpp_text_part(&t, form, i, 77, &esm_class, &part);
			assert_true(part.len <= (t.data_coding == 8 ? 140 : 160));
			smpp_text_decode(part.data, part.len, t.data_coding,
			    esm_class & SMPP_ESM_UDH, SMPP_CHARSET0_GSM, &back, &concat);
			assert_int_equal(concat.total, t.parts);
			assert_int_equal(concat.part, i + 1);
			assert_int_equal(concat.ref, t.parts > 1 ? 77 : 0);
			buf_clear(&part);
		}
		assert_int_equal(back.len, strlen(text));
		assert_memory_equal(back.data, text, back.len);
		buf_clear(&back);
		smpp_text_clear(&t);
	}
}

struct in_row {
	const char *name;
	const char *hex;
	uint8_t data_coding;
	bool udh;
	const char *utf8;
	struct smpp_concat concat;
	enum smpp_charset0 charset0;
};

#define WHOLE                                                                                      \
	{                                                                                          \
		0, 1, 1                                                                            \
	}

static const struct in_row in_rows[] = {
    {"GSM under 0", "00 5354 4f50 02", 0, false, "@STOP$", WHOLE, SMPP_CHARSET0_GSM},
    {"Latin-1 under 0", "40 e9", 0, false, "@" E_ACUTE, WHOLE, SMPP_CHARSET0_LATIN1},
    {"ASCII under 0", "40 7b e9", 0, false, "@{\xef\xbf\xbd", WHOLE, SMPP_CHARSET0_ASCII},
    {"an extension character", "1b65 31", 0, false, EURO "1", WHOLE, SMPP_CHARSET0_GSM},
    {"an unknown extension is its basic character", "1b41", 0, false, "A", WHOLE,
	SMPP_CHARSET0_GSM},
    {"an escape at the end", "41 1b", 0, false, "A\xef\xbf\xbd", WHOLE, SMPP_CHARSET0_GSM},
    {"an escape before an escape", "1b 1b65", 0, false, "\xef\xbf\xbd" EURO, WHOLE,
	SMPP_CHARSET0_GSM},
    {"an escape before what is no septet", "1b ff 41", 0, false,
	"\xef\xbf\xbd\xef\xbf\xbd"
	"A",
	WHOLE, SMPP_CHARSET0_GSM},
    {"an octet that is no septet", "41 80", 0, false, "A\xef\xbf\xbd", WHOLE, SMPP_CHARSET0_GSM},
    {"UCS-2 labelled 0", "0053 0054 004f 0050", 0, false, "STOP", WHOLE, SMPP_CHARSET0_GSM},
    {"one @ and a letter stay GSM", "00 41", 0, false, "@A", WHOLE, SMPP_CHARSET0_GSM},
    {"ASCII under 1", "53 54 40 ff", 1, false, "ST@\xef\xbf\xbd", WHOLE, SMPP_CHARSET0_GSM},
    {"Latin-1 under 3", "40 e9", 3, false, "@" E_ACUTE, WHOLE, SMPP_CHARSET0_GSM},
    {"NULs are left out", "41 00 42 00", 3, false, "AB", WHOLE, SMPP_CHARSET0_GSM},
    {"UCS-2 under 8", "0048 0069 20ac", 8, false, "Hi" EURO, WHOLE, SMPP_CHARSET0_GSM},
    {"an odd octet at the end of UCS-2 is dropped", "0048 20ac 00", 8, false, "H" EURO, WHOLE,
	SMPP_CHARSET0_GSM},
    {"a surrogate pair", "d83d de00", 8, false, GRIN, WHOLE, SMPP_CHARSET0_GSM},
    {"half a surrogate pair", "d83d 0041", 8, false,
	"\xef\xbf\xbd"
	"A",
	WHOLE, SMPP_CHARSET0_GSM},
    {"the second half alone", "de00 0041", 8, false,
	"\xef\xbf\xbd"
	"A",
	WHOLE, SMPP_CHARSET0_GSM},
    {"half a pair at the end", "0041 d83d", 8, false, "A\xef\xbf\xbd", WHOLE, SMPP_CHARSET0_GSM},
    {"a byte order mark is not text", "feff 0041", 8, false, "A", WHOLE, SMPP_CHARSET0_GSM},
    {"ASCII labelled 8", "53544f50", 8, false, "STOP", WHOLE, SMPP_CHARSET0_GSM},
    {"a sentence in ASCII labelled 8", "5965732c206174203521", 8, false, "Yes, at 5!", WHOLE,
	SMPP_CHARSET0_GSM},
    {"Chinese of printable octets stays Chinese", "505c 6b62", 8, false, "\xe5\x81\x9c\xe6\xad\xa2",
	WHOLE, SMPP_CHARSET0_GSM},
    {"one Chinese character of two letters stays Chinese", "6f6b", 8, false, "\xe6\xbd\xab", WHOLE,
	SMPP_CHARSET0_GSM},
    {"GSM with a message class", "00 41", 0xf1, false, "@A", WHOLE, SMPP_CHARSET0_LATIN1},
    {"8-bit with a message class is opaque", "00 ff", 0xf5, false, "00ff", WHOLE,
	SMPP_CHARSET0_GSM},
    {"binary is opaque", "00 41 ff", 2, false, "0041ff", WHOLE, SMPP_CHARSET0_GSM},
    {"binary under 4 is opaque", "de ad", 4, false, "dead", WHOLE, SMPP_CHARSET0_GSM},
    {"Japanese is opaque", "1b24", 10, false, "1b24", WHOLE, SMPP_CHARSET0_GSM},
    {"nothing", "", 0, false, "", WHOLE, SMPP_CHARSET0_GSM},
    {"a part with an 8-bit reference", "050003 2a 03 02 4142", 0, true, "AB", {0x2a, 3, 2},
	SMPP_CHARSET0_GSM},
    {"a part with a 16-bit reference", "060804 1234 02 01 00410042", 8, true, "AB", {0x1234, 2, 1},
	SMPP_CHARSET0_GSM},
    {"an element longer than its header", "0a 0504 00500050 0003 2a 02 02 41", 0, true, "$A", WHOLE,
	SMPP_CHARSET0_GSM},
    {"the reference behind another element", "0b 0504 00500050 0003 2a 02 02 41", 0, true, "A",
	{0x2a, 2, 2}, SMPP_CHARSET0_GSM},
    {"a header of another kind", "04 0102 0506 41", 0, true, "A", WHOLE, SMPP_CHARSET0_GSM},
    {"an empty header", "00 41", 0, true, "A", WHOLE, SMPP_CHARSET0_GSM},
    {"part 0 of a text is the whole of it", "050003 2a 03 00 41", 0, true, "A", WHOLE,
	SMPP_CHARSET0_GSM},
    {"part 4 of 3 is the whole of it", "050003 2a 03 04 41", 0, true, "A", WHOLE,
	SMPP_CHARSET0_GSM},
    {"a header longer than the text is opaque", "05 00 03 41", 0, true, "05000341", WHOLE,
	SMPP_CHARSET0_GSM},
    {"a header that is all of the text", "050003 2a 03 01", 0, true, "", {0x2a, 3, 1},
	SMPP_CHARSET0_GSM},
    {"a header that is not there", "", 0, true, "", WHOLE, SMPP_CHARSET0_GSM},
};

static void
reads(void **state)
{
	const struct in_row *row = *state;
	struct smpp_concat concat = {9, 9, 9};
	struct buf out;
	size_t n;
	uint8_t *octets = t_hex(row->hex, &n);

	buf_init(&out);
	smpp_text_decode(octets, n, row->data_coding, row->udh, row->charset0, &out, &concat);
	buf_put_u8(&out, 0);
	assert_string_equal((char *)out.data, row->utf8);
	assert_int_equal(concat.ref, row->concat.ref);
	assert_int_equal(concat.total, row->concat.total);
	assert_int_equal(concat.part, row->concat.part);
	buf_clear(&out);
	free(octets);
}

/* Whatever comes in: what goes out is UTF-8 without a NUL. */
static void
random_octets_become_valid_utf8(void **state)
{
	uint32_t random = 9;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		size_t n = t_random(&random) % 40;
		uint8_t *octets = calloc(1, n + 1);
		struct smpp_concat concat;
		struct buf out;

		for (size_t i = 0; i < n; i++)
			octets[i] = (uint8_t)t_random(&random);
		octets = realloc(octets, n > 0 ? n : 1);
		buf_init(&out);
		smpp_text_decode(octets, n, (uint8_t)t_random(&random), round % 3 == 0,
		    (enum smpp_charset0)(round % 3), &out, &concat);
		for (size_t at = 0; at < out.len;) {
			uint32_t c = 0;
			size_t size = utf8_decode(out.data + at, out.len - at, &c);

			assert_true(size > 0 && c != 0);
			at += size;
		}
		buf_clear(&out);
		free(octets);
	}
}

static void
sar_parameters_say_which_part_it_is(void **state)
{
	static const struct {
		const char *hex;
		struct smpp_concat want;
	} rows[] = {
	    {"020c 0002 1234 020e 0001 03 020f 0001 02", {0x1234, 3, 2}},
	    {"020f 0001 03 020e 0001 03 020c 0001 07", {7, 3, 3}},
	    {"020c 0002 1234 020e 0001 03", WHOLE},
	    {"020c 0002 1234 020e 0001 03 020f 0001 00", WHOLE},
	    {"020c 0002 1234 020e 0001 01 020f 0001 01", WHOLE},
	    {"020c 0002 1234 020e 0002 0103 020f 0001 01", WHOLE},
	    {"", WHOLE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct smpp_concat concat;
		struct smpp_tlvs tlvs;
		size_t n;
		uint8_t *octets = t_hex(rows[i].hex, &n);
		struct rd r = rd_over(octets, n);

		smpp_tlvs_decode(&r, &tlvs);
		assert_int_equal(smpp_concat_of_sar(&tlvs, &concat), rows[i].want.total > 1);
		assert_int_equal(concat.ref, rows[i].want.ref);
		assert_int_equal(concat.total, rows[i].want.total);
		assert_int_equal(concat.part, rows[i].want.part);
		free(octets);
	}
}

int
main(void)
{
	static struct t_list l;

	T_TABLE(&l, counts_parts, count_rows);
	T_TABLE(&l, codes, octets_rows);
	T_TEST(&l, the_table_is_that_of_gsm0338_csv);
	T_TEST(&l, no_other_character_is_gsm);
	T_TEST(&l, a_cut_never_goes_through_an_escape);
	T_TEST(&l, a_cut_never_goes_through_a_surrogate_pair);
	T_TEST(&l, what_is_not_utf8_is_refused);
	T_TABLE(&l, makes_part, part_rows);
	T_TEST(&l, the_parts_together_are_the_text);
	T_TABLE(&l, reads, in_rows);
	T_TEST(&l, random_octets_become_valid_utf8);
	T_TEST(&l, sar_parameters_say_which_part_it_is);
	return T_RUN("coding", &l);
}
