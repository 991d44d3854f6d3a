#include "smpp/frame.h"

#include "base/buf.h"

enum smpp_frame
smpp_frame(const uint8_t *data, size_t have, size_t *len)
{
	struct rd r = rd_over(data, have);
	uint32_t want = rd_u32(&r);

	*len = 0;
	if (r.bad)
		return SMPP_FRAME_SHORT;
	if (want < SMPP_HEADER || want > SMPP_FRAME_MAX)
		return SMPP_FRAME_LOST;
	*len = want;
	return have < want ? SMPP_FRAME_SHORT : SMPP_FRAME_READY;
}
