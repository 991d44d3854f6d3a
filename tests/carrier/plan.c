#include "plan.h"
#include "grow.h"
#include "plan_row.h"

#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS = 6 }; /* behaviours in one rule */

/* A rule as it was read: steps are applied in turn. */
struct rule {
	struct rule *next;
	char *pattern, *what;
	unsigned n;
	struct {
		const struct plan_row *row;
		struct plan_param param;
	} step[STEPS];
};

struct plans {
	struct rule *rules; /* the first that fits wins */
	enum plan_codes codes;
	bool by_digits;
};

struct plans *
plans_new(enum plan_codes codes, bool by_digits)
{
	struct plans *p = grow_new(sizeof(*p));

	*p = (struct plans){.codes = codes, .by_digits = by_digits};
	return p;
}

static void
rule_free(struct rule *r)
{
	free(r->pattern);
	free(r->what);
	free(r);
}

void
plans_free(struct plans *p)
{
	while (p->rules != NULL) {
		struct rule *next = p->rules->next;
		rule_free(p->rules);
		p->rules = next;
	}
	free(p);
}

/* "word" or "word:param"; cuts s at the colon. */
static int
rule_step(struct rule *r, char *s, struct err *err)
{
	char *param = strchr(s, ':');

	if (param != NULL)
		*param++ = '\0';
	else
		param = s + strlen(s);
	const struct plan_row *row = plan_row_by_word(s);
	if (row == NULL)
		return err_set(err, ERR_CONFIG, 0, "\"%s\" is no behaviour; --help lists them", s);
	if (r->n == STEPS)
		return err_set(err, ERR_CONFIG, 0, "a rule has at most %d behaviours", STEPS);
	r->step[r->n].row = row;
	r->step[r->n].param = (struct plan_param){param, strtod(param, NULL)};
	r->n++;
	return 0;
}

static int
rule_steps(struct rule *r, struct err *err)
{
	char *next = r->what;

	while (next != NULL) {
		/* A reply's text may hold anything, a "+" too: it takes what is left. */
		char *s = next, *plus = strncmp(s, "reply:", 6) == 0 ? NULL : strchr(s, '+');
		if (plus != NULL)
			*plus++ = '\0';
		next = plus;
		if (rule_step(r, s, err) == -1)
			return -1;
	}
	return 0;
}

static struct rule *
rule_new(const char *pattern, const char *what, struct err *err)
{
	struct rule *r = grow_new(sizeof(*r));

	*r = (struct rule){.next = NULL};
	if (pattern[0] == '+')
		pattern++;
	r->pattern = grow_copy(pattern, strlen(pattern));
	r->what = grow_copy(what, strlen(what));
	if (rule_steps(r, err) == -1) {
		rule_free(r);
		return NULL;
	}
	return r;
}

int
plans_rule(struct plans *p, const char *pattern, const char *what, struct err *err)
{
	struct rule *r = rule_new(pattern, what, err);

	if (r == NULL)
		return -1;
	r->next = p->rules;
	p->rules = r;
	return 0;
}

/* Cuts a line of the file into pattern and rest; false when it holds no rule. */
static bool
split_line(char *line, char **pattern, char **what)
{
	size_t n = strcspn(line, "#\r\n");

	while (n > 0 && isspace((unsigned char)line[n - 1]))
		n--;
	line[n] = '\0';
	*pattern = line + strspn(line, " \t");
	char *end = *pattern + strcspn(*pattern, " \t");
	*what = end + strspn(end, " \t");
	if (*end != '\0')
		*end = '\0';
	return **pattern != '\0';
}

int
plans_read(struct plans *p, const char *file, struct err *err)
{
	FILE *f = fopen(file, "r");
	struct rule **tail = &p->rules, *before = p->rules;
	char line[1024], *pattern, *what;
	int rc = 0;

	if (f == NULL)
		return err_set(err, ERR_SYSTEM, errno, "%s: %s", file, strerror(errno));
	for (long no = 1; rc == 0 && fgets(line, sizeof(line), f) != NULL; no++) {
		struct err why;
		if (!split_line(line, &pattern, &what))
			continue;
		struct rule *r = rule_new(pattern, what, &why);
		if (r == NULL) {
			rc = err_set(err, ERR_CONFIG, no, "%s:%ld: %s", file, no, why.text);
		} else {
			*tail = r;
			tail = &r->next;
			r->next = before;
		}
	}
	fclose(f);
	return rc;
}

static void
plan_step(
    struct plan *p, const struct plan_row *row, struct plan_param param, enum plan_codes codes)
{
	row->set(p, row, &param, codes);
}

static bool
all_digits(const char *s)
{
	return s[strspn(s, "0123456789")] == '\0';
}

/* The last seven digits: 555 and a row of the table, or 556, 557, 558 and figures. */
static void
plan_by_digits(const char *last7, struct plan *p, enum plan_codes codes)
{
	unsigned n = (unsigned)strtoul(last7, NULL, 10), family = n / 10000, rest = n % 10000;
	const struct plan_row *row;

	switch (family) {
	case 555:
		row = plan_row_by_digits(rest / 100);
		if (row != NULL)
			plan_step(p, row, (struct plan_param){last7 + 5, rest % 100}, codes);
		break;
	case 556:
		p->status = rest;
		break;
	case 557:
		p->times = rest / 1000;
		p->status = rest % 1000;
		break;
	case 558:
		p->n_notices = 0;
		plan_add_notice(p, "UNDELIV", rest);
		break;
	default:
		break;
	}
}

void
plan_for(const struct plans *plans, const char *destination, struct plan *p)
{
	size_t len = strlen(destination);

	*p = (struct plan){.answer_ms = -1, .form = PLAN_FORMS};
	plan_add_notice(p, "DELIVRD", 0);
	for (const struct rule *r = plans->rules; r != NULL; r = r->next) {
		if (fnmatch(r->pattern, destination, 0) != 0)
			continue;
		for (unsigned i = 0; i < r->n; i++)
			plan_step(p, r->step[i].row, r->step[i].param, plans->codes);
		return;
	}
	if (plans->by_digits && len >= 10 && all_digits(destination))
		plan_by_digits(destination + len - 7, p, plans->codes);
}

int
plan_form_parse(const char *word)
{
	static const char *const names[PLAN_FORMS] = {
	    "both", "text", "tlv", "payload", "data-sm", "ucs2", "plain", "odd"};

	for (int i = 0; i < PLAN_FORMS; i++)
		if (strcmp(names[i], word) == 0)
			return i;
	return -1;
}
