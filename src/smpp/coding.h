/*
 * Characters to octets and back, and the cutting of long texts (encodings.md; 3GPP TS 23.038,
 * 23.040 9.2.3.24.1).
 *
 * A text is sent in GSM 7-bit, unpacked, when every character is in the basic or extension table,
 * otherwise in UCS-2. One part holds 160 septets or 70 units, parts of a longer text 153 or 67 (152
 * or 66 with a 16-bit reference). An extension character counts two septets; neither it nor a
 * surrogate pair is ever cut apart. SQL counts parts by the same rules (campaign_store.text_parts);
 * tests/integration compares the two.
 */
#ifndef SMPP_CODING_H
#define SMPP_CODING_H

#include "base/buf.h"
#include "smpp/tlv.h"

/* What data_coding 0 means. */
enum smpp_charset0 { SMPP_CHARSET0_GSM, SMPP_CHARSET0_LATIN1, SMPP_CHARSET0_ASCII };
enum smpp_long_text { SMPP_LONG_UDH, SMPP_LONG_UDH16, SMPP_LONG_SAR, SMPP_LONG_PAYLOAD };

enum { SMPP_TEXT_PARTS_MAX = 10 };

struct smpp_text {
	uint8_t data_coding;                   /* SMPP_CODING_DEFAULT or SMPP_CODING_UCS2 */
	struct buf octets;                     /* the whole text, coded */
	unsigned parts;                        /* 1 or more; 1 with SMPP_LONG_PAYLOAD */
	size_t start[SMPP_TEXT_PARTS_MAX + 1]; /* part i is octets start[i] .. start[i + 1] */
};

/*
 * Codes a UTF-8 text and finds its cuts. 0, or -1: not UTF-8, more than SMPP_TEXT_PARTS_MAX parts,
 * or no memory. On success the caller ends it with smpp_text_clear(). With charset0 latin1 or ascii
 * a text that fits it is coded so (7-bit limits of length still count), else UCS-2.
 */
int smpp_text_encode(
    struct smpp_text *, const char *utf8, size_t len, enum smpp_charset0, enum smpp_long_text);
void smpp_text_clear(struct smpp_text *);

/*
 * What short_message holds for part i (from 0): the user data header when there are several parts
 * and the form wants one (*esm_class gets SMPP_ESM_UDH), then the part's octets. ref is the same
 * for all parts of a text and differs between texts to the same phone.
 */
void smpp_text_part(const struct smpp_text *, enum smpp_long_text, unsigned i, uint16_t ref,
    uint8_t *esm_class, struct buf *out);

/* A concatenated text that came in: from the UDH or the sar_* parameters. */
struct smpp_concat {
	uint16_t ref;
	uint8_t total, part; /* 1, 1 when the text is whole */
};

/* Always fills the struct; true when the sar_* parameters are there and make sense. */
bool smpp_concat_of_sar(const struct smpp_tlvs *, struct smpp_concat *);

/*
 * An incoming text as UTF-8 without NULs and without its user data header (encodings.md 6). Never
 * fails: octets that cannot be read become U+FFFD, opaque codings are given as hexadecimal digits.
 */
void smpp_text_decode(const uint8_t *octets, size_t len, uint8_t data_coding, bool has_udh,
    enum smpp_charset0, struct buf *utf8, struct smpp_concat *);

#endif
