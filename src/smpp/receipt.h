/*
 * Delivery receipts, read leniently (SMPP 3.4 Appendix B; receipts.md 1 to 3). TLVs win over the
 * text. Labels are found in any order and any case; what follows `text:` is the patient's and is
 * never looked at.
 */
#ifndef SMPP_RECEIPT_H
#define SMPP_RECEIPT_H

#include "smpp/pdu.h"

struct smpp_receipt {
	char id[256];      /* the carrier's message id, as sent; "" when there is none */
	char text_id[256]; /* the text's own id where the TLV said another one (receipts.md 3.5),
			      else "" */
	char stat[33];     /* as sent: "DELIVRD", "undeliv", "" */
	char err[33];      /* as sent: "000", "21b", "" */
	int message_state; /* the TLV, or -1 */
	int network_type, network_code; /* network_error_code, or -1 */
	bool intermediate;              /* esm_class said so */
	bool by_text;                   /* only the text looked like one */
};

/*
 * Is this deliver_sm (or data_sm) a receipt? receipts.md 2, step 1. True fills r. A text that
 * merely quotes a receipt is one by this rule (by_text): its owner must demand that the id is
 * known.
 */
bool smpp_receipt_parse(const struct smpp_pdu *, struct smpp_receipt *r);

#endif
