/*
 * Random walks: the carrier, the network, the clock and the owner do anything at any time, the
 * owner from inside its callbacks, too. Whatever happens, each submit that was taken ends exactly
 * once, is unconfirmed at most once before, and nothing is on the wire that was not submitted. The
 * same walks on every run; `walk SEED` takes another one.
 */
#include "fake_net.h"

#include "base/log.h"
#include "session/session.h"
#include "smpp/frame.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WALKS = 300, STEPS = 2000, TEXTS = 4000, WINDOW = 7, DELIVERIES = 16 };

enum fate { UNUSED, OUT, UNCONFIRMED, ENDED };

struct text {
	enum fate fate;
	bool written;
};

static struct walk {
	uint32_t random;
	struct loop *loop;
	struct session *session;
	struct stream *stream;
	bool open; /* the stream */
	struct text text[TEXTS];
	unsigned n_texts, n_out;
	uint32_t last[WINDOW + 3]; /* numbers of our last requests, to answer */
	unsigned n_last;
	struct {
		uint32_t command, sequence;
		uint64_t generation;
	} delivery[DELIVERIES];
	unsigned n_deliveries, depth;
	unsigned submitted, answered, late, lost, bound, octets;
} walk;

static uint32_t
any(uint32_t below)
{
	walk.random = walk.random * 1664525 + 1013904223;
	return (walk.random >> 8) % below;
}

static void
connects_cb(struct stream *s, const char *host, const char *port, void *owner)
{
	(void)host;
	(void)port;
	assert(owner == walk.session && walk.stream == NULL);
	walk.stream = s;
	walk.open = false;
}

static void
closes_cb(struct stream *s)
{
	assert(s == walk.stream);
	walk.stream = NULL;
}

/* Every PDU is whole, and every submit one that was just submitted, once. */
static void
writes_cb(struct stream *s, const uint8_t *data, size_t n)
{
	struct smpp_pdu p;
	size_t len;
	unsigned i;

	assert(s == walk.stream && smpp_frame(data, n, &len) == SMPP_FRAME_READY && len == n);
	assert(smpp_pdu_decode(data, len, &p) != SMPP_DECODE_BAD);
	if (p.command & SMPP_RESPONSE)
		return;
	assert(p.sequence >= 1 && p.sequence <= 0x7fffffff);
	walk.last[walk.n_last++ % (WINDOW + 3)] = p.sequence;
	if (p.command != SMPP_SUBMIT_SM)
		return;
	memcpy(&i, p.sm.text, sizeof(i));
	assert(i < walk.n_texts && walk.text[i].fate == OUT && !walk.text[i].written);
	walk.text[i].written = true;
}

static void owner_does_anything(void);

static void
end(struct text *t)
{
	assert(t->fate == OUT || t->fate == UNCONFIRMED);
	t->fate = ENDED;
	walk.n_out--;
}

static void
answered_cb(
    struct session *s, void *owner, uint32_t status, const char *message_id, bool late, void *arg)
{
	struct text *t = owner;

	(void)arg;
	assert(s == walk.session && t->written && late == (t->fate == UNCONFIRMED));
	assert(status == 0 || message_id[0] == '\0');
	end(t);
	walk.answered++;
	walk.late += late;
	owner_does_anything();
}

static void
unanswered_cb(struct session *s, void *owner, bool lost, void *arg)
{
	struct text *t = owner;

	(void)arg;
	assert(s == walk.session && t->written);
	if (lost) {
		end(t);
		walk.lost++;
	} else {
		assert(t->fate == OUT);
		t->fate = UNCONFIRMED;
	}
	owner_does_anything();
}

static void
delivered_cb(struct session *s, const struct smpp_pdu *p, uint64_t generation, void *arg)
{
	unsigned i = walk.n_deliveries++ % DELIVERIES;

	(void)arg;
	assert(s == walk.session && p->sm.text_len <= 65535);
	for (size_t k = 0; k < p->sm.text_len; k++) /* every octet is there */
		walk.octets += p->sm.text[k];
	walk.delivery[i].command = p->command;
	walk.delivery[i].sequence = p->sequence;
	walk.delivery[i].generation = generation;
	owner_does_anything();
}

static void
changed_cb(struct session *s, enum session_state from, enum session_state to, void *arg)
{
	(void)arg;
	(void)from;
	assert(s == walk.session);
	walk.bound += from != to && to == SESSION_BOUND;
	owner_does_anything();
}

/* ---- what may happen */

static void
submit(void)
{
	struct smpp_sm sm = {.text_len = sizeof(unsigned)};
	unsigned i = walk.n_texts, room = session_room(walk.session);
	struct err err;

	if (i == TEXTS)
		return;
	snprintf(sm.destination.text, sizeof(sm.destination.text), "12065550123");
	sm.text = (const uint8_t *)&i;
	walk.n_texts++;
	walk.text[i].fate = OUT;
	int rc = session_submit(walk.session, &sm, &walk.text[i], &err);
	assert((rc == 0) == walk.text[i].written && (rc < 0 || room > 0));
	if (rc < 0)
		walk.text[i].fate = ENDED;
	walk.n_out += rc == 0;
	walk.submitted += rc == 0;
}

static void
reply(void)
{
	unsigned i = any(DELIVERIES);

	session_reply(walk.session, walk.delivery[i].generation, walk.delivery[i].command,
	    walk.delivery[i].sequence, any(2) * SMPP_RX_T_APPN);
}

static void
owner_does_anything(void)
{
	if (walk.depth > 3)
		return;
	walk.depth++;
	switch (any(400)) {
	case 0:
		session_stop(walk.session);
		break;
	case 1:
		session_abort(walk.session);
		break;
	case 2:
		session_pause(walk.session, any(2) == 0);
		break;
	case 3:
		session_start(walk.session);
		break;
	default:
		if (any(2) == 0)
			submit();
		else
			reply();
	}
	walk.depth--;
}

static const uint32_t commands[] = {SMPP_SUBMIT_SM_RESP, SMPP_SUBMIT_SM_RESP, SMPP_SUBMIT_SM_RESP,
    SMPP_SUBMIT_SM_RESP, SMPP_SUBMIT_SM_RESP, SMPP_DELIVER_SM, SMPP_DELIVER_SM, SMPP_DATA_SM,
    SMPP_ENQUIRE_LINK, SMPP_ENQUIRE_LINK_RESP, SMPP_GENERIC_NACK, SMPP_UNBIND_RESP,
    SMPP_BIND_TRANSCEIVER_RESP, SMPP_ALERT_NOTIFICATION, SMPP_OUTBIND, SMPP_QUERY_SM,
    SMPP_SUBMIT_SM, SMPP_UNBIND};
static const uint32_t statuses[] = {
    0, 0, 0, 0, SMPP_RTHROTTLED, SMPP_RINVCMDLEN, SMPP_RINVPASWD, SMPP_RALYBND};

static void
put_any_pdu(struct buf *b)
{
	struct smpp_pdu p;

	memset(&p, 0, sizeof(p));
	/* unbind, the last, is rare */
	p.command = commands[any(any(60) == 0 ? 18 : 17)];
	p.sequence = any(8) == 0 ? any(3) * 0x7fffffff : walk.last[any(WINDOW + 3)];
	if (p.command & SMPP_RESPONSE) {
		p.status = statuses[any(8)];
		memcpy(p.message_id, "a7", 3);
	} else if (p.command == SMPP_DELIVER_SM || p.command == SMPP_DATA_SM) {
		p.sm.text = (const uint8_t *)"hello";
		p.sm.text_len = 5;
	}
	if (smpp_pdu_encode(&p, b) < 0)
		smpp_put_response(b, p.command, p.status, p.sequence);
}

static void
put_any_octets(struct buf *b)
{
	for (unsigned n = any(40); n > 0; n--)
		buf_put_u8(b, (uint8_t)any(256));
}

static void
carrier_says_anything(void)
{
	struct buf b;
	size_t cut;

	buf_init(&b);
	for (unsigned n = any(6); n > 0; n--)
		put_any_pdu(&b);
	if (any(600) == 0)
		put_any_octets(&b);
	cut = any(40) == 0 ? any((uint32_t)b.len + 1) : b.len;
	fake_feed(walk.stream, b.data, cut);
	fake_data(walk.stream);
	if (walk.stream != NULL && walk.open && cut < b.len && any(4) > 0) {
		fake_feed(walk.stream, b.data + cut, b.len - cut);
		fake_data(walk.stream);
	}
	buf_clear(&b);
}

static void
network_does_anything(void)
{
	if (walk.stream == NULL)
		return;
	if (!walk.open && any(4) > 0) {
		walk.open = true;
		fake_open(walk.stream);
	} else if (!walk.open || any(250) == 0) {
		walk.open = false;
		fake_end(walk.stream, "gone");
	} else if (any(40) == 0) {
		fake_full(walk.stream, any(2) == 0);
	} else {
		carrier_says_anything();
	}
}

static void
step(void)
{
	static const int64_t pauses[] = {1, 100, 1000, 5000, 20000, 40000, 1000000};

	switch (any(12)) {
	case 0:
	case 1:
		owner_does_anything();
		break;
	case 2:
		fake_pass(walk.loop, pauses[any(any(5) == 0 ? 7 : 4)]);
		break;
	case 3:
	case 4:
		submit();
		break;
	case 5:
		if (session_state(walk.session) == SESSION_DOWN)
			session_start(walk.session);
		break;
	case 6:
		if (any(100) == 0)
			session_set_sequence(walk.session, 0x7fffffff - any(3));
		break;
	default:
		network_does_anything();
	}
	if (any(3) > 0)
		fake_turn(walk.loop);
	assert(session_unanswered(walk.session) == walk.n_out);
}

static void
walk_once(uint32_t seed)
{
	static const struct fake_hooks hooks = {connects_cb, writes_cb, closes_cb};
	static const struct session_calls calls = {
	    answered_cb, unanswered_cb, delivered_cb, changed_cb};
	struct session_conf c = {.name = "acme-1",
	    .host = "smpp1.example",
	    .port = "2776",
	    .server_name = "",
	    .system_id = "maple",
	    .password = "secret",
	    .system_type = "",
	    .window = WINDOW,
	    .enquire_link_ms = 20000,
	    .response_timeout_ms = 30000,
	    .connect_timeout_ms = 10000,
	    .reconnect_max_ms = 300000};

	memset(&walk, 0, sizeof(walk));
	walk.random = seed;
	walk.loop = fake_loop_new(&hooks);
	walk.session = session_new(walk.loop, &c, &calls, NULL);
	assert(walk.session != NULL);
	for (unsigned i = 0; i < STEPS; i++)
		step();
	walk.depth = 99; /* the owner has had enough */
	session_abort(walk.session);
	assert(walk.n_out == 0 && session_state(walk.session) == SESSION_DOWN);
	for (unsigned i = 0; i < walk.n_texts; i++)
		assert(walk.text[i].fate == ENDED);
	session_free(walk.session);
	fake_loop_free(walk.loop);
}

static void
ignore(const char *line, void *arg)
{
	(void)line;
	(void)arg;
}

int
main(int argc, char **argv)
{
	uint32_t first = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 0) : 1;
	unsigned n = argc > 1 ? 1 : WALKS, submitted = 0, answered = 0, late = 0, lost = 0,
		 bound = 0;

	log_open(LOG_FORMAT_LOGFMT, LOG_LEVEL_DEBUG);
	log_capture(ignore, NULL);
	for (uint32_t seed = first; seed < first + n; seed++) {
		walk_once(seed);
		submitted += walk.submitted;
		answered += walk.answered;
		late += walk.late;
		lost += walk.lost;
		bound += walk.bound;
	}
	printf("%u walks: bound %u, submitted %u, answered %u, %u of them late, lost %u\n", n,
	    bound, submitted, answered, late, lost);
	/* A walk that gets nowhere proves nothing. */
	return argc == 1 && (bound < n || answered < n * 20 || late < n / 10 || lost < n);
}
