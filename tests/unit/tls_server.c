#include "tls_server.h"

#include <arpa/inet.h>
#include <assert.h>
#include <dirent.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- keys and certificates */

static char dir[32];
static long serial;

const char *
pki_path(const char *name)
{
	static char path[4][320];
	static unsigned turn;
	char *out = path[turn++ % 4];

	snprintf(out, sizeof(*path), "%s/%s", dir, name);
	return out;
}

static void
save(const char *name, X509 *cert, X509 *also, EVP_PKEY *key)
{
	char file[64];
	FILE *f;

	snprintf(file, sizeof(file), "%s.pem", name);
	assert((f = fopen(pki_path(file), "w")) != NULL);
	PEM_write_X509(f, cert);
	if (also != NULL)
		PEM_write_X509(f, also);
	fclose(f);
	snprintf(file, sizeof(file), "%s.key", name);
	assert((f = fopen(pki_path(file), "w")) != NULL);
	PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL);
	fclose(f);
}

struct authority {
	X509 *cert;
	EVP_PKEY *key;
};

static void
extend(X509 *cert, int nid, const char *value)
{
	X509_EXTENSION *x = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	assert(x != NULL);
	X509_add_ext(cert, x, -1);
	X509_EXTENSION_free(x);
}

/* names NULL: an authority. by NULL: signs itself. */
static struct authority
issue(const char *name, const char *names, const struct authority *by, long from_s, long until_s)
{
	struct authority a = {X509_new(), EVP_EC_gen("P-256")};
	X509_NAME *subject = X509_get_subject_name(a.cert);

	X509_set_version(a.cert, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(a.cert), ++serial);
	X509_gmtime_adj(X509_getm_notBefore(a.cert), from_s);
	X509_gmtime_adj(X509_getm_notAfter(a.cert), until_s);
	X509_NAME_add_entry_by_txt(
	    subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0);
	X509_set_issuer_name(a.cert, by != NULL ? X509_get_subject_name(by->cert) : subject);
	X509_set_pubkey(a.cert, a.key);
	extend(a.cert, NID_basic_constraints, names == NULL ? "critical,CA:TRUE" : "CA:FALSE");
	if (names != NULL)
		extend(a.cert, NID_subject_alt_name, names);
	assert(X509_sign(a.cert, by != NULL ? by->key : a.key, EVP_sha256()) > 0);
	return a;
}

static void
issue_file(
    const char *name, const char *names, const struct authority *by, long from_s, long until_s)
{
	struct authority a = issue(name, names, by, from_s, until_s);

	save(name, a.cert, NULL, a.key);
	X509_free(a.cert);
	EVP_PKEY_free(a.key);
}

void
pki_make(void)
{
	enum { DAY = 86400 };
	const char *here = "DNS:localhost,DNS:*.carrier.example,IP:127.0.0.1";

	strcpy(dir, "/tmp/t_stream.XXXXXX");
	assert(mkdtemp(dir) != NULL);
	struct authority ca = issue("ca", NULL, NULL, -DAY, DAY);
	save("ca", ca.cert, NULL, ca.key);
	issue_file("other-ca", NULL, NULL, -DAY, DAY);
	issue_file("good", here, &ca, -DAY, DAY);
	issue_file("expired", here, &ca, -2 * DAY, -DAY);
	issue_file("early", here, &ca, DAY, 2 * DAY);
	issue_file("name", "DNS:smpp.elsewhere.example", &ca, -DAY, DAY);
	issue_file("self", here, NULL, -DAY, DAY);
	issue_file("client", "DNS:campaignd.example", &ca, -DAY, DAY);
	X509_free(ca.cert);
	EVP_PKEY_free(ca.key);
}

void
pki_remove(void)
{
	DIR *d = opendir(dir);
	struct dirent *e;

	while (d != NULL && (e = readdir(d)) != NULL)
		unlink(pki_path(e->d_name));
	if (d != NULL)
		closedir(d);
	rmdir(dir);
}

/* ---- the server */

struct server {
	struct server_conf conf;
	int listener, fd;
	SSL *ssl;
	pthread_t thread;
	char port[8], last[64];
	bool goodbye;
	sem_t go;
};

static int
listen_at(const char *address, const char *want_port, bool small, char *port, size_t size)
{
	struct sockaddr_in a = {.sin_family = AF_INET};
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int little = 4096;

	inet_pton(AF_INET, address != NULL ? address : "127.0.0.1", &a.sin_addr);
	a.sin_port = htons(want_port != NULL ? (uint16_t)atoi(want_port) : 0);
	if (small)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &little, sizeof(little));
	assert(fd >= 0 && bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0 && listen(fd, 4) == 0);
	getsockname(fd, (struct sockaddr *)&a, &len);
	snprintf(port, size, "%d", ntohs(a.sin_port));
	return fd;
}

void
server_closed_port(char *out, size_t size)
{
	close(listen_at(NULL, NULL, false, out, size));
}

static int
take(struct server *s, char *p, int size)
{
	int n = s->ssl != NULL ? SSL_read(s->ssl, p, size) : (int)read(s->fd, p, (size_t)size);

	if (n > 0)
		snprintf(s->last, sizeof(s->last), "%.*s", n, p);
	else if (s->ssl != NULL)
		s->goodbye = SSL_get_error(s->ssl, n) == SSL_ERROR_ZERO_RETURN;
	else
		s->goodbye = n == 0;
	return n;
}

static void
give(struct server *s, const char *p, int n)
{
	for (int put; n > 0; p += put, n -= put) {
		put = s->ssl != NULL ? SSL_write(s->ssl, p, n)
				     : (int)send(s->fd, p, (size_t)n, MSG_NOSIGNAL);
		if (put <= 0)
			return;
	}
}

static void
echo(struct server *s)
{
	static const int size = 50000;
	char *p = malloc((size_t)size);

	for (int n; (n = take(s, p, size)) > 0;)
		give(s, p, n);
	free(p);
}

static void
flood(struct server *s)
{
	char *p = malloc(SERVER_FLOOD_SIZE);

	for (int i = 0; i < SERVER_FLOOD_SIZE; i++)
		p[i] = (char)(i % 251);
	give(s, p, SERVER_FLOOD_SIZE);
	while (take(s, p, 1000) > 0)
		continue;
	free(p);
}

static void
cork(int fd, int on)
{
	setsockopt(fd, IPPROTO_TCP, TCP_CORK, &on, sizeof(on));
}

static void
sink(struct server *s)
{
	static char p[100000];

	for (int n, sum = 0; sum < SERVER_SINK_SIZE; sum += n)
		if ((n = take(s, p, sizeof(p))) <= 0)
			return;
	give(s, "done", 4);
	take(s, p, sizeof(p));
}

static void
reset_on_close(int fd)
{
	struct linger now = {.l_onoff = 1};

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

static void
talk(struct server *s)
{
	char byte[100];

	switch (s->conf.mode) {
	case SERVER_ANSWER_CUT:
		take(s, byte, sizeof(byte));
		give(s, "last words", 10);
		poll(NULL, 0, 50); /* let them arrive: a reset overtakes what is under way */
		reset_on_close(s->fd);
		return;
	case SERVER_CUT:
		give(s, "last words", 10);
		return;
	case SERVER_FLOOD:
		flood(s);
		return;
	case SERVER_GREETS:
		give(s, "220 hello\r\n", 11);
		cork(s->fd, 0);
		echo(s);
		return;
	case SERVER_PIECES:
		for (int i = 0; i < 300; i++)
			give(s, "p", 1);
		echo(s);
		return;
	case SERVER_SINK:
		sem_wait(&s->go);
		sink(s);
		return;
	case SERVER_SLOW:
		poll(NULL, 0, 200);
		echo(s);
		return;
	case SERVER_SILENT:
		/* Until the client gives up. */
		while (read(s->fd, byte, sizeof(byte)) > 0)
			continue;
		return;
	case SERVER_ECHO:
		echo(s);
		return;
	}
}

static SSL_CTX *
context(const struct server_conf *c)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	char file[64];

	snprintf(file, sizeof(file), "%s.pem", c->cert != NULL ? c->cert : "good");
	assert(SSL_CTX_use_certificate_chain_file(ctx, pki_path(file)) == 1);
	snprintf(file, sizeof(file), "%s.key", c->cert != NULL ? c->cert : "good");
	assert(SSL_CTX_use_PrivateKey_file(ctx, pki_path(file), SSL_FILETYPE_PEM) == 1);
	if (c->version != NULL)
		SSL_CTX_set_max_proto_version(ctx, TLS1_2_VERSION);
	if (c->want_client) {
		SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
		assert(SSL_CTX_load_verify_file(ctx, pki_path("ca.pem")) == 1);
	}
	return ctx;
}

static void *
serve(void *arg)
{
	struct server *s = arg;
	SSL_CTX *ctx = s->conf.plain || s->conf.mode == SERVER_SILENT ? NULL : context(&s->conf);

	s->fd = accept(s->listener, NULL, NULL);
	if (s->fd >= 0 && ctx != NULL) {
		s->ssl = SSL_new(ctx);
		SSL_set_fd(s->ssl, s->fd);
		cork(s->fd, s->conf.cork);
	}
	if (s->fd >= 0 && (s->ssl == NULL || SSL_accept(s->ssl) == 1))
		talk(s);
	SSL_free(s->ssl);
	SSL_CTX_free(ctx);
	if (s->fd >= 0)
		close(s->fd);
	return NULL;
}

struct server *
server_start(const struct server_conf *c)
{
	struct server *s = calloc(1, sizeof(*s));

	s->conf = *c;
	sem_init(&s->go, 0, 0);
	s->listener = listen_at(c->address, c->port, c->small, s->port, sizeof(s->port));
	assert(pthread_create(&s->thread, NULL, serve, s) == 0);
	return s;
}

const char *
server_port(const struct server *s)
{
	return s->port;
}

void
server_go(struct server *s)
{
	sem_post(&s->go);
}

bool
server_stop(struct server *s, char *last)
{
	server_go(s);
	shutdown(s->listener, SHUT_RDWR); /* it may never have been called */
	pthread_join(s->thread, NULL);
	if (last != NULL)
		strcpy(last, s->last);
	close(s->listener);
	bool goodbye = s->goodbye;
	sem_destroy(&s->go);
	free(s);
	return goodbye;
}
