#include "support_store.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct store_change by_ann = { .who = "ann", .role = "admin", .address = "127.0.0.1", .request_id = "r-1" };

int folder_setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	snprintf(fixture->folder, sizeof(fixture->folder), "/tmp/sluice-store-XXXXXX");
	assert_non_null(mkdtemp(fixture->folder));
	arena_init(&fixture->arena, 16 << 20);
	*state = fixture;
	return 0;
}

int store_setup(void **state)
{
	struct fixture *fixture;

	folder_setup(state);
	fixture = *state;
	store_reopen(fixture);
	return 0;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *where)
{
	(void)status;
	(void)type;
	(void)where;
	return remove(path);
}

int store_teardown(void **state)
{
	struct fixture *fixture = *state;

	store_close(&fixture->store);
	arena_fini(&fixture->arena);
	nftw(fixture->folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
	free(fixture);
	return 0;
}

void expect_done(int code, const struct err *err)
{
	if (code != 0)
		fail_msg("error %d: %s", code, err->message);
}

void store_reopen(struct fixture *fixture)
{
	store_close(&fixture->store);
	expect_done(store_open(&fixture->store, fixture->folder, NULL, &fixture->err), &fixture->err);
}

const char *store_file(const struct fixture *fixture, const char *name)
{
	static char path[600];

	snprintf(path, sizeof(path), "%s/%s", fixture->folder, name);
	return path;
}

void expect_refused(struct fixture *fixture, int code)
{
	int got;

	fixture->err.message[0] = '\0';
	got = store_open(&fixture->store, fixture->folder, NULL, &fixture->err);
	if (got != code)
		fail_msg("expected %d, got %d: %s", code, got, fixture->err.message);
	assert_null(fixture->store);
}

struct store_put put_of(const char *name, const char *config, const char *host_id)
{
	return (struct store_put){ .tenant = "default", .name = name, .config = config, .canonical = config,
		.host_id = host_id };
}

int do_put(struct fixture *fixture, const struct store_put *put, struct store_put_result *result)
{
	return store_pipeline_put(fixture->store, &by_ann, put, result, &fixture->arena, &fixture->err);
}

const char *create_pipeline(struct fixture *fixture, const char *name, const char *host_id)
{
	struct store_put put = put_of(name, "{}", host_id);
	struct store_put_result result;

	expect_done(do_put(fixture, &put, &result), &fixture->err);
	assert_int_equal(result.outcome, STORE_CREATED);
	return result.pipeline.id;
}

size_t count_pipelines(struct fixture *fixture, const struct store_filter *filter)
{
	struct store_pipelines page = { 0 };
	size_t count = 0;

	do {
		expect_done(store_pipelines_list(fixture->store, filter, page.next, 1000, false, &page, &fixture->arena,
			&fixture->err), &fixture->err);
		count += page.count;
	} while (page.next != NULL);
	return count;
}
