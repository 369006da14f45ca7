#include "support_outbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "worker/spool.h"

enum { RING = 4 << 20 };

struct stand stand;
struct fake_writer fake;

static void fake_send(struct writer *writer, struct delivery *delivery)
{
	(void)writer;
	assert_true(fake.count < SENDS);
	snprintf(fake.names[fake.count], sizeof(fake.names[0]), "%s", delivery->object.name);
	fake.times[fake.count] = clock_boottime_ns();
	fake.lanes[fake.count] = delivery->object.lane;
	fake.numbers[fake.count] = delivery->object.number;
	fake.count++;
	if (delivery->object.claim_commit > spool_durable_number(stand.worker.spool))
		fake.before_durable = true;
	if (fake.result == ERR_BUSY) {
		fake.held[fake.held_count++] = delivery;
		return;
	}
	delivery->result = fake.result;
	delivery->field = fake.result != 0 ? "pipeline.write.fake" : NULL;
	delivery->retry_after_ms = fake.result != 0 ? fake.retry_after_ms : 0;
	if (fake.result != 0 && fake.reason != NULL)
		snprintf(delivery->reason, sizeof(delivery->reason), "%s", fake.reason);
	if (fake.result != 0)
		err_set(&delivery->err, fake.result, "the fake writer says no");
	delivery_done(delivery);
}

void answer_held(int result)
{
	unsigned count = fake.held_count;

	fake.held_count = 0;
	for (unsigned i = 0; i < count; i++) {
		fake.held[i]->result = result;
		delivery_done(fake.held[i]);
	}
}

static struct writer_type fake_type;

int outbox_set_up(void **state)
{
	(void)state;
	memset(&fake, 0, sizeof(fake));
	stand_init(&stand, RING);
	return 0;
}

int outbox_tear_down(void **state)
{
	(void)state;
	stand_fini(&stand);
	return 0;
}

void exchange_writer(unsigned parallel)
{
	fake_type = *stand.worker.outbox.writer->type;
	fake_type.parallel = parallel;
	fake_type.send = fake_send;
	stand.worker.outbox.writer->type = &fake_type;
}

void start_fake(unsigned max_flows, unsigned parallel, int result)
{
	fake.result = result;
	stand_begin(&stand, max_flows);
	exchange_writer(parallel);
}

uint64_t stored(void)
{
	uint64_t flows;

	stand_stored(&stand, &flows);
	return flows;
}
