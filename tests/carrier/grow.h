/* Arrays that grow. A simulator without memory stops: one that forgets would make the tests lie. */
#ifndef CARRIER_GROW_H
#define CARRIER_GROW_H

#include <stddef.h>

/* Room for at least n elements of that size; *cap is kept. New room is not cleared. Never NULL. */
void *grow(void *array, size_t n, size_t *cap, size_t size);
void *grow_new(size_t size);               /* one thing, all zero */
char *grow_copy(const char *, size_t len); /* with a NUL */

#endif
