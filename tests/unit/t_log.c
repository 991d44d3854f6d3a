#include "base/log.h"

#include "t.h"

#include <ctype.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static char got[65536];
static unsigned got_n;

static void
keep_line(const char *line, void *arg)
{
	assert_ptr_equal(arg, got);
	assert_null(strchr(line, '\n'));
	snprintf(got, sizeof(got), "%s", line);
	got_n++;
}

static void
capture(enum log_format format, enum log_level level)
{
	got[0] = '\0';
	got_n = 0;
	log_open(format, level);
	log_capture(keep_line, got);
}

/* The line behind the time, which must look like one. */
static const char *
after_time(const char *line, const char *before)
{
	static const char like[] = "0000-00-00T00:00:00.000Z";

	assert_memory_equal(line, before, strlen(before));
	line += strlen(before);
	for (const char *p = like; *p != '\0'; p++, line++) {
		if (*p == '0')
			assert_true(isdigit((unsigned char)*line));
		else
			assert_int_equal(*line, *p);
	}
	return line;
}

static void
logfmt_has_time_level_event_and_fields_in_order(void **state)
{
	(void)state;
	capture(LOG_FORMAT_LOGFMT, LOG_LEVEL_INFO);
	LOG(BIND_STATE, LOG_S("bind", "acme-1"), LOG_S("to", "bound"), LOG_I("took_ms", 84),
	    LOG_F("rate", 29.7), LOG_X("code", 0xb), LOG_PHONE("phone", "+12065550123"));
	assert_string_equal(after_time(got, ""),
	    " INFO  bind.state bind=acme-1 to=bound took_ms=84 rate=29.7 code=0x0000000b "
	    "phone=*0123");
}

static void
json_is_one_object_with_the_same_fields(void **state)
{
	(void)state;
	capture(LOG_FORMAT_JSON, LOG_LEVEL_INFO);
	LOG(BIND_CLOSED, LOG_S("bind", "acme-1"), LOG_S("why", "peer silent"), LOG_I("age_s", -1),
	    LOG_F("rate", 0.5), LOG_F("bad", 1.0 / 0.0), LOG_X("code", 0xffffffff),
	    LOG_PHONE("phone", "+12065550123"));
	assert_string_equal(after_time(got, "{\"time\":\""),
	    "\",\"level\":\"warn\",\"event\":\"bind.closed\",\"bind\":\"acme-1\","
	    "\"why\":\"peer silent\",\"age_s\":-1,\"rate\":0.5,\"bad\":null,"
	    "\"code\":\"0xffffffff\",\"phone\":\"*0123\"}");
}

static void
the_journal_gets_priorities_and_no_time(void **state)
{
	(void)state;
	capture(LOG_FORMAT_JOURNAL, LOG_LEVEL_DEBUG);
	LOG(DB_LOST, LOG_S("error", "gone"));
	assert_string_equal(got, "<3>ERROR db.lost error=gone");
	LOG(BIND_CLOSED, LOG_S("bind", "a"));
	assert_string_equal(got, "<4>WARN  bind.closed bind=a");
	LOG(BIND_STATE, LOG_S("bind", "a"));
	assert_string_equal(got, "<6>INFO  bind.state bind=a");
	LOG(MSG_SENT, LOG_I("msg", 90412));
	assert_string_equal(got, "<7>DEBUG msg.sent msg=90412");
}

struct value_row {
	const char *name;
	const char *value;
	const char *logfmt; /* what stands after the = */
	const char *json;   /* between the quotes, where it differs from logfmt's */
};

static const struct value_row value_rows[] = {
    {"a plain word stays bare in logfmt", "DELIVRD", "DELIVRD", "DELIVRD"},
    {"a blank needs quotes", "no route", "\"no route\"", NULL},
    {"an empty value is seen", "", "\"\"", NULL},
    {"an equals sign needs quotes", "a=b", "\"a=b\"", NULL},
    {"a newline cannot begin a second line", "x\n<3>ERROR db.lost", "\"x\\n<3>ERROR db.lost\"",
	NULL},
    {"carriage return and tab", "a\r\tb", "\"a\\r\\tb\"", NULL},
    {"quotes and backslashes", "say \"hi\" \\ bye", "\"say \\\"hi\\\" \\\\ bye\"", NULL},
    {"a backslash alone needs quotes", "a\\b", "\"a\\\\b\"", NULL},
    {"control characters", "\x01\x1b[31m\x7f", "\"\\u0001\\u001b[31m\\u007f\"", NULL},
    {"C1 control characters", "a\xc2\x9b", "\"a\\u009b\"", NULL},
    {"letters beyond ASCII are shown", "Zo\xc3\xab", "\"Zo\xc3\xab\"", NULL},
    {"an emoji is shown", "\xf0\x9f\x98\x80", "\"\xf0\x9f\x98\x80\"", NULL},
    {"invalid UTF-8", "a\xff\xfe z", "\"a\\ufffd\\ufffd z\"", NULL},
    {"UTF-8 that ends early", "a\xe2\x82", "\"a\\ufffd\\ufffd\"", NULL},
    {"a surrogate in UTF-8", "\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\"", NULL},
    {"an overlong newline", "\xc0\x8a", "\"\\ufffd\\ufffd\"", NULL},
    {"text that runs backwards",
	"a\xe2\x80\xae"
	"b",
	"\"a\\u202eb\"", NULL},
    {"a line separator",
	"a\xe2\x80\xa8"
	"b",
	"\"a\\u2028b\"", NULL},
};

static void
escapes(void **state)
{
	const struct value_row *row = *state;
	char want[256];

	capture(LOG_FORMAT_JOURNAL, LOG_LEVEL_INFO);
	LOG(BIND_STATE, LOG_S("v", row->value), LOG_I("n", 1));
	snprintf(want, sizeof(want), "<6>INFO  bind.state v=%s n=1", row->logfmt);
	assert_string_equal(got, want);

	capture(LOG_FORMAT_JSON, LOG_LEVEL_INFO);
	LOG(BIND_STATE, LOG_S("v", row->value), LOG_I("n", 1));
	if (row->json != NULL)
		snprintf(want, sizeof(want), "\"v\":\"%s\",\"n\":1}", row->json);
	else
		snprintf(want, sizeof(want), "\"v\":%s,\"n\":1}", row->logfmt);
	assert_non_null(strstr(got, want));
}

static void
a_value_over_the_limit_is_cut_between_characters(void **state)
{
	char value[LOG_VALUE_MAX + 2];

	(void)state;
	capture(LOG_FORMAT_JOURNAL, LOG_LEVEL_INFO);
	memset(value, 'x', sizeof(value));
	value[LOG_VALUE_MAX] = '\0';
	LOG(BIND_STATE, LOG_S("v", value));
	assert_int_equal(strlen(got), strlen("<6>INFO  bind.state v=") + LOG_VALUE_MAX);

	value[LOG_VALUE_MAX] = 'x';
	value[LOG_VALUE_MAX + 1] = '\0';
	LOG(BIND_STATE, LOG_S("v", value));
	assert_int_equal(strlen(got), strlen("<6>INFO  bind.state v=\"\"") + LOG_VALUE_MAX);
	assert_string_equal(got + strlen(got) - 5, "x...\"");

	memcpy(value + LOG_VALUE_MAX - 3 - 2, "\xe2\x82\xac", 3); /* the cut goes through it */
	LOG(BIND_STATE, LOG_S("v", value));
	assert_string_equal(got + strlen(got) - 5, "x...\"");
	assert_null(strchr(got, '\xe2'));
	assert_null(strstr(got, "fffd"));
}

static void
a_field_that_does_not_fit_leaves_the_line_well_formed(void **state)
{
	struct log_field fields[40];
	char value[LOG_VALUE_MAX + 1];

	(void)state;
	capture(LOG_FORMAT_JSON, LOG_LEVEL_INFO);
	memset(value, '\x01', LOG_VALUE_MAX); /* each becomes six */
	value[LOG_VALUE_MAX] = '\0';
	for (unsigned i = 0; i < 39; i++)
		fields[i] = LOG_S("v", value);
	fields[39] = LOG_I("last", 7);
	log_write(LOG_BIND_STATE, fields, 40);
	assert_true(strlen(got) > 10000);
	const char *tail = "\\u0001\",\"last\":7}";
	assert_string_equal(got + strlen(got) - strlen(tail), tail);
}

static void
a_null_string_leaves_its_field_out(void **state)
{
	(void)state;
	capture(LOG_FORMAT_JOURNAL, LOG_LEVEL_INFO);
	LOG(BIND_STATE, LOG_S("a", NULL), LOG_PHONE("p", NULL), LOG_I("b", 2));
	assert_string_equal(got, "<6>INFO  bind.state b=2");
}

static void
levels_above_the_chosen_one_are_quiet(void **state)
{
	(void)state;
	capture(LOG_FORMAT_JOURNAL, LOG_LEVEL_WARN);
	assert_false(log_wanted(LOG_BIND_STATE));
	assert_true(log_wanted(LOG_BIND_CLOSED));
	LOG(BIND_STATE, LOG_I("n", 1));
	LOG(MSG_SENT, LOG_I("n", 1));
	assert_int_equal(got_n, 0);
	LOG(BIND_CLOSED, LOG_I("n", 1));
	LOG(DB_LOST, LOG_I("n", 1));
	assert_int_equal(got_n, 2);
}

struct mask_row {
	const char *name;
	const char *phone, *want;
};

static const struct mask_row mask_rows[] = {
    {"a full number keeps its last four digits", "+12065550123", "*0123"},
    {"punctuation is not counted", "(206) 555-01 23", "*0123"},
    {"five digits keep four", "54321", "*4321"},
    {"four digits are hidden", "4321", "*"},
    {"a name is hidden", "MAPLE PT", "*"},
    {"an empty number is hidden", "", "*"},
    {"no number is nothing", NULL, ""},
    {"more digits than any number has", "00000000000000000000000000000000000000000000009876",
	"*9876"},
};

static void
masks(void **state)
{
	const struct mask_row *row = *state;
	char out[LOG_MASK_SIZE];

	log_mask(row->phone, out);
	assert_string_equal(out, row->want);
}

static void
words_are_parsed(void **state)
{
	(void)state;
	assert_int_equal(log_level_parse("error"), LOG_LEVEL_ERROR);
	assert_int_equal(log_level_parse("warn"), LOG_LEVEL_WARN);
	assert_int_equal(log_level_parse("info"), LOG_LEVEL_INFO);
	assert_int_equal(log_level_parse("debug"), LOG_LEVEL_DEBUG);
	assert_int_equal(log_level_parse("loud"), -1);
	assert_int_equal(log_format_parse("logfmt"), LOG_FORMAT_LOGFMT);
	assert_int_equal(log_format_parse("json"), LOG_FORMAT_JSON);
	assert_int_equal(log_format_parse("journal"), LOG_FORMAT_JOURNAL);
	assert_int_equal(log_format_parse("xml"), -1);
	assert_int_equal(log_format_parse("auto"), (int)log_format_auto());
}

static void
auto_is_journal_only_when_standard_error_is_its_stream(void **state)
{
	char stream[64];
	struct stat st;

	(void)state;
	unsetenv("JOURNAL_STREAM");
	assert_int_equal(log_format_auto(), LOG_FORMAT_LOGFMT);
	assert_int_equal(fstat(STDERR_FILENO, &st), 0);
	snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
	assert_int_equal(log_format_auto(), LOG_FORMAT_JOURNAL);
	snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino + 1);
	setenv("JOURNAL_STREAM", stream, 1);
	assert_int_equal(log_format_auto(), LOG_FORMAT_LOGFMT);
	setenv("JOURNAL_STREAM", "nonsense", 1);
	assert_int_equal(log_format_auto(), LOG_FORMAT_LOGFMT);
	unsetenv("JOURNAL_STREAM");
}

/* On a socket of packets, each packet is one write(2). */
static void
each_line_is_one_write_that_ends_in_a_newline(void **state)
{
	char packet[256];
	int pair[2];

	(void)state;
	log_capture(NULL, NULL);
	log_open(LOG_FORMAT_JOURNAL, LOG_LEVEL_INFO);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	int saved = dup(STDERR_FILENO);
	dup2(pair[1], STDERR_FILENO);
	LOG(BIND_STATE, LOG_S("bind", "a b"));
	LOG(BIND_STATE, LOG_S("bind", "c"));
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(pair[1]);
	static const char *const want[] = {
	    "<6>INFO  bind.state bind=\"a b\"\n", "<6>INFO  bind.state bind=c\n"};
	for (int i = 0; i < 2; i++) {
		ssize_t n = recv(pair[0], packet, sizeof(packet), 0);

		assert_int_equal(n, strlen(want[i]));
		assert_memory_equal(packet, want[i], strlen(want[i]));
	}
	assert_int_equal(recv(pair[0], packet, sizeof(packet), 0), 0);
	close(pair[0]);
}

static void
events_are_sorted_and_called_thing_happened(void **state)
{
	(void)state;
	for (int i = 0; i < LOG_EVENTS; i++) {
		const char *name = log_event_name((enum log_event)i);
		const char *dot = strchr(name, '.');

		if (i > 0)
			assert_true(strcmp(log_event_name((enum log_event)(i - 1)), name) < 0);
		assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz_."), strlen(name));
		assert_non_null(dot);
		assert_null(strchr(dot + 1, '.'));
		assert_true(dot > name && dot[1] != '\0');
		assert_true(log_event_level((enum log_event)i) < LOG_LEVELS);
	}
}

/* BIND_STATE is bind.state: what one greps for in the log is found in the code. */
static void
an_events_id_is_its_name_in_capitals(void **state)
{
	static const char *const ids[] = {
#define X(id, name, level, meaning) #id,
#include "base/log_events.h"
#undef X
	};

	(void)state;
	for (int i = 0; i < LOG_EVENTS; i++) {
		const char *name = log_event_name((enum log_event)i);

		assert_int_equal(strlen(ids[i]), strlen(name));
		for (size_t k = 0; name[k] != '\0'; k++)
			assert_int_equal(
			    ids[i][k], name[k] == '.' ? '_' : toupper((unsigned char)name[k]));
	}
}

static void
every_meaning_is_a_sentence(void **state)
{
	(void)state;
	for (int i = 0; i < LOG_EVENTS; i++) {
		const char *meaning = log_event_meaning((enum log_event)i);

		assert_true(strlen(meaning) > 10);
		assert_int_equal(meaning[strlen(meaning) - 1], '.');
	}
}

/* An operator looks an alarming line up there. */
static void
readme_lists_every_error_and_warning(void **state)
{
	static char text[1 << 20];
	FILE *f = fopen(SRCDIR "/README", "r");

	(void)state;
	assert_non_null(f);
	size_t n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = '\0';
	for (int i = 0; i < LOG_EVENTS; i++) {
		const char *name = log_event_name((enum log_event)i);

		if (log_event_level((enum log_event)i) <= LOG_LEVEL_WARN &&
		    strstr(text, name) == NULL)
			fail_msg("README does not list %s", name);
	}
}

int
main(void)
{
	static struct t_list l;

	T_TEST(&l, logfmt_has_time_level_event_and_fields_in_order);
	T_TEST(&l, json_is_one_object_with_the_same_fields);
	T_TEST(&l, the_journal_gets_priorities_and_no_time);
	T_TABLE(&l, escapes, value_rows);
	T_TEST(&l, a_value_over_the_limit_is_cut_between_characters);
	T_TEST(&l, a_field_that_does_not_fit_leaves_the_line_well_formed);
	T_TEST(&l, a_null_string_leaves_its_field_out);
	T_TEST(&l, levels_above_the_chosen_one_are_quiet);
	T_TABLE(&l, masks, mask_rows);
	T_TEST(&l, words_are_parsed);
	T_TEST(&l, auto_is_journal_only_when_standard_error_is_its_stream);
	T_TEST(&l, each_line_is_one_write_that_ends_in_a_newline);
	T_TEST(&l, events_are_sorted_and_called_thing_happened);
	T_TEST(&l, an_events_id_is_its_name_in_capitals);
	T_TEST(&l, every_meaning_is_a_sentence);
	T_TEST(&l, readme_lists_every_error_and_warning);
	return T_RUN("log", &l);
}
