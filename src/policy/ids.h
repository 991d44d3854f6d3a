/*
 * A carrier's message id in its other notation: some give it in hexadecimal in the answer and in
 * decimal in the receipt, or the reverse (receipts.md 2.1, 3.1). Unsigned 64 bits; the ids of some
 * carriers pass 2^63. Pure.
 */
#ifndef POLICY_IDS_H
#define POLICY_IDS_H

#include <stdbool.h>

enum { IDS_SIZE = 24 };

/* False when the id is not a number of that base, or needs more than 64 bits. Results have no
 * leading zeros. */
bool ids_hex_of_decimal(const char *id, char out[IDS_SIZE]);
bool ids_decimal_of_hex(const char *id, char out[IDS_SIZE]);

#endif
