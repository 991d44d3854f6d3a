#include "policy/outcome.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { NAME_SIZE = 32, NETWORK_GSM = 3 };

static const char *const status_names[] = {
    [OUTCOME_RETRY] = "(retry)",
    [OUTCOME_PENDING] = "(pending)",
    [OUTCOME_DELIVERED] = "Delivered",
    [OUTCOME_ABORTED] = "Aborted",
    [OUTCOME_UNKNOWN] = "Unknown",
};
static_assert(sizeof(status_names) / sizeof(*status_names) == OUTCOME_STATUSES, "a name for each");

static const char *const next_names[] = {
    [OUTCOME_NO] = "no",
    [OUTCOME_SAME_BIND] = "same_bind",
    [OUTCOME_OTHER_BIND] = "other_bind",
    [OUTCOME_LATER] = "later",
    [OUTCOME_FIX] = "fix",
    [OUTCOME_WAIT] = "wait",
};
static_assert(sizeof(next_names) / sizeof(*next_names) == OUTCOME_NEXTS, "a name for each");

/* A number is a range of one. */
struct row {
	char code[NAME_SIZE];
	bool is_number;
	uint32_t first, last;
	struct outcome outcome;
};

struct source {
	char name[NAME_SIZE];
	struct row *rows;
	unsigned n, room;
};

struct outcomes {
	struct source *sources;
	unsigned n, count;
};

const char *
outcome_status_name(enum outcome_status status)
{
	return (unsigned)status < OUTCOME_STATUSES ? status_names[status] : "invalid";
}

struct outcomes *
outcomes_new(void)
{
	return calloc(1, sizeof(struct outcomes));
}

void
outcomes_free(struct outcomes *t)
{
	if (t == NULL)
		return;
	for (unsigned i = 0; i < t->n; i++)
		free(t->sources[i].rows);
	free(t->sources);
	free(t);
}

unsigned
outcomes_count(const struct outcomes *t)
{
	return t->count;
}

static struct source *
find_source(const struct outcomes *t, const char *name)
{
	for (unsigned i = 0; i < t->n; i++)
		if (strcmp(t->sources[i].name, name) == 0)
			return &t->sources[i];
	return NULL;
}

/* Reads digits, or 0x and hexadecimal ones. The text behind them, or NULL when there is no number.
 */
static const char *
parse_number(const char *s, uint32_t *out)
{
	bool hex = s[0] == '0' && (s[1] == 'x' || s[1] == 'X');
	const char *digits = hex ? s + 2 : s;
	size_t n = strspn(digits, hex ? "0123456789abcdefABCDEF" : "0123456789");
	char *end;

	if (n == 0)
		return NULL;
	errno = 0;
	unsigned long long v = strtoull(digits, &end, hex ? 16 : 10);
	if (errno != 0 || v > UINT32_MAX)
		return NULL;
	*out = (uint32_t)v;
	return end;
}

static void
parse_code(struct row *r)
{
	const char *end = parse_number(r->code, &r->first);

	if (end != NULL && *end == '-')
		end = parse_number(end + 1, &r->last);
	else
		r->last = r->first;
	r->is_number = end != NULL && *end == '\0' && r->first <= r->last;
}

static int
find_name(const char *const *names, int n, const char *word)
{
	for (int i = 0; i < n; i++)
		if (strcmp(names[i], word) == 0)
			return i;
	return -1;
}

static struct source *
add_source(struct outcomes *t, const char *name)
{
	struct source *s = find_source(t, name);

	if (s != NULL)
		return s;
	struct source *sources = realloc(t->sources, (t->n + 1) * sizeof(*sources));
	if (sources == NULL)
		return NULL;
	t->sources = sources;
	s = &sources[t->n++];
	*s = (struct source){0};
	snprintf(s->name, sizeof(s->name), "%s", name);
	return s;
}

static int
add_row(struct source *s, const struct row *r)
{
	if (s->n == s->room) {
		unsigned room = s->room > 0 ? 2 * s->room : 16;
		struct row *rows = realloc(s->rows, room * sizeof(*rows));

		if (rows == NULL)
			return -1;
		s->rows = rows;
		s->room = room;
	}
	s->rows[s->n++] = *r;
	return 0;
}

/* Fills all but the words of the outcome; NULL, or what is wrong. */
static const char *
fill_row(struct row *r, const char *source, const char *code, const char *reason)
{
	if (source[0] == '\0' || strlen(source) >= NAME_SIZE)
		return "the source is empty or too long";
	if (code[0] == '\0' || strlen(code) >= sizeof(r->code))
		return "the code is empty or too long";
	if (strlen(reason) >= sizeof(r->outcome.reason))
		return "the reason is too long";
	strcpy(r->code, code);
	strcpy(r->outcome.reason, reason);
	parse_code(r);
	return NULL;
}

int
outcomes_add(struct outcomes *t, const char *source, const char *code, const char *status,
    const char *reason, const char *next, struct err *err)
{
	int status_i = find_name(status_names, OUTCOME_STATUSES, status);
	int next_i = find_name(next_names, OUTCOME_NEXTS, next);
	struct row r = {0};

	const char *problem = fill_row(&r, source, code, reason != NULL ? reason : "");
	if (status_i == -1)
		problem =
		    "the status is not one of Delivered, Aborted, Unknown, (retry), (pending)";
	if (next_i == -1)
		problem = "the next step is not one of no, same_bind, other_bind, later, fix, wait";
	if (problem != NULL)
		return err_set(
		    err, ERR_CONFIG, 0, "carrier code %.40s %.40s: %s", source, code, problem);
	r.outcome.status = (enum outcome_status)status_i;
	r.outcome.next = (enum outcome_next)next_i;
	struct source *s = add_source(t, source);
	if (s == NULL || add_row(s, &r) == -1)
		return err_set(err, ERR_SYSTEM, ENOMEM, "out of memory for carrier codes");
	t->count++;
	return 0;
}

/* The row of that very number, else the range that it lies in. */
static const struct row *
find_number(const struct source *s, uint32_t number)
{
	const struct row *range = NULL;

	for (unsigned i = 0; s != NULL && i < s->n; i++) {
		const struct row *r = &s->rows[i];

		if (!r->is_number || number < r->first || number > r->last)
			continue;
		if (r->first == r->last)
			return r;
		range = r;
	}
	return range;
}

static const char *
without_zeros(const char *code)
{
	return code + strspn(code, "0");
}

/* As given, then without leading zeros, then as a number. */
static const struct row *
find_code(const struct source *s, const char *code)
{
	uint32_t number;

	for (unsigned i = 0; s != NULL && i < s->n; i++)
		if (strcasecmp(s->rows[i].code, code) == 0)
			return &s->rows[i];
	for (unsigned i = 0; s != NULL && i < s->n; i++)
		if (strcasecmp(without_zeros(s->rows[i].code), without_zeros(code)) == 0)
			return &s->rows[i];
	const char *end = strncasecmp(code, "0x", 2) == 0 ? NULL : parse_number(code, &number);
	return end != NULL && *end == '\0' ? find_number(s, number) : NULL;
}

static struct outcome
built_in(enum outcome_status status, const char *reason)
{
	struct outcome o = {.status = status, .next = OUTCOME_NO, .unlisted = true};

	snprintf(o.reason, sizeof(o.reason), "%s", reason);
	return o;
}

/* For a code without a row: the source's own word about such codes, else ours. */
static struct outcome
other_of(const struct source *s, enum outcome_status status, const char *reason)
{
	const struct row *r = find_code(s, "other");
	struct outcome o = r != NULL ? r->outcome : built_in(status, reason);

	o.unlisted = true;
	return o;
}

struct outcome
outcome_of_submit(const struct outcomes *t, const char *codes, uint32_t command_status)
{
	char own_name[NAME_SIZE + sizeof("_status")];
	const struct row *r = NULL;

	if (codes != NULL && codes[0] != '\0') {
		snprintf(own_name, sizeof(own_name), "%.*s_status", NAME_SIZE - 1, codes);
		r = find_number(find_source(t, own_name), command_status);
	}
	const struct source *common = find_source(t, "command_status");
	if (r == NULL)
		r = find_number(common, command_status);
	if (r != NULL)
		return r->outcome;
	if (command_status == SMPP_ROK)
		return (struct outcome){.status = OUTCOME_PENDING, .next = OUTCOME_WAIT};
	return other_of(common, OUTCOME_ABORTED, "rejected");
}

/* What the receipt says happened: its state, else its word. NULL where no row knows either. */
static const struct row *
find_state(const struct outcomes *t, const struct smpp_receipt *r)
{
	const struct row *row = NULL;

	if (r->message_state >= 0)
		row = find_number(find_source(t, "message_state"), (uint32_t)r->message_state);
	if (row == NULL && r->stat[0] != '\0' && strcasecmp(r->stat, "other") != 0)
		row = find_code(find_source(t, "receipt_stat"), r->stat);
	return row;
}

/* Zeros and "null" are how carriers write that they have no error. */
static bool
is_error(const char *code)
{
	return *without_zeros(code) != '\0' && strcasecmp(code, "null") != 0 &&
	       strcasecmp(code, "other") != 0;
}

/*
 * The places where a failing receipt's error may be explained, best first (receipts.md 4.2). Small
 * numbers mean one thing in GSM and others at each carrier, so what is typed as GSM is looked up
 * there before the carrier's own rows, and what is not never is.
 */
struct place {
	const struct source *source;
	const char *code;
};

enum { PLACES = 4 };

static unsigned
list_places(const struct outcomes *t, const char *codes, const struct smpp_receipt *r,
    const char *network_code, struct place places[PLACES])
{
	const struct source *gsm = find_source(t, "gsm_err");
	bool err_is_gsm = strcmp(codes, "gsm") == 0, is_gsm = r->network_type == NETWORK_GSM;
	const struct source *own = err_is_gsm ? NULL : find_source(t, codes);
	unsigned n = 0;

	if (is_gsm)
		places[n++] = (struct place){own, r->err};
	if (is_gsm)
		places[n++] = (struct place){gsm, network_code};
	places[n++] = (struct place){own, network_code};
	if (!is_gsm || err_is_gsm)
		places[n++] = (struct place){err_is_gsm ? gsm : own, r->err};
	return n;
}

/*
 * The row that explains the error, or NULL. *named: some row knew the code, even if it said
 * nothing, as a (pending) one does of a text that has failed.
 */
static const struct row *
find_error(const struct place *places, unsigned n, bool *given, bool *named)
{
	const struct row *found = NULL;

	for (unsigned i = 0; i < n; i++) {
		if (!is_error(places[i].code))
			continue;
		*given = true;
		const struct row *r = find_code(places[i].source, places[i].code);
		*named = *named || r != NULL;
		bool says = r != NULL && (r->outcome.status == OUTCOME_ABORTED ||
					     r->outcome.status == OUTCOME_UNKNOWN);
		if (found == NULL && says)
			found = r;
	}
	return found;
}

static struct outcome
outcome_of_failure(const struct outcomes *t, const char *codes, const struct smpp_receipt *r,
    const struct row *state)
{
	struct place places[PLACES];
	bool given = false, named = false;
	char network_code[16] = "";

	if (r->network_code > 0)
		snprintf(network_code, sizeof(network_code), "%d", r->network_code);
	unsigned n = list_places(t, codes, r, network_code, places);
	const struct row *error = find_error(places, n, &given, &named);
	if (error != NULL)
		return error->outcome;
	const struct source *own = find_source(t, codes);
	if (given && !named && find_code(own, "other") != NULL)
		return other_of(own, OUTCOME_ABORTED, "undelivered");
	struct outcome o = state->outcome;
	o.unlisted = given && !named;
	return o;
}

struct outcome
outcome_of_receipt(const struct outcomes *t, const char *codes, const struct smpp_receipt *r)
{
	const struct row *state = find_state(t, r);
	bool says_nothing = r->message_state < 0 && r->stat[0] == '\0';

	if (state != NULL && (state->outcome.status == OUTCOME_DELIVERED ||
				 state->outcome.status == OUTCOME_PENDING))
		return state->outcome;
	/* A note on the way is never the end, whatever its words are. */
	if (r->intermediate)
		return (struct outcome){.status = OUTCOME_PENDING, .next = OUTCOME_WAIT};
	if (state == NULL) {
		const char *source = r->stat[0] != '\0' ? "receipt_stat" : "message_state";
		struct outcome o = other_of(find_source(t, source), OUTCOME_UNKNOWN, "unconfirmed");

		o.unlisted = !says_nothing;
		return o;
	}
	if (state->outcome.status != OUTCOME_ABORTED)
		return state->outcome;
	return outcome_of_failure(t, codes != NULL ? codes : "", r, state);
}
