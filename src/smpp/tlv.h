/*
 * Optional parameters (SMPP 3.4, 3.2.4; smpp.md 6): a list of tag, length, value. Unknown ones are
 * kept. The values point into the bytes that were parsed, which must outlive the list.
 */
#ifndef SMPP_TLV_H
#define SMPP_TLV_H

#include "base/buf.h"
#include "smpp/consts.h"

enum {
	SMPP_TLV_MAX = 32
}; /* more are skipped: no carrier needs them, and a hostile one may send 16,000 */

struct smpp_tlv {
	uint16_t tag, len;
	const uint8_t *value;
};

struct smpp_tlvs {
	struct smpp_tlv at[SMPP_TLV_MAX];
	unsigned n;
	bool cut; /* the stream ended inside a parameter: those before it are kept */
};

/* Takes all that is left. Never fails: 1 to 3 stray octets at the end are ignored, a bad length
 * ends the list. */
void smpp_tlvs_decode(struct rd *, struct smpp_tlvs *);
/* The first of that tag, or NULL. */
const struct smpp_tlv *smpp_tlv_find(const struct smpp_tlvs *, enum smpp_tag);
/* An integer of 1, 2 or 4 octets, whatever the table says. False when absent or of another length.
 */
bool smpp_tlv_int(const struct smpp_tlvs *, enum smpp_tag, uint32_t *out);
/* A string with or without its NUL, cut at size - 1 and at the first NUL. False when absent. */
bool smpp_tlv_text(const struct smpp_tlvs *, enum smpp_tag, char *out, size_t size);
void smpp_tlv_put(struct buf *, enum smpp_tag, const void *value, uint16_t len);

#endif
