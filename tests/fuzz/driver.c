/*
 * Runs a fuzzer's seeds, then each of them changed a number of times, the same on every run: what
 * `make check` can do with any compiler. FUZZ_RUNS is the number of changed ones; a file or
 * directory on the command line stands for the seeds. Prints TAP.
 */
#include "fuzz.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

enum { SEEDS_MAX = 500, SEED_SIZE = 8192, RUNS = 30000 };

static struct seed {
	uint8_t *data;
	size_t size;
} seeds[SEEDS_MAX];
static size_t seeds_n;
static uint32_t random_state = 1;

static uint32_t
random_below(uint32_t n)
{
	random_state = random_state * 1664525 + 1013904223;
	return (random_state >> 8) % n;
}

static int
read_seed(const char *path)
{
	uint8_t data[SEED_SIZE];
	FILE *f = fopen(path, "rb");

	if (f == NULL || seeds_n == SEEDS_MAX) {
		printf("Bail out! %s: %s\n", path, f == NULL ? strerror(errno) : "too many seeds");
		return -1;
	}
	struct seed *s = &seeds[seeds_n++];
	s->size = fread(data, 1, sizeof(data), f);
	s->data = fuzz_copy(data, s->size);
	fclose(f);
	return 0;
}

/* In the order of their names, so that a run can be repeated elsewhere. */
static int
read_seeds(const char *path)
{
	struct dirent **entries;
	struct stat st;
	int done = 0;

	if (stat(path, &st) == 0 && !S_ISDIR(st.st_mode))
		return read_seed(path);
	int n = scandir(path, &entries, NULL, alphasort);
	if (n < 0) {
		printf("Bail out! %s: %s\n", path, strerror(errno));
		return -1;
	}
	for (int i = 0; i < n; i++) {
		char file[4096];

		snprintf(file, sizeof(file), "%s/%s", path, entries[i]->d_name);
		if (entries[i]->d_name[0] != '.' && done == 0)
			done = read_seed(file);
		free(entries[i]);
	}
	free(entries);
	return done;
}

/* Each takes a buffer that has room for SEED_SIZE, and answers the new size. */
static size_t
change_octets(uint8_t *data, size_t size)
{
	static const uint8_t telling[] = {0x00, 0x01, 0x7f, 0x80, 0xff, 0x1b, ':', ' '};

	if (size > 0 && random_below(2) == 0)
		data[random_below((uint32_t)size)] = telling[random_below(sizeof(telling))];
	else if (size > 0)
		data[random_below((uint32_t)size)] ^= (uint8_t)(1u << random_below(8));
	return size;
}

static size_t
remove_octets(uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	size_t at = random_below((uint32_t)size);
	size_t n = 1 + random_below((uint32_t)(size - at));
	memmove(data + at, data + at + n, size - at - n);
	return size - n;
}

static size_t
insert_octets(uint8_t *data, size_t size)
{
	size_t at = random_below((uint32_t)size + 1), n = 1 + random_below(8);

	if (size + n > SEED_SIZE)
		return size;
	memmove(data + at + n, data + at, size - at);
	for (size_t i = 0; i < n; i++)
		data[at + i] = (uint8_t)random_below(256);
	return size + n;
}

/* The beginning of one and the end of another. */
static size_t
join_another(uint8_t *data, size_t size)
{
	const struct seed *other = &seeds[random_below((uint32_t)seeds_n)];
	size_t head = random_below((uint32_t)size + 1);
	size_t skip = random_below((uint32_t)other->size + 1), tail = other->size - skip;

	if (head + tail > SEED_SIZE)
		return size;
	if (tail > 0)
		memcpy(data + head, other->data + skip, tail);
	return head + tail;
}

static void
run_changed(const struct seed *s)
{
	static size_t (*const changes[])(uint8_t *, size_t) = {change_octets, change_octets,
	    change_octets, remove_octets, insert_octets, join_another};
	uint8_t data[SEED_SIZE];
	size_t size = s->size;

	memcpy(data, s->data, s->size);
	for (unsigned n = 1 + random_below(5); n > 0; n--)
		size = changes[random_below(sizeof(changes) / sizeof(*changes))](data, size);
	uint8_t *exact = fuzz_copy(data, size);
	LLVMFuzzerTestOneInput(exact, size);
	free(exact);
}

int
main(int argc, char **argv)
{
	const char *runs = getenv("FUZZ_RUNS");
	unsigned long n = runs != NULL ? strtoul(runs, NULL, 10) : RUNS;

	for (int i = 1; i < argc; i++)
		if (read_seeds(argv[i]) == -1)
			return 1;
	if (argc == 1 && read_seeds(FUZZ_SEEDS) == -1)
		return 1;
	if (seeds_n == 0) {
		printf("Bail out! no seeds\n");
		return 1;
	}
	for (size_t i = 0; i < seeds_n; i++)
		LLVMFuzzerTestOneInput(seeds[i].data, seeds[i].size);
	for (unsigned long i = 0; i < n; i++)
		run_changed(&seeds[i % seeds_n]);
	for (size_t i = 0; i < seeds_n; i++)
		free(seeds[i].data);
	printf("1..1\nok 1 - %zu seeds and %lu changed ones are survived\n", seeds_n, n);
	return 0;
}
