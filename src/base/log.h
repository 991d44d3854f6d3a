/*
 * One line per fact: level, event, fields in a fixed order.
 *
 * Events are `thing.happened`; all of them stand in base/log_events.h with their level and their
 *meaning for the operator, and are never renamed. Three formats: logfmt (default on a terminal or
 *file), JSON (one object a line) and journal (logfmt with the sd-daemon "<3>" priority prefix and
 *without a time, which the journal adds). Values are quoted and escaped here, because carriers send
 *newlines and quotes too; a value longer than LOG_VALUE_MAX is cut and ends in "...". Lines go to
 *standard error with one write(2) each.
 *
 * Privacy: there is no way to log a phone number but LOG_PHONE(), which keeps the last four digits.
 *Message text and passwords are never passed in.
 *
 *	LOG(BIND_STATE, LOG_S("bind", name), LOG_S("to", "bound"), LOG_I("took_ms", 84));
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG, LOG_LEVELS };
enum log_format { LOG_FORMAT_LOGFMT, LOG_FORMAT_JSON, LOG_FORMAT_JOURNAL, LOG_FORMATS };
enum { LOG_VALUE_MAX = 512 };

enum log_event {
#define X(id, name, level, meaning) LOG_##id,
#include "base/log_events.h"
#undef X
	LOG_EVENTS
};

enum log_type { LOG_TYPE_STRING, LOG_TYPE_INT, LOG_TYPE_FLOAT, LOG_TYPE_HEX, LOG_TYPE_PHONE };

struct log_field {
	const char *key;
	enum log_type type;
	union {
		const char *s;
		int64_t i;
		double f;
	} v;
};

/* A string that is NULL leaves its field out. */
#define LOG_S(k, x) ((struct log_field){.key = (k), .type = LOG_TYPE_STRING, .v.s = (x)})
#define LOG_I(k, x) ((struct log_field){.key = (k), .type = LOG_TYPE_INT, .v.i = (x)})
#define LOG_F(k, x) ((struct log_field){.key = (k), .type = LOG_TYPE_FLOAT, .v.f = (x)})
#define LOG_X(k, x) ((struct log_field){.key = (k), .type = LOG_TYPE_HEX, .v.i = (x)})
#define LOG_PHONE(k, x) ((struct log_field){.key = (k), .type = LOG_TYPE_PHONE, .v.s = (x)})

#define LOG(event, ...)                                                                            \
	log_write(LOG_##event, (const struct log_field[]){__VA_ARGS__},                            \
	    sizeof((const struct log_field[]){__VA_ARGS__}) / sizeof(struct log_field))

void log_open(enum log_format, enum log_level);
/* LOG_FORMAT_JOURNAL when standard error is the journal's stream (JOURNAL_STREAM), else logfmt. */
enum log_format log_format_auto(void);
bool log_wanted(enum log_event); /* for work that only a log line needs */
void log_write(enum log_event, const struct log_field *, unsigned n);

const char *log_event_name(enum log_event);
const char *log_event_meaning(enum log_event);
enum log_level log_event_level(enum log_event);
/* -1 for a word that is none. */
int log_level_parse(const char *);
int log_format_parse(const char *); /* "auto" is answered by log_format_auto() */

/* Tests: lines go to this callback instead of standard error; NULL ends that. The line has no
 * newline. */
void log_capture(void (*line_cb)(const char *line, void *arg), void *arg);

/* "*0123" for "+12065550123", "*" for fewer than five digits, "" for NULL. out holds LOG_MASK_SIZE
 * bytes. */
enum { LOG_MASK_SIZE = 8 };
void log_mask(const char *phone, char *out);

#endif
