/*
 * Listening and connections, plain and TLS at once. What is written during a turn leaves in one
 * piece at its end (performance.md 2: cost is per wake-up); what is closed during a turn is freed
 * at its end. The main loop ends each turn with wire_turn().
 */
#ifndef CARRIER_WIRE_H
#define CARRIER_WIRE_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"

#include <sys/queue.h>

struct event_base;
struct wire;
struct peer;

struct wire_conf {
	const char *address;
	int port, tls_port;                 /* 0: any free one; -1: not at all */
	const char *cert, *key, *client_ca; /* client_ca NULL: no certificate is asked for */
	const char *tls_max;                /* "1.1", "1.2", "1.3"; NULL: the library's */
};

enum wire_close {
	WIRE_NOW,   /* what is not sent yet is lost; on TLS no close_notify */
	WIRE_AFTER, /* once everything is sent */
};

struct conn {
	LIST_ENTRY(conn) all;
	struct wire *wire;
	struct bufferevent *bev;
	struct buf in, out; /* out: what this turn wrote */
	bool tls, dirty, closing, dead;
	struct conn *next_dirty, *next_dead;
	struct peer *peer; /* the user's */
};

/* What the user of the wire is told. */
struct wire_user {
	void (*opened)(struct conn *, void *arg);
	/* conn->in has more; what was used is drained. */
	void (*data)(struct conn *, mono_t now, void *arg);
	/* No more comes. What is written from now on is lost, but conn and its peer may still be in
	 * use further up. */
	void (*closed)(struct conn *, const char *why, void *arg);
	/* The end of that turn: conn is freed after this. */
	void (*gone)(struct conn *, void *arg);
	void *arg;
};

struct wire *wire_new(
    struct event_base *, const struct wire_conf *, const struct wire_user *, struct err *);
void wire_free(struct wire *);
int wire_port(const struct wire *, bool tls); /* -1: not listening */

/* The place to append to; it leaves at the end of the turn. */
struct buf *conn_out(struct conn *);
void conn_close(struct conn *, enum wire_close, const char *why);
const char *conn_security(const struct conn *); /* "plain", "TLSv1.3" */

void wire_turn(struct wire *);
/* Stops or resumes reading, and accepting, everywhere. */
void wire_pause(struct wire *, bool paused);
void wire_close_all(struct wire *, enum wire_close, const char *why);
void wire_each(struct wire *, void (*cb)(struct conn *, void *arg), void *arg);

#endif
