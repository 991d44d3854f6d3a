#include "smpp/tlv.h"

#include <string.h>

void
smpp_tlvs_decode(struct rd *r, struct smpp_tlvs *tlvs)
{
	tlvs->n = 0;
	tlvs->cut = false;
	while (!r->bad && r->left >= 4) {
		struct smpp_tlv t = {.tag = rd_u16(r), .len = rd_u16(r)};

		if (!rd_take(r, t.len, &t.value))
			tlvs->cut = true;
		else if (tlvs->n < SMPP_TLV_MAX)
			tlvs->at[tlvs->n++] = t;
	}
}

const struct smpp_tlv *
smpp_tlv_find(const struct smpp_tlvs *tlvs, enum smpp_tag tag)
{
	for (unsigned i = 0; i < tlvs->n; i++)
		if (tlvs->at[i].tag == tag)
			return &tlvs->at[i];
	return NULL;
}

bool
smpp_tlv_int(const struct smpp_tlvs *tlvs, enum smpp_tag tag, uint32_t *out)
{
	const struct smpp_tlv *t = smpp_tlv_find(tlvs, tag);

	if (t == NULL || (t->len != 1 && t->len != 2 && t->len != 4))
		return false;
	*out = 0;
	for (uint16_t i = 0; i < t->len; i++)
		*out = *out << 8 | t->value[i];
	return true;
}

bool
smpp_tlv_text(const struct smpp_tlvs *tlvs, enum smpp_tag tag, char *out, size_t size)
{
	const struct smpp_tlv *t = smpp_tlv_find(tlvs, tag);

	if (t == NULL)
		return false;
	size_t n = strnlen((const char *)t->value, t->len);
	if (n > size - 1)
		n = size - 1;
	memcpy(out, t->value, n);
	out[n] = '\0';
	return true;
}

void
smpp_tlv_put(struct buf *b, enum smpp_tag tag, const void *value, uint16_t len)
{
	buf_put_u16(b, (uint16_t)tag);
	buf_put_u16(b, len);
	buf_put(b, value, len);
}
