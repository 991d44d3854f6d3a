#include "smpp/coding.h"

#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

enum { ESCAPE = 0x1b, GSM_SINGLE = 160, GSM_PART = 153, UCS2_SINGLE = 70, UCS2_PART = 67 };
enum { IE_CONCAT = 0x00, IE_CONCAT16 = 0x08 };
static const uint32_t UNREADABLE = 0xfffd;

/* gsm0338.inc: a line of sql/data/gsm0338.csv each, in the order of the characters. */
struct gsm_char {
	uint16_t character;
	uint8_t septet, extended;
};

static const struct gsm_char gsm_chars[] = {
#define GSM(septet, extended, character) {character, septet, extended},
#include "smpp/gsm0338.inc"
#undef GSM
};

/* The same by septet, the extension table in the upper half; 0 where there is none. */
static const uint16_t gsm_by_septet[256] = {
#define GSM(septet, extended, character) [(septet) + 128 * (extended)] = (character),
#include "smpp/gsm0338.inc"
#undef GSM
};

static int
compare_gsm(const void *key, const void *element)
{
	uint32_t c = *(const uint32_t *)key;
	uint32_t other = ((const struct gsm_char *)element)->character;

	return (c > other) - (c < other);
}

/* The escape has a row in the table, but is no character that a text may hold. */
static const struct gsm_char *
gsm_find(uint32_t c)
{
	if (c == ESCAPE)
		return NULL;
	return bsearch(
	    &c, gsm_chars, sizeof(gsm_chars) / sizeof(*gsm_chars), sizeof(*gsm_chars), compare_gsm);
}

/* Appends the character as data_coding 0 has it, or answers false when it has not. */
static bool
put_default(struct buf *b, enum smpp_charset0 charset0, uint32_t c)
{
	const struct gsm_char *gsm;

	switch (charset0) {
	case SMPP_CHARSET0_GSM:
		gsm = gsm_find(c);
		if (gsm == NULL)
			return false;
		if (gsm->extended)
			buf_put_u8(b, ESCAPE);
		buf_put_u8(b, gsm->septet);
		return true;
	case SMPP_CHARSET0_LATIN1:
		if (c > 0xff || (c >= 0x80 && c < 0xa0))
			return false;
		break;
	case SMPP_CHARSET0_ASCII:
		if (c >= 0x80)
			return false;
		break;
	}
	buf_put_u8(b, (uint8_t)c);
	return true;
}

static bool
put_ucs2(struct buf *b, uint32_t c)
{
	if (c >= 0x10000) {
		c -= 0x10000;
		buf_put_u16(b, (uint16_t)(0xd800 | c >> 10));
		c = 0xdc00 | (c & 0x3ff);
	}
	buf_put_u16(b, (uint16_t)c);
	return true;
}

/* 0, 1 when a character does not fit the coding, -1 when it is not UTF-8 or memory ran out. */
static int
code_all(struct smpp_text *t, const uint8_t *utf8, size_t len, enum smpp_charset0 charset0)
{
	buf_reset(&t->octets);
	while (len > 0) {
		uint32_t c;
		size_t size = utf8_decode(utf8, len, &c);

		if (size == 0)
			return -1;
		bool put = t->data_coding == SMPP_CODING_UCS2
			       ? put_ucs2(&t->octets, c)
			       : put_default(&t->octets, charset0, c);
		if (!put)
			return 1;
		utf8 += size;
		len -= size;
	}
	return t->octets.failed ? -1 : 0;
}

/* One character of a coded text: its octets, and what it takes of a part's room. */
struct piece {
	size_t octets;
	unsigned units;
};

static struct piece
piece_at(const struct smpp_text *t, size_t at, enum smpp_charset0 charset0)
{
	uint8_t first = t->octets.data[at];

	if (t->data_coding == SMPP_CODING_UCS2)
		return first >= 0xd8 && first < 0xdc ? (struct piece){4, 2} : (struct piece){2, 1};
	if (charset0 == SMPP_CHARSET0_GSM)
		return first == ESCAPE ? (struct piece){2, 2} : (struct piece){1, 1};
	/* The carrier turns it into septets, and what is an extension character then takes two. */
	const struct gsm_char *gsm = gsm_find(first);
	return (struct piece){1, gsm != NULL && gsm->extended ? 2 : 1};
}

/* Fills what fits into room units into each part. -1: more than SMPP_TEXT_PARTS_MAX. */
static int
cut(struct smpp_text *t, enum smpp_charset0 charset0, unsigned room)
{
	unsigned used = 0;

	t->parts = 1;
	t->start[0] = 0;
	for (size_t at = 0; at < t->octets.len;) {
		struct piece p = piece_at(t, at, charset0);

		if (used + p.units > room) {
			if (t->parts == SMPP_TEXT_PARTS_MAX)
				return -1;
			t->start[t->parts++] = at;
			used = 0;
		}
		used += p.units;
		at += p.octets;
	}
	t->start[t->parts] = t->octets.len;
	return 0;
}

static int
cut_for(struct smpp_text *t, enum smpp_charset0 charset0, enum smpp_long_text form)
{
	bool ucs2 = t->data_coding == SMPP_CODING_UCS2;
	unsigned single = ucs2 ? UCS2_SINGLE : GSM_SINGLE;
	unsigned part = ucs2 ? UCS2_PART : GSM_PART;

	if (cut(t, charset0, single) == 0 && t->parts == 1)
		return 0;
	if (form == SMPP_LONG_UDH16)
		part--; /* the header is an octet longer */
	if (cut(t, charset0, part) == -1)
		return -1;
	if (form == SMPP_LONG_PAYLOAD) {
		t->parts = 1; /* the carrier cuts */
		t->start[1] = t->octets.len;
	}
	return 0;
}

int
smpp_text_encode(struct smpp_text *t, const char *utf8, size_t len, enum smpp_charset0 charset0,
    enum smpp_long_text form)
{
	*t = (struct smpp_text){.data_coding = SMPP_CODING_DEFAULT};
	int coded = code_all(t, (const uint8_t *)utf8, len, charset0);
	if (coded == 1) {
		t->data_coding = SMPP_CODING_UCS2;
		coded = code_all(t, (const uint8_t *)utf8, len, charset0);
	}
	if (coded != 0 || cut_for(t, charset0, form) == -1) {
		smpp_text_clear(t);
		return -1;
	}
	return 0;
}

void
smpp_text_clear(struct smpp_text *t)
{
	buf_clear(&t->octets);
}

void
smpp_text_part(const struct smpp_text *t, enum smpp_long_text form, unsigned i, uint16_t ref,
    uint8_t *esm_class, struct buf *out)
{
	uint8_t total = (uint8_t)t->parts, part = (uint8_t)(i + 1);
	const uint8_t udh[] = {5, IE_CONCAT, 3, (uint8_t)ref, total, part};
	const uint8_t udh16[] = {6, IE_CONCAT16, 4, (uint8_t)(ref >> 8), (uint8_t)ref, total, part};

	if (t->parts > 1 && form == SMPP_LONG_UDH)
		buf_put(out, udh, sizeof(udh));
	if (t->parts > 1 && form == SMPP_LONG_UDH16)
		buf_put(out, udh16, sizeof(udh16));
	if (t->parts > 1 && (form == SMPP_LONG_UDH || form == SMPP_LONG_UDH16))
		*esm_class |= SMPP_ESM_UDH;
	if (t->start[i + 1] > t->start[i])
		buf_put(out, t->octets.data + t->start[i], t->start[i + 1] - t->start[i]);
}

static void
set_concat(struct smpp_concat *concat, uint16_t ref, uint8_t total, uint8_t part)
{
	if (total > 1 && part >= 1 && part <= total)
		*concat = (struct smpp_concat){ref, total, part};
}

bool
smpp_concat_of_sar(const struct smpp_tlvs *tlvs, struct smpp_concat *concat)
{
	uint32_t ref, total, part;

	*concat = (struct smpp_concat){0, 1, 1};
	if (smpp_tlv_int(tlvs, SMPP_TAG_SAR_MSG_REF_NUM, &ref) &&
	    smpp_tlv_int(tlvs, SMPP_TAG_SAR_TOTAL_SEGMENTS, &total) &&
	    smpp_tlv_int(tlvs, SMPP_TAG_SAR_SEGMENT_SEQNUM, &part) && total <= 255 && part <= 255)
		set_concat(concat, (uint16_t)ref, (uint8_t)total, (uint8_t)part);
	return concat->total > 1;
}

/* Takes the user data header off. False when it is longer than the text: then nothing is known. */
static bool
take_udh(struct rd *r, struct smpp_concat *concat)
{
	const uint8_t *at, *v;
	uint8_t len = rd_u8(r);

	if (!rd_take(r, len, &at))
		return false;
	for (struct rd ies = rd_over(at, len); ies.left > 0 && !ies.bad;) {
		uint8_t id = rd_u8(&ies), size = rd_u8(&ies);

		if (!rd_take(&ies, size, &v))
			break;
		if (id == IE_CONCAT && size == 3)
			set_concat(concat, v[0], v[1], v[2]);
		if (id == IE_CONCAT16 && size == 4)
			set_concat(concat, (uint16_t)(v[0] << 8 | v[1]), v[2], v[3]);
	}
	return true;
}

static void
put_utf8(struct buf *b, uint32_t c)
{
	uint8_t bytes[4];

	if (c != 0) /* PostgreSQL cannot hold it, and nobody can read it */
		buf_put(b, bytes, utf8_encode(c, bytes));
}

static void
read_gsm(struct rd *r, struct buf *b)
{
	while (r->left > 0) {
		uint8_t septet = rd_u8(r);
		uint32_t c = UNREADABLE;

		if (septet == ESCAPE && r->left > 0 && r->p[0] < 0x80 && r->p[0] != ESCAPE) {
			septet = rd_u8(r);
			/* Phones show an extension that they do not know as the basic character. */
			c = gsm_by_septet[128 + septet];
			if (c == 0)
				c = gsm_by_septet[septet];
		} else if (septet < 0x80 && septet != ESCAPE) {
			c = gsm_by_septet[septet];
		}
		put_utf8(b, c);
	}
}

/* Latin-1, or ASCII, which is the half of it. */
static void
read_octets(struct rd *r, struct buf *b, uint8_t last)
{
	while (r->left > 0) {
		uint8_t c = rd_u8(r);

		put_utf8(b, c <= last ? c : UNREADABLE);
	}
}

static void
read_ucs2(struct rd *r, struct buf *b)
{
	while (r->left >= 2) { /* an odd octet at the end is dropped */
		uint32_t c = rd_u16(r);

		if (c >= 0xd800 && c < 0xdc00 && r->left >= 2) {
			uint32_t low = (uint32_t)(r->p[0] << 8 | r->p[1]);

			if (low >= 0xdc00 && low < 0xe000) {
				rd_u16(r);
				c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
			}
		}
		if (c != 0xfeff) /* a byte order mark, or nothing to see */
			put_utf8(b, c);
	}
}

static void
read_opaque(struct rd *r, struct buf *b)
{
	while (r->left > 0)
		buf_printf(b, "%02x", rd_u8(r));
}

/*
 * Plain ASCII under data_coding 8 (receipts.md 3.17). Chinese in UCS-2 may consist of printable
 * octets too, so only what an answer like "Yes, at 5" is made of counts, and two octets are too few
 * to tell.
 */
static bool
is_ascii_labelled_ucs2(const struct rd *r)
{
	static const char usual[] = " \n\r.,:;!?'-";

	for (size_t i = 0; i < r->left; i++) {
		uint8_t c = r->p[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

		if (!letter && !(c >= '0' && c <= '9') && (c == 0 || strchr(usual, c) == NULL))
			return false;
	}
	return r->left > 2;
}

/*
 * UCS-2 under data_coding 0 is seen too, and as septets STOP would read @S@T@O@P: an opt-out that
 * is not understood. Nobody writes an @ before each letter.
 */
static bool
is_ucs2_labelled_default(const struct rd *r)
{
	for (size_t i = 0; i < r->left; i++)
		if ((r->p[i] == 0) != (i % 2 == 0))
			return false;
	return r->left >= 4 && r->left % 2 == 0;
}

static void
read_default(struct rd *r, struct buf *b, enum smpp_charset0 charset0)
{
	if (is_ucs2_labelled_default(r))
		read_ucs2(r, b);
	else if (charset0 == SMPP_CHARSET0_GSM)
		read_gsm(r, b);
	else
		read_octets(r, b, charset0 == SMPP_CHARSET0_LATIN1 ? 0xff : 0x7f);
}

void
smpp_text_decode(const uint8_t *octets, size_t len, uint8_t data_coding, bool has_udh,
    enum smpp_charset0 charset0, struct buf *utf8, struct smpp_concat *concat)
{
	struct rd r = rd_over(octets, len), whole = r;

	*concat = (struct smpp_concat){0, 1, 1};
	if (has_udh && !take_udh(&r, concat)) {
		read_opaque(&whole, utf8);
		return;
	}
	if (data_coding == SMPP_CODING_DEFAULT)
		read_default(&r, utf8, charset0);
	else if (data_coding == SMPP_CODING_ASCII)
		read_octets(&r, utf8, 0x7f);
	else if (data_coding == SMPP_CODING_LATIN1)
		read_octets(&r, utf8, 0xff);
	else if (data_coding == SMPP_CODING_UCS2 && is_ascii_labelled_ucs2(&r))
		read_octets(&r, utf8, 0x7f);
	else if (data_coding == SMPP_CODING_UCS2)
		read_ucs2(&r, utf8);
	else if (data_coding >= 0xf0 && data_coding <= 0xf3)
		read_gsm(&r, utf8);
	else
		read_opaque(&r, utf8);
}
