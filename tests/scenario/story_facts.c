#include "story.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
fact(struct link *l, const char *format, ...)
{
	char text[FACT];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	if (story.n_facts == FACTS)
		fail("too many facts");
	if (story.n_links > 1 && l != NULL)
		snprintf(story.fact[story.n_facts++], FACT, "%s %.*s", session_name(l->session),
		    FACT - 40, text);
	else
		snprintf(story.fact[story.n_facts++], FACT, "%s", text);
	if (strcmp(story.when, story.fact[story.n_facts - 1]) == 0) {
		story.when[0] = '\0';
		struct words then;

		split(&then, story.then);
		take_step(&then);
	}
}

static struct link *
link_of_session(const struct session *s)
{
	for (unsigned i = 0; i < story.n_links; i++)
		if (story.link[i].session == s)
			return &story.link[i];
	return NULL;
}

static struct link *
link_of_stream(const struct stream *s)
{
	return link_of_session(fake_arg(s));
}

static void
connects_cb(struct stream *s, const char *host, const char *port, void *owner)
{
	struct link *l = link_of_session(owner);

	l->stream = s;
	fact(l, "connects %s:%s", host, port);
}

static void
closes_cb(struct stream *s)
{
	struct link *l = link_of_stream(s);

	if (l == NULL) /* the session is being freed */
		return;
	l->stream = NULL;
	l->held.len = 0;
	fact(l, "closes");
}

static int
submit_id(const struct smpp_pdu *p)
{
	char text[16] = "";

	memcpy(text, p->sm.text, p->sm.text_len < 15 ? p->sm.text_len : 15);
	return atoi(text);
}

static const char *
status_text(uint32_t status)
{
	static char text[16];

	snprintf(text, sizeof(text), "0x%02" PRIx32, status);
	return status == 0 ? "ok" : text;
}

static void
wrote(struct link *l, const struct smpp_pdu *p)
{
	const char *name = smpp_command_name(p->command);

	switch (p->command) {
	case SMPP_BIND_TRANSCEIVER:
	case SMPP_BIND_TRANSMITTER:
	case SMPP_BIND_RECEIVER:
		l->bind_sequence = p->sequence;
		fact(l, "sends %s %s %s", name, p->bind.system_id, p->bind.password);
		return;
	case SMPP_SUBMIT_SM:
		if (submit_id(p) < 0 || submit_id(p) >= OUT)
			fail("a submit that nobody made");
		story.sequence[submit_id(p)] = p->sequence;
		fact(l, "sends submit_sm %d", submit_id(p));
		return;
	case SMPP_ENQUIRE_LINK:
		l->enquire_sequence = p->sequence;
		fact(l, "sends enquire_link");
		return;
	case SMPP_UNBIND:
		l->unbind_sequence = p->sequence;
		fact(l, "sends unbind");
		return;
	default:
		fact(l, "sends %s %" PRIu32 " %s", name, p->sequence, status_text(p->status));
	}
}

static void
writes_cb(struct stream *s, const uint8_t *data, size_t n)
{
	struct smpp_pdu pdu;
	size_t len;

	if (smpp_frame(data, n, &len) != SMPP_FRAME_READY || len != n)
		fail("not exactly one PDU is written");
	if (smpp_pdu_decode(data, len, &pdu) != SMPP_DECODE_OK)
		fail("what is written is not a PDU that we can read");
	wrote(link_of_stream(s), &pdu);
}

static int
id_of(void *owner)
{
	int *at = owner;

	if (at < story.owner || at >= story.owner + OUT)
		fail("an owner that nobody gave");
	return (int)(at - story.owner);
}

static void
answered_cb(
    struct session *s, void *owner, uint32_t status, const char *message_id, bool late, void *arg)
{
	struct link *l = link_of_session(s);

	(void)arg;
	if (status == SMPP_ROK)
		fact(l, "%d submitted id \"%s\"%s", id_of(owner), message_id, late ? " late" : "");
	else
		fact(l, "%d refused %s%s%s", id_of(owner), status_text(status), message_id,
		    late ? " late" : "");
}

static void
unanswered_cb(struct session *s, void *owner, bool lost, void *arg)
{
	(void)arg;
	fact(link_of_session(s), "%d %s", id_of(owner), lost ? "lost" : "unconfirmed");
}

static void
delivered_cb(struct session *s, const struct smpp_pdu *p, uint64_t generation, void *arg)
{
	(void)arg;
	if (story.n_deliveries == DELIVERIES)
		fail("too many deliveries");
	story.delivery[story.n_deliveries++] =
	    (struct delivery){p->sequence, p->command, generation};
	fact(link_of_session(s), "delivered %s %" PRIu32, smpp_command_name(p->command),
	    p->sequence);
}

static void
changed_cb(struct session *s, enum session_state from, enum session_state to, void *arg)
{
	(void)arg;
	if (from == to)
		story.woken++;
	else
		fact(link_of_session(s), "%s", session_state_name(to));
}

void
story_log(const char *line, void *arg)
{
	(void)arg;
	if (story.n_logs < LOGS)
		snprintf(story.log[story.n_logs++], sizeof(*story.log), "%s", line);
}

const struct session_calls story_calls = {answered_cb, unanswered_cb, delivered_cb, changed_cb};
const struct fake_hooks story_hooks = {connects_cb, writes_cb, closes_cb};
