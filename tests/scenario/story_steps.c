#include "story.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- steps: setting up */

static struct session_conf
session_conf_of(struct words *w)
{
	struct session_conf c = {.system_id = "maple",
	    .password = "secret",
	    .system_type = "",
	    .server_name = "",
	    .window = 2,
	    .enquire_link_ms = 20000,
	    .response_timeout_ms = 60000,
	    .connect_timeout_ms = 10000,
	    .reconnect_max_ms = 300000};

	while (w->used < w->n) {
		const char *key = next_word(w);
		const char *value = next_word(w);

		if (strcmp(key, "window") == 0)
			c.window = number(value);
		else if (strcmp(key, "enquire_link") == 0)
			c.enquire_link_ms = duration(value);
		else if (strcmp(key, "response_timeout") == 0)
			c.response_timeout_ms = duration(value);
		else if (strcmp(key, "reconnect_max") == 0)
			c.reconnect_max_ms = duration(value);
		else if (strcmp(key, "mode") == 0)
			c.mode = strcmp(value, "transmitter") == 0 ? SESSION_TRANSMITTER
				 : strcmp(value, "receiver") == 0  ? SESSION_RECEIVER
								   : SESSION_TRANSCEIVER;
		else
			fail("bind knows no \"%s\"", key);
	}
	return c;
}

static void
add_link(struct session *s)
{
	struct link *l = &story.link[story.n_links++];

	l->session = s;
	buf_init(&l->held);
	story.now = &story.link[0];
}

static void
step_bind(struct words *w)
{
	static char name[32];

	snprintf(name, sizeof(name), "%s", next_word(w));
	struct session_conf c = session_conf_of(w);
	c.name = name;
	c.host = "smpp1.example";
	c.port = "2776";
	struct session *s = session_new(story.loop, &c, &story_calls, NULL);
	assert(s != NULL);
	add_link(s);
}

/* binds acme 2 [pair] hosts a:1 b:2 [with window 3 ...] */
static void
step_binds(struct words *w)
{
	static char carrier[32];
	const char *hosts[8];
	struct binds_conf c = {.carrier = carrier, .hosts = hosts};

	snprintf(carrier, sizeof(carrier), "%s", next_word(w));
	c.binds = number(next_word(w));
	c.pair = take_word(w, "pair");
	if (!take_word(w, "hosts"))
		fail("binds: hosts are missing");
	while (w->used < w->n && !take_word(w, "with"))
		hosts[c.n_hosts++] = next_word(w);
	c.session = session_conf_of(w);
	story.binds = binds_new(story.loop, &c, &story_calls, NULL);
	assert(story.binds != NULL);
	for (unsigned i = 0; i < binds_count(story.binds); i++)
		add_link(binds_at(story.binds, i));
}

/* ---- steps: our side */

static void
step_start(struct words *w)
{
	if (take_word(w, "all"))
		binds_start(story.binds);
	else
		session_start(story.now->session);
}

static void
step_stop(struct words *w)
{
	if (take_word(w, "all"))
		binds_stop(story.binds);
	else
		session_stop(story.now->session);
}

static void
step_abort(struct words *w)
{
	(void)w;
	session_abort(story.now->session);
}

static void
step_pause(struct words *w)
{
	(void)w;
	session_pause(story.now->session, true);
}

static void
step_resume(struct words *w)
{
	(void)w;
	session_pause(story.now->session, false);
}

static void
step_pass(struct words *w)
{
	fake_pass(story.loop, duration(next_word(w)));
}

static void
step_sequence(struct words *w)
{
	session_set_sequence(story.now->session, number(next_word(w)));
}

/* submit 101 [to 2065550123] | submit 101 to 110: one after the other is `submit 101 until 110` */
static void
submit_one(int id, const char *to)
{
	struct smpp_sm sm = {.registered_delivery = SMPP_REGISTERED_RECEIPT};
	char text[16];
	struct err err;

	if (id < 0 || id >= OUT)
		fail("submits are 0 to %d", OUT - 1);
	snprintf(text, sizeof(text), "%d", id);
	snprintf(sm.source.text, sizeof(sm.source.text), "12065550100");
	snprintf(sm.destination.text, sizeof(sm.destination.text), "%s", to);
	sm.text = (const uint8_t *)text;
	sm.text_len = strlen(text);
	if (session_submit(story.now->session, &sm, &story.owner[id], &err) < 0)
		fact(story.now, "%d not taken: %s", id, err.text);
}

static void
step_submit(struct words *w)
{
	int id = (int)number(next_word(w)), until = id;
	const char *to = "12065550123";

	if (take_word(w, "until"))
		until = (int)number(next_word(w));
	if (take_word(w, "to"))
		to = next_word(w);
	for (; id <= until; id++)
		submit_one(id, to);
}

/* when "delivered deliver_sm 6" pause */
static void
step_when(struct words *w)
{
	snprintf(story.when, sizeof(story.when), "%s", next_word(w));
	snprintf(story.then, sizeof(story.then), "%s", next_word(w));
}

static void
step_reply(struct words *w)
{
	uint32_t sequence = number(next_word(w));
	uint32_t status = number(next_word(w));

	for (unsigned i = 0; i < story.n_deliveries; i++) {
		struct delivery *d = &story.delivery[i];

		if (d->sequence != sequence)
			continue;
		session_reply(story.now->session, d->generation, d->command, sequence, status);
		*d = story.delivery[--story.n_deliveries];
		return;
	}
	fail("nothing with the number %" PRIu32 " was delivered", sequence);
}

/* Which bind would a text of so many parts go to? */
static void
step_pick(struct words *w)
{
	unsigned room = number(next_word(w));
	struct session *not_this = NULL, *s;

	for (unsigned i = 0; take_word(w, "not") && i < 1;)
		for (const char *name = next_word(w); i < story.n_links; i++)
			if (strcmp(session_name(story.link[i].session), name) == 0)
				not_this = story.link[i].session;
	s = binds_pick(story.binds, room, not_this);
	fact(NULL, "picks %s", s != NULL ? session_name(s) : "none");
}

/* ---- steps: the network and the carrier */

struct stream *
stream_now(void)
{
	if (story.now->stream == NULL)
		fail("there is no connection");
	return story.now->stream;
}

static void
feed_held(struct link *l)
{
	fake_feed(stream_now(), l->held.data, l->held.len);
	l->held.len = 0;
}

static void
step_net(struct words *w)
{
	const char *what = next_word(w);

	if (strcmp(what, "opens") == 0) {
		fake_open(stream_now());
	} else if (strcmp(what, "refuses") == 0) {
		fake_end(stream_now(), "connection refused");
	} else if (strcmp(what, "closes") == 0) {
		feed_held(story.now); /* came in the same moment */
		story.together = false;
		fake_end(stream_now(), "the peer closed the connection");
	} else if (strcmp(what, "full") == 0) {
		fake_full(stream_now(), true);
	} else {
		fail("net does not know \"%s\"", what);
	}
}

/* From here on, what the carrier sends arrives in one piece: at `arrives`, or with `net closes`. */
static void
step_together(struct words *w)
{
	(void)w;
	story.together = true;
}

static void
arrive(void)
{
	feed_held(story.now);
	fake_data(stream_now());
}

static void
step_arrives(struct words *w)
{
	(void)w;
	story.together = false;
	arrive();
}

static void
carrier_sends(const struct smpp_pdu *p)
{
	if (smpp_pdu_encode(p, &story.now->held) < 0)
		fail("the carrier cannot send that");
}

static void
carrier_header(uint32_t length, uint32_t command, uint32_t status, uint32_t sequence)
{
	struct buf *b = &story.now->held;

	buf_put_u32(b, length);
	buf_put_u32(b, command);
	buf_put_u32(b, status);
	buf_put_u32(b, sequence);
}

/* The number of the request that a word names: "bind", "enquire", "unbind", the id of a submit,
 * "seq N". */
static uint32_t
sequence_of(struct words *w)
{
	const char *what = next_word(w);

	if (strcmp(what, "bind") == 0)
		return story.now->bind_sequence;
	if (strcmp(what, "enquire") == 0)
		return story.now->enquire_sequence;
	if (strcmp(what, "unbind") == 0)
		return story.now->unbind_sequence;
	if (strcmp(what, "seq") == 0)
		return number(next_word(w));
	return story.sequence[number(what) % OUT];
}

static uint32_t
response_named(const char *what)
{
	switch (session_conf(story.now->session)->mode) {
	case SESSION_TRANSMITTER:
		if (strcmp(what, "bind") == 0)
			return SMPP_BIND_TRANSMITTER_RESP;
		break;
	case SESSION_RECEIVER:
		if (strcmp(what, "bind") == 0)
			return SMPP_BIND_RECEIVER_RESP;
		break;
	default:
		if (strcmp(what, "bind") == 0)
			return SMPP_BIND_TRANSCEIVER_RESP;
	}
	if (strcmp(what, "enquire") == 0)
		return SMPP_ENQUIRE_LINK_RESP;
	return strcmp(what, "unbind") == 0 ? SMPP_UNBIND_RESP : SMPP_SUBMIT_SM_RESP;
}

static void
carrier_answers(struct words *w)
{
	struct smpp_pdu p;

	memset(&p, 0, sizeof(p));
	p.command = response_named(w->at[w->used]);
	p.sequence = sequence_of(w);
	p.status = number(next_word(w));
	if (p.command == SMPP_SUBMIT_SM_RESP && w->used < w->n)
		snprintf(p.message_id, sizeof(p.message_id), "%s", next_word(w));
	if (p.command == SMPP_SUBMIT_SM_RESP && p.status != 0 && p.message_id[0] == '\0')
		carrier_header(16, p.command, p.status, p.sequence); /* without a body */
	else
		carrier_sends(&p);
}

static void
carrier_nacks(struct words *w)
{
	uint32_t sequence = sequence_of(w);

	carrier_header(16, SMPP_GENERIC_NACK, number(next_word(w)), sequence);
}

static const struct command {
	const char *name;
	uint32_t id;
} commands[] = {
    {"enquire_link", SMPP_ENQUIRE_LINK},
    {"unbind", SMPP_UNBIND},
    {"deliver_sm", SMPP_DELIVER_SM},
    {"data_sm", SMPP_DATA_SM},
    {"submit_sm", SMPP_SUBMIT_SM},
    {"bind_transceiver", SMPP_BIND_TRANSCEIVER},
    {"outbind", SMPP_OUTBIND},
    {"alert_notification", SMPP_ALERT_NOTIFICATION},
    {"query_sm", SMPP_QUERY_SM},
    {"query_sm_resp", SMPP_RESPONSE | SMPP_QUERY_SM},
    {"deliver_sm_resp", SMPP_DELIVER_SM_RESP},
};

static uint32_t
command_named(const char *name)
{
	for (unsigned i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		if (strcmp(commands[i].name, name) == 0)
			return commands[i].id;
	return number(name);
}

static void
carrier_sends_command(struct words *w)
{
	struct smpp_pdu p;

	memset(&p, 0, sizeof(p));
	p.command = command_named(next_word(w));
	p.sequence = number(next_word(w));
	unsigned times = take_word(w, "times") ? number(next_word(w)) : 1;
	p.sm.text = (const uint8_t *)"hello";
	p.sm.text_len = p.command == SMPP_DELIVER_SM || p.command == SMPP_DATA_SM ? 5 : 0;
	for (unsigned i = 0; i < times; i++)
		if (smpp_pdu_encode(&p, &story.now->held) < 0) /* one that we do not speak */
			carrier_header(16, p.command, 0, p.sequence);
}

static void
carrier_sends_octets(struct words *w)
{
	unsigned octet;
	int used;

	for (const char *hex = next_word(w); sscanf(hex, " %2x%n", &octet, &used) == 1; hex += used)
		buf_put_u8(&story.now->held, (uint8_t)octet);
}

static void
step_carrier(struct words *w)
{
	const char *verb = next_word(w);

	if (strcmp(verb, "answers") == 0)
		carrier_answers(w);
	else if (strcmp(verb, "nacks") == 0)
		carrier_nacks(w);
	else if (strcmp(verb, "sends") == 0 && take_word(w, "octets"))
		carrier_sends_octets(w);
	else if (strcmp(verb, "sends") == 0)
		carrier_sends_command(w);
	else
		fail("the carrier does not know how to %s", verb);
	if (!story.together)
		arrive();
}

/* start, open, bind, all as it should be */
static void
step_bound(struct words *w)
{
	(void)w;
	for (unsigned i = 0; i < story.n_links; i++) {
		struct words ok;

		story.now = &story.link[i];
		session_start(story.now->session);
		fake_open(stream_now());
		split(&ok, "bind ok");
		carrier_answers(&ok);
		arrive();
		if (session_state(story.now->session) != SESSION_BOUND)
			fail("it did not come up");
	}
	story.now = &story.link[0];
	story.n_facts = story.expected = 0;
}

static const struct step {
	const char *word;
	void (*take)(struct words *);
} steps[] = {
    {"bind", step_bind},
    {"binds", step_binds},
    {"start", step_start},
    {"stop", step_stop},
    {"abort", step_abort},
    {"pause", step_pause},
    {"resume", step_resume},
    {"pass", step_pass},
    {"sequence", step_sequence},
    {"submit", step_submit},
    {"reply", step_reply},
    {"pick", step_pick},
    {"net", step_net},
    {"carrier", step_carrier},
    {"together", step_together},
    {"arrives", step_arrives},
    {"bound", step_bound},
    {"when", step_when},
};

/* "acme-2: submit 7" is about acme-2 */
static void
choose_link(struct words *w)
{
	const char *word = w->n > 0 ? w->at[0] : "";
	size_t n = strlen(word);

	if (story.n_links > 0)
		story.now = &story.link[0];
	if (n == 0 || word[n - 1] != ':')
		return;
	for (unsigned i = 0; i < story.n_links; i++)
		if (strncmp(session_name(story.link[i].session), word, n - 1) == 0 &&
		    strlen(session_name(story.link[i].session)) == n - 1)
			story.now = &story.link[i];
	w->used++;
}

void
take_step(struct words *w)
{
	choose_link(w);
	const char *word = next_word(w);
	for (unsigned i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		if (strcmp(steps[i].word, word) != 0)
			continue;
		steps[i].take(w);
		if (w->used < w->n)
			fail("\"%s\" is too much", w->at[w->used]);
		return;
	}
	fail("there is no step \"%s\"", word);
}
