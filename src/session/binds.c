#include "session/binds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct host {
	char *name, *port;
};

struct bind {
	struct binds *binds;
	struct session *session;
	unsigned host;
	char name[64];
};

struct binds {
	struct loop *loop;
	struct session_calls calls; /* the owner's */
	void *arg;
	unsigned n_hosts, n, window;
	struct host *host;
	struct bind *bind;
};

/* ---- between the sessions and the owner */

static void
answered(
    struct session *s, void *owner, uint32_t status, const char *message_id, bool late, void *arg)
{
	struct binds *b = ((struct bind *)arg)->binds;

	b->calls.answered(s, owner, status, message_id, late, b->arg);
}

static void
unanswered(struct session *s, void *owner, bool lost, void *arg)
{
	struct binds *b = ((struct bind *)arg)->binds;

	b->calls.unanswered(s, owner, lost, b->arg);
}

static void
delivered(struct session *s, const struct smpp_pdu *pdu, uint64_t generation, void *arg)
{
	struct binds *b = ((struct bind *)arg)->binds;

	b->calls.delivered(s, pdu, generation, b->arg);
}

static void
use_host(struct bind *bind, unsigned i)
{
	struct binds *b = bind->binds;

	bind->host = i % b->n_hosts;
	session_set_host(bind->session, b->host[bind->host].name, b->host[bind->host].port);
}

/* Lost after it was bound, a bind goes back to where it was; one that did not come up goes on. */
static void
changed(struct session *s, enum session_state from, enum session_state to, void *arg)
{
	struct bind *bind = arg;
	struct binds *b = bind->binds;
	bool failed = from == SESSION_CONNECTING || from == SESSION_BINDING;

	if (failed && to == SESSION_DOWN)
		use_host(bind, bind->host + 1);
	b->calls.changed(s, from, to, b->arg);
}

/* ---- making and freeing */

/* "name:port", "[2001:db8::1]:port" */
static bool
split_host(const char *text, struct host *h)
{
	const char *colon = strrchr(text, ':');
	bool bracketed = text[0] == '[' && colon > text && colon[-1] == ']';

	if (colon == NULL || (h->port = strdup(colon + 1)) == NULL)
		return false;
	h->name = bracketed ? strndup(text + 1, (size_t)(colon - text) - 2)
			    : strndup(text, (size_t)(colon - text));
	return h->name != NULL;
}

static bool
make_bind(struct binds *b, struct loop *loop, const struct binds_conf *c, unsigned i)
{
	static const struct session_calls ours = {answered, unanswered, delivered, changed};
	struct bind *bind = &b->bind[i];
	struct session_conf sc = c->session;
	unsigned number = c->pair ? i / 2 : i;
	bool receiver = c->pair && i % 2 == 1;

	snprintf(bind->name, sizeof(bind->name), "%s-%u%s", c->carrier, number + 1,
	    receiver ? "-rx" : "");
	bind->binds = b;
	bind->host = number % b->n_hosts;
	sc.name = bind->name;
	sc.host = b->host[bind->host].name;
	sc.port = b->host[bind->host].port;
	sc.mode = receiver ? SESSION_RECEIVER : c->pair ? SESSION_TRANSMITTER : SESSION_TRANSCEIVER;
	return (bind->session = session_new(loop, &sc, &ours, bind)) != NULL;
}

static bool
make_all(struct binds *b, struct loop *loop, const struct binds_conf *c)
{
	if (b->host == NULL || b->bind == NULL)
		return false;
	for (unsigned i = 0; i < b->n_hosts; i++)
		if (!split_host(c->hosts[i], &b->host[i]))
			return false;
	for (unsigned i = 0; i < b->n; i++)
		if (!make_bind(b, loop, c, i))
			return false;
	return true;
}

static void
release(void *arg)
{
	struct binds *b = arg;

	for (unsigned i = 0; b->host != NULL && i < b->n_hosts; i++) {
		free(b->host[i].name);
		free(b->host[i].port);
	}
	free(b->host);
	free(b->bind);
	free(b);
}

struct binds *
binds_new(
    struct loop *loop, const struct binds_conf *c, const struct session_calls *calls, void *arg)
{
	struct binds *b = calloc(1, sizeof(*b));

	if (b == NULL)
		return NULL;
	b->calls = *calls;
	b->arg = arg;
	b->n_hosts = c->n_hosts;
	b->n = c->pair ? 2 * c->binds : c->binds;
	b->window = c->session.window;
	b->loop = loop;
	b->host = calloc(b->n_hosts, sizeof(*b->host));
	b->bind = calloc(b->n, sizeof(*b->bind));
	if (!make_all(b, loop, c)) {
		binds_free(b);
		return NULL;
	}
	return b;
}

/* The sessions use our strings until the end of the turn. */
void
binds_free(struct binds *b)
{
	if (b == NULL)
		return;
	for (unsigned i = 0; b->bind != NULL && i < b->n; i++)
		session_free(b->bind[i].session);
	loop_later(b->loop, release, b);
}

/* ---- all of them */

void
binds_start(struct binds *b)
{
	for (unsigned i = 0; i < b->n; i++)
		session_start(b->bind[i].session);
}

void
binds_stop(struct binds *b)
{
	for (unsigned i = 0; i < b->n; i++)
		session_stop(b->bind[i].session);
}

void
binds_abort(struct binds *b)
{
	for (unsigned i = 0; i < b->n; i++)
		session_abort(b->bind[i].session);
}

void
binds_pause(struct binds *b, bool paused)
{
	for (unsigned i = 0; i < b->n; i++)
		session_pause(b->bind[i].session, paused);
}

bool
binds_all_down(const struct binds *b)
{
	for (unsigned i = 0; i < b->n; i++)
		if (session_state(b->bind[i].session) != SESSION_DOWN)
			return false;
	return true;
}

bool
binds_any_bound(const struct binds *b)
{
	for (unsigned i = 0; i < b->n; i++)
		if (session_state(b->bind[i].session) == SESSION_BOUND &&
		    session_conf(b->bind[i].session)->mode != SESSION_RECEIVER)
			return true;
	return false;
}

unsigned
binds_count(const struct binds *b)
{
	return b->n;
}

struct session *
binds_at(const struct binds *b, unsigned i)
{
	return i < b->n ? b->bind[i].session : NULL;
}

unsigned
binds_room(const struct binds *b)
{
	unsigned room = 0;

	for (unsigned i = 0; i < b->n; i++)
		room += session_room(b->bind[i].session);
	return room;
}

unsigned
binds_window(const struct binds *b)
{
	unsigned window = 0;

	for (unsigned i = 0; i < b->n; i++) {
		const struct session *s = b->bind[i].session;

		if (session_state(s) == SESSION_BOUND && session_conf(s)->mode != SESSION_RECEIVER)
			window += session_conf(s)->window;
	}
	return window;
}

unsigned
binds_largest_window(const struct binds *b)
{
	return b->window;
}

/* ---- choosing */

static bool
has_more_room(const struct session *a, const struct session *than)
{
	return than == NULL || session_room(a) > session_room(than);
}

struct session *
binds_pick(const struct binds *b, unsigned room, const struct session *not_this)
{
	struct session *best = NULL, *only = NULL;
	unsigned want = room > 0 ? room : 1;

	for (unsigned i = 0; i < b->n; i++) {
		struct session *s = b->bind[i].session;

		if (session_room(s) < want)
			continue;
		if (s == not_this)
			only = s;
		else if (has_more_room(s, best))
			best = s;
	}
	return best != NULL ? best : only;
}
