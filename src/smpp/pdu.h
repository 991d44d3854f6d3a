/*
 * PDUs as structs: decode from one whole frame, encode to a buffer (SMPP 3.4 chapter 4; smpp.md 1
 * and 2).
 *
 * A decoded PDU points into the frame (text, TLV values), which must outlive it. Encoding refuses
 * over-long fields and never cuts: a cut number is somebody else's. The size of a string field
 * includes its NUL.
 */
#ifndef SMPP_PDU_H
#define SMPP_PDU_H

#include "base/buf.h"
#include "smpp/consts.h"
#include "smpp/tlv.h"

struct smpp_address {
	uint8_t ton, npi;
	char text[65];
};

/* bind_*. Longer than the specification's 16 and 9: such carriers exist. */
struct smpp_bind {
	char system_id[65];
	char password[65];
	char system_type[13];
	uint8_t interface_version;
	struct smpp_address range;
};

/*
 * submit_sm and deliver_sm, and data_sm, which has some of the fields and its text in
 * message_payload.
 */
struct smpp_sm {
	char service_type[6];
	struct smpp_address source, destination;
	uint8_t esm_class, protocol_id, priority_flag;
	char schedule_delivery_time[17], validity_period[17];
	uint8_t registered_delivery, replace_if_present, data_coding, default_msg_id;
	const uint8_t *text; /* short_message, else message_payload; octets, not characters */
	size_t text_len;
};

struct smpp_pdu {
	uint32_t command, status, sequence;
	union {
		struct smpp_bind bind;
		struct smpp_sm sm;
		char message_id[256]; /* of the *_sm_resp; 64 by the book, but see receipts.md 2 */
		char system_id[65];   /* bind_*_resp, outbind */
	};
	struct smpp_tlvs tlvs; /* decode fills it; encode writes its entries after the fields */
};

enum smpp_decode {
	SMPP_DECODE_OK,
	SMPP_DECODE_UNKNOWN, /* header is filled; a request gets generic_nack SMPP_RINVCMDID */
	SMPP_DECODE_BAD,     /* header is filled; a request gets generic_nack SMPP_RINVCMDLEN */
};

/*
 * One whole frame, as smpp_frame() cut it. A response is never BAD for its body: it may be missing,
 * or end without the NUL, and what cannot be read is left empty, because the answer stands in the
 * header. Bytes after the fields are TLVs, and broken ones do not spoil the fields.
 * alert_notification fills sm.source and sm.destination (the ESME).
 */
enum smpp_decode smpp_pdu_decode(const uint8_t *frame, size_t len, struct smpp_pdu *);

/*
 * Appends the PDU. A text of more than 254 octets, and any of data_sm, goes into message_payload.
 * 0, or -1 with nothing appended: a field is too long for its place, the command is not one that
 * decode knows, or memory ran out.
 */
int smpp_pdu_encode(const struct smpp_pdu *, struct buf *out);

/* A response with only a header, or with the empty message_id that deliver_sm_resp wants. */
void smpp_put_response(struct buf *out, uint32_t command, uint32_t status, uint32_t sequence);

#endif
