/* Pipelines and subscriptions whose children, or what those need, do not work: the real programs, a memory of our own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/config/config.h"
#include "common/config/pipeline_config.h"
#include "common/ipc.h"
#include "common/log.h"
#include "supervisor/fleet.h"
#include "supervisor/memory.h"
#include "supervisor/pipeline_private.h"
#include "supervisor/subscription_private.h"

enum { CONFIGS = 4 };

static struct {
	struct loop *loop;
	struct fleet fleet;
	char folder[64];
	struct config *configs[CONFIGS];      /* of one analyzer, each with another password */
	struct pipeline *pipeline;
	unsigned spools;                      /* how often one was asked for */
	bool no_spool, no_epochs;
	struct ipc_epoch epoch;
	int64_t stream_ms;
} stand;

/* ---- the memory ---- */

static int give_spool(void *owner, const char *id, int *dirfd, struct err *err)
{
	(void)owner;
	(void)id;
	stand.spools++;
	if (stand.no_spool)
		return err_set(err, ERR_NO_SPACE, "no space for a spool");
	*dirfd = open(stand.folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return 0;
}

static int give_epochs(void *owner, const char *key, const struct ipc_epoch **epochs, size_t *count, struct err *err)
{
	(void)owner;
	(void)key;
	*epochs = &stand.epoch;
	*count = 1;
	return stand.no_epochs ? err_set(err, ERR_IO, "the store cannot be read") : 0;
}

static int take_epoch(void *owner, const char *key, const struct ipc_epoch *epoch, struct err *err)
{
	(void)owner;
	(void)key;
	(void)err;
	stand.epoch = *epoch;
	return 0;
}

static int give_stream_name(void *owner, const char *destination, int64_t wall_ms, int64_t *name_ms, struct err *err)
{
	(void)owner;
	(void)destination;
	(void)err;
	stand.stream_ms = stand.stream_ms >= wall_ms / 1000 * 1000 ? stand.stream_ms + 1000 : wall_ms / 1000 * 1000;
	*name_ms = stand.stream_ms;
	return 0;
}

static const struct memory memory = { .spool = give_spool, .epochs = give_epochs, .epoch_add = take_epoch,
	.epoch_end = take_epoch, .stream_name = give_stream_name };

/* ---- the fleet ---- */

static void changed(struct fleet *fleet)
{
	(void)fleet;
}

static void log_line_of_child(const char *line)
{
	if (getenv("TEST_LOG") != NULL)
		fprintf(stderr, "%s\n", line);
}

static struct config *make_config(int password)
{
	struct config *config;
	struct err err;
	char text[1024];
	int length = snprintf(text, sizeof(text), "{\"host_id\":\"test\",\"analyzer\":{\"auth\":{"
		"\"cluster\":{\"username\":\"u\",\"password\":\"p%d\"}}},\"pipeline\":"
		"{\"subscriber\":{\"url\":\"ws://127.0.0.1:1/ws/subscriber/flow\"},\"classify\":{\"type\":\"subnet\","
		"\"cluster_net_masks\":[\"10.0.0.0/8\"]},\"transform\":{\"type\":\"none\"},\"encode\":{\"type\":\"json\"},"
		"\"compress\":{\"type\":\"none\"},\"store\":{\"type\":\"buffered\",\"buffered\":{\"dirname\":\"bucket\","
		"\"filename_prefix\":\"logs\",\"max_flows_per_object\":10,\"max_flow_array_size\":1000,"
		"\"max_seconds_per_object\":60}},\"write\":{\"type\":\"file\",\"file\":{\"root\":\"%s/out\"}}}}", password,
		stand.folder);

	if (config_load_effective(&config, text, (size_t)length, &err) != 0)
		fail_msg("%s", err.message);
	return config;
}

static int set_up(void **state)
{
	const struct fleet_options options = { .ring_size = 4 << 20, .drain_timeout_ns = 5 * NS_PER_S, .host_id = "test",
		.host_id_field = "host_id", .log_level = "error", .dynamic = true };
	const struct pipeline_identity identity = { .tenant = "", .name = "edge", .id = "edge" };
	const struct pipeline_settings settings = { .quota_bytes = 0 };

	(void)state;
	memset(&stand, 0, sizeof(stand));
	log_init("test", "", getenv("TEST_LOG") != NULL ? LOG_DEBUG : LOG_ERROR + 1);
	snprintf(stand.folder, sizeof(stand.folder), "/tmp/sluice-fleet-test-XXXXXX");
	assert_non_null(mkdtemp(stand.folder));
	for (int i = 0; i < CONFIGS; i++)
		stand.configs[i] = make_config(i);
	assert_int_equal(loop_new(&stand.loop, NULL), 0);
	assert_int_equal(fleet_init(&stand.fleet, stand.loop, &memory, &options, NULL), 0);
	stand.fleet.changed = changed;
	stand.fleet.log_line = log_line_of_child;
	assert_int_equal(fleet_add(&stand.fleet, &identity, &stand.pipeline, NULL), 0);
	pipeline_use(stand.pipeline, stand.configs[0], &settings);
	return 0;
}

static int remove_path(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
	(void)status;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int tear_down(void **state)
{
	(void)state;
	fleet_fini(&stand.fleet);
	loop_free(&stand.loop);
	for (int i = 0; i < CONFIGS; i++)
		config_free(&stand.configs[i]);
	nftw(stand.folder, remove_path, 16, FTW_DEPTH | FTW_PHYS);
	return 0;
}

static void run_ms(int64_t ms)
{
	int64_t end = clock_boottime_ns() + ms * NS_PER_MS;

	while (clock_boottime_ns() < end)
		loop_run_once(stand.loop, 20, NULL);
}

#define run_until(condition) \
	do { \
		int64_t run_deadline = clock_boottime_ns() + 20 * NS_PER_S; \
		while (!(condition)) { \
			assert_true(clock_boottime_ns() < run_deadline); \
			loop_run_once(stand.loop, 50, NULL); \
		} \
	} while (0)

/* ---- starts that fail ---- */

static void a_start_that_fails_before_its_process_is_not_tried_without_a_pause(void **state)
{
	(void)state;
	stand.no_spool = true;
	assert_int_not_equal(pipeline_start(stand.pipeline, &(struct err){ 0 }), 0);
	run_ms(500);

	assert_int_equal(stand.spools, 2);            /* at once, and again after 1 s */
	assert_int_equal(pipeline_state(stand.pipeline), PIPELINE_BACKOFF);
}

static unsigned prepared;

static int refuse(struct fleet *fleet, struct pipeline *pipeline, struct err *err)
{
	(void)fleet;
	(void)pipeline;
	prepared++;
	return err_set(err, ERR_DENIED, "a secret cannot be read");
}

static void nor_is_one_that_lacks_what_it_is_started_with(void **state)
{
	(void)state;
	prepared = 0;
	stand.fleet.prepare = refuse;
	pipeline_start(stand.pipeline, &(struct err){ 0 });
	run_ms(500);

	assert_int_equal(prepared, 2);
}

static void the_end_does_not_wait_for_one_that_cannot_start(void **state)
{
	(void)state;
	stand.no_spool = true;
	pipeline_start(stand.pipeline, &(struct err){ 0 });
	run_ms(100);
	fleet_drain(&stand.fleet);

	assert_true(fleet_ended(&stand.fleet));
	run_ms(1500);
	assert_int_equal(stand.spools, 2);
}

static void nothing_begins_while_it_ends(void **state)
{
	struct subscription *joined;

	(void)state;
	fleet_drain(&stand.fleet);
	assert_int_equal(pipeline_start(stand.pipeline, &(struct err){ 0 }), 0);

	assert_int_equal(stand.spools, 0);
	assert_int_equal(fleet_join(&stand.fleet, config_pipeline(stand.configs[0]), &joined, &(struct err){ 0 }), ERR_CLOSED);
	assert_true(fleet_ended(&stand.fleet));
}

/* ---- subscriptions ---- */

static struct subscription *join(int config)
{
	struct subscription *joined;

	assert_int_equal(fleet_join(&stand.fleet, config_pipeline(stand.configs[config]), &joined, NULL), 0);
	return joined;
}

static void one_that_closes_still_has_its_key(void **state)
{
	struct subscription *first = join(0), *second = join(1), *third;
	char key[DESTINATION_KEY_SIZE], expected[DESTINATION_KEY_SIZE + 8];

	(void)state;
	snprintf(key, sizeof(key), "%s", subscription_key(first));
	snprintf(expected, sizeof(expected), "%s-2", key);
	assert_string_equal(subscription_key(second), expected);
	subscription_start(first);
	run_until(subscription_process(first) != 0);
	fleet_leave(&stand.fleet, first, "");
	assert_false(subscription_over(first));

	third = join(2);
	snprintf(expected, sizeof(expected), "%s-3", key);
	assert_string_equal(subscription_key(third), expected);
	run_until(stand.fleet.subscription_count == 2);
	assert_string_equal(subscription_key(join(3)), key);
}

static void workers_that_do_not_begin_keep_no_subscription_waiting(void **state)
{
	struct subscription *subscription = join(0);

	(void)state;
	assert_true(subscription->start_deadline.position != 0);
	assert_false(subscription_started(subscription));
	subscription->start_deadline.fire(&subscription->start_deadline);
	assert_true(subscription_started(subscription));
}

/* What stands in its ring is this pipeline's, though nobody could read on from a new one. */
static void one_that_waits_writes_out_what_its_failed_subscription_holds(void **state)
{
	struct subscription *subscription;

	(void)state;
	stand.no_epochs = true;
	pipeline_start(stand.pipeline, &(struct err){ 0 });
	run_until(pipeline_state(stand.pipeline) == PIPELINE_BACKOFF && stand.pipeline->keeper.backoff.tries > 1);
	subscription = stand.pipeline->subscription;
	assert_non_null(subscription);
	stand.no_epochs = false;
	subscription->failed = subscription->over = true;
	fleet_subscription_failed(&stand.fleet, subscription, "refused");

	assert_int_equal(pipeline_state(stand.pipeline), PIPELINE_DRAINING);
	assert_int_not_equal(pipeline_worker(stand.pipeline, &(int64_t){ 0 }), 0);
	assert_ptr_equal(stand.pipeline->subscription, subscription);
	assert_int_equal(stand.fleet.subscription_count, 1);
	run_until(pipeline_state(stand.pipeline) == PIPELINE_FAILED);
	assert_true(stand.pipeline->told_drained);
}

/* ---- what a worker says that is not believed ---- */

static void ask_for_stream(long long newest_ms)
{
	char text[128];
	int length = snprintf(text, sizeof(text), "{\"endpoint\":\"e\",\"bucket\":\"b\",\"newest_ms\":%lld}", newest_ms);

	pipeline_message(stand.pipeline, IPC_STREAM_REQUEST, UINT32_MAX, text, (size_t)length);
}

static void no_stream_begins_behind_the_last_year(void **state)
{
	const int64_t last = CLOCK_LAST_MS / 1000 * 1000;

	(void)state;
	pipeline_start(stand.pipeline, &(struct err){ 0 });
	run_until(stand.pipeline->keeper.child != NULL);
	stand.stream_ms = 0;
	ask_for_stream(INT64_MAX);
	ask_for_stream(last);
	assert_int_equal(stand.stream_ms, 0);
	ask_for_stream(last - 1000);

	assert_int_equal(stand.stream_ms, last);
}

/* ---- orders ---- */

static const struct pipeline_stop none, stop = { .epoch = 7, .sequence = 100 };

static void check_order(uint32_t mode, uint64_t sequence, int64_t deadline_ns)
{
	assert_int_equal(stand.pipeline->drain.mode, mode);
	assert_int_equal(stand.pipeline->drain.sequence, sequence);
	assert_int_equal(stand.pipeline->drain.deadline_ns, deadline_ns);
}

static void a_stop_behind_a_handover_is_ordered(void **state)
{
	(void)state;
	stand.pipeline->state = PIPELINE_RUNNING;
	pipeline_replace(stand.pipeline, &none, 1000);
	check_order(DRAIN_HANDOVER, 0, 1000);
	pipeline_stop(stand.pipeline, &stop, 2000);

	check_order(DRAIN_STOP, 100, 2000);
	assert_true(pipeline_owes_stop(stand.pipeline));
}

static void a_handover_behind_a_stop_changes_its_deadline(void **state)
{
	(void)state;
	stand.pipeline->state = PIPELINE_RUNNING;
	pipeline_stop(stand.pipeline, &stop, 1000);
	pipeline_replace(stand.pipeline, &none, 2000);
	check_order(DRAIN_STOP, 100, 2000);
	assert_true(pipeline_wanted(stand.pipeline));
	pipeline_drain(stand.pipeline, 7, 120, 3000);

	check_order(DRAIN_STOP, 100, 3000);
}

static void what_leads_to_no_order_leaves_none(void **state)
{
	(void)state;
	stand.no_spool = true;
	pipeline_stop(stand.pipeline, &stop, 1000);
	check_order(DRAIN_HANDOVER, 0, 0);
	assert_int_equal(pipeline_state(stand.pipeline), PIPELINE_STOPPED);
	pipeline_replace(stand.pipeline, &none, 2000);
	check_order(DRAIN_HANDOVER, 0, 0);
	pipeline_stop(stand.pipeline, &stop, 1000);

	check_order(DRAIN_HANDOVER, 0, 0);
	assert_int_equal(pipeline_state(stand.pipeline), PIPELINE_STOPPED);
	assert_true(pipeline_owes_stop(stand.pipeline));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_start_that_fails_before_its_process_is_not_tried_without_a_pause, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(nor_is_one_that_lacks_what_it_is_started_with, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_end_does_not_wait_for_one_that_cannot_start, set_up, tear_down),
		cmocka_unit_test_setup_teardown(nothing_begins_while_it_ends, set_up, tear_down),
		cmocka_unit_test_setup_teardown(one_that_closes_still_has_its_key, set_up, tear_down),
		cmocka_unit_test_setup_teardown(workers_that_do_not_begin_keep_no_subscription_waiting, set_up, tear_down),
		cmocka_unit_test_setup_teardown(one_that_waits_writes_out_what_its_failed_subscription_holds, set_up, tear_down),
		cmocka_unit_test_setup_teardown(no_stream_begins_behind_the_last_year, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_stop_behind_a_handover_is_ordered, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_handover_behind_a_stop_changes_its_deadline, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_leads_to_no_order_leaves_none, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
