#include "books.h"
#include "concat.h"
#include "grow.h"

#include <openssl/sha.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

static int64_t
wall_now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

void
books_init(
    struct books *b, const struct form_ids *ids, bool keep_texts, enum smpp_charset0 charset0)
{
	*b = (struct books){.ids = *ids, .keep_texts = keep_texts, .charset0 = charset0};
	b->wall_offset_us = wall_now_us() - mono_now().us;
	slide_init(&b->second, 1000000);
	slide_init(&b->tenth, 100000);
}

static void
delivery_clear(struct books_delivery *d)
{
	if (d->sm == NULL)
		return;
	free((void *)(uintptr_t)d->sm->text);
	free(d->sm);
}

void
books_clear(struct books *b)
{
	for (size_t i = 0; i < b->n_parts; i++)
		free(b->part[i].text);
	for (size_t i = 0; i < b->n_deliveries; i++)
		delivery_clear(&b->delivery[i]);
	free(b->part);
	free(b->delivery);
	free(b->bind);
	free(b->text);
	free(b->text_table);
	slide_clear(&b->second);
	slide_clear(&b->tenth);
}

int64_t
books_wall_us(const struct books *b, mono_t at)
{
	return at.us + b->wall_offset_us;
}

uint32_t
books_add_bind(
    struct books *b, mono_t now, const char *system_id, const char *type, const char *security)
{
	b->bind = grow(b->bind, b->n_binds + 1, &b->bind_cap, sizeof(*b->bind));
	struct books_bind *e = &b->bind[b->n_binds];

	*e = (struct books_bind){.type = type, .security = security, .opened = now, .why = ""};
	snprintf(e->system_id, sizeof(e->system_id), "%s", system_id);
	return (uint32_t)b->n_binds++;
}

static uint64_t
hash_octets(const uint8_t *octets, size_t len)
{
	uint8_t digest[SHA256_DIGEST_LENGTH];
	uint64_t h = 0;

	SHA256(octets, len, digest);
	for (unsigned i = 0; i < 8; i++)
		h = h << 8 | digest[i];
	return h;
}

static bool
same_text(const struct books_part *a, const struct books_part *b)
{
	return a->text_hash == b->text_hash && a->concat.part == b->concat.part &&
	       strcmp(a->destination, b->destination) == 0;
}

static uint64_t
text_key(const struct books_part *p)
{
	uint64_t h = p->text_hash ^ p->concat.part;

	for (const char *s = p->destination; *s != '\0'; s++)
		h = (h ^ (uint8_t)*s) * 0x100000001b3u;
	return h ^ h >> 29;
}

/* The place of this text in the table: its own, or the free one where it belongs. */
static uint32_t *
text_place(struct books *b, const struct books_part *p)
{
	for (size_t i = text_key(p) % b->table_size;; i = (i + 1) % b->table_size) {
		uint32_t *at = &b->text_table[i];
		if (*at == 0 || same_text(p, &b->part[b->text[*at - 1].first_part]))
			return at;
	}
}

/* Keeps the table at most half full. */
static void
text_table_room(struct books *b)
{
	if (b->n_texts * 2 < b->table_size)
		return;
	free(b->text_table);
	b->table_size = b->table_size == 0 ? 4096 : b->table_size * 2;
	b->text_table = grow_new(b->table_size * sizeof(*b->text_table));
	for (uint32_t i = 0; i < b->n_texts; i++)
		*text_place(b, &b->part[b->text[i].first_part]) = i + 1;
}

static void
enter_text(struct books *b, uint32_t part)
{
	struct books_part *p = &b->part[part];

	text_table_room(b);
	uint32_t *at = text_place(b, p);
	if (*at == 0) {
		b->text = grow(b->text, b->n_texts + 1, &b->text_cap, sizeof(*b->text));
		b->text[b->n_texts] = (struct books_text){.first_part = part};
		*at = (uint32_t)++b->n_texts;
	}
	p->text_no = *at - 1;
	p->try = ++b->text[p->text_no].submits;
}

static char *
decoded(const struct books *b, const struct smpp_sm *sm, size_t header)
{
	struct smpp_concat ignored;
	struct buf utf8;

	buf_init(&utf8);
	smpp_text_decode(sm->text + header, sm->text_len - header, sm->data_coding, false,
	    b->charset0, &utf8, &ignored);
	char *text = grow_copy((const char *)utf8.data, utf8.len);
	buf_clear(&utf8);
	return text;
}

static void
fill_part(struct books *b, struct books_part *p, const struct smpp_pdu *pdu)
{
	const struct smpp_sm *sm = &pdu->sm;
	size_t header;

	concat_read(pdu, &p->concat, &header);
	p->sequence = pdu->sequence;
	p->octets = (uint16_t)sm->text_len;
	p->data_coding = sm->data_coding;
	p->esm_class = sm->esm_class;
	p->registered_delivery = sm->registered_delivery;
	p->source_ton = sm->source.ton;
	p->destination_ton = sm->destination.ton;
	snprintf(p->source, sizeof(p->source), "%.21s", sm->source.text);
	snprintf(p->destination, sizeof(p->destination), "%.21s", sm->destination.text);
	p->text_hash = hash_octets(sm->text + header, sm->text_len - header);
	form_excerpt(sm->text + header, sm->text_len - header, sm->data_coding, p->excerpt);
	if (b->keep_texts)
		p->text = decoded(b, sm, header);
}

uint32_t
books_add_part(struct books *b, mono_t now, uint32_t bind, const struct smpp_pdu *pdu)
{
	uint32_t no = (uint32_t)b->n_parts++;

	b->part = grow(b->part, b->n_parts, &b->part_cap, sizeof(*b->part));
	b->part[no] = (struct books_part){
	    .at = now, .bind = bind, .first_delivery = BOOKS_NONE, .last_delivery = BOOKS_NONE};
	fill_part(b, &b->part[no], pdu);
	enter_text(b, no);
	b->bind[bind].submits++;
	slide_add(&b->second, now);
	slide_add(&b->tenth, now);
	return no;
}

void
books_decide(struct books *b, uint32_t part, uint32_t status)
{
	b->part[part].status = status;
	if (status != 0)
		b->text[b->part[part].text_no].refused++;
}

uint32_t
books_add_delivery(struct books *b, uint32_t part, bool reply)
{
	uint32_t no = (uint32_t)b->n_deliveries++;

	b->delivery = grow(b->delivery, b->n_deliveries, &b->delivery_cap, sizeof(*b->delivery));
	b->delivery[no] = (struct books_delivery){
	    .part = part, .next_of_part = BOOKS_NONE, .next_in_queue = BOOKS_NONE, .reply = reply};
	if (part == BOOKS_NONE)
		return no;
	struct books_part *p = &b->part[part];
	if (p->first_delivery == BOOKS_NONE)
		p->first_delivery = no;
	else
		b->delivery[p->last_delivery].next_of_part = no;
	p->last_delivery = no;
	return no;
}
