#include "smpp/frame.h"

#include "t.h"

struct row {
	const char *name;
	const char *hex;
	size_t more; /* zeros that follow */
	enum smpp_frame want;
	size_t len;
};

static const struct row rows[] = {
    {"nothing is not yet a frame", "", 0, SMPP_FRAME_SHORT, 0},
    {"three octets are not yet a length", "000000", 0, SMPP_FRAME_SHORT, 0},
    {"a length alone says what will come", "00000010", 0, SMPP_FRAME_SHORT, 16},
    {"a header is the shortest frame", "00000010", 12, SMPP_FRAME_READY, 16},
    {"one octet is missing", "00000011", 12, SMPP_FRAME_SHORT, 17},
    {"what follows belongs to the next frame", "00000010", 40, SMPP_FRAME_READY, 16},
    {"a length below the header's loses the framing", "0000000f", 40, SMPP_FRAME_LOST, 0},
    {"a length of zero loses the framing", "00000000", 0, SMPP_FRAME_LOST, 0},
    {"the longest frame", "00011170", 69996, SMPP_FRAME_READY, 70000},
    {"a length above the longest is known from four octets", "00011171", 0, SMPP_FRAME_LOST, 0},
    {"an absurd length loses the framing", "ffffffff", 12, SMPP_FRAME_LOST, 0},
    {"a client that speaks HTTP", "48545450", 12, SMPP_FRAME_LOST, 0},
};

static void
cuts(void **state)
{
	const struct row *row = *state;
	size_t n, len = 12345;
	uint8_t *hex = t_hex(row->hex, &n);
	uint8_t *data = calloc(1, n + row->more + 1);

	memcpy(data, hex, n);
	assert_int_equal(smpp_frame(data, n + row->more, &len), row->want);
	assert_int_equal(len, row->len);
	free(data);
	free(hex);
}

int
main(void)
{
	static struct t_list l;

	T_TABLE(&l, cuts, rows);
	return T_RUN("frame", &l);
}
