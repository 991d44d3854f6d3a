/*
 * A client connection over TCP, plain or TLS, with the peer verified: chain, host name, minimum
 * version.
 *
 * Owner-driven: the owner frees it with stream_close(), from inside a callback too. After
 * STREAM_CLOSED nothing more is called back, but what came before can still be read. Writes are
 * collected and leave once per turn as few records as possible (performance.md 2: cost is per
 * wake-up, not per message).
 */
#ifndef NET_STREAM_H
#define NET_STREAM_H

#include "base/buf.h"
#include "net/loop.h"

struct stream_tls; /* settings: one SSL_CTX, shared by the binds of a carrier */

struct stream_tls_conf {
	const char *ca_file; /* "" = the system's store */
	bool verify;
	const char *min_version;          /* "1.2" or "1.3" */
	const char *cert_file, *key_file; /* "" = none; key "" = in cert_file */
};

/* NULL with err (which names the file) when a file cannot be read. */
struct stream_tls *stream_tls_new(const struct stream_tls_conf *, struct err *);
struct stream_tls *stream_tls_ref(struct stream_tls *);
void stream_tls_unref(struct stream_tls *); /* NULL is fine */

enum stream_event {
	STREAM_OPEN,   /* connected, and over TLS the peer is verified */
	STREAM_DATA,   /* stream_input() has more */
	STREAM_CLOSED, /* err says why: refused, TLS, peer closed */
};

struct stream;

typedef void (*stream_cb)(struct stream *, enum stream_event, const struct err *, void *arg);

/*
 * Resolves host, tries its addresses in turn and connects, all within timeout_ms. tls NULL = plain.
 * server_name is what the certificate must name and what SNI says. NULL only without memory;
 * everything else comes as STREAM_CLOSED.
 */
struct stream *stream_connect(struct loop *, const char *host, const char *port,
    struct stream_tls *tls, const char *server_name, int64_t timeout_ms, stream_cb, void *arg);
void stream_close(struct stream *); /* NULL is fine; flushes what the socket takes at once */

/* What has come and was not drained: contiguous. Valid until drained or the next callback. */
const uint8_t *stream_input(struct stream *, size_t *len);
void stream_drain(struct stream *, size_t n);
/* Stops or resumes reading (back-pressure: the database is behind). */
void stream_pause(struct stream *, bool paused);
/* Copies; -1 when the stream is closed or memory is out. */
int stream_write(struct stream *, const void *, size_t);
size_t stream_unsent(const struct stream *);
const char *stream_peer(const struct stream *);     /* "192.0.2.1:2776", "" before it is known */
const char *stream_security(const struct stream *); /* "TLSv1.3", "plain" */

#endif
