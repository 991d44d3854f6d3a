#include "config.h"

#include "daemon/notify.h"

#ifdef HAVE_LIBSYSTEMD
#include <systemd/sd-daemon.h>
#endif

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct notify {
	struct loop_timer *watchdog_timer;
	int64_t every_ms;
};

static void
tell(const char *state)
{
#ifdef HAVE_LIBSYSTEMD
	sd_notify(0, state);
#else
	(void)state;
#endif
}

static void
feed(void *arg)
{
	struct notify *n = arg;

	tell("WATCHDOG=1");
	loop_timer_set(n->watchdog_timer, n->every_ms);
}

struct notify *
notify_new(struct loop *loop)
{
	struct notify *n = calloc(1, sizeof(*n));
	uint64_t usec = 0;

	if (!n || !(n->watchdog_timer = loop_timer_new(loop, feed, n))) {
		free(n);
		return NULL;
	}
#ifdef HAVE_LIBSYSTEMD
	if (sd_watchdog_enabled(0, &usec) <= 0)
		usec = 0;
#endif
	if (usec > 0) {
		n->every_ms = (int64_t)(usec / 2000);
		feed(n);
	}
	return n;
}

void
notify_free(struct notify *n)
{
	if (!n)
		return;
	loop_timer_free(n->watchdog_timer);
	free(n);
}

void
notify_ready(void)
{
	tell("READY=1");
}

void
notify_reloading(void)
{
	struct timespec ts;
	char text[80];

	clock_gettime(CLOCK_MONOTONIC, &ts);
	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%lld",
	    (long long)ts.tv_sec * 1000000 + ts.tv_nsec / 1000);
	tell(text);
}

void
notify_stopping(void)
{
	tell("STOPPING=1");
}

void
notify_status(const char *format, ...)
{
	char text[256] = "STATUS=";
	va_list ap;

	va_start(ap, format);
	vsnprintf(text + 7, sizeof(text) - 7, format, ap);
	va_end(ap);
	tell(text);
}
