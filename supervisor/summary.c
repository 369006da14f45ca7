#include "supervisor/summary.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "common/ring.h"
#include "common/worker_page.h"
#include "supervisor/fleet.h"
#include "supervisor/gap_list.h"
#include "supervisor/pipeline.h"
#include "supervisor/subscription.h"
#include "supervisor/usage.h"

/* How a counter is called in the document, and where it is in its struct. */
struct figure {
	const char *name;
	size_t offset;
};

#define ACCOUNT(name) { #name, offsetof(struct account, name) }
static const struct figure account_figures[] = {
	ACCOUNT(passed), ACCOUNT(excluded_capture), ACCOUNT(excluded_tag), ACCOUNT(excluded_started), ACCOUNT(excluded_rule),
	ACCOUNT(lost_ring), ACCOUNT(lost_error), ACCOUNT(lost_overflow), ACCOUNT(lost_spool), ACCOUNT(waiting_state),
	ACCOUNT(waiting_spool), ACCOUNT(written), ACCOUNT(records_out), ACCOUNT(records_written),
	ACCOUNT(records_unresolved), ACCOUNT(objects_written), ACCOUNT(bytes_written), ACCOUNT(gaps), ACCOUNT(gap_ms),
	ACCOUNT(probe_dropped), { NULL, 0 },
};

#define COUNTER(name) { #name, offsetof(struct ring_counters, name) }
static const struct figure counter_figures[] = {
	COUNTER(messages), COUNTER(message_bytes), COUNTER(flows), COUNTER(malformed), COUNTER(refused), COUNTER(ignored),
	COUNTER(reconnects), COUNTER(gap_ms), COUNTER(probe_dropped), { NULL, 0 },
};

static void put_figures(json_t *object, const struct figure *figures, const void *values)
{
	for (; figures->name != NULL; figures++) {
		uint64_t value;

		memcpy(&value, (const char *)values + figures->offset, sizeof(value));
		json_object_set_new(object, figures->name, json_integer((json_int_t)value));
	}
}

static json_t *pipeline_summary(const struct pipeline *pipeline)
{
	json_t *object = json_object();
	struct worker_figures figures;
	uint64_t lag, objects, flows;
	struct rusage usage;
	unsigned restarts;

	pipeline_figures(pipeline, &figures);
	lag = pipeline_lag(pipeline, &figures);
	pipeline_unsent(pipeline, &objects, &flows);
	pipeline_usage(pipeline, &usage, &restarts);
	put_figures(object, account_figures, &figures.account);
	json_object_set_new(object, "state", json_string(pipeline_state_name(pipeline_state(pipeline))));
	json_object_set_new(object, "lag", json_integer((json_int_t)lag));
	/* the account's own names for what is known beside the commit record */
	json_object_set_new(object, "waiting_ring", json_integer((json_int_t)lag));
	json_object_set_new(object, "seen", json_integer((json_int_t)(figures.account.passed + lag)));
	json_object_set_new(object, "laps", json_integer((json_int_t)figures.laps));
	json_object_set_new(object, "sequence", json_integer((json_int_t)figures.position.sequence));
	json_object_set_new(object, "unsent_objects", json_integer((json_int_t)objects));
	json_object_set_new(object, "unsent_flows", json_integer((json_int_t)flows));
	json_object_set_new(object, "restarts", json_integer(restarts));
	json_object_set_new(object, "cpu_us", json_integer(usage_cpu_us(&usage)));
	json_object_set_new(object, "max_rss_kb", json_integer(usage.ru_maxrss));
	return object;
}

static json_t *gaps_summary(const struct gap_list *gaps)
{
	json_t *list = json_array();

	for (size_t i = 0; i < gap_list_count(gaps); i++) {
		const struct ring_gap *gap = gap_list_at(gaps, i);

		json_array_append_new(list, json_pack("{sI sI ss}", "from_ms", (json_int_t)gap->from_ms, "to_ms",
			(json_int_t)gap->to_ms, "reason", ring_gap_reason_name(gap->reason)));
	}
	return list;
}

static json_t *subscription_summary(const struct subscription *subscription)
{
	json_t *object = json_object();
	struct ring_counters counters;
	struct rusage usage;
	unsigned restarts;

	subscription_counters(subscription, &counters);
	subscription_usage(subscription, &usage, &restarts);
	json_object_set_new(object, "url", json_string(subscription_url(subscription)));
	put_figures(object, counter_figures, &counters);
	json_object_set_new(object, "published", json_integer((json_int_t)subscription_head(subscription)));
	json_object_set_new(object, "restarts", json_integer(restarts));
	json_object_set_new(object, "cpu_us", json_integer(usage_cpu_us(&usage)));
	json_object_set_new(object, "max_rss_kb", json_integer(usage.ru_maxrss));
	json_object_set_new(object, "gaps", gaps_summary(subscription_gaps(subscription)));
	return object;
}

int summary_check(const char *path, struct err *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	bool made = fd >= 0;

	if (!made && errno == EEXIST)
		fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	/* a FIFO whose reader is still to come */
	if (fd < 0 && errno == ENXIO)
		return 0;
	if (fd < 0)
		return err_sys(err, errno, "writing %s", path);
	close(fd);
	if (made)
		unlink(path);
	return 0;
}

int summary_write(struct fleet *fleet, const char *path, struct err *err)
{
	json_t *document = json_object();
	json_t *pipelines = json_object(), *subscriptions = json_array();
	struct rusage own;
	int failed;

	for (size_t i = 0; i < fleet->pipeline_count; i++)
		json_object_set_new(pipelines, pipeline_name(fleet->pipelines[i]), pipeline_summary(fleet->pipelines[i]));
	for (size_t i = 0; i < fleet->subscription_count; i++)
		json_array_append_new(subscriptions, subscription_summary(fleet->subscriptions[i]));
	json_object_set_new(document, "pipelines", pipelines);
	json_object_set_new(document, "subscriptions", subscriptions);
	json_object_set_new(document, "began_ms", json_integer((json_int_t)fleet->began_ms));
	json_object_set_new(document, "drained_ms", json_integer((json_int_t)fleet->drained_ms));
	getrusage(RUSAGE_SELF, &own);
	json_object_set_new(document, "cpu_us", json_integer(usage_cpu_us(&own)));
	failed = json_dump_file(document, path, JSON_COMPACT);
	json_decref(document);
	return failed ? err_sys(err, errno, "writing %s", path) : 0;
}
