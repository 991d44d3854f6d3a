#include "policy/ids.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool
parse(const char *id, int base, const char *digits, unsigned long long *v)
{
	if (!id[0] || id[strspn(id, digits)])
		return false;
	errno = 0;
	*v = strtoull(id, NULL, base);
	return errno == 0;
}

bool
ids_hex_of_decimal(const char *id, char out[IDS_SIZE])
{
	unsigned long long v;

	if (!parse(id, 10, "0123456789", &v))
		return false;
	snprintf(out, IDS_SIZE, "%llx", v);
	return true;
}

bool
ids_decimal_of_hex(const char *id, char out[IDS_SIZE])
{
	unsigned long long v;

	if (!parse(id, 16, "0123456789abcdefABCDEF", &v))
		return false;
	snprintf(out, IDS_SIZE, "%llu", v);
	return true;
}
