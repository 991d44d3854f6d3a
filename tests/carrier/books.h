/*
 * What the carrier saw and did, kept exactly: every submitted part, every deliver_sm, every bind.
 * Nothing is ever forgotten or corrected; tests compare these books with the database.
 *
 * Written as four files of tab-separated values with a header line, each by rename: FILE has one
 * line per part, FILE.deliveries one per receipt or reply, FILE.binds one per bind, FILE.summary
 * one "name value" per line and comes last.
 */
#ifndef CARRIER_BOOKS_H
#define CARRIER_BOOKS_H

#include "form.h"
#include "slide.h"
#include "smpp/coding.h"
#include "smpp/pdu.h"

#include <stdio.h>

enum { BOOKS_NONE = UINT32_MAX };

/* Complaints about the ESME. A run that should be clean has none. */
enum books_error {
	BOOKS_BAD_FRAME, /* framing lost: an absurd length */
	BOOKS_BAD_PDU,   /* fields do not fit the PDU */
	BOOKS_UNKNOWN_COMMAND,
	BOOKS_BAD_SEQUENCE, /* 0, above 0x7fffffff, or not the one after the last */
	BOOKS_WRONG_STATE,  /* submit before bind, on a receiver, second bind */
	BOOKS_UNMATCHED,    /* an answer to nothing */
	BOOKS_WINDOW,       /* more unanswered submits than --window */
	BOOKS_TOO_LONG,     /* more octets than one part may hold */
	BOOKS_BIT_8,        /* GSM octets above 0x7f */
	BOOKS_BAD_UCS2,     /* an odd number of octets */
	BOOKS_NO_RECEIPT,   /* registered_delivery asks for none */
	BOOKS_BAD_ADDRESS,  /* a destination that is not 7 to 15 digits, or an empty source */
	BOOKS_BAD_UDH,      /* a user data header that cannot be read, part 0 or above the total */
	BOOKS_BAD_PARTS,    /* parts of one reference that contradict each other */
	BOOKS_CUT_PAIR,     /* a part that ends between an escape and its character, or inside a
			       surrogate pair */
	BOOKS_DEAF,         /* an enquire_link of ours without an answer */
	BOOKS_ERRORS
};

enum books_fate {
	BOOKS_WAITING, /* not answered (yet) */
	BOOKS_ANSWERED,
	BOOKS_LOST,    /* the connection was gone when the answer was due */
	BOOKS_DROPPED, /* the carrier closed, or sent something else, instead of answering */
};

struct books_bind {
	char system_id[65];
	const char *type;      /* "transceiver", ... */
	const char *security;  /* "plain", "TLSv1.3" */
	mono_t opened, closed; /* closed.us is 0 while it is open */
	const char *why;
	uint32_t submits, max_outstanding;
};

/* One submit_sm. */
struct books_part {
	mono_t at, answered;
	uint64_t id;        /* 0: none was given */
	uint64_t text_hash; /* the first 8 octets of SHA-256 over the text without its user data
			       header */
	uint32_t bind, sequence,
	    status;       /* status: what was decided, also when no answer went out */
	uint32_t text_no; /* the same number for the same destination, text and part */
	uint32_t try;     /* how often that has come, with this one */
	uint32_t first_delivery,
	    last_delivery; /* its receipts and replies, linked by next_of_part */
	enum books_fate fate;
	enum plan_answer how; /* what the answer is to be */
	uint16_t octets;
	struct smpp_concat concat;
	uint8_t data_coding, esm_class, registered_delivery, source_ton, destination_ton;
	char source[22], destination[22];
	char excerpt[FORM_EXCERPT_SIZE];
	char *text; /* UTF-8, with --keep-texts */
};

/* The same destination, text and part, however often it came. */
struct books_text {
	uint32_t first_part, submits, refused;
};

/* One receipt or reply, however often it was sent. */
struct books_delivery {
	uint32_t part; /* BOOKS_NONE: a reply nobody's submit caused */
	uint32_t next_of_part, next_in_queue;
	bool reply;
	struct plan_notice notice; /* of a receipt */
	enum plan_form form;
	struct smpp_sm *sm; /* of a reply: what is sent; its text belongs to it */
	mono_t first_sent, acked;
	uint32_t sends, acks; /* acks: answers with status 0 */
	uint32_t last_status;
	bool answered; /* last_status holds something */
	uint16_t account;
};

struct books {
	struct books_part *part;
	struct books_delivery *delivery;
	struct books_bind *bind;
	struct books_text *text;
	size_t n_parts, n_deliveries, n_binds, n_texts;
	size_t part_cap, delivery_cap, bind_cap, text_cap;
	uint32_t *text_table; /* open addressing: text_no + 1, 0 = free */
	size_t table_size;
	struct slide second, tenth; /* submits in any second, in any 100 ms */
	uint32_t max_outstanding, refused_binds, redelivered;
	uint32_t errors[BOOKS_ERRORS];
	int64_t wall_offset_us; /* wall time = mono + this */
	struct form_ids ids;
	bool keep_texts;
	enum smpp_charset0 charset0;
};

void books_init(struct books *, const struct form_ids *, bool keep_texts, enum smpp_charset0);
void books_clear(struct books *);

uint32_t books_add_bind(
    struct books *, mono_t now, const char *system_id, const char *type, const char *security);
/* Enters a submit_sm; its fate is waiting. The answer is the part's number. */
uint32_t books_add_part(struct books *, mono_t now, uint32_t bind, const struct smpp_pdu *);
/* What was decided for it. Counts as refused when status is not 0, whether or not the answer
 * arrives. */
void books_decide(struct books *, uint32_t part, uint32_t status);
uint32_t books_add_delivery(struct books *, uint32_t part, bool reply);

int64_t books_wall_us(const struct books *, mono_t);
const char *books_error_name(enum books_error);
void books_summary(struct books *, FILE *);
int books_write(struct books *, const char *file, struct err *);

#endif
