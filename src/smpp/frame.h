/*
 * Cuts a stream into PDUs (smpp.md 1). Pure: looks at the first bytes that came and says what they
 * are.
 */
#ifndef SMPP_FRAME_H
#define SMPP_FRAME_H

#include <stddef.h>
#include <stdint.h>

enum {
	SMPP_HEADER = 16,
	SMPP_FRAME_MAX = 70000, /* message_payload may hold 65,535 octets, plus fields */
};

enum smpp_frame {
	SMPP_FRAME_SHORT, /* not all of it is there yet */
	SMPP_FRAME_READY, /* *len bytes are one PDU */
	SMPP_FRAME_LOST,  /* an absurd length: framing is lost, close */
};

enum smpp_frame smpp_frame(const uint8_t *data, size_t have, size_t *len);

#endif
