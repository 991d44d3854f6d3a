#include "books.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

/* clang-format off */
static const char *const error_names[BOOKS_ERRORS] = {
	[BOOKS_BAD_FRAME] = "bad_frame",
	[BOOKS_BAD_PDU] = "bad_pdu",
	[BOOKS_UNKNOWN_COMMAND] = "unknown_command",
	[BOOKS_BAD_SEQUENCE] = "bad_sequence",
	[BOOKS_WRONG_STATE] = "wrong_state",
	[BOOKS_UNMATCHED] = "unmatched",
	[BOOKS_WINDOW] = "window",
	[BOOKS_TOO_LONG] = "too_long",
	[BOOKS_BIT_8] = "bit_8",
	[BOOKS_BAD_UCS2] = "bad_ucs2",
	[BOOKS_NO_RECEIPT] = "no_receipt",
	[BOOKS_BAD_ADDRESS] = "bad_address",
	[BOOKS_BAD_UDH] = "bad_udh",
	[BOOKS_BAD_PARTS] = "bad_parts",
	[BOOKS_CUT_PAIR] = "cut_pair",
	[BOOKS_DEAF] = "deaf",
};
/* clang-format on */

const char *
books_error_name(enum books_error e)
{
	return error_names[e];
}

/* Tabs, newlines and backslashes as \t, \n, \\. */
static void
put_text(FILE *f, const char *s)
{
	for (; *s != '\0'; s++) {
		switch (*s) {
		case '\t':
			fputs("\\t", f);
			break;
		case '\n':
			fputs("\\n", f);
			break;
		case '\r':
			fputs("\\r", f);
			break;
		case '\\':
			fputs("\\\\", f);
			break;
		default:
			putc(*s, f);
		}
	}
}

/* 2026-11-24T16:20:00.123456Z */
static void
put_wall(FILE *f, int64_t us)
{
	time_t t = (time_t)(us / 1000000);
	char text[32];
	struct tm tm;

	gmtime_r(&t, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	fprintf(f, "%s.%06dZ", text, (int)(us % 1000000));
}

static void
put_answer(FILE *f, const struct books_part *p)
{
	switch (p->fate) {
	case BOOKS_WAITING:
		fputs("none", f);
		break;
	case BOOKS_ANSWERED:
		fprintf(f, "0x%08x", p->status);
		break;
	case BOOKS_LOST:
		fputs("lost", f);
		break;
	case BOOKS_DROPPED:
		fputs("dropped", f);
		break;
	}
}

/* "DELIVRD" or "UNDELIV:4702,DELIVRD", of the receipts that were sent, and how many deliveries
 * there were. */
static void
put_receipts(FILE *f, const struct books *b, const struct books_part *p)
{
	unsigned receipts = 0, acked = 0, replies = 0;

	for (uint32_t i = p->first_delivery; i != BOOKS_NONE; i = b->delivery[i].next_of_part) {
		const struct books_delivery *d = &b->delivery[i];
		if (d->sends == 0)
			continue;
		if (d->reply) {
			replies++;
			continue;
		}
		fprintf(f, "%s%s", receipts++ > 0 ? "," : "", d->notice.stat);
		if (d->notice.err != 0)
			fprintf(f, ":%u", d->notice.err);
		acked += d->acks > 0;
	}
	fprintf(f, "\t%u\t%u\t%u\t", receipts, acked, replies);
}

static void
put_id(FILE *f, const struct books *b, const struct books_part *p)
{
	char id[FORM_ID_SIZE] = "";

	if (p->id != 0)
		form_id(&b->ids.answer, p->id, id);
	fprintf(f, "%s\t", id);
}

static void
put_part(FILE *f, const struct books *b, uint32_t no)
{
	const struct books_part *p = &b->part[no];

	fprintf(f, "%u\t%lld\t", no, (long long)p->at.us);
	put_wall(f, books_wall_us(b, p->at));
	fputc('\t', f);
	put_text(f, b->bind[p->bind].system_id);
	fprintf(f, "\t%u\t%u\t", p->bind, p->sequence);
	put_text(f, p->source);
	fputc('\t', f);
	put_text(f, p->destination);
	fprintf(f, "\t%u\t0x%02x\t%u\t%u\t%016llx\t%u\t%u\t%u\t%u\t", p->data_coding, p->esm_class,
	    p->registered_delivery, p->octets, (unsigned long long)p->text_hash, p->concat.ref,
	    p->concat.total, p->concat.part, p->try);
	put_id(f, b, p);
	put_answer(f, p);
	fprintf(f, "\t%lld\t", (long long)p->answered.us);
	put_receipts(f, b, p);
	put_text(f, p->text != NULL ? p->text : "");
	fputc('\n', f);
}

static void
put_parts(struct books *b, FILE *f)
{
	fputs("part\tat_us\tat\tsystem_id\tbind\tsequence\tsource\tdestination\tdata_coding\tesm_"
	      "class\t"
	      "registered_delivery\toctets\ttext_"
	      "hash\tref\ttotal\tnumber\ttry\tid\tanswer\tanswered_us\t"
	      "stats\treceipts\treceipts_acked\treplies\ttext\n",
	    f);
	for (uint32_t i = 0; i < b->n_parts; i++)
		put_part(f, b, i);
}

/* A receipt as STAT and err, a reply as from, to and its octets. */
static void
put_delivery(FILE *f, const struct books *b, uint32_t no)
{
	const struct books_delivery *d = &b->delivery[no];

	fprintf(f, "%u\t%s\t", no, d->reply ? "reply" : "receipt");
	if (d->part != BOOKS_NONE)
		fprintf(f, "%u", d->part);
	fprintf(f, "\t%s\t%u\t", d->notice.stat, d->notice.err);
	if (d->sm != NULL) {
		put_text(f, d->sm->source.text);
		fputc('\t', f);
		put_text(f, d->sm->destination.text);
	} else {
		fprintf(f, "%s\t%s", b->part[d->part].destination, b->part[d->part].source);
	}
	fprintf(f, "\t%lld\t%u\t%u\t", (long long)d->first_sent.us, d->sends, d->acks);
	if (d->answered)
		fprintf(f, "0x%08x", d->last_status);
	fprintf(f, "\t%lld\n", (long long)d->acked.us);
}

static void
put_deliveries(struct books *b, FILE *f)
{
	fputs("delivery\tkind\tpart\tstat\terr\tsource\tdestination\tsent_"
	      "us\tsends\tacks\tstatus\tacked_us\n",
	    f);
	for (uint32_t i = 0; i < b->n_deliveries; i++)
		put_delivery(f, b, i);
}

static void
put_binds(struct books *b, FILE *f)
{
	fputs("bind\tsystem_id\ttype\tsecurity\topened_us\tclosed_us\twhy\tsubmits\tmax_"
	      "outstanding\n",
	    f);
	for (uint32_t i = 0; i < b->n_binds; i++) {
		const struct books_bind *e = &b->bind[i];
		fprintf(f, "%u\t", i);
		put_text(f, e->system_id);
		fprintf(f, "\t%s\t%s\t%lld\t%lld\t%s\t%u\t%u\n", e->type, e->security,
		    (long long)e->opened.us, (long long)e->closed.us, e->why, e->submits,
		    e->max_outstanding);
	}
}

static void
line(FILE *f, const char *name, uint64_t value)
{
	fprintf(f, "%s\t%llu\n", name, (unsigned long long)value);
}

static void
sum_parts(const struct books *b, FILE *f)
{
	uint64_t accepted = 0, refused = 0, throttled = 0, duplicates = 0;

	for (size_t i = 0; i < b->n_parts; i++) {
		const struct books_part *p = &b->part[i];
		accepted += p->status == 0 && p->fate == BOOKS_ANSWERED;
		refused += p->status != 0;
		throttled += p->status == SMPP_RTHROTTLED;
	}
	/* What was not refused may have been delivered, answered or not: each beyond the first
	 * reached a person twice. */
	for (size_t i = 0; i < b->n_texts; i++) {
		uint32_t kept = b->text[i].submits - b->text[i].refused;
		duplicates += kept > 1 ? kept - 1 : 0;
	}
	line(f, "submits", b->n_parts);
	line(f, "distinct", b->n_texts);
	line(f, "duplicates", duplicates);
	line(f, "accepted", accepted);
	line(f, "refused", refused);
	line(f, "throttled", throttled);
	line(f, "unanswered", b->n_parts - accepted - refused);
}

static void
sum_deliveries(const struct books *b, FILE *f)
{
	uint64_t n[2] = {0, 0}, acked[2] = {0, 0}, again = 0;

	for (size_t i = 0; i < b->n_deliveries; i++) {
		const struct books_delivery *d = &b->delivery[i];
		n[d->reply] += d->sends > 0;
		acked[d->reply] += d->acks > 0;
		again += d->sends > 1 ? d->sends - 1 : 0;
	}
	line(f, "receipts", n[false]);
	line(f, "receipts_acked", acked[false]);
	line(f, "replies", n[true]);
	line(f, "replies_acked", acked[true]);
	line(f, "deliveries", b->n_deliveries);
	line(f, "redelivered", again);
}

static void
sum_binds(const struct books *b, FILE *f)
{
	uint64_t open = 0;

	for (size_t i = 0; i < b->n_binds; i++)
		open += b->bind[i].closed.us == 0;
	line(f, "binds", b->n_binds);
	line(f, "binds_open", open);
	line(f, "binds_refused", b->refused_binds);
	line(f, "max_outstanding", b->max_outstanding);
}

static uint64_t
cpu_us(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (uint64_t)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000 +
	       (uint64_t)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

void
books_summary(struct books *b, FILE *f)
{
	uint64_t complaints = 0;

	sum_parts(b, f);
	sum_deliveries(b, f);
	sum_binds(b, f);
	line(f, "max_per_second", b->second.most);
	line(f, "max_per_100ms", b->tenth.most);
	for (unsigned i = 0; i < BOOKS_ERRORS; i++)
		complaints += b->errors[i];
	line(f, "protocol_errors", complaints);
	for (unsigned i = 0; i < BOOKS_ERRORS; i++)
		if (b->errors[i] > 0)
			fprintf(f, "error_%s\t%u\n", error_names[i], b->errors[i]);
	line(f, "cpu_us", cpu_us());
}

/* Writes beside the file and renames, so that nobody ever reads half of it. */
static int
write_one(struct books *b, const char *file, const char *suffix,
    void (*put)(struct books *, FILE *), struct err *err)
{
	char name[1024], fresh[1040];

	snprintf(name, sizeof(name), "%s%s", file, suffix);
	snprintf(fresh, sizeof(fresh), "%s.new", name);
	FILE *f = fopen(fresh, "w");
	if (f == NULL)
		return err_set(err, ERR_SYSTEM, errno, "%s: %s", fresh, strerror(errno));
	put(b, f);
	bool bad = ferror(f) != 0;
	if (fclose(f) != 0 || bad || rename(fresh, name) == -1)
		return err_set(err, ERR_SYSTEM, errno, "%s: %s", name, strerror(errno));
	return 0;
}

int
books_write(struct books *b, const char *file, struct err *err)
{
	if (write_one(b, file, ".binds", put_binds, err) == -1 ||
	    write_one(b, file, ".deliveries", put_deliveries, err) == -1 ||
	    write_one(b, file, "", put_parts, err) == -1)
		return -1;
	return write_one(b, file, ".summary", books_summary, err);
}
