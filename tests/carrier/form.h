/*
 * The shapes of what the carrier sends: message ids in their several writings, receipts, replies.
 * Pure.
 */
#ifndef CARRIER_FORM_H
#define CARRIER_FORM_H

#include "plan.h"
#include "smpp/pdu.h"

enum { FORM_ID_SIZE = 65 };

/* One way to write an id: "dec", "dec10", "hex", "HEX16", "uuid", "UUID", "long" (64 characters).
 */
struct form_id {
	enum form_base { FORM_DEC, FORM_HEX, FORM_UUID, FORM_LONG } base;
	bool upper;
	unsigned width; /* at least so many digits, zeros before */
};

/* How an id is written in the answer, in a receipt's text and in its receipted_message_id. */
struct form_ids {
	struct form_id answer, text, tlv;
};

/* "dec", "hex-dec10" or "HEX16-dec-hex": one for all, answer and receipt, or each. 0, or -1. */
int form_ids_parse(const char *, struct form_ids *);
void form_id(const struct form_id *, uint64_t id, char out[FORM_ID_SIZE]);

/* A receipt as it is to be sent. */
struct form_receipt {
	uint32_t sequence;
	const char *source, *destination; /* the phone, our number */
	uint8_t source_ton, destination_ton;
	uint64_t id;
	const struct plan_notice *notice;
	enum plan_form form;
	enum plan_codes codes;
	int64_t submitted, done; /* seconds of the epoch */
	const char *text;        /* the beginning of the message; up to 20 characters are used */
};

/* Appends the PDU; -1 when it cannot be coded. */
int form_put_receipt(struct buf *, const struct form_receipt *, const struct form_ids *);

/* Up to 20 characters of a text for a receipt: what is not printable ASCII becomes a full stop. */
enum { FORM_EXCERPT_SIZE = 21 };
void form_excerpt(
    const uint8_t *octets, size_t len, uint8_t data_coding, char out[FORM_EXCERPT_SIZE]);

uint8_t form_ton(const char *number); /* 1 for a full number, 3 for a short code, 5 with letters */

#endif
