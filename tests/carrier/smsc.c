#include "smsc.h"

#include <string.h>
#include <time.h>

/* Ids of two runs must differ: a database may outlive the simulator. */
static uint64_t
first_id(const struct options *o)
{
	return o->first_id > 0 ? (uint64_t)o->first_id : (uint64_t)time(NULL) * 1000000;
}

void
smsc_init(struct smsc *s, const struct options *o, struct plans *plans)
{
	*s = (struct smsc){
	    .options = o, .plans = plans, .n_accounts = o->n_accounts, .rate = (unsigned)o->rate};
	books_init(&s->books, &o->ids, o->keep_texts, o->charset0);
	later_init(&s->later);
	slide_init(&s->accepted, 1000000);
	for (unsigned i = 0; i < o->n_accounts; i++)
		s->account[i] = (struct account){.system_id = o->system_id[i],
		    .password = o->password[i],
		    .first = BOOKS_NONE,
		    .last = BOOKS_NONE};
	s->parts_check = parts_check_new();
	s->next_id = first_id(o);
	s->silent = o->silent;
	s->refuse_bind = o->refuse_bind;
	s->refuse_binds = o->refuse_binds;
}

void
smsc_clear(struct smsc *s)
{
	books_clear(&s->books);
	later_clear(&s->later);
	slide_clear(&s->accepted);
	parts_check_free(s->parts_check);
}

void
smsc_due(struct smsc *s, mono_t now)
{
	struct later_item item;

	while (!s->paused && !s->silent && later_take(&s->later, now, &item)) {
		switch ((enum smsc_work)item.what) {
		case WORK_ANSWER: {
			struct peer *p = peer_by_no(s, item.extra);
			submit_answer(s, item.which, p, now);
			if (p != NULL)
				peer_settle(p);
			break;
		}
		case WORK_DELIVER:
			post_ready(s, item.which, now);
			break;
		}
	}
}

void
smsc_tick(struct smsc *s, mono_t now)
{
	struct peer *next;

	for (struct peer *p = LIST_FIRST(&s->peers); p != NULL; p = next) {
		next = LIST_NEXT(p, all);
		peer_tick(p, now);
	}
}
