/* fetch: copies what is kept out of the ring. From here on a batch has flows and text of its own.
 *
 * Copying is the worker's business (context.fetch). Here is also the first place that knows an address's text, so an
 * address that classify could not use is told of, once. */
#include <stdio.h>

#include "common/log.h"
#include "worker/batch.h"
#include "worker/stages/stages.h"

enum { ADDRESS_SHOWN = 64 };

struct fetch {
	int warned;                           /* once a worker's life */
};

static int fetch_wanted(const struct pipeline_config *config)
{
	(void)config;
	return 1;
}

static void warn(struct stage *stage, const struct batch *batch, struct text_ref address)
{
	struct fetch *fetch = stage_private(stage);
	int length = address.length < ADDRESS_SHOWN ? (int)address.length : ADDRESS_SHOWN;
	char message[160];

	snprintf(message, sizeof(message), "address \"%.*s\" is no IP address: such flows are classified as other", length,
		batch_text(batch, address));
	stage->context->event(stage->context->owner, LOG_WARN, "flow.address_invalid", message);
	fetch->warned = 1;
}

static void look_for_odd_addresses(struct stage *stage, const struct batch *batch)
{
	const struct fetch *fetch = stage_private(stage);

	for (uint32_t i = 0; i < batch->kept_count && !fetch->warned; i++) {
		const struct flow *flow = &batch->flows[i];
		uint32_t valid = batch->columns[batch->kept[i]].valid;

		if ((valid & ADDRESS_A_VALID) == 0 && flow->network_a.length > 0)
			warn(stage, batch, flow->network_a);
		else if ((valid & ADDRESS_B_VALID) == 0 && flow->network_b.length > 0)
			warn(stage, batch, flow->network_b);
	}
}

static int fetch_push(struct stage *stage, struct batch *batch, struct err *err)
{
	const struct fetch *fetch = stage_private(stage);
	int error = stage->context->fetch(stage->context->owner, batch, err);

	if (error != 0)
		return error;
	if (!fetch->warned)
		look_for_odd_addresses(stage, batch);
	return stage_next(stage, batch, err);
}

const struct stage_type stage_fetch = {
	.name = "fetch",
	.phase = PHASE_FETCH,
	.size = sizeof(struct fetch),
	.wanted = fetch_wanted,
	.push = fetch_push,
};
