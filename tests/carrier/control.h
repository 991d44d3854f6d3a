/*
 * The control line: a Unix socket that takes one command a line. Each is answered by its lines, if
 * it has any, and then by "ok" or "error: why". So a test can say "summary" and read until "ok".
 */
#ifndef CARRIER_CONTROL_H
#define CARRIER_CONTROL_H

#include "smsc.h"

struct control;

/* Replaces a socket that an earlier run left behind. quit_cb: somebody said "quit". */
struct control *control_new(struct event_base *, struct smsc *, const char *path,
    void (*quit_cb)(void *), void *arg, struct err *);
void control_free(struct control *); /* NULL is fine; removes the socket */

#endif
