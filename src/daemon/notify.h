/*
 * What systemd hears (sd_notify(3)): ready, reloading, stopping, a status line, and the watchdog's
 * food. Without systemd, or built without libsystemd, all of it does nothing.
 */
#ifndef DAEMON_NOTIFY_H
#define DAEMON_NOTIFY_H

#include "net/loop.h"

struct notify;

struct notify *notify_new(
    struct loop *); /* starts to feed the watchdog where WATCHDOG_USEC asks for it */
void notify_free(struct notify *);
void notify_ready(void);
void notify_reloading(void); /* then notify_ready() */
void notify_stopping(void);
void notify_status(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
