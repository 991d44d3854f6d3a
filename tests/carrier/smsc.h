/*
 * The message centre itself: accounts, the peers bound to them, and what became of their submits.
 * One struct smsc; peer.c speaks with a connection, submit.c takes texts, post.c delivers receipts
 * and replies, check.c finds fault.
 *
 * Records are in the books and are referred to by number: the arrays grow and move.
 */
#ifndef CARRIER_SMSC_H
#define CARRIER_SMSC_H

#include "books.h"
#include "later.h"
#include "options.h"
#include "plan.h"
#include "wire.h"

enum { POST_RING = 4096 }; /* deliver_sm of one bind that may wait for an answer; a power of two */

enum peer_state { PEER_OPEN, PEER_TRANSMITTER, PEER_RECEIVER, PEER_TRANSCEIVER, PEER_UNBOUND };

/* A deliver_sm that was sent on this bind. */
struct post_slot {
	enum post_state { POST_FREE, POST_WAITING, POST_GIVEN_UP, POST_ANSWERED } state;
	uint32_t delivery, sequence;
	mono_t sent;
};

struct peer {
	LIST_ENTRY(peer) of_account;
	LIST_ENTRY(peer) all;
	struct smsc *smsc;
	struct conn *conn;
	struct account *account; /* NULL before the bind */
	uint64_t no;             /* never used again, unlike the address */
	enum peer_state state;
	uint32_t bind;          /* its number in the books */
	uint32_t last_sequence; /* the newest request of the ESME */
	uint32_t next_sequence; /* our next request */
	uint32_t oldest;        /* no deliver_sm before this one waits */
	unsigned unanswered;    /* deliver_sm that wait */
	unsigned outstanding;   /* submits that are not answered */
	unsigned answering;     /* of them, those whose answer leaves at the end of this turn */
	mono_t heard;
	uint32_t enquiry; /* the sequence of the enquire_link that is not answered, or 0 */
	mono_t enquired;
	uint32_t unbind;        /* the sequence of our unbind, or 0 */
	struct post_slot *ring; /* POST_RING, by sequence; made at the bind */
};

struct account {
	const char *system_id, *password;
	LIST_HEAD(, peer) peers;
	struct peer *turn;    /* the last that got a deliver_sm */
	uint32_t first, last; /* the queue of deliveries: links in the books */
	unsigned binds;
};

struct smsc {
	const struct options *options;
	struct books books;
	struct later later;
	struct plans *plans;
	struct wire *wire;
	struct account account[OPTIONS_ACCOUNTS];
	unsigned n_accounts;
	LIST_HEAD(, peer) peers;
	struct parts_check *parts_check;
	struct slide accepted; /* for --rate */
	uint64_t next_id, next_peer;
	unsigned rate;
	uint32_t refuse_bind, refuse_binds; /* the status, and for how many more */
	bool silent, paused;
};

/* What later brings. */
enum smsc_work {
	WORK_ANSWER,  /* a part; extra is the peer's number */
	WORK_DELIVER, /* a delivery, for the first time or again */
};

void smsc_init(struct smsc *, const struct options *, struct plans *);
void smsc_clear(struct smsc *);
void smsc_due(struct smsc *, mono_t now);  /* does what is due */
void smsc_tick(struct smsc *, mono_t now); /* a few times a second: overdue answers, enquire_link */

/* peer.c */
extern const struct wire_user peer_wire_user;        /* its arg has to be the struct smsc */
struct peer *peer_by_no(struct smsc *, uint64_t no); /* NULL: it is gone */
void peer_tick(struct peer *, mono_t now);
uint32_t peer_sequence(struct peer *);
/* One more submit without an answer; the end of a turn takes off those that were answered in it. */
void peer_submit(struct peer *);
void peer_settle(struct peer *);

/* submit.c */
void submit_take(struct peer *, const struct smpp_pdu *, mono_t now);
void submit_answer(
    struct smsc *, uint32_t part, struct peer *, mono_t now); /* peer NULL: it is gone */

/* post.c */
void post_ready(struct smsc *, uint32_t delivery, mono_t now);
void post_pump(struct smsc *, struct account *, mono_t now);
bool post_answered(
    struct peer *, uint32_t sequence, uint32_t status, mono_t now); /* false: nothing waits */
void post_lost(struct peer *, mono_t now);
void post_overdue(struct peer *, mono_t now);
void post_receipt(struct smsc *, uint32_t part, const struct plan_notice *, enum plan_form,
    mono_t now, mono_t due);
/* A text from a phone, UTF-8, in as many parts as it takes. part may be BOOKS_NONE. -1: it cannot
 * be coded. */
struct post_reply {
	struct account *account;
	uint32_t part;
	const char *from, *to, *text;
};
int post_reply(struct smsc *, const struct post_reply *, mono_t now, mono_t due);

/* check.c */
struct parts_check *parts_check_new(void);
void parts_check_free(struct parts_check *);
void check_complain(struct smsc *, const struct peer *, enum books_error, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void check_sequence(struct peer *, uint32_t sequence);
void check_submit(struct peer *, const struct smpp_pdu *);
void check_parts(struct peer *, const struct books_part *, mono_t now);

#endif
