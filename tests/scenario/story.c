/*
 * Plays *.story files: the real session, binds, policy and smpp over a network that is only played
 * (fake_net.h), in a time that only moves when a story says so. tests/scenario/README is the
 * language. Prints TAP.
 *
 * What the session does becomes facts, in order. After a step every fact must have been expected,
 * and nothing else.
 */
#include "story.h"

#include <ctype.h>
#include <glob.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct story story;

void
fail(const char *format, ...)
{
	va_list ap;
	int n = snprintf(story.why, sizeof(story.why), "%s:%u: ", story.file, story.line);

	va_start(ap, format);
	vsnprintf(story.why + n, sizeof(story.why) - (size_t)n, format, ap);
	va_end(ap);
	longjmp(story.failed, 1);
}

/* ---- words */

int64_t
duration(const char *word)
{
	char *end;
	double n = strtod(word, &end);
	double unit = strcmp(end, "ms") == 0  ? 1
		      : strcmp(end, "s") == 0 ? 1000
		      : strcmp(end, "m") == 0 ? 60000
		      : strcmp(end, "h") == 0 ? 3600000
					      : -1;

	if (unit < 0)
		fail("\"%s\" is not a duration", word);
	return (int64_t)(n * unit);
}

uint32_t
number(const char *word)
{
	char *end;
	unsigned long n = strtoul(word, &end, 0);

	if (strcmp(word, "ok") == 0)
		return 0;
	if (end == word || *end != '\0')
		fail("\"%s\" is not a number", word);
	return (uint32_t)n;
}

/* A word in quotes keeps its blanks and loses its quotes. */
void
split(struct words *w, const char *text)
{
	char *p = w->text;

	*w = (struct words){.n = 0};
	snprintf(w->text, sizeof(w->text), "%s", text);
	while (*p != '\0') {
		char end = ' ';

		while (isspace((unsigned char)*p))
			p++;
		if (*p == '"')
			end = *p++;
		if (*p == '\0')
			return;
		if (w->n == WORDS)
			fail("too many words");
		w->at[w->n++] = p;
		while (*p != '\0' && *p != end)
			p++;
		if (*p != '\0')
			*p++ = '\0';
	}
}

const char *
next_word(struct words *w)
{
	if (w->used == w->n)
		fail("something is missing at the end of the step");
	return w->at[w->used++];
}

bool
take_word(struct words *w, const char *word)
{
	if (w->used == w->n || strcmp(w->at[w->used], word) != 0)
		return false;
	w->used++;
	return true;
}

/* ---- the story */

static void
nothing_is_left(void)
{
	if (story.expected < story.n_facts)
		fail("nobody expected \"%s\"", story.fact[story.expected]);
}

static void
play_step(const char *text)
{
	struct words w;

	story.n_logs = story.n_facts = story.expected = story.woken = 0;
	split(&w, text);
	take_step(&w);
	story.put_off = fake_turn(story.loop);
}

static bool
is_blank(const char *text)
{
	return text[strspn(text, " \t\n")] == '\0';
}

static void
take_line(char *line)
{
	char *hash = line[strspn(line, " \t")] == '#' ? line : NULL;

	if (hash != NULL)
		*hash = '\0';
	line[strcspn(line, "\n")] = '\0';
	for (char *p = line; *p != '\0'; p++)
		if (*p == '\t')
			*p = ' ';
	char *list = strncmp(line + strspn(line, " "), "expect ", 7) == 0
			 ? line + strspn(line, " ")
			 : strstr(line, " expect ");
	if (list != NULL) {
		bool blank_before;
		char *what = strstr(list, "expect ") + 7;

		*list = '\0';
		blank_before = is_blank(line);
		if (!blank_before) {
			nothing_is_left();
			play_step(line);
		}
		expect(what);
	} else if (!is_blank(line)) {
		nothing_is_left();
		play_step(line);
	}
}

static void
clear(void)
{
	binds_free(story.binds);
	for (unsigned i = 0; i < story.n_links; i++) {
		if (story.binds == NULL)
			session_free(story.link[i].session);
		story.link[i].session = NULL;
		buf_clear(&story.link[i].held);
	}
	story.n_links = 0;
	fake_loop_free(story.loop);
}

static bool
play(const char *file)
{
	FILE *f = fopen(file, "r");
	char line[1000];

	memset(&story, 0, sizeof(story));
	story.file = strrchr(file, '/') + 1;
	story.loop = fake_loop_new(&story_hooks);
	if (setjmp(story.failed) == 0) {
		if (f == NULL)
			fail("cannot be read");
		while (fgets(line, sizeof(line), f) != NULL) {
			story.line++;
			take_line(line);
		}
		nothing_is_left();
	}
	if (f != NULL)
		fclose(f);
	clear();
	return story.why[0] == '\0';
}

int
main(int argc, char **argv)
{
	glob_t g = {0};
	unsigned failed = 0;

	log_open(LOG_FORMAT_LOGFMT, LOG_LEVEL_DEBUG);
	log_capture(story_log, NULL);
	for (int i = 1; i < argc; i++)
		glob(argv[i], i > 1 ? GLOB_APPEND : 0, NULL, &g);
	if (argc == 1)
		glob(SRCDIR "/tests/scenario/*.story", 0, NULL, &g);
	printf("1..%zu\n", g.gl_pathc);
	for (size_t i = 0; i < g.gl_pathc; i++) {
		bool ok = play(g.gl_pathv[i]);

		printf("%s %zu - %s\n", ok ? "ok" : "not ok", i + 1, story.file);
		if (!ok)
			printf("# %s\n", story.why);
		failed += !ok;
	}
	failed += g.gl_pathc == 0;
	globfree(&g);
	return failed > 0;
}
