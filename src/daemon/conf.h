/*
 * The configuration (libconfig), from one table of keys: name, type, default, bounds, whether a
 * reload applies it, and help. campaignd -T prints from that table; a test compares it with
 * etc/campaignd.conf. Durations are strings with units ("20s", "5m", "72h", "500ms"), other numbers
 * are plain. An unknown key is an error with file, line and the nearest known key.
 */
#ifndef DAEMON_CONF_H
#define DAEMON_CONF_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { CONF_LIST_MAX = 16, CONF_CARRIERS_MAX = 32 };

struct conf_strings {
	char *at[CONF_LIST_MAX];
	unsigned n;
};

struct conf_durations {
	int64_t ms[CONF_LIST_MAX];
	unsigned n;
};

struct conf_carrier {
	char *name;
	struct conf_strings hosts; /* "name:port" */
	bool tls_enable, tls_verify;
	char *tls_ca_file, *tls_server_name, *tls_min_version, *tls_cert_file, *tls_key_file;
	char *system_id, *password_file, *password_credential, *system_type;
	char *password; /* read from the file; never printed */
	char *bind_type;
	int64_t binds, window;
	double throughput;
	int64_t enquire_link_ms, response_timeout_ms, connect_timeout_ms, reconnect_max_ms;
	char *codes, *charset0, *long_text;
	char *validity;
	struct conf_durations retry;
	char *receipt_id;
	int64_t receipt_wait_ms;
	char *receipt_parts;
	int64_t source_ton, source_npi;
};

struct conf {
	char *file;
	char *conninfo, *after_failover;
	char *log_format, *log_level;
	char *http_listen;
	struct conf_carrier carrier[CONF_CARRIERS_MAX];
	unsigned n_carriers;
};

/* Reads, checks the whole, reads the passwords. NULL with err: "FILE:LINE: KEY: what is wrong". */
struct conf *conf_read(const char *file, struct err *);
void conf_free(struct conf *);
/* Effective values, as a configuration that can be read again. */
void conf_print(const struct conf *, FILE *);
/*
 * Takes over what a reload may change; calls changed for each key that differs (applied tells
 * whether it counts now or after a restart).
 */
void conf_take_over(struct conf *now, struct conf *read,
    void (*changed)(const char *key, bool applied, void *), void *arg);
/* Every key with its help, for the test that compares with the sample file and for -h. */
void conf_each_key(
    void (*key)(const char *path, const char *dflt, const char *help, void *), void *arg);

/* "30s" -> 30000. -1: not a duration. */
int64_t conf_duration(const char *);

#endif
