/*
 * campaignd: options, the parts in the order of starting and stopping, signals, and nothing else.
 */
#include "config.h"

#include "base/log.h"
#include "daemon/conf.h"
#include "daemon/keeper.h"
#include "daemon/notify.h"
#include "daemon/pump.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <unistd.h>

enum { STOP_MS = 80000, CHECK_DB_MS = 10000 }; /* systemd's own limit is 90 s (TimeoutStopSec) */

struct daemon {
	struct loop *loop;
	struct conf *conf;
	struct store *store;
	struct stats *stats;
	struct notify *notify;
	struct keeper *keeper;
	struct pump *pump[CONF_CARRIERS_MAX];
	unsigned n_pumps;
	struct outcomes *outcomes, *outcomes_read; /* in use, being read */
	struct loop_timer *stop_timer;
	bool stopping, closing, check_db;
	int status;
};

static void
each_pump(struct daemon *d, void (*call)(struct pump *))
{
	for (unsigned i = 0; i < d->n_pumps; i++)
		call(d->pump[i]);
}

/* ---------------------------------------------------------------------------------- stopping */

static void
daemon_closed(int64_t result, void *arg)
{
	(void)result;
	loop_stop(((struct daemon *)arg)->loop);
}

/* Every bind is down and every answer came or was given up: store the last of it and close the run.
 */
static void
daemon_stop_step(struct daemon *d)
{
	if (!d->stopping || d->closing)
		return;
	for (unsigned i = 0; i < d->n_pumps; i++)
		if (!pump_is_stopped(d->pump[i]))
			return;
	d->closing = true;
	store_close(d->store, daemon_closed, d);
}

static void
daemon_stop_overdue(void *arg)
{
	struct daemon *d = arg;

	d->status = d->check_db ? EX_UNAVAILABLE : EX_TEMPFAIL;
	loop_stop(d->loop);
}

static void
daemon_stop(void *arg)
{
	struct daemon *d = arg;

	if (d->stopping) { /* the second signal: leave at once */
		d->status = EX_TEMPFAIL;
		loop_stop(d->loop);
		return;
	}
	d->stopping = true;
	LOG(DAEMON_STOPPING, LOG_I("backlog", store_backlog(d->store)));
	notify_stopping();
	keeper_stop(d->keeper);
	loop_timer_set(d->stop_timer, STOP_MS);
	each_pump(d, pump_stop);
	daemon_stop_step(d);
}

/* ---------------------------------------------------------------------------------- reload */

static void
conf_changed(const char *key, bool applied, void *arg)
{
	(void)arg;
	if (applied)
		LOG(CONF_RELOADED, LOG_S("key", key));
	else
		LOG(CONF_RESTART, LOG_S("key", key));
}

static void
daemon_open_log(const struct conf *conf)
{
	int format = strcmp(conf->log_format, "auto") == 0 ? (int)log_format_auto()
							   : log_format_parse(conf->log_format);

	log_open((enum log_format)format, (enum log_level)log_level_parse(conf->log_level));
}

static void
daemon_reload(void *arg)
{
	struct daemon *d = arg;
	struct err err;
	struct conf *read;

	notify_reloading();
	read = conf_read(d->conf->file, &err);
	if (!read) {
		LOG(CONF_INVALID, LOG_S("error", err.text),
		    LOG_S("kept", "the configuration in use"));
	} else {
		conf_take_over(d->conf, read, conf_changed, d);
		conf_free(read);
		daemon_open_log(d->conf);
		each_pump(d, pump_reconf);
		LOG(CONF_RELOADED, LOG_S("file", d->conf->file));
	}
	store_read_codes(d->store);
	notify_ready();
}

/* ---------------------------------------------------------------------------------- what the store
 * says */

static void
store_ready(void *arg)
{
	struct daemon *d = arg;

	if (d->check_db) {
		d->stopping = true;
		daemon_stop_step(d);
		return;
	}
	if (d->stopping)
		return;
	each_pump(d, pump_ready);
	keeper_ready(d->keeper);
}

static void
store_unready(void *arg)
{
	struct daemon *d = arg;

	each_pump(d, pump_unready);
	keeper_binds_changed(d->keeper);
}

static void
store_holds(void *arg)
{
	each_pump(arg, pump_hold);
}

static void
store_dropped(int64_t message, int attempt, void *arg)
{
	struct daemon *d = arg;

	for (unsigned i = 0; i < d->n_pumps; i++)
		pump_dropped(d->pump[i], message, attempt);
}

static void
store_woken(void *arg)
{
	struct daemon *d = arg;

	if (d->stopping)
		return;
	each_pump(d, pump_woken);
	keeper_wake(d->keeper);
}

static void
codes_begin(void *arg)
{
	struct daemon *d = arg;

	outcomes_free(d->outcomes_read);
	d->outcomes_read = outcomes_new();
}

static void
codes_row(const struct store_code *c, void *arg)
{
	struct daemon *d = arg;
	struct err err;

	if (d->outcomes_read && outcomes_add(d->outcomes_read, c->source, c->code, c->status,
				    c->reason, c->next, &err) < 0)
		LOG(CONF_INVALID, LOG_S("table", "carrier_code"), LOG_S("source", c->source),
		    LOG_S("code", c->code), LOG_S("error", err.text));
}

static void
codes_end(void *arg)
{
	struct daemon *d = arg;
	struct outcomes *old = d->outcomes;

	if (!d->outcomes_read)
		return;
	d->outcomes = d->outcomes_read;
	d->outcomes_read = NULL;
	for (unsigned i = 0; i < d->n_pumps; i++)
		pump_codes(d->pump[i], d->outcomes);
	outcomes_free(old);
}

static void
store_high(bool high, void *arg)
{
	struct daemon *d = arg;

	for (unsigned i = 0; i < d->n_pumps; i++)
		pump_backlog(d->pump[i], high);
}

static void
pump_has_changed(void *arg)
{
	struct daemon *d = arg;

	keeper_binds_changed(d->keeper);
	daemon_stop_step(d);
}

static void
pump_is_active(void *arg)
{
	keeper_active(((struct daemon *)arg)->keeper);
}

/* ---------------------------------------------------------------------------------- start and end
 */

static int
daemon_open_store(struct daemon *d, struct err *err)
{
	static const struct store_calls calls = {store_ready, store_unready, store_holds,
	    store_dropped, store_woken, codes_begin, codes_row, codes_end, store_high};
	const struct store_conf conf = {
	    d->conf->conninfo, d->conf->after_failover, PACKAGE_VERSION};

	d->store = store_new(d->loop, &conf, &calls, d, err);
	return d->store ? 0 : -1;
}

static int
daemon_make_pumps(struct daemon *d, struct err *err)
{
	for (unsigned i = 0; i < d->conf->n_carriers; i++) {
		const struct pump_parts with = {d->loop, d->store, d->stats, &d->conf->carrier[i],
		    pump_has_changed, pump_is_active, d};

		if (!(d->pump[i] = pump_new(&with, err)))
			return -1;
		d->n_pumps++;
	}
	return 0;
}

static int
daemon_signals(struct daemon *d)
{
	signal(SIGPIPE, SIG_IGN);
	if (loop_on_signal(d->loop, SIGTERM, daemon_stop, d) < 0 ||
	    loop_on_signal(d->loop, SIGINT, daemon_stop, d) < 0 ||
	    loop_on_signal(d->loop, SIGHUP, daemon_reload, d) < 0)
		return -1;
	return 0;
}

static int
daemon_open(struct daemon *d, struct err *err)
{
	if (!(d->loop = loop_new(err)))
		return -1;
	err_set(err, ERR_SYSTEM, ENOMEM, "out of memory");
	if (!(d->stats = stats_new(d->loop)) ||
	    !(d->stop_timer = loop_timer_new(d->loop, daemon_stop_overdue, d)) ||
	    daemon_signals(d) < 0)
		return -1;
	if (daemon_open_store(d, err) < 0 || (!d->check_db && daemon_make_pumps(d, err) < 0))
		return -1;
	d->keeper = keeper_new(
	    &(struct keeper_parts){d->loop, d->store, d->stats, d->conf, d->pump, d->n_pumps});
	d->notify = notify_new(d->loop);
	return d->keeper && d->notify ? 0 : err_set(err, ERR_SYSTEM, ENOMEM, "out of memory");
}

static void
daemon_close(struct daemon *d)
{
	each_pump(d, pump_abort);
	store_free(d->store);
	each_pump(d, pump_free);
	keeper_free(d->keeper);
	notify_free(d->notify);
	stats_free(d->stats);
	loop_timer_free(d->stop_timer);
	outcomes_free(d->outcomes);
	outcomes_free(d->outcomes_read);
	loop_free(d->loop);
	conf_free(d->conf);
}

static int
daemon_run(struct daemon *d)
{
	const struct rlimit no_core = {0, 0};
	struct err err = {.kind = ERR_NONE};

	/* A core would hold patients' names and numbers. */
	setrlimit(RLIMIT_CORE, &no_core);
	daemon_open_log(d->conf);
	if (daemon_open(d, &err) < 0) {
		LOG(CONF_INVALID, LOG_S("error", err.text));
		daemon_close(d);
		return EX_CONFIG;
	}
	LOG(DAEMON_START, LOG_S("version", PACKAGE_VERSION), LOG_I("pid", getpid()),
	    LOG_I("run", store_run(d->store)), LOG_I("carriers", d->n_pumps));
	store_start(d->store);
	if (d->check_db)
		loop_timer_set(d->stop_timer, CHECK_DB_MS);
	each_pump(d, pump_start);
	notify_ready();
	if (loop_run(d->loop) < 0)
		d->status = EX_SOFTWARE;
	daemon_close(d);
	LOG(DAEMON_EXIT, LOG_I("status", d->status));
	return d->status;
}

static void
usage(FILE *f)
{
	fputs("usage: campaignd [-c FILE] [-t | -T | --check-db | -V | -h]\n"
	      "\n"
	      "Sends the text campaigns of a database over SMPP. Stays in the foreground.\n"
	      "\n"
	      "  -c, --config FILE   configuration (" SYSCONFDIR "/campaignd/campaignd.conf)\n"
	      "  -t, --check-config  check the configuration and exit\n"
	      "  -T, --print-config  print it with all defaults, without passwords, and exit\n"
	      "      --check-db      connect to the database, check its schema and exit\n"
	      "  -V, --version       print the version and exit\n"
	      "  -h, --help          print this and exit\n"
	      "\n"
	      "SIGTERM stops cleanly, a second one at once; SIGHUP reads the configuration and the "
	      "carrier codes again.\n",
	    f);
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {{"config", required_argument, NULL, 'c'},
	    {"check-config", no_argument, NULL, 't'}, {"print-config", no_argument, NULL, 'T'},
	    {"check-db", no_argument, NULL, 'D'}, {"version", no_argument, NULL, 'V'},
	    {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
	const char *file = SYSCONFDIR "/campaignd/campaignd.conf";
	struct daemon d = {.check_db = false};
	int option, mode = 0;
	struct err err;

	while ((option = getopt_long(argc, argv, "c:tTVh", options, NULL)) != -1) {
		switch (option) {
		case 'c':
			file = optarg;
			break;
		case 'V':
			puts("campaignd " PACKAGE_VERSION);
			return EX_OK;
		case 'h':
			usage(stdout);
			return EX_OK;
		case '?':
			usage(stderr);
			return EX_USAGE;
		default:
			mode = option;
			break;
		}
	}
	if (optind < argc) {
		usage(stderr);
		return EX_USAGE;
	}
	log_open(log_format_auto(), LOG_LEVEL_INFO);
	if (!(d.conf = conf_read(file, &err))) {
		LOG(CONF_INVALID, LOG_S("error", err.text));
		return err.kind == ERR_SYSTEM ? EX_NOINPUT : EX_CONFIG;
	}
	if (mode == 'T')
		conf_print(d.conf, stdout);
	if (mode == 't')
		printf("%s is valid: %u carrier(s)\n", file, d.conf->n_carriers);
	if (mode == 't' || mode == 'T') {
		conf_free(d.conf);
		return EX_OK;
	}
	d.check_db = mode == 'D';
	return daemon_run(&d);
}
