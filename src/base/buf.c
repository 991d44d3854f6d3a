#include "base/buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BUF_FIRST = 256 };

void
buf_init(struct buf *b)
{
	*b = (struct buf){0};
}

void
buf_clear(struct buf *b)
{
	free(b->data);
	*b = (struct buf){.limit = b->limit};
}

void
buf_reset(struct buf *b)
{
	b->len = 0;
	b->failed = false;
}

void
buf_drain(struct buf *b, size_t n)
{
	assert(n <= b->len);
	b->len -= n;
	if (n > 0 && b->len > 0)
		memmove(b->data, b->data + n, b->len);
}

/* Makes room for n more bytes and one beyond them, which vsnprintf wants for its NUL. */
static bool
buf_room(struct buf *b, size_t n)
{
	size_t limit = b->limit != 0 ? b->limit : BUF_LIMIT;

	if (b->failed)
		return false;
	if (b->len > limit || n > limit - b->len) {
		b->failed = true;
		return false;
	}
	size_t want = b->len + n + 1;
	if (want <= b->cap)
		return true;
	size_t cap = b->cap * 2 > BUF_FIRST ? b->cap * 2 : BUF_FIRST;
	if (cap < want)
		cap = want;
	uint8_t *data = realloc(b->data, cap);
	if (data == NULL) {
		b->failed = true;
		return false;
	}
	b->data = data;
	b->cap = cap;
	return true;
}

void
buf_put(struct buf *b, const void *p, size_t n)
{
	if (n == 0 || !buf_room(b, n))
		return;
	memcpy(b->data + b->len, p, n);
	b->len += n;
}

void
buf_put_u8(struct buf *b, uint8_t v)
{
	buf_put(b, &v, 1);
}

void
buf_put_u16(struct buf *b, uint16_t v)
{
	uint8_t octets[] = {(uint8_t)(v >> 8), (uint8_t)v};

	buf_put(b, octets, sizeof(octets));
}

void
buf_put_u32(struct buf *b, uint32_t v)
{
	uint8_t octets[] = {(uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v};

	buf_put(b, octets, sizeof(octets));
}

void
buf_put_text(struct buf *b, const char *s)
{
	buf_put(b, s, strlen(s));
}

void
buf_printf(struct buf *b, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	int n = vsnprintf(NULL, 0, format, ap);
	va_end(ap);
	if (n < 0)
		b->failed = true;
	if (n < 0 || !buf_room(b, (size_t)n))
		return;
	va_start(ap, format);
	vsnprintf((char *)b->data + b->len, (size_t)n + 1, format, ap);
	va_end(ap);
	b->len += (size_t)n;
}

void
buf_patch_u32(struct buf *b, size_t at, uint32_t v)
{
	if (b->failed)
		return; /* what was to be patched may never have been put */
	assert(b->len >= 4 && at <= b->len - 4);
	b->data[at] = (uint8_t)(v >> 24);
	b->data[at + 1] = (uint8_t)(v >> 16);
	b->data[at + 2] = (uint8_t)(v >> 8);
	b->data[at + 3] = (uint8_t)v;
}

bool
rd_take(struct rd *r, size_t n, const uint8_t **at)
{
	/* Compared with what is left: position + n would wrap. */
	if (r->bad || n > r->left) {
		r->bad = true;
		return false;
	}
	*at = r->p;
	if (n > 0)
		r->p += n;
	r->left -= n;
	return true;
}

uint8_t
rd_u8(struct rd *r)
{
	const uint8_t *p;

	return rd_take(r, 1, &p) ? p[0] : 0;
}

uint16_t
rd_u16(struct rd *r)
{
	const uint8_t *p;

	return rd_take(r, 2, &p) ? (uint16_t)(p[0] << 8 | p[1]) : 0;
}

uint32_t
rd_u32(struct rd *r)
{
	const uint8_t *p;

	if (!rd_take(r, 4, &p))
		return 0;
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

void
rd_cstr(struct rd *r, char *out, size_t max)
{
	size_t n = r->left < max ? r->left : max;
	const uint8_t *end = r->bad || n == 0 ? NULL : memchr(r->p, '\0', n);
	const uint8_t *at;

	out[0] = '\0';
	if (end == NULL) {
		r->bad = true;
		return;
	}
	size_t size = (size_t)(end - r->p) + 1;
	if (rd_take(r, size, &at))
		memcpy(out, at, size);
}
