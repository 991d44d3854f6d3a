#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum option_type {
	FLAG,
	TEXT,
	NUMBER,
	LONG,    /* a number above 2^31 */
	SECONDS, /* "30" or "0.5", kept in milliseconds */
	ACCOUNT_ID,
	ACCOUNT_PASSWORD,
	IDS,
	FORM,
	CODES,
	CHARSET0,
	REFUSE_BIND,
	HELP,
};

struct option_row {
	const char *name, *param;
	enum option_type type;
	size_t at;
	const char *help;
};

#define AT(member) offsetof(struct options, member)

/* clang-format off */
static const struct option_row rows[] = {
	{"address", "A", TEXT, AT(wire.address), "listen on this address (127.0.0.1)"},
	{"port", "N", NUMBER, AT(wire.port), "listen for plain TCP; 0 = any free port"},
	{"tls-port", "N", NUMBER, AT(wire.tls_port), "listen for TLS; wants --cert and --key"},
	{"cert", "FILE", TEXT, AT(wire.cert), "the certificate with its chain, PEM"},
	{"key", "FILE", TEXT, AT(wire.key), "its key, PEM"},
	{"client-ca", "FILE", TEXT, AT(wire.client_ca), "ask for a client certificate by this CA"},
	{"tls-max", "VERSION", TEXT, AT(wire.tls_max), "speak no newer TLS than 1.0, 1.1, 1.2 or 1.3"},
	{"port-file", "FILE", TEXT, AT(port_file), "when ready, holds \"plain=NNNN tls=NNNN\""},
	{"books", "FILE", TEXT, AT(books), "write the books here on SIGUSR1, on the control line's word and at the end"},
	{"control", "PATH", TEXT, AT(control), "a Unix socket that takes commands; \"help\" lists them"},
	{"rules", "FILE", TEXT, AT(rules), "behaviours by number, see below"},
	{"ignore-digits", "", FLAG, AT(ignore_digits), "only rules count, numbers choose nothing by themselves"},
	{"system-id", "ID", ACCOUNT_ID, 0, "an account; may be given several times (maple)"},
	{"password", "TEXT", ACCOUNT_PASSWORD, 0, "the password of the account before it (secret)"},
	{"max-binds", "N", NUMBER, AT(max_binds), "more binds of an account are refused with 0x05"},
	{"refuse-bind", "STATUS[:COUNT]", REFUSE_BIND, 0, "refuse the next COUNT binds, or all"},
	{"window", "N", NUMBER, AT(window), "complain of more unanswered submits on a bind"},
	{"rate", "R", NUMBER, AT(rate), "accept at most R submits in any one second, else 0x58"},
	{"answer-delay", "MS", NUMBER, AT(answer_delay_ms), "before every submit_sm_resp (0)"},
	{"receipt-delay", "MS", NUMBER, AT(receipt_delay_ms), "between the answer and the receipt (20)"},
	{"receipts", "FORM", FORM, AT(form), "both, text, tlv, payload, data-sm, ucs2, plain or odd (both)"},
	{"any-receipt", "", FLAG, AT(any_receipt), "send receipts that registered_delivery did not ask for"},
	{"ids", "FORMS", IDS, AT(ids), "how ids are written: ANSWER[-TEXT[-TLV]] of dec, hex, HEX, uuid, UUID, long, "
	    "with a width as in dec10 (dec)"},
	{"first-id", "N", LONG, AT(first_id), "the first message id (from the clock)"},
	{"codes", "SET", CODES, AT(codes), "err in receipts: bandwidth or gsm (bandwidth)"},
	{"charset0", "SET", CHARSET0, AT(charset0), "what data_coding 0 is: gsm, latin1 or ascii (gsm)"},
	{"long-answers", "", FLAG, AT(long_answers), "answers have optional parameters, refusals a body"},
	{"deliver-window", "N", NUMBER, AT(deliver_window), "at most so many unanswered deliver_sm on a bind (1000)"},
	{"redeliver", "S", SECONDS, AT(redeliver_ms), "send a deliver_sm again so long after no or a bad answer (30)"},
	{"enquire-link", "S", SECONDS, AT(enquire_link_ms), "ask after so long without a word, close without an answer"},
	{"drop-after", "N", NUMBER, AT(drop_after), "close all connections at the Nth submit, once"},
	{"drop-every", "N", NUMBER, AT(drop_every), "the same at every Nth"},
	{"silent", "", FLAG, AT(silent), "after the bind say nothing any more"},
	{"keep-texts", "", FLAG, AT(keep_texts), "the books hold the texts"},
	{"max-seconds", "N", NUMBER, AT(max_seconds), "end by itself after so long"},
	{"die-with-parent", "", FLAG, AT(die_with_parent), "end when the parent process does"},
	{"help", "", HELP, 0, "this"},
};
/* clang-format on */

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

static void
options_help(void)
{
	puts("carrier: a simulated SMPP 3.4 message centre, for tests\n");
	for (unsigned i = 0; i < ROWS; i++) {
		char left[48];
		snprintf(left, sizeof(left), "--%s %s", rows[i].name, rows[i].param);
		printf("  %-30s %s\n", left, rows[i].help);
	}
	putchar('\n');
	plan_help(stdout);
}

static int
parse_number(const char *s, long long most, long long *out)
{
	char *end;

	errno = 0;
	*out = strtoll(s, &end, 0);
	return end == s || *end != '\0' || errno != 0 || *out < 0 || *out > most ? -1 : 0;
}

int
options_refuse_bind(const char *s, uint32_t *status, uint32_t *times)
{
	char *end;
	unsigned long n;

	n = strtoul(s, &end, 0);
	if (end == s || (*end != '\0' && *end != ':'))
		return -1;
	*status = (uint32_t)n;
	*times = n == 0 ? 0 : UINT32_MAX;
	if (*end == '\0')
		return 0;
	s = end + 1;
	*times = (uint32_t)strtoul(s, &end, 10);
	return end == s || *end != '\0' ? -1 : 0;
}

/* The number of the word in a list that ends with NULL, or -1. */
static int
word_in(const char *s, const char *const words[])
{
	for (int i = 0; words[i] != NULL; i++)
		if (strcmp(words[i], s) == 0)
			return i;
	return -1;
}

static int
set_word(int *at, int value)
{
	if (value == -1)
		return -1;
	*at = value;
	return 0;
}

static int
set_seconds(int *at, const char *s)
{
	char *end;
	double seconds = strtod(s, &end);

	if (end == s || *end != '\0' || seconds < 0 || seconds > 1e6)
		return -1;
	*at = (int)(seconds * 1000);
	return 0;
}

static int
set_account(struct options *o, const char *s)
{
	if (o->n_accounts == OPTIONS_ACCOUNTS)
		return -1;
	o->password[o->n_accounts] = "secret";
	o->system_id[o->n_accounts++] = s;
	return 0;
}

static int
set_password(struct options *o, const char *s)
{
	if (o->n_accounts == 0)
		set_account(o, "maple");
	o->password[o->n_accounts - 1] = s;
	return 0;
}

static int
option_set(struct options *o, const struct option_row *row, const char *s)
{
	static const char *const code_words[] = {"bandwidth", "gsm", NULL};
	static const char *const charset_words[] = {"gsm", "latin1", "ascii", NULL};
	void *at = (char *)o + row->at;
	long long n;

	switch (row->type) {
	case FLAG:
		*(bool *)at = true;
		return 0;
	case TEXT:
		*(const char **)at = s;
		return 0;
	case NUMBER:
		return parse_number(s, INT_MAX, &n) == -1 ? -1 : set_word(at, (int)n);
	case LONG:
		return parse_number(s, LLONG_MAX, at);
	case SECONDS:
		return set_seconds(at, s);
	case ACCOUNT_ID:
		return set_account(o, s);
	case ACCOUNT_PASSWORD:
		return set_password(o, s);
	case IDS:
		return form_ids_parse(s, at);
	case FORM:
		return set_word(at, plan_form_parse(s));
	case CODES:
		return set_word(at, word_in(s, code_words));
	case CHARSET0:
		return set_word(at, word_in(s, charset_words));
	case REFUSE_BIND:
		return options_refuse_bind(s, &o->refuse_bind, &o->refuse_binds);
	case HELP:
		break;
	}
	return 0;
}

static void
options_defaults(struct options *o)
{
	*o = (struct options){.wire = {.address = "127.0.0.1", .port = -1, .tls_port = -1},
	    .form = PLAN_BOTH,
	    .receipt_delay_ms = 20,
	    .redeliver_ms = 30000,
	    .deliver_window = 1000};
}

static int
options_check(struct options *o, struct err *err)
{
	if (o->n_accounts == 0)
		set_account(o, "maple");
	if (o->wire.port < 0 && o->wire.tls_port < 0)
		return err_set(err, ERR_CONFIG, 0, "give --port or --tls-port");
	if (o->wire.tls_port >= 0 && (o->wire.cert == NULL || o->wire.key == NULL))
		return err_set(err, ERR_CONFIG, 0, "--tls-port wants --cert and --key");
	return 0;
}

static void
to_getopt(struct option *out)
{
	for (unsigned i = 0; i < ROWS; i++)
		out[i] = (struct option){rows[i].name,
		    rows[i].param[0] != '\0' ? required_argument : no_argument, NULL, 0};
	out[ROWS] = (struct option){NULL, 0, NULL, 0};
}

enum options_outcome
options_parse(struct options *o, int argc, char **argv, struct err *err)
{
	struct option longs[ROWS + 1];
	int at, c;

	options_defaults(o);
	to_getopt(longs);
	while ((c = getopt_long(argc, argv, "", longs, &at)) != -1) {
		if (c == '?') {
			err_set(err, ERR_CONFIG, 0, "--help lists the options");
			return OPTIONS_WRONG;
		}
		if (rows[at].type == HELP) {
			options_help();
			return OPTIONS_DONE;
		}
		if (option_set(o, &rows[at], optarg) == -1) {
			err_set(err, ERR_CONFIG, 0, "--%s: \"%s\" is not what it takes",
			    rows[at].name, optarg);
			return OPTIONS_WRONG;
		}
	}
	if (optind < argc) {
		err_set(err, ERR_CONFIG, 0, "\"%s\" is no option", argv[optind]);
		return OPTIONS_WRONG;
	}
	return options_check(o, err) == -1 ? OPTIONS_WRONG : OPTIONS_RUN;
}
