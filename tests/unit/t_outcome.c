#include "policy/outcome.h"

#include "t.h"

/* sql/data/carrier_errors.csv, as the database holds it. */
struct csv_row {
	char source[40], code[40], status[20], reason[40], next[20];
};

static struct csv_row csv[600];
static size_t csv_n;
static struct outcomes *all;

/* One field; quotes are there where a comma is inside. */
static const char *
csv_field(const char *p, char *out, size_t size)
{
	bool quoted = *p == '"';
	size_t n = 0;

	for (p += quoted; *p != '\0' && *p != '\n' && (quoted ? *p != '"' : *p != ','); p++)
		if (n < size - 1)
			out[n++] = *p;
	out[n] = '\0';
	p += quoted && *p == '"';
	return *p == ',' ? p + 1 : p;
}

static int
load_csv(void **state)
{
	FILE *f = fopen(SRCDIR "/sql/data/carrier_errors.csv", "r");
	char line[1000], meaning[400];
	struct err err;

	(void)state;
	if (f == NULL)
		return -1;
	all = outcomes_new();
	while (fgets(line, sizeof(line), f) != NULL) {
		struct csv_row *r = &csv[csv_n];
		const char *p = csv_field(line, r->source, sizeof(r->source));

		p = csv_field(p, r->code, sizeof(r->code));
		p = csv_field(p, meaning, sizeof(meaning));
		p = csv_field(p, r->status, sizeof(r->status));
		p = csv_field(p, r->reason, sizeof(r->reason));
		csv_field(p, r->next, sizeof(r->next));
		if (strcmp(r->source, "source") == 0)
			continue;
		if (outcomes_add(all, r->source, r->code, r->status, r->reason, r->next, &err) ==
		    -1) {
			fprintf(stderr, "%s\n", err.text);
			return -1;
		}
		csv_n++;
	}
	fclose(f);
	return 0;
}

static int
free_csv(void **state)
{
	(void)state;
	outcomes_free(all);
	return 0;
}

static const char *const next_words[] = {
    [OUTCOME_NO] = "no",
    [OUTCOME_SAME_BIND] = "same_bind",
    [OUTCOME_OTHER_BIND] = "other_bind",
    [OUTCOME_LATER] = "later",
    [OUTCOME_FIX] = "fix",
    [OUTCOME_WAIT] = "wait",
};

static void
expect(struct outcome o, const char *status, const char *reason, const char *next)
{
	assert_string_equal(outcome_status_name(o.status), status);
	assert_string_equal(o.reason, reason);
	assert_string_equal(next_words[o.next], next);
}

static struct smpp_receipt
a_receipt(const char *stat, const char *err)
{
	struct smpp_receipt r = {.message_state = -1, .network_type = -1, .network_code = -1};

	snprintf(r.stat, sizeof(r.stat), "%s", stat);
	snprintf(r.err, sizeof(r.err), "%s", err);
	return r;
}

static bool
is_own_source(const char *source)
{
	static const char *const others[] = {"command_status", "receipt_stat", "message_state",
	    "gsm_err", "infobip_status", "local"};

	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		if (strcmp(source, others[i]) == 0)
			return false;
	return true;
}

/* How a row is reached from outside; false for those that are not looked up this way. */
static bool
look_up(const struct csv_row *r, struct outcome *o)
{
	struct smpp_receipt receipt = a_receipt("", "");
	uint32_t status = (uint32_t)strtoul(r->code, NULL, 16);

	if (strcmp(r->source, "command_status") == 0 && strcmp(r->code, "other") != 0) {
		*o = outcome_of_submit(all, "", status);
	} else if (strcmp(r->source, "infobip_status") == 0) {
		*o = outcome_of_submit(all, "infobip", status);
	} else if (strcmp(r->source, "receipt_stat") == 0 && strcmp(r->code, "other") != 0) {
		receipt = a_receipt(r->code, "");
		*o = outcome_of_receipt(all, "", &receipt);
	} else if (strcmp(r->source, "message_state") == 0 && strcmp(r->code, "other") != 0) {
		receipt.message_state = atoi(r->code);
		*o = outcome_of_receipt(all, "", &receipt);
	} else if (strcmp(r->source, "gsm_err") == 0 && atoi(r->code) > 0) {
		receipt = a_receipt("UNDELIV", r->code);
		*o = outcome_of_receipt(all, "gsm", &receipt);
	} else if (is_own_source(r->source) && atoi(r->code) > 0 && r->status[0] != '(') {
		receipt = a_receipt("UNDELIV", r->code);
		*o = outcome_of_receipt(all, r->source, &receipt);
	} else {
		return false;
	}
	return true;
}

static void
every_row_is_loaded_and_found(void **state)
{
	size_t found = 0;

	(void)state;
	assert_int_equal(csv_n, 413);
	assert_int_equal(outcomes_count(all), csv_n);
	for (size_t i = 0; i < csv_n; i++) {
		struct outcome o;

		if (!look_up(&csv[i], &o))
			continue;
		if (strcmp(outcome_status_name(o.status), csv[i].status) != 0 ||
		    strcmp(o.reason, csv[i].reason) != 0 ||
		    strcmp(next_words[o.next], csv[i].next) != 0 || o.unlisted)
			fail_msg("%s %s: %s %s %s", csv[i].source, csv[i].code,
			    outcome_status_name(o.status), o.reason, next_words[o.next]);
		found++;
	}
	/* All but: 4 other, 8 local, gsm_err 0, twilio_smpp 000 and 056, vonage 0. */
	assert_int_equal(found, csv_n - 16);
}

static void
gsm_codes_are_found_by_a_gsm_typed_parameter(void **state)
{
	(void)state;
	for (size_t i = 0; i < csv_n; i++) {
		struct smpp_receipt r = a_receipt("UNDELIV", "000");

		if (strcmp(csv[i].source, "gsm_err") != 0 || atoi(csv[i].code) == 0)
			continue;
		r.network_type = 3;
		r.network_code = atoi(csv[i].code);
		expect(outcome_of_receipt(all, "", &r), csv[i].status, csv[i].reason, csv[i].next);
	}
}

struct submit_row {
	const char *name;
	const char *codes;
	uint32_t command_status;
	const char *status, *reason, *next;
	bool unlisted;
};

static const struct submit_row submit_rows[] = {
    {"accepted", "", 0x00, "(pending)", "", "wait", false},
    {"throttled is for now", "", 0x58, "(retry)", "throttled", "same_bind", false},
    {"queue full is for now", "", 0x14, "(retry)", "throttled", "same_bind", false},
    {"submit failed tries another bind", "", 0x45, "(retry)", "rejected", "other_bind", false},
    {"an invalid number is for good", "", 0x0b, "Aborted", "invalid_number", "no", false},
    {"an invalid sender wants fixing", "", 0x0a, "Aborted", "sender_rejected", "fix", false},
    {"the first of the vendors' range", "", 0x400, "Aborted", "rejected", "no", false},
    {"the last of the vendors' range", "", 0x4ff, "Aborted", "rejected", "no", false},
    {"a vendor's code in its carrier's own table", "infobip", 0x4a1, "(retry)", "unreachable",
	"other_bind", false},
    {"the same code at another carrier", "bandwidth", 0x4a1, "Aborted", "rejected", "no", false},
    {"a carrier's own meaning of a common code", "infobip", 0xff, "(retry)", "account_problem",
	"fix", false},
    {"a common code that the carrier leaves alone", "infobip", 0x58, "(retry)", "throttled",
	"same_bind", false},
    {"below the range is unlisted", "", 0x3ff, "Aborted", "rejected", "no", true},
    {"above the range is unlisted", "", 0x500, "Aborted", "rejected", "no", true},
    {"a reserved code is unlisted", "", 0x22, "Aborted", "rejected", "no", true},
    {"the highest code is unlisted", "", 0xffffffff, "Aborted", "rejected", "no", true},
};

static void
chooses_for_submit(void **state)
{
	const struct submit_row *row = *state;
	struct outcome o = outcome_of_submit(all, row->codes, row->command_status);

	expect(o, row->status, row->reason, row->next);
	assert_int_equal(o.unlisted, row->unlisted);
}

struct receipt_row {
	const char *name;
	const char *codes, *stat, *err;
	int state, type, code; /* 0 stands for none */
	bool intermediate;
	const char *status, *reason;
	bool unlisted;
};

static const struct receipt_row receipt_rows[] = {
    /* receipts.md 4.2 (1): the state decides first */
    {"delivered, whatever err says", "vonage", "DELIVRD", "006", 0, 0, 0, false, "Delivered", "",
	false},
    {"delivered by the parameter", "", "", "", 2, 0, 0, false, "Delivered", "", false},
    {"the parameter wins over the word", "", "UNDELIV", "", 2, 0, 0, false, "Delivered", "", false},
    {"a state that is none leaves it to the word", "", "DELIVRD", "", 99, 0, 0, false, "Delivered",
	"", false},
    {"waiting, whatever err says", "vonage", "ACCEPTD", "006", 0, 0, 0, false, "(pending)", "",
	false},
    {"waiting by the parameter", "vonage", "", "006", 6, 0, 0, false, "(pending)", "", false},
    {"unknown, whatever err says", "vonage", "UNKNOWN", "006", 0, 0, 0, false, "Unknown",
	"unconfirmed", false},
    {"a word that nobody lists", "vonage", "VANISHD", "006", 0, 0, 0, false, "Unknown",
	"unconfirmed", true},
    {"a state that nobody lists", "", "", "", 99, 0, 0, false, "Unknown", "unconfirmed", true},
    {"a word that is our word for others", "", "other", "", 0, 0, 0, false, "Unknown",
	"unconfirmed", true},
    {"a receipt that says nothing", "", "", "", 0, 0, 0, false, "Unknown", "unconfirmed", false},
    {"a word in small letters", "", "undeliv", "", 0, 0, 0, false, "Aborted", "undelivered", false},
    {"a word outside the list of seven", "", "FAILED", "", 0, 0, 0, false, "Aborted", "undelivered",
	false},
    {"a note on the way", "", "ENROUTE", "", 0, 0, 0, true, "(pending)", "", false},
    {"a failure on the way is not the end", "", "UNDELIV", "006", 0, 0, 0, true, "(pending)", "",
	false},
    {"a strange word on the way is not the end", "", "VANISHD", "", 0, 0, 0, true, "(pending)", "",
	false},
    /* 4.1: without a usable error the state is the cause */
    {"expired", "", "EXPIRED", "", 0, 0, 0, false, "Aborted", "unreachable", false},
    {"rejected", "", "REJECTD", "000", 0, 0, 0, false, "Aborted", "rejected", false},
    {"deleted", "", "DELETED", "", 0, 0, 0, false, "Aborted", "carrier_deleted", false},
    {"undelivered without an error", "bandwidth", "UNDELIV", "", 0, 0, 0, false, "Aborted",
	"undelivered", false},
    {"undelivered with zeros", "bandwidth", "UNDELIV", "000", 0, 0, 0, false, "Aborted",
	"undelivered", false},
    {"undelivered with one zero", "vonage", "UNDELIV", "0", 0, 0, 0, false, "Aborted",
	"undelivered", false},
    {"undelivered with null", "bandwidth", "UNDELIV", "null", 0, 0, 0, false, "Aborted",
	"undelivered", false},
    /* (2) the carrier's own rows */
    {"the carrier's own code", "bandwidth", "UNDELIV", "4720", 0, 0, 0, false, "Aborted",
	"landline", false},
    {"the carrier's own code for a rejection", "bandwidth", "REJECTD", "4470", 0, 0, 0, false,
	"Aborted", "blocked_spam", false},
    {"the carrier's own code for an expiry", "bandwidth", "EXPIRED", "9902", 0, 0, 0, false,
	"Unknown", "no_receipt", false},
    {"the same number at three carriers: twilio", "twilio_smpp", "UNDELIV", "001", 0, 0, 0, false,
	"Aborted", "unreachable", false},
    {"the same number at three carriers: vonage", "vonage", "UNDELIV", "001", 0, 0, 0, false,
	"Aborted", "undelivered", false},
    {"the same number at three carriers: GSM", "gsm", "UNDELIV", "001", 0, 0, 0, false, "Aborted",
	"not_in_service", false},
    {"zeros in front are of no account", "vonage", "UNDELIV", "0006", 0, 0, 0, false, "Aborted",
	"blocked_spam", false},
    {"zeros in the table are of no account", "twilio_smpp", "UNDELIV", "71", 0, 0, 0, false,
	"Aborted", "opted_out", false},
    {"a pending row says nothing", "twilio_smpp", "UNDELIV", "056", 0, 0, 0, false, "Aborted",
	"undelivered", false},
    {"another carrier's code is unlisted", "vonage", "UNDELIV", "4720", 0, 0, 0, false, "Aborted",
	"undelivered", true},
    {"an unlisted code of an expired text", "vonage", "EXPIRED", "777", 0, 0, 0, false, "Aborted",
	"unreachable", true},
    {"a code with a letter", "vonage", "UNDELIV", "21b", 0, 0, 0, false, "Aborted", "undelivered",
	true},
    {"a code that is our word for others", "gsm", "EXPIRED", "other", 0, 0, 0, false, "Aborted",
	"unreachable", false},
    {"the carrier's own code in the parameter", "bandwidth", "UNDELIV", "000", 0, 8, 4775, false,
	"Aborted", "opted_out", false},
    {"the parameter wins over err", "bandwidth", "UNDELIV", "4720", 0, 8, 4775, false, "Aborted",
	"opted_out", false},
    {"err, where the parameter says nothing that is listed", "bandwidth", "UNDELIV", "4720", 0, 2,
	12, false, "Aborted", "landline", false},
    {"a code that the carrier types as GSM but is its own", "infobip", "UNDELIV", "000", 0, 3, 2048,
	false, "Aborted", "unreachable", false},
    /* (3) GSM only where it says so */
    {"a GSM-typed code", "", "UNDELIV", "000", 0, 3, 11, false, "Aborted", "landline", false},
    {"a GSM-typed code at a carrier with small numbers of its own", "vonage", "UNDELIV", "000", 0,
	3, 6, false, "Aborted", "unreachable", false},
    {"the carrier's own err beside a GSM-typed code", "vonage", "UNDELIV", "006", 0, 3, 27, false,
	"Aborted", "blocked_spam", false},
    {"a code of another type is not GSM", "", "UNDELIV", "000", 0, 2, 11, false, "Aborted",
	"undelivered", true},
    {"a code of another type is not GSM even where err is", "gsm", "UNDELIV", "027", 0, 2, 11,
	false, "Aborted", "unreachable", false},
    {"err is not GSM unless configured", "", "UNDELIV", "011", 0, 0, 0, false, "Aborted",
	"undelivered", true},
    {"err is GSM where configured", "gsm", "UNDELIV", "011", 0, 0, 0, false, "Aborted", "landline",
	false},
    {"a GSM-typed code of zero leaves it to err", "gsm", "UNDELIV", "011", 0, 3, 0, false,
	"Aborted", "landline", false},
    {"an unlisted GSM code", "gsm", "UNDELIV", "099", 0, 0, 0, false, "Aborted", "undelivered",
	true},
    {"an unlisted GSM code of an expired text", "", "EXPIRED", "000", 0, 3, 99, false, "Aborted",
	"unreachable", true},
    /* (4) by the parameter */
    {"rejected by the parameter", "", "", "", 8, 0, 0, false, "Aborted", "rejected", false},
    {"undeliverable by the parameter with a code", "bandwidth", "", "4720", 5, 0, 0, false,
	"Aborted", "landline", false},
};

static void
chooses_for_receipt(void **state)
{
	const struct receipt_row *row = *state;
	struct smpp_receipt r = a_receipt(row->stat, row->err);

	r.message_state = row->state != 0 ? row->state : -1;
	r.network_type = row->type != 0 ? row->type : -1;
	r.network_code = row->type != 0 ? row->code : -1;
	r.intermediate = row->intermediate;
	struct outcome o = outcome_of_receipt(all, row->codes, &r);
	assert_string_equal(outcome_status_name(o.status), row->status);
	assert_string_equal(o.reason, row->reason);
	assert_int_equal(o.unlisted, row->unlisted);
}

static void
a_table_without_rows_answers_all_the_same(void **state)
{
	struct outcomes *none = outcomes_new();
	struct smpp_receipt r = a_receipt("UNDELIV", "001");

	(void)state;
	expect(outcome_of_submit(none, NULL, 0x0b), "Aborted", "rejected", "no");
	assert_true(outcome_of_submit(none, "", 0x0b).unlisted);
	expect(outcome_of_submit(none, "", 0), "(pending)", "", "wait");
	expect(outcome_of_receipt(none, NULL, &r), "Unknown", "unconfirmed", "no");
	assert_true(outcome_of_receipt(none, "vonage", &r).unlisted);
	assert_int_equal(outcomes_count(none), 0);
	outcomes_free(none);
	outcomes_free(NULL);
}

static void
an_operators_row_for_all_other_codes_is_used(void **state)
{
	struct outcomes *t = outcomes_new();
	struct smpp_receipt r = a_receipt("REJECTD", "777");
	struct err err;

	(void)state;
	assert_int_equal(
	    outcomes_add(t, "receipt_stat", "REJECTD", "Aborted", "rejected", "no", &err), 0);
	assert_int_equal(
	    outcomes_add(t, "mine", "other", "Aborted", "blocked_spam", "no", &err), 0);
	assert_int_equal(
	    outcomes_add(t, "mine", "700-779", "Aborted", "throttled", "later", &err), 0);
	expect(outcome_of_receipt(t, "mine", &r), "Aborted", "throttled", "later");
	assert_false(outcome_of_receipt(t, "mine", &r).unlisted);
	strcpy(r.err, "780");
	expect(outcome_of_receipt(t, "mine", &r), "Aborted", "blocked_spam", "no");
	assert_true(outcome_of_receipt(t, "mine", &r).unlisted);
	strcpy(r.err, "000");
	expect(outcome_of_receipt(t, "mine", &r), "Aborted", "rejected", "no");
	outcomes_free(t);
}

static void
a_code_with_a_letter_may_have_zeros_in_front(void **state)
{
	struct outcomes *t = outcomes_new();
	struct smpp_receipt r = a_receipt("UNDELIV", "021B");
	struct err err;

	(void)state;
	assert_int_equal(
	    outcomes_add(t, "receipt_stat", "UNDELIV", "Aborted", "undelivered", "no", &err), 0);
	assert_int_equal(outcomes_add(t, "mine", "21b", "Aborted", "landline", "no", &err), 0);
	expect(outcome_of_receipt(t, "mine", &r), "Aborted", "landline", "no");
	outcomes_free(t);
}

static void
an_exact_row_wins_over_a_range(void **state)
{
	struct outcomes *t = outcomes_new();
	struct err err;

	(void)state;
	assert_int_equal(
	    outcomes_add(t, "command_status", "0x400-0x4FF", "Aborted", "rejected", "no", &err), 0);
	assert_int_equal(
	    outcomes_add(t, "command_status", "1040", "(retry)", "throttled", "same_bind", &err),
	    0);
	expect(outcome_of_submit(t, "", 0x410), "(retry)", "throttled", "same_bind");
	expect(outcome_of_submit(t, "", 0x411), "Aborted", "rejected", "no");
	assert_int_equal(
	    outcomes_add(t, "command_status", "0x410-0x41F", "Aborted", "landline", "no", &err), 0);
	expect(outcome_of_submit(t, "", 0x410), "(retry)", "throttled", "same_bind");
	outcomes_free(t);
}

static void
rows_in_words_that_are_not_known_are_refused(void **state)
{
	static const char *const rows[][5] = {
	    {"x", "1", "aborted", "rejected", "no"},
	    {"x", "1", "", "rejected", "no"},
	    {"x", "1", "Aborted", "rejected", "never"},
	    {"", "1", "Aborted", "rejected", "no"},
	    {"x", "", "Aborted", "rejected", "no"},
	    {"x", "12345678901234567890123456789012", "Aborted", "rejected", "no"},
	    {"12345678901234567890123456789012", "1", "Aborted", "rejected", "no"},
	    {"x", "1", "Aborted", "12345678901234567890123456789012", "no"},
	};
	struct outcomes *t = outcomes_new();

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *const *r = rows[i];
		struct err err = {0};

		assert_int_equal(outcomes_add(t, r[0], r[1], r[2], r[3], r[4], &err), -1);
		assert_int_equal(err.kind, ERR_CONFIG);
		assert_memory_equal(err.text, "carrier code ", 13);
	}
	assert_int_equal(outcomes_count(t), 0);
	struct err err;
	assert_int_equal(outcomes_add(t, "x", "1", "Delivered", NULL, "no", &err), 0);
	outcomes_free(t);
}

static void
every_status_has_its_name(void **state)
{
	(void)state;
	assert_string_equal(outcome_status_name(OUTCOME_DELIVERED), "Delivered");
	assert_string_equal(outcome_status_name(OUTCOME_ABORTED), "Aborted");
	assert_string_equal(outcome_status_name(OUTCOME_UNKNOWN), "Unknown");
	assert_string_equal(outcome_status_name(OUTCOME_RETRY), "(retry)");
	assert_string_equal(outcome_status_name(OUTCOME_PENDING), "(pending)");
	assert_string_equal(outcome_status_name(OUTCOME_STATUSES), "invalid");
}

int
main(void)
{
	static struct t_list l;

	T_TEST(&l, every_row_is_loaded_and_found);
	T_TEST(&l, gsm_codes_are_found_by_a_gsm_typed_parameter);
	T_TABLE(&l, chooses_for_submit, submit_rows);
	T_TABLE(&l, chooses_for_receipt, receipt_rows);
	T_TEST(&l, a_table_without_rows_answers_all_the_same);
	T_TEST(&l, an_operators_row_for_all_other_codes_is_used);
	T_TEST(&l, a_code_with_a_letter_may_have_zeros_in_front);
	T_TEST(&l, an_exact_row_wins_over_a_range);
	T_TEST(&l, rows_in_words_that_are_not_known_are_refused);
	T_TEST(&l, every_status_has_its_name);
	return cmocka_run_group_tests_name("outcome", l.at, load_csv, free_csv);
}
