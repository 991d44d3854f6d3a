#include "daemon/conf_keys.h"

#include "store/pg.h"

#include <libconfig.h>

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int
set_setting(const struct key *k, void *place, const config_setting_t *s, struct err *err)
{
	switch (config_setting_type(s)) {
	case CONFIG_TYPE_STRING:
		if (k->type == KEY_STRINGS || k->type == KEY_DURATIONS)
			return err_set(
			    err, ERR_CONFIG, 0, "a list is wanted: ( \"...\", \"...\" )");
		return conf_set_text(k, place, config_setting_get_string(s), err);
	case CONFIG_TYPE_INT:
	case CONFIG_TYPE_INT64:
		return conf_set_number(k, place, (double)config_setting_get_int64(s), err);
	case CONFIG_TYPE_FLOAT:
		return conf_set_number(k, place, config_setting_get_float(s), err);
	case CONFIG_TYPE_BOOL:
		if (k->type != KEY_BOOL)
			return err_set(
			    err, ERR_CONFIG, 0, "true or false is not what belongs here");
		*(bool *)place = config_setting_get_bool(s);
		return 0;
	case CONFIG_TYPE_ARRAY:
	case CONFIG_TYPE_LIST:
		if (k->type != KEY_STRINGS && k->type != KEY_DURATIONS)
			return err_set(err, ERR_CONFIG, 0, "a single value is wanted, not a list");
		for (int i = 0; i < config_setting_length(s); i++) {
			const char *text = config_setting_get_string_elem(s, i);

			if (!text)
				return err_set(
				    err, ERR_CONFIG, 0, "every entry must be a text in quotes");
			if (conf_set_text(k, place, text, err) < 0)
				return -1;
		}
		return 0;
	default:
		return err_set(err, ERR_CONFIG, 0, "a value is wanted");
	}
}

struct reading {
	const char *file;
	bool seen[CONF_CARRIERS_MAX + 1][CONF_KEYS_MAX];
	struct err *err;
};

/* Wraps the error so far with file, line and key. */
static int
complain(const struct reading *r, const config_setting_t *at, const char *path)
{
	char what[sizeof(r->err->text)];
	const char *file = at ? config_setting_source_file(at) : NULL;
	int line = at ? (int)config_setting_source_line(at) : 0;

	snprintf(what, sizeof(what), "%s", r->err->text);
	return err_set(
	    r->err, ERR_CONFIG, line, "%s:%d: %s: %s", file ? file : r->file, line, path, what);
}

static unsigned
distance(const char *a, const char *b)
{
	unsigned row[64], n = (unsigned)strnlen(b, 62);

	for (unsigned j = 0; j <= n; j++)
		row[j] = j;
	for (unsigned i = 1; a[i - 1]; i++) {
		unsigned diagonal = row[0];

		row[0] = i;
		for (unsigned j = 1; j <= n; j++) {
			unsigned above = row[j], cost = diagonal + (a[i - 1] != b[j - 1]);

			if (above + 1 < cost)
				cost = above + 1;
			if (row[j - 1] + 1 < cost)
				cost = row[j - 1] + 1;
			diagonal = above;
			row[j] = cost;
		}
	}
	return row[n];
}

static int
unknown_key(
    const struct reading *r, enum key_scope scope, const config_setting_t *s, const char *path)
{
	const char *nearest = "carriers";
	unsigned best = scope == IN_CONF ? distance(path, nearest) : UINT_MAX;

	for (unsigned i = 0; i < conf_n_keys; i++) {
		unsigned d =
		    conf_keys[i].scope == scope ? distance(path, conf_keys[i].path) : UINT_MAX;

		if (d < best) {
			best = d;
			nearest = conf_keys[i].path;
		}
	}
	err_set(r->err, ERR_CONFIG, 0, "unknown key; the nearest known one is %s", nearest);
	return complain(r, s, path);
}

static bool
is_group_of(enum key_scope scope, const char *path)
{
	size_t n = strlen(path);

	for (unsigned i = 0; i < conf_n_keys; i++)
		if (conf_keys[i].scope == scope && strncmp(conf_keys[i].path, path, n) == 0 &&
		    conf_keys[i].path[n] == '.')
			return true;
	return false;
}

static int read_group(struct reading *, enum key_scope, const config_setting_t *,
    const char *prefix, void *base, bool *seen);

static int
read_one(struct reading *r, enum key_scope scope, const config_setting_t *s, const char *path,
    void *base, bool *seen)
{
	if (config_setting_is_group(s) && is_group_of(scope, path))
		return read_group(r, scope, s, path, base, seen);
	for (unsigned i = 0; i < conf_n_keys; i++) {
		if (conf_keys[i].scope != scope || strcmp(conf_keys[i].path, path) != 0)
			continue;
		seen[i] = true;
		return set_setting(&conf_keys[i], (char *)base + conf_keys[i].offset, s, r->err) < 0
			   ? complain(r, s, path)
			   : 0;
	}
	return unknown_key(r, scope, s, path);
}

static int
read_group(struct reading *r, enum key_scope scope, const config_setting_t *group,
    const char *prefix, void *base, bool *seen)
{
	char path[80];

	for (int i = 0; i < config_setting_length(group); i++) {
		const config_setting_t *s = config_setting_get_elem(group, (unsigned)i);

		snprintf(path, sizeof(path), "%s%s%s", prefix, prefix[0] ? "." : "",
		    config_setting_name(s));
		if (scope == IN_CONF && strcmp(path, "carriers") == 0)
			continue;
		if (read_one(r, scope, s, path, base, seen) < 0)
			return -1;
	}
	return 0;
}

/* Defaults for what was not given; an error for what must be. */
static int
fill_defaults(struct reading *r, enum key_scope scope, const config_setting_t *at, void *base,
    const bool *seen)
{
	for (unsigned i = 0; i < conf_n_keys; i++) {
		if (conf_keys[i].scope != scope || seen[i])
			continue;
		if (!conf_keys[i].dflt) {
			err_set(r->err, ERR_CONFIG, 0, "this key must be given");
			return complain(r, at, conf_keys[i].path);
		}
		if (conf_set_default(&conf_keys[i], (char *)base + conf_keys[i].offset, r->err) < 0)
			return complain(r, at, conf_keys[i].path);
	}
	return 0;
}

static int
read_password(struct conf_carrier *c, struct err *err)
{
	const char *dir = getenv("CREDENTIALS_DIRECTORY");
	char path[PATH_MAX], line[128];
	FILE *f;

	if (c->password_credential[0]) {
		if (!dir)
			return err_set(err, ERR_CONFIG, 0,
			    "password_credential is for a service with LoadCredential=, and there "
			    "is no CREDENTIALS_DIRECTORY");
		snprintf(path, sizeof(path), "%s/%s", dir, c->password_credential);
	} else if (c->password_file[0]) {
		snprintf(path, sizeof(path), "%s", c->password_file);
	} else {
		return conf_set_string(&c->password, "", err);
	}
	if (!(f = fopen(path, "re")))
		return err_set(err, ERR_CONFIG, errno, "cannot read %s: %s", path, strerror(errno));
	if (!fgets(line, sizeof(line), f))
		line[0] = '\0';
	fclose(f);
	line[strcspn(line, "\r\n")] = '\0';
	conf_set_string(&c->password, line, err);
	explicit_bzero(line, sizeof(line));
	if (!c->password)
		return -1;
	return c->password[0]
		   ? 0
		   : err_set(err, ERR_CONFIG, 0, "%s has no password in its first line", path);
}

static int
check_hosts(const struct conf_carrier *c, struct err *err)
{
	if (c->hosts.n == 0)
		return err_set(err, ERR_CONFIG, 0, "at least one \"name:port\" is needed");
	for (unsigned i = 0; i < c->hosts.n; i++) {
		const char *colon = strrchr(c->hosts.at[i], ':');
		long port = colon ? strtol(colon + 1, NULL, 10) : 0;

		if (!colon || colon == c->hosts.at[i] || port < 1 || port > 65535)
			return err_set(err, ERR_CONFIG, 0,
			    "\"%s\" is not of the form \"name:port\"", c->hosts.at[i]);
	}
	return 0;
}

/* What no single key can say. Answers the key to blame, or NULL. */
static const char *
check_carrier(const struct conf *conf, struct conf_carrier *c, struct err *err)
{
	for (const struct conf_carrier *o = conf->carrier; o < c; o++)
		if (strcmp(o->name, c->name) == 0) {
			err_set(err, ERR_CONFIG, 0, "\"%s\" stands twice", c->name);
			return "name";
		}
	if (!c->name[0] || strlen(c->name) > 40) {
		err_set(err, ERR_CONFIG, 0, "a name of 1 to 40 characters is wanted");
		return "name";
	}
	if (check_hosts(c, err) < 0)
		return "hosts";
	if (c->validity[0] &&
	    (conf_duration(c->validity) < 60000 || conf_duration(c->validity) > 30 * 86400000LL)) {
		err_set(
		    err, ERR_CONFIG, 0, "\"%s\" is not a duration between 1m and 30d", c->validity);
		return "validity";
	}
	if (c->password_file[0] && c->password_credential[0]) {
		err_set(
		    err, ERR_CONFIG, 0, "password_file and password_credential exclude each other");
		return "password_credential";
	}
	if (strlen(c->system_id) > 64 || !c->system_id[0]) {
		err_set(err, ERR_CONFIG, 0, "1 to 64 characters are wanted");
		return "system_id";
	}
	return read_password(c, err) < 0
		   ? (c->password_credential[0] ? "password_credential" : "password_file")
		   : NULL;
}

static int
read_carriers(struct reading *r, const config_setting_t *list, struct conf *conf)
{
	if (!list || (!config_setting_is_list(list) && !config_setting_is_array(list))) {
		err_set(r->err, ERR_CONFIG, 0,
		    "a list of groups is wanted: carriers: ( { name = ...; }, { ... } );");
		return complain(r, list, "carriers");
	}
	for (int i = 0; i < config_setting_length(list); i++) {
		const config_setting_t *s = config_setting_get_elem(list, (unsigned)i);
		struct conf_carrier *c = &conf->carrier[i];
		const char *blame;

		if (i == CONF_CARRIERS_MAX || !config_setting_is_group(s)) {
			err_set(r->err, ERR_CONFIG, 0, "at most %d groups in braces are wanted",
			    CONF_CARRIERS_MAX);
			return complain(r, s, "carriers");
		}
		conf->n_carriers++;
		if (read_group(r, IN_CARRIER, s, "", c, r->seen[i + 1]) < 0 ||
		    fill_defaults(r, IN_CARRIER, s, c, r->seen[i + 1]) < 0)
			return -1;
		if ((blame = check_carrier(conf, c, r->err)))
			return complain(r,
			    config_setting_lookup((config_setting_t *)(uintptr_t)s, blame) ?: s,
			    blame);
	}
	return 0;
}

static int
read_all(struct reading *r, const config_t *config, struct conf *conf)
{
	const config_setting_t *root = config_root_setting(config);

	if (read_group(r, IN_CONF, root, "", conf, r->seen[0]) < 0 ||
	    fill_defaults(r, IN_CONF, root, conf, r->seen[0]) < 0)
		return -1;
	if (pg_check_conninfo(conf->conninfo, r->err) < 0)
		return complain(r, config_lookup(config, "database.conninfo"), "database.conninfo");
	if (conf->http_listen[0]) {
		err_set(r->err, ERR_CONFIG, 0,
		    "this version has no HTTP listener yet; leave the key out or empty");
		return complain(r, config_lookup(config, "http.listen"), "http.listen");
	}
	return read_carriers(r, config_lookup(config, "carriers"), conf);
}

struct conf *
conf_read(const char *file, struct err *err)
{
	struct conf *conf = calloc(1, sizeof(*conf));
	struct reading *r = calloc(1, sizeof(*r));
	config_t config;
	int rc = -1;

	config_init(&config);
	if (!conf || !r || !(conf->file = strdup(file))) {
		err_set(err, ERR_SYSTEM, ENOMEM, "out of memory");
		goto out;
	}
	r->file = file;
	r->err = err;
	config_set_options(&config, CONFIG_OPTION_AUTOCONVERT);
	if (config_read_file(&config, file) == CONFIG_TRUE)
		rc = read_all(r, &config, conf);
	else if (config_error_type(&config) == CONFIG_ERR_FILE_IO)
		err_set(err, ERR_SYSTEM, errno, "cannot read %s: %s", file,
		    strerror(errno ? errno : EIO));
	else
		err_set(err, ERR_CONFIG, config_error_line(&config), "%s:%d: %s",
		    config_error_file(&config) ? config_error_file(&config) : file,
		    config_error_line(&config), config_error_text(&config));
out:
	config_destroy(&config);
	free(r);
	if (rc == 0)
		return conf;
	conf_free(conf);
	return NULL;
}
