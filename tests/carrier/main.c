/*
 * carrier: a simulated message centre that speaks SMPP 3.4, plain and over TLS, misbehaves as real
 * ones do and keeps exact books. For tests; never installed. README in this folder says how to
 * drive it.
 */
#include "control.h"
#include "smsc.h"

#include <event2/event.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sysexits.h>
#include <unistd.h>

enum { TICK_MS = 100 };

struct carrier {
	struct options options;
	struct event_base *base;
	struct smsc smsc;
	struct plans *plans;
	struct control *control;
	struct event *work_timer, *tick_timer, *end_timer, *on_usr1, *on_term, *on_int;
	bool ending;
};

static struct timeval
interval(int64_t ms)
{
	return (struct timeval){.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};
}

static void
say(const struct err *err)
{
	fprintf(stderr, "carrier: %s\n", err->text);
}

static void
work_cb(evutil_socket_t fd, short what, void *arg)
{
	struct carrier *c = arg;

	(void)fd, (void)what;
	smsc_due(&c->smsc, mono_now());
}

static void
tick_cb(evutil_socket_t fd, short what, void *arg)
{
	struct carrier *c = arg;

	(void)fd, (void)what;
	smsc_tick(&c->smsc, mono_now());
}

static void
quit_cb(void *arg)
{
	((struct carrier *)arg)->ending = true;
}

static void
end_cb(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	quit_cb(arg);
}

static void
write_books(struct carrier *c)
{
	struct err err;

	if (c->options.books != NULL && books_write(&c->smsc.books, c->options.books, &err) == -1)
		say(&err);
}

static void
usr1_cb(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	write_books(arg);
}

static void
open_events(struct carrier *c)
{
	struct timeval tick = interval(TICK_MS),
		       end = interval((int64_t)c->options.max_seconds * 1000);

	c->work_timer = evtimer_new(c->base, work_cb, c);
	c->tick_timer = event_new(c->base, -1, EV_PERSIST, tick_cb, c);
	c->end_timer = evtimer_new(c->base, end_cb, c);
	c->on_usr1 = evsignal_new(c->base, SIGUSR1, usr1_cb, c);
	c->on_term = evsignal_new(c->base, SIGTERM, end_cb, c);
	c->on_int = evsignal_new(c->base, SIGINT, end_cb, c);
	event_add(c->tick_timer, &tick);
	event_add(c->on_usr1, NULL);
	event_add(c->on_term, NULL);
	event_add(c->on_int, NULL);
	if (c->options.max_seconds > 0)
		event_add(c->end_timer, &end);
}

static void
close_events(struct carrier *c)
{
	struct event *all[] = {
	    c->work_timer, c->tick_timer, c->end_timer, c->on_usr1, c->on_term, c->on_int};

	for (unsigned i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i] != NULL)
			event_free(all[i]);
}

/* "plain=NNNN tls=NNNN", by rename: whoever sees the file sees all of it. */
static int
write_port_file(struct carrier *c, struct err *err)
{
	const char *name = c->options.port_file;
	char fresh[1024];

	if (name == NULL)
		return 0;
	snprintf(fresh, sizeof(fresh), "%s.new", name);
	FILE *f = fopen(fresh, "w");
	if (f == NULL)
		return err_set(err, ERR_SYSTEM, errno, "%s: %s", fresh, strerror(errno));
	fprintf(
	    f, "plain=%d tls=%d\n", wire_port(c->smsc.wire, false), wire_port(c->smsc.wire, true));
	if (fclose(f) != 0 || rename(fresh, name) == -1)
		return err_set(err, ERR_SYSTEM, errno, "%s: %s", name, strerror(errno));
	return 0;
}

static int
carrier_open(struct carrier *c, struct err *err)
{
	struct wire_user user = peer_wire_user;
	pid_t parent = getppid();

	if (c->options.die_with_parent) {
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		if (getppid() != parent)
			c->ending = true;
	}
	c->plans = plans_new(c->options.codes, !c->options.ignore_digits);
	if (c->options.rules != NULL && plans_read(c->plans, c->options.rules, err) == -1)
		return -1;
	c->base = event_base_new();
	smsc_init(&c->smsc, &c->options, c->plans);
	user.arg = &c->smsc;
	c->smsc.wire = wire_new(c->base, &c->options.wire, &user, err);
	if (c->smsc.wire == NULL)
		return -1;
	open_events(c);
	if (c->options.control != NULL) {
		c->control = control_new(c->base, &c->smsc, c->options.control, quit_cb, c, err);
		if (c->control == NULL)
			return -1;
	}
	return write_port_file(c, err);
}

static void
carrier_close(struct carrier *c)
{
	control_free(c->control);
	if (c->smsc.wire != NULL)
		wire_free(c->smsc.wire);
	if (c->base != NULL) {
		close_events(c);
		smsc_clear(&c->smsc);
		event_base_free(c->base);
	}
	plans_free(c->plans);
}

static void
arm_work(struct carrier *c)
{
	int64_t wait =
	    c->smsc.paused || c->smsc.silent ? -1 : later_wait_ms(&c->smsc.later, mono_now());

	if (wait < 0) {
		evtimer_del(c->work_timer);
	} else {
		struct timeval after = interval(wait);
		evtimer_add(c->work_timer, &after);
	}
}

int
main(int argc, char **argv)
{
	struct carrier c = {.ending = false};
	struct err err;
	int rc = EX_OK;

	switch (options_parse(&c.options, argc, argv, &err)) {
	case OPTIONS_DONE:
		return EX_OK;
	case OPTIONS_WRONG:
		say(&err);
		return EX_USAGE;
	case OPTIONS_RUN:
		break;
	}
	signal(SIGPIPE, SIG_IGN);
	if (carrier_open(&c, &err) == -1) {
		say(&err);
		rc = EX_CONFIG;
		c.ending = true;
	}
	while (!c.ending) {
		arm_work(&c);
		event_base_loop(c.base, EVLOOP_ONCE);
		wire_turn(c.smsc.wire);
	}
	if (rc == EX_OK) {
		event_base_loop(c.base, EVLOOP_NONBLOCK); /* what was answered last still leaves */
		write_books(&c);
	}
	carrier_close(&c);
	return rc;
}
