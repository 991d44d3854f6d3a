#include "base/clock.h"

#include <stddef.h>
#include <stdio.h>
#include <time.h>

static const mono_t *fake_now;

mono_t
mono_now(void)
{
	struct timespec t;

	if (fake_now != NULL)
		return *fake_now;
	clock_gettime(CLOCK_BOOTTIME, &t);
	return (mono_t){(int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000};
}

void
clock_fake(const mono_t *fake)
{
	fake_now = fake;
}

void
clock_wall(char *out)
{
	struct timespec t;
	struct tm utc;
	char date[24];

	clock_gettime(CLOCK_REALTIME, &t);
	gmtime_r(&t.tv_sec, &utc);
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &utc);
	snprintf(out, CLOCK_WALL_SIZE, "%s.%03dZ", date, (int)(t.tv_nsec / 1000000 % 1000));
}
