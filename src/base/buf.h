/*
 * Bytes: a growing buffer that is written to, and a bounded reader.
 *
 * Both remember failure, so that encoding and decoding are straight lines with one check at the
 * end: after an allocation failed (or the limit was passed) a buf ignores what is put and `failed`
 * stays set; after a read past the end an rd gives zeros and `bad` stays set. All integers are
 * big-endian, as SMPP wants them.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
	uint8_t *data;
	size_t len, cap;
	size_t limit; /* most that may be held; 0 = BUF_LIMIT */
	bool failed;
};

enum { BUF_LIMIT = 16 << 20 };

void buf_init(struct buf *);
void buf_clear(struct buf *);           /* frees; the buf may be used again */
void buf_reset(struct buf *);           /* forgets the contents and a failure, keeps the memory */
void buf_drain(struct buf *, size_t n); /* drops the first n bytes; n at most len */

void buf_put(struct buf *, const void *, size_t);
void buf_put_u8(struct buf *, uint8_t);
void buf_put_u16(struct buf *, uint16_t);
void buf_put_u32(struct buf *, uint32_t);
void buf_put_text(struct buf *, const char *); /* without the NUL */
void buf_printf(struct buf *, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Overwrites what was put before; at + 4 must be within len. */
void buf_patch_u32(struct buf *, size_t at, uint32_t);

struct rd {
	const uint8_t *p;
	size_t left;
	bool bad;
};

static inline struct rd
rd_over(const void *p, size_t n)
{
	return (struct rd){p, n, false};
}

/* The next n bytes, in place. False, and nothing taken, when fewer are left. */
bool rd_take(struct rd *, size_t n, const uint8_t **at);
uint8_t rd_u8(struct rd *);
uint16_t rd_u16(struct rd *);
uint32_t rd_u32(struct rd *);
/*
 * A C-string whose field holds at most max bytes including its NUL, copied into out (max bytes).
 * Bad when no NUL comes within max or before the end.
 */
void rd_cstr(struct rd *, char *out, size_t max);

#endif
