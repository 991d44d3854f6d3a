/*
 * What went wrong, for a caller that must say so.
 *
 * A function that takes a struct err fills it when, and only when, it returns failure. The text is
 * one line for a person, without a final full stop or newline, and holds no secret, message text or
 * whole phone number. Foreign errors are wrapped once, at the edge: libpq in store/pg, OpenSSL in
 * net/tls, libconfig in daemon/conf.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

enum err_kind {
	ERR_NONE,
	ERR_CONFIG, /* the configuration is wrong; code is the line */
	ERR_SYSTEM, /* code is an errno */
	ERR_TLS,    /* code is OpenSSL's, or an X509_V_ERR_ number */
	ERR_DB,     /* text begins with the SQLSTATE where the server gave one */
	ERR_RESOLVE,
	ERR_PEER, /* the other side spoke nonsense or closed */
	ERR_KINDS
};

struct err {
	enum err_kind kind;
	long code;
	char text[480];
};

const char *err_kind_name(enum err_kind);

/* Fills e (which may be NULL) and returns -1, so that callers can `return err_set(...)`. Cuts long
 * texts. */
int err_set(struct err *e, enum err_kind kind, long code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
