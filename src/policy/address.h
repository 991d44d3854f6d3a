/*
 * Phone numbers as SMPP addresses (smpp.md 5, TON / NPI). Pure.
 */
#ifndef POLICY_ADDRESS_H
#define POLICY_ADDRESS_H

#include "smpp/pdu.h"

/*
 * E.164 "+12065550123" -> 1/1 "12065550123" (no "+"); a short code of 3 to 8 digits -> 3/0;
 * anything with a letter -> 5/0. ton and npi of 0 or more replace the guess (the carrier's
 * source_ton, source_npi). 0, or -1: empty, more than 20 characters, or a "+" before no number.
 */
int address_of_number(const char *number, int ton, int npi, struct smpp_address *);

/*
 * What came in, as SQL keeps numbers: "+" and digits where it is a full number (ten digits are one
 * of North America), else as it is, cut at size, which is 24 or more.
 */
void address_to_number(const struct smpp_address *, char *out, size_t size);

#endif
