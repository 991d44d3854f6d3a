#include "base/log.h"

#include "base/clock.h"
#include "base/utf8.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
	const char *name, *meaning;
	enum log_level level;
} events[] = {
#define X(id, name, level, meaning) [LOG_##id] = {name, meaning, LOG_LEVEL_##level},
#include "base/log_events.h"
#undef X
};

/* The columns of logfmt line up; a level's word and its syslog priority for the journal. */
static const struct {
	const char *word, *padded;
	int priority;
} levels[] = {
    [LOG_LEVEL_ERROR] = {"error", "ERROR", 3},
    [LOG_LEVEL_WARN] = {"warn", "WARN ", 4},
    [LOG_LEVEL_INFO] = {"info", "INFO ", 6},
    [LOG_LEVEL_DEBUG] = {"debug", "DEBUG", 7},
};
static_assert(sizeof(levels) / sizeof(*levels) == LOG_LEVELS, "a name for every level");

static const char *const format_words[] = {
    [LOG_FORMAT_LOGFMT] = "logfmt",
    [LOG_FORMAT_JSON] = "json",
    [LOG_FORMAT_JOURNAL] = "journal",
};
static_assert(
    sizeof(format_words) / sizeof(*format_words) == LOG_FORMATS, "a word for every format");

/* The process has one standard error, so this is the one piece of state that belongs to nobody. */
static struct {
	enum log_format format;
	enum log_level level;
	void (*line_cb)(const char *line, void *arg);
	void *arg;
} out = {.level = LOG_LEVEL_INFO};

/*
 * A line on the stack: logging must work when memory is gone. A field that does not fit is left out
 * whole, so that the line stays well-formed; LINE_TAIL is kept for what closes it.
 */
enum { LINE_SIZE = 16384, LINE_TAIL = 4 };

struct line {
	size_t len;
	bool full;
	char text[LINE_SIZE];
};

void
log_open(enum log_format format, enum log_level level)
{
	out.format = format;
	out.level = level;
}

void
log_capture(void (*line_cb)(const char *line, void *arg), void *arg)
{
	out.line_cb = line_cb;
	out.arg = arg;
}

enum log_format
log_format_auto(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	uintmax_t dev, ino;
	struct stat st;

	/* systemd sets it for the first process; only what still writes to that very stream is the
	 * journal's. */
	if (stream == NULL || sscanf(stream, "%ju:%ju", &dev, &ino) != 2 ||
	    fstat(STDERR_FILENO, &st) != 0)
		return LOG_FORMAT_LOGFMT;
	return st.st_dev == dev && st.st_ino == ino ? LOG_FORMAT_JOURNAL : LOG_FORMAT_LOGFMT;
}

bool
log_wanted(enum log_event event)
{
	return events[event].level <= out.level;
}

const char *
log_event_name(enum log_event event)
{
	return events[event].name;
}

const char *
log_event_meaning(enum log_event event)
{
	return events[event].meaning;
}

enum log_level
log_event_level(enum log_event event)
{
	return events[event].level;
}

int
log_level_parse(const char *word)
{
	for (int i = 0; i < LOG_LEVELS; i++)
		if (strcmp(word, levels[i].word) == 0)
			return i;
	return -1;
}

int
log_format_parse(const char *word)
{
	if (strcmp(word, "auto") == 0)
		return (int)log_format_auto();
	for (int i = 0; i < LOG_FORMATS; i++)
		if (strcmp(word, format_words[i]) == 0)
			return i;
	return -1;
}

void
log_mask(const char *phone, char *masked)
{
	char last[4] = {0};
	unsigned digits = 0;

	masked[0] = '\0';
	if (phone == NULL)
		return;
	for (; *phone != '\0'; phone++)
		if (*phone >= '0' && *phone <= '9')
			last[digits++ % 4] = *phone;
	snprintf(masked, LOG_MASK_SIZE, "*");
	for (unsigned i = 0; digits >= 5 && i < 4; i++) {
		masked[1 + i] = last[(digits + i) % 4];
		masked[2 + i] = '\0';
	}
}

static void
line_put(struct line *l, const char *s, size_t n)
{
	if (l->full || n > sizeof(l->text) - LINE_TAIL - l->len) {
		l->full = true;
		return;
	}
	memcpy(l->text + l->len, s, n);
	l->len += n;
}

static void __attribute__((format(printf, 2, 3)))
line_printf(struct line *l, const char *format, ...)
{
	char text[160];
	va_list ap;

	va_start(ap, format);
	int n = vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	assert(n >= 0 && (size_t)n < sizeof(text));
	line_put(l, text, (size_t)n);
}

/* What could end a line, hide a part of it, or drive the terminal that shows it. */
static bool
is_unprintable(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x200b && c <= 0x200f) ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff ||
	       c == 0xfffd;
}

static void
put_escaped_char(struct line *l, uint32_t c, const char *bytes, size_t size)
{
	switch (c) {
	case '"':
		line_put(l, "\\\"", 2);
		return;
	case '\\':
		line_put(l, "\\\\", 2);
		return;
	case '\n':
		line_put(l, "\\n", 2);
		return;
	case '\r':
		line_put(l, "\\r", 2);
		return;
	case '\t':
		line_put(l, "\\t", 2);
		return;
	default:
		break;
	}
	if (is_unprintable(c))
		line_printf(l, "\\u%04" PRIx32, c);
	else
		line_put(l, bytes, size);
}

/* JSON's escapes, which logfmt shares. A byte that is not UTF-8 shows as U+FFFD. */
static void
put_quoted(struct line *l, const char *s, size_t n, bool cut)
{
	line_put(l, "\"", 1);
	for (size_t i = 0; i < n;) {
		uint32_t c = 0xfffd;
		size_t size = utf8_decode((const uint8_t *)s + i, n - i, &c);

		if (size == 0 && cut && n - i < 4)
			break; /* only the cut went through it */
		if (size == 0)
			size = 1;
		put_escaped_char(l, c, s + i, size);
		i += size;
	}
	line_put(l, "...\"", cut ? 4 : 0);
	line_put(l, "\"", cut ? 0 : 1);
}

static bool
needs_quotes(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (s[i] <= ' ' || s[i] > '~' || s[i] == '"' || s[i] == '=' || s[i] == '\\')
			return true;
	return n == 0;
}

static void
put_string(struct line *l, const char *s)
{
	size_t n = strnlen(s, LOG_VALUE_MAX + 1);
	bool cut = n > LOG_VALUE_MAX;

	if (cut)
		n = LOG_VALUE_MAX - 3;
	if (out.format == LOG_FORMAT_JSON || cut || needs_quotes(s, n))
		put_quoted(l, s, n, cut);
	else
		line_put(l, s, n);
}

static void
put_value(struct line *l, const struct log_field *f)
{
	const char *quote = out.format == LOG_FORMAT_JSON ? "\"" : "";
	char masked[LOG_MASK_SIZE];

	switch (f->type) {
	case LOG_TYPE_STRING:
		put_string(l, f->v.s);
		return;
	case LOG_TYPE_PHONE:
		log_mask(f->v.s, masked);
		put_string(l, masked);
		return;
	case LOG_TYPE_INT:
		line_printf(l, "%" PRId64, f->v.i);
		return;
	case LOG_TYPE_HEX:
		line_printf(l, "%s0x%08" PRIx64 "%s", quote, (uint64_t)f->v.i, quote);
		return;
	case LOG_TYPE_FLOAT:
		if (isfinite(f->v.f))
			line_printf(l, "%.6g", f->v.f);
		else
			line_put(l, "null", 4); /* JSON has no infinity */
		return;
	}
}

static void
put_field(struct line *l, const struct log_field *f)
{
	bool is_text = f->type == LOG_TYPE_STRING || f->type == LOG_TYPE_PHONE;
	size_t before = l->len;

	if (is_text && f->v.s == NULL)
		return;
	line_printf(l, out.format == LOG_FORMAT_JSON ? ",\"%s\":" : " %s=", f->key);
	put_value(l, f);
	if (l->full)
		l->len = before;
	l->full = false;
}

static void
put_head(struct line *l, enum log_event event)
{
	const char *name = events[event].name;
	unsigned level = events[event].level;
	char wall[CLOCK_WALL_SIZE];

	if (out.format == LOG_FORMAT_JOURNAL) {
		line_printf(l, "<%d>%s %s", levels[level].priority, levels[level].padded, name);
		return;
	}
	clock_wall(wall);
	if (out.format == LOG_FORMAT_JSON)
		line_printf(l, "{\"time\":\"%s\",\"level\":\"%s\",\"event\":\"%s\"", wall,
		    levels[level].word, name);
	else
		line_printf(l, "%s %s %s", wall, levels[level].padded, name);
}

static void
emit(struct line *l)
{
	l->text[l->len] = '\0';
	if (out.line_cb != NULL) {
		out.line_cb(l->text, out.arg);
		return;
	}
	l->text[l->len++] = '\n';
	/* Where not even this can be written there is nobody left to tell. */
	ssize_t written = write(STDERR_FILENO, l->text, l->len);
	(void)written;
}

void
log_write(enum log_event event, const struct log_field *fields, unsigned n)
{
	struct line l;

	if (!log_wanted(event))
		return;
	l.len = 0;
	l.full = false;
	put_head(&l, event);
	for (unsigned i = 0; i < n; i++)
		put_field(&l, &fields[i]);
	if (out.format == LOG_FORMAT_JSON)
		l.text[l.len++] = '}';
	emit(&l);
}
