/*
 * What a stream is made of, for its two files and for nobody else: stream_open.c (up to
 * STREAM_OPEN) and stream.c (bytes, and the end).
 */
#ifndef NET_STREAM_IMPL_H
#define NET_STREAM_IMPL_H

#include "base/clock.h"
#include "net/resolve.h"
#include "net/stream.h"
#include "net/tls.h"

enum stream_state {
	STREAM_IS_RESOLVING,
	STREAM_IS_CONNECTING,
	STREAM_IS_HANDSHAKING,
	STREAM_IS_OPEN,
	STREAM_IS_ENDED,  /* STREAM_CLOSED was called back; what came before may still be read */
	STREAM_IS_CLOSED, /* by its owner; freed at the end of the turn */
};

struct stream {
	struct loop *loop;
	struct loop_io *io;
	struct loop_timer *connect_timer;
	struct resolve *resolving;
	struct stream_tls *settings; /* NULL: plain */
	struct tls *tls;
	stream_cb cb;
	void *arg;
	char *host, *port, *server_name;
	enum stream_state state;
	int fd;
	mono_t deadline; /* of everything up to STREAM_OPEN */
	int64_t timeout_ms;
	struct resolve_answer answer;
	unsigned next_address;
	struct buf in, out;
	size_t in_at; /* of in, this much was drained */
	bool paused;
	bool blocked;             /* the socket takes no more for now */
	bool flush_due, read_due; /* at the end of the turn */
	char peer[64];
};

/* stream_open.c */
int stream_open_start(struct stream *); /* -1 without memory */
void stream_open_on(struct stream *); /* connecting or in the handshake, and the socket is ready */

/* stream.c */
void stream_ready(int what, void *stream);
void stream_opened(struct stream *);
void stream_close_socket(struct stream *);
/* The last thing that a caller does: the owner may close the stream in its callback. */
void stream_end(struct stream *, const struct err *);

#endif
