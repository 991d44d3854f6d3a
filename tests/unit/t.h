/*
 * What the unit tests share: a list of tests that tables of cases can add to, so that every row is
 *a test of its own, reported under its own sentence.
 *
 *	struct t_list l = {0};
 *	T_TEST(&l, late_answer_settles_its_own_text);
 *	T_TABLE(&l, decodes, hostile_frames);
 *	return T_RUN("pdu", &l);
 */
#ifndef TESTS_UNIT_T_H
#define TESTS_UNIT_T_H

/* cmocka.h wants these before it */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct t_list {
	struct CMUnitTest at[1000]; /* cmocka passes over those without a function */
	size_t n;
};

static inline void
t_add(struct t_list *l, const char *name, CMUnitTestFunction func, const void *row)
{
	assert(l->n < sizeof(l->at) / sizeof(*l->at));
	l->at[l->n++] = (struct CMUnitTest){
	    .name = name, .test_func = func, .initial_state = (void *)(uintptr_t)row};
}

#define T_TEST(l, func) t_add((l), #func, (func), NULL)

/* rows is an array of structs with a member name; func finds its row in *state. */
#define T_TABLE(l, func, rows)                                                                     \
	do {                                                                                       \
		for (size_t t_i = 0; t_i < sizeof(rows) / sizeof(*(rows)); t_i++)                  \
			t_add((l), (rows)[t_i].name, (func), &(rows)[t_i]);                        \
	} while (0)

/* Octets written as "00 1a 2b": blanks are for the reader. What is returned is exactly as long as
 * it says, so that a read past the end is seen by the address sanitizer; free() it. */
static inline uint8_t *
t_hex(const char *hex, size_t *len)
{
	uint8_t *out = calloc(1, strlen(hex) / 2 + 1);
	unsigned octet;
	int used;

	for (*len = 0; sscanf(hex, " %2x%n", &octet, &used) == 1; hex += used)
		out[(*len)++] = (uint8_t)octet;
	assert(strspn(hex, " ") == strlen(hex));
	return realloc(out, *len > 0 ? *len : 1);
}

/* A copy of exactly that length, for the same reason. */
static inline uint8_t *
t_copy(const void *p, size_t len)
{
	uint8_t *out = calloc(1, len > 0 ? len : 1);

	if (len > 0)
		memcpy(out, p, len);
	return out;
}

/* The same numbers on every run. */
static inline uint32_t
t_random(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

#define T_RUN(group, l) cmocka_run_group_tests_name((group), (l)->at, NULL, NULL)

#endif
