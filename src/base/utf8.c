#include "base/utf8.h"

#include <stdbool.h>

static bool
is_character(uint32_t c)
{
	return c <= 0x10ffff && (c < 0xd800 || c > 0xdfff);
}

/* What the first byte promises; 0 for one that cannot be first. */
static size_t
promised_size(uint8_t first)
{
	if (first < 0x80)
		return 1;
	if (first < 0xc0 || first >= 0xf8)
		return 0;
	return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

size_t
utf8_decode(const uint8_t *p, size_t n, uint32_t *character)
{
	static const uint32_t least[] = {
	    0, 0, 0x80, 0x800, 0x10000}; /* by length: no overlong forms */

	size_t size = n == 0 ? 0 : promised_size(p[0]);
	if (size == 0 || size > n)
		return 0;
	uint32_t c = size == 1 ? p[0] : p[0] & (0x7fu >> size);
	for (size_t i = 1; i < size; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c < least[size] || !is_character(c))
		return 0;
	*character = c;
	return size;
}

size_t
utf8_encode(uint32_t c, uint8_t out[4])
{
	if (!is_character(c))
		c = 0xfffd;
	if (c < 0x80) {
		out[0] = (uint8_t)c;
		return 1;
	}
	size_t size = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	for (size_t i = size - 1; i > 0; i--, c >>= 6)
		out[i] = (uint8_t)(0x80 | (c & 0x3f));
	out[0] = (uint8_t)(0xf00u >> size | c);
	return size;
}
