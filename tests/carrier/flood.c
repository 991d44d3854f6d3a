/*
 * carrier-flood: as many submits as a carrier takes, to measure it. Keeps a window full on each
 *bind, answers receipts at once, and says at the end how quick that was and what it cost on this
 *side.
 *
 *	carrier-flood PORT plain|tls BINDS WINDOW COUNT
 */
#include "base/clock.h"
#include "smpp/frame.h"
#include "smpp/pdu.h"

#include <event2/buffer.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <openssl/ssl.h>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

struct flood {
	struct event_base *base;
	SSL_CTX *tls;
	unsigned window, count, binds;
	struct bind *bind;
	unsigned sent, answered, refused, receipts;
	mono_t start, last_answer, last_receipt;
};

struct bind {
	struct flood *flood;
	struct bufferevent *bev;
	struct buf in, out;
	uint32_t sequence;
	unsigned outstanding;
	bool bound;
};

static const char text[] = "Hi Ann, it has been a while! Maple PT can see you this week. Call "
			   "(206) 555-0199 to book. Reply STOP to opt out.";

static void
flush(struct bind *b)
{
	if (b->out.len > 0)
		bufferevent_write(b->bev, b->out.data, b->out.len);
	buf_reset(&b->out);
}

static void
put_submit(struct bind *b)
{
	struct smpp_pdu pdu = {.command = SMPP_SUBMIT_SM, .sequence = ++b->sequence};

	pdu.sm.source = (struct smpp_address){1, 1, "12065550100"};
	pdu.sm.destination = (struct smpp_address){.ton = 1, .npi = 1};
	snprintf(pdu.sm.destination.text, sizeof(pdu.sm.destination.text), "1206%07u",
	    2000000 + b->flood->sent++ % 3000000);
	pdu.sm.registered_delivery = SMPP_REGISTERED_RECEIPT;
	pdu.sm.text = (const uint8_t *)text;
	pdu.sm.text_len = sizeof(text) - 1;
	smpp_pdu_encode(&pdu, &b->out);
	b->outstanding++;
}

static void
fill(struct bind *b)
{
	while (b->bound && b->outstanding < b->flood->window && b->flood->sent < b->flood->count)
		put_submit(b);
}

static void
take(struct bind *b, const struct smpp_pdu *pdu, mono_t now)
{
	struct flood *f = b->flood;

	switch (pdu->command) {
	case SMPP_BIND_TRANSCEIVER_RESP:
		b->bound = pdu->status == 0;
		if (f->start.us == 0)
			f->start = now;
		break;
	case SMPP_SUBMIT_SM_RESP:
		b->outstanding--;
		f->answered++;
		f->refused += pdu->status != 0;
		f->last_answer = now;
		break;
	case SMPP_UNBIND_RESP:
		b->bound = false;
		if (--f->binds == 0)
			event_base_loopexit(f->base, NULL);
		break;
	case SMPP_DELIVER_SM:
		f->receipts++;
		f->last_receipt = now;
		smpp_put_response(&b->out, SMPP_DELIVER_SM_RESP, 0, pdu->sequence);
		break;
	default:
		break;
	}
}

/* Once: everything is answered, and the answers to the last receipts have to arrive too. */
static void
unbind_all(struct flood *f)
{
	for (unsigned i = 0; i < f->binds; i++) {
		struct bind *b = &f->bind[i];
		struct smpp_pdu pdu = {.command = SMPP_UNBIND, .sequence = ++b->sequence};
		smpp_pdu_encode(&pdu, &b->out);
		flush(b);
	}
	f->count = 0;
}

static void
read_cb(struct bufferevent *bev, void *arg)
{
	struct bind *b = arg;
	struct evbuffer *input = bufferevent_get_input(bev);
	size_t n = evbuffer_get_length(input), at = 0, len;
	struct smpp_pdu pdu;
	struct flood *f = b->flood;
	mono_t now = mono_now();

	buf_put(&b->in, evbuffer_pullup(input, -1), n);
	evbuffer_drain(input, n);
	while (smpp_frame(b->in.data + at, b->in.len - at, &len) == SMPP_FRAME_READY) {
		if (smpp_pdu_decode(b->in.data + at, len, &pdu) == SMPP_DECODE_OK)
			take(b, &pdu, now);
		at += len;
	}
	buf_drain(&b->in, at);
	fill(b);
	flush(b);
	if (f->answered == f->count && f->receipts + f->refused == f->count)
		unbind_all(f);
}

static void
event_cb(struct bufferevent *bev, short what, void *arg)
{
	struct bind *b = arg;

	if (what & BEV_EVENT_CONNECTED) {
		int one = 1;
		setsockopt(bufferevent_getfd(bev), IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		struct smpp_pdu pdu = {.command = SMPP_BIND_TRANSCEIVER, .sequence = ++b->sequence};
		snprintf(pdu.bind.system_id, sizeof(pdu.bind.system_id), "maple");
		snprintf(pdu.bind.password, sizeof(pdu.bind.password), "secret");
		pdu.bind.interface_version = 0x34;
		smpp_pdu_encode(&pdu, &b->out);
		flush(b);
	} else if ((what & (BEV_EVENT_EOF | BEV_EVENT_ERROR)) && b->flood->count > 0) {
		fprintf(stderr, "carrier-flood: the connection was closed\n");
		exit(1);
	}
}

static void
bind_open(struct flood *f, struct bind *b, int port)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	*b = (struct bind){.flood = f};
	b->bev = f->tls == NULL ? bufferevent_socket_new(f->base, -1, BEV_OPT_CLOSE_ON_FREE)
				: bufferevent_openssl_socket_new(f->base, -1, SSL_new(f->tls),
				      BUFFEREVENT_SSL_CONNECTING, BEV_OPT_CLOSE_ON_FREE);
	bufferevent_setcb(b->bev, read_cb, NULL, event_cb, b);
	bufferevent_enable(b->bev, EV_READ | EV_WRITE);
	bufferevent_socket_connect(b->bev, (struct sockaddr *)&at, sizeof(at));
}

static void
report(const struct flood *f)
{
	struct rusage u;
	double answers = (double)(f->last_answer.us - f->start.us) / 1e6;
	double receipts = (double)(f->last_receipt.us - f->start.us) / 1e6;

	getrusage(RUSAGE_SELF, &u);
	double cpu = (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e6 +
		     (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
	printf("submits=%u refused=%u receipts=%u submits_per_s=%.0f receipts_per_s=%.0f "
	       "client_cpu_us=%.2f\n",
	    f->answered, f->refused, f->receipts, f->answered / answers, f->receipts / receipts,
	    cpu / f->answered);
}

int
main(int argc, char **argv)
{
	struct flood f = {.base = event_base_new()};

	if (argc != 6) {
		fprintf(stderr, "usage: carrier-flood PORT plain|tls BINDS WINDOW COUNT\n");
		return 64;
	}
	if (strcmp(argv[2], "tls") == 0)
		f.tls = SSL_CTX_new(TLS_client_method());
	unsigned n = f.binds = (unsigned)atoi(argv[3]);
	f.window = (unsigned)atoi(argv[4]);
	f.count = (unsigned)atoi(argv[5]);
	f.bind = calloc(n, sizeof(*f.bind));
	if (f.bind == NULL)
		return 71;
	for (unsigned i = 0; i < n; i++)
		bind_open(&f, &f.bind[i], atoi(argv[1]));
	event_base_dispatch(f.base);
	report(&f);
	for (unsigned i = 0; i < n; i++) {
		bufferevent_free(f.bind[i].bev);
		buf_clear(&f.bind[i].in);
		buf_clear(&f.bind[i].out);
	}
	free(f.bind);
	SSL_CTX_free(f.tls);
	event_base_free(f.base);
	return 0;
}
