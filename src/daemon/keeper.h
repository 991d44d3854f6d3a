/*
 * What is done beside the texts, in bounded steps on a connection of its own: campaigns are
 * started, prepared and finished, the left-overs of dead runs swept, the status rows of the binds
 * written. Wakes when the database says that something is to do, when told, and at least every 30
 * s; a second after anything was claimed, and while more is.
 */
#ifndef DAEMON_KEEPER_H
#define DAEMON_KEEPER_H

#include "daemon/conf.h"
#include "daemon/pump.h"

struct keeper;

struct keeper_parts {
	struct loop *loop;
	struct store *store;
	struct stats *stats;
	const struct conf *conf;
	struct pump **pumps;
	unsigned n_pumps;
};

struct keeper *keeper_new(const struct keeper_parts *);
void keeper_free(struct keeper *);
void keeper_ready(struct keeper *);         /* the database is there (again): do all of it now */
void keeper_wake(struct keeper *);          /* something may be to do (NOTIFY) */
void keeper_active(struct keeper *);        /* texts were claimed */
void keeper_binds_changed(struct keeper *); /* write their status rows soon */
void keeper_stop(struct keeper *);

#endif
