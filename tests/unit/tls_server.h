/*
 * A server on loopback in a thread of its own, for t_stream: written with OpenSSL directly and with
 * blocking calls, so that it shares no code and no mistakes with what is tested.
 */
#ifndef TESTS_UNIT_TLS_SERVER_H
#define TESTS_UNIT_TLS_SERVER_H

#include <stdbool.h>
#include <stddef.h>

enum server_mode {
	SERVER_ECHO,       /* sends back what comes, until the client closes */
	SERVER_CUT,        /* sends "last words" and closes the socket without close_notify */
	SERVER_ANSWER_CUT, /* waits for one read, then as SERVER_CUT with a reset */
	SERVER_FLOOD,      /* sends SERVER_FLOOD_SIZE bytes, then waits for the client to close */
	SERVER_SINK,       /* after server_go() reads SERVER_SINK_SIZE bytes, then "done" */
	SERVER_SLOW,       /* reads nothing for 200 ms, then as SERVER_ECHO */
	SERVER_SILENT,     /* accepts and says nothing */
	SERVER_GREETS,     /* plain text: "220 hello" */
	SERVER_PIECES,     /* sends 300 records of one byte each, then as SERVER_ECHO */
};

struct server_conf {
	enum server_mode mode;
	bool plain;          /* no TLS */
	const char *cert;    /* of pki_dir: "good", "expired", "name" ... */
	const char *version; /* the highest it speaks: "1.2", NULL = any */
	bool cork;           /* what ends the handshake and what follows travel together */
	bool small;          /* takes little before it reads */
	bool want_client;    /* a certificate of the client's */
	const char *address; /* NULL = 127.0.0.1 */
	const char *port;    /* NULL = any */
};

struct server;

struct server *server_start(const struct server_conf *);
void server_go(struct server *);
const char *server_port(const struct server *);
/*
 * Waits for the thread; what was read from the client last comes back (at most 63 bytes, with a
 * NUL). True when the client took its leave: by close_notify, or by an orderly end without TLS.
 */
bool server_stop(struct server *, char *last);
/* The latter is more than a kernel buffers. */
enum { SERVER_FLOOD_SIZE = 3000000, SERVER_SINK_SIZE = 12000000 };
/* A port that nobody listens on. */
void server_closed_port(char *out, size_t size);

/* Makes keys and certificates in a new directory; pki_path("ca.pem") names a file in it. */
void pki_make(void);
void pki_remove(void);
const char *pki_path(const char *name);

#endif
