/*
 * The table of keys, shared by conf.c (values, printing, reload) and conf_read.c (libconfig).
 */
#ifndef DAEMON_CONF_KEYS_H
#define DAEMON_CONF_KEYS_H

#include "daemon/conf.h"

#include <stddef.h>

enum key_type {
	KEY_STRING,
	KEY_WORD,
	KEY_INT,
	KEY_FLOAT,
	KEY_BOOL,
	KEY_DURATION,
	KEY_STRINGS,
	KEY_DURATIONS
};
enum key_scope { IN_CONF, IN_CARRIER };

struct key {
	enum key_scope scope;
	const char *path; /* "database.conninfo"; in a carrier "tls.enable" */
	enum key_type type;
	size_t offset;
	const char *dflt;  /* as one would write it, lists with commas; NULL: must be given */
	double min, max;   /* of a number; of a duration in ms */
	const char *words; /* of a KEY_WORD: "a|b|c" */
	bool reload;
	const char *help;
};

extern const struct key conf_keys[];
extern const unsigned conf_n_keys;
enum { CONF_KEYS_MAX = 64 };

/* One value, or one element of a list, as libconfig gave it: 0, or -1 with err (what is wrong,
 * without place and key). */
int conf_set_text(const struct key *, void *place, const char *, struct err *);
int conf_set_number(const struct key *, void *place, double, struct err *);
int conf_set_default(const struct key *, void *place, struct err *);
int conf_set_string(char **place, const char *, struct err *); /* a copy; frees what was there */

#endif
