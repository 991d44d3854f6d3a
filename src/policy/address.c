#include "policy/address.h"

#include <stdio.h>
#include <string.h>

enum { TON_UNKNOWN = 0, TON_INTERNATIONAL = 1, TON_NETWORK = 3, TON_ALPHANUMERIC = 5 };
enum { NPI_UNKNOWN = 0, NPI_E164 = 1 };
enum { NUMBER_MAX = 20, SHORT_CODE_MIN = 3, SHORT_CODE_MAX = 8, E164_MAX = 15 };

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
has_letter(const char *s)
{
	while (*s != '\0' && !is_letter(*s))
		s++;
	return *s != '\0';
}

static bool
all_digits(const char *s)
{
	return s[strspn(s, "0123456789")] == '\0';
}

static void
guess(const char *number, bool plus, struct smpp_address *a)
{
	size_t n = strlen(number);

	a->ton = TON_UNKNOWN;
	a->npi = NPI_UNKNOWN;
	if (has_letter(number)) {
		a->ton = TON_ALPHANUMERIC;
	} else if (plus || (all_digits(number) && n > SHORT_CODE_MAX)) {
		a->ton = TON_INTERNATIONAL;
		a->npi = NPI_E164;
	} else if (all_digits(number) && n >= SHORT_CODE_MIN) {
		a->ton = TON_NETWORK;
	}
}

int
address_of_number(const char *number, int ton, int npi, struct smpp_address *a)
{
	bool plus = number[0] == '+' && !has_letter(number);

	if (plus)
		number++;
	size_t n = strlen(number);
	if (n == 0 || n > NUMBER_MAX || (plus && !all_digits(number)))
		return -1;
	memset(a, 0, sizeof(*a));
	guess(number, plus, a);
	memcpy(a->text, number, n);
	if (ton >= 0)
		a->ton = (uint8_t)ton;
	if (npi >= 0)
		a->npi = (uint8_t)npi;
	return 0;
}

/* Ten digits as the North American plan has them; sent without the 1 whatever the TON says. */
static bool
is_national(const char *digits)
{
	return strlen(digits) == 10 && digits[0] >= '2' && digits[3] >= '2';
}

static bool
is_international(const struct smpp_address *a)
{
	size_t n = strlen(a->text);

	if (n > E164_MAX || a->text[0] == '0')
		return false;
	return n > 10 || (n > SHORT_CODE_MAX && a->ton == TON_INTERNATIONAL);
}

void
address_to_number(const struct smpp_address *a, char *out, size_t size)
{
	const char *prefix = "";

	if (all_digits(a->text) && is_national(a->text))
		prefix = "+1";
	else if (all_digits(a->text) && is_international(a))
		prefix = "+";
	snprintf(out, size, "%s%s", prefix, a->text);
}
