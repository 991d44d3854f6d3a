#include "base/utf8.h"

#include "t.h"

struct row {
	const char *name;
	const char *bytes;
	size_t size;
	uint32_t character;
};

static const struct row rows[] = {
    {"ASCII is one byte", "A", 1, 'A'},
    {"the highest of one byte", "\x7f", 1, 0x7f},
    {"the lowest of two bytes", "\xc2\x80", 2, 0x80},
    {"the highest of two bytes", "\xdf\xbf", 2, 0x7ff},
    {"the lowest of three bytes", "\xe0\xa0\x80", 3, 0x800},
    {"the euro sign", "\xe2\x82\xac", 3, 0x20ac},
    {"the highest of three bytes", "\xef\xbf\xbf", 3, 0xffff},
    {"the lowest of four bytes", "\xf0\x90\x80\x80", 4, 0x10000},
    {"the highest of all", "\xf4\x8f\xbf\xbf", 4, 0x10ffff},
    {"a continuation byte cannot come first", "\x80", 0, 0},
    {"an overlong form of two bytes", "\xc1\xbf", 0, 0},
    {"an overlong form of three bytes", "\xe0\x9f\xbf", 0, 0},
    {"an overlong form of four bytes", "\xf0\x8f\xbf\xbf", 0, 0},
    {"the first surrogate is no character", "\xed\xa0\x80", 0, 0},
    {"the last surrogate is no character", "\xed\xbf\xbf", 0, 0},
    {"above U+10FFFF there is nothing", "\xf4\x90\x80\x80", 0, 0},
    {"a form of five bytes", "\xf8\x88\x80\x80\x80", 0, 0},
    {"a form of six bytes that would pass for one of four", "\xfc\x80\x80\x80", 0, 0},
    {"a character that ends early", "\xe2\x82", 0, 0},
    {"a character that is interrupted", "\xe2\x82\x41", 0, 0},
    {"nothing at all", "", 0, 0},
};

static void
decodes(void **state)
{
	const struct row *row = *state;
	uint8_t *bytes = t_copy(row->bytes, strlen(row->bytes));
	uint32_t c = 0;

	assert_int_equal(utf8_decode(bytes, strlen(row->bytes), &c), row->size);
	free(bytes);
	assert_int_equal(c, row->character);
}

static void
every_character_comes_back(void **state)
{
	(void)state;
	for (uint32_t c = 0; c <= 0x10ffff; c++) {
		uint32_t back = 0;
		uint8_t out[4];
		size_t n = utf8_encode(c, out);

		assert_int_equal(utf8_decode(out, n, &back), n);
		assert_int_equal(back, c >= 0xd800 && c <= 0xdfff ? 0xfffd : c);
	}
	uint8_t out[4];
	assert_int_equal(utf8_encode(0x110000, out), 3);
	assert_memory_equal(out, "\xef\xbf\xbd", 3);
}

int
main(void)
{
	static struct t_list l;

	T_TABLE(&l, decodes, rows);
	T_TEST(&l, every_character_comes_back);
	return T_RUN("utf8", &l);
}
