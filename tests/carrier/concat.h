/* Which part of which text a submit_sm is: from its user data header or its sar_* parameters. Pure.
 */
#ifndef CARRIER_CONCAT_H
#define CARRIER_CONCAT_H

#include "smpp/coding.h"
#include "smpp/pdu.h"

/*
 * 1 of 1 when it is whole. *header is how many octets of sm.text are user data header. False when
 * there is a header that cannot be read; then it counts as whole and as text.
 */
bool concat_read(const struct smpp_pdu *, struct smpp_concat *, size_t *header);

#endif
