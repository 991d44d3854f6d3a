/*
 * What the files of tests/scenario/story share: one story at a time, its words and its facts.
 */
#ifndef TESTS_SCENARIO_STORY_H
#define TESTS_SCENARIO_STORY_H

#include "fake_net.h"

#include "base/log.h"
#include "session/binds.h"
#include "smpp/frame.h"

#include <inttypes.h>
#include <setjmp.h>

enum { LINKS = 8, FACTS = 400, FACT = 160, LOGS = 64, WORDS = 40, OUT = 1000, DELIVERIES = 1000 };

struct link { /* one session and its connection */
	struct session *session;
	struct stream *stream;
	uint32_t bind_sequence, enquire_sequence, unbind_sequence;
	struct buf held; /* what the carrier sends, until `together` ends */
};

struct delivery {
	uint32_t sequence, command;
	uint64_t generation;
};

struct story {
	const char *file;
	unsigned line;
	jmp_buf failed;
	char why[2000];

	struct loop *loop;
	struct binds *binds;
	struct link link[LINKS];
	unsigned n_links;
	struct link *now; /* whom the step is about */
	bool together;

	char fact[FACTS][FACT];
	unsigned n_facts, expected;
	char log[LOGS][LOG_VALUE_MAX * 2];
	unsigned n_logs;
	unsigned woken;   /* room came back, so often */
	unsigned put_off; /* to the end of the turn */

	char when[FACT],
	    then[FACT]; /* once this is a fact, that step is taken, within the callback */

	int owner[OUT];         /* addressed as the owners of submits, by their id */
	uint32_t sequence[OUT]; /* of submit i, as last written */
	struct delivery delivery[DELIVERIES];
	unsigned n_deliveries;
};

extern struct story story;

/* Ends the story. */
void fail(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

struct words {
	char text[1000];
	char *at[WORDS];
	unsigned n, used;
};

void split(struct words *, const char *text);
const char *next_word(struct words *); /* fails when there is none */
bool take_word(struct words *, const char *word);
int64_t duration(const char *word);
uint32_t number(const char *word);

/* story_facts.c: what the session does becomes facts, in order */
extern const struct session_calls story_calls;
extern const struct fake_hooks story_hooks;
void story_log(const char *line, void *arg);
void fact(struct link *, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* story_steps.c */
struct stream *stream_now(void); /* of the bind that the step is about */
void take_step(struct words *);

/* story_expect.c */
void expect(char *list);

#endif
