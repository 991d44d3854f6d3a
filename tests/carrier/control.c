#include "control.h"
#include "grow.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

struct control {
	struct smsc *smsc;
	struct evconnlistener *listener;
	char *path;
	void (*quit_cb)(void *);
	void *quit_arg;
	LIST_HEAD(, client) clients;
};

struct client {
	LIST_ENTRY(client) all;
	struct control *control;
	struct bufferevent *bev;
};

/* One command; out is what it says before "ok". 0, or -1 with err. */
typedef int command_fn(struct control *, char *args, struct evbuffer *out, struct err *);

static int
bad_args(struct err *err)
{
	return err_set(err, ERR_CONFIG, 0, "not the arguments it takes; \"help\" lists them");
}

/* The next word of *s, which moves on; "" when there is none. */
static char *
word(char **s)
{
	char *start = *s + strspn(*s, " "), *end = start + strcspn(start, " ");

	*s = *end == '\0' ? end : end + 1;
	*end = '\0';
	return start;
}

static int
do_summary(struct control *c, char *args, struct evbuffer *out, struct err *err)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	(void)args;
	if (f == NULL)
		return err_set(err, ERR_SYSTEM, errno, "%s", strerror(errno));
	books_summary(&c->smsc->books, f);
	fclose(f);
	evbuffer_add(out, text, len);
	free(text);
	return 0;
}

static int
do_books(struct control *c, char *args, struct evbuffer *out, struct err *err)
{
	const char *file = word(&args);

	(void)out;
	if (*file == '\0')
		file = c->smsc->options->books;
	if (file == NULL)
		return err_set(err, ERR_CONFIG, 0, "no file: give one here or by --books");
	return books_write(&c->smsc->books, file, err);
}

static int
do_say(struct control *c, char *args, struct evbuffer *out, struct err *err)
{
	struct post_reply r = {.account = &c->smsc->account[0], .part = BOOKS_NONE};
	mono_t now = mono_now();

	(void)out;
	r.from = word(&args);
	r.to = word(&args);
	r.text = args;
	if (*r.from == '\0' || *r.to == '\0' || strlen(r.from) > 20 || strlen(r.to) > 20)
		return bad_args(err);
	if (post_reply(c->smsc, &r, now, now) == -1)
		return err_set(err, ERR_CONFIG, 0, "that text cannot be coded");
	return 0;
}

/* Another receipt for a part that the books hold: late, a second one, a contradiction. */
static int
do_receipt(struct control *c, char *args, struct evbuffer *out, struct err *err)
{
	char *part = word(&args), *stat = word(&args), *code = word(&args), *end;
	unsigned long no = strtoul(part, &end, 10);
	struct plan_notice n = {.err = (unsigned)strtoul(code, NULL, 10)};
	mono_t now = mono_now();

	(void)out;
	if (*part == '\0' || *end != '\0' || no >= c->smsc->books.n_parts || *stat == '\0')
		return bad_args(err);
	snprintf(n.stat, sizeof(n.stat), "%s", stat);
	post_receipt(c->smsc, (uint32_t)no, &n, c->smsc->options->form, now, now);
	return 0;
}

static int
do_rule(struct control *c, char *args, struct evbuffer *out, struct err *err)
{
	const char *pattern = word(&args);

	(void)out;
	if (*pattern == '\0' || *args == '\0')
		return bad_args(err);
	return plans_rule(c->smsc->plans, pattern, args, err);
}

static int
do_drop(struct control *c, char *args, struct evbuffer *out, struct err *err)
{
	(void)args, (void)out, (void)err;
	wire_close_all(c->smsc->wire, WIRE_AFTER, "dropped");
	return 0;
}

static int
do_unbind(struct control *c, char *args, struct evbuffer *out, struct err *err)
{
	struct peer *p;

	(void)args, (void)out, (void)err;
	LIST_FOREACH (p, &c->smsc->peers, all) {
		if (p->account == NULL || p->unbind != 0)
			continue;
		p->unbind = peer_sequence(p);
		struct smpp_pdu pdu = {.command = SMPP_UNBIND, .sequence = p->unbind};
		smpp_pdu_encode(&pdu, conn_out(p->conn));
	}
	return 0;
}

static int
do_pause(struct control *c, char *args, struct evbuffer *out, struct err *err)
{
	(void)args, (void)out, (void)err;
	c->smsc->paused = true;
	wire_pause(c->smsc->wire, true);
	return 0;
}

static void
pump_all(struct smsc *s)
{
	for (unsigned i = 0; i < s->n_accounts; i++)
		post_pump(s, &s->account[i], mono_now());
}

static int
do_resume(struct control *c, char *args, struct evbuffer *out, struct err *err)
{
	(void)args, (void)out, (void)err;
	c->smsc->paused = false;
	wire_pause(c->smsc->wire, false);
	pump_all(c->smsc);
	return 0;
}

static int
do_silent(struct control *c, char *args, struct evbuffer *out, struct err *err)
{
	const char *which = word(&args);

	(void)out;
	if (strcmp(which, "on") != 0 && strcmp(which, "off") != 0)
		return bad_args(err);
	c->smsc->silent = strcmp(which, "on") == 0;
	pump_all(c->smsc);
	return 0;
}

static int
do_refuse_bind(struct control *c, char *args, struct evbuffer *out, struct err *err)
{
	(void)out;
	return options_refuse_bind(word(&args), &c->smsc->refuse_bind, &c->smsc->refuse_binds) == -1
		   ? bad_args(err)
		   : 0;
}

static int
do_rate(struct control *c, char *args, struct evbuffer *out, struct err *err)
{
	char *s = word(&args), *end;
	unsigned long rate = strtoul(s, &end, 10);

	(void)out;
	if (end == s || *end != '\0')
		return bad_args(err);
	c->smsc->rate = (unsigned)rate;
	return 0;
}

/* Bytes as they are to every connection: what no carrier should send. */
static int
do_raw(struct control *c, char *args, struct evbuffer *out, struct err *err)
{
	size_t n = strlen(args) / 2;
	uint8_t bytes[1024];
	struct peer *p;

	(void)out;
	if (n == 0 || n > sizeof(bytes) || args[strspn(args, "0123456789abcdefABCDEF")] != '\0')
		return bad_args(err);
	for (size_t i = 0; i < n; i++) {
		char two[3] = {args[2 * i], args[2 * i + 1], '\0'};
		bytes[i] = (uint8_t)strtoul(two, NULL, 16);
	}
	LIST_FOREACH (p, &c->smsc->peers, all)
		buf_put(conn_out(p->conn), bytes, n);
	return 0;
}

static int
do_quit(struct control *c, char *args, struct evbuffer *out, struct err *err)
{
	(void)args, (void)out, (void)err;
	c->quit_cb(c->quit_arg);
	return 0;
}

static command_fn do_help;

static const struct {
	const char *name, *args, *help;
	command_fn *run;
} commands[] = {
    {"summary", "", "the summary of the books", do_summary},
    {"books", "[FILE]", "write the books", do_books},
    {"say", "FROM TO TEXT...", "a text from a phone, now", do_say},
    {"receipt", "PART STAT [ERR]", "one more receipt for a part of the books, now", do_receipt},
    {"rule", "PATTERN BEHAVIOUR", "a rule that comes before all others", do_rule},
    {"drop", "", "close all connections", do_drop},
    {"unbind", "", "send unbind to all", do_unbind},
    {"pause", "", "stop reading, answering and accepting", do_pause},
    {"resume", "", "go on", do_resume},
    {"silent", "on|off", "read and enter into the books, but say nothing", do_silent},
    {"refuse-bind", "STATUS[:COUNT]", "refuse the next binds; 0 = no more", do_refuse_bind},
    {"rate", "R", "submits accepted in any second; 0 = all", do_rate},
    {"raw", "HEX", "these bytes to every connection", do_raw},
    {"quit", "", "write the books and end", do_quit},
    {"help", "", "this", do_help},
};

enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static int
do_help(struct control *c, char *args, struct evbuffer *out, struct err *err)
{
	(void)c, (void)args, (void)err;
	for (unsigned i = 0; i < COMMANDS; i++)
		evbuffer_add_printf(
		    out, "%s %s: %s\n", commands[i].name, commands[i].args, commands[i].help);
	return 0;
}

static int
run_line(struct control *c, char *line, struct evbuffer *out, struct err *err)
{
	const char *name = word(&line);

	for (unsigned i = 0; i < COMMANDS; i++)
		if (strcmp(commands[i].name, name) == 0)
			return commands[i].run(c, line, out, err);
	return err_set(err, ERR_CONFIG, 0, "no such command; \"help\" lists them");
}

static void
read_cb(struct bufferevent *bev, void *arg)
{
	struct client *client = arg;
	struct evbuffer *out = bufferevent_get_output(bev);
	char *line;

	while (
	    (line = evbuffer_readln(bufferevent_get_input(bev), NULL, EVBUFFER_EOL_LF)) != NULL) {
		struct err err;
		if (run_line(client->control, line, out, &err) == -1)
			evbuffer_add_printf(out, "error: %s\n", err.text);
		else
			evbuffer_add(out, "ok\n", 3);
		free(line);
	}
}

static void
client_free(struct client *c)
{
	LIST_REMOVE(c, all);
	bufferevent_free(c->bev);
	free(c);
}

static void
event_cb(struct bufferevent *bev, short what, void *arg)
{
	(void)bev;
	if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR))
		client_free(arg);
}

static void
accept_cb(struct evconnlistener *l, evutil_socket_t fd, struct sockaddr *from, int len, void *arg)
{
	struct control *c = arg;
	struct client *client = grow_new(sizeof(*client));

	(void)from, (void)len;
	*client = (struct client){.control = c};
	client->bev = bufferevent_socket_new(evconnlistener_get_base(l), fd, BEV_OPT_CLOSE_ON_FREE);
	LIST_INSERT_HEAD(&c->clients, client, all);
	bufferevent_setcb(client->bev, read_cb, NULL, event_cb, client);
	bufferevent_enable(client->bev, EV_READ | EV_WRITE);
}

struct control *
control_new(struct event_base *base, struct smsc *s, const char *path, void (*quit_cb)(void *),
    void *arg, struct err *err)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};

	if (strlen(path) >= sizeof(at.sun_path)) {
		err_set(err, ERR_CONFIG, 0, "%s: too long for a socket", path);
		return NULL;
	}
	strcpy(at.sun_path, path);
	unlink(path);
	struct control *c = grow_new(sizeof(*c));
	*c = (struct control){
	    .smsc = s, .quit_cb = quit_cb, .quit_arg = arg, .path = grow_copy(path, strlen(path))};
	c->listener = evconnlistener_new_bind(base, accept_cb, c,
	    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 8, (struct sockaddr *)&at, sizeof(at));
	if (c->listener == NULL) {
		err_set(err, ERR_SYSTEM, errno, "%s: %s", path, strerror(errno));
		control_free(c);
		return NULL;
	}
	return c;
}

void
control_free(struct control *c)
{
	if (c == NULL)
		return;
	while (!LIST_EMPTY(&c->clients))
		client_free(LIST_FIRST(&c->clients));
	if (c->listener != NULL) {
		evconnlistener_free(c->listener);
		unlink(c->path);
	}
	free(c->path);
	free(c);
}
