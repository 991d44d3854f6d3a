#include "grow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *
or_die(void *p)
{
	if (p == NULL) {
		fputs("carrier: out of memory\n", stderr);
		exit(71); /* EX_OSERR */
	}
	return p;
}

void *
grow(void *array, size_t n, size_t *cap, size_t size)
{
	if (n <= *cap)
		return array;
	*cap = n < 64 ? 64 : n + n / 2;
	return or_die(realloc(array, *cap * size));
}

void *
grow_new(size_t size)
{
	return or_die(calloc(1, size));
}

char *
grow_copy(const char *s, size_t len)
{
	char *copy = or_die(malloc(len + 1));

	memcpy(copy, s, len);
	copy[len] = '\0';
	return copy;
}
