#include "concat.h"

enum { IE_CONCAT_8 = 0x00, IE_CONCAT_16 = 0x08 };

static bool
element(struct rd *r, struct smpp_concat *c)
{
	uint8_t id = rd_u8(r), len = rd_u8(r);
	const uint8_t *value;

	if (!rd_take(r, len, &value))
		return false;
	if (id == IE_CONCAT_8 && len == 3)
		*c = (struct smpp_concat){.ref = value[0], .total = value[1], .part = value[2]};
	else if (id == IE_CONCAT_16 && len == 4)
		*c = (struct smpp_concat){.ref = (uint16_t)(value[0] << 8 | value[1]),
		    .total = value[2],
		    .part = value[3]};
	else if (id == IE_CONCAT_8 || id == IE_CONCAT_16)
		return false;
	return true;
}

static bool
from_header(const struct smpp_sm *sm, struct smpp_concat *c, size_t *header)
{
	struct rd r = rd_over(sm->text, sm->text_len);
	uint8_t len = rd_u8(&r);
	const uint8_t *elements;

	if (!rd_take(&r, len, &elements))
		return false;
	*header = 1 + (size_t)len;
	r = rd_over(elements, len);
	while (r.left > 0)
		if (!element(&r, c))
			return false;
	return true;
}

static void
from_sar(const struct smpp_tlvs *tlvs, struct smpp_concat *c)
{
	uint32_t ref, total, part;

	if (smpp_tlv_int(tlvs, SMPP_TAG_SAR_MSG_REF_NUM, &ref) &&
	    smpp_tlv_int(tlvs, SMPP_TAG_SAR_TOTAL_SEGMENTS, &total) &&
	    smpp_tlv_int(tlvs, SMPP_TAG_SAR_SEGMENT_SEQNUM, &part))
		*c = (struct smpp_concat){(uint16_t)ref, (uint8_t)total, (uint8_t)part};
}

bool
concat_read(const struct smpp_pdu *pdu, struct smpp_concat *c, size_t *header)
{
	*c = (struct smpp_concat){0, 1, 1};
	*header = 0;
	if ((pdu->sm.esm_class & SMPP_ESM_UDH) == 0) {
		if (pdu->tlvs.n > 0)
			from_sar(&pdu->tlvs, c);
		return true;
	}
	if (from_header(&pdu->sm, c, header))
		return true;
	*c = (struct smpp_concat){0, 1, 1};
	*header = 0;
	return false;
}
