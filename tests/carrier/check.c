#include "concat.h"
#include "grow.h"
#include "smsc.h"

#include "base/log.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum {
	SAID_MAX = 20,      /* lines on stderr per kind; all are counted */
	PART_PLACES = 8192, /* texts of several parts that are followed at once */
	PART_MOST = 16,
	PART_FORGET_MS = 120000, /* after this a reference may be used again */
};

/* A text of several parts, as far as it has come. */
struct parts {
	uint64_t key; /* source, destination, reference */
	mono_t at;
	uint8_t total;
	uint16_t seen; /* bit i: part i + 1 */
	uint64_t hash[PART_MOST];
};

struct parts_check {
	struct parts at[PART_PLACES];
};

struct parts_check *
parts_check_new(void)
{
	struct parts_check *c = grow_new(sizeof(*c));

	return c;
}

void
parts_check_free(struct parts_check *c)
{
	free(c);
}

void
check_complain(
    struct smsc *s, const struct peer *p, enum books_error error, const char *format, ...)
{
	char text[200];
	va_list ap;

	if (++s->books.errors[error] > SAID_MAX)
		return;
	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	fprintf(stderr, "carrier: %s: connection %llu: %s%s\n", books_error_name(error),
	    (unsigned long long)p->no, text,
	    s->books.errors[error] == SAID_MAX ? " (more are only counted)" : "");
}

/* Requests count 1, 2, 3 .. 0x7fffffff, 1 (smpp.md 1). */
void
check_sequence(struct peer *p, uint32_t sequence)
{
	uint32_t want = p->last_sequence == 0x7fffffff ? 1 : p->last_sequence + 1;

	if (sequence != want)
		check_complain(
		    p->smsc, p, BOOKS_BAD_SEQUENCE, "%u after %u", sequence, p->last_sequence);
	p->last_sequence = sequence;
}

static void
check_addresses(struct peer *p, const struct smpp_sm *sm)
{
	const char *to = sm->destination.text;
	size_t len = strlen(to);
	char masked[LOG_MASK_SIZE];

	if (sm->source.text[0] == '\0')
		check_complain(p->smsc, p, BOOKS_BAD_ADDRESS, "no source");
	if (len >= 7 && len <= 15 && to[strspn(to, "0123456789")] == '\0')
		return;
	log_mask(to, masked);
	check_complain(
	    p->smsc, p, BOOKS_BAD_ADDRESS, "destination %s of %zu characters", masked, len);
}

/* Most octets of a part (encodings.md 4). */
static size_t
most_octets(const struct smpp_pdu *pdu, const struct smpp_concat *c, size_t header)
{
	size_t room = c->total > 1 && header == 0
			  ? 134
			  : 140 - header; /* sar_*: the carrier adds a header of 6 */

	switch (pdu->sm.data_coding) {
	case 2:
	case 4:
	case SMPP_CODING_UCS2:
		return room;
	default:
		return room * 8 / 7;
	}
}

static void
check_septets(struct peer *p, const struct smpp_concat *c, const uint8_t *text, size_t len)
{
	if (p->smsc->options->charset0 == SMPP_CHARSET0_LATIN1)
		return;
	for (size_t i = 0; i < len; i++) {
		if (text[i] <= 0x7f)
			continue;
		check_complain(p->smsc, p, BOOKS_BIT_8, "octet 0x%02x", text[i]);
		break;
	}
	if (p->smsc->options->charset0 == SMPP_CHARSET0_GSM && len > 0 && text[len - 1] == 0x1b)
		check_complain(p->smsc, p, BOOKS_CUT_PAIR, "part %u of %u ends in an escape",
		    c->part, c->total);
}

static void
check_units(struct peer *p, const struct smpp_concat *c, const uint8_t *text, size_t len)
{
	if (len % 2 != 0)
		check_complain(p->smsc, p, BOOKS_BAD_UCS2, "%zu octets", len);
	if (len < 2)
		return;
	bool low_first = (text[0] & 0xfc) == 0xdc, high_last = (text[len - 2] & 0xfc) == 0xd8;
	if (len % 2 == 0 && (low_first || high_last))
		check_complain(p->smsc, p, BOOKS_CUT_PAIR, "part %u of %u cuts a surrogate pair",
		    c->part, c->total);
}

void
check_submit(struct peer *p, const struct smpp_pdu *pdu)
{
	struct smpp_concat c;
	size_t header;

	check_addresses(p, &pdu->sm);
	if ((pdu->sm.registered_delivery & 3) == 0)
		check_complain(p->smsc, p, BOOKS_NO_RECEIPT, "registered_delivery %u",
		    pdu->sm.registered_delivery);
	if (!concat_read(pdu, &c, &header))
		check_complain(p->smsc, p, BOOKS_BAD_UDH, "a header that cannot be read");
	const uint8_t *text = pdu->sm.text + header;
	size_t len = pdu->sm.text_len - header;
	bool payload = smpp_tlv_find(&pdu->tlvs, SMPP_TAG_MESSAGE_PAYLOAD) != NULL;
	size_t most = most_octets(pdu, &c, header);
	if (!payload && (header > 140 || len > most))
		check_complain(p->smsc, p, BOOKS_TOO_LONG, "%zu octets where %zu fit", len, most);
	if (pdu->sm.data_coding == SMPP_CODING_DEFAULT)
		check_septets(p, &c, text, len);
	else if (pdu->sm.data_coding == SMPP_CODING_UCS2)
		check_units(p, &c, text, len);
}

static uint64_t
parts_key(const struct books_part *p)
{
	uint64_t h = 0xcbf29ce484222325u ^ p->concat.ref;

	for (const char *s = p->source; *s != '\0'; s++)
		h = (h ^ (uint8_t)*s) * 0x100000001b3u;
	h = (h ^ '>') * 0x100000001b3u;
	for (const char *s = p->destination; *s != '\0'; s++)
		h = (h ^ (uint8_t)*s) * 0x100000001b3u;
	return h;
}

static bool
parts_complete(const struct parts *t)
{
	return t->seen == (1u << t->total) - 1;
}

/* Is this part another text that uses the reference again, as it may? */
static bool
parts_over(const struct parts *t, const struct books_part *p, mono_t now)
{
	unsigned i = p->concat.part - 1u;

	if (mono_ms(t->at, now) > PART_FORGET_MS)
		return true;
	/* A refused part may come again after its siblings. */
	return parts_complete(t) && (p->concat.total != t->total || t->hash[i] != p->text_hash);
}

void
check_parts(struct peer *peer, const struct books_part *p, mono_t now)
{
	const struct smpp_concat *c = &p->concat;
	uint64_t key = parts_key(p);
	struct parts *t = &peer->smsc->parts_check->at[(key ^ key >> 32) % PART_PLACES];

	if (c->part == 0 || c->part > c->total)
		check_complain(peer->smsc, peer, BOOKS_BAD_UDH, "part %u of %u", c->part, c->total);
	if (c->total == 1 || c->total > PART_MOST || c->part == 0 || c->part > c->total)
		return;
	unsigned i = c->part - 1u;
	if (t->key != key || t->total == 0 || parts_over(t, p, now))
		*t = (struct parts){.key = key, .total = c->total};
	t->at = now;
	bool seen = (t->seen >> i & 1) != 0;
	if (t->total != c->total || (seen && t->hash[i] != p->text_hash))
		check_complain(peer->smsc, peer, BOOKS_BAD_PARTS,
		    "part %u of %u contradicts reference %u", c->part, c->total, c->ref);
	t->seen |= (uint16_t)(1u << i);
	t->hash[i] = p->text_hash;
}
