/*
 * Two kinds of time that cannot be mixed by accident.
 *
 * mono_t is for deadlines and ages. It counts while the machine is suspended (CLOCK_BOOTTIME): a
 * text that was claimed before the lid was closed is too old after it was opened. Wall time is for
 * people only; what is due is decided by the database. Read the clock once per callback and pass it
 * down.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

typedef struct {
	int64_t us;
} mono_t;

mono_t mono_now(void);

/* Tests only: until called with NULL, mono_now() answers *fake. */
void clock_fake(const mono_t *fake);

static inline mono_t
mono_after_ms(mono_t t, int64_t ms)
{
	return (mono_t){t.us + ms * 1000};
}

/* Milliseconds from a to b; negative when b is earlier. */
static inline int64_t
mono_ms(mono_t a, mono_t b)
{
	return (b.us - a.us) / 1000;
}

static inline bool
mono_reached(mono_t now, mono_t deadline)
{
	return now.us >= deadline.us;
}

/* Milliseconds left until a deadline, rounded up, never negative: what a timer wants. */
static inline int64_t
mono_left_ms(mono_t now, mono_t deadline)
{
	return now.us >= deadline.us ? 0 : (deadline.us - now.us + 999) / 1000;
}

/* UTC as 2026-11-24T16:20:00.123Z, for log lines. out holds CLOCK_WALL_SIZE bytes. */
enum { CLOCK_WALL_SIZE = 32 };
void clock_wall(char *out);

#endif
