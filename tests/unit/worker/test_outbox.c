/* The way out, with writers that fail, dawdle and meet damage. */
#include "support_worker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"
#include "worker/file_ops.h"
#include "worker/spool.h"

enum { RING = 4 << 20, SENDS = 256 };

static struct stand stand;
static struct worker_figures figures;

/* What the fake writer was given, and how it answers. */
static struct {
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
} fake;

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

static void answer_held(int result)
{
	unsigned count = fake.held_count;

	fake.held_count = 0;
	for (unsigned i = 0; i < count; i++) {
		fake.held[i]->result = result;
		delivery_done(fake.held[i]);
	}
}

static struct writer_type fake_type;

static int set_up(void **state)
{
	(void)state;
	memset(&fake, 0, sizeof(fake));
	stand_init(&stand, RING);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	stand_fini(&stand);
	return 0;
}

static const struct account *account(void)
{
	stand_figures(&stand, &figures);
	return &figures.account;
}

static void start_real(unsigned max_flows)
{
	stand_start(&stand, stand_config(max_flows));
	stand_until(&stand, stand.ready);
}

/* The writer is exchanged while nothing is under way yet. */
static void start_fake(unsigned max_flows, unsigned parallel, int result)
{
	fake.result = result;
	start_real(max_flows);
	fake_type = *stand.worker.outbox.writer->type;
	fake_type.parallel = parallel;
	fake_type.send = fake_send;
	stand.worker.outbox.writer->type = &fake_type;
}

static uint64_t stored(void)
{
	uint64_t flows;

	stand_stored(&stand, &flows);
	return flows;
}

/* ---- sending ---- */

static void nothing_is_sent_before_its_claim_is_durable(void **state)
{
	(void)state;
	start_fake(5, 4, 0);
	for (unsigned i = 0; i < 20; i++) {
		stand_publish(&stand, 20);
		loop_run_once(stand.loop, 0, NULL);
	}
	stand_until(&stand, account()->written == 400);

	assert_int_equal(fake.count, 80);
	assert_false(fake.before_durable);
}

static void what_fails_is_sent_again_under_the_same_name(void **state)
{
	(void)state;
	start_fake(4, 1, ERR_IO);
	stand_publish(&stand, 16);
	stand_until(&stand, strstr(stand.conditions[CONDITION_SINK], "\"status\":false") != NULL);
	assert_non_null(strstr(stand.conditions[CONDITION_SINK], "pipeline.write.fake"));
	assert_non_null(strstr(stand.conditions[CONDITION_SINK], "says no"));
	assert_int_equal(account()->written, 0);
	fake.result = 0;
	stand_until(&stand, account()->written == 16);

	for (unsigned i = 0; i < 4; i++) {
		unsigned again = 4;

		while (again < fake.count && strcmp(fake.names[i], fake.names[again]) != 0)
			again++;
		assert_true(again < fake.count);
		assert_in_range(fake.times[again] - fake.times[i], 700 * NS_PER_MS, 2000 * NS_PER_MS);
	}
	assert_non_null(strstr(stand.conditions[CONDITION_SINK], "\"status\":true"));
}

static void a_writer_that_works_in_order_gets_one_at_a_time(void **state)
{
	(void)state;
	start_fake(1, 1, ERR_BUSY);
	stand_publish(&stand, 32);
	for (unsigned i = 0; i < 32; i++) {
		stand_until(&stand, fake.held_count > 0);
		stand_run_ms(&stand, 1);
		assert_int_equal(fake.held_count, 1);
		answer_held(0);
	}
	stand_until(&stand, account()->written == 32);

	for (unsigned i = 1; i < fake.count; i++) {
		for (unsigned j = 0; j < i; j++)
			assert_true(fake.lanes[j] != fake.lanes[i] || fake.numbers[j] < fake.numbers[i]);
	}
}

static void a_writer_that_can_gets_one_of_each_lane_side_by_side(void **state)
{
	(void)state;
	start_fake(1, 16, ERR_BUSY);
	stand_publish(&stand, 40);
	for (unsigned i = 0; i < 10; i++) {
		stand_until(&stand, fake.held_count == SPOOL_LANES);
		stand_run_ms(&stand, 1);
		assert_int_equal(fake.held_count, SPOOL_LANES);
		answer_held(0);
	}
	stand_until(&stand, account()->written == 40);

	for (unsigned i = 1; i < fake.count; i++) {
		for (unsigned j = 0; j < i; j++)
			assert_true(fake.lanes[j] != fake.lanes[i] || fake.numbers[j] < fake.numbers[i]);
	}
}

static void a_sink_that_names_a_time_is_left_alone_for_so_long(void **state)
{
	(void)state;
	fake.retry_after_ms = 2500;
	start_fake(4, 1, ERR_IO);
	stand_publish(&stand, 1);
	stand_drain(&stand, DRAIN_HANDOVER, true, 20000);
	stand_until(&stand, fake.count == 1);
	fake.result = 0;
	stand_until(&stand, account()->written == 1);

	assert_int_equal(fake.count, 2);
	assert_in_range(fake.times[1] - fake.times[0], 2500 * NS_PER_MS, 10000 * NS_PER_MS);
}

static void what_a_sink_calls_its_refusal_is_the_conditions_reason(void **state)
{
	(void)state;
	fake.reason = "NoSuchBucket";
	start_fake(4, 1, ERR_IO);
	stand_publish(&stand, 16);

	stand_until(&stand, strstr(stand.conditions[CONDITION_SINK], "\"reason\":\"NoSuchBucket\"") != NULL);
}

/* The first lane's object is refused until its delay is 4 s; then the sink works again, for another lane. */
static void a_sink_that_works_again_gets_the_other_lanes_objects_soon(void **state)
{
	int64_t repaired;

	(void)state;
	start_fake(4, 4, ERR_IO);
	stand_publish(&stand, 16);
	stand_until(&stand, fake.count >= 12);        /* three attempts each: the next comes in 4 s */
	fake.result = 0;
	repaired = clock_boottime_ns();
	stand_publish(&stand, 16);
	stand_until(&stand, account()->written > 0);
	stand_until(&stand, account()->written == 32);

	assert_true(clock_boottime_ns() - repaired < 12 * NS_PER_S);
}

static void a_handover_leaves_what_cannot_be_sent_to_the_successor(void **state)
{
	(void)state;
	start_fake(10, 1, ERR_IO);
	stand_publish(&stand, 38);
	stand_drain(&stand, DRAIN_HANDOVER, true, 300);
	stand_until(&stand, stand.told_drained);
	assert_int_equal(stand.drained.unsent_flows, 38);
	assert_int_equal(stand.drained.unsent_objects, 4);
	stand_drop(&stand);

	start_real(10);
	stand_drain(&stand, DRAIN_HANDOVER, true, 5000);
	stand_until(&stand, stand.told_drained);

	assert_int_equal(account()->written, 38);
	assert_int_equal(stored(), 38);
}

/* ---- limits ---- */

static void beyond_the_limit_whole_objects_are_dropped_but_none_in_flight(void **state)
{
	char config[1024], *size;

	(void)state;
	snprintf(config, sizeof(config), "%s", stand_config(2));
	size = strstr(config, "\"max_flow_array_size\":1000000");
	memcpy(size, "\"max_flow_array_size\":20     ", 29);
	fake.result = ERR_BUSY;
	stand_start(&stand, config);
	stand_until(&stand, stand.ready);
	fake_type = *stand.worker.outbox.writer->type;
	fake_type.send = fake_send;
	stand.worker.outbox.writer->type = &fake_type;
	for (unsigned i = 0; i < 8; i++) {
		stand_publish(&stand, 40);
		stand_until(&stand, account()->passed == stand.published);
	}
	stand_until(&stand, account()->waiting_spool <= 80);

	assert_int_equal(account()->lost_overflow, stand.published - account()->waiting_spool);
	assert_non_null(strstr(stand.events, "spool.overflow"));
	stand_check_account(&stand);
	fake.result = 0;
	answer_held(0);
	stand_until(&stand, account()->waiting_spool == 0);
	assert_int_equal(account()->written + account()->lost_overflow, stand.published);
}

/* ---- damage ---- */

/* The one object in the spool: its path. */
static void find_object(char *path, size_t size)
{
	char folder[128];
	struct dirent *entry;
	DIR *listing;

	path[0] = '\0';
	snprintf(folder, sizeof(folder), "%s/spool", stand.folder);
	listing = opendir(folder);
	while ((entry = readdir(listing)) != NULL) {
		if (strstr(entry->d_name, ".object") != NULL)
			snprintf(path, size, "%s/%s", folder, entry->d_name);
	}
	closedir(listing);
	assert_true(path[0] != '\0');
}

/* An object of one flow in doubt, of a worker that was killed. */
static void leave_object_in_doubt(char *path, size_t size)
{
	start_fake(1, 1, ERR_BUSY);
	stand_publish(&stand, 1);
	stand_until(&stand, fake.held_count == 1);
	find_object(path, size);
	stand_drop(&stand);
}

static void damage(const char *path)
{
	int fd = open(path, O_RDWR);
	char byte;

	assert_int_equal(pread(fd, &byte, 1, OBJECT_HEAD_SIZE + 5), 1);
	byte ^= 1;
	assert_int_equal(pwrite(fd, &byte, 1, OBJECT_HEAD_SIZE + 5), 1);
	close(fd);
}

static void a_damaged_object_is_lost_and_counted(void **state)
{
	char path[512];

	(void)state;
	leave_object_in_doubt(path, sizeof(path));
	damage(path);
	start_real(1);
	stand_until(&stand, account()->lost_spool == 1);

	assert_int_equal(account()->written, 0);
	assert_int_equal(stored(), 0);
	stand_check_account(&stand);
}

/* As the file writer stores it. */
static void store_by_hand(const char *path)
{
	struct object_head head;
	char target[2048], content[256];
	int fd = open(path, O_RDONLY);
	ssize_t length;

	assert_int_equal(object_head_read(fd, &file_ops_system, &head, NULL), 0);
	length = pread(fd, content, sizeof(content), OBJECT_HEAD_SIZE);
	close(fd);
	snprintf(target, sizeof(target), "%s/files/out/bucket/%s", stand.folder, head.key);
	for (char *slash = strchr(target + strlen(stand.folder) + 7, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(target, 0700);
		*slash = '/';
	}
	fd = open(target, O_WRONLY | O_CREAT, 0600);
	assert_int_equal(write(fd, content, (size_t)length), length);
	close(fd);
}

static void a_damaged_object_in_doubt_that_is_stored_is_settled(void **state)
{
	char path[512];

	(void)state;
	leave_object_in_doubt(path, sizeof(path));
	store_by_hand(path);
	damage(path);
	start_real(1);
	stand_until(&stand, account()->written == 1);

	assert_int_equal(account()->lost_spool, 0);
	assert_int_equal(stored(), 1);
}

/* ---- the file writer's folder ---- */

static void a_link_in_a_tenant_s_folder_is_not_followed(void **state)
{
	char link[128], target[128];

	(void)state;
	snprintf(link, sizeof(link), "%s/files/out", stand.folder);
	snprintf(target, sizeof(target), "%s/spool", stand.folder);
	assert_int_equal(symlink(target, link), 0);
	start_real(1);
	stand_publish(&stand, 1);
	stand_until(&stand, strstr(stand.conditions[CONDITION_SINK], "\"status\":false") != NULL);

	assert_non_null(strstr(stand.conditions[CONDITION_SINK], "pipeline.write.file.root"));
	snprintf(target, sizeof(target), "%s/spool/bucket", stand.folder);
	assert_int_equal(access(target, F_OK), -1);

	/* mended, it goes on */
	assert_int_equal(unlink(link), 0);
	stand_until(&stand, account()->written == 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_is_sent_before_its_claim_is_durable),
		TEST(what_fails_is_sent_again_under_the_same_name),
		TEST(a_writer_that_works_in_order_gets_one_at_a_time),
		TEST(a_writer_that_can_gets_one_of_each_lane_side_by_side),
		TEST(a_sink_that_names_a_time_is_left_alone_for_so_long),
		TEST(what_a_sink_calls_its_refusal_is_the_conditions_reason),
		TEST(a_sink_that_works_again_gets_the_other_lanes_objects_soon),
		TEST(a_handover_leaves_what_cannot_be_sent_to_the_successor),
		TEST(beyond_the_limit_whole_objects_are_dropped_but_none_in_flight),
		TEST(a_damaged_object_is_lost_and_counted),
		TEST(a_damaged_object_in_doubt_that_is_stored_is_settled),
		TEST(a_link_in_a_tenant_s_folder_is_not_followed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
