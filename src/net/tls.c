#include "net/tls.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

struct stream_tls {
	SSL_CTX *ctx;
	unsigned refs;
	bool verify;
};

struct tls {
	SSL *ssl;
	char *server_name;
	bool failed; /* after a failure OpenSSL wants no further call */
};

/* ---- settings */

static const char *
openssl_reason(void)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());

	return reason != NULL ? reason : "unknown error";
}

static int
fail(struct err *err, const char *what, const char *file)
{
	long code = (long)ERR_peek_last_error();

	return err_set(err, ERR_TLS, code, "%s%s%s: %s", what, *file != '\0' ? " " : "", file,
	    openssl_reason());
}

/* Without this OpenSSL would ask on the terminal. */
static int
no_passphrase(char *out, int size, int writing, void *arg)
{
	(void)out;
	(void)size;
	(void)writing;
	(void)arg;
	return 0;
}

static int
set_version(SSL_CTX *ctx, const char *min, struct err *err)
{
	int version = strcmp(min, "1.2") == 0   ? TLS1_2_VERSION
		      : strcmp(min, "1.3") == 0 ? TLS1_3_VERSION
						: 0;

	if (version == 0)
		return err_set(
		    err, ERR_TLS, 0, "TLS version \"%s\" is neither \"1.2\" nor \"1.3\"", min);
	if (SSL_CTX_set_min_proto_version(ctx, version) != 1)
		return fail(err, "cannot set the TLS version", min);
	return 0;
}

static int
set_trust(SSL_CTX *ctx, const struct stream_tls_conf *c, struct err *err)
{
	if (!c->verify) {
		SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
		return 0;
	}
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	if (c->ca_file[0] == '\0') {
		if (SSL_CTX_set_default_verify_paths(ctx) != 1)
			return fail(err, "cannot use the system's certificates", "");
	} else if (SSL_CTX_load_verify_file(ctx, c->ca_file) != 1) {
		return fail(err, "cannot read the certificates in", c->ca_file);
	}
	return 0;
}

static int
set_identity(SSL_CTX *ctx, const struct stream_tls_conf *c, struct err *err)
{
	const char *key_file = c->key_file[0] != '\0' ? c->key_file : c->cert_file;

	if (c->cert_file[0] == '\0')
		return 0;
	if (SSL_CTX_use_certificate_chain_file(ctx, c->cert_file) != 1)
		return fail(err, "cannot read the certificate in", c->cert_file);
	if (SSL_CTX_use_PrivateKey_file(ctx, key_file, SSL_FILETYPE_PEM) != 1)
		return fail(err, "cannot use the private key in", key_file);
	return 0;
}

static int
configure(SSL_CTX *ctx, const struct stream_tls_conf *c, struct err *err)
{
	/* PDUs say how long they are: an end without close_notify cuts nothing off unseen. */
	SSL_CTX_set_options(ctx, SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_NO_RENEGOTIATION);
	SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_read_ahead(ctx, 1); /* header and body of a record in one system call */
	SSL_CTX_set_default_passwd_cb(ctx, no_passphrase);
	if (set_version(ctx, c->min_version, err) < 0 || set_trust(ctx, c, err) < 0)
		return -1;
	return set_identity(ctx, c, err);
}

struct stream_tls *
stream_tls_new(const struct stream_tls_conf *c, struct err *err)
{
	struct stream_tls *t = calloc(1, sizeof(*t));

	ERR_clear_error();
	if (t == NULL || (t->ctx = SSL_CTX_new(TLS_client_method())) == NULL) {
		free(t);
		err_set(err, ERR_TLS, 0, "no memory for TLS");
		return NULL;
	}
	t->refs = 1;
	t->verify = c->verify;
	if (configure(t->ctx, c, err) < 0) {
		stream_tls_unref(t);
		t = NULL;
	}
	ERR_clear_error();
	return t;
}

struct stream_tls *
stream_tls_ref(struct stream_tls *t)
{
	if (t != NULL)
		t->refs++;
	return t;
}

void
stream_tls_unref(struct stream_tls *t)
{
	if (t == NULL || --t->refs > 0)
		return;
	SSL_CTX_free(t->ctx);
	free(t);
}

/* ---- one connection */

/* A certificate may name addresses, too; SNI may not. */
static bool
expect_name(SSL *ssl, const char *name, bool verify)
{
	X509_VERIFY_PARAM *param = SSL_get0_param(ssl);
	bool is_address = X509_VERIFY_PARAM_set1_ip_asc(param, name) == 1;

	if (!is_address && SSL_set_tlsext_host_name(ssl, name) != 1)
		return false;
	if (is_address || !verify)
		return true;
	X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return SSL_set1_host(ssl, name) == 1;
}

struct tls *
tls_new(struct stream_tls *settings, int fd, const char *server_name, struct err *err)
{
	struct tls *t = calloc(1, sizeof(*t));

	ERR_clear_error();
	if (t != NULL && (t->ssl = SSL_new(settings->ctx)) != NULL &&
	    (t->server_name = strdup(server_name)) != NULL && SSL_set_fd(t->ssl, fd) == 1 &&
	    expect_name(t->ssl, server_name, settings->verify)) {
		SSL_set_connect_state(t->ssl);
		ERR_clear_error();
		return t;
	}
	fail(err, "cannot begin TLS with", server_name);
	ERR_clear_error();
	tls_free(t);
	return NULL;
}

void
tls_free(struct tls *t)
{
	if (t == NULL)
		return;
	SSL_free(t->ssl);
	free(t->server_name);
	free(t);
}

static void
explain_certificate(const struct tls *t, long verdict, struct err *err)
{
	bool name =
	    verdict == X509_V_ERR_HOSTNAME_MISMATCH || verdict == X509_V_ERR_IP_ADDRESS_MISMATCH;

	err_set(err, ERR_TLS, verdict, "the certificate is not trusted: %s%s%s",
	    X509_verify_cert_error_string(verdict), name ? ", expected " : "",
	    name ? t->server_name : "");
}

static void
explain(const struct tls *t, int ssl_error, int saved_errno, struct err *err)
{
	unsigned long code = ERR_peek_last_error();
	long verdict = SSL_get_verify_result(t->ssl);
	int reason = ERR_GET_REASON(code);

	if (ssl_error == SSL_ERROR_ZERO_RETURN ||
	    (ssl_error == SSL_ERROR_SYSCALL && saved_errno == 0))
		err_set(err, ERR_PEER, 0, "the peer closed the connection");
	else if (ssl_error == SSL_ERROR_SYSCALL)
		err_set(err, ERR_SYSTEM, saved_errno, "%s", strerror(saved_errno));
	else if (reason == SSL_R_CERTIFICATE_VERIFY_FAILED && verdict != X509_V_OK)
		explain_certificate(t, verdict, err);
	else
		err_set(err, ERR_TLS, (long)code, "TLS: %s%s", openssl_reason(),
		    reason == SSL_R_WRONG_VERSION_NUMBER ? " (does this port speak TLS?)" : "");
}

/* What a call of OpenSSL's that did not return 1 meant. */
static enum wire_result
result_of(struct tls *t, int returned, struct err *err)
{
	int saved_errno = errno, ssl_error = SSL_get_error(t->ssl, returned);

	if (ssl_error == SSL_ERROR_WANT_READ)
		return WIRE_WANT_READ;
	if (ssl_error == SSL_ERROR_WANT_WRITE)
		return WIRE_WANT_WRITE;
	explain(t, ssl_error, saved_errno, err);
	t->failed = true;
	ERR_clear_error();
	return WIRE_ENDED;
}

enum wire_result
tls_handshake(struct tls *t, struct err *err)
{
	ERR_clear_error();
	errno = 0;
	int rc = SSL_do_handshake(t->ssl);
	return rc == 1 ? WIRE_DONE : result_of(t, rc, err);
}

enum wire_result
tls_read(struct tls *t, void *p, size_t size, size_t *n, struct err *err)
{
	ERR_clear_error();
	errno = 0;
	int rc = SSL_read_ex(t->ssl, p, size, n);
	return rc == 1 ? WIRE_DONE : result_of(t, rc, err);
}

enum wire_result
tls_write(struct tls *t, const void *p, size_t size, size_t *n, struct err *err)
{
	ERR_clear_error();
	errno = 0;
	int rc = SSL_write_ex(t->ssl, p, size, n);
	return rc == 1 ? WIRE_DONE : result_of(t, rc, err);
}

void
tls_shutdown(struct tls *t)
{
	if (t->failed)
		return;
	ERR_clear_error();
	SSL_shutdown(t->ssl);
	ERR_clear_error();
}

const char *
tls_version(const struct tls *t)
{
	return SSL_get_version(t->ssl);
}
