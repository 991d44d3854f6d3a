#include "base/err.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

static const char *const kind_names[] = {
    [ERR_NONE] = "none",
    [ERR_CONFIG] = "config",
    [ERR_SYSTEM] = "system",
    [ERR_TLS] = "tls",
    [ERR_DB] = "db",
    [ERR_RESOLVE] = "resolve",
    [ERR_PEER] = "peer",
};
static_assert(sizeof(kind_names) / sizeof(*kind_names) == ERR_KINDS, "a name for every kind");

const char *
err_kind_name(enum err_kind kind)
{
	return (unsigned)kind < ERR_KINDS ? kind_names[kind] : "unknown";
}

int
err_set(struct err *e, enum err_kind kind, long code, const char *format, ...)
{
	va_list ap;

	if (e == NULL)
		return -1;
	e->kind = kind;
	e->code = code;
	va_start(ap, format);
	if (vsnprintf(e->text, sizeof(e->text), format, ap) < 0)
		e->text[0] = '\0';
	va_end(ap);
	/* Foreign texts (libpq's above all) come with newlines; ours is one line. */
	size_t n = 0;
	for (char *p = e->text; *p != '\0'; p++) {
		if (*p == '\n' || *p == '\r')
			*p = ' ';
		if (*p != ' ')
			n = (size_t)(p - e->text) + 1;
	}
	e->text[n] = '\0';
	return -1;
}
