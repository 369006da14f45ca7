/* Finding in the audit trail: what fits, a page at a time, however far it is apart. */
#include "support_store.h"

enum { MANY = 4500, WINDOW = 2000 };

static void add(struct fixture *f, int64_t at_ms, const char *who, const char *tenant, const char *action, const char *target)
{
	struct store_change change = by_ann;

	change.at_ms = at_ms;
	change.who = who;
	expect_done(store_audit_add(f->store, &change, tenant, action, target, &f->err), &f->err);
}

/* Like any trail, but for the first row, which is the admin token's: as one transaction. */
static void add_many(struct fixture *f, unsigned count, int64_t at_ms)
{
	expect_done(store_group_begin(f->store, &f->err), &f->err);
	for (unsigned i = 0; i < count; i++)
		add(f, at_ms, "ann", "acme", "pipeline.restart", "edge");
	expect_done(store_group_end(f->store, true, &f->err), &f->err);
}

static struct store_audits find(struct fixture *f, const struct store_audit_filter *filter, int64_t before, unsigned limit)
{
	struct store_audits list;

	arena_reset(&f->arena);
	expect_done(store_audit_list(f->store, filter, before, limit, &list, &f->arena, &f->err), &f->err);
	return list;
}

static void assert_found(struct fixture *f, const struct store_audit_filter *filter, size_t count, int64_t newest_ms)
{
	struct store_audits list = find(f, filter, 0, 0);

	assert_int_equal(list.count, count);
	assert_int_equal(list.next, 0);
	if (count > 0)
		assert_int_equal(list.items[0].at_ms, newest_ms);
}

#define BY(...) &(struct store_audit_filter){ __VA_ARGS__ }

static void every_filter_must_hold(void **state)
{
	struct fixture *f = *state;
	const int64_t later = INT64_C(4000000000000);

	add(f, later, "ann", "acme", "pipeline.stop", "edge");
	add(f, later + 1, "bob", "acme", "pipeline.stop", "edge");
	add(f, later + 2, "bob", "other", "pipeline.stop", "edge");
	add(f, later + 3, "bob", "edge", "tenant.change", "edge");
	assert_found(f, BY(.since_ms = later), 4, later + 3);
	assert_found(f, BY(.since_ms = later + 2), 2, later + 3);
	assert_found(f, BY(.tenant = "acme"), 2, later + 1);
	assert_found(f, BY(.who = "ann"), 1, later);
	assert_found(f, BY(.action = "tenant.change"), 1, later + 3);
	assert_found(f, BY(.pipeline = "edge"), 3, later + 2);
	assert_found(f, BY(.pipeline = "edge", .tenant = "acme", .who = "bob", .action = "pipeline.stop", .since_ms = later), 1, later + 1);
	assert_found(f, BY(.pipeline = "edge", .tenant = "acme", .who = "bob", .since_ms = later + 2), 0, 0);
	assert_found(f, BY(.who = "%"), 0, 0);
}

static void what_fits_is_found_behind_any_number_of_others(void **state)
{
	struct fixture *f = *state;
	const struct store_audit_filter bobs = { .tenant = "acme", .who = "bob" };
	struct store_audits list;
	unsigned pages = 1;

	add(f, 1000, "bob", "acme", "pipeline.stop", "edge");
	add_many(f, MANY, 2000);
	add(f, 3000, "bob", "acme", "pipeline.start", "edge");
	list = find(f, &bobs, 0, 0);
	assert_int_equal(list.count, 1);
	assert_string_equal(list.items[0].action, "pipeline.start");
	/* a page looks at so many and no more, and says where to go on */
	for (; list.next != 0; pages++)
		list = find(f, &bobs, list.next, 0);
	assert_int_equal(pages, MANY / WINDOW + 1);
	assert_int_equal(list.count, 1);
	assert_string_equal(list.items[0].action, "pipeline.stop");
	/* full pages leave nothing out, and none comes twice */
	pages = 0;
	for (list = find(f, NULL, 0, 1000); list.next != 0; list = find(f, NULL, list.next, 1000))
		pages += (unsigned)list.count;
	assert_int_equal(pages + list.count, MANY + 3);
}

static void what_is_too_old_is_not_looked_at_to_the_end(void **state)
{
	struct fixture *f = *state;
	struct store_audits list;

	add_many(f, MANY, 1000);
	add(f, INT64_C(5000000000000), "ann", "acme", "pipeline.stop", "edge");
	assert_found(f, BY(.since_ms = INT64_C(5000000000000)), 1, INT64_C(5000000000000));
	/* but a clock that was set back hides nothing */
	add_many(f, WINDOW + 1, 1000);
	list = find(f, BY(.since_ms = INT64_C(5000000000000)), 0, 0);
	assert_int_equal(list.count, 0);
	assert_int_not_equal(list.next, 0);
	list = find(f, BY(.since_ms = INT64_C(5000000000000)), list.next, 0);
	assert_int_equal(list.count, 1);
	assert_int_equal(list.next, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, store_setup, store_teardown)
		TEST(every_filter_must_hold),
		TEST(what_fits_is_found_behind_any_number_of_others),
		TEST(what_is_too_old_is_not_looked_at_to_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
