/* Any texts where the store takes what a client sent: page tokens, filters, names, etags, labels. Nothing crashes,
 * nothing gets in that does not fit, and what did get in comes out the same. All in dry runs on one database. Texts
 * are split at newlines. */
#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "supervisor/store/pipelines.h"
#include "supervisor/store/tenants.h"
#include "supervisor/store/tokens.h"

enum { TEXTS = 6, INPUT_MAX = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char folder[] = "/tmp/sluice-fuzz-XXXXXX";
static struct store *store;
static struct arena arena;

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *where)
{
	(void)status;
	(void)type;
	(void)where;
	return remove(path);
}

static void end(void)
{
	store_close(&store);
	arena_fini(&arena);
	nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static void begin(void)
{
	struct store_put put = { .tenant = "default", .name = "edge", .config = "{}", .canonical = "{}", .host_id = "taken",
		.labels = "{\"env\":\"prod\"}" };
	struct store_put_result result;
	struct err err;

	arena_init(&arena, 16 << 20);
	if (mkdtemp(folder) == NULL || store_open(&store, folder, NULL, &err) != 0
		|| store_pipeline_put(store, NULL, &put, &result, &arena, &err) != 0)
		abort();
	atexit(end);
}

static void check_put(char *const texts[TEXTS])
{
	const struct store_change dry = { .who = texts[5], .dry_run = true };
	struct store_put put = { .tenant = "default", .name = texts[0], .config = "{}", .canonical = texts[1],
		.host_id = texts[2], .labels = texts[3][0] ? texts[3] : NULL, .if_match = texts[4][0] ? texts[4] : NULL };
	struct store_put_result result;
	struct err err;

	if (store_pipeline_put(store, &dry, &put, &result, &arena, &err) != 0)
		return;
	if (strcmp(result.pipeline.name, texts[0]) != 0 || result.pipeline.labels[0] != '{'
		|| strspn(texts[0], "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(texts[0]))
		abort();
	if (result.new_revision && strcmp(result.pipeline.host_id, texts[2]) != 0)
		abort();
}

static void check_lists(char *const texts[TEXTS])
{
	struct store_filter filter = { .tenant = texts[0][0] ? texts[0] : NULL, .text = texts[1],
		.labels = texts[2][0] ? texts[2] : NULL };
	struct store_pipelines pipelines;
	struct store_tenants tenants;
	struct store_tokens tokens;
	struct store_helds helds;
	struct err err;

	if (store_pipelines_list(store, &filter, texts[3][0] ? texts[3] : NULL, 10, true, &pipelines, &arena, &err) == 0
		&& pipelines.count > 1)
		abort();
	store_tenants_list(store, texts[3], 10, &tenants, &arena, &err);
	store_tokens_list(store, filter.tenant, texts[3], 10, &tokens, &arena, &err);
	store_claims_list(store, texts[4], texts[3], 10, &helds, &arena, &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *texts[TEXTS], *copy, *rest;

	if (size > INPUT_MAX)
		return 0;
	if (store == NULL)
		begin();
	copy = rest = strndup((const char *)data, size);
	if (copy == NULL)
		abort();
	for (size_t i = 0; i < TEXTS; i++) {
		char *text = rest ? strsep(&rest, "\n") : NULL;

		texts[i] = text ? text : copy + strlen(copy);
	}
	check_put(texts);
	check_lists(texts);
	arena_reset(&arena);
	free(copy);
	return 0;
}
