/*
 * TLS on a connected, non-blocking socket: the client's side, for net/stream alone. Everything of
 * OpenSSL stays in net/tls.c: its error queue is empty before and after each call.
 */
#ifndef NET_TLS_H
#define NET_TLS_H

#include "net/stream.h"

enum wire_result {
	WIRE_DONE,
	WIRE_WANT_READ,
	WIRE_WANT_WRITE,
	WIRE_ENDED, /* err says why */
};

struct tls; /* one connection's */

/* server_name is a host name or a numeric address. NULL with err. The socket stays the caller's. */
struct tls *tls_new(struct stream_tls *, int fd, const char *server_name, struct err *);
void tls_free(struct tls *); /* NULL is fine */
enum wire_result tls_handshake(struct tls *, struct err *);
enum wire_result tls_read(struct tls *, void *, size_t size, size_t *n, struct err *);
enum wire_result tls_write(struct tls *, const void *, size_t size, size_t *n, struct err *);
void tls_shutdown(struct tls *); /* says goodbye, if that can be said at once */
const char *tls_version(const struct tls *);

#endif
