#include "store/array.h"

#include <inttypes.h>
#include <string.h>

void
rows_init(struct rows *r, unsigned columns)
{
	memset(r, 0, sizeof(*r));
	r->columns = columns;
	for (unsigned i = 0; i < columns; i++)
		buf_init(&r->column[i]);
	buf_init(&r->starts);
}

void
rows_clear(struct rows *r)
{
	for (unsigned i = 0; i < r->columns; i++)
		buf_clear(&r->column[i]);
	buf_clear(&r->starts);
	r->n = r->next = 0;
}

void
rows_reset(struct rows *r)
{
	for (unsigned i = 0; i < r->columns; i++)
		buf_reset(&r->column[i]);
	buf_reset(&r->starts);
	r->n = r->next = 0;
	r->failed = false;
}

/* Opens the next value's place: brace or comma before it, and where it starts. */
static struct buf *
value_begin(struct rows *r)
{
	struct buf *b = &r->column[r->next];
	uint32_t start;

	buf_put_u8(b, r->n == 0 ? '{' : ',');
	start = (uint32_t)b->len;
	buf_put(&r->starts, &start, sizeof(start));
	return b;
}

static void
value_end(struct rows *r, const struct buf *b)
{
	r->failed |= b->failed || r->starts.failed;
	if (++r->next == r->columns) {
		r->next = 0;
		r->n++;
	}
}

void
rows_int(struct rows *r, int64_t v)
{
	struct buf *b = value_begin(r);

	buf_printf(b, "%" PRId64, v);
	value_end(r, b);
}

void
rows_text(struct rows *r, const char *s)
{
	struct buf *b = value_begin(r);
	size_t len;

	if (!s) {
		buf_put_text(b, "NULL");
		value_end(r, b);
		return;
	}
	len = strnlen(s, ARRAY_VALUE_MAX);
	while (len > 0 && len == ARRAY_VALUE_MAX && ((unsigned char)s[len] & 0xc0) == 0x80)
		len--; /* never inside a UTF-8 character */
	buf_put_u8(b, '"');
	for (const char *end = s + len; s < end;) {
		size_t run = strcspn(s, "\"\\");

		if (run > (size_t)(end - s))
			run = (size_t)(end - s);
		buf_put(b, s, run);
		s += run;
		if (s < end) {
			buf_put_u8(b, '\\');
			buf_put_u8(b, (uint8_t)*s++);
		}
	}
	buf_put_u8(b, '"');
	value_end(r, b);
}

void
rows_all(struct rows *r, const char *out[])
{
	for (unsigned i = 0; i < r->columns; i++) {
		struct buf *b = &r->column[i];

		/* Closed and terminated without counting it: more rows may follow. */
		buf_put(b, r->n == 0 ? "{}" : "}", r->n == 0 ? 3 : 2);
		r->failed |= b->failed;
		if (!b->failed)
			b->len -= r->n == 0 ? 3 : 2;
		out[i] = (const char *)b->data;
	}
}

void
rows_one(const struct rows *r, unsigned i, struct buf *scratch, const char *out[])
{
	size_t at[ARRAY_COLUMNS_MAX];
	const uint32_t *starts = (const uint32_t *)(const void *)r->starts.data;

	buf_reset(scratch);
	for (unsigned c = 0; c < r->columns; c++) {
		size_t from = starts[i * r->columns + c];
		size_t to = i + 1 < r->n ? starts[(i + 1) * r->columns + c] - 1 : r->column[c].len;

		at[c] = scratch->len;
		buf_put_u8(scratch, '{');
		buf_put(scratch, r->column[c].data + from, to - from);
		buf_put(scratch, "}", 2);
	}
	for (unsigned c = 0; c < r->columns; c++)
		out[c] = (const char *)scratch->data + at[c];
}
