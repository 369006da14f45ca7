/* What follows from a pipeline's samples: its rates, what its flows do, and the samples themselves. */
#include "common/clock.h"
#include "common/config/config.h"
#include "supervisor/conditions.h"
#include "supervisor/serve/figures/status.h"

/* A flow state is judged by this many samples at least. */
enum { JUDGED = 2 };

static const struct sample *sample_back(const struct served *served, unsigned back)
{
	if (back >= served->sample_count || back >= SAMPLES)
		return NULL;
	return &served->samples[(served->sample_count - 1 - back) % SAMPLES];
}

/* What rates begin at: of one that has not been looked at for a minute, its first. NULL: there is none but the newest, if any. */
static const struct sample *minute_ago(const struct served *served)
{
	unsigned back = 60 / SAMPLE_S;

	while (back > 0 && sample_back(served, back) == NULL)
		back--;
	return back > 0 ? sample_back(served, back) : NULL;
}

/* Its own flows: the rest of an analyzer's is other pipelines', and whose those are that wait in the ring nobody knows. */
static uint64_t own(const struct sample *sample)
{
	return sample->passed - sample->capture;
}

/* Nothing of its own has come, and it is not that it does not read. */
static bool is_idle(const struct sample *now, const struct sample *then)
{
	return own(now) == own(then) && (now->passed != then->passed || now->lag == 0);
}

/* How many samples back something must have left: an object may be open for as long as its configuration says. */
static unsigned patience(const struct served *served)
{
	const struct pipeline_config *config = config_pipeline(served->config);
	unsigned seconds = config->store.type == STORE_BUFFERED ? (unsigned)config->store.max_seconds_per_object : 0;
	unsigned samples = JUDGED + seconds / SAMPLE_S;

	return samples < SAMPLES ? samples : SAMPLES - 1;
}

static bool sink_fails(const struct served *served)
{
	const struct condition *told = conditions_find(pipeline_conditions(served->pipeline), "SinkReachable");

	return told != NULL && !told->status;
}

const char *status_flow_state(const struct served *served)
{
	const struct sample *now = sample_back(served, 0), *then = sample_back(served, JUDGED), *before;

	if (now == NULL || then == NULL || served->config == NULL || pipeline_over(served->pipeline))
		return NULL;
	if (is_idle(now, then))
		return "idle";
	if (now->left > then->left)
		return "moving";
	before = sample_back(served, patience(served));
	return sink_fails(served) || (before != NULL && now->left == before->left) ? "stalled" : "moving";
}

/* What of a sample the caller sees. */
static uint64_t visible(const struct sample *sample, const struct api_caller *caller)
{
	return caller->role == API_ROLE_ADMIN ? sample->passed + sample->lag : own(sample);
}

/* Of everything that has come: what was left aside, of that what the caller may know of. */
static uint64_t excluded(const struct sample *sample, const struct api_caller *caller)
{
	return sample->left - sample->written - sample->lost + (caller->role == API_ROLE_ADMIN ? sample->capture : 0);
}

static json_t *per_second(uint64_t now, uint64_t then, double seconds)
{
	return json_real(((double)now - (double)then) / seconds);
}

json_t *status_rates(const struct served *served, const struct api_caller *caller)
{
	const struct sample *now = sample_back(served, 0), *then = minute_ago(served);
	double seconds;

	if (then == NULL || now->at_ns <= then->at_ns)
		return json_pack("{sn sn sn sn sn}", "seen", "written", "lost", "excluded", "records_out");
	seconds = (double)(now->at_ns - then->at_ns) / NS_PER_S;
	return json_pack("{so so so so so}", "seen", per_second(visible(now, caller), visible(then, caller), seconds), "written",
		per_second(now->written, then->written, seconds), "lost", per_second(now->lost, then->lost, seconds), "excluded",
		per_second(excluded(now, caller), excluded(then, caller), seconds), "records_out",
		per_second(now->records, then->records, seconds));
}

json_t *status_samples(const struct served *served, const struct api_caller *caller, unsigned most)
{
	json_t *seen = json_array(), *written = json_array(), *lost = json_array();
	unsigned count = served->sample_count < most ? (unsigned)served->sample_count : most;

	for (unsigned i = count; i-- > 0;) {
		const struct sample *sample = sample_back(served, i);

		json_array_append_new(seen, json_integer((json_int_t)visible(sample, caller)));
		json_array_append_new(written, json_integer((json_int_t)sample->written));
		json_array_append_new(lost, json_integer((json_int_t)sample->lost));
	}
	return json_pack("{si sI so so so}", "interval_s", SAMPLE_S, "count", (json_int_t)served->sample_count, "seen", seen,
		"written", written, "lost", lost);
}
