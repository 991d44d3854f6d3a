/*
 * The binds to one carrier: as many as the configuration says, spread over its hosts; picks one to
 * write to, drains them all.
 */
#ifndef SESSION_BINDS_H
#define SESSION_BINDS_H

#include "session/session.h"

struct binds_conf {
	const char *carrier;
	/* "name:port"; bind i takes host i mod n, and after a failed attempt the next one */
	const char *const *hosts;
	unsigned n_hosts;
	unsigned binds;
	bool pair; /* a transmitter and a receiver each, instead of one transceiver */
	/* name, host, port and mode are filled in here, a bind each: "acme-1", "acme-1-rx" */
	struct session_conf session;
};

struct binds;

/*
 * NULL without memory, when a host is not "name:port", or when the strings do not fit into a bind.
 * The strings of conf.session stay the owner's and outlive the binds.
 */
struct binds *binds_new(
    struct loop *, const struct binds_conf *, const struct session_calls *, void *arg);
void binds_free(struct binds *);
void binds_start(struct binds *);
void binds_stop(struct binds *); /* clean, each */
void binds_abort(struct binds *);
bool binds_all_down(const struct binds *);
bool binds_any_bound(const struct binds *); /* one that may submit */

unsigned binds_count(const struct binds *);
struct session *binds_at(const struct binds *, unsigned i);
unsigned binds_room(const struct binds *);   /* over all */
unsigned binds_window(const struct binds *); /* of all that are bound and may submit, together */
unsigned binds_largest_window(const struct binds *);
/*
 * The bound session with most room, at least `room` of it, other than not_this unless it is the
 * only one; NULL when there is none.
 */
struct session *binds_pick(const struct binds *, unsigned room, const struct session *not_this);
void binds_pause(struct binds *, bool paused);

#endif
