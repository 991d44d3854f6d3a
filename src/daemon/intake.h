/*
 * What a carrier delivers: receipts and replies. Stored and committed first, then answered: a crash
 * makes the carrier send it again, never lose it (architecture.md 3.4).
 */
#ifndef DAEMON_INTAKE_H
#define DAEMON_INTAKE_H

#include "daemon/conf.h"
#include "daemon/stats.h"
#include "policy/outcome.h"
#include "session/session.h"
#include "store/store.h"

struct intake {
	const struct conf_carrier *conf;
	struct store_carrier *store;
	struct stats *stats;
	/* NULL until carrier_code is read: nothing can be judged, what comes is refused for now. */
	const struct outcomes *outcomes;
	/* Codes that no row names, as logged: once each, the first INTAKE_UNLISTED of them. */
	char unlisted[64][40];
	unsigned n_unlisted;
};

void intake_delivered(
    struct intake *, struct session *, const struct smpp_pdu *, uint64_t generation);
/* Logs outcome.unlisted, the first time for each code. */
void intake_unlisted(struct intake *, const char *source, const char *code);

#endif
