#include "net/resolve.h"

#include <event2/dns.h>
#include <event2/event.h>
#include <event2/util.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * Each look-up has an evdns_base of its own: it reads resolv.conf and hosts afresh, and between
 * look-ups nothing is open. However it ends, by an answer, in time or by the owner, libevent's
 * callback comes once, and the rest happens at the end of that turn: libevent does not like its
 * base freed from inside.
 */
struct resolve {
	struct loop *loop;
	struct evdns_base *dns;
	struct evdns_getaddrinfo_request *request; /* NULL when there is nothing to cancel */
	struct loop_timer *timeout_timer;
	resolve_cb cb; /* NULL: cancelled */
	void *arg;
	struct resolve_answer answer;
	int best[RESOLVE_MAX]; /* rank of each answer */
	struct err err;        /* ERR_NONE: the answer counts */
	char host[256];
	int64_t timeout_ms;
};

static const char *fake_resolv_conf, *fake_hosts;

void
resolve_fake_files(const char *resolv_conf, const char *hosts)
{
	fake_resolv_conf = resolv_conf;
	fake_hosts = hosts;
}

static void
release(struct resolve *r)
{
	if (r->dns != NULL)
		evdns_base_free(r->dns, 0);
	loop_timer_free(r->timeout_timer);
	free(r);
}

static void
finish(void *arg)
{
	struct resolve *r = arg;

	if (r->cb != NULL)
		r->cb(&r->answer, r->err.kind == ERR_NONE ? NULL : &r->err, r->arg);
	release(r);
}

/* A datagram socket finds the route without sending anything. */
static bool
has_route(const struct addrinfo *a)
{
	int fd = socket(a->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool yes = fd >= 0 && connect(fd, a->ai_addr, a->ai_addrlen) == 0;

	if (fd >= 0)
		close(fd);
	return yes;
}

static int
rank(const struct addrinfo *a)
{
	if (!has_route(a))
		return 2;
	return a->ai_family == AF_INET6 ? 0 : 1;
}

/* Sorted in, stable: name servers turn their answers round to spread the load. */
static void
take_address(struct resolve *r, const struct addrinfo *a)
{
	struct resolve_answer *all = &r->answer;
	char text[sizeof(*all->address)];
	unsigned at = all->n;
	int best = rank(a);

	if (getnameinfo(a->ai_addr, a->ai_addrlen, text, sizeof(text), NULL, 0, NI_NUMERICHOST) !=
	    0)
		return;
	for (unsigned i = 0; i < all->n; i++)
		if (strcmp(all->address[i], text) == 0)
			return;
	if (all->n == RESOLVE_MAX)
		return;
	for (; at > 0 && r->best[at - 1] > best; at--) {
		memcpy(all->address[at], all->address[at - 1], sizeof(text));
		r->best[at] = r->best[at - 1];
	}
	memcpy(all->address[at], text, sizeof(text));
	r->best[at] = best;
	all->n++;
}

static void
answered(int result, struct evutil_addrinfo *list, void *arg)
{
	struct resolve *r = arg;

	r->request = NULL;
	loop_timer_stop(r->timeout_timer);
	if (result == 0)
		for (const struct addrinfo *a = list; a != NULL; a = a->ai_next)
			take_address(r, a);
	if (list != NULL)
		evutil_freeaddrinfo(list);
	if (r->answer.n == 0 && r->err.kind == ERR_NONE)
		err_set(&r->err, ERR_RESOLVE, result, "no address for %s: %s", r->host,
		    result != 0 ? evutil_gai_strerror(result) : "the name has none");
	loop_later(r->loop, finish, r);
}

static void
cancel_request(struct resolve *r)
{
	struct evdns_getaddrinfo_request *request = r->request;

	r->request = NULL;
	if (request != NULL)
		evdns_getaddrinfo_cancel(request);
}

static void
timed_out(void *arg)
{
	struct resolve *r = arg;

	err_set(&r->err, ERR_RESOLVE, EVUTIL_EAI_AGAIN,
	    "no address for %s: the name servers did not answer within %lld ms", r->host,
	    (long long)r->timeout_ms);
	cancel_request(r);
}

/* A missing resolv.conf is tolerated: numbers and the hosts file need no name server. */
static struct evdns_base *
dns_new(struct loop *loop)
{
	struct evdns_base *dns = evdns_base_new(loop_base(loop), EVDNS_BASE_DISABLE_WHEN_INACTIVE);
	int what = DNS_OPTIONS_ALL & ~(fake_hosts != NULL ? DNS_OPTION_HOSTSFILE : 0);

	if (dns == NULL)
		return NULL;
	/* Name servers that answer in lower case would never be believed. */
	evdns_base_set_option(dns, "randomize-case", "0");
	if (fake_hosts != NULL)
		evdns_base_load_hosts(dns, fake_hosts);
	evdns_base_resolv_conf_parse(
	    dns, what, fake_resolv_conf != NULL ? fake_resolv_conf : "/etc/resolv.conf");
	return dns;
}

struct resolve *
resolve_start(struct loop *loop, const char *host, int64_t timeout_ms, resolve_cb cb, void *arg)
{
	/* The port is any: routes are looked up with it. */
	static const struct evutil_addrinfo hints = {
	    .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_protocol = IPPROTO_TCP};
	struct resolve *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->loop = loop;
	r->cb = cb;
	r->arg = arg;
	r->timeout_ms = timeout_ms;
	snprintf(r->host, sizeof(r->host), "%s", host);
	if ((r->timeout_timer = loop_timer_new(loop, timed_out, r)) == NULL ||
	    (r->dns = dns_new(loop)) == NULL) {
		release(r);
		return NULL;
	}
	loop_timer_set(r->timeout_timer, timeout_ms);
	r->request = evdns_getaddrinfo(r->dns, host, "9", &hints, answered, r);
	return r;
}

void
resolve_cancel(struct resolve *r)
{
	if (r == NULL)
		return;
	r->cb = NULL;
	cancel_request(r);
}
