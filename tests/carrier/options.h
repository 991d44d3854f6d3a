/* The command line. options.c holds one table; --help prints it. */
#ifndef CARRIER_OPTIONS_H
#define CARRIER_OPTIONS_H

#include "base/err.h"
#include "form.h"
#include "smpp/coding.h"
#include "wire.h"

enum { OPTIONS_ACCOUNTS = 16 };

struct options {
	struct wire_conf wire;
	const char *port_file, *books, *control, *rules;
	const char *system_id[OPTIONS_ACCOUNTS], *password[OPTIONS_ACCOUNTS];
	unsigned n_accounts;
	struct form_ids ids;
	enum plan_form form;
	enum plan_codes codes;
	enum smpp_charset0 charset0;
	long long first_id;                    /* 0: from the clock */
	int max_binds, window, deliver_window; /* 0: no limit */
	int rate;                              /* submits accepted in any one second; 0: all */
	int receipt_delay_ms, answer_delay_ms, redeliver_ms, enquire_link_ms;
	int drop_after, drop_every;
	int max_seconds;
	uint32_t refuse_bind, refuse_binds; /* status; how often, UINT32_MAX = always */
	bool silent, long_answers, ignore_digits, keep_texts, any_receipt, die_with_parent;
};

enum options_outcome { OPTIONS_RUN, OPTIONS_DONE, OPTIONS_WRONG };

/* OPTIONS_DONE: help was printed. The texts stay argv's. */
enum options_outcome options_parse(struct options *, int argc, char **argv, struct err *);
/* "0x0d" or "5:3": a status and how often; "0": never more. 0, or -1. Also the control line's. */
int options_refuse_bind(const char *, uint32_t *status, uint32_t *times);

#endif
