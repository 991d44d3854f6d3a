#include "story.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static double
last_retry_ms(void)
{
	for (unsigned i = story.n_logs; i-- > 0;) {
		const char *at = strstr(story.log[i], "retry_ms=");

		if (at != NULL)
			return atof(at + 9);
	}
	fail("nothing was logged about a retry");
}

static bool
was_logged(const char *text)
{
	for (unsigned i = 0; i < story.n_logs; i++)
		if (strstr(story.log[i], text) != NULL)
			return true;
	return false;
}

static unsigned
count_logged(const char *text)
{
	unsigned n = 0;

	for (unsigned i = 0; i < story.n_logs; i++)
		n += strstr(story.log[i], text) != NULL;
	return n;
}

static void
expect_number(const char *what, unsigned is, unsigned want)
{
	if (is != want)
		fail("%s is %u instead of %u", what, is, want);
}

/* True when it was a question and not a fact. */
static bool
ask(struct words *w)
{
	const struct session *s = story.now->session;

	if (take_word(w, "taken")) {
		expect_number("taken", session_unanswered(s), number(next_word(w)));
	} else if (take_word(w, "room")) {
		unsigned room = take_word(w, "all") ? binds_room(story.binds) : session_room(s);

		expect_number("room", room, number(next_word(w)));
	} else if (take_word(w, "woken")) {
		expect_number("woken", story.woken, number(next_word(w)));
	} else if (take_word(w, "put")) {
		if (!take_word(w, "off"))
			fail("put off?");
		expect_number("put off", story.put_off, number(next_word(w)));
	} else if (take_word(w, "reading")) {
		expect_number("reading", !fake_is_paused(stream_now()), number(next_word(w)));
	} else if (take_word(w, "bindings")) {
		expect_number("may submit", binds_any_bound(story.binds), number(next_word(w)));
	} else if (take_word(w, "all")) {
		if (binds_all_down(story.binds) != take_word(w, "down"))
			fail("all down, or not all down");
	} else if (take_word(w, "logged")) {
		const char *text = next_word(w);
		unsigned times = take_word(w, "times") ? number(next_word(w)) : 0;

		if (times > 0)
			expect_number("logged", count_logged(text), times);
		else if (!was_logged(text))
			fail("\"%s\" was not logged; last: %s", text,
			    story.n_logs > 0 ? story.log[story.n_logs - 1] : "nothing");
	} else if (take_word(w, "unlogged")) {
		const char *text = next_word(w);

		if (was_logged(text))
			fail("\"%s\" was logged", text);
	} else if (take_word(w, "why")) {
		const char *text = next_word(w);

		if (strstr(session_why(s), text) == NULL)
			fail("why is \"%s\"", session_why(s));
	} else if (take_word(w, "retry")) {
		double is = last_retry_ms(), want = (double)duration(next_word(w));

		if (is < want * 0.8 - 1 || is > want * 1.2 + 1)
			fail("the retry is in %g ms, not about %g", is, want);
	} else {
		return false;
	}
	return true;
}

static void
expect_fact(const char *item)
{
	if (story.expected == story.n_facts)
		fail("\"%s\" did not happen", item);
	if (strcmp(story.fact[story.expected], item) != 0)
		fail("\"%s\" happened instead of \"%s\"", story.fact[story.expected], item);
	story.expected++;
}

static void
expect_one(char *item)
{
	struct words w;

	while (isspace((unsigned char)*item))
		item++;
	for (size_t n = strlen(item); n > 0 && isspace((unsigned char)item[n - 1]); n--)
		item[n - 1] = '\0';
	split(&w, item);
	if (strcmp(item, "nothing") == 0 || ask(&w))
		return;
	char *times = strstr(item, " times ");
	if (times != NULL)
		*times = '\0';
	for (unsigned n = times != NULL ? number(times + 7) : 1; n > 0; n--)
		expect_fact(item);
}

void
expect(char *list)
{
	bool quoted = false;
	char *item = list;

	for (char *p = list;; p++) {
		char c = *p;

		if (c == '"')
			quoted = !quoted;
		if (c != '\0' && (c != ',' || quoted))
			continue;
		*p = '\0';
		expect_one(item);
		item = p + 1;
		if (c == '\0')
			return;
	}
}
