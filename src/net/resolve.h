/*
 * Host names to addresses without blocking. Numeric hosts answer too. Also used for PostgreSQL,
 * because libpq's own look-up blocks (architecture.md 1).
 */
#ifndef NET_RESOLVE_H
#define NET_RESOLVE_H

#include "net/loop.h"

struct resolve; /* one look-up */
enum { RESOLVE_MAX = 8 };

struct resolve_answer {
	unsigned n;
	/* Numeric; what this machine has a route to first, and of that IPv6: RFC 6724, boiled down
	 */
	char address[RESOLVE_MAX][46];
};

/*
 * err is NULL on success. The look-up frees itself after the callback, which comes within
 * timeout_ms and never inside resolve_start(). NULL only without memory. The files are read again
 * each time: a change of name servers needs no restart.
 */
typedef void (*resolve_cb)(const struct resolve_answer *, const struct err *, void *arg);
struct resolve *resolve_start(
    struct loop *, const char *host, int64_t timeout_ms, resolve_cb, void *arg);
void resolve_cancel(struct resolve *); /* NULL is fine; no callback after this */

/* Tests only: read these files instead of /etc/resolv.conf and /etc/hosts; NULL, NULL ends that. */
void resolve_fake_files(const char *resolv_conf, const char *hosts);

#endif
