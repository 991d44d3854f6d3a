/*
 * Every event that campaignd can log: X(id, name, level, meaning). The meaning says, for the
 * operator, what happened and what to do. Sorted by name. Never rename one: operators grep and
 * alert on them. tests/unit/t_log checks the names, the order, and that README lists each ERROR and
 * WARN.
 */
/* clang-format off */
X(BIND_CLOSED, "bind.closed", WARN, "A bind ended; why= says why. It is opened again by itself.")
X(BIND_CONNECTING, "bind.connecting", DEBUG, "A bind is being opened.")
X(BIND_FAILED, "bind.failed", WARN, "A bind could not be opened; error= says why, retry_ms= when it is tried again.")
X(BIND_REFUSED, "bind.refused", ERROR, "The carrier refused the credentials. Check system_id and password with the carrier; texts wait, one try every 15 minutes.")
X(BIND_STATE, "bind.state", INFO, "A bind came up, drains or was closed on purpose.")
X(CAMPAIGN_EVENT, "campaign.event", INFO, "A campaign started, was prepared, finished or was held; what= says which.")
X(CAMPAIGN_HELD, "campaign.held", ERROR, "A rule stopped a campaign; why= says which. Put the cause right, then resume_campaign() or cancel_campaign().")
X(CARRIER_ABSENT, "carrier.absent", ERROR, "A sender in the database names a carrier that the configuration does not have; its texts wait. Add the carrier or correct the sender.")
X(CARRIER_PACE, "carrier.pace", WARN, "The carrier asked for less (throttled), or the pace recovers; from= and to= are parts per second.")
X(CONF_INVALID, "conf.invalid", ERROR, "The configuration is not valid; file, line and key are named. Nothing was changed.")
X(CONF_RELOADED, "conf.reloaded", INFO, "The configuration was read again.")
X(CONF_RESTART, "conf.restart", WARN, "A key that was changed counts only after a restart.")
X(DAEMON_EXIT, "daemon.exit", INFO, "campaignd has stopped.")
X(DAEMON_START, "daemon.start", INFO, "campaignd has started.")
X(DAEMON_STOPPING, "daemon.stopping", INFO, "campaignd stops: no new claims, answers are awaited, then the binds are closed.")
X(DB_CONNECTED, "db.connected", INFO, "A connection to PostgreSQL is up.")
X(DB_COPY, "db.copy", ERROR, "This database is a restored copy or has failed over, and may hold texts as due that were sent already. Nothing is sent until an operator confirms it; hint= says how.")
X(DB_FAILED, "db.failed", ERROR, "PostgreSQL cannot be reached or refused the connection; it is tried again. Nothing is lost meanwhile.")
X(DB_LOST, "db.lost", ERROR, "The connection to PostgreSQL broke; it is opened again. Texts in flight are kept in memory.")
X(DB_SCHEMA, "db.schema", ERROR, "The database's schema is not the one that this campaignd needs. Run campaignd-migrate (or install the matching version).")
X(DB_STATEMENT, "db.statement", ERROR, "PostgreSQL refused a statement; error= has the server's SQLSTATE, message and hint. Report this.")
X(INBOUND_REPLY, "inbound.reply", INFO, "A text came in; kind= says what it was taken for.")
X(MSG_OUTCOME, "msg.outcome", INFO, "A text failed or is in doubt; status= and reason= are what the practice sees.")
X(MSG_SENT, "msg.sent", DEBUG, "The carrier accepted a part.")
X(OUTCOME_UNLISTED, "outcome.unlisted", WARN, "The carrier used a code that carrier_code does not list (logged once each). Add a row if you know what it means.")
X(PEER_NONSENSE, "peer.nonsense", WARN, "The carrier sent something that SMPP does not allow; it was survived. Repeated often: ask the carrier.")
X(PUMP_PUT_BACK, "pump.put_back", INFO, "Claimed texts that were not written went back to the queue.")
X(PUMP_RECONCILED, "pump.reconciled", INFO, "After PostgreSQL came back: what was written keeps waiting for its answer, the rest is queued again.")
X(RUN_SWEPT, "run.swept", WARN, "Another run of campaignd ended without stopping cleanly; its unanswered texts are Unknown now, the rest is queued again.")
X(STATS_PERIOD, "stats.period", INFO, "What went through in the last period; only when something did.")
