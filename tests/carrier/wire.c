#include "wire.h"
#include "grow.h"

#include <event2/buffer.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>

struct wire {
	struct event_base *base;
	struct evconnlistener *listener[2]; /* plain, TLS */
	SSL_CTX *tls;
	struct wire_user user;
	LIST_HEAD(, conn) all;
	struct conn *dirty, **dirty_tail, *dead;
	bool paused;
};

static int
tls_error(struct err *err, const char *what)
{
	unsigned long code = ERR_get_error();
	char text[200];

	ERR_error_string_n(code, text, sizeof(text));
	ERR_clear_error();
	return err_set(err, ERR_TLS, (long)code, "%s: %s", what, text);
}

static int
tls_version(const char *word)
{
	static const struct {
		const char *word;
		int version;
	} versions[] = {{"1.0", TLS1_VERSION}, {"1.1", TLS1_1_VERSION}, {"1.2", TLS1_2_VERSION},
	    {"1.3", TLS1_3_VERSION}};

	for (unsigned i = 0; i < sizeof(versions) / sizeof(versions[0]); i++)
		if (strcmp(versions[i].word, word) == 0)
			return versions[i].version;
	return -1;
}

/* An old version on purpose: Debian's default security level would refuse it. */
static int
tls_limit(SSL_CTX *ctx, const char *max, struct err *err)
{
	int version = tls_version(max);

	if (version == -1)
		return err_set(err, ERR_CONFIG, 0, "--tls-max wants 1.0, 1.1, 1.2 or 1.3");
	SSL_CTX_set_min_proto_version(ctx, TLS1_VERSION);
	SSL_CTX_set_max_proto_version(ctx, version);
	if (version < TLS1_2_VERSION && SSL_CTX_set_cipher_list(ctx, "ALL:@SECLEVEL=0") != 1)
		return tls_error(err, "ciphers");
	return 0;
}

static int
tls_setup(SSL_CTX *ctx, const struct wire_conf *conf, struct err *err)
{
	if (SSL_CTX_use_certificate_chain_file(ctx, conf->cert) != 1)
		return tls_error(err, conf->cert);
	if (SSL_CTX_use_PrivateKey_file(ctx, conf->key, SSL_FILETYPE_PEM) != 1)
		return tls_error(err, conf->key);
	if (conf->client_ca != NULL) {
		if (SSL_CTX_load_verify_locations(ctx, conf->client_ca, NULL) != 1)
			return tls_error(err, conf->client_ca);
		SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	}
	return conf->tls_max != NULL ? tls_limit(ctx, conf->tls_max, err) : 0;
}

struct buf *
conn_out(struct conn *c)
{
	if (!c->dirty) {
		c->dirty = true;
		c->next_dirty = NULL;
		*c->wire->dirty_tail = c;
		c->wire->dirty_tail = &c->next_dirty;
	}
	return &c->out;
}

const char *
conn_security(const struct conn *c)
{
	return c->tls ? SSL_get_version(bufferevent_openssl_get_ssl(c->bev)) : "plain";
}

static void
conn_dead(struct conn *c, const char *why)
{
	if (c->dead)
		return;
	c->dead = true;
	c->next_dead = c->wire->dead;
	c->wire->dead = c;
	if (!c->closing)
		c->wire->user.closed(c, why, c->wire->user.arg);
	c->closing = true;
}

void
conn_close(struct conn *c, enum wire_close how, const char *why)
{
	if (how == WIRE_NOW) {
		conn_dead(c, why);
		return;
	}
	if (c->closing)
		return;
	c->closing = true;
	bufferevent_disable(c->bev, EV_READ);
	conn_out(c); /* wire_turn() looks at it even when nothing is left to send */
	c->wire->user.closed(c, why, c->wire->user.arg);
}

static bool
conn_sent_all(const struct conn *c)
{
	return c->out.len == 0 && evbuffer_get_length(bufferevent_get_output(c->bev)) == 0;
}

static void
conn_flush(struct conn *c)
{
	c->dirty = false;
	if (c->dead)
		return;
	if (c->out.len > 0)
		bufferevent_write(c->bev, c->out.data, c->out.len);
	buf_reset(&c->out);
	if (c->closing && conn_sent_all(c))
		conn_dead(c, "");
}

static void
conn_free(struct conn *c)
{
	c->wire->user.gone(c, c->wire->user.arg);
	LIST_REMOVE(c, all);
	bufferevent_free(c->bev);
	buf_clear(&c->in);
	buf_clear(&c->out);
	free(c);
}

void
wire_turn(struct wire *w)
{
	while (w->dirty != NULL) {
		struct conn *c = w->dirty;
		w->dirty = c->next_dirty;
		if (w->dirty == NULL)
			w->dirty_tail = &w->dirty;
		conn_flush(c);
	}
	while (w->dead != NULL) {
		struct conn *c = w->dead;
		w->dead = c->next_dead;
		conn_free(c);
	}
}

/*
 * libevent reads 4 kB of plain TCP at a time. Taking all there is shows a window that is too wide,
 * which otherwise would look like several smaller ones, each answered before the next.
 */
static void
read_rest(struct conn *c)
{
	uint8_t more[65536];
	ssize_t n;

	if (c->tls)
		return;
	n = recv(bufferevent_getfd(c->bev), more, sizeof(more), MSG_DONTWAIT);
	if (n > 0)
		buf_put(&c->in, more, (size_t)n);
}

static void
read_cb(struct bufferevent *bev, void *arg)
{
	struct conn *c = arg;
	struct evbuffer *input = bufferevent_get_input(bev);
	struct evbuffer_iovec piece;

	/* The pieces are as they came; one copy makes them a stream that can be cut. */
	while (evbuffer_peek(input, -1, NULL, &piece, 1) > 0 && piece.iov_len > 0) {
		buf_put(&c->in, piece.iov_base, piece.iov_len);
		evbuffer_drain(input, piece.iov_len);
	}
	read_rest(c);
	if (!c->closing)
		c->wire->user.data(c, mono_now(), c->wire->user.arg);
}

static void
write_cb(struct bufferevent *bev, void *arg)
{
	struct conn *c = arg;

	(void)bev;
	if (c->closing && conn_sent_all(c))
		conn_dead(c, "");
}

static void
event_cb(struct bufferevent *bev, short what, void *arg)
{
	struct conn *c = arg;

	(void)bev;
	if (what & BEV_EVENT_CONNECTED)
		c->wire->user.opened(c, c->wire->user.arg);
	if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR | BEV_EVENT_TIMEOUT))
		conn_dead(c, what & BEV_EVENT_EOF ? "peer closed" : "connection failed");
	ERR_clear_error();
}

static struct bufferevent *
conn_bufferevent(struct wire *w, int fd, bool tls)
{
	if (!tls)
		return bufferevent_socket_new(w->base, fd, BEV_OPT_CLOSE_ON_FREE);
	SSL *ssl = SSL_new(w->tls);
	if (ssl == NULL)
		return NULL;
	struct bufferevent *bev = bufferevent_openssl_socket_new(
	    w->base, fd, ssl, BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE);
	if (bev == NULL)
		SSL_free(ssl);
	else
		bufferevent_openssl_set_allow_dirty_shutdown(bev, 1);
	return bev;
}

static void
accepted(struct wire *w, int fd, bool tls)
{
	struct bufferevent *bev = conn_bufferevent(w, fd, tls);
	int one = 1;

	if (bev == NULL) {
		evutil_closesocket(fd);
		return;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	struct conn *c = grow_new(sizeof(*c));
	*c = (struct conn){.wire = w, .bev = bev, .tls = tls};
	buf_init(&c->in);
	buf_init(&c->out);
	LIST_INSERT_HEAD(&w->all, c, all);
	bufferevent_setcb(bev, read_cb, write_cb, event_cb, c);
	bufferevent_enable(bev, EV_READ | EV_WRITE);
	if (!tls)
		w->user.opened(c, w->user.arg);
}

static void
accept_plain_cb(
    struct evconnlistener *l, evutil_socket_t fd, struct sockaddr *from, int len, void *arg)
{
	(void)l, (void)from, (void)len;
	accepted(arg, fd, false);
}

static void
accept_tls_cb(
    struct evconnlistener *l, evutil_socket_t fd, struct sockaddr *from, int len, void *arg)
{
	(void)l, (void)from, (void)len;
	accepted(arg, fd, true);
}

static int
listen_on(struct wire *w, const char *address, int port, bool tls, struct err *err)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};

	if (inet_pton(AF_INET, address, &at.sin_addr) != 1)
		return err_set(err, ERR_CONFIG, 0, "%s is no IPv4 address", address);
	w->listener[tls] = evconnlistener_new_bind(w->base, tls ? accept_tls_cb : accept_plain_cb,
	    w, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE, 64,
	    (struct sockaddr *)&at, sizeof(at));
	if (w->listener[tls] == NULL)
		return err_set(err, ERR_SYSTEM, errno, "%s:%d: %s", address, port, strerror(errno));
	return 0;
}

static int
wire_listen(struct wire *w, const struct wire_conf *conf, struct err *err)
{
	if (conf->port >= 0 && listen_on(w, conf->address, conf->port, false, err) == -1)
		return -1;
	if (conf->tls_port < 0)
		return 0;
	w->tls = SSL_CTX_new(TLS_server_method());
	if (w->tls == NULL || tls_setup(w->tls, conf, err) == -1)
		return -1;
	return listen_on(w, conf->address, conf->tls_port, true, err);
}

struct wire *
wire_new(struct event_base *base, const struct wire_conf *conf, const struct wire_user *user,
    struct err *err)
{
	struct wire *w = grow_new(sizeof(*w));

	*w = (struct wire){.base = base, .user = *user};
	w->dirty_tail = &w->dirty;
	if (wire_listen(w, conf, err) == -1) {
		wire_free(w);
		return NULL;
	}
	return w;
}

void
wire_free(struct wire *w)
{
	for (int i = 0; i < 2; i++)
		if (w->listener[i] != NULL)
			evconnlistener_free(w->listener[i]);
	wire_close_all(w, WIRE_NOW, "the carrier ends");
	wire_turn(w);
	SSL_CTX_free(w->tls);
	free(w);
}

int
wire_port(const struct wire *w, bool tls)
{
	struct sockaddr_in at;
	socklen_t len = sizeof(at);

	if (w->listener[tls] == NULL || getsockname(evconnlistener_get_fd(w->listener[tls]),
					    (struct sockaddr *)&at, &len) == -1)
		return -1;
	return ntohs(at.sin_port);
}

void
wire_each(struct wire *w, void (*cb)(struct conn *, void *), void *arg)
{
	struct conn *next;

	for (struct conn *c = LIST_FIRST(&w->all); c != NULL; c = next) {
		next = LIST_NEXT(c, all);
		if (!c->closing)
			cb(c, arg);
	}
}

void
wire_close_all(struct wire *w, enum wire_close how, const char *why)
{
	struct conn *next;

	for (struct conn *c = LIST_FIRST(&w->all); c != NULL; c = next) {
		next = LIST_NEXT(c, all);
		conn_close(c, how, why);
	}
}

static void
pause_conn(struct conn *c, void *arg)
{
	if (*(bool *)arg)
		bufferevent_disable(c->bev, EV_READ);
	else
		bufferevent_enable(c->bev, EV_READ);
}

void
wire_pause(struct wire *w, bool paused)
{
	for (int i = 0; i < 2; i++) {
		if (w->listener[i] == NULL)
			continue;
		if (paused)
			evconnlistener_disable(w->listener[i]);
		else
			evconnlistener_enable(w->listener[i]);
	}
	wire_each(w, pause_conn, &paused);
}
