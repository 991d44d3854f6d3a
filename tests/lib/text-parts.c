/* How campaignd codes texts, for tests/integration/encoding.t: UTF-8 in hexadecimal, one a line;
 * each is answered by "gsm UNITS PARTS", "ucs2 UNITS PARTS" or "none". */
#include "smpp/coding.h"
#include "smpp/consts.h"

#include <stdio.h>
#include <string.h>

static size_t
unhex(const char *line, char *out)
{
	unsigned octet;
	size_t n = 0;

	while (sscanf(line + 2 * n, "%2x", &octet) == 1)
		out[n++] = (char)octet;
	return n;
}

int
main(void)
{
	static char line[65536], utf8[sizeof(line) / 2];

	while (fgets(line, sizeof(line), stdin) != NULL) {
		struct smpp_text t;
		size_t len = unhex(line, utf8);
		if (smpp_text_encode(&t, utf8, len, SMPP_CHARSET0_GSM, SMPP_LONG_UDH) == -1) {
			puts("none");
			continue;
		}
		bool gsm = t.data_coding == SMPP_CODING_DEFAULT;
		printf("%s %zu %u\n", gsm ? "gsm" : "ucs2", gsm ? t.octets.len : t.octets.len / 2,
		    t.parts);
		smpp_text_clear(&t);
	}
	return 0;
}
