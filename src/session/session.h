/*
 * One bind to a carrier: its state, keepalive, requests and answers (SMPP 3.4 2.2, 2.7, 7.2;
 * smpp.md 3, 4).
 *
 *	down -> connecting -> binding -> bound -> draining -> down
 *	                         \-> refused (credentials): one try every 15 minutes
 *
 * A session opens itself again after it was lost, with back-off. What it was given to submit ends
 * in exactly one of the callbacks answered and unanswered(lost). Before that, one that is overdue
 * is reported once as unanswered(not lost): its slot stays taken and its owner alive, because the
 * answer may still come, as answered(late). Closing hands each slot that is still taken over as
 * lost.
 *
 * Every callback may call back into the session, and may stop or abort it.
 */
#ifndef SESSION_SESSION_H
#define SESSION_SESSION_H

#include "base/backoff.h"
#include "net/stream.h"
#include "policy/window.h"
#include "smpp/pdu.h"

enum session_state {
	SESSION_DOWN,
	SESSION_CONNECTING,
	SESSION_BINDING,
	SESSION_BOUND,
	SESSION_DRAINING,
	SESSION_REFUSED,
	SESSION_STATES
};

enum session_event {
	SESSION_EV_START,
	SESSION_EV_OPEN, /* the stream is up */
	SESSION_EV_LOST, /* the stream closed */
	SESSION_EV_PDU,
	SESSION_EV_OVERDUE,     /* no bind_resp or unbind_resp in time */
	SESSION_EV_PEER_SILENT, /* no answer to enquire_link */
	SESSION_EV_SICK,        /* given-up slots fill the window, or framing is lost */
	SESSION_EV_RETRY,
	SESSION_EV_STOP,
	SESSION_EVENTS
};

enum session_mode { SESSION_TRANSCEIVER, SESSION_TRANSMITTER, SESSION_RECEIVER };

/* What one bind needs to know. The strings are the owner's and outlive the session. */
struct session_conf {
	const char *name; /* "acme-1", for logs and status rows */
	const char *host, *port;
	struct stream_tls *tls; /* NULL = plain */
	const char *server_name;
	const char *system_id, *password, *system_type;
	enum session_mode mode;
	unsigned window;
	int64_t enquire_link_ms, response_timeout_ms, connect_timeout_ms, reconnect_max_ms;
};

struct session;

struct session_calls {
	/* A submit's answer. message_id is "" unless status is 0. */
	void (*answered)(struct session *, void *owner, uint32_t status, const char *message_id,
	    bool late, void *arg);
	/* Overdue (an answer may still come: keep owner alive), or lost (none can). */
	void (*unanswered)(struct session *, void *owner, bool lost, void *arg);
	/*
	 * A deliver_sm or data_sm. The owner stores it and then calls session_reply() with the same
	 * sequence and generation; the PDU is valid during the call only.
	 */
	void (*delivered)(
	    struct session *, const struct smpp_pdu *, uint64_t generation, void *arg);
	/*
	 * The state changed, or (from == to) room in the window came back: once for all answers
	 * that were read together.
	 */
	void (*changed)(
	    struct session *, enum session_state from, enum session_state to, void *arg);
};

/* NULL without memory, or when system_id, password or system_type do not fit into a bind. */
struct session *session_new(
    struct loop *, const struct session_conf *, const struct session_calls *, void *arg);
/*
 * Only when down (session_stop, then changed to SESSION_DOWN), or at the very end of the program:
 * what is still open then is closed without a callback.
 */
void session_free(struct session *);

/* Without effect unless down or refused. */
void session_start(struct session *);
/* Clean stop: waits for answers at most response_timeout, unbinds, closes; then stays down. */
void session_stop(struct session *);
/* At once, without unbind. Open slots are handed over as lost. Stays down. */
void session_abort(struct session *);
/* Where the next connect goes. */
void session_set_host(struct session *, const char *host, const char *port);

enum session_state session_state(const struct session *);
int64_t session_state_ms(const struct session *); /* how long in this state */
const char *session_name(const struct session *);
const struct session_conf *session_conf(const struct session *);
/* Submits that may be written now; 0 unless bound as transmitter or transceiver. */
unsigned session_room(const struct session *);
unsigned session_unanswered(const struct session *); /* slots that are taken */
const char *session_peer(const struct session *);
/* The last reason of a failure or close, "" when there was none. */
const char *session_why(const struct session *);

/*
 * Takes a slot and writes; owner comes back in the callbacks. 0, or -1 with nothing taken: no room,
 * or the PDU cannot be encoded (err says which field).
 */
int session_submit(struct session *, const struct smpp_sm *, void *owner, struct err *);
/* The same with optional parameters: sar_*, or the text as message_payload (then sm has none). */
int session_submit_tlvs(
    struct session *, const struct smpp_sm *, const struct smpp_tlvs *, void *owner, struct err *);
/*
 * The response to a delivered PDU: 0, or SMPP_RX_T_APPN; command is the request's or the
 * response's. Dropped silently when that connection is gone: the carrier delivers again.
 */
void session_reply(
    struct session *, uint64_t generation, uint32_t command, uint32_t sequence, uint32_t status);
/*
 * Stops or resumes reading. What is not read cannot be overdue: no submit is given up and no
 * silence is held against the peer meanwhile.
 */
void session_pause(struct session *, bool paused);
/* Tests only: the number of the next request. */
void session_set_sequence(struct session *, uint32_t next);

const char *session_state_name(enum session_state);
const char *session_event_name(enum session_event);

#endif
