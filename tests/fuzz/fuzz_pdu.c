/* A stream cut into frames, each decoded; what decodes encodes to the same again. */
#include "fuzz.h"

#include "smpp/frame.h"
#include "smpp/pdu.h"

static void
check_tlvs(const struct smpp_tlvs *a, const struct smpp_tlvs *b)
{
	FUZZ_CHECK(a->n == b->n);
	for (unsigned i = 0; i < a->n; i++) {
		FUZZ_CHECK(a->at[i].tag == b->at[i].tag && a->at[i].len == b->at[i].len);
		FUZZ_CHECK(memcmp(a->at[i].value, b->at[i].value, a->at[i].len) == 0);
	}
}

static void
check_sm(const struct smpp_sm *a, const struct smpp_sm *b)
{
	FUZZ_CHECK(strcmp(a->service_type, b->service_type) == 0);
	FUZZ_CHECK(strcmp(a->source.text, b->source.text) == 0);
	FUZZ_CHECK(strcmp(a->destination.text, b->destination.text) == 0);
	FUZZ_CHECK(a->source.ton == b->source.ton && a->source.npi == b->source.npi);
	FUZZ_CHECK(a->esm_class == b->esm_class && a->data_coding == b->data_coding);
	FUZZ_CHECK(strcmp(a->schedule_delivery_time, b->schedule_delivery_time) == 0);
	FUZZ_CHECK(strcmp(a->validity_period, b->validity_period) == 0);
	FUZZ_CHECK(a->text_len == b->text_len);
	FUZZ_CHECK(a->text_len == 0 || memcmp(a->text, b->text, a->text_len) == 0);
}

static bool
has_text(const struct smpp_pdu *p)
{
	return p->command == SMPP_SUBMIT_SM || p->command == SMPP_DELIVER_SM ||
	       p->command == SMPP_DATA_SM;
}

/* Addresses may be longer than we send, and two texts or a full list of parameters need another
 * place. */
static bool
may_refuse(const struct smpp_pdu *p)
{
	return has_text(p) || p->command == SMPP_BIND_RECEIVER ||
	       p->command == SMPP_BIND_TRANSMITTER || p->command == SMPP_BIND_TRANSCEIVER;
}

static void
check_again(const struct smpp_pdu *p)
{
	struct smpp_pdu q;
	struct buf first, second;

	buf_init(&first);
	buf_init(&second);
	if (smpp_pdu_encode(p, &first) == -1) {
		FUZZ_CHECK(first.len == 0 && may_refuse(p));
		buf_clear(&first);
		return;
	}
	uint8_t *frame = fuzz_copy(first.data, first.len);
	FUZZ_CHECK(smpp_pdu_decode(frame, first.len, &q) == SMPP_DECODE_OK);
	FUZZ_CHECK(q.command == p->command && q.status == p->status && q.sequence == p->sequence);
	if (has_text(p))
		check_sm(&p->sm, &q.sm);
	if (!has_text(p) || p->sm.text_len <= 254)
		check_tlvs(&p->tlvs, &q.tlvs);
	FUZZ_CHECK(smpp_pdu_encode(&q, &second) == 0);
	FUZZ_CHECK(second.len == first.len && memcmp(second.data, first.data, first.len) == 0);
	free(frame);
	buf_clear(&first);
	buf_clear(&second);
}

static void
decode(const uint8_t *data, size_t size)
{
	uint8_t *frame = fuzz_copy(data, size);
	struct smpp_pdu p;

	enum smpp_decode what = smpp_pdu_decode(frame, size, &p);
	FUZZ_CHECK(what != SMPP_DECODE_BAD || !(p.command & SMPP_RESPONSE));
	if (what == SMPP_DECODE_OK)
		check_again(&p);
	free(frame);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t len;

	while (smpp_frame(data, size, &len) == SMPP_FRAME_READY) {
		FUZZ_CHECK(len >= SMPP_HEADER && len <= size && len <= SMPP_FRAME_MAX);
		decode(data, len);
		data += len;
		size -= len;
	}
	/* What is left is made a frame, so that a change does not end in its length alone. */
	if (size < SMPP_HEADER || size > SMPP_FRAME_MAX)
		return 0;
	uint8_t *frame = fuzz_copy(data, size);
	for (int i = 0; i < 4; i++)
		frame[i] = (uint8_t)(size >> (24 - 8 * i));
	decode(frame, size);
	free(frame);
	return 0;
}
