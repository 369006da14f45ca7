#include "support_store.h"

#include <stdio.h>
#include <string.h>

static struct ipc_epoch epoch_of(uint64_t id)
{
	struct ipc_epoch epoch = { .epoch = id, .first_sequence = 5, .last_sequence = UINT64_MAX, .first_wall_ms = 1000,
		.last_wall_ms = 2000 };

	memset(epoch.boot_id, 7, sizeof(epoch.boot_id));
	return epoch;
}

static size_t list(struct fixture *f, const char *key, struct ipc_epoch **epochs)
{
	size_t count;

	expect_done(store_epochs_list(f->store, key, epochs, &count, &f->arena, &f->err), &f->err);
	return count;
}

static void epochs_come_back_in_order_with_their_ends(void **state)
{
	struct fixture *f = *state;
	struct ipc_epoch first = epoch_of(0xffffffff00000001), second = epoch_of(2), *epochs;

	expect_done(store_epoch_add(f->store, "a", &first, &f->err), &f->err);
	expect_done(store_epoch_add(f->store, "a", &second, &f->err), &f->err);
	expect_done(store_epoch_add(f->store, "b", &second, &f->err), &f->err);
	first.last_sequence = 99;
	expect_done(store_epoch_end(f->store, "a", &first, &f->err), &f->err);
	store_reopen(f);

	assert_int_equal(list(f, "a", &epochs), 2);
	assert_memory_equal(&epochs[0], &first, sizeof(first));
	assert_memory_equal(&epochs[1], &second, sizeof(second));
	assert_int_equal(list(f, "b", &epochs), 1);
	assert_int_equal(list(f, "c", &epochs), 0);
}

static void passed_epochs_are_forgotten(void **state)
{
	struct fixture *f = *state;
	struct ipc_epoch *epochs;

	for (uint64_t id = 1; id <= 4; id++) {
		struct ipc_epoch epoch = epoch_of(100 - id);

		expect_done(store_epoch_add(f->store, "a", &epoch, &f->err), &f->err);
	}
	expect_done(store_epochs_forget(f->store, "a", 12345, &f->err), &f->err);
	assert_int_equal(list(f, "a", &epochs), 4);
	expect_done(store_epochs_forget(f->store, "a", 97, &f->err), &f->err);
	assert_int_equal(list(f, "a", &epochs), 2);
	assert_int_equal(epochs[0].epoch, 97);
	expect_done(store_epochs_forget(f->store, "a", 0, &f->err), &f->err);
	assert_int_equal(list(f, "a", &epochs), 0);
}

static void only_the_newest_thousand_epochs_and_gaps_are_kept(void **state)
{
	struct fixture *f = *state;
	struct ipc_epoch *epochs;
	struct store_gap *gaps;
	size_t count;

	expect_done(store_group_begin(f->store, &f->err), &f->err);
	for (uint64_t id = 1; id <= STORE_EPOCHS + 3; id++) {
		struct ipc_epoch epoch = epoch_of(id);
		struct store_gap gap = { (int64_t)id, (int64_t)id + 1, "reconnect" };

		expect_done(store_epoch_add(f->store, "a", &epoch, &f->err), &f->err);
		expect_done(store_gap_add(f->store, "a", &gap, &f->err), &f->err);
	}
	expect_done(store_group_end(f->store, true, &f->err), &f->err);
	assert_int_equal(list(f, "a", &epochs), STORE_EPOCHS);
	assert_int_equal(epochs[0].epoch, 4);
	expect_done(store_gaps_list(f->store, "a", 1000, &gaps, &count, &f->arena, &f->err), &f->err);
	assert_int_equal(count, STORE_GAPS);
	assert_int_equal(gaps[0].from_ms, STORE_GAPS + 3);
	assert_int_equal(gaps[0].to_ms, STORE_GAPS + 4);
	assert_string_equal(gaps[0].reason, "reconnect");
	expect_done(store_gaps_list(f->store, "a", 3, &gaps, &count, &f->arena, &f->err), &f->err);
	assert_int_equal(count, 3);
}

static int64_t name_at(struct fixture *f, const char *destination, int64_t wall_ms)
{
	int64_t name;

	expect_done(store_stream_name(f->store, destination, wall_ms, &name, &f->err), &f->err);
	return name;
}

static void gaps_of_some_time_are_counted_from_then_on(void **state)
{
	struct fixture *f = *state;
	static const struct store_gap gaps[] = { { 100, 200, "reconnect" }, { 900, 1100, "closed" }, { 2000, 2050, "reconnect" } };
	uint64_t count, ms;

	for (size_t i = 0; i < sizeof(gaps) / sizeof(gaps[0]); i++)
		expect_done(store_gap_add(f->store, "a", &gaps[i], &f->err), &f->err);
	expect_done(store_gaps_since(f->store, "a", 1000, &count, &ms, &f->err), &f->err);
	assert_int_equal(count, 2);
	assert_int_equal(ms, 150);
	expect_done(store_gaps_since(f->store, "b", 0, &count, &ms, &f->err), &f->err);
	assert_int_equal(count, 0);
	assert_int_equal(ms, 0);
}

static void a_stream_name_is_never_given_twice(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(name_at(f, "a", 10500), 10000);
	assert_int_equal(name_at(f, "a", 10900), 11000);
	store_reopen(f);
	assert_int_equal(name_at(f, "a", 5000), 12000);
	assert_int_equal(name_at(f, "b", 5000), 5000);
	assert_int_equal(name_at(f, "a", 20000), 20000);
}

static void settings_and_the_supervisors_host_id_are_kept(void **state)
{
	struct fixture *f = *state;
	const char *value, *host_id;
	char first[32];

	expect_done(store_setting_get(f->store, "k", &value, &f->arena, &f->err), &f->err);
	assert_null(value);
	expect_done(store_setting_set(f->store, "k", "1", &f->err), &f->err);
	expect_done(store_setting_set(f->store, "k", "2", &f->err), &f->err);
	expect_done(store_host_id(f->store, &host_id, &f->err), &f->err);
	snprintf(first, sizeof(first), "%s", host_id);
	assert_int_equal(strlen(first), 15);
	assert_memory_equal(first, "sluice-", 7);
	store_reopen(f);
	expect_done(store_setting_get(f->store, "k", &value, &f->arena, &f->err), &f->err);
	assert_string_equal(value, "2");
	expect_done(store_host_id(f->store, &host_id, &f->err), &f->err);
	assert_string_equal(host_id, first);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, store_setup, store_teardown)
		TEST(epochs_come_back_in_order_with_their_ends),
		TEST(passed_epochs_are_forgotten),
		TEST(only_the_newest_thousand_epochs_and_gaps_are_kept),
		TEST(gaps_of_some_time_are_counted_from_then_on),
		TEST(a_stream_name_is_never_given_twice),
		TEST(settings_and_the_supervisors_host_id_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
