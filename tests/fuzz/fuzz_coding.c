/*
 * Two octets of choices, then a text as it came in. It becomes UTF-8, and that, coded and cut, is
 * the same text again.
 */
#include "fuzz.h"

#include "base/utf8.h"
#include "smpp/coding.h"

static void
check_utf8(const struct buf *b)
{
	for (size_t at = 0; at < b->len;) {
		uint32_t c = 0;
		size_t n = utf8_decode(b->data + at, b->len - at, &c);

		FUZZ_CHECK(n > 0 && c != 0);
		at += n;
	}
}

static void
check_parts(const struct smpp_text *t, enum smpp_charset0 charset0, enum smpp_long_text form)
{
	bool ucs2 = t->data_coding == SMPP_CODING_UCS2;
	size_t room = ucs2 ? 140 : 160;
	struct buf all;

	buf_init(&all);
	FUZZ_CHECK(t->parts >= 1 && t->parts <= SMPP_TEXT_PARTS_MAX && t->start[0] == 0);
	for (unsigned i = 0; i < t->parts; i++) {
		uint8_t esm_class = 0;
		struct buf part;

		buf_init(&part);
		smpp_text_part(t, form, i, 7, &esm_class, &part);
		FUZZ_CHECK(form == SMPP_LONG_PAYLOAD || part.len <= room);
		FUZZ_CHECK(
		    form == SMPP_LONG_PAYLOAD || t->parts == 1 || t->start[i + 1] > t->start[i]);
		size_t header = esm_class & SMPP_ESM_UDH ? 1 + (size_t)part.data[0] : 0;
		if (part.len > header)
			buf_put(&all, part.data + header, part.len - header);
		/* an escape or a high surrogate is never the last */
		if (ucs2 && part.len >= 2)
			FUZZ_CHECK((part.data[part.len - 2] & 0xfc) != 0xd8);
		else if (charset0 == SMPP_CHARSET0_GSM && part.len > 0)
			FUZZ_CHECK(part.data[part.len - 1] != 0x1b);
		buf_clear(&part);
	}
	FUZZ_CHECK(all.len == t->octets.len);
	FUZZ_CHECK(all.len == 0 || memcmp(all.data, t->octets.data, all.len) == 0);
	buf_clear(&all);
}

/* What decode takes for something else on purpose: it does not come back as it went. */
static bool
looks_mislabelled(const struct smpp_text *t, const struct buf *utf8)
{
	bool printable = true, alternating = true;

	for (size_t i = 0; i < t->octets.len; i++) {
		printable = printable && t->octets.data[i] < 0x80;
		alternating = alternating && (t->octets.data[i] == 0) == (i % 2 == 0);
	}
	bool marked = utf8->len >= 3 && memmem(utf8->data, utf8->len, "\xef\xbb\xbf", 3) != NULL;
	return marked || (t->data_coding == SMPP_CODING_UCS2 ? printable : alternating);
}

static void
check_again(const struct smpp_text *t, const struct buf *utf8, enum smpp_charset0 charset0)
{
	struct smpp_concat concat;
	struct buf again;

	if (looks_mislabelled(t, utf8))
		return;
	buf_init(&again);
	smpp_text_decode(
	    t->octets.data, t->octets.len, t->data_coding, false, charset0, &again, &concat);
	FUZZ_CHECK(again.len == utf8->len);
	FUZZ_CHECK(again.len == 0 || memcmp(again.data, utf8->data, again.len) == 0);
	FUZZ_CHECK(concat.total == 1 && concat.part == 1);
	buf_clear(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd rd = rd_over(data, size);
	uint8_t choice = rd_u8(&rd), data_coding = rd_u8(&rd);
	enum smpp_charset0 charset0 = (enum smpp_charset0)(choice % 3);
	enum smpp_long_text form = (enum smpp_long_text)(choice / 4 % 4);
	struct smpp_concat concat;
	struct smpp_text t;
	struct buf utf8;

	uint8_t *octets = fuzz_copy(rd.p, rd.left);
	buf_init(&utf8);
	smpp_text_decode(octets, rd.left, data_coding, choice & 0x80, charset0, &utf8, &concat);
	check_utf8(&utf8);
	FUZZ_CHECK(concat.part >= 1 && concat.part <= concat.total);
	free(octets);

	octets = fuzz_copy(utf8.data, utf8.len);
	if (smpp_text_encode(&t, (const char *)octets, utf8.len, charset0, form) == 0) {
		check_parts(&t, charset0, form);
		check_again(&t, &utf8, charset0);
		smpp_text_clear(&t);
	}
	free(octets);
	/* and what came in as it is: mostly not UTF-8 */
	octets = fuzz_copy(rd.p, rd.left);
	if (smpp_text_encode(&t, (const char *)octets, rd.left, charset0, form) == 0) {
		check_parts(&t, charset0, form);
		smpp_text_clear(&t);
	}
	free(octets);
	buf_clear(&utf8);
	return 0;
}
