/*
 * UTF-8, one character at a time, strictly: no overlong forms, no surrogates, nothing above
 * U+10FFFF.
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* The bytes of the first character of p[0 .. n), and the character; 0 when they are none (or n is
 * 0). */
size_t utf8_decode(const uint8_t *p, size_t n, uint32_t *character);
/* Its bytes, 1 to 4; what is no character becomes U+FFFD. */
size_t utf8_encode(uint32_t character, uint8_t out[4]);

#endif
