#include "daemon/conf_keys.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
#define C(field) offsetof(struct conf, field)
#define R(field) offsetof(struct conf_carrier, field)
const struct key conf_keys[] = {
	{IN_CONF, "database.conninfo", KEY_STRING, C(conninfo), "dbname=campaignd user=campaignd", 0, 0, NULL, false,
	    "How to reach PostgreSQL (libpq conninfo). On another host: host=, sslmode=verify-full, passfile=. No pooler."},
	{IN_CONF, "database.after_failover", KEY_WORD, C(after_failover), "confirm", 0, 0, "confirm|resume", false,
	    "After a failover wait for confirm_copy(), or resume (only where replication is strictly synchronous)."},
	{IN_CONF, "log.format", KEY_WORD, C(log_format), "auto", 0, 0, "auto|journal|logfmt|json", true,
	    "auto = journal under systemd, else logfmt."},
	{IN_CONF, "log.level", KEY_WORD, C(log_level), "info", 0, 0, "error|warn|info|debug", true, "Least level that is logged."},
	{IN_CONF, "http.listen", KEY_STRING, C(http_listen), "", 0, 0, NULL, false,
	    "Address for /metrics and /healthz. This version has none yet: leave it empty."},
	{IN_CARRIER, "name", KEY_STRING, R(name), NULL, 0, 0, NULL, false, "What senders in the database call this carrier."},
	{IN_CARRIER, "hosts", KEY_STRINGS, R(hosts), NULL, 0, 0, NULL, false, "Host names with ports; binds are spread over them."},
	{IN_CARRIER, "tls.enable", KEY_BOOL, R(tls_enable), "true", 0, 0, NULL, false, "SMPP over TLS."},
	{IN_CARRIER, "tls.ca_file", KEY_STRING, R(tls_ca_file), "/etc/ssl/certs/ca-certificates.crt", 0, 0, NULL, false,
	    "Whom to trust."},
	{IN_CARRIER, "tls.verify", KEY_BOOL, R(tls_verify), "true", 0, 0, NULL, false,
	    "Check the carrier's certificate and host name. Turn off for a test only."},
	{IN_CARRIER, "tls.server_name", KEY_STRING, R(tls_server_name), "", 0, 0, NULL, false,
	    "Name that the certificate must have; empty = the host's own."},
	{IN_CARRIER, "tls.min_version", KEY_WORD, R(tls_min_version), "1.2", 0, 0, "1.2|1.3", false, "Oldest TLS version."},
	{IN_CARRIER, "tls.cert_file", KEY_STRING, R(tls_cert_file), "", 0, 0, NULL, false, "Our own certificate, where the carrier asks for one."},
	{IN_CARRIER, "tls.key_file", KEY_STRING, R(tls_key_file), "", 0, 0, NULL, false, "Its key."},
	{IN_CARRIER, "system_id", KEY_STRING, R(system_id), NULL, 0, 0, NULL, false, "The account's user name."},
	{IN_CARRIER, "password_file", KEY_STRING, R(password_file), "", 0, 0, NULL, false, "File whose first line is the password."},
	{IN_CARRIER, "password_credential", KEY_STRING, R(password_credential), "", 0, 0, NULL, false,
	    "Instead of a file: name of a systemd credential (LoadCredential=)."},
	{IN_CARRIER, "system_type", KEY_STRING, R(system_type), "", 0, 0, NULL, false, "What the carrier's sheet says, mostly empty."},
	{IN_CARRIER, "bind_type", KEY_WORD, R(bind_type), "transceiver", 0, 0, "transceiver|pair", false,
	    "One connection for both directions, or a pair."},
	{IN_CARRIER, "binds", KEY_INT, R(binds), "2", 1, 32, NULL, false, "Connections to keep open."},
	{IN_CARRIER, "window", KEY_INT, R(window), "10", 1, 1000, NULL, false, "Unanswered submits per bind."},
	{IN_CARRIER, "throughput", KEY_FLOAT, R(throughput), "30.0", 0, 100000, NULL, true,
	    "Parts per second of the account; of several daemons, this one's share. 0 = no limit."},
	{IN_CARRIER, "enquire_link", KEY_DURATION, R(enquire_link_ms), "20s", 1000, 3600000, NULL, false, "Keepalive after so much silence."},
	{IN_CARRIER, "response_timeout", KEY_DURATION, R(response_timeout_ms), "60s", 1000, 600000, NULL, false, "Longest wait for an answer."},
	{IN_CARRIER, "connect_timeout", KEY_DURATION, R(connect_timeout_ms), "10s", 500, 120000, NULL, false, "TCP and TLS together."},
	{IN_CARRIER, "reconnect_max", KEY_DURATION, R(reconnect_max_ms), "5m", 1000, 3600000, NULL, false, "Longest pause between attempts."},
	{IN_CARRIER, "codes", KEY_STRING, R(codes), "", 0, 0, NULL, true,
	    "Its rows of carrier_code (\"bandwidth\", ...); \"gsm\" = err is a GSM cause; empty = none."},
	{IN_CARRIER, "charset0", KEY_WORD, R(charset0), "gsm", 0, 0, "gsm", false,
	    "What data_coding 0 means there. This version knows gsm; latin1 and ascii are refused."},
	{IN_CARRIER, "long_text", KEY_WORD, R(long_text), "udh", 0, 0, "udh", false,
	    "How long texts are sent. This version knows udh (8-bit reference); udh16, sar and payload are refused."},
	{IN_CARRIER, "validity", KEY_STRING, R(validity), "", 0, 0, NULL, false, "How long the carrier may try, such as \"24h\"; empty = its own."},
	{IN_CARRIER, "retry", KEY_DURATIONS, R(retry), "30s,2m,10m,30m", 1000, 86400000, NULL, false,
	    "After a temporary refusal; then it is final."},
	{IN_CARRIER, "receipt_id", KEY_WORD, R(receipt_id), "auto", 0, 0, "auto|text|decimal|hexadecimal", false,
	    "How receipts write the id that the answer gave: auto tries; decimal = the receipt has it in decimal, the answer in hexadecimal."},
	{IN_CARRIER, "receipt_wait", KEY_DURATION, R(receipt_wait_ms), "72h", 60000, 2592000000, NULL, true, "Then Unknown, no_receipt."},
	{IN_CARRIER, "receipt_parts", KEY_WORD, R(receipt_parts), "all", 0, 0, "all", false,
	    "Which parts of a long text get a receipt. This version knows all."},
	{IN_CARRIER, "source_ton", KEY_INT, R(source_ton), "-1", -1, 255, NULL, false, "Type of number of the sender; -1 = from the number itself."},
	{IN_CARRIER, "source_npi", KEY_INT, R(source_npi), "-1", -1, 255, NULL, false, "Its numbering plan."},
};
#undef C
#undef R
/* clang-format on */
const unsigned conf_n_keys = sizeof(conf_keys) / sizeof(conf_keys[0]);
static_assert(sizeof(conf_keys) / sizeof(conf_keys[0]) <= CONF_KEYS_MAX, "room in conf_read.c");

/* ---------------------------------------------------------------------------------- values */

int64_t
conf_duration(const char *s)
{
	static const struct {
		const char *unit;
		int64_t ms;
	} units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}};
	char *end;
	double v;

	if (*s < '0' || *s > '9')
		return -1;
	v = strtod(s, &end);
	while (*end == ' ')
		end++;
	for (unsigned i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(end, units[i].unit) == 0 && v * (double)units[i].ms <= 1e13)
			return (int64_t)llround(v * (double)units[i].ms);
	return -1;
}

static void
duration_print(int64_t ms, char *out, size_t size)
{
	if (ms % 3600000 == 0 && ms > 0)
		snprintf(out, size, "%" PRId64 "h", ms / 3600000);
	else if (ms % 60000 == 0 && ms > 0)
		snprintf(out, size, "%" PRId64 "m", ms / 60000);
	else if (ms % 1000 == 0)
		snprintf(out, size, "%" PRId64 "s", ms / 1000);
	else
		snprintf(out, size, "%" PRId64 "ms", ms);
}

static bool
is_word_of(const char *words, const char *w)
{
	size_t n = strlen(w);

	for (const char *p = words; n > 0; p++) {
		if (strncmp(p, w, n) == 0 && (p[n] == '|' || p[n] == '\0'))
			return true;
		if (!(p = strchr(p, '|')))
			return false;
	}
	return false;
}

int
conf_set_string(char **place, const char *s, struct err *err)
{
	free(*place);
	*place = strdup(s);
	return *place ? 0 : err_set(err, ERR_SYSTEM, ENOMEM, "out of memory");
}

static int
in_bounds(const struct key *k, double v, const char *shown, struct err *err)
{
	if (v >= k->min && v <= k->max)
		return 0;
	if (k->type == KEY_DURATION || k->type == KEY_DURATIONS) {
		char lo[32], hi[32];

		duration_print((int64_t)k->min, lo, sizeof(lo));
		duration_print((int64_t)k->max, hi, sizeof(hi));
		return err_set(
		    err, ERR_CONFIG, 0, "\"%s\" is not between %s and %s", shown, lo, hi);
	}
	return err_set(err, ERR_CONFIG, 0, "%s is not between %g and %g", shown, k->min, k->max);
}

static int
set_duration(const struct key *k, int64_t *place, const char *s, struct err *err)
{
	int64_t ms = conf_duration(s);

	if (ms < 0)
		return err_set(err, ERR_CONFIG, 0,
		    "\"%s\" is not a duration such as \"500ms\", \"20s\", \"5m\" or \"72h\"", s);
	*place = ms;
	return in_bounds(k, (double)ms, s, err);
}

/* A scalar that is written as text, or one element of a list. */
int
conf_set_text(const struct key *k, void *place, const char *s, struct err *err)
{
	struct conf_strings *strings = place;
	struct conf_durations *durations = place;

	switch (k->type) {
	case KEY_STRING:
		return conf_set_string(place, s, err);
	case KEY_WORD:
		if (!is_word_of(k->words, s))
			return err_set(err, ERR_CONFIG, 0, "\"%s\" is none of %s", s, k->words);
		return conf_set_string(place, s, err);
	case KEY_DURATION:
		return set_duration(k, place, s, err);
	case KEY_STRINGS:
		if (strings->n == CONF_LIST_MAX)
			return err_set(err, ERR_CONFIG, 0, "more than %d entries", CONF_LIST_MAX);
		return conf_set_string(&strings->at[strings->n++], s, err);
	case KEY_DURATIONS:
		if (durations->n == CONF_LIST_MAX)
			return err_set(err, ERR_CONFIG, 0, "more than %d entries", CONF_LIST_MAX);
		return set_duration(k, &durations->ms[durations->n++], s, err);
	default:
		return err_set(err, ERR_CONFIG, 0, "a %s is wanted, without quotes",
		    k->type == KEY_BOOL ? "true or false" : "number");
	}
}

int
conf_set_number(const struct key *k, void *place, double v, struct err *err)
{
	char shown[32];

	snprintf(shown, sizeof(shown), "%.10g", v);
	if (k->type == KEY_INT && v == floor(v) && fabs(v) < 1e15)
		*(int64_t *)place = (int64_t)v;
	else if (k->type == KEY_FLOAT)
		*(double *)place = v;
	else
		return err_set(err, ERR_CONFIG, 0,
		    k->type == KEY_INT    ? "a whole number is wanted"
		    : k->type == KEY_BOOL ? "true or false is wanted"
		    : k->type == KEY_DURATION || k->type == KEY_DURATIONS
			? "a duration in quotes is wanted, such as \"20s\""
			: "a text in quotes is wanted");
	return in_bounds(k, v, shown, err);
}

int
conf_set_default(const struct key *k, void *place, struct err *err)
{
	char one[64];

	switch (k->type) {
	case KEY_INT:
	case KEY_FLOAT:
		return conf_set_number(k, place, strtod(k->dflt, NULL), err);
	case KEY_BOOL:
		*(bool *)place = strcmp(k->dflt, "true") == 0;
		return 0;
	case KEY_STRINGS:
	case KEY_DURATIONS:
		for (const char *p = k->dflt; *p; p += strspn(p, ",")) {
			size_t n = strcspn(p, ",");

			snprintf(one, sizeof(one), "%.*s", (int)n, p);
			if (conf_set_text(k, place, one, err) < 0)
				return -1;
			p += n;
		}
		return 0;
	default:
		return conf_set_text(k, place, k->dflt, err);
	}
}

/* ---------------------------------------------------------------------------------- the table,
 * walked */

static void
key_free(const struct key *k, void *place)
{
	if (k->type == KEY_STRING || k->type == KEY_WORD)
		free(*(char **)place);
	if (k->type == KEY_STRINGS)
		for (unsigned i = 0; i < CONF_LIST_MAX; i++)
			free(((struct conf_strings *)place)->at[i]);
}

void
conf_free(struct conf *conf)
{
	if (!conf)
		return;
	for (unsigned i = 0; i < conf_n_keys; i++) {
		if (conf_keys[i].scope == IN_CONF)
			key_free(&conf_keys[i], (char *)conf + conf_keys[i].offset);
		else
			for (unsigned c = 0; c < CONF_CARRIERS_MAX; c++)
				key_free(
				    &conf_keys[i], (char *)&conf->carrier[c] + conf_keys[i].offset);
	}
	for (unsigned c = 0; c < CONF_CARRIERS_MAX; c++)
		if (conf->carrier[c].password) {
			explicit_bzero(
			    conf->carrier[c].password, strlen(conf->carrier[c].password));
			free(conf->carrier[c].password);
		}
	free(conf->file);
	free(conf);
}

static void
print_quoted(FILE *f, const char *s)
{
	fputc('"', f);
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			fputc('\\', f);
		fputc(*s, f);
	}
	fputc('"', f);
}

static void
print_value(FILE *f, const struct key *k, const void *place)
{
	const struct conf_strings *strings = place;
	const struct conf_durations *durations = place;
	char text[32];

	switch (k->type) {
	case KEY_STRING:
	case KEY_WORD:
		print_quoted(f, *(char *const *)place);
		break;
	case KEY_INT:
		fprintf(f, "%" PRId64, *(const int64_t *)place);
		break;
	case KEY_FLOAT:
		fprintf(f, "%.6f", *(const double *)place);
		break;
	case KEY_BOOL:
		fputs(*(const bool *)place ? "true" : "false", f);
		break;
	case KEY_DURATION:
		duration_print(*(const int64_t *)place, text, sizeof(text));
		print_quoted(f, text);
		break;
	case KEY_STRINGS:
		fputs("( ", f);
		for (unsigned i = 0; i < strings->n; i++) {
			fputs(i ? ", " : "", f);
			print_quoted(f, strings->at[i]);
		}
		fputs(" )", f);
		break;
	case KEY_DURATIONS:
		fputs("( ", f);
		for (unsigned i = 0; i < durations->n; i++) {
			duration_print(durations->ms[i], text, sizeof(text));
			fprintf(f, "%s\"%s\"", i ? ", " : "", text);
		}
		fputs(" )", f);
		break;
	}
}

/* Keys of one scope, groups opened and closed as their paths begin and end. */
static void
print_scope(FILE *f, enum key_scope scope, const void *base, const char *indent)
{
	char group[32] = "";

	for (unsigned i = 0; i < conf_n_keys; i++) {
		const char *dot = strchr(conf_keys[i].path, '.'),
			   *name = dot ? dot + 1 : conf_keys[i].path;
		size_t n = dot ? (size_t)(dot - conf_keys[i].path) : 0;

		if (conf_keys[i].scope != scope)
			continue;
		if (group[0] && (strlen(group) != n || strncmp(group, conf_keys[i].path, n) != 0)) {
			fprintf(f, "%s};\n", indent);
			group[0] = '\0';
		}
		if (n && !group[0]) {
			snprintf(group, sizeof(group), "%.*s", (int)n, conf_keys[i].path);
			fprintf(f, "%s%s: {\n", indent, group);
		}
		fprintf(f, "%s%s%s = ", indent, n ? "  " : "", name);
		print_value(f, &conf_keys[i], (const char *)base + conf_keys[i].offset);
		fputs(";\n", f);
	}
	if (group[0])
		fprintf(f, "%s};\n", indent);
}

void
conf_print(const struct conf *conf, FILE *f)
{
	print_scope(f, IN_CONF, conf, "");
	fputs("carriers: (\n", f);
	for (unsigned i = 0; i < conf->n_carriers; i++) {
		fputs("  {\n", f);
		print_scope(f, IN_CARRIER, &conf->carrier[i], "    ");
		fprintf(f, "  }%s\n", i + 1 < conf->n_carriers ? "," : "");
	}
	fputs(");\n", f);
}

void
conf_each_key(void (*cb)(const char *path, const char *dflt, const char *help, void *), void *arg)
{
	char path[80];

	for (unsigned i = 0; i < conf_n_keys; i++) {
		snprintf(path, sizeof(path), "%s%s",
		    conf_keys[i].scope == IN_CARRIER ? "carriers." : "", conf_keys[i].path);
		cb(path, conf_keys[i].dflt, conf_keys[i].help, arg);
	}
}

/* ---------------------------------------------------------------------------------- reload */

static char *
value_text(const struct key *k, const void *place)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return NULL;
	print_value(f, k, place);
	fclose(f);
	return text;
}

/* Swapping lets the struct that was read free the old value. */
static void
swap_value(const struct key *k, void *a, void *b)
{
	static const size_t sizes[] = {sizeof(char *), sizeof(char *), sizeof(int64_t),
	    sizeof(double), sizeof(bool), sizeof(int64_t), sizeof(struct conf_strings),
	    sizeof(struct conf_durations)};
	char tmp[sizeof(struct conf_strings) + sizeof(struct conf_durations)];

	memcpy(tmp, a, sizes[k->type]);
	memcpy(a, b, sizes[k->type]);
	memcpy(b, tmp, sizes[k->type]);
}

static void
take_over_scope(enum key_scope scope, const char *prefix, void *now, void *read,
    void (*changed)(const char *, bool, void *), void *arg)
{
	char path[160];

	for (unsigned i = 0; i < conf_n_keys; i++) {
		void *a = (char *)now + conf_keys[i].offset,
		     *b = (char *)read + conf_keys[i].offset;
		char *old, *new;

		if (conf_keys[i].scope != scope)
			continue;
		old = value_text(&conf_keys[i], a);
		new = value_text(&conf_keys[i], b);
		if (old && new &&strcmp(old, new) != 0) {
			snprintf(path, sizeof(path), "%s%s", prefix, conf_keys[i].path);
			if (conf_keys[i].reload)
				swap_value(&conf_keys[i], a, b);
			changed(path, conf_keys[i].reload, arg);
		}
		free(old);
		free(new);
	}
}

void
conf_take_over(
    struct conf *now, struct conf *read, void (*changed)(const char *, bool, void *), void *arg)
{
	char prefix[80];

	take_over_scope(IN_CONF, "", now, read, changed, arg);
	for (unsigned i = 0; i < now->n_carriers || i < read->n_carriers; i++) {
		if (i >= now->n_carriers || i >= read->n_carriers ||
		    strcmp(now->carrier[i].name, read->carrier[i].name) != 0) {
			changed("carriers", false, arg);
			return;
		}
		snprintf(prefix, sizeof(prefix), "carriers.%s.", now->carrier[i].name);
		take_over_scope(
		    IN_CARRIER, prefix, &now->carrier[i], &read->carrier[i], changed, arg);
		if (strcmp(now->carrier[i].password, read->carrier[i].password) != 0)
			changed("password", false, arg);
	}
}
