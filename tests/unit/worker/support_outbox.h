/* A stand whose worker's writer can be exchanged for one that does as it is told. */
#ifndef TESTS_UNIT_WORKER_SUPPORT_OUTBOX_H
#define TESTS_UNIT_WORKER_SUPPORT_OUTBOX_H

#include "support_worker.h"

enum { SENDS = 256 };

/* What the fake writer was given, and how it answers. */
struct fake_writer {
	int result;                   /* of each attempt; ERR_BUSY: no answer yet */
	unsigned count;
	char names[SENDS][96];
	int64_t times[SENDS];
	unsigned lanes[SENDS];
	uint64_t numbers[SENDS];
	bool before_durable;          /* sent something whose claim was not durable */
	struct delivery *held[SENDS];
	unsigned held_count;
	int64_t retry_after_ms;       /* with each refusal */
	const char *reason;
};

extern struct stand stand;
extern struct fake_writer fake;

/* cmocka's set-up and tear-down. */
int outbox_set_up(void **state);
int outbox_tear_down(void **state);

/* Puts the fake writer in the place of the worker's own; while nothing is under way yet. */
void exchange_writer(unsigned parallel);
/* A worker with the fake one. */
void start_fake(unsigned max_flows, unsigned parallel, int result);
/* Ends the attempts that fake.result ERR_BUSY left without an answer. */
void answer_held(int result);
/* Flows that the file writer has stored. */
uint64_t stored(void);

#endif
