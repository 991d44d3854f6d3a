#include "plan_row.h"

#include <stdlib.h>
#include <string.h>

static unsigned
row_err(const struct plan_row *r, enum plan_codes codes)
{
	return codes == PLAN_GSM ? r->gsm : r->bandwidth;
}

struct plan_notice *
plan_add_notice(struct plan *p, const char *stat, unsigned err)
{
	struct plan_notice *n = &p->notice[p->n_notices++];

	*n = (struct plan_notice){.err = err};
	snprintf(n->stat, sizeof(n->stat), "%s", stat);
	return n;
}

static void
set_nothing(
    struct plan *p, const struct plan_row *r, const struct plan_param *param, enum plan_codes codes)
{
	(void)p, (void)r, (void)param, (void)codes;
}

static void
set_receipt(
    struct plan *p, const struct plan_row *r, const struct plan_param *param, enum plan_codes codes)
{
	(void)param;
	p->n_notices = 0;
	plan_add_notice(p, r->text, row_err(r, codes));
}

/* "undeliv:4770": any code. */
static void
set_err(
    struct plan *p, const struct plan_row *r, const struct plan_param *param, enum plan_codes codes)
{
	(void)codes;
	p->n_notices = 0;
	plan_add_notice(p, r->text, (unsigned)param->number);
}

static void
set_stat(
    struct plan *p, const struct plan_row *r, const struct plan_param *param, enum plan_codes codes)
{
	(void)r, (void)codes;
	p->n_notices = 0;
	plan_add_notice(p, param->text, 0);
}

static void
set_never_receipt(
    struct plan *p, const struct plan_row *r, const struct plan_param *param, enum plan_codes codes)
{
	(void)r, (void)param, (void)codes;
	p->n_notices = 0;
}

static void
set_late(
    struct plan *p, const struct plan_row *r, const struct plan_param *param, enum plan_codes codes)
{
	(void)r, (void)codes;
	for (unsigned i = 0; i < p->n_notices; i++)
		p->notice[i].after_ms += (int64_t)(param->number * 1000);
}

static int64_t
seconds_or(const struct plan_param *param, int64_t otherwise_ms)
{
	return param->number > 0 ? (int64_t)(param->number * 1000) : otherwise_ms;
}

static void
set_receipt_twice(
    struct plan *p, const struct plan_row *r, const struct plan_param *param, enum plan_codes codes)
{
	(void)r, (void)codes;
	if (p->n_notices == 0 || p->n_notices == PLAN_NOTICES)
		return;
	struct plan_notice again = p->notice[p->n_notices - 1];
	again.after_ms += seconds_or(param, 200);
	p->notice[p->n_notices++] = again;
}

/* Another final first, with the row's code; what there was comes after it. */
static void
set_before(
    struct plan *p, const struct plan_row *r, const struct plan_param *param, enum plan_codes codes)
{
	p->n_notices = 0;
	plan_add_notice(p, r->text, row_err(r, codes));
	plan_add_notice(p, "DELIVRD", 0)->after_ms = seconds_or(param, 200);
}

static void
set_after(
    struct plan *p, const struct plan_row *r, const struct plan_param *param, enum plan_codes codes)
{
	p->n_notices = 0;
	plan_add_notice(p, "DELIVRD", 0);
	plan_add_notice(p, r->text, row_err(r, codes))->after_ms = seconds_or(param, 200);
}

static void
set_interim(
    struct plan *p, const struct plan_row *r, const struct plan_param *param, enum plan_codes codes)
{
	set_before(p, r, param, codes);
	p->notice[0].intermediate = r->value != 0;
}

static void
set_early(
    struct plan *p, const struct plan_row *r, const struct plan_param *param, enum plan_codes codes)
{
	(void)r, (void)codes;
	p->early = true;
	p->answer_ms = seconds_or(param, 50);
}

static void
set_form(
    struct plan *p, const struct plan_row *r, const struct plan_param *param, enum plan_codes codes)
{
	(void)param, (void)codes;
	p->form = (enum plan_form)r->value;
}

static void
set_reply(
    struct plan *p, const struct plan_row *r, const struct plan_param *param, enum plan_codes codes)
{
	(void)codes;
	p->reply = r->text;
	p->reply_ms = (int64_t)(param->number * 1000);
}

static void
set_reply_text(
    struct plan *p, const struct plan_row *r, const struct plan_param *param, enum plan_codes codes)
{
	(void)r, (void)codes;
	p->reply = param->text;
	p->reply_ms = 0;
}

static void
set_answer(
    struct plan *p, const struct plan_row *r, const struct plan_param *param, enum plan_codes codes)
{
	(void)param, (void)codes;
	p->answer = (enum plan_answer)r->value;
	/* Nobody could tell whose receipt it is; a rule may add one all the same. */
	if (p->answer != PLAN_DROP_AFTER && p->answer != PLAN_STRAY && p->answer != PLAN_TWICE)
		p->n_notices = 0;
}

static void
set_slow(
    struct plan *p, const struct plan_row *r, const struct plan_param *param, enum plan_codes codes)
{
	(void)r, (void)codes;
	p->answer_ms = (int64_t)(param->number * 1000);
}

/* The row's status for the first so many tries of a text. */
static void
set_times(
    struct plan *p, const struct plan_row *r, const struct plan_param *param, enum plan_codes codes)
{
	(void)codes;
	p->status = (uint32_t)r->value;
	p->times = (unsigned)param->number;
}

/* "refuse:0x0b", "refuse:0x64*3" */
static void
set_refuse(
    struct plan *p, const struct plan_row *r, const struct plan_param *param, enum plan_codes codes)
{
	const char *star = strchr(param->text, '*');

	(void)r, (void)codes;
	p->status = (uint32_t)param->number;
	p->times = star != NULL ? (unsigned)strtoul(star + 1, NULL, 10) : 0;
}

/* clang-format off */
static const struct plan_row rows[] = {
	{10, "deliver", "", "DELIVRD (what every other number does)", set_nothing, "", 0, 0, 0},
	{11, "landline", "", "UNDELIV 4720, gsm 11", set_receipt, "UNDELIV", 4720, 11, 0},
	{12, "expired", "", "EXPIRED without a code: not reachable", set_receipt, "EXPIRED", 0, 0, 0},
	{13, "unreachable", "", "UNDELIV 4702, gsm 27", set_receipt, "UNDELIV", 4702, 27, 0},
	{14, "not-in-service", "", "UNDELIV 4721, gsm 1", set_receipt, "UNDELIV", 4721, 1, 0},
	{15, "spam", "", "UNDELIV 4770, gsm 13", set_receipt, "UNDELIV", 4770, 13, 0},
	{16, "opted-out", "", "UNDELIV 4775, gsm 13: the carrier knows of an opt-out", set_receipt, "UNDELIV", 4775, 13, 0},
	{17, "undelivered", "", "UNDELIV without a code", set_receipt, "UNDELIV", 0, 0, 0},
	{18, "rejected", "", "REJECTD", set_receipt, "REJECTD", 0, 0, 0},
	{19, "deleted", "", "DELETED", set_receipt, "DELETED", 0, 0, 0},
	{20, "unknown", "", "UNKNOWN", set_receipt, "UNKNOWN", 0, 0, 0},
	{21, "failed", "", "FAILED, a word outside the list", set_receipt, "FAILED", 0, 0, 0},
	{22, "odd-stat", "", "WOBBLED, a word that nobody lists", set_receipt, "WOBBLED", 0, 0, 0},
	{23, "no-receipt", "", "accepted, and never a receipt", set_never_receipt, "", 0, 0, 0},
	{24, "late", "seconds", "the receipt comes so much later", set_late, "", 0, 0, 0},
	{25, "receipt-twice", "seconds", "the same receipt again after so long (0.2)", set_receipt_twice, "", 0, 0, 0},
	{26, "undeliv-first", "seconds", "UNDELIV, then DELIVRD after so long (0.2)", set_before, "UNDELIV", 4702, 27, 0},
	{27, "expired-first", "seconds", "EXPIRED, then DELIVRD", set_before, "EXPIRED", 0, 0, 0},
	{28, "acceptd-first", "seconds", "ACCEPTD in an ordinary receipt, then DELIVRD", set_interim, "ACCEPTD", 0, 0, 0},
	{29, "enroute-first", "seconds", "ENROUTE as an intermediate note, then DELIVRD", set_interim, "ENROUTE", 0, 0, 1},
	{30, "early", "seconds", "the receipt comes at once, the answer so much after it (0.05)", set_early, "", 0, 0, 0},
	{31, "text-only", "", "the receipt has text and no optional parameters", set_form, "", 0, 0, PLAN_TEXT},
	{32, "tlv-only", "", "the receipt has optional parameters and no text", set_form, "", 0, 0, PLAN_TLV},
	{33, "payload", "", "the receipt's text is in message_payload", set_form, "", 0, 0, PLAN_PAYLOAD},
	{34, "data-sm", "", "the receipt comes in a data_sm", set_form, "", 0, 0, PLAN_DATA_SM},
	{35, "ucs2", "", "the receipt's text is coded in UCS-2, data_coding 8", set_form, "", 0, 0, PLAN_UCS2},
	{36, "plain", "", "the receipt has esm_class 0 and only text", set_form, "", 0, 0, PLAN_PLAIN},
	{37, "odd-text", "", "the receipt's labels in another order, in capitals, some missing", set_form, "", 0, 0, PLAN_ODD},
	{38, "undeliv-after", "seconds", "DELIVRD, then UNDELIV", set_after, "UNDELIV", 4702, 27, 0},
	{40, "stop", "seconds", "delivered; so long after the receipt the phone replies STOP", set_reply, "STOP", 0, 0, 0},
	{41, "start", "seconds", "replies START", set_reply, "START", 0, 0, 0},
	{42, "help", "seconds", "replies HELP", set_reply, "HELP", 0, 0, 0},
	{43, "hello", "seconds", "replies with an ordinary text", set_reply, "Hello, can I come on Tuesday?", 0, 0, 0},
	{44, "maybe-stop", "seconds", "replies with a possible opt-out", set_reply, "please stop texting me", 0, 0, 0},
	{45, "emoji", "seconds", "replies in UCS-2", set_reply, "Gr\u00fc\u00dfe \U0001f44d", 0, 0, 0},
	{46, "long-reply", "seconds", "replies with a text of two parts", set_reply,
	    "I would like to come in again, my back is worse since the weekend. Monday is fine before noon, on Wednesday"
	    " any time, and on Friday only after four in the afternoon. Thank you, and see you soon.", 0, 0, 0},
	{50, "silent", "", "never answers the submit_sm", set_answer, "", 0, 0, PLAN_NEVER},
	{51, "slow", "seconds", "answers so much later", set_slow, "", 0, 0, 0},
	{52, "drop-before", "", "closes the connection instead of answering", set_answer, "", 0, 0, PLAN_DROP_BEFORE},
	{53, "drop-after", "", "answers and closes the connection", set_answer, "", 0, 0, PLAN_DROP_AFTER},
	{54, "cut", "", "closes the connection in the middle of the answer", set_answer, "", 0, 0, PLAN_CUT},
	{55, "garbage", "", "sends bytes that are no SMPP instead of an answer", set_answer, "", 0, 0, PLAN_GARBAGE},
	{56, "nack", "", "answers with a generic_nack", set_answer, "", 0, 0, PLAN_NACK},
	{57, "stray", "", "first an answer to a submit_sm that was never sent, then its own", set_answer, "", 0, 0, PLAN_STRAY},
	{58, "answer-twice", "", "the same answer twice", set_answer, "", 0, 0, PLAN_TWICE},
	{59, "empty-id", "", "accepts without a message id; no receipt", set_answer, "", 0, 0, PLAN_EMPTY_ID},
	{60, "throttle", "times", "ESME_RTHROTTLED for the first so many tries of a text, 0 = always", set_times, "", 0, 0, 0x58},
	{61, "queue-full", "times", "ESME_RMSGQFUL likewise", set_times, "", 0, 0, 0x14},
	{62, "system-error", "times", "ESME_RSYSERR likewise", set_times, "", 0, 0, 0x08},
	{63, "temporary", "times", "ESME_RX_T_APPN likewise", set_times, "", 0, 0, 0x64},
	{64, "submit-failed", "times", "ESME_RSUBMITFAIL likewise", set_times, "", 0, 0, 0x45},
	{65, "bad-destination", "times", "ESME_RINVDSTADR likewise", set_times, "", 0, 0, 0x0b},
	{66, "refuse-opted-out", "times", "status 4775 likewise", set_times, "", 0, 0, 4775},
	{0, "refuse", "status", "refuses with that status; \"refuse:0x64*3\" three times", set_refuse, "", 0, 0, 0},
	{0, "undeliv", "code", "UNDELIV with that code", set_err, "UNDELIV", 0, 0, 0},
	{0, "stat", "word", "a receipt with that word", set_stat, "", 0, 0, 0},
	{0, "reply", "text", "replies with that text", set_reply_text, "", 0, 0, 0},
};
/* clang-format on */

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

const struct plan_row *
plan_row_by_word(const char *word)
{
	for (unsigned i = 0; i < ROWS; i++)
		if (strcmp(rows[i].word, word) == 0)
			return &rows[i];
	return NULL;
}

const struct plan_row *
plan_row_by_digits(unsigned digits)
{
	for (unsigned i = 0; i < ROWS; i++)
		if (rows[i].digits != 0 && rows[i].digits == digits)
			return &rows[i];
	return NULL;
}

void
plan_help(FILE *f)
{
	fputs("What a submit_sm meets. By the last seven digits of its destination:\n"
	      "  556 SSSS  refused with status SSSS (decimal: 556-0011 is 0x0B, 556-0100 is 0x64)\n"
	      "  557 NSSS  refused N times with status SSS (decimal), then delivered\n"
	      "  558 EEEE  receipt UNDELIV with err EEEE\n"
	      "  555 BBPP  by this table; PP is the parameter\n"
	      "By a rule, \"PATTERN BEHAVIOUR\", the word with its parameter: *0123 landline, "
	      "1206* refuse:0x0b,\n"
	      "*7 slow:2+stop. Other numbers are delivered.\n\n"
	      "  BB  word              parameter  what\n",
	    f);
	for (unsigned i = 0; i < ROWS; i++) {
		char digits[12] = "--";
		if (rows[i].digits != 0)
			snprintf(digits, sizeof(digits), "%u", rows[i].digits);
		fprintf(f, "  %s  %-16s  %-9s  %s\n", digits, rows[i].word, rows[i].param,
		    rows[i].help);
	}
}
