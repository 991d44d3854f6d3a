/*
 * What a session is made of, for the files that are it and for nobody else: session.c (states),
 * session_in.c (what comes in), session_out.c (what goes out), session_timers.c, session_log.c.
 */
#ifndef SESSION_SESSION_IMPL_H
#define SESSION_SESSION_IMPL_H

#include "session/session.h"

enum {
	SESSION_INIT_MS = 60000,         /* most that a bind_resp may take */
	SESSION_ENQUIRE_MS = 30000,      /* most that an answer to enquire_link may take */
	SESSION_UNBIND_MS = 5000,        /* and to unbind */
	SESSION_FRAME_MS = 10000,        /* for the rest of a PDU that has begun */
	SESSION_FORGIVEN_MS = 60000,     /* bound for so long: the back-off starts anew */
	SESSION_REFUSED_MS = 15 * 60000, /* between two tries with refused credentials */
	SESSION_BUSY_MS = 30000,         /* the carrier may still know our last bind */
	SESSION_OVERDUE_MAX = 3,         /* so many in a row: is anybody there? */
	SESSION_GRACE_MS = 1000,         /* after a pause, for the answers that came meanwhile */
	SESSION_TURN_MAX = 256,          /* PDUs of one turn; then the others run */
	SESSION_READ_ALL = 0x7fffffff,
	SESSION_SEQUENCE_MAX = 0x7fffffff,
};

/* What a carrier should not send; each kind is logged the first time and then ever more rarely. */
enum session_nonsense {
	NONSENSE_UNMATCHED, /* a response to nothing */
	NONSENSE_UNKNOWN,
	NONSENSE_BODY,
	NONSENSE_STATE, /* a request that is not legal in this state */
	NONSENSE_NACK,  /* a generic_nack that names no request of ours, or says that all is well */
	NONSENSE_FRAME,
	NONSENSES
};

struct session {
	struct loop *loop;
	struct session_conf conf;
	struct session_calls calls;
	void *arg;
	enum session_state state;
	mono_t since;      /* in this state */
	mono_t started_at; /* the connect */
	struct err why;    /* the last failure or close */
	struct backoff backoff;
	uint32_t bind_status;  /* of the last bind_resp */
	struct stream *stream; /* NULL: down or refused */
	uint64_t generation;   /* of the stream */
	struct buf out;        /* one PDU */

	struct window *window;
	uint32_t next_sequence;
	/* Of the requests without a slot; 0: none is out. */
	uint32_t bind_sequence, enquire_sequence, unbind_sequence;
	unsigned overdue_in_row;
	unsigned unreplied; /* delivered, and not yet answered by the owner */
	mono_t last_received;
	bool enquiring; /* and not a sign of life since */
	bool paused;
	bool read_due; /* at the end of the turn */
	bool room_came_back;
	unsigned nonsense[NONSENSES]; /* on this connection */

	struct loop_timer *retry_timer;     /* down, refused: until the next try */
	struct loop_timer *answer_timer;    /* bind_resp; draining: the answers, then unbind_resp */
	struct loop_timer *keepalive_timer; /* bound, draining */
	struct loop_timer *expiry_timer;    /* the oldest submit */
	struct loop_timer *frame_timer;     /* the rest of a PDU */
};

/* The one step function. pdu is NULL unless the event is SESSION_EV_PDU. */
void session_step(struct session *, enum session_event, const struct smpp_pdu *);
/* The entry work, the log, and the owner's callback. */
void session_enter(
    struct session *, enum session_state, enum session_event, const struct smpp_pdu *);

/* session.c */
bool session_holds_back(const struct session *); /* paused; a pause must not stop a bind */
void session_drained(struct session *); /* when draining, and everything is answered: unbind */

/* session_out.c */
uint32_t session_bind_command(const struct session *);
bool session_can_bind(struct session *); /* the strings fit */
void session_send_bind(struct session *);
void session_send_unbind(struct session *);
int64_t session_enquire_ms(const struct session *);
void session_enquire(struct session *);
void session_respond(struct session *, uint32_t command, uint32_t status, uint32_t sequence);

/* session_timers.c */
bool session_timers_new(struct session *);
void session_timers_free(struct session *);
void session_timers_stop(struct session *);   /* all: a state is left */
void session_timers_expiry(struct session *); /* for the oldest submit that is not overdue */
void session_timers_resume(struct session *); /* after a pause */

/* session_log.c */
struct session_change {
	enum session_state from, to;
	enum session_event event;
	const char *why;
	int64_t was_ms, retry_ms; /* in the state before; until the next try, or -1 */
};
void session_log(const struct session *, const struct session_change *);

/* session_in.c */
void session_read(struct session *, unsigned max); /* so many PDUs at most; ALL even when paused */
void session_read_soon(struct session *);
void session_take_binding(struct session *, const struct smpp_pdu *);
void session_take_bound(struct session *, const struct smpp_pdu *); /* draining, too */

#endif
